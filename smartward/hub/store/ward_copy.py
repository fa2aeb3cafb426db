"""A ward's store as one file, and a file as a ward's store: whatever keeps it.

The file is a hub's own on SQLite: what reads one of those reads it, and a ward can be taken from a
file into a database and back.
"""

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartward.errors import Misconfigured, StorageFault
from smartward.hub.store.sqlite import SqliteStore
from smartward.storage import connect, fault_of, sync

OF_HUBS = frozenset({"lease", "hub_here", "listening"})
"""What is of the hubs that run, not of the ward: never copied."""
AT_ONCE = 2000
"""Rows that are in memory on their way."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A table to copy: its columns in order, those that hold bytes, and what orders its rows."""

    table: str
    names: tuple[str, ...]
    blobs: frozenset[str]
    order: str

    @property
    def listed(self) -> str:
        """Its columns with commas."""
        return ", ".join(self.names)


def shape(file: sqlite3.Connection) -> list[Columns]:
    """What is to be copied, as this version has it."""
    found = []
    listed = file.execute("select name from sqlite_master where type = 'table' order by name")
    for (table,) in listed.fetchall():
        if table in OF_HUBS or table.startswith(("sqlite_", "_", "wal_")):
            continue
        columns = file.execute(f"pragma table_info({table})").fetchall()
        names = tuple(column[1] for column in columns)
        blobs = frozenset(column[1] for column in columns if column[2].lower() == "blob")
        if table == "history":
            names = ("rowid", *names)
        found.append(Columns(table, names, blobs, names[0]))
    return found


@contextlib.contextmanager
def empty_file(target: Path) -> Iterator[sqlite3.Connection]:
    """A file with empty tables that becomes `target` when all went well, and not before. Its rules
    of what is never changed hold from then on. Raises StorageFault."""
    made = target.with_name(f"{target.name}.new")
    forget(made)
    try:
        SqliteStore.open(made).close()
        connection = connect(made)
        try:
            with connection, _without_rules(connection):
                connection.execute("delete from meta")
                yield connection
            _in_one_file(connection)
        finally:
            connection.close()
        sync(made)
        os.replace(made, target)
        sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise fault_of(error, target) from error
    finally:
        forget(made)


@contextlib.contextmanager
def _without_rules(connection: sqlite3.Connection) -> Iterator[None]:
    rules = connection.execute(
        "select name, sql from sqlite_master where type = 'trigger'"
    ).fetchall()
    for name, _ in rules:
        connection.execute(f"drop trigger {name}")
    yield
    for _, rule in rules:
        connection.execute(rule)


def forget(file: Path) -> None:
    """Take a file away with what lies beside it."""
    for part in ("", "-wal", "-shm", "-journal"):
        file.with_name(f"{file.name}{part}").unlink(missing_ok=True)


def put(connection: sqlite3.Connection, columns: Columns, rows: Iterable[Any]) -> int:
    """Rows into a file's table; gives how many."""
    marks = ", ".join("?" * len(columns.names))
    statement = f"insert into {columns.table} ({columns.listed}) values ({marks})"
    return connection.executemany(statement, rows).rowcount


def taken(file: sqlite3.Connection, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """A table's rows in their order."""
    statement = f"select {columns.listed} from {columns.table} order by {columns.order}"
    blobs = [n for n, name in enumerate(columns.names) if name in columns.blobs]
    for row in file.execute(statement):
        values = list(row)
        for n in blobs:
            if isinstance(values[n], str):
                values[n] = values[n].encode()
        yield tuple(values)


@contextlib.contextmanager
def of_this_version(file: Path, ward: str) -> Iterator[sqlite3.Connection]:
    """A copy of a backup with the tables of this version; the file stays as it is. Raises
    Misconfigured when it holds another ward, StorageFault when it cannot be used."""
    if not file.is_file():
        raise Misconfigured("hub.no_backup", str(file), file=str(file))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        try:
            _copied(file, copy)
            SqliteStore.open(copy).close()
        except StorageFault as fault:
            if fault.key != "storage.unreadable":
                raise
            raise StorageFault("hub.backup_damaged", fault.detail, file=str(file)) from fault
        connection = connect(copy)
        try:
            wards = [row[0] for row in connection.execute("select ward from sequence")]
            if ward not in wards:
                raise Misconfigured(
                    "hub.backup_of_another", str(wards), ward=ward, wards=", ".join(wards) or "–"
                )
            yield connection
        finally:
            connection.close()


def wards_in(file: Path) -> list[str]:
    """The wards of a hub's file, also of one that a hub has open. Raises StorageFault."""
    try:
        with contextlib.closing(connect(file, read_only=True)) as reading:
            return [row[0] for row in reading.execute("select ward from sequence order by ward")]
    except sqlite3.Error as error:
        raise fault_of(error, file) from error


def file_to_file(source: Path, target: Path) -> None:
    """A consistent copy that is there whole or not at all, also of a file that a hub has open.
    Raises StorageFault."""
    made = target.with_name(f"{target.name}.new")
    forget(made)
    try:
        _copied(source, made)
        sync(made)
        os.replace(made, target)
        sync(target.parent)
    except OSError as error:
        raise fault_of(error, target) from error
    finally:
        forget(made)


def _copied(file: Path, copy: Path) -> None:
    reading = connect(file, read_only=True)
    try:
        writing = connect(copy)
        try:
            reading.backup(writing)
            _in_one_file(writing)
        except sqlite3.Error as error:
            raise fault_of(error, file) from error
        finally:
            writing.close()
    finally:
        reading.close()


def _in_one_file(connection: sqlite3.Connection) -> None:
    """All that was written, without a log beside it."""
    connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    connection.execute("pragma journal_mode = delete").fetchone()
