"""A wall clock that somebody sets is told; one that runs is not."""

import asyncio
import logging

import pytest

from smartward.hub.clock_watch import ClockWatch
from tests.fakes.fake_clock import ManualClock

pytestmark = pytest.mark.anyio


async def turns(count: int = 10) -> None:
    """Let every task that can run do so."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        over = loop.create_future()
        loop.call_soon(over.set_result, None)
        await over


@pytest.mark.expects_log("the wall clock was set by -3600.0 s", "the wall clock was set by +5.0 s")
async def test_a_step_is_told_once_with_its_size(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    watch = ClockWatch(clock)
    watch.start()
    await turns()
    for step in (0.0, -3600.0, 0.0, 1.5, 5.0, 0.0):
        clock.step(step)
        clock.advance(10)
        await turns()
    await watch.stop()
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert told == ["the wall clock was set by -3600.0 s", "the wall clock was set by +5.0 s"]


async def test_a_demo_s_pace_is_no_step() -> None:
    clock = ManualClock()
    watch = ClockWatch(clock, rate=60.0)
    watch.start()
    await turns()
    for _ in range(3):
        clock.step(590)
        clock.advance(10)
        await turns()
    await watch.stop()
