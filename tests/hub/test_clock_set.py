"""What was touched before what, where the hub's wall clock is set meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.call_mark import rings
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.clinical.presence import Presence
from smartward.hub.app import Hub
from smartward.hub.decider import default_decider
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx
from smartward.hub.store.ward_time import KEY, WardTime
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Person
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.faults.protocol.hub_side import DEVICES, HubSide
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, SETTINGS, Ward
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

HOUR = 3600
K = ActionKind


async def _started(folder: Path, clock: ManualClock, *, decides: bool = False) -> Ward:
    """The hub on its file, with the clock of the machine that it runs on now."""
    settings, decider = replace(SETTINGS, ward=WARD), default_decider if decides else None
    hub = Hub(settings, folder / "d", clock, decider)
    await hub.start()
    return Ward(hub, clock)


# ------------------------------------------------------------------------- an end and a press


@pytest.mark.parametrize("set_by", [HOUR, -HOUR])
async def test_an_end_from_before_the_last_press_ends_nothing(ward: Ward, set_by: int) -> None:
    bedside, door = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.DOOR, "R1"),
    )
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    ward.clock.step(set_by)
    ward.clock.advance(10)
    told = await ward.act(door, K.CALL_CLOSE, "c", by=NURSE, age_ms=20_000)
    assert (told.outcome, told.key) == ("refused", "action.asked_again")
    assert is_open(await ward.call("c"))
    told = await ward.act(door, K.CALL_CLOSE, "c", by=NURSE, age_ms=5_000)
    assert told.outcome == "applied"
    assert not is_open(await ward.call("c"))


async def test_a_press_from_before_the_end_was_answered_by_it(ward: Ward) -> None:
    bedside, door = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.DOOR, "R1"),
    )
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(door, K.CALL_CLOSE, "c", by=NURSE)
    ward.clock.step(-HOUR)
    ward.clock.advance(10)
    assert (await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=20_000)).outcome == "gone"
    assert (await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=5_000)).outcome == "applied"
    assert sum(is_open(call) for call in await ward.calls()) == 1


async def test_whoever_came_after_the_touch_has_not_left_by_it(ward: Ward) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE)
    ward.clock.step(-HOUR)
    ward.clock.advance(10)
    await ward.act(bedside, K.PRESENCE_LEAVE, bedside.place or "", by=NURSE, age_ms=20_000)
    assert is_open(await ward.call("c"))
    await ward.act(bedside, K.PRESENCE_LEAVE, bedside.place or "", by=NURSE, age_ms=5_000)
    assert not is_open(await ward.call("c"))


@pytest.mark.parametrize("set_by", [HOUR, -HOUR])
async def test_the_order_outlives_the_hub(tmp_path: Path, clock: ManualClock, set_by: int) -> None:
    """Its clock is set while it does not run: the machine's seconds went on."""

    ward = await _started(tmp_path, clock)
    await docs.furnish(ward.hub.store)
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    clock.advance(60)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    await ward.hub.stop()
    clock.step(set_by)
    clock.advance(10)
    ward = await _started(tmp_path, clock)
    told = await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE, age_ms=20_000)
    assert told.key == "action.asked_again"
    assert (await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"
    await ward.hub.stop()


@pytest.mark.parametrize("set_by", [HOUR, -HOUR])
async def test_what_a_touch_was_on_its_way_is_known_when_the_clock_was_set_meanwhile(
    ward: Ward, set_by: int
) -> None:
    """Sent at once, it arrives 20 s later; its screen has heard the hub's time before."""
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(10)
    ended_at = ward.clock.now()
    ward.clock.advance(10)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    ward.clock.step(set_by)
    ward.clock.advance(10)
    told = await ward.act(
        bedside, K.CALL_CLOSE, "c", by=NURSE, made_at=ended_at, age_ms=0, skew_ms=0
    )
    assert told.key == "action.asked_again"


# ------------------------------------------------------------------------- what stood still


async def test_what_was_touched_while_the_hub_stood_still_is_heard(ward: Ward) -> None:
    """A virtual machine that was halted for eight minutes: its wall clock is right afterwards, of
    its seconds none has passed. The nurse left meanwhile, then the patient pressed."""
    bedside, other = [await ward.enrol(ScreenRole.BEDSIDE, number) for number in ("1", "3")]
    await ward.press(bedside, "c")
    await ward.press(other, "d")
    ward.clock.advance(60)
    await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE)
    await ward.act(other, K.CALL_CLOSE, "d", by=NURSE)
    ward.clock.advance(5)
    ward.clock.step(480)
    await ward.act(bedside, K.PRESENCE_LEAVE, bedside.place or "", by=NURSE, age_ms=400_000)
    call = await ward.call("c")
    assert is_open(call)
    assert rings(call.marks)
    assert (await ward.act(other, K.CALL_AGAIN, "d", age_ms=300_000)).outcome == "applied"
    assert any(is_open(call) for call in await ward.calls() if call.bed_id == other.place)


