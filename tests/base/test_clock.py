"""The clock: one string makes all programs show the same time, and who waits is woken in time.

The real clock is the subject here; every wait has a deadline in turns of the loop or in seconds.
"""

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward import clock as clock_module
from smartward.clock import ClockSpec, SystemClock, to_milliseconds

pytestmark = pytest.mark.anyio

ORIGIN = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=datetime(1990, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
RATES = st.floats(1e-3, 1e5)
MONOTONIC = st.floats(0, 1e9)


@contextmanager
def machine_time(at: float) -> Iterator[list[float]]:
    """The machine's monotonic second, as a list of one that a test may change."""
    shown = [at]
    patch = pytest.MonkeyPatch()
    patch.setattr(clock_module.time, "clock_gettime", lambda which: shown[0])
    try:
        yield shown
    finally:
        patch.undo()


# ------------------------------------------------------------------------------------ the string


@given(MOMENTS, MONOTONIC, RATES)
def test_a_clock_survives_its_string(origin: datetime, at: float, rate: float) -> None:
    spec = ClockSpec(origin, at, rate)
    assert ClockSpec.parse(str(spec)) == spec
    assert spec.origin == origin
    assert " " not in str(spec)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21T02:05:00+00:00",
        "2026-11-21T02:05:00+00:00@1.0",
        "2026-11-21T02:05:00@1.0x1.0",
        "2026-11-21T02:05:00+00:00@1.0x0.0",
        "2026-11-21T02:05:00+00:00@1.0x-1",
        "2026-11-21T02:05:00+00:00@nanx1.0",
        "2026-11-21T02:05:00+00:00@1.0xinf",
        "noon@1.0x1.0",
    ],
)
def test_what_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several makers: what matters is the kind
        ClockSpec.parse(text)


def test_a_clock_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="no zone"):
        ClockSpec.starting(datetime(2026, 11, 21))


# ------------------------------------------------------------------------------------ what it shows


@given(MOMENTS, MONOTONIC, RATES, st.floats(0, 1e4))
def test_a_clock_runs_at_its_rate(origin: datetime, at: float, rate: float, later: float) -> None:
    with machine_time(at) as shown:
        clock = SystemClock(ClockSpec.starting(origin, rate))
        begun = clock.now()
        shown[0] = at + later
        passed = (clock.now() - begun).total_seconds()
    assert begun == to_milliseconds(origin)
    # The monotonic second is a float: of a large one the last digits are lost.
    slack = 0.0011 + rate * (math.ulp(at + later) + math.ulp(at))
    assert abs(passed - later * rate) <= slack


def test_programs_with_one_string_show_one_time() -> None:
    spec = ClockSpec.starting(ORIGIN, 60.0)
    with machine_time(spec.at + 7.25):
        first, second = SystemClock(spec), SystemClock(ClockSpec.parse(str(spec)))
        assert first.now() == second.now() == ORIGIN + timedelta(seconds=435)


@given(MOMENTS)
def test_milliseconds_are_cut_not_rounded(moment: datetime) -> None:
    cut = to_milliseconds(moment)
    assert cut.tzinfo is UTC
    assert cut.microsecond % 1000 == 0
    assert timedelta(0) <= moment - cut < timedelta(milliseconds=1)
    assert to_milliseconds(cut) == cut


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        to_milliseconds(datetime(2026, 11, 21))
    with pytest.raises(ValueError, match="without a zone"):
        SystemClock().set(datetime(2026, 11, 21))


def test_now_is_cut_to_milliseconds() -> None:
    with machine_time(10.0) as shown:
        clock = SystemClock(ClockSpec.starting(ORIGIN))
        shown[0] = 10.0126
        assert clock.now() == ORIGIN + timedelta(milliseconds=12)


@given(st.lists(st.floats(-1e6, 1e6), max_size=8), MOMENTS)
def test_steps_add_up_and_setting_forgets_them(steps: list[float], moment: datetime) -> None:
    with machine_time(10.0):
        clock = SystemClock(ClockSpec.starting(ORIGIN))
        for step in steps:
            clock.advance(step)
        assert abs((clock.now() - ORIGIN).total_seconds() - math.fsum(steps)) <= 0.002
        clock.set(moment)
        assert clock.now() == to_milliseconds(moment)


@pytest.mark.parametrize("seconds", [1e12, -1e12, math.inf, math.nan])
def test_a_step_out_of_the_calendar_changes_nothing(seconds: float) -> None:
    with machine_time(10.0):
        clock = SystemClock(ClockSpec.starting(ORIGIN))
        with pytest.raises(ValueError):  # noqa: PT011 - of timedelta for no number
            clock.advance(seconds)
        assert clock.now() == ORIGIN


# ------------------------------------------------------------------------------------ waiting


