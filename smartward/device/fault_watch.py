"""What looks again and again whether something of the device is wrong."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from smartward.clock import Clock

_LOOK_S = 10.0


class FaultWatch(ABC):
    """Looks for ever, and says when what is wrong has changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.faults_changed: Callable[[], None] = lambda: None
        """Called when `faults` has."""

    @property
    @abstractmethod
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong now."""

    @abstractmethod
    def look(self) -> None:
        """Once. Outside the program's own thread: it may take its time."""

    async def run(self) -> None:
        """For ever."""
        while True:
            before = self.faults
            await asyncio.to_thread(self.look)
            if self.faults != before:
                self.faults_changed()
            await self._clock.sleep(_LOOK_S)
