"""How far the hub's clock is from this device's: by the news that came quickest.

What the hub tells says when it was sent. On its way it can only become older, so that each look
shows the hub's clock behind by the way it took. A line that is slow for some seconds, or a screen
that is busy, would have a touch of then dated so much too early, and an end seem later than the
press behind it. The news of a minute that came quickest tell best.
"""

from collections import deque
from datetime import UTC, datetime, timedelta

from smartward.clock import Clock

WINDOW_S = 60.0
"""Clocks of two machines drift apart by some milliseconds in that time."""
FAR_S = 10.0
"""News that are older than this by what was known waited somewhere, or the hub's clock was set
back."""
SET_AFTER_S = 5.0
"""What waited comes at once; what says so for this long was set."""
_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


class HubClock:
    """The hub's time beside the seconds of this device, which nobody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: deque[tuple[float, float]] = deque()
        """Monotonic second, and the hub's seconds since _BEGIN less that."""
        self._far_since: float | None = None

    def heard(self, sent: datetime, known: timedelta | None) -> timedelta:
        """The hub sent something at `sent` (its time): hub time minus device time, as known now.
        `known`: the same as an earlier run of this program found it on this machine, if it did."""
        if not self._heard and known is not None:
            self._take(self._clock.now() + known)
        self._take(sent)
        best = self._best()
        return _BEGIN + timedelta(seconds=best + self._seconds()) - self._clock.now()

    def _seconds(self) -> float:
        return self._clock.monotonic() * self._clock.rate

    def _best(self) -> float:
        return max(offset for _, offset in self._heard)

    def _take(self, sent: datetime) -> None:
        now = self._clock.monotonic()
        offset = (sent - _BEGIN).total_seconds() - self._seconds()
        while self._heard and now - self._heard[0][0] > WINDOW_S:
            self._heard.popleft()
        far = bool(self._heard) and self._best() - offset > FAR_S * self._clock.rate
        if not far:
            self._far_since = None
        elif self._far_since is None:
            self._far_since = now
        elif now - self._far_since >= SET_AFTER_S:
            # The hub's clock was set back: what was heard before tells of another clock.
            self._heard = deque(one for one in self._heard if one[0] >= self._far_since)
            self._far_since = None
        self._heard.append((now, offset))
