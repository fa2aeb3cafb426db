"""Somebody is in a room: its calls, the ward's next call, and what leaving does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.presence import NextCall
from smartward.clinical.priority import Priority
from smartward.hub import audit
from smartward.hub.access import Forbidden
from smartward.wire.envelope import ActionKind as K
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.call_ward import HEAD, CallWard, call_ward
from tests.hub.conftest import NURSE, SETTINGS, seen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR, STATION = ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.STATION


@pytest.fixture
async def ward(tmp_path: Path, clock: ManualClock) -> AsyncIterator[CallWard]:
    async with call_ward(tmp_path / "d", clock) as ward:
        yield ward


@pytest.fixture
async def gateway(ward: CallWard) -> Device:
    return await ward.enrol(ScreenRole.GATEWAY)


@pytest.fixture
async def door(ward: CallWard) -> Device:
    """The door of beds 1 and 2."""
    return await ward.enrol(DOOR, "R1")


@pytest.fixture
async def bedside(ward: CallWard) -> Device:
    return await ward.enrol(BEDSIDE, "1")


async def people(ward: CallWard, bed: int = 1) -> list[str | None]:
    there = await ward.presence(bed)
    return [] if there is None else [one.by.person_id for one in there.people]


# ---------------------------------------------------------------------- coming and leaving


async def test_coming_stops_the_clocks_of_the_room_and_marks_every_bed(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    two, elsewhere = await ward.enrol(BEDSIDE, "2"), await ward.enrol(BEDSIDE, "3")
    for device, id in ((bedside, "a"), (two, "b"), (elsewhere, "c")):
        await ward.press(device, id)
    ward.clock.advance(30)
    assert (await ward.enter(door)).outcome == "applied"
    for id in ("a", "b"):
        assert (await ward.call(id)).state is CallState.IN_PROGRESS
    assert (await ward.call("c")).state is CallState.REQUESTED
    for bed in (1, 2):
        there = await ward.presence(bed)
        assert there is not None
        assert there.people[0].by.family == "李"
        assert there.people[0].since == docs.moment(0.5)
        stored = await ward.stored("presence", docs.bed_id(bed))
        assert stored is not None
        assert (stored.bed, stored.room) == (docs.bed_id(bed), "his.room-1")
    assert await ward.presence(3) is None
    await ward.pass_time(400, step=50)
    assert (await ward.call("a")).step == 0


async def test_leaving_ends_a_normal_call_and_nobody_is_there_any_more(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.press(bedside, "a")
    await ward.enter(bedside)
    ward.clock.advance(60)
    await ward.leave(door)
    over = await ward.call("a")
    assert (over.state, over.closed_at) == (CallState.COMPLETED, docs.moment(1))
    assert over.closed_by is not None
    assert over.closed_by.person_id == "st-1"
    assert await ward.presence(1) is None
    assert await ward.presence(2) is None


async def test_a_class_that_leaving_does_not_end_asks_again_with_a_new_clock(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.press(bedside, "a", "assist")
    await ward.pass_time(200, step=20)
    assert (await ward.call("a")).step == 2
    await ward.enter(door)
    await ward.pass_time(600, step=60)
    await ward.leave(door)
    left = await ward.call("a")
    assert (left.state, left.marks[-1].kind) == (CallState.REQUESTED, MarkKind.LEFT)
    marks = len(left.marks)
    await ward.pass_time(59)
    assert len((await ward.call("a")).marks) == marks
    await ward.pass_time(1)
    assert (await ward.call("a")).marks[-1].kind is MarkKind.ESCALATED


async def test_a_press_while_somebody_is_there_is_not_ended_by_their_leaving(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.press(bedside, "a")
    await ward.enter(door)
    ward.clock.advance(5)
    await ward.act(bedside, K.CALL_AGAIN, "a")
    ward.clock.advance(5)
    await ward.leave(door)
    assert (await ward.call("a")).state is CallState.REQUESTED


async def test_where_the_ward_wants_it_leaving_ends_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    ward = CallWard(tmp_path, clock, replace(SETTINGS, presence_closes_normal=False))
    await ward.start()
    door, bedside = await ward.enrol(DOOR, "R1"), await ward.enrol(BEDSIDE, "1")
    await ward.press(bedside, "a")
    await ward.enter(door)
    await ward.leave(door)
    assert (await ward.call("a")).state is CallState.REQUESTED
    await ward.hub.stop()


async def test_two_people_in_one_room(ward: CallWard, door: Device, bedside: Device) -> None:
    await ward.press(bedside, "a")
    await ward.enter(door)
    ward.clock.advance(10)
    await ward.enter(bedside, by=HEAD)
    await ward.enter(bedside, by=HEAD)
    assert await people(ward) == ["st-1", "st-2"]
    await ward.leave(door)
    assert await people(ward, 2) == ["st-2"]
    assert (await ward.call("a")).state is CallState.IN_PROGRESS, "somebody is still there"
    await ward.leave(door, by=HEAD)
    assert (await ward.call("a")).state is CallState.COMPLETED


async def test_nobody_is_in_two_rooms(ward: CallWard, door: Device, bedside: Device) -> None:
    other = await ward.enrol(DOOR, "R2")
    await ward.press(bedside, "a")
    await ward.enter(door)
    await ward.enter(other)
    assert (await people(ward), await people(ward, 3)) == ([], ["st-1"])
    assert (await ward.call("a")).state is CallState.COMPLETED


async def test_a_colleague_tells_of_one_who_forgot_to(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.enter(door)
    await ward.leave(door, by=HEAD)
    assert await people(ward) == ["st-1"], "who was not there has not left"
    await ward.leave(door, by=HEAD, data={"staff_id": "st-1"})
    assert await people(ward) == []


async def test_late_touches_neither_come_nor_leave_for_what_is_newer(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    ward.clock.advance(60)
    await ward.press(bedside, "a")
    await ward.enter(door, age_ms=1000)
    assert (await ward.call("a")).state is CallState.REQUESTED, "pressed after that"
    await ward.leave(door)
    await ward.enter(door)
    await ward.leave(door, age_ms=1000)
    assert await people(ward) == ["st-1"], "that was the visit before"
    late = await ward.enter(door, age_ms=700_000)
    assert (late.outcome, late.key) == ("refused", "action.too_old")


async def test_a_coming_told_after_the_move_to_another_room_is_over(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    other = await ward.enrol(DOOR, "R2")
    await ward.press(bedside, "a", "assist")
    ward.clock.advance(60)  # after 20 s she came to the first room, whose door had no link
    await ward.enter(other)
    ward.clock.advance(30)
    await ward.enter(door, age_ms=70_000)
    assert (await people(ward), await people(ward, 3)) == ([], ["st-1"])
    await ward.pass_time(220, step=20)
    call = await ward.call("a")
    assert (call.state, call.step) == (CallState.REQUESTED, 3), "its clock went on"


@pytest.mark.parametrize("seen_to_go", [False, True])
async def test_a_coming_told_after_the_leaving_is_over(
    ward: CallWard, door: Device, bedside: Device, seen_to_go: bool
) -> None:
    await ward.press(bedside, "a", "assist")
    ward.clock.advance(60)  # after 20 s she came to the bed, whose screen had no link
    if seen_to_go:
        await ward.leave(door, by=HEAD, data={"staff_id": "st-1"})
    else:
        await ward.leave(door)
    await ward.restart()
    ward.clock.advance(30)
    await ward.enter(bedside, age_ms=70_000)
    assert await people(ward) == []
    assert (await ward.call("a")).state is CallState.REQUESTED
    await ward.enter(bedside, age_ms=10_000)
    assert await people(ward) == ["st-1"], "that is another visit"


async def test_a_colleague_s_word_on_one_room_says_nothing_of_another(
    ward: CallWard, door: Device
) -> None:
    other = await ward.enrol(DOOR, "R2")
    await ward.enter(door)
    ward.clock.advance(60)
    await ward.leave(door, by=HEAD, data={"staff_id": "st-1"})
    await ward.enter(other, age_ms=20_000)
    assert (await people(ward), await people(ward, 3)) == ([], ["st-1"])


async def test_the_button_s_coming_told_after_the_leaving_is_over(
    ward: CallWard, gateway: Device, door: Device, bedside: Device
) -> None:
    await ward.point("b", "presence_button", bed=None, room="R1")
    await ward.press(bedside, "a", "assist")
    ward.clock.advance(30)
    await ward.enter(door)
    ward.clock.advance(30)
    await ward.leave(door)
    await ward.tell(gateway, "b", "press", age_ms=40_000)
    assert await people(ward) == []
    assert (await ward.call("a")).state is CallState.REQUESTED


async def test_presence_outlives_the_hub(ward: CallWard, door: Device, bedside: Device) -> None:
    await ward.enter(door)
    await ward.restart()
    assert await people(ward) == ["st-1"]
    two = await ward.enrol(BEDSIDE, "3")
    await ward.press(two, "far")
    there = await ward.presence(2)
    assert there is not None
    assert there.next_call is not None


async def test_a_screen_tells_of_its_own_room_only(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    answers = set()
    for device, subject in [
        (bedside, "his.bed-2"), (bedside, "his.bed-3"), (bedside, "his.bed-99"),
        (bedside, "his.room-2"), (door, "his.bed-3"), (door, "his.room-2"), (door, "x"),
    ]:  # fmt: skip
        with pytest.raises(Forbidden) as refused:
            await ward.act(device, K.PRESENCE_ENTER, subject, by=NURSE)
        answers.add(str(refused.value))
    assert len(answers) == 1
    for device, subject in [(bedside, "his.room-1"), (door, "his.bed-2"), (door, "his.room-1")]:
        assert (await ward.act(device, K.PRESENCE_ENTER, subject, by=NURSE)).outcome == "applied"


async def test_a_room_without_known_beds_has_no_presence(ward: CallWard) -> None:
    door = await ward.enrol(DOOR, "his.room-9")
    answer = await ward.enter(door)
    assert (answer.outcome, answer.key) == ("refused", "room_presence.refused.unknown_room")


# ---------------------------------------------------------------------- the button of the room


async def test_the_button_toggles_and_leaves_people_who_named_themselves(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    gateway = await ward.enrol(ScreenRole.GATEWAY)
    await ward.point("b", "presence_button", bed=None, room="R1")
    await ward.press(bedside, "a")
    await ward.tell(gateway, "b", "presence")
    assert await people(ward, 2) == [None]
    assert (await ward.call("a")).state is CallState.IN_PROGRESS
    await ward.enter(door)
    await ward.tell(gateway, "b", "press")
    assert await people(ward) == ["st-1"]
    await ward.leave(door)
    assert (await ward.call("a")).state is CallState.COMPLETED
    assert await ward.calls() == [await ward.call("a")], "a presence button makes no call"


# ---------------------------------------------------------------------- the ward's next call


async def test_the_next_call_is_kept_in_step_with_every_change(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    three, four = await ward.enrol(BEDSIDE, "3"), await ward.enrol(BEDSIDE, "4")
    station = await ward.enrol(STATION)
    await ward.enter(door)

    async def following() -> NextCall | None:
        there, beside = await ward.presence(1), await ward.presence(2)
        assert there is not None
        assert beside is not None
        assert there.next_call == beside.next_call
        return there.next_call

    assert await following() is None
    await ward.press(bedside, "own")
    assert await following() is None, "what is asked here they know"
    ward.clock.advance(10)
    await ward.press(three, "first", seen=seen(3))
    found = await following()
    assert found is not None
    assert not found.line_lost
    assert (found.call_id, found.bed_number, found.call_class) == ("first", "3", CallClass.NORMAL)
    assert (found.priority, found.placed_at, found.waiting) == (
        Priority.MEDIUM, docs.moment(10 / 60), 2,
    )  # fmt: skip
    ward.clock.advance(10)
    await ward.press(four, "urgent", "assist")
    found = await following()
    assert found is not None
    assert (found.call_id, found.waiting) == ("urgent", 3)
    await ward.act(station, K.CALL_ACCEPT, "urgent", by=HEAD)
    found = await following()
    assert found is not None
    assert found.call_id == "first"
    await ward.pass_time(170, step=10)
    found = await following()
    assert found is not None
    assert (found.call_id, found.priority) == ("first", Priority.HIGH), "its time raised it"
    await ward.act(await ward.enrol(DOOR, "R2"), K.CALL_CLOSE, "first", by=HEAD)
    assert await following() is None


async def test_the_next_call_is_in_the_write_that_changed_the_call(
    ward: CallWard, door: Device
) -> None:
    three = await ward.enrol(BEDSIDE, "3")
    await ward.enter(door)
    answer = await ward.press(three, "c")
    stored = await ward.stored("presence", docs.bed_id(1))
    assert stored is not None
    assert stored.seq == answer.seq


# ---------------------------------------------------------------------- presses with and without


async def test_three_presses_raise_a_call_unless_somebody_is_there(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.enter(door)
    for device, id in ((bedside, "a"), (await ward.enrol(BEDSIDE, "3"), "b")):
        await ward.press(device, id)
        for _ in range(2):
            ward.clock.advance(10)
            await ward.act(device, K.CALL_AGAIN, id)
    assert (await ward.call("a")).priority is Priority.MEDIUM
    assert (await ward.call("b")).priority is Priority.HIGH


async def test_presence_nobody_ended_does_not_keep_a_patient_from_being_heard(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.enter(door)
    ward.clock.advance(31 * 60)
    await ward.press(bedside, "a")
    for _ in range(2):
        await ward.act(bedside, K.CALL_AGAIN, "a")
    assert (await ward.call("a")).priority is Priority.HIGH
    there = await ward.presence(1)
    assert there is not None
    assert there.people[0].since == MORNING, "since when is told"


async def test_a_bed_that_moves_takes_no_presence_with_it(ward: CallWard, door: Device) -> None:
    await ward.enter(door)
    moved = replace(docs.bed(2, 2), room_id="his.room-2", room="R2")
    await ward.hub.store.write(
        lambda tx: tx.put(WARD, "bed", moved.id, moved, bed=moved.id, room=moved.room_id)
    )
    await ward.leave(door)
    assert await ward.presence(1) is None
    assert await ward.presence(2) is None


@pytest.mark.expects_log("the wall clock was set by")
async def test_a_clock_that_was_set_back_keeps_nobody_in_a_room(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.press(bedside, "a")
    await ward.enter(door)
    await ward.press(await ward.enrol(BEDSIDE, "2"), "b")
    ward.clock.step(-3600)
    await ward.enter(door)
    assert (await ward.call("b")).state is CallState.IN_PROGRESS
    await ward.leave(door)
    assert await people(ward) == []
    assert await ward.open_calls() == []
    await ward.heeded()


async def test_whoever_pressed_the_button_and_held_a_badge_leaves_once(
    ward: CallWard, gateway: Device, door: Device
) -> None:
    await ward.point("b", "presence_button", bed=None, room="R1")
    await ward.tell(gateway, "b", "presence")
    ward.clock.advance(5)
    await ward.enter(door)
    ward.clock.advance(60)
    await ward.leave(door)
    assert await ward.presence(1) is None


async def test_a_presence_nobody_ended_ends_itself_and_its_calls_ask_again(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.press(bedside, "a")
    await ward.enter(door)
    await ward.pass_time(3000, step=600)
    await ward.enter(door)  # she says so again: it counts from now
    await ward.pass_time(3000, step=600)
    assert await people(ward) == ["st-1"]
    await ward.restart()
    await ward.pass_time(600, step=300)
    assert await people(ward) == []
    call = await ward.call("a")
    assert (call.state, call.closed_at) == (CallState.REQUESTED, None)
    assert call.marks[-1].kind is MarkKind.LEFT
    by = call.marks[-1].by
    assert by is not None
    assert (by.device_id, by.person_id, by.name) == ("hub", None, None), "she said nothing"
    rows = await ward.hub.store.read(lambda reader: reader.audit_after(0, 100))
    (told,) = [row for row in map(audit.told, rows) if row.kind == K.PRESENCE_LEAVE]
    assert (told.by, told.about.why) == (by, "time")
    assert told.about.detail == {"room": "his.room-1", "staff_id": "st-1"}
    await ward.pass_time(61)
    assert (await ward.call("a")).step == 1, "the clock of a new call runs"


@pytest.mark.expects_log("the wall clock was set")
async def test_a_clock_set_back_makes_no_presence_last_for_ever(
    ward: CallWard, door: Device, bedside: Device
) -> None:
    await ward.enter(door)
    ward.clock.step(-86_400)
    for _ in range(3):
        await ward.press(bedside, "a")
        await ward.act(bedside, K.CALL_AGAIN, "a")
    assert (await ward.call("a")).priority is Priority.HIGH, "nobody knows how old it is"
    await ward.pass_time(60, step=30)  # the hub looks at its clock
    await ward.pass_time(3600, step=600)
    assert await people(ward) == []
