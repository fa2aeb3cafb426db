"""The outbox's way to the disk: what became of touches is written as soon as the disk takes it."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.log import Edge
from smartward.screen.cache import Cache, TouchRow
from smartward.tasks import Flag

log = logging.getLogger("smartward.screen.outbox")

_DISK_RETRY_S = 5.0


class WrittenLater(ABC):
    """Rows that have changed and are not on the disk yet."""

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._unwritten: set[str] = set()
        self._undropped: set[str] = set()
        self._to_write = Flag()
        self._edge = Edge(log, "the screen's outbox file")
        self.failing = False
        """The disk does not take what became of the touches now."""
        self.disk_turned: Callable[[], None] = lambda: None
        """Called when `failing` has changed."""
        self.only_read = False
        """A picture is drawn from it: nothing is written, somebody else's file stays as it was."""

    @abstractmethod
    def _row_of(self, id: str) -> TouchRow | None:
        """The row as it is now, None where it is no more."""

    async def run(self) -> None:
        """Write for ever what a failing disk did not take."""
        while True:
            await self._to_write.wait()
            await self._clock.sleep(_DISK_RETRY_S)
            await self.flush()

    async def _written(self, *ids: str, dropped: Iterable[str] = ()) -> None:
        """Write rows that have changed, or leave it to `run` while the disk fails."""
        self._undropped |= set(dropped)
        self._unwritten = (self._unwritten | set(ids)) - self._undropped
        if not self.failing:
            await self.flush()

    async def flush(self) -> None:
        """Write what is not yet on the disk, once. Never raises: what is left over is kept."""
        if self.only_read:
            return
        wanted, self._unwritten = self._unwritten, set()
        gone, self._undropped = self._undropped, set()
        rows = [row for each in wanted if (row := self._row_of(each)) is not None]
        taken = False
        try:
            if rows:
                await self._cache.put_touches(rows)
            if gone:
                await self._cache.drop_touches(gone)
            taken = True
            self._edge.up(self._clock.monotonic())
        except StorageFault as fault:
            self._edge.down(self._clock.monotonic(), str(fault))
        finally:
            # Cancelled, perhaps it is written: writing it twice is the same as once.
            if not taken:
                self._unwritten |= wanted
                self._undropped |= gone
                self._to_write.set()
        if not self._unwritten and not self._undropped:
            self._to_write.clear()
        if self.failing is taken:
            self.failing = not taken
            self.disk_turned()
