"""What was done at the bed: by a known person, for who is seen, corrected and never deleted."""

from datetime import timedelta
from typing import Any

import pytest

from smartward.clinical.care_due import LIMITS_WITHIN, limits_of
from smartward.clinical.care_event import CareEvent, CareKind, Despite, Position
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.encounter import Encounter
from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.clinical.line import Line, LineKind
from smartward.clinical.observation_entry import SignStatus
from smartward.clinical.order import Dose, Limit, Order, OrderKind
from smartward.errors import BadData, Refused
from smartward.his.drafts import AdministrationDraft, CareDraft
from smartward.hub import ward_entries
from smartward.hub.his_stays import end_stay
from smartward.hub.store.model import Stored, decode
from smartward.hub.store.write_table import QueueState
from smartward.hub.write_queue import WriteQueue, trouble
from smartward.wire.envelope import ActionKind, Answer
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward, seen
from tests.hub.staff import told
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio


class Bedside:
    """The screen at bed 1 in the hands of a nurse."""

    def __init__(self, ward: Ward, screen: Device) -> None:
        self.ward, self.screen = ward, screen

    async def do(self, action: str, subject: str, **data: Any) -> Answer:
        return await self.ward.act(self.screen, action, subject, by=NURSE, seen=seen(1), data=data)

    async def record(self, kind: CareKind, **data: Any) -> Answer:
        return await self.do(ActionKind.CARE_RECORD, docs.encounter_id(1), kind=kind, **data)

    async def events(self) -> list[CareEvent]:
        found = await self.ward.hub.store.read(lambda r: r.all(WARD, "care_event"))
        return sorted((decode(s.body, CareEvent) for s in found), key=lambda e: (e.at, e.id))


@pytest.fixture
async def bedside(ward: Ward) -> Bedside:
    return Bedside(ward, await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(1)))


async def test_a_turn_counts_at_once_and_says_who_and_how(bedside: Bedside) -> None:
    before = (MORNING - timedelta(minutes=20)).isoformat()
    answer = await bedside.record(CareKind.TURN, position="left", at=before)
    assert answer.outcome == "applied"
    (turn,) = await bedside.events()
    assert (turn.position, turn.encounter_id) == (Position.LEFT, docs.encounter_id(1))
    assert turn.at == MORNING - timedelta(minutes=20)
    assert turn.recorded_at == MORNING
    assert turn.by.person_id == NURSE.id
    row = (await told(bedside.ward))[-1]
    assert (row.kind, row.about.encounter) == (ActionKind.CARE_RECORD, docs.encounter_id(1))
    assert row.about.detail == {"kind": "turn"}


async def test_what_is_refused_is_not_kept(bedside: Bedside) -> None:
    old = (MORNING - timedelta(hours=25)).isoformat()
    ahead = (MORNING + timedelta(minutes=5)).isoformat()
    both: dict[str, Any] = {"position": "left", "volume_ml": 3}
    tries: tuple[tuple[CareKind, dict[str, Any], str, str | None], ...] = (
        (CareKind.TURN, {}, "care.missing", "position"),
        (CareKind.TURN, {"position": "up"}, "care.impossible", "position"),
        (CareKind.TURN, both, "care.impossible", "volume_ml"),
        (CareKind.VOID, {"volume_ml": "2500"}, "care.improbable", "volume_ml"),
        (CareKind.MEAL, {"at": old}, "care.time", None),
        (CareKind.MEAL, {"at": ahead}, "care.time", None),
    )
    for kind, data, key, about in tries:
        answer = await bedside.record(kind, **data)
        assert (answer.outcome, answer.key) == ("refused", key)
        assert answer.values.get("values") == about
    for wrong in ({"at": "noon"}, {"at": "2026-11-21T08:00:00"}):
        with pytest.raises(BadData):
            await bedside.record(CareKind.MEAL, **wrong)
    with pytest.raises(BadData):
        await bedside.record("dance")  # type: ignore[arg-type]  # a word that is none
    assert await bedside.events() == []
    meant = await bedside.record(CareKind.VOID, volume_ml="2500", confirmed="volume_ml")
    assert meant.outcome == "applied"


