"""Time passes on a screen: ages, waits and flashes move on at each minute or second."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from smartward.clock import Clock
from smartward.tasks import Tasks

if TYPE_CHECKING:
    import asyncio

_NAME = "screen clock"


class Aging(Protocol):
    """What shows times: a view model."""

    def next_boundary(self) -> datetime:
        """When `clock_moved` is due next."""

    def clock_moved(self) -> None:
        """Read the time."""


class ScreenClock:
    """Calls the model at each boundary; should that fail, again until it does not."""

    def __init__(
        self, model: Aging, clock: Clock, tasks: Tasks, ticked: Callable[[], None]
    ) -> None:
        """`ticked` is called after each boundary."""
        self._model = model
        self._clock = clock
        self._tasks = tasks
        self._ticked = ticked
        self._running: asyncio.Task[None] | None = None

    def keep(self) -> None:
        """Begin; or begin anew, because the model's pace has changed."""
        if self._running is not None:
            self._running.cancel()
        self._running = self._tasks.keep(self._run, _NAME, self._clock)

    async def _run(self) -> None:
        if _NAME in self._tasks.failing:
            # The boundary at which it failed is made up for: no age may stand still.
            self._model.clock_moved()
        while True:
            await self._clock.wait_until(self._model.next_boundary())
            self._model.clock_moved()
            self._ticked()
