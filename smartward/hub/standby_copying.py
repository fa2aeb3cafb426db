"""Fetching the hub's whole file for its standby, ever less often while that comes to nothing."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from random import Random

from smartward.clock import Clock
from smartward.errors import SmartWardError, Unreachable
from smartward.hub.standby_folder import Folder
from smartward.hub.standby_source import Source
from smartward.log import Edge
from smartward.tasks import Tasks

log = logging.getLogger("smartward.standby")

_HEAR_S = 0.5
"""While a copy comes the hub is asked so often whether it is there."""
_AGAIN_S = 1.0
_AGAIN_MOST_S = 60.0
"""Between two tries to copy the whole file; it doubles from the first to the second."""


class Copying:
    """Brings a copy that can be used into the folder, beside what is served."""

    def __init__(
        self, source: Source, folder: Folder, clock: Clock, noise: Random, heard: Callable[[], None]
    ) -> None:
        """`heard` is called each time the hub was heard of meanwhile."""
        self._source = source
        self._folder = folder
        self._clock = clock
        self._noise = noise
        self._heard = heard
        self._again_s = _AGAIN_S
        self._not_before = 0.0
        self._edge = Edge(log, "copying the hub")
        self._tasks = Tasks()
        self.fault = ""
        """Text key of why there is no copy that can be used; empty: nothing is wrong with it."""

    @property
    def rests(self) -> bool:
        """Whether the last try is too short a time ago for the next one."""
        return self._clock.monotonic() < self._not_before

    async def copy(self) -> None:
        """The hub's file is in the folder, whole. Raises what the source or the folder raises."""
        hearing = self._tasks.spawn(self._hear(), "hear the hub")
        try:
            await self._source.copy(self._folder.new)
            await asyncio.to_thread(self._folder.check_new)
        except SmartWardError as error:
            self.failed(error)
            raise
        finally:
            hearing.cancel()

    def failed(self, error: SmartWardError) -> None:
        """There is no copy, or none that can be served: the next one is fetched later."""
        now = self._clock.monotonic()
        self._edge.down(now, f"{error.key} {error.detail}")
        self._not_before = now + self._again_s * self._noise.uniform(0.7, 1.3)
        self._again_s = min(self._again_s * 2, _AGAIN_MOST_S)
        self.fault = "" if isinstance(error, Unreachable) else "standby.no_copy"

    def well(self) -> None:
        """The copy is served."""
        self._edge.up(self._clock.monotonic())
        self._not_before, self._again_s, self.fault = 0.0, _AGAIN_S, ""

    async def _hear(self) -> None:
        """A copy takes as long as it takes: the hub is there all the time."""
        while True:
            with suppress(Unreachable):
                await self._source.ready()
                self._heard()
            await self._clock.sleep(_HEAR_S)

    async def stop(self) -> None:
        """Ask no more."""
        await self._tasks.stop()