async def test_of_whom_and_from_where(bedside: Bedside) -> None:
    ward, turn = bedside.ward, {"kind": "turn", "position": "left"}
    stay = docs.encounter_id(1)
    other = await ward.act(
        bedside.screen, ActionKind.CARE_RECORD, stay, by=NURSE, seen=seen(2), data=turn
    )
    assert (other.outcome, other.key) == ("refused", "action.other_patient")
    door = await ward.enrol(ScreenRole.DOOR, docs.room_id(1))
    away = await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(2))
    for screen in (door, away):
        with pytest.raises(Refused):
            await ward.act(screen, ActionKind.CARE_RECORD, stay, by=NURSE, data=turn)
    assert await bedside.events() == []


async def test_a_correction_keeps_both_and_only_once(bedside: Bedside) -> None:
    await bedside.record(CareKind.VOID, volume_ml="250")
    (void,) = await bedside.events()
    impossible = await bedside.do(ActionKind.CARE_CORRECT, void.id, volume_ml="9000", why="typed")
    assert impossible.key == "care.impossible"
    assert [one.status for one in await bedside.events()] == [SignStatus.FINAL]
    right = await bedside.do(ActionKind.CARE_CORRECT, void.id, volume_ml="350", why="typed")
    assert right.outcome == "applied"
    by_id = {one.id: one for one in await bedside.events()}
    wrong = by_id.pop(void.id)
    (stands,) = by_id.values()
    assert (wrong.status, wrong.volume_ml, wrong.why) == (SignStatus.ENTERED_IN_ERROR, 250, "typed")
    assert wrong.wrong_by is not None
    assert wrong.wrong_by.person_id == NURSE.id
    assert (stands.volume_ml, stands.replaces, stands.at) == (350, void.id, void.at)
    again = await bedside.do(ActionKind.CARE_CORRECT, void.id, why="twice")
    assert (again.outcome, again.key) == ("refused", "care.already_wrong")
    taken_back = await bedside.do(ActionKind.CARE_CORRECT, stands.id, why="not this patient")
    assert taken_back.outcome == "applied"
    assert {one.status for one in await bedside.events()} == {SignStatus.ENTERED_IN_ERROR}


async def test_it_goes_with_the_patient_and_ends_with_the_stay(bedside: Bedside) -> None:
    store, stay = bedside.ward.hub.store, docs.encounter_id(1)
    old = (MORNING - timedelta(hours=20)).isoformat()
    await bedside.record(CareKind.PREVENTION, measures="bed_low,sign_on", at=old)
    await bedside.record(CareKind.TURN, position="left", at=old)
    await bedside.record(CareKind.TURN, position="right")
    await store.write(lambda tx: ward_entries.forget(tx, WARD, MORNING - timedelta(hours=1)))
    left = [(one.kind, one.position) for one in await bedside.events()]
    assert left == [(CareKind.PREVENTION, None), (CareKind.TURN, Position.RIGHT)]
    await store.write(lambda tx: tx.move_encounter(WARD, stay, docs.bed_id(3), docs.room_id(3)))
    moved = await store.read(lambda r: r.all(WARD, "care_event"))
    assert {one.bed for one in moved} == {docs.bed_id(3)}
    (kept,) = (one.id for one in await bedside.events() if one.kind is CareKind.TURN)
    await store.write(lambda tx: end_stay(tx, WARD, stay))
    assert await bedside.events() == []
    gone = await bedside.do(ActionKind.CARE_CORRECT, kept, why="late")
    assert (gone.outcome, gone.key) == ("gone", "care.over")


