"""The cache file's start: its tables, a broken one, and one of before its bodies were sealed."""

import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from smartward.errors import StorageFault
from smartward.screen.cache_rows import COLUMNS, OPEN_FIELDS, PUT, SCHEMA
from smartward.screen.seal import Seal
from smartward.storage import connect, overwrite, pre_grow_wal, sync
from smartward.wire.envelope import Document

log = logging.getLogger("smartward.screen.cache")

SCHEMA_VERSION = 2
_UNSEALED = 1
"""The version whose bodies lay there in plain text."""
_TABLES = ("mirror", "meta", "outbox")
_SET_ASIDE_KEPT = 2
_SQLITE = b"SQLite format 3\0"
_VERSION_AT = 60
"""Where SQLite's header has `user_version`, four bytes."""
_SCRUBBING = "scrubbing"
"""In meta while plain text of before may still lie in the file or its log."""
_PLAIN_ROWS = f"select id, body, {', '.join(OPEN_FIELDS)} from outbox order by number"
_SEALED_ROWS = f"select {COLUMNS} from outbox order by number"

Row = tuple[Any, ...]


def open_file(path: Path, seal: Seal) -> tuple[sqlite3.Connection, bool]:
    """The file, with its tables, and whether it had to be begun anew. Raises StorageFault,
    sqlite3.Error and OSError."""
    if _whole(path).exists():
        _replace(path)  # the power went while a broken one was being replaced
    shred(_fresh(path))
    try:
        return _checked(path, seal), False
    except sqlite3.DatabaseError as error:
        why = str(error)
    except StorageFault as fault:
        if fault.key != "storage.unreadable" or not path.exists():
            raise
        why = fault.detail
    return _rebuilt(path, seal, why), True


def _checked(path: Path, seal: Seal) -> sqlite3.Connection:
    connection = connect(path)
    try:
        connection.execute("pragma secure_delete = on")
        found = connection.execute("pragma quick_check(1)").fetchone()
        if found[0] != "ok":
            raise sqlite3.DatabaseError(str(found[0]))
        _migrate(connection, path, seal)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, seal: Seal) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise StorageFault("storage.newer", path.name)
    if version == 0:
        _create(connection)
        return
    # A file that lost a table reads as whole; use shows it.
    for table in _TABLES:
        connection.execute(f"select count(*) from {table}").fetchone()
    if version == _UNSEALED:
        _seal_all(connection, seal)
    if connection.execute("select 1 from meta where key = ?", (_SCRUBBING,)).fetchone():
        scrub(connection, path)
        with connection:
            connection.execute("delete from meta where key = ?", (_SCRUBBING,))


def _create(connection: sqlite3.Connection) -> None:
    pre_grow_wal(connection)
    connection.executescript(f"begin; {SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit;")


# ---------------------------------------------------------------------- of before it was sealed


def _seal_all(connection: sqlite3.Connection, seal: Seal) -> None:
    """Seal what lies there in plain text: all of it, or after a power cut nothing."""
    documents = [
        Document(kind, id, seq, msgspec.Raw(body))
        for kind, id, seq, body in connection.execute("select kind, id, seq, body from mirror")
    ]
    touches = [_sealed_touch(seal, row) for row in connection.execute(_PLAIN_ROWS)]
    keys = [seal.key_of(document) for document in documents]
    seal.keys.sync()
    connection.execute("begin immediate")
    with connection:
        for table in ("mirror", "outbox"):
            connection.execute(f"drop table {table}")
        connection.execute("alter table meta rename to meta_before")
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute("insert into meta select key, value from meta_before")
        connection.execute("drop table meta_before")
        connection.execute("insert into meta (key, value) values (?, '1')", (_SCRUBBING,))
        connection.executemany(
            "insert into mirror (number, kind, seq, stay, sealed) values (?, ?, ?, ?, ?)",
            [
                (n, one.kind, one.seq, key.mark, seal.document(key, n, one))
                for n, (one, key) in enumerate(zip(documents, keys, strict=True), start=1)
            ],
        )
        connection.executemany(PUT, touches)
        connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
    log.info("%d documents and %d touches are sealed now", len(documents), len(touches))


def _sealed_touch(seal: Seal, row: Row) -> Row:
    id, body, *rest = row
    body = body if isinstance(body, bytes) else str(body).encode()
    stay = seal.stay_of_touch(body)
    key = seal.keys.nobody() if stay is None else seal.keys.of_stay(stay)
    return (id, key.mark, seal.touch(key, id, body), *rest)