async def test_a_press_while_the_hub_stood_still_rings_beside_whoever_came_before(
    ward: Ward,
) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE)
    ward.clock.step(480)
    ward.clock.advance(5)
    await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=485_000 + 10_000)
    assert not rings((await ward.call("c")).marks), "whichever it was, she came after it"
    await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=300_000)
    assert rings((await ward.call("c")).marks)
    told = await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE, age_ms=400_000)
    assert told.key == "action.asked_again"
    assert (await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"


@pytest.mark.parametrize("off_ms", [0, 5])
async def test_what_came_at_once_was_not_on_its_way_for_as_long_as_the_clock_was_set_back(
    ward: Ward, off_ms: int
) -> None:
    """Its screen has heard the time since, to some milliseconds."""
    bedside, station = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.STATION),
    )
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.press(bedside, "c")
    ward.clock.step(-20)
    ward.clock.advance(5)
    await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE)
    ward.clock.advance(10)
    await ward.act(bedside, K.CALL_AGAIN, "c", skew_ms=off_ms)
    assert rings((await ward.call("c")).marks)
    ward.clock.advance(1)
    told = await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE, skew_ms=off_ms)
    assert told.outcome == "applied"


async def test_an_end_that_lay_in_the_line_while_the_hub_stood_still_is_from_before(
    ward: Ward,
) -> None:
    """For ten seconds; the patient pressed meanwhile, and is heard after it."""
    bedside, door = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.DOOR, "R1"),
    )
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    ended_at = ward.clock.now()
    ward.clock.step(10)
    await ward.act(door, K.CALL_CLOSE, "c", by=NURSE, made_at=ended_at, skew_ms=0)
    assert not is_open(await ward.call("c"))
    assert (await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=5_000)).outcome == "applied"


async def test_an_end_from_before_its_screen_stood_still_ends_no_later_press(ward: Ward) -> None:
    """The screen's machine has lost eight minutes of its seconds; its wall clock is right."""
    bedside, door = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.DOOR, "R1"),
    )
    await ward.press(bedside, "c")
    ward.clock.advance(240)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    ward.clock.advance(240)
    told = await ward.act(door, K.CALL_CLOSE, "c", by=NURSE, age_ms=1_000, older_ms=478_000)
    assert told.key == "action.asked_again"
    assert (await ward.act(door, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"
    ward.clock.advance(60)
    again = await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=1_000, older_ms=478_000)
    assert again.outcome == "applied", "it may have been after the end"
    assert sum(is_open(call) for call in await ward.calls()) == 1


# ------------------------------------------------------------------------- a screen begun anew


async def test_an_end_whose_screen_began_anew_ends_a_call_that_did_not_ask_again(
    ward: Ward,
) -> None:
    """Its clock may be wrong now: dated an hour late, it answers nothing that was pressed since."""
    bedside, door = (
        await ward.enrol(ScreenRole.BEDSIDE, "1"),
        await ward.enrol(ScreenRole.DOOR, "R1"),
    )
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    late: dict[str, Any] = {"by": NURSE, "age_ms": None, "skew_ms": HOUR * 1000}
    assert (await ward.act(door, K.CALL_CLOSE, "c", **late)).outcome == "applied"
    assert (await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=5_000)).outcome == "applied"
    [call] = [call for call in await ward.calls() if is_open(call)]
    await ward.act(bedside, K.CALL_AGAIN, call.id)
    told = await ward.act(door, K.CALL_CLOSE, call.id, **late)
    assert told.key == "action.asked_again"
    assert (await ward.act(door, K.CALL_CLOSE, "c", **late)).outcome == "applied"
    assert (await ward.act(door, K.CALL_CLOSE, call.id, by=NURSE)).outcome == "applied"
    assert not any(is_open(call) for call in await ward.calls())


async def test_a_press_whose_screen_began_anew_is_a_call_after_the_end_of_the_last_one(
    ward: Ward,
) -> None:
    """Its clock may be an hour ahead now: then it seems older than the end."""
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)
    told = await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=None, skew_ms=-HOUR * 1000)
    assert told.outcome == "applied"
    assert sum(is_open(call) for call in await ward.calls()) == 1


