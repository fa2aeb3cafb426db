"""What a screen keeps over a power cut: the mirror of its view, how far it got, and the outbox.

One SQLite file with one writer thread. Reading it needs the standard library only, so that it is
drawn before anything heavier is imported; writing is by sqlite-utils. Bodies are blobs; no name is
in a column or in a file name. The mirror may lose its last moments in a power cut (the feed brings
them again, from the cursor that was lost with them); a touch may not, and is synced to the disk.
"""

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from smartward.errors import StorageFault
from smartward.storage import Writer, connect, pre_grow_wal
from smartward.wire.envelope import Document, Gone

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger("smartward.screen.cache")

T = TypeVar("T")

SCHEMA_VERSION = 1
_SCHEMA = """
create table mirror (
    kind text not null, id text not null, seq integer not null, body blob not null,
    primary key (kind, id)
) without rowid;
create table meta (key text primary key, value text not null) without rowid;
create table outbox (
    number integer primary key,
    id text not null unique,
    body blob not null,
    state text not null,
    pressed_wall text not null,
    pressed_monotonic real not null,
    boot text not null,
    attempts integer not null,
    resent integer not null,
    seq integer,
    epoch text,
    answered_at text
);
"""
_SET_ASIDE_KEPT = 2


class TouchRow(msgspec.Struct, kw_only=True):
    """One row of the outbox. `body` is the action's JSON."""

    id: str
    body: bytes
    state: str
    pressed_wall: str
    pressed_monotonic: float
    boot: str
    attempts: int = 0
    resent: int = 0
    seq: int | None = None
    epoch: str | None = None
    answered_at: str | None = None


