"""Background tasks: held while they run, heard when they fail, begun anew where they must go on."""

import logging
import random
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from smartward.clock import Clock

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger("smartward.tasks")

_AGAIN_AFTER_S = 1.0
_AGAIN_AT_MOST_S = 30.0
_STEADY_AFTER_S = 10.0
"""Work that went on for so long after a failure is well again."""


class Flag:
    """An `asyncio.Event` for which asyncio is loaded only by who waits: a screen makes some before
    its first frame, which needs none of it."""

    def __init__(self) -> None:
        self._set = False
        self._waited: asyncio.Event | None = None

    def is_set(self) -> bool:
        """Whether it is."""
        return self._set

    def set(self) -> None:
        """Wake whoever waits, now and until it is cleared."""
        self._set = True
        if self._waited is not None:
            self._waited.set()

    def clear(self) -> None:
        """Have whoever comes wait again."""
        self._set = False
        if self._waited is not None:
            self._waited.clear()

    async def wait(self) -> None:
        """Wait until it is set."""
        if self._set:
            return
        if self._waited is None:
            import asyncio

            self._waited = asyncio.Event()
        await self._waited.wait()


class Tasks:
    """Keeps a strong reference to each task and logs the first failure of each name."""

    def __init__(
        self,
        on_failure: Callable[[str, BaseException], None] | None = None,
        on_well: Callable[[str], None] | None = None,
    ) -> None:
        """`on_failure` is told of each failure, `on_well` when kept work that has failed is well
        again: by its name, once `failing` is without it."""
        self._running: set[asyncio.Task[Any]] = set()
        self._failures: dict[str, int] = {}
        self._on_failure = on_failure
        self._on_well = on_well
        self._failing: set[str] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
        """Run `work` in the background under `name`. Never raises; failures are logged once."""
        import asyncio  # here, and not above: a screen's first frame needs none of it

        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def keep(
        self, work: Callable[[], Coroutine[Any, Any, Any]], name: str, clock: Clock
    ) -> "asyncio.Task[Any]":
        """Run `work()` until it returns, however often it fails meanwhile.

        For what a ward cannot be without: it is begun anew after a while that grows to 30 s. The
        failure is logged once, and once that it is over.
        """
        return self.spawn(self._keep(work, name, clock), name)

    async def _keep(
        self, work: Callable[[], Coroutine[Any, Any, Any]], name: str, clock: Clock
    ) -> None:
        wait = _AGAIN_AFTER_S
        while True:
            steady = self.spawn(self._steady(name, clock), f"{name}: steady")
            try:
                await work()
                self._well(name)
                return
            except Exception as error:  # whatever it is: the ward goes on
                if name not in self._failing:
                    log.exception("task %s failed", name)
                    wait = _AGAIN_AFTER_S
                self._failing.add(name)
                self._count(name, error)
            finally:
                steady.cancel()
            await clock.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(wait * 2, _AGAIN_AT_MOST_S)

    async def _steady(self, name: str, clock: Clock) -> None:
        await clock.sleep(_STEADY_AFTER_S)
        if self._well(name):
            log.warning("task %s goes on again", name)

    def _well(self, name: str) -> bool:
        """Whether it was not before."""
        if name not in self._failing:
            return False
        self._failing.discard(name)
        if self._on_well is not None:
            self._on_well(name)
        return True

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if task.get_name() not in self._failures:
            log.error("task %s failed", task.get_name(), exc_info=error)
        self._count(task.get_name(), error)

    def _count(self, name: str, error: BaseException) -> None:
        self._failures[name] = self._failures.get(name, 0) + 1
        if self._on_failure is not None:
            self._on_failure(name, error)

    @property
    def failing(self) -> frozenset[str]:
        """Names of kept work that has failed and is not yet well again."""
        return frozenset(self._failing)

    @property
    def failures(self) -> dict[str, int]:
        """How often each named task failed."""
        return dict(self._failures)

    async def stop(self) -> None:
        """Cancel all and wait until they are gone, with what they start while they end."""
        import asyncio  # here, and not above: a screen's first frame needs none of it

        current = asyncio.current_task()
        while tasks := [task for task in self._running if task is not current]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