async def test_it_is_queued_for_the_hospital_in_the_same_write(bedside: Bedside) -> None:
    """A correction tells of the mistake and of what is right; a decision about an alert is not
    told."""
    store = bedside.ward.hub.store
    store.in_write.append(WriteQueue(WARD, "his", frozenset(WriteKind)).note)
    line = Line(
        id="his.Flag.f1", encounter_id=docs.encounter_id(1), kind=LineKind.PERIPHERAL_VENOUS,
        since=MORNING, site="left forearm",
    )  # fmt: skip
    await store.write(lambda tx: tx.put(WARD, "line", line.id, line))
    await bedside.record(CareKind.TURN, position="left")
    await bedside.record(CareKind.DRINK, volume_ml="150")
    await bedside.record(CareKind.LINE_CARE, deed="flushed", about=line.id)
    await bedside.record(CareKind.REVIEWED, about="sepsis_screen")
    (turn,) = [one for one in await bedside.events() if one.kind is CareKind.TURN]
    await bedside.do(ActionKind.CARE_CORRECT, turn.id, position="right", why="other side")
    waiting = await store.read(lambda r: r.queue_in(WARD, QueueState.WAITING))
    drafts = [(WriteKind(one.kind), decode(one.body, CareDraft)) for one in waiting]
    told = [(kind, one.kind, one.position, one.withdrawn) for kind, one in drafts]
    assert sorted(told, key=str) == sorted(
        [
            (WriteKind.CARE, CareKind.TURN, Position.LEFT, True),
            (WriteKind.CARE, CareKind.TURN, Position.RIGHT, False),
            (WriteKind.CARE, CareKind.LINE_CARE, None, False),
            (WriteKind.CARE_VALUE, CareKind.DRINK, None, False),
        ],
        key=str,
    )
    (flushed,) = [one for _, one in drafts if one.deed is not None]
    assert (flushed.line, flushed.site) == (LineKind.PERIPHERAL_VENOUS, "left forearm")
    assert {one.by for _, one in drafts} == {NURSE.id}
    refused = waiting[0]
    await store.write(lambda tx: trouble(tx, refused, Trouble.REFUSED, "his.write.refused", "no"))
    (shown,) = await store.read(lambda r: r.all(WARD, "his_write"))
    asked = decode(shown.body, HisWrite)
    assert asked.by is not None
    assert (asked.by.person_id, asked.encounter_id) == (NURSE.id, docs.encounter_id(1))


async def test_a_doctor_is_asked_for_a_patients_limits_once_a_day(bedside: Bedside) -> None:
    ask = CareKind.LIMITS_ASKED
    assert (await bedside.record(ask, about="news2,spo2_drop")).outcome == "applied"
    again = await bedside.record(ask, about="news2")
    assert (again.outcome, again.key) == ("refused", "care.limits_asked")
    row = (await told(bedside.ward))[-1]
    assert (row.kind, row.about.detail) == (ActionKind.CARE_RECORD, {"kind": "limits_asked"})
    (asked,) = await bedside.events()
    now = bedside.ward.clock.now()
    stay = decode((await stay_of(bedside)).body, Encounter)
    task = limits_of(stay, [asked], now)
    assert task is not None
    assert (task.key, task.due_at) == (f"limits:{stay.id}", asked.at + LIMITS_WITHIN)
    # Taken back, it may be asked again; answered, it is no work any more.
    await bedside.do(ActionKind.CARE_CORRECT, asked.id, why="other patient")
    assert limits_of(stay, await bedside.events(), now) is None
    assert (await bedside.record(ask, about="news2")).outcome == "applied"
    assert limits_of(stay, await bedside.events(), now) is not None
    await bedside.record(CareKind.REVIEWED, about="limits")
    assert limits_of(stay, await bedside.events(), now) is None
    assert (await bedside.record(ask, about="news2")).outcome == "refused"


async def stay_of(bedside: Bedside) -> Stored:
    found = await bedside.ward.stored("encounter", docs.encounter_id(1))
    assert found is not None
    return found


def as_needed(**more: Any) -> Order:
    plain: dict[str, Any] = {
        "id": "his.MedicationRequest.m",
        "encounter_id": docs.encounter_id(1),
        "kind": OrderKind.MEDICINE,
        "as_needed": True,
        "names": ("对乙酰氨基酚片",),
        "limits": (Limit(period_h=6, doses=1),),
        "given": (Dose(id="a", at=MORNING - timedelta(hours=7)),),
    }
    return Order(**plain | more)


