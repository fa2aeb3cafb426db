"""The bedside's question for QML: one at a time, by day, and never over a call."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.observation import VitalSign
from smartward.clinical.patient_answer import PatientQuestion, is_answer, is_severe
from smartward.clinical.priority import Priority
from smartward.clinical.ward import is_night
from smartward.screen.bedside_asked import Ask, AskedRow, Known, answers, of_stay, wanted
from smartward.screen.bedside_person import BedsidePerson
from smartward.screen.bedside_spoken import joined
from smartward.screen.bedside_voice import EXPIRES_S
from smartward.screen.list_model import KeyedListModel
from smartward.screen.services import Services
from smartward.wire.envelope import ActionKind, Seen
from smartward.wire.views import PlanView, QuestionView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

QUIET_S = 5.0
"""Nobody has touched the screen for so long: no page opens under a finger."""
AGAIN_S = 900.0
"""A question that was left alone is put again after so long."""
THANKS_S = 6.0


@QmlElement
class BedsideAsked(BedsidePerson):
    """What the patient is asked, and the answer on its way."""

    askedChanged = Signal()
    callWanted = Signal(str)
    """An answer for which somebody should come; with the reason of the call."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._idle_since = self.clock.monotonic()
        self._ask: Ask | None = None
        """What is on the page, or is about to be."""
        self._thanks_until: float | None = None
        self._thanked_live = True
        self._settled: dict[PatientQuestion, datetime] = {}
        self._opened: dict[Ask, float] = {}
        self._answers = KeyedListModel(AskedRow, self)
        self._asked_shown: tuple[object, ...] = ()

    # ------------------------------------------------------------------------------- what it says

    @Property(QObject, constant=True)
    def askedAnswers(self) -> KeyedListModel[AskedRow]:
        """The answers: key, icon, text, tone; none once it was answered."""
        return self._answers

    @Property(str, notify=askedChanged)
    def askedTitle(self) -> str:
        """The question."""
        return "" if self._ask is None else self._question_words(self._ask.question)

    @Property(str, notify=askedChanged)
    def askedThanks(self) -> str:
        """What is said to an answer; empty while there is none."""
        return self._thanks_words()

    def _thanks_words(self) -> str:
        if self._thanks_until is None:
            return ""
        return self.texts.text(f"bedside.asked.{'thanks' if self._thanked_live else 'kept'}")

    def _question_words(self, question: PatientQuestion) -> str:
        return self.texts.text(f"bedside.asked.{question.value}")

    def page_words(self) -> str:
        """The question as it is spoken, with its answers."""
        if self._page != "question" or self._ask is None:
            return super().page_words()
        if self._thanks_until is not None:
            return self._thanks_words()
        rows = [row.text for row in self._answers.rows]
        return joined(self.texts, (self._question_words(self._ask.question), *rows))

    # ---------------------------------------------------------------------------- what is touched

    @Slot(str)
    def answerAsked(self, value: str) -> None:
        """The patient's answer. Severe pain calls a nurse at once, as a touch of the call does.

        Raises ValueError for what is no answer to the question.
        """
        if self._ask is None or self._stay is None or self._thanks_until is not None:
            return
        question = self._ask.question
        if not is_answer(question, value):
            raise ValueError(f"no answer to {question}: {value}")
        if not self._tell(ActionKind.ANSWER_GIVE, {"question": question.value, "value": value}):
            return
        self._thanked_live = self.services.link.live
        self._thanks_until = self.clock.monotonic() + THANKS_S
        if is_severe(question, value):
            self._thanks_until = None
            self.callWanted.emit(question.value)
        self._show_asked()

    def put_off(self) -> None:
        """ "Not now": it is not put again until somebody asks again."""
        if self._ask is not None and self._stay is not None and self._thanks_until is None:
            self._tell(ActionKind.QUESTION_LATER, {"question": self._ask.question.value})
        self._thanks_until = None
        self.pageWanted.emit("home")

    def _tell(self, kind: str, data: dict[str, str]) -> bool:
        """Whether it could be stored; what could not may be touched again."""
        stay, ask = self._stay, self._ask
        assert stay is not None
        assert ask is not None
        if self.act(kind, stay.id, dict(data), Seen(encounter_id=stay.id)) is None:
            return False
        now = self.services.link.hub_now(self.clock.now())
        self._settled[ask.question] = now
        return True

    # ------------------------------------------------------------------------------- how it comes

    @property
    def asks_soon(self) -> bool:
        """Whether a question waits only for a quiet moment: seconds count."""
        return self._ask is not None and self._page == "home" and not self._lately(self._ask)

    def _forget_person(self) -> None:
        self._settled.clear()
        self._opened.clear()
        self._ask, self._thanks_until = None, None
        super()._forget_person()

    def renew_asked(self, now: datetime, hub_now: datetime) -> None:
        """Put the question that is due, or take it away; an answer is thanked for a while."""
        moment = self.clock.monotonic()
        if self._thanks_until is not None:
            here = self._page == "question" and self._may_be_asked(now)
            if here and moment < self._thanks_until:
                self._show_asked()
                return
            self._thanks_until = None
            self._leave_question()
        self._ask = self._due(now, hub_now)
        self._show_asked()
        if self._page == "question":
            if self._ask is None:
                self._leave_question()
            return
        quiet = moment - self._idle_since >= QUIET_S
        live = self.services.link.live
        if self._ask is not None and self._page == "home" and quiet and live:
            self._open_question(self._ask)

    def _leave_question(self) -> None:
        if self._page == "question":
            self.pageWanted.emit("home")

    def _open_question(self, ask: Ask) -> None:
        if self._lately(ask):
            return
        # The page stays for as long as one that was opened by a touch.
        self._opened[ask] = self._idle_since = self.clock.monotonic()
        self.pageWanted.emit("question")
        # Whoever does not see is told the whole page; nobody else hears what is asked.
        if self._speaker is not None and self._reach.hears and self._reach.sees and self._can_say():
            words = self.texts.text("bedside.asked.aloud")
            self._speaker.say(words, Priority.INFORMATION, self.texts.language, EXPIRES_S)

    def _lately(self, ask: Ask) -> bool:
        opened = self._opened.get(ask)
        return opened is not None and self.clock.monotonic() - opened < AGAIN_S

    def _may_be_asked(self, now: datetime) -> bool:
        """Nobody is asked by night, over a call, in the dark, in silence, or while it is not sure
        who lies here."""
        hidden = self._silent or self._resting or self._waking or self._reach.comfort
        known = self._stay is not None and not hidden
        return known and not self._call.is_open and not is_night(self.ward, now)

    def _due(self, now: datetime, hub_now: datetime) -> Ask | None:
        stay = self._stay
        if stay is None or not self._may_be_asked(now):
            return None
        signs = self.replica.all("vital_sign", VitalSign)
        items = self.replica.all("plan_item", PlanView)
        known = Known(
            ward=self.ward,
            asked=of_stay(self.replica.all("patient_question", QuestionView), stay.id),
            settled=self._settled,
            signs=tuple(sign for sign in signs if sign.encounter_id == stay.id),
            plan=tuple(item for item in items if item.encounter_id == stay.id),
            by_itself=not self._reach.confused,
            pain_h=self.settings.ask_pain_h,
            meal_min=self.settings.ask_meal_min,
        )
        return wanted(known, hub_now)

    def _show_asked(self) -> None:
        thanked = self._thanks_until is not None
        rows: tuple[AskedRow, ...] = ()
        if self._ask is not None and not thanked:
            rows = answers(self.texts, self._ask.question)
        self._answers.update(rows)
        shown = (self._ask, thanked, self._thanked_live, self.texts.language)
        if shown != self._asked_shown:
            self._asked_shown = shown
            self.askedChanged.emit()
