"""What a device keeps of direct calls over a power cut: its message counter, and the calls it said
it has. A file that nobody can read is set aside, and a new one begun; one that may hold a call in
plain text is overwritten instead.

Files of its own beside the cache, for this user only. Each call is sealed with a key of its own,
which is overwritten when a hub has it or it is over.
"""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from smartward.errors import StorageFault
from smartward.screen.cache_file import scrub, set_aside, shred, shred_aside
from smartward.screen.peer_records import Record
from smartward.screen.seal import Seal, Sealed
from smartward.screen.seal_keys import DIRECT, Key, KeyFile
from smartward.storage import Writer, connect, fault_of

log = logging.getLogger("smartward.screen.peer")

FILE = "direct.sqlite3"
KEYS = "direct.keys"
_STEP = 1000
"""Numbers are set aside so many at a time: a message costs no write of its own."""
_SCHEMA = """
create table if not exists counter (name text primary key, value integer not null) without rowid;
create table if not exists sealed (
    id text primary key, mark blob not null, sealed blob not null
) without rowid;
"""
_PLAIN = "direct"
"""The table of before the calls were sealed."""
_SCRUBBING = "scrubbing"
"""In the counters while plain text of before may still lie in the file or its log."""


class PeerStore:
    """The file. Reading is for the start; writing is done on a thread of its own."""

    def __init__(self, path: Path) -> None:
        """Open or make it; without a usable disk everything is in memory, and `keep` raises."""
        self._path = path
        self._writer = Writer("direct calls")
        self.fault: StorageFault | None = None
        """Why nothing is kept, None when all is well."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._keys = KeyFile(path.with_name(KEYS))
            self._db = self._opened()
        except (OSError, sqlite3.Error) as error:
            self._db = self._in_memory(fault_of(error, path))
        except StorageFault as fault:
            self._db = self._in_memory(fault)
        self._next = self._end = 0

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._open()
        except StorageFault as fault:
            if fault.key != "storage.unreadable" or not self._path.is_file():
                raise
            log.error("the file of direct calls is broken and is set aside: %s", fault.detail)
            if not _is_sealed(self._path):
                shred_aside(self._path)
                shred(self._path)
            else:
                set_aside(self._path)
            return self._open()

    def _open(self) -> sqlite3.Connection:
        db = connect(self._path)
        try:
            db.execute("pragma secure_delete = on")
            db.executescript(_SCHEMA)
            db.execute("select id, mark, sealed from sealed").fetchall()
            self._seal_plain(db)
        except sqlite3.DatabaseError as error:
            db.close()
            raise fault_of(error, self._path) from error
        return db

    def _seal_plain(self, db: sqlite3.Connection) -> None:
        """Calls of before they were sealed: all of them, or after a power cut none."""
        if db.execute("select 1 from sqlite_master where name = ?", (_PLAIN,)).fetchone():
            found = db.execute(f"select id, body from {_PLAIN}").fetchall()
            keys = [self._keys.fresh(DIRECT, id) for id, _ in found]
            self._keys.sync()
            db.execute("begin immediate")
            with db:
                for key, (id, body) in zip(keys, found, strict=True):
                    self._put(db, key, id, body)
                db.execute(f"drop table {_PLAIN}")
                db.execute("insert or replace into counter values (?, 1)", (_SCRUBBING,))
        if db.execute("select 1 from counter where name = ?", (_SCRUBBING,)).fetchone():
            scrub(db, self._path)
            with db:
                db.execute("delete from counter where name = ?", (_SCRUBBING,))

    def _put(self, db: sqlite3.Connection, key: Key, id: str, body: bytes) -> None:
        sealed = Seal(self._keys).touch(key, id, body)
        db.execute("insert or replace into sealed values (?, ?, ?)", (id, key.mark, sealed))

    def _in_memory(self, fault: StorageFault) -> sqlite3.Connection:
        log.error("direct calls are kept in memory only: %s", fault)
        self.fault = fault
        self._keys = KeyFile(None)
        db = sqlite3.connect(":memory:", check_same_thread=False)
        db.executescript(_SCHEMA)
        return db

    # --------------------------------------------------------------------------------- reading

    def records(self) -> list[Record]:
        """The calls that were kept; what nobody can read any more is left out and logged."""
        found = []
        seal = Seal(self._keys)
        for id, mark, sealed in self._db.execute("select * from sealed order by id"):
            try:
                found.append(msgspec.json.decode(seal.open_touch(mark, id, sealed), type=Record))
            except (Sealed, msgspec.DecodeError) as error:
                log.error("direct call %s cannot be read: %s", id, type(error).__name__)
        kept = {mark for (mark,) in self._db.execute("select mark from sealed")}
        self._forget(lambda key: key.mark not in kept)  # what a power cut left half forgotten
        return found

    # --------------------------------------------------------------------------------- writing

    async def number(self) -> int:
        """The next number of this device's own messages: never one that was used before, as long as
        the disk keeps them."""
        if self._next == self._end:
            self._next, self._end = await self._writer.run(self._set_aside)
        self._next += 1
        return self._next

    def _set_aside(self) -> tuple[int, int]:
        row = self._db.execute("select value from counter where name = 'own'").fetchone()
        first = 0 if row is None else int(row[0])
        try:
            with self._db:
                self._db.execute(
                    "insert or replace into counter values ('own', ?)", (first + _STEP,)
                )
        except sqlite3.Error as error:
            log.error("the counter of direct calls is not kept: %s", error)
            first = max(first, self._end)
        return first, first + _STEP

    async def keep(self, record: Record) -> None:
        """A call; on the disk when this returns. Raises StorageFault."""
        if self.fault is not None:
            raise self.fault
        body = msgspec.json.encode(record)

        def work() -> None:
            row = self._db.execute("select mark from sealed where id = ?", (record.id,)).fetchone()
            key = None if row is None else self._keys.of_mark(row[0])
            key = key or self._keys.fresh(DIRECT, record.id)
            self._keys.sync()
            with self._db:
                self._put(self._db, key, record.id, body)

        await self._do(work)

    async def drop(self, *ids: str) -> None:
        """These calls are a hub's now, or over. Raises StorageFault."""

        def work() -> None:
            marks = {
                mark
                for id in ids
                for (mark,) in self._db.execute("select mark from sealed where id = ?", (id,))
            }
            if not marks:
                return
            with self._db:
                self._db.executemany("delete from sealed where id = ?", [(id,) for id in ids])
            self._forget(lambda key: key.mark in marks)

        await self._do(work)

    def _forget(self, is_over: Callable[[Key], bool]) -> None:
        over = [key for key in self._keys.all(DIRECT) if is_over(key)]
        if over:
            self._db.execute("pragma wal_checkpoint(truncate)").fetchone()
            self._keys.erase(over)

    async def _do(self, work: Callable[[], None]) -> None:
        try:
            await self._writer.run(work)
        except (OSError, sqlite3.Error) as error:
            raise fault_of(error, self._path) from error

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._writer.close()
        self._db.close()
        self._keys.close()


def _is_sealed(path: Path) -> bool:
    """Whether a broken file surely has no call in plain text, as one of before they were sealed
    has."""
    with closing(sqlite3.connect(path)) as db:
        try:
            tables = {name for (name,) in db.execute("select name from sqlite_master")}
            scrubbing = "select 1 from counter where name = ?"
            return _PLAIN not in tables and not db.execute(scrubbing, (_SCRUBBING,)).fetchone()
        except sqlite3.DatabaseError as error:
            log.warning(
                "the file of direct calls may be in plain text, and is overwritten: %s", error
            )
            return False