async def test_a_dose_before_its_time_is_asked_about_once_and_kept_with_its_reason(
    bedside: Bedside,
) -> None:
    order = as_needed()
    await bedside.ward.hub.store.write(lambda tx: tx.put(WARD, "order", order.id, order))
    first = await bedside.record(CareKind.AS_NEEDED, about=order.id)
    assert first.outcome == "applied", "the last one is 7 h ago, of 6"
    again = await bedside.record(CareKind.AS_NEEDED, about=order.id)
    assert (again.outcome, again.key) == ("refused", "care.too_soon")
    assert again.values == {
        "values": "despite",
        "at": (MORNING + timedelta(hours=6)).isoformat(),
    }
    assert len(await bedside.events()) == 1
    meant = await bedside.record(CareKind.AS_NEEDED, about=order.id, despite="doctor")
    assert meant.outcome == "applied"
    assert [one.despite for one in await bedside.events()].count(Despite.DOCTOR) == 1


async def test_a_dose_taken_back_counts_no_more_and_only_orders_as_needed_are_given(
    bedside: Bedside,
) -> None:
    order, other = as_needed(given=()), as_needed(id="his.MedicationRequest.n", as_needed=False)
    for one in (order, other):
        await bedside.ward.hub.store.write(
            lambda tx, one=one: tx.put(WARD, "order", one.id, one)  # type: ignore[misc]  # mypy infers no lambda with a default
        )
    await bedside.record(CareKind.AS_NEEDED, about=order.id)
    (event,) = await bedside.events()
    await bedside.do(ActionKind.CARE_CORRECT, event.id, why="other patient")
    assert (await bedside.record(CareKind.AS_NEEDED, about=order.id)).outcome == "applied"
    for id in (other.id, "his.MedicationRequest.gone"):
        answer = await bedside.record(CareKind.AS_NEEDED, about=id, despite="doctor")
        assert (answer.outcome, answer.key) == ("refused", "care.no_order")


async def test_a_corrected_dose_is_asked_about_as_a_new_one_is(bedside: Bedside) -> None:
    store = bedside.ward.hub.store
    mine = as_needed(given=())
    soon = as_needed(id="his.MedicationRequest.s", given=(Dose(id="a", at=MORNING),))
    foreign = as_needed(id="his.MedicationRequest.f", encounter_id=docs.encounter_id(2))
    for one in (mine, soon, foreign):
        await store.write(lambda tx, one=one: tx.put(WARD, "order", one.id, one))  # type: ignore[misc]  # mypy infers no lambda with a default
    await bedside.record(CareKind.AS_NEEDED, about=mine.id)
    (event,) = await bedside.events()
    for about, key in ((foreign.id, "care.no_order"), (soon.id, "care.too_soon")):
        answer = await bedside.do(ActionKind.CARE_CORRECT, event.id, about=about, why="typed")
        assert (answer.outcome, answer.key) == ("refused", key)
    assert await bedside.events() == [event]
    earlier = (MORNING - timedelta(minutes=30)).isoformat()
    told_: dict[str, Any] = {"about": mine.id, "at": earlier, "why": "typed"}
    right = await bedside.do(ActionKind.CARE_CORRECT, event.id, **told_)
    assert right.outcome == "applied", "the dose that it corrects is none before it"
    meant = await bedside.record(CareKind.AS_NEEDED, about=mine.id)
    assert meant.key == "care.too_soon", "what is right counts"


async def test_a_dose_as_needed_is_told_as_an_administration_of_its_order(
    bedside: Bedside,
) -> None:
    store = bedside.ward.hub.store
    store.in_write.append(WriteQueue(WARD, "his", frozenset(WriteKind)).note)
    order = as_needed(given=())
    await store.write(lambda tx: tx.put(WARD, "order", order.id, order))
    await bedside.record(CareKind.AS_NEEDED, about=order.id)
    (event,) = await bedside.events()
    (row,) = await store.read(lambda r: r.queue_in(WARD, QueueState.WAITING))
    draft = decode(row.body, AdministrationDraft)
    assert (row.kind, row.id) == (WriteKind.ADMINISTRATION, event.id)
    assert (draft.item_id, draft.given, draft.at) == (order.id, True, MORNING)
