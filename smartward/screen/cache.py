"""What a screen keeps over a power cut: the mirror of its view, how far it got, and the outbox.

One SQLite file with one writer thread, and beside it the key file: what is of a patient is sealed
with the key of the stay (`seal.py`). The mirror may lose its last moments in a power cut (the feed
brings them again, from the cursor that was lost with them); a touch may not, and is synced to the
disk.
"""

import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from smartward.errors import StorageFault
from smartward.screen import cache_rows
from smartward.screen.cache_beside import beside, is_newer, keys_of, take_over
from smartward.screen.cache_file import SCHEMA_VERSION, open_file
from smartward.screen.cache_forget import settle
from smartward.screen.cache_mirror import MirrorRows
from smartward.screen.cache_rows import SCHEMA
from smartward.screen.cache_rows import Mirrored as Mirrored
from smartward.screen.cache_rows import TouchRow as TouchRow
from smartward.screen.seal import Seal, Sealed
from smartward.screen.seal_keys import KeyFile
from smartward.storage import Writer, connect, fault_of
from smartward.wire.envelope import Document

log = logging.getLogger("smartward.screen.cache")

T = TypeVar("T")


class Cache:
    """The file. Reading is for the start; everything after goes through the writer thread."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open or make `path` and the key file beside it; a broken file is set aside, its outbox
        saved into the new one. `read_only`: somebody else's files stay as they are.

        Without a usable disk the screen runs on, from memory: `fault` tells it, no touch is
        taken, and `put_touch` raises the fault. Where a newer release has the file, that stays as
        it is, and this one keeps its own beside it (`before`).
        """
        self._path = path
        self._writer = Writer("screen cache")
        self.fault: StorageFault | None = None
        """Why nothing is kept on the disk, None when all is well. Set by fault tests too."""
        self.rebuilt = False
        """The file was broken: the mirror begins anew."""
        self.before = False
        """The data folder is a newer release's: what waits there waits for that one."""
        self._whose: Mirrored | None = None
        """What a move to another place changes; the last that this run heard of."""
        self._whose_written: Mirrored | None = None
        """The last of them that is in the file. The writer's thread alone sets it: done twice, it
        would take a touch for the former place's that was made between."""
        try:
            self._open_ours(path, read_only)
        except (OSError, sqlite3.Error) as error:
            self._in_memory(StorageFault("storage.unreadable", str(error)))
        except StorageFault as fault:
            self._in_memory(fault)
        self._seal = Seal(self._keys)
        self._mirror_rows = MirrorRows(self._connection, self._seal)
        if not (read_only or self.before or self.fault):
            self._take_over()

    def _open_ours(self, path: Path, read_only: bool) -> None:
        try:
            self._open(path, read_only)
        except StorageFault as fault:
            if fault.key != "storage.newer":
                raise
            self.before, self._path = True, beside(path)
            log.error(
                "a newer release has %s: it stays as it is, with the touches that wait there, until"
                " that release runs again; this one keeps its own in %s",
                path.name,
                self._path.name,
            )
            self._open(self._path, read_only)

    def _open(self, path: Path, read_only: bool) -> None:
        if is_newer(path):
            raise StorageFault("storage.newer", path.name)
        if read_only:
            self._keys = KeyFile(keys_of(path), read_only=True)
            self._connection = _looked_into(path) if path.exists() else _empty()
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keys = KeyFile(keys_of(path))
        try:
            self._connection, self.rebuilt = open_file(path, Seal(self._keys))
        except BaseException:
            self._keys.close()
            raise

    def _take_over(self) -> None:
        try:
            take_over(self._path, self._connection, self._seal, self._mirror_rows)
        except (OSError, sqlite3.Error, StorageFault) as error:
            log.error("what an older release kept is not taken over yet: %s", error)

    def _in_memory(self, fault: StorageFault) -> None:
        log.error("the screen keeps nothing on its disk: %s", fault)
        self.fault = fault
        self._keys = KeyFile(None)
        self._connection = _empty()

    # --------------------------------------------------------------- reading, before any writing

    def documents(self, without: Collection[str] = ()) -> list[Document]:
        """The mirror, but for some kinds. Raises StorageFault when it cannot be read."""
        return self._read(lambda: self._mirror_rows.read("not in", without))

    def documents_of(self, kinds: Collection[str]) -> list[Document]:
        """The mirror's documents of these kinds. Raises StorageFault when it cannot be read."""
        return self._read(lambda: self._mirror_rows.read("in", kinds))

    def meta(self) -> dict[str, str]:
        """What is known beside the documents: epoch, cursor, place, last census …"""
        rows: list[Any] = self._read(
            lambda: self._connection.execute("select key, value from meta").fetchall()
        )
        return dict(rows)

    def touches(self) -> list[TouchRow]:
        """The outbox, oldest first; a touch whose key is gone has no body."""
        return self._read(lambda: cache_rows.touches(self._connection, self._seal))

    def closed_touches(self) -> int:
        """How many touches lie there for a run that is given the key which wraps their keys."""
        return self._read(lambda: cache_rows.closed_touches(self._connection, self._seal))

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except (sqlite3.Error, Sealed) as error:
            raise StorageFault("storage.unreadable", f"{self._path.name}: {error}") from error

    # ---------------------------------------------------------------------------------- writing

    def another_place(self, whose: Mapping[str, str]) -> None:
        """It is another place's from now on: `whose` in meta. What was mirrored is not, nor is any
        touch that lies there. It is written in one transaction with whatever is written next, which
        a failing disk takes with it or not at all: touches of two places never lie in the file as
        if they were of one, nor does the view of the former under the name of the new one."""
        gone = dict.fromkeys(("cursor", "his_as_of"))
        self._whose = Mirrored(replace=True, meta=tuple({**gone, **whose}.items()))

    def put_touch(self, row: TouchRow) -> None:
        """Store or renew one row; on the disk when this returns. Raises StorageFault."""
        if self.fault is not None:
            raise self.fault
        whose = self._whose
        self._writer.run_blocking(lambda: self._guard(lambda: self._put_rows([row], whose)))

    async def put_touches(self, rows: Iterable[TouchRow]) -> None:
        """The same for several rows, in one transaction, without holding up the screen."""
        wanted, whose = list(rows), self._whose

        def work() -> None:
            self._put_rows(wanted, whose)
            self._settle()

        await self._writer.run(lambda: self._guard(work))

    async def drop_touches(self, ids: Iterable[str]) -> None:
        """Forget rows that were kept long enough."""
        gone = [(each,) for each in ids]

        def work() -> None:
            with self._connection:
                self._connection.executemany("delete from outbox where id = ?", gone)
            self._settle()

        await self._writer.run(lambda: self._guard(work))

    def forget(self) -> None:
        """The mirror is gone, and the keys of all that were in it; off the disk when this returns.
        Raises StorageFault."""
        gone = Mirrored(replace=True, meta=(("cursor", None), ("his_as_of", None)))
        self._writer.run_blocking(lambda: self._guard(lambda: self._mirror([gone])))

    async def mirror(self, events: Iterable[Mirrored]) -> None:
        """Bring the mirror and its cursor up to date, all `events` in one transaction. Whose stay
        is not in it any more is forgotten when this returns."""
        batch, whose = list(events), self._whose
        await self._writer.run(lambda: self._guard(lambda: self._mirror(batch, whose)))

    def _put_rows(self, rows: list[TouchRow], whose: Mirrored | None) -> None:
        self._connection.execute("pragma synchronous = full")
        with self._written(whose):
            cache_rows.put(self._connection, self._seal, rows, self._mirror_rows.is_here)

    def _mirror(self, events: list[Mirrored], whose: Mirrored | None = None) -> None:
        # No sync for each write: a kiosk's flash memory lasts longer, and the cursor is lost
        # together with what it stands for.
        self._connection.execute("pragma synchronous = normal")
        try:
            with self._written(whose):
                self._mirror_rows.apply(events)
                self._keys.sync()
        except BaseException:
            self._mirror_rows.unsure()
            raise
        self._settle()

    @contextmanager
    def _written(self, whose: Mirrored | None) -> Iterator[None]:
        """One transaction, and in it first of all whose the file was when the write was asked for:
        what was queued before a move is of the former place."""
        if whose is None or whose is self._whose_written:
            with self._connection:
                yield
            return
        try:
            with self._connection:
                cache_rows.disown(self._connection)
                self._mirror_rows.apply([whose])
                yield
        except BaseException:
            self._mirror_rows.unsure()
            raise
        self._whose_written = whose

    def _settle(self) -> None:
        settle(self._connection, self._seal, self._mirror_rows)

    def _guard(self, work: Callable[[], T]) -> T:
        """Run `work` on the writer thread; an error of the disk becomes ours."""
        try:
            return work()
        except sqlite3.OperationalError as error:
            full = "full" in str(error)
            key = "storage.full" if full else "storage.unreadable"
            raise StorageFault(key, f"{self._path.name}: {error}") from error
        except sqlite3.Error as error:
            raise StorageFault("storage.unreadable", f"{self._path.name}: {error}") from error
        except OSError as error:
            raise fault_of(error, keys_of(self._path)) from error

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._writer.close()
        self._connection.close()
        self._keys.close()


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.executescript(SCHEMA)
    return connection


def _looked_into(path: Path) -> sqlite3.Connection:
    connection = connect(path, read_only=True)
    version = connection.execute("pragma user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        connection.close()
        key = "storage.newer" if version > SCHEMA_VERSION else "storage.unreadable"
        raise StorageFault(key, f"{path.name} is of another version")
    return connection