async def test_who_left_as_told_by_a_screen_begun_anew_is_gone_and_ends_no_call(
    ward: Ward,
) -> None:
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE)
    ward.clock.advance(60)
    left: dict[str, Any] = {"by": NURSE, "age_ms": None}
    told = await ward.act(
        bedside, K.PRESENCE_LEAVE, bedside.place or "", skew_ms=-HOUR * 1000, **left
    )
    assert told.key == "action.too_old", "as it seems: she is asked"
    await ward.act(bedside, K.PRESENCE_LEAVE, bedside.place or "", skew_ms=-90_000, **left)
    call = await ward.call("c")
    assert is_open(call)
    assert rings(call.marks)
    assert await ward.stored("presence", bedside.place or "") is None


@pytest.mark.expects_log("behind what was written last")
async def test_on_a_machine_that_lost_its_clock_what_is_in_doubt_ends_nothing(
    tmp_path: Path,
) -> None:
    """It began anew an hour back: how long it was away is not known."""
    ward = await _started(tmp_path, ManualClock())
    await docs.furnish(ward.hub.store)
    bedside, other = [await ward.enrol(ScreenRole.BEDSIDE, number) for number in ("1", "3")]
    await ward.press(bedside, "c")
    ward.clock.advance(5)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    await ward.press(other, "d")
    await ward.act(other, K.CALL_CLOSE, "d", by=NURSE)
    await ward.hub.stop()
    ward = await _started(tmp_path, ManualClock(MORNING - timedelta(hours=1)))
    ward.clock.advance(10)
    told = await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE, age_ms=12_000)
    assert told.key == "action.asked_again"
    assert (await ward.act(other, K.CALL_AGAIN, "d", age_ms=60_000)).outcome == "applied"
    assert (await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"
    assert [call.bed_id for call in await ward.calls() if is_open(call)] == [other.place]
    await ward.hub.stop()


@pytest.mark.expects_log("behind what was written last")
async def test_on_a_machine_that_lost_its_clock_a_press_at_an_attended_call_is_heard(
    tmp_path: Path,
) -> None:
    """Nobody can tell whether it was before the nurse came or after."""
    ward = await _started(tmp_path, ManualClock())
    await docs.furnish(ward.hub.store)
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE)
    assert not rings((await ward.call("c")).marks)
    await ward.hub.stop()
    ward = await _started(tmp_path, ManualClock(MORNING - timedelta(hours=1)))
    await ward.act(bedside, K.CALL_AGAIN, "c", age_ms=300_000)
    assert rings((await ward.call("c")).marks)
    await ward.hub.stop()


@pytest.mark.parametrize("away_s, told", [(120, "applied"), (8 * HOUR, "refused")])
async def test_an_end_from_before_a_machine_began_is_believed_where_it_was_not_away_for_long(
    tmp_path: Path, away_s: int, told: str
) -> None:
    """Eight hours may be a clock on local time: then the end may be older than the last press."""
    ward = await _started(tmp_path, ManualClock())
    await docs.furnish(ward.hub.store)
    bedside = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await ward.press(bedside, "c")
    ward.clock.advance(60)
    await ward.act(bedside, K.CALL_AGAIN, "c")
    await ward.hub.stop()
    ward = await _started(tmp_path, ManualClock(ward.clock.now() + timedelta(seconds=away_s)))
    end = await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE, age_ms=100_000)
    assert end.outcome == told
    assert (await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE)).outcome == "applied"
    assert not is_open(await ward.call("c"))
    await ward.hub.stop()