_ROW_FIELDS = TouchRow.__struct_fields__
_COLUMNS = ", ".join(_ROW_FIELDS)
_PUT_ROW = (
    f"insert into outbox ({_COLUMNS}) values ({', '.join('?' * len(_ROW_FIELDS))}) "
    "on conflict (id) do update set body = excluded.body, state = excluded.state, "
    "attempts = excluded.attempts, resent = excluded.resent, seq = excluded.seq, "
    "epoch = excluded.epoch, answered_at = excluded.answered_at"
)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One feed event for the mirror: documents, what is gone, and what the meta table keeps."""

    documents: tuple[Document, ...] = ()
    gone: tuple[Gone, ...] = ()
    meta: tuple[tuple[str, str | None], ...] = ()
    replace: bool = False
    """A reset: the whole mirror is replaced in the same transaction."""


def _values(row: TouchRow) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _ROW_FIELDS)


class Cache:
    """The file. Reading is for the start; everything after goes through the writer thread."""

    def __init__(self, path: Path) -> None:
        """Open or make `path`; a broken file is set aside, its outbox saved into the new one.

        Without a usable disk the screen runs on, from memory: `fault` tells it, no touch is
        taken, and `put_touch` raises the fault.
        """
        self._path = path
        self._writer = Writer("screen cache")
        self._db: Database | None = None
        self.fault: StorageFault | None = None
        """Why nothing is kept on the disk, None when all is well. Set by fault tests too."""
        self.rebuilt = False
        """The file was broken: the mirror begins anew."""
        self.saved: tuple[TouchRow, ...] = ()
        """Touches that were saved out of a broken file."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = self._open()
        except (OSError, sqlite3.Error) as error:
            self._connection = self._in_memory(StorageFault("storage.unreadable", str(error)))
        except StorageFault as fault:
            self._connection = self._in_memory(fault)

    def _in_memory(self, fault: StorageFault) -> sqlite3.Connection:
        log.error("the screen keeps nothing on its disk: %s", fault)
        self.fault = fault
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        connection.executescript(_SCHEMA)
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            connection = connect(self._path)
            try:
                self._check(connection)
                self._migrate(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.DatabaseError as error:
            return self._rebuild(str(error))
        except StorageFault as fault:
            if fault.key != "storage.unreadable" or not self._path.exists():
                raise
            return self._rebuild(fault.detail)
        return connection

    @staticmethod
    def _check(connection: sqlite3.Connection) -> None:
        found = connection.execute("pragma quick_check(1)").fetchone()
        if found[0] != "ok":
            raise sqlite3.DatabaseError(str(found[0]))

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StorageFault("storage.newer", self._path.name)
        if version == SCHEMA_VERSION:
            # A file that lost a table reads as whole; use shows it.
            for table in ("mirror", "meta", "outbox"):
                connection.execute(f"select count(*) from {table}").fetchone()
            return
        pre_grow_wal(connection)
        connection.executescript(
            f"begin; {_SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit;"
        )

    def _rebuild(self, why: str) -> sqlite3.Connection:
        log.error("the cache file is broken and is set aside: %s", why)
        saved = _salvage(self._path)
        set_aside(self._path)
        connection = connect(self._path)
        self._migrate(connection)
        with connection:
            connection.executemany(_PUT_ROW, [_values(row) for row in saved])
        self.rebuilt, self.saved = True, saved
        log.warning("%d touches were saved out of the broken cache file", len(saved))
        return connection

    # --------------------------------------------------------------- reading, before any writing

    def documents(self, without: Collection[str] = ()) -> list[Document]:
        """The mirror, but for some kinds. Raises StorageFault when it cannot be read."""
        return self._documents("not in", without)

    def documents_of(self, kinds: Collection[str]) -> list[Document]:
        """The mirror's documents of these kinds. Raises StorageFault when it cannot be read."""
        return self._documents("in", kinds)

    def _documents(self, which: str, kinds: Collection[str]) -> list[Document]:
        places = ", ".join("?" * len(kinds))
        sql = f"select kind, id, seq, body from mirror where kind {which} ({places})"
        rows = self._read(sql, *kinds)
        return [Document(kind, i, seq, msgspec.Raw(body)) for kind, i, seq, body in rows]

    def meta(self) -> dict[str, str]:
        """What is known beside the documents: epoch, cursor, place, last census …"""
        return dict(self._read("select key, value from meta"))

    def touches(self) -> list[TouchRow]:
        """The outbox, oldest first."""
        rows = self._read(f"select {_COLUMNS} from outbox order by number")
        return [TouchRow(**dict(zip(_ROW_FIELDS, row, strict=True))) for row in rows]

    def _read(self, sql: str, *values: str) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StorageFault("storage.unreadable", f"{self._path.name}: {error}") from error

    # ---------------------------------------------------------------------------------- writing

    def put_touch(self, row: TouchRow) -> None:
        """Store or renew one row; on the disk when this returns. Raises StorageFault."""
        if self.fault is not None:
            raise self.fault
        self._writer.run_blocking(lambda: self._guard(lambda db: self._put_rows(db, [row])))

    async def put_touches(self, rows: Iterable[TouchRow]) -> None:
        """The same for several rows, in one transaction, without holding up the screen."""
        wanted = list(rows)
        await self._writer.run(lambda: self._guard(lambda db: self._put_rows(db, wanted)))

    async def drop_touches(self, ids: Iterable[str]) -> None:
        """Forget rows that were kept long enough."""
        gone = [(each,) for each in ids]

        def work(db: "Database") -> None:
            with db.atomic():
                db.conn.executemany("delete from outbox where id = ?", gone)

        await self._writer.run(lambda: self._guard(work))

    def forget(self) -> None:
        """The mirror is gone; off the disk when this returns. Raises StorageFault."""
        gone = Mirrored(replace=True, meta=(("cursor", None), ("his_as_of", None)))
        self._writer.run_blocking(lambda: self._guard(lambda db: self._mirror(db, [gone])))

    async def mirror(self, events: Iterable[Mirrored]) -> None:
        """Bring the mirror and its cursor up to date, all `events` in one transaction."""
        batch = list(events)
        await self._writer.run(lambda: self._guard(lambda db: self._mirror(db, batch)))

    @staticmethod
    def _put_rows(db: "Database", rows: list[TouchRow]) -> None:
        db.conn.execute("pragma synchronous = full")
        with db.atomic():
            for row in rows:
                db.execute(_PUT_ROW, _values(row))

    @staticmethod
    def _mirror(db: "Database", events: list[Mirrored]) -> None:
        # No sync for each write: a kiosk's flash memory lasts longer, and the cursor is lost
        # together with what it stands for.
        db.conn.execute("pragma synchronous = normal")
        with db.atomic():
            for event in events:
                if event.replace:
                    db.execute("delete from mirror")
                for doc in event.documents:
                    db.execute(
                        "insert or replace into mirror (kind, id, seq, body) values (?, ?, ?, ?)",
                        (doc.kind, doc.id, doc.seq, bytes(doc.body)),
                    )
                for gone in event.gone:
                    db.execute("delete from mirror where kind = ? and id = ?", (gone.kind, gone.id))
                for key, value in event.meta:
                    if value is None:
                        db.execute("delete from meta where key = ?", (key,))
                    else:
                        db.execute(
                            "insert or replace into meta (key, value) values (?, ?)", (key, value)
                        )

    def _guard(self, work: Callable[["Database"], T]) -> T:
        """Run `work` on the writer thread's database; an error of the disk becomes ours."""
        try:
            if self._db is None:
                from sqlite_utils import Database  # not before the first frame

                self._db = Database(self._connection)
                # What is deleted is overwritten: a discharged patient leaves no trace.
                self._connection.execute("pragma secure_delete = on")
            return work(self._db)
        except sqlite3.OperationalError as error:
            full = "full" in str(error)
            key = "storage.full" if full else "storage.unreadable"
            raise StorageFault(key, f"{self._path.name}: {error}") from error
        except sqlite3.Error as error:
            raise StorageFault("storage.unreadable", f"{self._path.name}: {error}") from error

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._writer.close()
        self._connection.close()


def _salvage(path: Path) -> tuple[TouchRow, ...]:
    """As many rows of the outbox as a broken file still gives."""
    rows: list[TouchRow] = []
    try:
        connection = sqlite3.connect(path)
    except sqlite3.Error as error:
        log.error("no touch could be read out of the broken cache file: %s", error)
        return ()
    try:
        for row in connection.execute(f"select {_COLUMNS} from outbox order by number"):
            rows.append(TouchRow(**dict(zip(_ROW_FIELDS, row, strict=True))))
    except sqlite3.Error as error:
        log.error("the broken cache file gave %d touches, then: %s", len(rows), error)
    finally:
        connection.close()
    return tuple(rows)


def set_aside(path: Path) -> None:
    """Rename the file and what belongs to it; keep the newest few for whoever looks into it."""
    old = sorted(path.parent.glob(f"{path.name}.broken-*"), key=lambda each: each.name)
    numbers = [int(each.name.rpartition("-")[2]) for each in old]
    number = max(numbers, default=0) + 1
    path.rename(path.with_name(f"{path.name}.broken-{number}"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    for each in path.parent.glob(f"{path.name}.broken-*"):
        if int(each.name.rpartition("-")[2]) <= number - _SET_ASIDE_KEPT:
            each.unlink()
