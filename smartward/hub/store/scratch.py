"""A store in memory for a rehearsal: the same tables and writes, no disk, no thread, no history."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

from smartward.clock import Clock
from smartward.hub.store.base import Job
from smartward.hub.store.model import Committed
from smartward.hub.store.reader import Reader
from smartward.hub.store.sqlite import SqliteStore, in_memory
from smartward.hub.store.tx import Tx

T = TypeVar("T")

_NO_HISTORY = (
    "create trigger history_is_not_kept before insert on history begin select raise(ignore); end"
)


class Scratch(SqliteStore):
    """Whoever writes or reads is answered at once, on its own thread. Commits are told as a store
    on a disk tells them: after the answer, before whoever wrote comes back with something else."""

    _untold: list[Committed]

    @classmethod
    def fresh(cls, clock: Clock) -> "Scratch":
        """An empty one. `close` it."""
        db = in_memory()
        db.execute(_NO_HISTORY)
        connection = db.conn
        made = cls(Path(":memory:"), db, connection, connection, clock, timedelta(days=1))
        made._untold = []
        return made

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Run `fn` on what is written."""
        self.deliver()
        return self.peek(fn)

    def peek(self, fn: Callable[[Reader], T]) -> T:
        """The same at once."""
        return fn(Reader(self._db.conn.execute))

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in one transaction. Raises what `fn` raised; nothing is written then."""
        self.deliver()
        job = Job(fn)
        self._commit([job])
        self._answered += 1
        if job.error is not None:
            raise job.error
        self._untold.extend(job.committed)
        return cast(T, job.result)

    def deliver(self) -> bool:
        """Tell who listens of what was committed; whether there was any."""
        untold, self._untold = self._untold, []
        for committed in untold:
            self._fan_out(committed)
        return bool(untold)
