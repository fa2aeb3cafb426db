"""On a bed's sheet: what its patient answered and was asked, and whom to tell of them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.contact import Contact
from smartward.clinical.patient_answer import (
    AskedQuestion,
    PatientAnswer,
    PatientQuestion,
    QuestionState,
    question_id,
    waits,
)
from smartward.clinical.profile import effective
from smartward.screen.station_desk import Desk
from smartward.screen.station_sheet_model import SheetModel
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

QUESTIONS = (PatientQuestion.PAIN, PatientQuestion.MEAL)
"""What a nurse may have asked, in the sheet's order."""


def answered(answers: Iterable[PatientAnswer], words: Words, now: datetime) -> Iterator[str]:
    """The last answer to each question, with its age."""
    last: dict[PatientQuestion, PatientAnswer] = {}
    for one in sorted(answers, key=lambda one: (one.at, one.id)):
        last[one.question] = one
    for question in QUESTIONS:
        answer = last.get(question)
        if answer is None:
            continue
        span = words.minutes((now - answer.at).total_seconds())
        value = answer.value
        if question is PatientQuestion.MEAL:
            value = words.text(f"asked.{value}")
        yield words.text(f"asked.{question.value}_told", value=value, span=span)


def waiting(asked: Iterable[AskedQuestion], words: Words, now: datetime) -> Iterator[str]:
    """What waits for its answer, or was put off."""
    for one in sorted(asked, key=lambda one: (one.asked_at, one.id)):
        if one.question not in QUESTIONS or one.state is QuestionState.ANSWERED:
            continue
        question = words.text(f"asked.word_{one.question.value}")
        if one.state is QuestionState.LATER:
            span = words.minutes((now - (one.settled_at or one.asked_at)).total_seconds())
            yield words.text("asked.later", question=question, span=span)
        elif not waits(one, now):
            at = words.moment(one.asked_at, now)
            yield words.text("asked.unanswered", question=question, at=at)
        else:
            span = words.minutes((now - one.asked_at).total_seconds())
            yield words.text("asked.waiting", question=question, span=span)


def contact_lines(contacts: Iterable[Contact], words: Words) -> Iterator[str]:
    """Name, relation and number of each, one line each."""
    for one in contacts:
        relation = "" if one.relation is None else words.told(one.relation)
        yield " · ".join(part for part in (one.name, relation, one.phone or "") if part)


@QmlElement
@QmlUncreatable("made by StationModel")
class SheetAsked(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The parts of an open sheet that tell of answers and relatives; empty for who may not read."""

    changed = Signal()

    def __init__(self, desk: Desk, sheet: SheetModel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._sheet = desk, sheet
        self._text = self._contacts = self._title = self._contacts_title = ""
        self._pain = self._meal = ""
        self._may_ask = False

    def show(self, now: datetime, *, opened: bool) -> None:
        """Bring it to the stay that is shown."""
        state, words, stay_id = self._desk.ward_state, self._desk.words, self._sheet.stay_id
        stay = state.encounters.get(stay_id) if opened else None
        found = ("", "", False)
        if stay is not None:
            comfort = effective(stay.profile, state.profiles.get(stay_id)).comfort_care
            may = stay_id not in state.silences and not comfort
            answers = [one for one in state.answers.values() if one.encounter_id == stay_id]
            asked = [one for one in state.questions.values() if one.encounter_id == stay_id]
            lines = [*answered(answers, words, now), *waiting(asked, words, now)]
            none = words.text("asked.never" if may else "asked.not_asked")
            found = ("\n".join(lines) or none, "\n".join(contact_lines(stay.contacts, words)), may)
        titles = (words.text("asked.title"), words.text("asked.contacts"))
        buttons = (words.text("asked.pain"), words.text("asked.meal"))
        before = (self._text, self._contacts, self._may_ask)
        fixed = (self._title, self._contacts_title, self._pain, self._meal)
        if found != before or (*titles, *buttons) != fixed:
            self._text, self._contacts, self._may_ask = found
            self._title, self._contacts_title = titles
            self._pain, self._meal = buttons
            self.changed.emit()

    @Slot(str)
    def ask(self, question: str) -> None:
        """Have it asked at the bedside. Raises ValueError for no question."""
        about, stay_id = PatientQuestion(question), self._sheet.stay_id
        if not stay_id or not self._may_ask:
            return
        before = self._desk.ward_state.questions.get(question_id(stay_id, about))
        if before is not None and waits(before, self._desk.hub_now()):
            return
        data = {"question": about.value}
        seen = Seen(encounter_id=stay_id)
        self._desk.act_as_staff(ActionKind.QUESTION_ASK, stay_id, dict(data), seen)

    @Property(str, notify=changed)
    def title(self) -> str:
        """Over the answers."""
        return self._title

    @Property(str, notify=changed)
    def text(self) -> str:
        """The last answers with their age, and what waits for one; a line each."""
        return self._text

    @Property(bool, notify=changed)
    def mayAsk(self) -> bool:
        """Whether this patient may be asked anything."""
        return self._may_ask

    @Property(str, notify=changed)
    def painText(self) -> str:
        """The verb of asking about pain."""
        return self._pain

    @Property(str, notify=changed)
    def mealText(self) -> str:
        """The verb of asking about the meal."""
        return self._meal

    @Property(str, notify=changed)
    def contactsTitle(self) -> str:
        """Over the relatives."""
        return self._contacts_title

    @Property(str, notify=changed)
    def contacts(self) -> str:
        """Relatives and carers with their numbers, a line each; empty where none is told."""
        return self._contacts
