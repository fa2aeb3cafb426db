"""For how long something has been seen without a change, by this hub's own monotonic clock.

A time that another machine wrote down says nothing once that machine's clock is set. What
is renewed while it is alive, and was not, is over whatever time it names.
"""

from collections.abc import Mapping

from smartward.clock import Clock


class Unchanged:
    """Some things by their ids, each with the value it had when it was last read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[object, float]] = {}

    def note(self, found: Mapping[str, object]) -> None:
        """These, and no others, are there: they have just been read."""
        now = self._clock.monotonic()
        before, self._seen = self._seen, {}
        for id, value in found.items():
            known, since = before.get(id, (value, now))
            self._seen[id] = value, since if known == value else now

    def for_so_long(self, seconds: float) -> dict[str, object]:
        """What was read at least so many seconds ago, and never otherwise since."""
        now = self._clock.monotonic()
        return {id: value for id, (value, since) in self._seen.items() if now - since >= seconds}
