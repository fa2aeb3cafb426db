"""The hub's store on SQLite: a file of this hub's own."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from smartward.clock import Clock, SystemClock
from smartward.errors import StorageFault
from smartward.hub.store.base import Job, Store, new_epoch
from smartward.hub.store.reader import Reader
from smartward.hub.store.replica_table import Recorder
from smartward.hub.store.schema import OF_A_FILE, STEPS, statements
from smartward.hub.store.tx import Tx
from smartward.storage import connect, fault_of, pre_grow_wal

T = TypeVar("T")

log = logging.getLogger("smartward.store")

_MOVE_AFTER = 32
"""Commits since the log was moved last. An action's is some 10 pages."""
_LONG = 500
"""Pages: half of what the log was grown to (`pre_grow_wal`); it holds what comes until it ends."""


def in_memory() -> Database:
    """The tables without a file."""
    db = Database(sqlite3.connect(":memory:"))
    _migrate(db)
    return db


def _migrate(db: Database) -> None:
    migrations = Migrations("hub")
    steps = (*STEPS, *OF_A_FILE)
    for name, script in steps:
        of_step = statements(script)

        def step(db: Database, of_step: list[str] = of_step) -> None:
            for statement in of_step:
                db.execute(statement)

        migrations(name=name)(step)
    known = {name for name, _ in steps}
    unknown = [step.name for step in migrations.applied(db) if step.name not in known]
    if unknown:
        raise StorageFault("storage.newer", f"unknown step {unknown[0]}")
    migrations.apply(db)


