"""What a patient is asked at the bedside: by whom, how often, and what is kept of it."""

import dataclasses

import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.patient_answer import (
    ASKED_FOR,
    SEVERE_PAIN,
    AskedQuestion,
    PatientAnswer,
    PatientQuestion,
    QuestionState,
    is_answer,
    is_severe,
)
from smartward.clinical.profile import Profile
from smartward.errors import BadData
from smartward.hub.access import Forbidden
from smartward.hub.his_stays import end_stay
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind as K
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

ONE = docs.encounter_id(1)
PAIN = {"question": "pain"}


@pytest.fixture
async def bedside(ward: Ward) -> Device:
    """The screen of bed 1."""
    return await ward.enrol(ScreenRole.BEDSIDE, "1")


async def asked(ward: Ward) -> AskedQuestion | None:
    stored = await ward.stored("patient_question", f"{ONE}.pain")
    return None if stored is None else decode(stored.body, AskedQuestion)


async def state(ward: Ward) -> QuestionState | None:
    one = await asked(ward)
    return None if one is None else one.state


async def ask(ward: Ward, device: Device) -> str:
    answer = await ward.act(device, K.QUESTION_ASK, ONE, by=NURSE, seen=seen(1), data=dict(PAIN))
    return answer.outcome


async def test_a_nurse_asks_once_and_the_answer_settles_it(ward: Ward, bedside: Device) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    assert await ask(ward, station) == "applied"
    first = await asked(ward)
    assert first is not None
    assert first.by is not None
    assert first.by.person_id == NURSE.id
    ward.clock.advance(60)
    assert await ask(ward, bedside) == "applied"
    assert await asked(ward) == first
    ward.clock.advance(60)
    await ward.act(bedside, K.ANSWER_GIVE, ONE, data={**PAIN, "value": "7"})
    now = await asked(ward)
    assert now is not None
    assert now == dataclasses.replace(
        first, state=QuestionState.ANSWERED, settled_at=now.settled_at
    )
    (answer,) = await ward.hub.store.read(lambda r: r.all(WARD, "patient_answer"))
    body = decode(answer.body, PatientAnswer)
    assert is_severe(body.question, body.value)
    assert body.encounter_id == ONE
    assert await ask(ward, station) == "applied"
    assert await state(ward) is QuestionState.OPEN


async def test_what_nobody_answered_can_be_asked_anew(ward: Ward, bedside: Device) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    await ask(ward, station)
    first = await asked(ward)
    ward.clock.advance(ASKED_FOR.total_seconds())
    await ask(ward, station)
    second = await asked(ward)
    assert first is not None
    assert second is not None
    assert second.asked_at - first.asked_at == ASKED_FOR


async def test_not_now_is_kept_and_an_answer_unasked_is_too(ward: Ward, bedside: Device) -> None:
    assert (await ward.act(bedside, K.QUESTION_LATER, ONE, data=dict(PAIN))).outcome == "applied"
    one = await asked(ward)
    assert one is not None
    assert one.by is None
    assert one.state is QuestionState.LATER
    await ward.act(bedside, K.ANSWER_GIVE, ONE, data={**PAIN, "value": "0"})
    assert await state(ward) is QuestionState.ANSWERED


async def test_no_patient_of_another_bed_is_asked(ward: Ward, bedside: Device) -> None:
    other = docs.encounter_id(2)
    for kind, data in (
        (K.QUESTION_ASK, PAIN),
        (K.QUESTION_LATER, PAIN),
        (K.ANSWER_GIVE, {**PAIN, "value": "1"}),
    ):
        with pytest.raises(Forbidden):
            await ward.act(bedside, kind, other, data=dict(data))
    with pytest.raises(BadData):
        await ward.act(bedside, K.QUESTION_LATER, ONE, data={"question": "name"})


async def test_whoever_is_silenced_or_in_comfort_care_is_asked_nothing(
    ward: Ward, bedside: Device
) -> None:
    whole = docs.encounter(1, 1)
    comfort = dataclasses.replace(whole, profile=Profile(comfort_care=True))

    def write(tx: Tx) -> None:
        tx.put(WARD, "encounter", ONE, comfort, bed=docs.bed_id(1), room=docs.room_id(1))

    await ward.hub.store.write(write)
    assert await ask(ward, bedside) == "refused"
    await ward.hub.store.write(
        lambda tx: tx.put(WARD, "encounter", ONE, whole, bed=docs.bed_id(1), room=docs.room_id(1))
    )
    silenced = {"reason": "wish"}
    await ward.act(bedside, K.SILENCE_START, ONE, by=NURSE, seen=seen(1), data=dict(silenced))
    assert await ask(ward, bedside) == "refused"
    assert await asked(ward) is None


async def test_a_question_ends_with_the_stay(ward: Ward, bedside: Device) -> None:
    await ask(ward, bedside)
    await ward.hub.store.write(lambda tx: end_stay(tx, WARD, ONE))
    assert await asked(ward) is None


def test_what_can_be_answered() -> None:
    assert all(is_answer(PatientQuestion.PAIN, str(n)) for n in range(11))
    assert not is_answer(PatientQuestion.PAIN, "half")
    assert is_answer(PatientQuestion.MEAL, "half")
    assert not is_answer(PatientQuestion.MEAL, "3")
    severe = [n for n in range(11) if is_severe(PatientQuestion.PAIN, str(n))]
    assert severe == list(range(SEVERE_PAIN, 11))
    assert not is_severe(PatientQuestion.MEAL, "nothing")
