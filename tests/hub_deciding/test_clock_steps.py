"""A wall clock that somebody sets is told once, and what was noted before keeps its real pace."""

from datetime import timedelta

import pytest

from smartward.hub.clock_steps import ClockSteps
from tests.fakes.fake_clock import ManualClock


@pytest.mark.expects_log("the wall clock was set by -3600.0 s", "the wall clock was set by +5.0 s")
def test_a_step_is_told_once_with_its_size() -> None:
    clock = ManualClock()
    steps = ClockSteps(clock)
    noticed = []
    for step in (0.0, -3600.0, 0.0, 1.5, 5.0, 0.0):
        clock.step(step)
        clock.advance(10)
        noticed.append(steps.look())
    assert noticed == [False, True, False, False, True, False]
    assert steps.behind == timedelta(seconds=3595)


def test_a_demo_s_pace_is_no_step() -> None:
    clock = ManualClock()
    clock.rate = 60.0
    steps = ClockSteps(clock)
    for _ in range(3):
        clock.step(590)
        clock.advance(10)
        assert not steps.look()
    assert steps.steady


@pytest.mark.expects_log("the wall clock was set by")
def test_it_is_steady_again_after_a_while() -> None:
    clock = ManualClock()
    steps = ClockSteps(clock)
    clock.step(3 * 86400)
    assert steps.look()
    assert not steps.steady
    clock.advance(599)
    steps.look()
    assert not steps.steady
    clock.advance(1)
    steps.look()
    assert steps.steady
    assert steps.behind == timedelta(0)