@pytest.mark.expects_log("dated ahead of the clock")
async def test_what_an_older_release_dated_ahead_is_answered_and_ended(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Its clock was two hours ahead and was set right before the upgrade; it kept no order."""
    ahead = timedelta(hours=2)
    ward = await _started(tmp_path, clock)
    await docs.furnish(ward.hub.store)
    bedside, other = [await ward.enrol(ScreenRole.BEDSIDE, number) for number in ("1", "3")]
    station = await ward.enrol(ScreenRole.STATION)
    await ward.press(bedside, "c")
    await ward.act(bedside, K.CALL_AGAIN, "c")
    await ward.press(other, "d")
    await ward.act(other, K.CALL_CLOSE, "d", by=NURSE)
    await ward.press(other, "e")
    await ward.act(other, K.PRESENCE_ENTER, other.place or "", by=NURSE)
    await ward.hub.store.write(lambda tx: _as_an_older_release(tx, ahead))
    await ward.hub.stop()
    ward = await _started(tmp_path, clock, decides=True)
    clock.advance(1)
    told = [
        await ward.act(station, K.CALL_HEARD, "c", by=NURSE),
        await ward.act(station, K.CALL_ACCEPT, "c", by=NURSE),
        await ward.act(other, K.PRESENCE_LEAVE, other.place or "", by=NURSE),
        await ward.act(bedside, K.PRESENCE_ENTER, bedside.place or "", by=NURSE),
        await ward.act(bedside, K.CALL_CLOSE, "c", by=NURSE),
    ]
    assert [one.outcome for one in told] == ["applied"] * 5
    assert not any(is_open(call) for call in await ward.calls())
    assert (await ward.act(other, K.CALL_AGAIN, "d")).outcome == "applied"
    await ward.hub.stop()


def _as_an_older_release(tx: Tx, ahead: timedelta) -> None:
    """All that is there, as it was written by a clock that was ahead."""
    for stored in tx.all(WARD, "nurse_call"):
        call = decode(stored.body, NurseCall)
        call = replace(
            call,
            placed_at=call.placed_at + ahead,
            received_at=call.received_at + ahead,
            last_press_at=None if call.last_press_at is None else call.last_press_at + ahead,
            closed_at=None if call.closed_at is None else call.closed_at + ahead,
            press_times=tuple(one + ahead for one in call.press_times),
            marks=tuple(replace(one, at=one.at + ahead) for one in call.marks),
            order=None,
        )
        tx.put(WARD, "nurse_call", call.id, call, bed=stored.bed, room=stored.room)
    for stored in tx.all(WARD, "presence"):
        presence = decode(stored.body, Presence)
        people = tuple(replace(one, since=one.since + ahead) for one in presence.people)
        new = replace(presence, people=people)
        tx.put(WARD, "presence", stored.id, new, bed=stored.bed, room=stored.room)
    tx.coming_put(WARD, f"person {NURSE.id}", "", tx.now + ahead)


# ------------------------------------------------------------------------- any schedule


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSide]:
    one = HubSide(tmp_path_factory.mktemp("set") / "d")
    yield one
    one.close()


_TOUCHES = st.sampled_from(
    [
        ("bedside", K.CALL_PLACE),
        ("bedside", K.CALL_AGAIN),
        ("bedside", K.CALL_CLOSE),
        ("bedside", K.PRESENCE_ENTER),
        ("bedside", K.PRESENCE_LEAVE),
        ("door", K.CALL_CLOSE),
        ("door", K.PRESENCE_LEAVE),
        ("station", K.CALL_ACCEPT),
        ("station", K.CALL_HEARD),
    ]
)
_BACK = st.sampled_from([0, 0, -HOUR, -400, -50])
_ANY = st.sampled_from([0, 0, HOUR, -HOUR, 400, -50, 20])


@given(st.lists(st.tuples(_TOUCHES, st.integers(0, 90), _BACK), min_size=3, max_size=12))
def test_what_is_answered_does_not_depend_on_any_setting_back_of_the_clock(
    side: HubSide, script: list[tuple[tuple[str, str], int, int]]
) -> None:
    """Touches 30 s apart, heard up to 90 s late."""
    assert _told(side, script, is_set=True) == _told(side, script, is_set=False)


@given(st.lists(st.tuples(_TOUCHES, st.integers(0, 90), _ANY), min_size=3, max_size=12))
def test_no_setting_of_the_clock_ends_what_would_not_have_ended(
    side: HubSide, script: list[tuple[tuple[str, str], int, int]]
) -> None:
    """Set forward, it may be a pause of the machine: more is asked for then, never less."""

    def asks(told: list[object]) -> bool:
        return any(isinstance(one, tuple) and one[-1] is True for one in told)

    if asks(_told(side, script, is_set=False)):
        assert asks(_told(side, script, is_set=True))


def _told(
    side: HubSide, script: list[tuple[tuple[str, str], int, int]], *, is_set: bool
) -> list[object]:
    moment, told = side.mark(0), []
    for n, ((device, kind), age_s, step) in enumerate(script):
        side.clock.advance(30)
        if is_set:
            side.clock.step(step)
        _, place = DEVICES[device]
        about_call = kind.startswith("call.")
        action = Action(
            id=f"touch-{n}",
            kind=kind,
            subject="c" if about_call else place or "",
            made_at=side.clock.now() - timedelta(seconds=age_s),
            by=Person() if kind in (K.CALL_PLACE, K.CALL_AGAIN) else NURSE,
            data={"bed_id": docs.bed_id(1), "class": "normal"},
        )
        answer = side.take(device, ActionRequest(action=action, age_ms=age_s * 1000))
        told.append((answer.outcome, answer.key))
    told += [(call.id, call.presses, is_open(call)) for call in side.calls().values()]
    side.back(0, moment)
    return told


# ------------------------------------------------------------------------- the ward's own time


class _Notes(dict[str, str]):
    """What a store keeps by name."""

    def meta_get(self, key: str) -> str | None:
        return self.get(key)

    def meta_set(self, key: str, value: str) -> None:
        self[key] = value


def _keeps(clock: ManualClock, notes: _Notes, own: WardTime | None = None) -> timedelta:
    """What one write of a hub does; gives by how much its clock is ahead of the ward."""
    own = own or WardTime(clock)
    ahead = own.look(notes)
    own.keep(notes)
    own.settled(written=True)
    return ahead


@pytest.mark.expects_log("behind what was written last")
def test_another_machine_believes_its_clock_but_goes_never_back() -> None:
    notes = _Notes()
    clock = ManualClock()
    assert _keeps(clock, notes) == timedelta(0)
    assert _keeps(ManualClock(MORNING + timedelta(seconds=500)), notes) == timedelta(0)
    late = ManualClock(MORNING - timedelta(seconds=100))
    own = WardTime(late)
    began = late.now() - _keeps(late, notes, own)
    assert MORNING + timedelta(seconds=500) < began < MORNING + timedelta(seconds=510)
    assert own.since == began
    late.advance(50)
    again = WardTime(late)
    assert late.now() - _keeps(late, notes, again) == began + timedelta(seconds=50)
    assert again.since == began


@pytest.mark.expects_log("another hub's time is")
def test_hubs_of_one_store_come_together_where_one_began_with_a_clock_ahead() -> None:
    """Its clock is set right soon after; none goes back behind what was written."""
    notes, clocks = _Notes(), [ManualClock() for _ in range(3)]
    owns = [WardTime(clock, shared=True) for clock in clocks]

    def a_while() -> list[timedelta]:
        ahead = []
        for clock in clocks:
            clock.advance(3)
        for clock, own in zip(clocks, owns, strict=True):
            ahead.append(_keeps(clock, notes, own))
        return ahead

    def together(ahead: list[timedelta]) -> bool:
        """To some seconds: so old may be what they know of each other."""
        return all(abs(one + timedelta(hours=8)) < timedelta(seconds=7) for one in ahead)

    clocks[2].step(8 * HOUR)
    a_while()
    assert together(a_while()[:2])
    clocks[2].step(-8 * HOUR)
    assert together(a_while())
    assert owns[0].since is not None
    clocks[0] = ManualClock(clocks[1].now())
    owns[0] = WardTime(clocks[0], shared=True)
    assert together(a_while())


def test_how_the_clock_was_set_is_known_for_a_minute() -> None:
    notes, clock = _Notes(), ManualClock()
    own = WardTime(clock)
    _keeps(clock, notes, own)
    clock.step(HOUR)
    _keeps(clock, notes, own)
    assert own.lately == (timedelta(seconds=HOUR),)
    clock.advance(61)
    _keeps(clock, notes, own)
    assert own.lately == ()


def test_a_clock_that_is_slewed_takes_the_ward_with_it() -> None:
    notes, clock = _Notes(), ManualClock()
    own = WardTime(clock)
    for _ in range(100):
        clock.advance(1)
        clock.step(0.01)
        assert _keeps(clock, notes, own) == timedelta(0)


def test_what_could_not_be_written_is_written_with_the_next() -> None:
    notes, clock = _Notes(), ManualClock()
    own = WardTime(clock)
    _keeps(clock, notes, own)
    clock.step(HOUR)
    own.look(notes)
    own.keep(_Notes())
    own.settled(written=False)
    assert _keeps(clock, notes, own) == timedelta(seconds=HOUR)
    again = WardTime(clock)
    clock.step(-HOUR)
    assert _keeps(clock, notes, again) == timedelta(0)


@pytest.mark.expects_log("cannot be read")
def test_notes_that_cannot_be_read_are_begun_anew() -> None:
    notes = _Notes({KEY: "{"})
    assert _keeps(ManualClock(), notes) == timedelta(0)
    assert notes[KEY].startswith('{"')
