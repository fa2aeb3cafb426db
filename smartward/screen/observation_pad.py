"""A set of observations by key pad for QML: one page for station and bedside."""

from collections.abc import Callable

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.list_model import KeyedListModel
from smartward.screen.observation_pad_core import PadCore
from smartward.screen.observation_pad_draft import KEPT_S, PadPatient
from smartward.screen.observation_pad_texts import (
    ASKED,
    PadAnswer,
    PadRow,
    PadScore,
    before_at,
    choices,
    name_of,
    question,
    rows,
    score_of,
    status,
    unit_of,
)
from smartward.screen.observation_pad_typing import CHOICES, PLACES
from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import Action, Answer

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

LABELS = {
    "title": "observation_pad.title",
    "correct_title": "observation_pad.correct_title",
    "missed": "observation_pad.not_done",
    "all_missed": "observation_pad.all_not_done",
    "next": "observation_pad.next_field",
    "save": "observation_pad.save",
    "erase": "observation_pad.erase",
    "back": "observation_pad.back",
    "close": "observation_pad.close",
    "done": "observation_pad.done",
}
"""The page's fixed words by the names that QML uses."""


@QmlElement
@QmlUncreatable("made by a screen's model")
class ObservationPad(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The page of one set. QML binds to it and calls one method per gesture."""

    changed = Signal()
    closed = Signal()
    """The page has gone."""

    def __init__(
        self,
        screen: ScreenModel,
        patient_of: Callable[[str], PadPatient | None],
        *,
        knows: Callable[[str], bool],
        tells: bool,
    ) -> None:
        """`patient_of`: whose observations they are; None where it is not known for certain who
        lies there. `knows`: whether a stay is here still: what was typed for another one goes.
        `tells`: whether this screen may say by itself what became of it."""
        super().__init__(screen)
        self.core = PadCore(screen, patient_of, self._show, knows=knows, tells=tells)
        self._was_open = False
        self._rows = KeyedListModel(PadRow, self)
        self._choices = KeyedListModel(PadAnswer, self)
        self._answers = KeyedListModel(PadAnswer, self)
        self._score = PadScore()
        self._verbs = ("", "")
        screen.languageChanged.connect(self._show)

    @Slot()
    def _show(self) -> None:
        core, texts = self.core, self.core.texts
        draft, patient, sent = core.draft, core.patient, core.sent
        what = draft if sent is None else sent.draft
        if what is None or patient is None:
            self._rows.update([])
            self._choices.update([])
            self._score = PadScore()
        else:
            asking, done = core.asking != "", sent is not None
            self._rows.update(rows(what, patient, texts, core.now(), asking=asking, sent=done))
            self._choices.update([] if sent is not None else choices(what, texts))
            self._score = score_of(what, patient, texts)
        self._answers.update(
            [
                PadAnswer(
                    key=one,
                    name=texts.text(
                        f"observation_pad.{core.asking.removeprefix('all_')}.{one}",
                        n=round(KEPT_S / 60),
                    ),
                )
                for one in ASKED.get(core.asking, ())
            ]
        )
        self.changed.emit()
        closed, self._was_open = self._was_open and not core.is_open, core.is_open
        if closed:
            self.closed.emit()

    def enter(self, stay_id: str, *, correct: bool = False) -> None:
        """Show the page for a patient; `correct`: the last own set instead of a new one."""
        self.core.open(stay_id, correct=correct)

    def offer(self, stay_id: str) -> None:
        """Bring everything up to date; `stay_id` is whose observations could be entered now."""
        core, texts = self.core, self.core.texts
        core.sync()
        typed = core.waiting(stay_id) if stay_id else None
        patient = core.patient_of(stay_id) if stay_id else None
        verbs = ("", "")
        if patient is not None:
            enter = texts.text("observation_pad.enter")
            if typed is not None:
                enter = texts.text("observation_pad.resume", at=typed.begun.isoformat())
            own = patient.entry
            at = "" if own is None else own.taken_at.isoformat()
            verbs = (enter, texts.text("observation_pad.correct", at=at) if at else "")
        if verbs != self._verbs:
            self._verbs = verbs
            self.changed.emit()

    # ------------------------------------------------------------------------------- what it shows

    @Property(str, notify=changed)
    def enterVerb(self) -> str:
        """What the button says that opens it; empty where nobody's can be entered."""
        return self._verbs[0]

    @Property(str, notify=changed)
    def correctVerb(self) -> str:
        """The same for the last own set; empty where there is none."""
        return self._verbs[1]

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether the page is shown."""
        return self.core.is_open

    @Property("QVariantMap", notify=changed)  # type: ignore[arg-type]  # the stub wants a class
    def labels(self) -> dict[str, str]:
        """The page's fixed words."""
        return {name: self.core.texts.text(key) for name, key in LABELS.items()}

    @Property(bool, notify=changed)
    def correcting(self) -> bool:
        """Whether a set that was entered is put right."""
        draft = self.core.draft
        return draft is not None and draft.correcting != ""

    @Property(str, notify=changed)
    def who(self) -> str:
        """Whose observations they are, by what identifies them."""
        patient = self.core.patient
        return "" if patient is None else f"{patient.place} · {patient.who}"

    @Property(str, notify=changed)
    def check(self) -> str:
        """What to do with that."""
        return "" if self.core.patient is None else self.core.patient.check

    @Property(str, notify=changed)
    def field(self) -> str:
        """What is typed now."""
        draft = self.core.draft
        return "" if draft is None else name_of(draft.at, self.core.texts)

    @Property(str, notify=changed)
    def current(self) -> str:
        """Its key."""
        draft = self.core.draft
        return "" if draft is None else draft.at.value

    @Property(str, notify=changed)
    def value(self) -> str:
        """As far as it was typed; empty where it is chosen."""
        draft = self.core.draft
        chosen = draft is None or draft.at in CHOICES
        return "" if draft is None or chosen else draft.values.get(draft.at, "")

    @Property(str, notify=changed)
    def unit(self) -> str:
        """Its unit."""
        draft = self.core.draft
        return "" if draft is None else unit_of(draft.at)

    @Property(str, notify=changed)
    def before(self) -> str:
        """What it was before, and when."""
        draft, patient = self.core.draft, self.core.patient
        if draft is None or patient is None:
            return ""
        return before_at(draft.at, patient, self.core.texts)

    @Property(int, notify=changed)
    def choosing(self) -> int:
        """Among how many things is chosen; 0 where it is typed."""
        return len(self._choices.rows)

    @Property(bool, notify=changed)
    def pointed(self) -> bool:
        """Whether it has a decimal point."""
        draft = self.core.draft
        return draft is not None and PLACES.get(draft.at, 0) > 0

    @Property(bool, notify=changed)
    def started(self) -> bool:
        """Whether anything would be lost."""
        draft = self.core.draft
        return draft is not None and not draft.empty

    @Property(str, notify=changed)
    def question(self) -> str:
        """What is asked; empty while nothing is."""
        return question(self.core.asking, self.core.about, self.core.draft, self.core.texts)

    @Property(bool, notify=changed)
    def leaving(self) -> bool:
        """Whether it is asked what shall become of what was typed: there is no third way back."""
        return self.core.asking == "leave"

    @Property(str, notify=changed)
    def refusal(self) -> str:
        """Why it was not saved."""
        return self.core.refusal

    @Property(str, notify=changed)
    def status(self) -> str:
        """What became of what was saved; empty while it is typed."""
        return status(self.core.sent, self.core.screen, self.core.texts)

    @Property(str, notify=changed)
    def total(self) -> str:
        """NEWS2, a number or dashes."""
        return self._score.total

    @Property(str, notify=changed)
    def band(self) -> str:
        """Its class, or what it still lacks."""
        return self._score.band

    @Property(str, notify=changed)
    def due(self) -> str:
        """When the next set is due."""
        return self._score.detail

    @Property(str, notify=changed)
    def level(self) -> str:
        """`high`, `medium` or empty."""
        return self._score.level

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[PadRow]:
        """key, label, value, unit, before, part, status, current."""
        return self._rows

    @Property(QObject, constant=True)
    def choices(self) -> KeyedListModel[PadAnswer]:
        """key, name, chosen; empty where it is typed."""
        return self._choices

    @Property(QObject, constant=True)
    def answers(self) -> KeyedListModel[PadAnswer]:
        """key, name, chosen."""
        return self._answers

    # ------------------------------------------------------------------------------------ gestures

    @Slot(str)
    def select(self, key: str) -> None:
        """Stand at a field. Raises ValueError for none."""
        self.core.select(key)

    @Slot(str)
    def press(self, key: str) -> None:
        """A digit, the point, or a choice."""
        self.core.press(key)

    @Slot()
    def erase(self) -> None:
        """Take the last digit back."""
        self.core.erase()

    @Slot()
    def next(self) -> None:
        """The field is done, or left out for now."""
        self.core.next()

    @Slot()
    def askMissed(self) -> None:
        """This one cannot be measured."""
        self.core.ask("missed")

    @Slot()
    def askAllMissed(self) -> None:
        """Nothing can be measured."""
        self.core.ask("all_missed")

    @Slot(str)
    def answer(self, key: str) -> None:
        """An answer to what is asked."""
        self.core.answer(key)

    @Slot()
    def back(self) -> None:
        """No answer."""
        self.core.back()

    @Slot()
    def save(self) -> None:
        """Save what was typed."""
        self.core.save()

    @Slot()
    def leave(self) -> None:
        """Leave the page; typed values are asked about first."""
        self.core.leave()

    def gives_back(self, action: Action) -> bool:
        """Whether what was typed comes back here when the hub does not take it."""
        return self.core.sent_with(action) is not None

    def took_refusal(self, action: Action, answer: Answer) -> bool:
        """The hub did not take it; True where the page says so."""
        return self.core.took_refusal(action, answer)
