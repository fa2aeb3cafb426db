"""The hub's clock as a screen knows it: what comes slowly makes nothing older or younger."""

from datetime import datetime, timedelta

import pytest

from smartward.hub.touch_time import touched_at
from smartward.screen.hub_clock import FAR_S, SET_AFTER_S, WINDOW_S, HubClock
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Person
from tests.fakes.fake_clock import ManualClock

AHEAD = timedelta(seconds=90)
"""By how much the hub's clock is ahead of the device's."""


class Heard:
    """A screen that hears a beat each second, on a line that takes some time."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.hub = HubClock(self.clock)
        self.ahead = AHEAD
        self.skew: timedelta | None = None

    def hub_now(self) -> datetime:
        return self.clock.now() + self.ahead

    def beat(self, late_s: float = 0.0) -> timedelta:
        self.skew = self.hub.heard(self.hub_now() - timedelta(seconds=late_s), self.skew)
        return self.skew

    def beats(self, count: int, late_s: float = 0.0) -> timedelta:
        for _ in range(count):
            self.clock.advance(1.0)
            self.beat(late_s)
        assert self.skew is not None
        return self.skew


@pytest.fixture
def screen() -> Heard:
    return Heard()


def test_a_line_that_is_slow_for_a_while_does_not_set_the_hub_back(screen: Heard) -> None:
    assert screen.beat() == AHEAD
    assert screen.beats(int(WINDOW_S) - 2, late_s=1.5) == AHEAD
    assert screen.beats(1) == AHEAD


def test_the_quickest_of_a_minute_is_known_and_no_older_one(screen: Heard) -> None:
    screen.beat()
    slower = AHEAD - timedelta(seconds=1.5)
    assert screen.beats(int(WINDOW_S) + 2, late_s=1.5) == slower


def test_what_waited_and_comes_at_once_is_not_a_clock_that_was_set(screen: Heard) -> None:
    screen.beats(5)
    screen.clock.advance(40.0)
    for waited in range(40, 0, -1):
        assert screen.beat(float(waited)) == AHEAD


def test_a_hub_whose_clock_is_set_is_followed(screen: Heard) -> None:
    screen.beats(30)
    screen.ahead += timedelta(hours=1)
    assert screen.beats(1) == AHEAD + timedelta(hours=1), "forward at once"
    screen.ahead -= timedelta(hours=2)
    assert screen.beats(1) == AHEAD + timedelta(hours=1)
    assert screen.beats(int(SET_AFTER_S) + 1) == AHEAD - timedelta(hours=1)


def test_the_devices_own_clock_may_be_set(screen: Heard) -> None:
    screen.beats(5)
    screen.clock.step(3600.0)
    screen.ahead -= timedelta(hours=1)
    assert screen.beats(1) == AHEAD - timedelta(hours=1)


def test_a_start_on_a_slow_line_goes_by_what_the_last_run_knew(screen: Heard) -> None:
    screen.skew = AHEAD
    assert screen.beat(FAR_S / 2) == AHEAD


def test_two_touches_of_a_slow_screen_stay_in_their_order(screen: Heard) -> None:
    """An end, and a press behind it. The press is sent while the feed is late, the end before."""

    def told(made_at: datetime) -> datetime:
        age = screen.clock.now() - made_at
        action = Action(
            id="a", kind=ActionKind.CALL_PLACE, subject="c", made_at=made_at, by=Person(), data={}
        )
        assert screen.skew is not None
        request = ActionRequest(
            action=action,
            age_ms=round(age / timedelta(milliseconds=1)),
            clock_skew_ms=round(screen.skew / timedelta(milliseconds=1)),
        )
        return touched_at(request, screen.hub_now(), timedelta(days=1))[0]

    screen.beats(5)
    end = screen.clock.now()
    screen.clock.advance(1.0)
    press = screen.clock.now()
    ended = told(end)
    screen.beats(10, late_s=1.5)
    assert told(press) - ended == press - end
