"""What a nurse has a patient asked at the bedside, and what the patient says to it."""

from smartward.clinical.encounter import Encounter
from smartward.clinical.patient_answer import (
    AskedQuestion,
    PatientAnswer,
    PatientQuestion,
    QuestionState,
    is_answer,
    question_id,
    waits,
)
from smartward.clinical.profile import ProfileNote, effective
from smartward.errors import BadData
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.person_actions import stay_of
from smartward.hub.store.model import Stored, decode
from smartward.wire.envelope import ActionKind


def _ask(request: Request) -> Done:
    """Somebody wants to know. What waits for its answer already is not asked twice."""
    question = _question(request)
    stay = _asked(request)
    if isinstance(stay, Done):
        return stay
    before = _before(request, stay, question)
    if before is not None and waits(before, request.at):
        return Done()
    if before is not None and before.settled_at is not None and before.settled_at > request.at:
        return Done()  # answered since this was touched
    asked = AskedQuestion(
        id=question_id(stay.id, question),
        encounter_id=stay.id,
        question=question,
        state=QuestionState.OPEN,
        asked_at=request.at,
        by=request.by,
    )
    _put(request, stay, asked)
    return Done()


def _answer(request: Request) -> Done:
    """What a patient answered. Who is in comfort care is asked nothing, nor is one silenced."""
    question, value = _question(request), request.text("value")
    if not is_answer(question, value):
        raise BadData("action.bad_request", "data has no answer to a question")
    stay = _asked(request)
    if isinstance(stay, Done):
        return stay
    answer = PatientAnswer(
        id=request.action.id,
        encounter_id=stay.id,
        question=question,
        value=value,
        at=request.at,
        device_id=request.device.id,
    )
    place = {"bed": stay.bed, "room": stay.room}
    request.tx.put(request.ward, "patient_answer", answer.id, answer, **place)
    _settle(request, stay, question, QuestionState.ANSWERED)
    return Done()


def _later(request: Request) -> Done:
    """The patient does not want to answer now."""
    question = _question(request)
    stay = _asked(request)
    if isinstance(stay, Done):
        return stay
    _settle(request, stay, question, QuestionState.LATER)
    return Done()


def _question(request: Request) -> PatientQuestion:
    """Raises BadData for what is no question."""
    question = request.text("question")
    if question not in tuple(PatientQuestion):
        raise BadData("action.bad_request", "data.question is no question")
    return PatientQuestion(question)


def _asked(request: Request) -> Stored | Done:
    """The stay, if it is one that may be asked. Raises Forbidden as `stay_of`."""
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    tx, ward = request.tx, request.ward
    note = tx.get(ward, "profile", stay.id)
    profile = effective(
        decode(stay.body, Encounter).profile,
        None if note is None else decode(note.body, ProfileNote),
    )
    if profile.comfort_care or tx.get(ward, "silence", stay.id) is not None:
        return Done("refused", "answer.not_asked")
    return stay


def _before(request: Request, stay: Stored, question: PatientQuestion) -> AskedQuestion | None:
    stored = request.tx.get(request.ward, "patient_question", question_id(stay.id, question))
    return None if stored is None else decode(stored.body, AskedQuestion)


def _settle(
    request: Request, stay: Stored, question: PatientQuestion, state: QuestionState
) -> None:
    """It waits no more. What was asked again since it was touched does."""
    before = _before(request, stay, question)
    if before is not None and before.asked_at > request.at:
        return
    settled = AskedQuestion(
        id=question_id(stay.id, question),
        encounter_id=stay.id,
        question=question,
        state=state,
        asked_at=request.at if before is None else before.asked_at,
        by=None if before is None or before.state is not QuestionState.OPEN else before.by,
        settled_at=request.at,
    )
    _put(request, stay, settled)


def _put(request: Request, stay: Stored, asked: AskedQuestion) -> None:
    place = {"bed": stay.bed, "room": stay.room}
    request.tx.put(request.ward, "patient_question", asked.id, asked, **place)


RULES: dict[str, Rule] = {
    ActionKind.QUESTION_ASK: Rule(_ask, staff=True),
    # Whenever it arrives: it says itself when it was.
    ActionKind.ANSWER_GIVE: Rule(_answer, staff=False),
    ActionKind.QUESTION_LATER: Rule(_later, staff=False),
}
