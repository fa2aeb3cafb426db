"""Tells when somebody set the wall clock. Deadlines are wall time and stay as they were written: a
step makes them due sooner or later, and closes or silences nothing."""

import logging

from smartward.clock import Clock
from smartward.tasks import Tasks

log = logging.getLogger("smartward.clock")

_LOOK_EACH_S = 10.0
_STEP_S = 2.0
"""Less than this in one look is a clock that is being slewed."""


class ClockWatch:
    """Compares wall and monotonic clock. `rate` is a demo's: wall seconds in a real one."""

    def __init__(self, clock: Clock, rate: float = 1.0) -> None:
        self._clock = clock
        self._rate = rate
        self._tasks = Tasks()

    def start(self) -> None:
        """Watch from now on."""
        self._tasks.spawn(self._watch(), "clock watch")

    async def stop(self) -> None:
        """Watch no more."""
        await self._tasks.stop()

    async def _watch(self) -> None:
        wall, real = self._clock.now(), self._clock.monotonic()
        while True:
            await self._clock.sleep(_LOOK_EACH_S)
            now, later = self._clock.now(), self._clock.monotonic()
            step = (now - wall).total_seconds() - (later - real) * self._rate
            if abs(step) > _STEP_S * self._rate:
                log.warning("the wall clock was set by %+.1f s", step)
            wall, real = now, later
