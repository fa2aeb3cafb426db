"""Resource types that fail by themselves, while the server answers about others."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_ENOUGH = 3
_APART = timedelta(seconds=5)
"""Requests of one turn fail together: they are one failure."""
_SHORTEST = timedelta(minutes=1)
_LONGEST = timedelta(minutes=10)


@dataclass(slots=True)
class _Failed:
    at: datetime
    well: int
    """How many good answers there had been by then."""
    times: int = 1
    let_be: timedelta = timedelta(0)
    until: datetime | None = None


class Failing:
    """Tells a server that is away or busy from one that cannot answer about one thing: a failure
    counts when there were good answers about others since the one before."""

    def __init__(self) -> None:
        self._failed: dict[str, _Failed] = {}
        self._well = 0

    def well(self, what: str) -> None:
        """There was a good answer."""
        self._well += 1
        self._failed.pop(what, None)

    def let_be(self, what: str, now: datetime | None) -> bool:
        """Whether it is not to be asked about at this time of the server."""
        one = self._failed.get(what)
        if one is None or one.until is None or now is None:
            return False
        # Not for longer than ever: the clock may have gone back.
        return timedelta(0) < one.until - now <= _LONGEST

    def failed(self, what: str, now: datetime) -> bool:
        """Count a failure; whether it is its own, and the ward goes on without it for a while."""
        one = self._failed.setdefault(what, _Failed(now, self._well))
        if one.until is None and self._well > one.well and now - one.at >= _APART:
            one.times, one.at, one.well = one.times + 1, now, self._well
        if one.times < _ENOUGH:
            return False
        if one.until is None or now >= one.until:
            one.let_be = min(max(2 * one.let_be, _SHORTEST), _LONGEST)
            one.until = now + one.let_be
        return True
