"""Notices when the hub's wall clock was set: it is logged, and silences and deletes nothing."""

import logging
from datetime import timedelta

from smartward.clock import Clock

log = logging.getLogger("smartward.clock")

_STEP_S = 2.0
"""Less than this between two looks is a clock that is being slewed."""
_STEADY_S = 600.0


class ClockSteps:
    """Compares wall and monotonic clock from look to look.

    `behind` is how far the wall clock was set back since the hub started: times noted before that
    lie so far ahead of the truth.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._real = clock.monotonic()
        self._stepped_at: float | None = None
        self.behind = timedelta(0)

    def look(self) -> bool:
        """Whether the wall clock was set since the last look."""
        wall, real = self._clock.now(), self._clock.monotonic()
        step = wall - self._wall - timedelta(seconds=(real - self._real) * self._clock.rate)
        self._wall, self._real = wall, real
        if abs(step.total_seconds()) <= _STEP_S * self._clock.rate:
            return False
        log.warning("the wall clock was set by %+.1f s", step.total_seconds())
        self._stepped_at = real
        self.behind = max(self.behind - step, timedelta(0))
        return True

    @property
    def steady(self) -> bool:
        """Whether the wall clock went on like the real one long enough to delete by it."""
        return self._stepped_at is None or self._real - self._stepped_at >= _STEADY_S
