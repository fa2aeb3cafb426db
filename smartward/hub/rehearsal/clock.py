"""The time of a rehearsal: it goes where the script goes, and never back."""

from datetime import datetime

from smartward.clock import to_milliseconds


class ScriptedClock:
    """Implements `smartward.clock.Clock`. Whoever waits has waited at once."""

    rate = 1.0
    run = "rehearsal"

    def __init__(self, now: datetime) -> None:
        self._began = self._now = to_milliseconds(now)

    def now(self) -> datetime:
        """The time of the script, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the script began."""
        return (self._now - self._began).total_seconds()

    def to(self, moment: datetime) -> None:
        """Go on to `moment`. A time before now was noted by a clock that was set back since: it
        is taken as now."""
        self._now = max(self._now, to_milliseconds(moment))

    async def sleep(self, seconds: float) -> None:
        """Nobody waits in a rehearsal: the script alone moves the time."""
        del seconds

    async def wait_until(self, when: datetime) -> None:
        """As `sleep`."""
        del when