class Standing(SystemClock):
    """A real clock whose time stands still but for its steps."""

    def __init__(self) -> None:
        super().__init__(ClockSpec(ORIGIN, 1e9, 1e-9))

    async def wait(self, seconds: float) -> "asyncio.Task[None]":
        """A task that waits until so many seconds from ORIGIN; it has begun."""
        task = asyncio.get_running_loop().create_task(
            self.wait_until(ORIGIN + timedelta(seconds=seconds))
        )
        await settled()
        return task


async def settled() -> None:
    """Some turns of the loop: whoever was woken has gone on."""
    for _ in range(5):
        await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, int), 10)


@pytest.fixture
def standing() -> Iterator[Standing]:
    with machine_time(1e9):
        yield Standing()


async def test_waiting_for_what_was_takes_no_turn() -> None:
    clock = SystemClock()
    for ago in (0.0, 1.0, 1e6):
        waiting = clock.wait_until(clock.now() - timedelta(seconds=ago))
        with pytest.raises(StopIteration):
            waiting.__await__().send(None)


async def test_a_step_wakes_who_is_due_and_nobody_else(standing: Standing) -> None:
    soon, late = await standing.wait(10), await standing.wait(20)
    standing.advance(10)
    await asyncio.wait_for(soon, 5)
    await settled()
    assert not late.done()
    standing.set(ORIGIN + timedelta(seconds=20))
    await asyncio.wait_for(late, 5)


async def test_a_step_back_makes_the_wait_longer(standing: Standing) -> None:
    waiting = await standing.wait(10)
    standing.advance(-100)
    standing.advance(109)
    await settled()
    assert not waiting.done()
    standing.advance(1)
    await asyncio.wait_for(waiting, 5)


async def test_many_steps_in_one_turn_are_one_waking(standing: Standing) -> None:
    waiting = await standing.wait(10)
    for _ in range(100):
        standing.advance(1)
    for _ in range(95):
        standing.advance(-1)
    await settled()
    assert not waiting.done()
    standing.advance(5)
    await asyncio.wait_for(waiting, 5)


async def test_who_gives_up_waiting_is_forgotten(standing: Standing) -> None:
    waiting = await standing.wait(10)
    waiting.cancel()
    await settled()
    assert waiting.cancelled()
    assert not standing._waiting
    standing.advance(10)


async def test_a_cancellation_that_comes_with_a_step_is_not_lost(standing: Standing) -> None:
    """A screen cancels its ticking task while the clock is stepped: two would tick for ever."""
    waiting = await standing.wait(10)
    standing.advance(1)
    waiting.cancel()
    await settled()
    assert waiting.cancelled()


async def test_real_time_ends_a_wait_too() -> None:
    clock = SystemClock()
    due = clock.now() + timedelta(milliseconds=30)
    await asyncio.wait_for(clock.wait_until(due), 5)
    assert clock.now() >= due


async def test_a_fast_day_waits_short() -> None:
    clock = SystemClock(ClockSpec.starting(ORIGIN, 36000.0))
    began = clock.monotonic()
    await asyncio.wait_for(clock.wait_until(ORIGIN + timedelta(minutes=10)), 5)
    assert clock.monotonic() - began >= 600 / 36000


async def test_waiting_is_no_busy_loop() -> None:
    """A wall clock set by the system is looked at now and then, not all the time."""
    looks = 0

    class Counted(SystemClock):
        def now(self) -> datetime:
            nonlocal looks
            looks += 1
            return super().now()

    clock = Counted()
    await asyncio.wait_for(clock.wait_until(clock.now() + timedelta(milliseconds=200)), 5)
    assert looks < 12


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.0004, 0.02])
async def test_a_sleep_is_never_short(seconds: float) -> None:
    clock = SystemClock()
    for _ in range(5):
        began = clock.monotonic()
        await asyncio.wait_for(clock.sleep(seconds), 5)
        assert clock.monotonic() - began >= seconds


def test_what_the_machine_slept_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's monotonic clock stands still meanwhile, its boot clock does not."""
    seconds = {time.CLOCK_MONOTONIC: 100.0, time.CLOCK_BOOTTIME: 100.0}
    monkeypatch.setattr(clock_module.time, "clock_gettime", seconds.__getitem__)
    clock = SystemClock()
    assert clock.monotonic() == 100.0
    seconds[time.CLOCK_BOOTTIME] += 600
    assert clock.monotonic() == 700.0


async def test_a_sleep_is_never_short_when_timers_fire_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Qt's timers do: asked for 50 ms they may come after 47."""
    loop = asyncio.get_running_loop()
    real = loop.call_later
    monkeypatch.setattr(loop, "call_later", lambda s, *rest: real(s * 0.6, *rest))
    clock = SystemClock()
    began = clock.monotonic()
    await clock.sleep(0.05)
    assert clock.monotonic() - began >= 0.05


async def test_a_sleep_can_be_cancelled() -> None:
    task = asyncio.get_running_loop().create_task(SystemClock().sleep(3600))
    await settled()
    task.cancel()
    await settled()
    assert task.cancelled()