class SqliteStore(Store):
    """The ward's state in one file that no other hub writes."""

    def __init__(
        self,
        path: Path,
        db: Database,
        readers: sqlite3.Connection,
        peeks: sqlite3.Connection,
        clock: Clock,
        keep: timedelta,
    ) -> None:
        super().__init__(clock, keep)
        self._path = path
        self._db = db
        self._read_connection = readers
        self._peek_connection = peeks
        self._peeking = threading.Lock()
        self._mover = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub-move")
        self._move_connection: sqlite3.Connection | None = None
        self._moving: Future[None] | None = None
        self._unmoved = 0
        """Commits since the log was moved, those alone of which it surely has pages."""
        self._overdue = False
        """The log is long, and the next move short: what was written during each one was left to
        the next."""
        self.recording = False
        """Each write is put into the log for a standby hub."""
        self._heads = {row[0]: row[1] for row in db.execute("select ward, seq from sequence")}
        self.epoch = self._epoch()

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None, keep_days: int = 30) -> "SqliteStore":
        """Open or make the file. Raises StorageFault when it is unreadable or newer than us."""
        connection = connect(path)
        opened = [connection]
        keep = timedelta(days=keep_days)
        try:
            db = Database(connection)
            _migrate(db)
            pre_grow_wal(connection)
            # By `_move` alone: SQLite 3.7.0 to 3.51.2 can break a file of which one connection
            # moves the log right behind another, while a write begins it anew
            # (sqlite.org/wal.html, the WAL-reset bug).
            connection.execute("pragma wal_autocheckpoint = 0")
            opened += [readers := connect(path, read_only=True)]
            opened += [peeks := connect(path, read_only=True)]
            return cls(path, db, readers, peeks, clock or SystemClock(), keep)
        except (sqlite3.Error, StorageFault) as error:
            for one in opened:
                one.close()
            if isinstance(error, StorageFault):
                raise
            raise fault_of(error, path) from error

    def _epoch(self) -> str:
        row = self._db.execute("select value from meta where key = 'epoch'").fetchone()
        if row is not None:
            return str(row[0])
        epoch = new_epoch()
        with self._db.atomic():
            Tx(self._db.conn, {}, self._clock.now(), self._keep).epoch_set(epoch)
        return epoch

    def _fault(self, error: BaseException) -> StorageFault | None:
        if isinstance(error, StorageFault):
            return error
        return fault_of(error, self._path) if isinstance(error, OSError | sqlite3.Error) else None

    # ------------------------------------------------------------------ reading

    def peek(self, fn: Callable[[Reader], T]) -> T:
        """As `read`, but at once, on the caller's thread."""
        with self._peeking:
            return self._snapshot(fn, self._peek_connection)

    def _look(self, fn: Callable[[Reader], T]) -> T:
        return self._snapshot(fn, self._read_connection)

    def _snapshot(self, fn: Callable[[Reader], T], connection: sqlite3.Connection) -> T:
        try:
            connection.execute("begin")
            try:
                return fn(Reader(connection.execute))
            finally:
                connection.execute("rollback")
        except sqlite3.Error as error:
            raise fault_of(error, self._path) from error

    # ------------------------------------------------------------------ writing

    def _transact(self, batch: Sequence[Job[Any]]) -> bool:
        heads = dict(self._heads)
        connection = self._db.conn
        changed = False
        connection.execute("begin")
        try:
            for job in batch:
                before = connection.total_changes
                self._run(job, heads, alone=len(batch) == 1)
                # What was taken back is counted as well.
                changed |= job.error is None and connection.total_changes > before
            if connection.in_transaction:
                connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")
        self._heads = heads
        self._unmoved += changed
        return changed

    def _run(self, job: Job[Any], heads: dict[str, int], *, alone: bool) -> None:
        """One write. Of one that is `alone` in its transaction everything is undone where it
        fails; else what it did, with a statement that SQLite has read before."""
        recorder = Recorder(self._db.conn) if self.recording else None
        tx = Tx(recorder or self._db.conn, heads, self._clock.now(), self._keep)
        self._ward_time.tell(tx)
        connection = self._db.conn
        if not alone:
            connection.execute("savepoint one")
        try:
            self._work(job, tx)
            if recorder is not None:
                recorder.keep()
            if not alone:
                connection.execute("release one")
        except Exception as error:  # whatever it is, it belongs to this job
            if not connection.in_transaction:
                # SQLite gave up the whole transaction, this job's neighbours included.
                raise StorageFault("storage.full", str(error)) from error
            self._undo(alone)
            job.error = fault_of(error, self._path) if isinstance(error, sqlite3.Error) else error
        else:
            heads.update(tx.touched)
            job.committed = tx.committed()

    def _undo(self, alone: bool) -> None:
        if alone:
            self._db.conn.execute("rollback")
        else:
            self._db.conn.execute("rollback to one")
            self._db.conn.execute("release one")

    async def _announce(self) -> None:
        """Beside the next writes, what is in the log is moved to where it belongs in the file.

        Never when there may be nothing to move: then the next write begins the log anew, and a
        move that has just begun could take the new one for the old (the WAL-reset bug of SQLite).

        Only a log that was moved whole is begun anew, and a move ends where the log did when it
        began: beside writes that never pause it would grow for ever. Once it is long they wait for
        a move, of little more than the last one left; never of all that a reader has held up, a
        backup or a copy for a standby: that is moved beside them, when it has gone.
        """
        if self._moving is not None and self._moving.done():
            self._moving, self._unmoved = None, 0
        if self._moving is None and self._unmoved >= _MOVE_AFTER:
            awaited = self._overdue
            self._moving = self._mover.submit(self._move, awaited)
            if awaited:
                await asyncio.wait((asyncio.wrap_future(self._moving),))

    def _move(self, awaited: bool) -> None:
        """On a thread and connection of its own; `awaited`: nothing is written meanwhile. What
        fails here is done by a later write, or fails there: everything is in the log."""
        try:
            if self._move_connection is None:
                self._move_connection = connect(self._path)
            checkpoint = self._move_connection.execute("pragma wal_checkpoint(passive)")
            _, pages, moved = checkpoint.fetchone()
            little = pages - moved <= _LONG
            self._overdue = pages > _LONG and little and not (awaited and moved == pages)
        except (StorageFault, sqlite3.Error) as error:
            log.warning("the log was not moved into %s: %s", self._path.name, error)

    def close(self) -> None:
        """Close the file. `finish` first: what still waits would fail."""
        self._mover.shutdown(wait=True)
        if self._move_connection is not None:
            self._move_connection.close()
        self._writer.close()
        self._reader.close()
        self._read_connection.close()
        self._peek_connection.close()
        self._db.conn.close()
