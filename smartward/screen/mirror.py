"""Feed events on their way into the cache file: in order, several in one transaction."""

import logging
from collections.abc import Callable

from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.log import Edge
from smartward.screen.cache import Cache, Mirrored
from smartward.tasks import Flag

log = logging.getLogger("smartward.screen.mirror")

_RETRY_S = 5.0
_HELD_AT_MOST = 5000


class MirrorQueue:
    """Writes what is added, retries a failing disk, and gives up only by asking for everything.

    A screen goes on showing what it hears while its disk fails; after a restart it must not take
    a mirror with a hole in it for a whole one.
    """

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._waiting: list[Mirrored] = []
        self._added = Flag()
        self._edge = Edge(log, "the screen's cache file")
        self.failing = False
        """The disk does not take the mirror now."""
        self.disk_turned: Callable[[], None] = lambda: None
        """Called when `failing` has changed."""
        self.lost = False
        """Events had to be dropped: only a whole view makes the mirror whole again."""
        self._writing = False

    def add(self, event: Mirrored) -> None:
        """Queue one event."""
        if event.replace:
            # Whatever was before is replaced in the same transaction.
            self._waiting = [Mirrored(meta=each.meta) for each in self._waiting if each.meta]
            self.lost = False
        if self.lost and (event.documents or event.gone):
            return
        self._waiting.append(event)
        if len(self._waiting) > _HELD_AT_MOST:
            self.lost = True
            self._waiting = [Mirrored(meta=(("cursor", None),))]
        self._added.set()

    async def run(self) -> None:
        """Write for ever."""
        self.add(Mirrored())  # what a power cut left half forgotten is forgotten now
        while True:
            await self._added.wait()
            self._added.clear()
            batch, self._waiting = self._waiting, []
            self._writing = True
            try:
                await self._cache.mirror(batch)
                self._edge.up(self._clock.monotonic())
                self._turn(failing=False)
            except StorageFault as fault:
                self._waiting = batch + self._waiting
                self._edge.down(self._clock.monotonic(), str(fault))
                self._turn(failing=True)
                await self._clock.sleep(_RETRY_S)
                self._added.set()
            except BaseException:
                # Perhaps it is written, perhaps not: writing it twice is the same as once.
                self._waiting = batch + self._waiting
                self._added.set()
                raise
            finally:
                self._writing = False

    def _turn(self, failing: bool) -> None:
        if failing is not self.failing:
            self.failing = failing
            self.disk_turned()

    async def flush(self) -> None:
        """Write what is queued, once, at the end. Never raises: the feed brings it again."""
        if not self._waiting:
            return
        try:
            await self._cache.mirror(self._waiting)
        except StorageFault as fault:
            self._edge.down(self._clock.monotonic(), str(fault))

    @property
    def idle(self) -> bool:
        """Whether everything added so far is in the file."""
        return not self._waiting and not self._writing