def scrub(connection: sqlite3.Connection, path: Path) -> None:
    """Overwrite what lay there in plain text: pages that were given up are zeros already, by
    `secure_delete`; the log is written over from its beginning with zeros. Older files that were
    set aside go whole."""
    shred_aside(path)
    shred(_fresh(path))
    log_file = path.with_name(f"{path.name}-wal")
    connection.execute("pragma wal_checkpoint(restart)").fetchone()
    size = log_file.stat().st_size if log_file.exists() else 0
    connection.execute("create table if not exists wal_filler (filler blob)")
    with connection:
        connection.execute("insert into wal_filler values (zeroblob(?))", (size + 65536,))
    with connection:
        connection.execute("delete from wal_filler")
    connection.execute("pragma wal_checkpoint(truncate)").fetchone()


def shred_aside(path: Path) -> None:
    """Overwrite and remove what was set aside of a file (`set_aside`). Raises OSError."""
    for aside in path.parent.glob(f"{path.name}.broken-*"):
        shred(aside)


def shred(path: Path) -> None:
    """Overwrite a file and what SQLite has beside it, and remove them. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.is_file() and not file.is_symlink():
            overwrite(file)


# ------------------------------------------------------------------------------------- broken


def _rebuilt(path: Path, seal: Seal, why: str) -> sqlite3.Connection:
    """A new file with the touches that the broken one still gives. The broken one gives way only
    once they are on the disk, under a name that the next start goes by: from then on nothing is
    read out of the broken one. One in plain text is overwritten, not set aside."""
    log.error("the cache file is broken and is set aside: %s", why)
    rows = _salvaged(path, seal)
    seal.keys.sync()
    fresh = _fresh(path)
    connection = connect(fresh)
    try:
        connection.execute("pragma secure_delete = on")
        _create(connection)
        with connection:
            connection.executemany(PUT, rows)
            if not _is_sealed(path):
                scrubbing = "insert into meta (key, value) values (?, '1')"
                connection.execute(scrubbing, (_SCRUBBING,))
        connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    finally:
        connection.close()
    sync(fresh)
    fresh.replace(_whole(path))
    sync(path.parent)
    _replace(path)
    log.warning("%d touches were saved out of the broken cache file", len(rows))
    return _checked(path, seal)


def _replace(path: Path) -> None:
    """The broken file, or what a power cut has left of it, gives way to the new one. Nothing may be
    left beside it: SQLite would take an older log for the new file's."""
    if path.exists() and _is_sealed(path):
        set_aside(path)
    shred(path)
    sync(path.parent)
    _whole(path).replace(path)
    sync(path.parent)


def _fresh(path: Path) -> Path:
    """Where the file that is to replace a broken one is being written."""
    return path.with_name(f"{path.name}.new")


def _whole(path: Path) -> Path:
    """Where it is once all that the broken one gave is in it."""
    return path.with_name(f"{path.name}.next")


def version_of(path: Path) -> int:
    """The version that a database's header tells, 0 of what is none. Raises OSError."""
    with path.open("rb") as file:
        is_one = file.read(len(_SQLITE)) == _SQLITE
    return _told_version(path) if is_one else 0


def _is_sealed(path: Path) -> bool:
    return _told_version(path) >= SCHEMA_VERSION


def _told_version(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(_VERSION_AT + 4)
    return int.from_bytes(head[_VERSION_AT:], "big")


def _salvaged(path: Path, seal: Seal) -> list[Row]:
    """As many rows of the outbox as a broken file still gives, sealed."""
    try:
        connection = sqlite3.connect(path)
    except sqlite3.Error as error:
        log.error("no touch could be read out of the broken cache file: %s", error)
        return []
    try:
        names = {row[1] for row in connection.execute("pragma table_info(outbox)")}
        if "sealed" in names:
            return _as_many(connection.execute(_SEALED_ROWS))
        plain = _as_many(connection.execute(_PLAIN_ROWS))
        return [_sealed_touch(seal, row) for row in plain]
    except sqlite3.Error as error:
        log.error("no touch could be read out of the broken cache file: %s", error)
        return []
    finally:
        connection.close()


def _as_many(found: Iterable[Row]) -> list[Row]:
    rows: list[Row] = []
    try:
        rows.extend(found)
    except sqlite3.Error as error:
        log.error("the broken cache file gave %d touches, then: %s", len(rows), error)
    return rows


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
