"""Nurse calls through the hub: once, with their own time, only in their place."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from uuid6 import uuid7

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallReason, CallState, is_open
from smartward.clinical.priority import Priority
from smartward.clinical.ward import DutyHours, Roster
from smartward.config import Settings
from smartward.errors import BadData
from smartward.hub.actions import Conflict
from smartward.hub.escalation import CALL, call_settings, escalate
from smartward.hub.store.base import Tx
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest, Person, Seen
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, SETTINGS, Ward, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR, STATION = ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.STATION


# ---------------------------------------------------------------------- once


async def test_a_press_is_a_call_of_the_bed(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "2")
    id = str(uuid7())
    answer = await ward.press(bedside, id, seen=seen(2))
    made = await ward.call(id)
    stored = await ward.stored("nurse_call", id)
    assert stored is not None
    assert (answer.outcome, answer.seq, answer.epoch) == (
        "applied", stored.seq, ward.hub.store.epoch,
    )  # fmt: skip
    assert answer.values == {"call_id": id}
    assert (stored.bed, stored.room) == ("his.bed-2", "his.room-1")
    assert (made.state, made.priority, made.presses) == (CallState.REQUESTED, Priority.MEDIUM, 1)
    assert (made.device_id, made.encounter_id) == (bedside.id, docs.encounter_id(2))
    due = await ward.hub.store.read(lambda r: r.deadlines_due(docs.moment(1)))
    assert [(one.kind, one.subject, one.at) for one in due] == [(CALL, id, docs.moment(1))]


async def test_the_same_action_is_done_once_and_answered_alike(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    action = ward.action(
        K.CALL_PLACE, str(uuid7()), data={"bed_id": "his.bed-1", "class": "normal"}
    )
    first = await ward.hub.actions.answer(bedside, ActionRequest(action=action, age_ms=0))
    ward.clock.advance(60)
    again = await ward.hub.actions.answer(bedside, ActionRequest(action=action, age_ms=60_000))
    assert again == first
    assert (await ward.call(action.subject)).presses == 1
    other = msgspec.structs.replace(action, subject="another")
    with pytest.raises(Conflict):
        await ward.hub.actions.answer(bedside, ActionRequest(action=other, age_ms=0))
    assert len(await ward.calls()) == 1


async def test_what_was_touched_at_another_bed_is_no_press_of_the_bed_that_is_here_now(
    ward: Ward,
) -> None:
    """The screen was moved, and sends before it has heard so: it hears so, and sends no more."""
    bedside = await ward.enrol(BEDSIDE, "2")
    for kind, data in (
        (K.CALL_AGAIN, {}),
        (K.CALL_PLACE, {"bed_id": "his.bed-2", "class": "normal"}),
    ):
        action = ward.action(kind, str(uuid7()), data=data)
        for place in ("his.bed-1", ""):
            request = ActionRequest(action=action, age_ms=0, place=place)
            answer = await ward.hub.actions.answer(bedside, request)
            assert (answer.outcome, answer.key) == ("later", "action.other_place")
        assert await ward.calls() == []
    for place in ("his.bed-2", None):
        request = ActionRequest(action=action, age_ms=0, place=place)
        assert (await ward.hub.actions.answer(bedside, request)).outcome == "applied"
    answer = await ward.hub.actions.answer(
        bedside, ActionRequest(action=action, age_ms=0, place="his.bed-1")
    )
    assert answer.outcome == "applied", "what was done is told again"


async def test_a_press_under_the_id_of_a_closed_call_is_never_lost(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    door = await ward.enrol(DOOR, "R1")
    await ward.press(bedside, "c")
    again = await ward.press(bedside, "c")
    assert (again.outcome, again.values) == ("applied", {"call_id": "c"})
    assert (await ward.call("c")).presses == 1, "told twice, pressed once"
    ward.clock.advance(10)
    await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE)
    await ward.act(door, K.CALL_ARRIVE, "c", by=NURSE)
    await ward.act(door, K.CALL_CLOSE, "c", by=NURSE)
    closed = (await ward.call("c")).closed_at
    assert closed is not None
    ward.clock.advance(10)
    late = await ward.press(bedside, "c", age_ms=15_000)
    assert (late.outcome, late.key) == ("gone", "action.call_closed")
    assert late.values["call_id"] == "c"
    fresh = await ward.press(bedside, "c")
    assert fresh.outcome == "applied"
    made = await ward.call(str(fresh.values["call_id"]))
    assert (made.id != "c", made.closed_at) == (True, None)
    urgent = await ward.press(bedside, made.id, "assist")
    other = await ward.call(str(urgent.values["call_id"]))
    assert (other.id != made.id, other.call_class) == (True, "assist")
    assert (await ward.call("c")).closed_at == closed, "what is over stays as it was"


async def test_an_id_that_joined_a_call_means_the_one_after_it_and_never_two(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    station = await ward.enrol(STATION)
    await ward.press(bedside, "first")
    await ward.press(bedside, "joined")
    assert (await ward.press(bedside, "joined")).values == {"call_id": "first"}
    assert (await ward.call("first")).presses == 2, "told twice, pressed once"
    ward.clock.advance(5)
    await ward.act(door, K.CALL_CLOSE, "first", by=NURSE)
    ward.clock.advance(5)
    made = (await ward.press(bedside, "joined")).values["call_id"]
    assert {call.id for call in await ward.calls()} == {"first", made}
    assert made != "joined"
    await ward.act(station, K.CALL_ACCEPT, "joined", by=NURSE)
    assert (await ward.call(str(made))).state is CallState.ACCEPTED
    await ward.act(door, K.CALL_CLOSE, "joined", by=NURSE)
    assert (await ward.call(str(made))).state is CallState.COMPLETED
    # Long after that nobody knows these calls any more, only the name.
    await ward.hub.store.write(lambda tx: tx.delete(WARD, "nurse_call", str(made)))
    again = (await ward.press(bedside, "joined")).values["call_id"]
    await ward.act(door, K.CALL_CLOSE, "joined", by=NURSE)
    assert (await ward.call(str(again))).state is CallState.COMPLETED
    assert await ward.stored("nurse_call", "joined") is None


async def test_an_answer_of_another_epoch_is_given_again_in_this_one(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    actions = [
        ward.action(kind, "c", data={"bed_id": "his.bed-1", "class": "normal", "reason": "pain"})
        for kind in (K.CALL_PLACE, K.CALL_REASON)
    ]
    requests = [ActionRequest(action=action, age_ms=0) for action in actions]
    first = [await ward.hub.actions.answer(bedside, request) for request in requests]
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 3))
    epoch = await ward.hub.store.renew_epoch()
    head = await ward.hub.store.read(lambda reader: reader.head(WARD))
    for before, request in zip(first, requests, strict=True):
        again = await ward.hub.actions.answer(bedside, request)
        assert again == msgspec.structs.replace(before, epoch=epoch, seq=head)
    assert (await ward.call("c")).presses == 1


async def test_an_action_id_belongs_to_one_device(ward: Ward) -> None:
    one, two = await ward.enrol(BEDSIDE, "1"), await ward.enrol(BEDSIDE, "2")
    id = str(uuid7())
    assert (await ward.press(one, id=id)).outcome == "applied"
    assert (await ward.press(two, id=id)).outcome == "applied"
    assert {call.bed_id for call in await ward.calls()} == {"his.bed-1", "his.bed-2"}


async def test_the_answer_is_in_the_transaction_that_applied_it(
    ward: Ward, tmp_path: object
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    ward.hub.store.failing = True
    action = ward.action(
        K.CALL_PLACE, str(uuid7()), data={"bed_id": "his.bed-1", "class": "normal"}
    )
    request = ActionRequest(action=action, age_ms=0)
    later = await ward.hub.actions.answer(bedside, request)
    assert (later.outcome, later.key) == ("later", "storage.full")
    assert later.retry_after_s is not None
    assert await ward.calls() == []
    ward.hub.store.failing = False
    assert (await ward.hub.actions.answer(bedside, request)).outcome == "applied"
    connection = sqlite3.connect(f"{tmp_path}/d/hub.sqlite")
    try:
        rows = connection.execute(
            "select device, action, kind from history where action is not null"
        ).fetchall()
    finally:
        connection.close()
    assert rows == [(bedside.id, action.id, "nurse_call")]


# ---------------------------------------------------------------------- the time of the press


async def test_a_press_is_as_old_as_the_device_says(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    made_at = MORNING + timedelta(days=400)  # a wrong clock does not matter then
    await ward.press(bedside, "c", age_ms=90_500, made_at=made_at)
    made = await ward.call("c")
    assert (made.placed_at, made.estimated) == (MORNING - timedelta(seconds=90.5), False)
    assert made.received_at == MORNING


@pytest.mark.parametrize(
    "made_at, skew_ms, expected",
    [
        pytest.param(docs.moment(-20), 300_000, docs.moment(-15), id="corrected"),
        pytest.param(docs.moment(-20), None, docs.moment(-20), id="never compared"),
        pytest.param(docs.moment(60), 0, MORNING, id="not later than now"),
        pytest.param(docs.moment(-60 * 24 * 31), 0, MORNING, id="clock not set"),
    ],
)
async def test_after_a_restart_the_device_s_clock_is_believed_as_an_estimate(
    ward: Ward, made_at: object, skew_ms: int | None, expected: object
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c", age_ms=None, skew_ms=skew_ms, made_at=made_at)
    made = await ward.call("c")
    assert (made.placed_at, made.estimated) == (expected, True)


@pytest.mark.parametrize(
    "times",
    [
        pytest.param({"age_ms": 10**18}, id="age"),
        pytest.param({"age_ms": -(10**18)}, id="age ahead"),
        pytest.param({"age_ms": None, "skew_ms": 10**18}, id="skew"),
        pytest.param({"age_ms": None, "skew_ms": -(10**18)}, id="skew back"),
        pytest.param({"seen": Seen(seq=1 << 63)}, id="sequence"),
        pytest.param({"made_at": MORNING.replace(tzinfo=None)}, id="no zone"),
        pytest.param(
            {"age_ms": None, "skew_ms": 86_400_000, "made_at": datetime.max.replace(tzinfo=UTC)},
            id="no such day",
        ),
    ],
)
async def test_times_and_numbers_that_no_screen_can_mean_are_not_understood(
    ward: Ward, times: dict[str, Any]
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    with pytest.raises(BadData):
        await ward.press(bedside, "c", **times)
    assert await ward.calls() == []


@pytest.mark.parametrize(
    "made_ago_s, skew_ms, placed_ago_s",
    [(7, 0, 7), (7, 2000, 5), (45, 0, 2), (1, 0, 2), (7, None, 2)],
    ids=["on its way", "by its clock", "a clock that was set", "ahead", "no clock"],
)
async def test_what_a_press_was_on_its_way_is_no_part_of_its_time(
    ward: Ward, made_ago_s: int, skew_ms: int | None, placed_ago_s: int
) -> None:
    """Sent 2 s after the touch; its clock tells when that was, unless it was set."""
    bedside = await ward.enrol(BEDSIDE, "1")
    made_at = MORNING - timedelta(seconds=made_ago_s)
    await ward.press(bedside, "c", age_ms=2000, skew_ms=skew_ms, made_at=made_at)
    made = await ward.call("c")
    assert (MORNING - made.placed_at, made.estimated) == (timedelta(seconds=placed_ago_s), False)


async def test_a_press_after_the_clock_was_set_back_is_not_answered_by_an_older_end(
    ward: Ward,
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(10)
    await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)
    ward.clock.step(-3600)
    ward.clock.advance(1)
    for kind, data in (
        (K.CALL_AGAIN, {}),
        (K.CALL_PLACE, {"bed_id": bedside.place, "class": "normal"}),
    ):
        assert (await ward.act(bedside, kind, "c", data=data)).outcome == "applied"
    (waiting,) = [call for call in await ward.calls() if is_open(call)]
    assert (waiting.presses, waiting.placed_at) == (2, ward.clock.now())


async def test_who_presses_again_at_a_call_that_the_hub_does_not_know_calls(ward: Ward) -> None:
    one, two = await ward.enrol(BEDSIDE, "1"), await ward.enrol(BEDSIDE, "2")
    await ward.press(one, "c")
    ids = [
        str((await ward.act(two, K.CALL_AGAIN, call)).values["call_id"])
        for call in ("its file lost this one", "c")
    ]
    assert ids[0] == ids[1], "both are presses at its own bed"
    made = await ward.call(ids[0])
    assert (made.bed_id, made.presses, made.call_class) == ("his.bed-2", 2, "normal")
    assert (await ward.call("c")).presses == 1
    # Told the lost one after that, the hub has it as a press of that call.
    told = await ward.press(two, "its file lost this one", age_ms=60_000)
    assert told.values == {"call_id": made.id}
    assert (await ward.call(made.id)).presses == 3


async def test_calls_never_expire(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    answer = await ward.press(bedside, "c", age_ms=9 * 3600 * 1000)
    assert answer.outcome == "applied"
    assert (await ward.call("c")).placed_at == docs.moment(-540)


async def test_another_patient_in_the_bed_refuses_no_call(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    answer = await ward.press(bedside, "c", seen=seen(4))
    assert answer.outcome == "applied"


# ---------------------------------------------------------------------- one call of a bed and class


async def test_a_second_placing_is_one_more_press_of_the_open_call(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "first", age_ms=5000)
    ward.clock.advance(10)
    answer = await ward.press(bedside, "second")
    assert answer.values == {"call_id": "first"}
    (made,) = await ward.calls()
    assert (made.id, made.presses, made.placed_at) == ("first", 2, MORNING - timedelta(seconds=5))
    reason = await ward.act(bedside, K.CALL_REASON, "second", data={"reason": "pain"})
    assert reason.outcome == "applied"
    assert (await ward.call("first")).reason is CallReason.PAIN


async def test_classes_and_beds_have_calls_of_their_own(ward: Ward) -> None:
    one, two = await ward.enrol(BEDSIDE, "1"), await ward.enrol(BEDSIDE, "2")
    await ward.press(one, "a")
    await ward.press(one, "b", "assist")
    await ward.press(two, "c")
    assert {call.id for call in await ward.calls()} == {"a", "b", "c"}
    assert (await ward.call("b")).priority is Priority.HIGH


async def test_a_press_after_the_closing_is_a_new_call(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    assert (await ward.act(door, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"
    ward.clock.advance(60)
    before = await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=61_000)
    assert (before.outcome, before.key) == ("gone", "action.call_closed")
    after = await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=30_000, seen=seen(1))
    assert after.outcome == "applied"
    new = await ward.call(str(after.values["call_id"]))
    assert new.id != "c"
    assert (new.state, new.placed_at) == (CallState.REQUESTED, docs.moment(1.5))
    reason = await ward.act(bedside, K.CALL_REASON, "c", data={"reason": "breathless"})
    assert reason.outcome == "applied"
    assert (await ward.call(new.id)).priority is Priority.HIGH
    assert (await ward.call("c")).reason is None


async def test_pressing_again_counts_and_keeps_the_first_time(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(30)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    made = await ward.call("c")
    assert (made.presses, made.placed_at, made.last_press_at) == (2, MORNING, docs.moment(0.5))


async def test_a_press_of_a_call_long_forgotten_is_a_call(ward: Ward) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c")
    await ward.hub.store.write(lambda tx: tx.delete(WARD, "nurse_call", "c"))
    answer = await ward.act(bedside, K.CALL_AGAIN, "c")
    assert answer.outcome == "applied"
    (made,) = await ward.calls()
    assert made.id == answer.values["call_id"]
    over = await ward.act(bedside, K.CALL_NOT_NEEDED, "c")
    assert (over.outcome, over.key) == ("gone", "action.call_over")


# ---------------------------------------------------------------------- staff


async def test_a_call_s_life_through_station_and_door(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    station = await ward.enrol(STATION)
    await ward.press(bedside, "c")
    for device, kind in (
        (station, K.CALL_SHOWN),
        (station, K.CALL_HEARD),
        (station, K.CALL_ACCEPT),
        (door, K.CALL_ARRIVE),
        (door, K.CALL_CLOSE),
    ):
        ward.clock.advance(1)
        answer = await ward.act(device, kind, "c", by=NURSE)
        assert answer.outcome == "applied", kind
    made = await ward.call("c")
    assert made.state is CallState.COMPLETED
    assert [mark.kind for mark in made.marks] == [
        MarkKind.SENT, MarkKind.SHOWN, MarkKind.HEARD, MarkKind.ON_THE_WAY, MarkKind.PRESENT,
    ]  # fmt: skip
    assert made.closed_by is not None
    assert (made.closed_by.device_id, made.closed_by.person_id) == (door.id, "st-1")
    assert await ward.hub.store.read(lambda r: r.next_deadline()) is None


async def test_what_changes_nothing_is_no_write(ward: Ward) -> None:
    station, bedside = await ward.enrol(STATION), await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c")
    first = await ward.act(station, K.CALL_SHOWN, "c")
    again = await ward.act(station, K.CALL_SHOWN, "c")
    assert (again.outcome, again.seq) == ("applied", first.seq)


async def test_the_roster_says_what_a_person_is_called(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    liar = Person(known="name", id="st-2", name="somebody", family="else")
    await ward.act(station, K.CALL_ACCEPT, "c", by=liar)
    by = (await ward.call("c")).accepted_by
    assert by is not None
    assert (by.name, by.family, by.known) == ("王芳", "王", "name")


async def test_who_is_not_on_the_roster_has_no_name(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    stranger = Person(known="name", id="st-999", name="Nobody Ever", family="Ever")
    await ward.act(station, K.CALL_ACCEPT, "c", by=stranger)
    by = (await ward.call("c")).accepted_by
    assert by is not None
    assert (by.person_id, by.name, by.family, by.known) == ("st-999", None, None, "none")
    other = await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE)
    assert other.key == "call.refused.on_the_way_unnamed"


async def test_nobody_known_acts_as_the_device(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    await ward.act(station, K.CALL_ACCEPT, "c")
    by = (await ward.call("c")).accepted_by
    assert by is not None
    assert (by.device_id, by.person_id, by.known) == (station.id, None, "none")


async def test_handing_over_needs_somebody_of_the_ward(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE)
    unknown = await ward.act(station, K.CALL_HAND_OVER, "c", by=NURSE, data={"staff_id": "st-9"})
    assert (unknown.outcome, unknown.key) == ("refused", "action.unknown_staff")
    known = await ward.act(station, K.CALL_HAND_OVER, "c", by=NURSE, data={"staff_id": "st-2"})
    assert known.outcome == "applied"
    to = (await ward.call("c")).handed_to
    assert to is not None
    assert to.person_id == "st-2"


async def test_nobody_off_duty_is_handed_a_call(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    night = DutyHours(start=time(20), end=time(8, 31))

    def on_nights(tx: Tx) -> None:
        members = [replace(one, duty=(night,)) for one in docs.roster().members]
        tx.put(WARD, "roster", "roster", Roster(members=tuple(members)))

    await ward.hub.store.write(on_nights)
    to = {"staff_id": "st-2"}
    assert (await ward.act(station, K.CALL_HAND_OVER, "c", by=NURSE, data=to)).outcome == "applied"
    ward.clock.advance(60)  # 08:31 on the ward
    for kind in (K.CALL_ACCEPT, K.CALL_REINFORCE):
        assert (await ward.act(station, kind, "c", by=NURSE)).outcome == "applied", kind
    off = await ward.act(station, K.CALL_HAND_OVER, "c", by=NURSE, data=to)
    assert (off.outcome, off.key, off.values) == ("refused", "routing.off_duty", {"name": "王芳"})


async def test_a_call_is_lowered_by_a_person_with_a_reason(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    ward.clock.advance(5)
    await ward.act(bedside, K.CALL_REASON, "c", data={"reason": "breathless"})
    ward.clock.advance(5)
    late = await ward.act(station, K.CALL_LOWER, "c", by=NURSE, data={"why": "x"}, age_ms=6000)
    assert (late.outcome, late.key) == ("refused", "action.asked_again")
    for data in ({}, {"why": " "}):
        bare = await ward.act(station, K.CALL_LOWER, "c", by=NURSE, data=data)
        assert (bare.outcome, bare.key) == ("refused", "call.refused.lower_why")
    data = {"why": "97 %"}
    assert (await ward.act(station, K.CALL_LOWER, "c", by=NURSE, data=data)).outcome == "applied"
    made = await ward.call("c")
    assert (made.priority, made.marks[-1].why) == (Priority.MEDIUM, "97 %")


async def test_an_old_staff_action_comes_back_as_a_question(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    ward.clock.advance(3600)
    old = await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE, age_ms=600_001)
    assert (old.outcome, old.key) == ("refused", "action.too_old")
    assert old.values == {"at": "2026-11-21T01:19:59.999Z"}
    assert (await ward.call("c")).state is CallState.REQUESTED
    just = await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE, age_ms=600_000)
    assert just.outcome == "applied"
    patient = await ward.act(bedside, K.CALL_NOT_NEEDED, "c", age_ms=3_000_000)
    assert patient.outcome == "applied"


async def test_a_late_touch_answers_no_newer_press(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    station = await ward.enrol(STATION)
    await ward.press(bedside, "c")
    ward.clock.advance(100)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    ward.clock.advance(60)
    before = await ward.call("c")
    touches = [
        (station, K.CALL_HEARD), (station, K.CALL_ACCEPT), (door, K.CALL_ARRIVE),
        (door, K.CALL_CLOSE),
    ]  # fmt: skip
    for device, kind in touches:
        late = await ward.act(device, kind, "c", by=NURSE, age_ms=60_001)
        assert (late.outcome, late.key) == ("refused", "action.asked_again"), kind
        assert late.values == {"at": "2026-11-21T00:31:40.000Z"}
    assert await ward.call("c") == before
    for device, kind in touches[1:]:
        just = await ward.act(device, kind, "c", by=NURSE, age_ms=60_000)
        assert just.outcome == "applied", kind
    assert (await ward.call("c")).closed_at == before.last_press_at


async def test_a_late_mute_silences_no_newer_ring(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    station = await ward.enrol(STATION)
    await ward.press(bedside, "c")
    ward.clock.advance(90)
    settings = call_settings(SETTINGS)
    await ward.hub.store.write(lambda tx: escalate(tx, WARD, "c", settings, tx.now))
    assert (await ward.call("c")).step == 1
    late = await ward.act(station, K.CALL_HEARD, "c", by=NURSE, age_ms=31_000)
    assert (late.outcome, late.key) == ("refused", "action.asked_again")
    assert (await ward.act(station, K.CALL_HEARD, "c", by=NURSE)).outcome == "applied"
    # The timer did not know that somebody was there already.
    there = await ward.act(door, K.CALL_ARRIVE, "c", by=NURSE, age_ms=31_000)
    assert there.outcome == "applied"


async def test_a_late_touch_answers_no_red_flag_and_no_call_for_one_more(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    two, station = await ward.enrol(BEDSIDE, "2"), await ward.enrol(STATION)
    for device, id in ((bedside, "flag"), (two, "more")):
        await ward.press(device, id)
    ward.clock.advance(20)
    await ward.act(bedside, K.CALL_REASON, "flag", data={"reason": "breathless"})
    await ward.act(station, K.CALL_REINFORCE, "more", by=NURSE)
    ward.clock.advance(20)
    for id in ("flag", "more"):
        late = await ward.act(door, K.CALL_CLOSE, id, by=NURSE, age_ms=21_000)
        assert (late.outcome, late.key) == ("refused", "action.asked_again")
        just = await ward.act(door, K.CALL_CLOSE, id, by=NURSE, age_ms=20_000)
        assert just.outcome == "applied"


async def test_a_call_keeps_its_place_while_its_bed_is_not_known(ward: Ward) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    await ward.press(bedside, "c")
    await ward.hub.store.write(lambda tx: tx.delete(WARD, "bed", "his.bed-1"))
    await ward.act(bedside, K.CALL_AGAIN, "c")
    stored = await ward.stored("nurse_call", "c")
    assert stored is not None
    assert (stored.bed, stored.room) == ("his.bed-1", "his.room-1")
    assert (await ward.act(door, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"


@pytest.mark.parametrize("call_class", ["assist", "emergency", "bathroom"])
async def test_such_a_call_is_closed_only_at_its_own_device(ward: Ward, call_class: str) -> None:
    bedside, door = await ward.enrol(BEDSIDE, "1"), await ward.enrol(DOOR, "R1")
    station = await ward.enrol(STATION)
    await ward.press(bedside, "c", call_class)
    for device in (station, door):
        answer = await ward.act(device, K.CALL_CLOSE, "c", by=NURSE)
        assert answer.outcome == "refused"
        assert answer.key == f"call.refused.close_{call_class}"
    assert (await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"


async def test_a_screen_that_replaced_the_origin_stands_in_for_it(ward: Ward) -> None:
    old, new = await ward.enrol(BEDSIDE, "1"), await ward.enrol(BEDSIDE, "1")
    await ward.press(old, "c", "assist")
    refused = await ward.act(new, K.CALL_CLOSE, "c", by=NURSE)
    assert refused.outcome == "refused"
    await ward.revoke(old)
    assert (await ward.act(new, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"


async def test_a_call_whose_screen_was_moved_ends_at_the_one_that_stands_there_now(
    ward: Ward,
) -> None:
    moved, new = await ward.enrol(BEDSIDE, "1"), await ward.enrol(BEDSIDE, "1")
    await ward.press(moved, "c", "emergency")
    await ward.enrol(BEDSIDE, "2", device_id=moved.id)
    assert (await ward.act(new, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"
    assert (await ward.call("c")).state is CallState.COMPLETED


async def test_the_station_does_not_close_a_call(ward: Ward) -> None:
    bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
    await ward.press(bedside, "c")
    answer = await ward.act(station, K.CALL_CLOSE, "c", by=NURSE, data={"reason": "spoke"})
    assert (answer.outcome, answer.key) == ("refused", "call.refused.close_normal")


class TestStationMayClose:
    @pytest.fixture
    def settings(self) -> Settings:
        return replace(SETTINGS, call_station_may_close=True)

    async def test_with_a_reason_where_the_ward_allows_it(self, ward: Ward) -> None:
        bedside, station = await ward.enrol(BEDSIDE, "1"), await ward.enrol(STATION)
        await ward.press(bedside, "c")
        without = await ward.act(station, K.CALL_CLOSE, "c", by=NURSE)
        assert without.outcome == "refused"
        answer = await ward.act(station, K.CALL_CLOSE, "c", by=NURSE, data={"reason": "spoke"})
        assert answer.outcome == "applied"
        assert (await ward.call("c")).close_reason == "spoke"


# ---------------------------------------------------------------------- nonsense


@pytest.mark.parametrize(
    "kind, data",
    [
        (K.CALL_PLACE, {"class": "normal"}),
        (K.CALL_PLACE, {"bed_id": "his.bed-1", "class": "urgent"}),
        (K.CALL_PLACE, {"bed_id": "his.bed-1", "class": None}),
        (K.CALL_REASON, {"reason": "thirst"}),
        (K.CALL_REASON, {}),
    ],
)
async def test_an_action_that_says_too_little_is_not_understood(
    ward: Ward, kind: str, data: dict[str, str | None]
) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "c")
    with pytest.raises(BadData):
        await ward.act(bedside, kind, "c", data=data)
    assert (await ward.call("c")).reason is None
