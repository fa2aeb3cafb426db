"""The hub's store on SQLite: one writer thread, durable commits, several writes in one of them.

Writes that queue up while a commit is on its way to the disk share the next one; each is a
savepoint of its own, so one that fails takes nothing with it. The answer to a write leaves before
its fan-out: the awaiting task is resumed first, `on_commit` is called after.
"""

import asyncio
import logging
import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from smartward.clock import Clock, SystemClock
from smartward.errors import StorageFault
from smartward.hub.store.model import Committed, OnCommit, Stored
from smartward.hub.store.reader import Reader
from smartward.hub.store.schema import STEPS
from smartward.hub.store.tx import Tx
from smartward.storage import Writer, connect, fault_of, pre_grow_wal
from smartward.tasks import Tasks

__all__ = ["Committed", "Reader", "Store", "Stored", "Tx"]

T = TypeVar("T")

log = logging.getLogger("smartward.store")

_MOST_WRITES_A_COMMIT = 64


class Job(Generic[T]):
    """One write on its way: its work, who waits for it, and what came of it."""

    __slots__ = ("committed", "error", "result", "waiting", "work")

    def __init__(self, work: Callable[[Tx], T]) -> None:
        self.work = work
        self.waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.result: T | None = None
        self.error: BaseException | None = None
        self.committed: list[Committed] = []


def _statements(script: str) -> list[str]:
    """Its statements, one by one: a trigger has semicolons of its own."""
    found, begun = [], ""
    for part in script.split(";")[:-1]:
        begun += f"{part};"
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found


def in_memory() -> Database:
    """The tables without a file."""
    db = Database(sqlite3.connect(":memory:"))
    _migrate(db)
    return db


def _migrate(db: Database) -> None:
    migrations = Migrations("hub")
    for name, script in STEPS:
        statements = _statements(script)

        def step(db: Database, statements: list[str] = statements) -> None:
            for statement in statements:
                db.execute(statement)

        migrations(name=name)(step)
    known = {name for name, _ in STEPS}
    unknown = [step.name for step in migrations.applied(db) if step.name not in known]
    if unknown:
        raise StorageFault("storage.newer", f"unknown step {unknown[0]}")
    migrations.apply(db)


def _fault(error: Exception, path: Path) -> StorageFault:
    if isinstance(error, StorageFault):
        return error
    if isinstance(error, OSError | sqlite3.Error):
        return fault_of(error, path)
    return StorageFault("storage.unreadable", repr(error))


