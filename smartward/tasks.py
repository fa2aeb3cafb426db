"""Background tasks: kept alive, and heard when they fail."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("smartward.tasks")


class Tasks:
    """Keeps a strong reference to each task and logs the first failure of each name."""

    def __init__(self, on_failure: Callable[[str, BaseException], None] | None = None) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._failures: dict[str, int] = {}
        self._on_failure = on_failure

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` in the background under `name`. Never raises; failures are logged once."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        name = task.get_name()
        self._failures[name] = self._failures.get(name, 0) + 1
        if self._failures[name] == 1:
            log.error("task %s failed", name, exc_info=error)
        if self._on_failure is not None:
            self._on_failure(name, error)

    @property
    def failures(self) -> dict[str, int]:
        """How often each named task failed."""
        return dict(self._failures)

    async def stop(self) -> None:
        """Cancel all and wait until they are gone, with what they start while they end."""
        current = asyncio.current_task()
        while tasks := [task for task in self._running if task is not current]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