class Store:
    """The one home of the ward's state. `open`, then `write` and `read`, then `close`."""

    def __init__(
        self,
        path: Path,
        db: Database,
        readers: sqlite3.Connection,
        peeks: sqlite3.Connection,
        clock: Clock,
        keep: timedelta,
    ) -> None:
        self._path = path
        self._db = db
        self._read_connection = readers
        self._peek_connection = peeks
        self._peeking = threading.Lock()
        self._clock = clock
        self._keep = keep
        self._writer = Writer("hub-write")
        self._reader = Writer("hub-read")
        self._queue: deque[Job[Any]] = deque()
        self._committing: asyncio.Task[None] | None = None
        self._tasks = Tasks()
        self._heads = {row[0]: row[1] for row in db.execute("select ward, seq from sequence")}
        self.on_commit: list[OnCommit] = []
        """Called on the event loop for each ward of each write, after the write's answer."""
        self.in_write: list[Callable[[Tx], None]] = []
        """Called at the end of each write, within it: what they add is one with it."""
        self.on_timing: Callable[[float, int], None] = lambda seconds, writes: None
        """Told the seconds of each commit and how many writes it held."""
        self.failing = False
        """Fault for tests and drills: every write fails as on a full disk."""
        self.faulty = False
        """The disk or the file refused a write, and nothing has been written since."""
        self.on_listener_failed: Callable[[str], None] = lambda listener: None
        """Told the name of a listener each time it fails."""
        self._failing_listeners: set[str] = set()
        self.epoch = self._epoch()

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None, keep_days: int = 30) -> "Store":
        """Open or make the file. Raises StorageFault when it is unreadable or newer than us."""
        connection = connect(path)
        try:
            db = Database(connection)
            _migrate(db)
            pre_grow_wal(connection)
            readers, peeks = connect(path, read_only=True), connect(path, read_only=True)
        except sqlite3.Error as error:
            connection.close()
            raise _fault(error, path) from error
        except StorageFault:
            connection.close()
            raise
        return cls(path, db, readers, peeks, clock or SystemClock(), timedelta(days=keep_days))

    def _epoch(self) -> str:
        row = self._db.execute("select value from meta where key = 'epoch'").fetchone()
        if row is not None:
            return str(row[0])
        epoch = uuid.uuid4().hex[:12]
        with self._db.atomic():
            Tx(self._db.conn, {}, self._clock.now(), self._keep).epoch_set(epoch)
        return epoch

    # ------------------------------------------------------------------ reading

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Run `fn` on one snapshot. Raises StorageFault when the file cannot be read."""
        return await self._reader.run(lambda: self._snapshot(fn, self._read_connection))

    def peek(self, fn: Callable[[Reader], T]) -> T:
        """The same at once, on the caller's thread: for what is read in a millisecond or two."""
        with self._peeking:
            return self._snapshot(fn, self._peek_connection)

    def _snapshot(self, fn: Callable[[Reader], T], connection: sqlite3.Connection) -> T:
        try:
            connection.execute("begin")
            try:
                return fn(Reader(connection.execute))
            finally:
                connection.execute("rollback")
        except sqlite3.Error as error:
            raise _fault(error, self._path) from error

    # ------------------------------------------------------------------ writing

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in one transaction; when this returns, what it did is on the disk.

        Raises what `fn` raised (nothing is written then), or StorageFault.
        """
        job = Job(fn)
        self._queue.append(job)
        if self._committing is None:
            self._committing = self._tasks.spawn(self._commit_queued(), "commit")
        return await job.waiting

    async def _commit_queued(self) -> None:
        try:
            while self._queue:
                count = min(len(self._queue), _MOST_WRITES_A_COMMIT)
                batch = [self._queue.popleft() for _ in range(count)]
                started = self._clock.monotonic()
                try:
                    await self._writer.run(lambda batch=batch: self._commit(batch))  # type: ignore[misc]
                except Exception as error:
                    # Ours to mend; but whoever waits must be told that nothing was written.
                    for job in batch:
                        job.error, job.committed = _fault(error, self._path), []
                    self.faulty = True
                    raise
                finally:
                    self._settle(batch)
                self.on_timing(self._clock.monotonic() - started, len(batch))
        finally:
            self._committing = None

    def _commit(self, batch: list[Job[Any]]) -> None:
        """On the writer thread: all of `batch` in one durable commit."""
        heads = dict(self._heads)
        changes = self._db.conn.total_changes
        try:
            if self.failing:
                raise StorageFault("storage.full", "fault raised on purpose")
            with self._db.atomic():
                for job in batch:
                    self._run(job, heads)
        except (OSError, sqlite3.Error, StorageFault) as error:
            for job in batch:
                job.error, job.committed = _fault(error, self._path), []
            self.faulty = True
        else:
            self._heads = heads
            if any(isinstance(job.error, StorageFault) for job in batch):
                self.faulty = True
            elif self._db.conn.total_changes > changes and any(j.error is None for j in batch):
                self.faulty = False

    def _run(self, job: Job[Any], heads: dict[str, int]) -> None:
        tx = Tx(self._db.conn, heads, self._clock.now(), self._keep)
        try:
            with self._db.atomic():
                job.result = job.work(tx)
                for note in self.in_write:
                    note(tx)
                tx.finish()
        except Exception as error:  # whatever it is, it belongs to this job
            if not self._db.conn.in_transaction:
                # SQLite gave up the whole transaction, this job's neighbours included.
                raise StorageFault("storage.full", str(error)) from error
            job.error = _fault(error, self._path) if isinstance(error, sqlite3.Error) else error
        else:
            heads.update(tx.touched)
            job.committed = tx.committed()

    def _settle(self, batch: list[Job[Any]]) -> None:
        """Resume who waits, then, behind them in the loop's queue, fan out."""
        loop = asyncio.get_running_loop()
        for job in batch:
            if not job.waiting.done():
                if job.error is not None:
                    job.waiting.set_exception(job.error)
                else:
                    job.waiting.set_result(job.result)
        for job in batch:
            for committed in job.committed:
                loop.call_soon(self._fan_out, committed)

    def _fan_out(self, committed: Committed) -> None:
        """Tell every listener; one that fails hides nothing from the others."""
        for listener in list(self.on_commit):
            name = getattr(listener, "__qualname__", type(listener).__name__)
            try:
                listener(committed)
            except Exception:  # whatever it is: the others must hear of the write
                if name not in self._failing_listeners:
                    log.exception("%s failed at a write", name)
                self._failing_listeners.add(name)
                self.on_listener_failed(name)
            else:
                self._failing_listeners.discard(name)

    @property
    def ailing(self) -> frozenset[str]:
        """What does not work now: `storage`, and listeners that failed at the last write."""
        storage = {"storage"} if self.failing or self.faulty else set()
        return frozenset(storage | self._failing_listeners)

    async def renew_epoch(self) -> str:
        """Take a new epoch: every screen then gets a reset and sends its last day again."""
        epoch = uuid.uuid4().hex[:12]
        await self.write(lambda tx: tx.epoch_set(epoch))
        self.epoch = epoch
        return epoch

    async def finish(self) -> None:
        """Wait until everything that was asked for is on the disk and fanned out."""
        while self._committing is not None:
            await asyncio.wait((self._committing,))

    def close(self) -> None:
        """Close the file. `finish` first: what still waits would fail."""
        self._writer.close()
        self._reader.close()
        self._read_connection.close()
        self._peek_connection.close()
        self._db.conn.close()
