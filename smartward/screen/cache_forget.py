"""What becomes of keys when a stay has left this screen: discharged, moved, or another lies here.

Its rows are deleted and its key is overwritten. What still waits for a hub (a call is never lost)
goes over to a new key before that, and that one is overwritten when the last of it is told. What is
nobody's is sealed anew as well: a bed's document says who lay there.

The order holds at any power cut: new keys are on the disk before a row is sealed with them, and
rows are off the disk before their key is overwritten. What was cut short is done at the next start.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from smartward.screen.cache_mirror import TURN_DUE, MirrorRows
from smartward.screen.cache_rows import WAITING
from smartward.screen.seal import Seal, Sealed
from smartward.screen.seal_keys import NOBODY, STAY, Key, KeyFile

log = logging.getLogger("smartward.screen.seal")


def settle(connection: sqlite3.Connection, seal: Seal, rows: MirrorRows) -> None:
    """Overwrite every key whose stay has left, and what else is old. On the writer's thread,
    outside of a transaction; raises sqlite3.Error and OSError, and is then to be done again."""
    stays = rows.stays
    if stays is None:
        return
    keys = seal.keys
    for stay in stays:
        keys.find(stay)
    old, empty = [], []
    for key in keys.all(STAY):
        if key.name is not None and key.name in stays:
            key.young = False
            if keys.find(key.name) is not key:
                old.append(key)
        elif not _is_used(connection, key):
            empty.append(key)
        elif not key.young:
            old.append(key)
    nobodys = keys.all(NOBODY)
    for key in nobodys:
        if key.young and _is_used(connection, key):
            key.young = False
    # Whose stay was here had more than what is there now: what is nobody's told of it, too.
    left = [*old, *(key for key in empty if not key.young)]
    due = connection.execute("select 1 from meta where key = ?", (TURN_DUE,)).fetchone()
    if left or len(nobodys) > 1 or due:
        _turn(connection, seal, rows, left, nobodys)
    over = [key for key in keys.all(STAY) if key.young and not _is_used(connection, key)]
    _erase_unused(connection, keys, over)


def _erase_unused(connection: sqlite3.Connection, keys: KeyFile, unused: list[Key]) -> None:
    if unused:
        # The write that took the last row of theirs away was not synced.
        with _synced(connection, keys):
            pass
        connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        keys.erase(unused)


@contextmanager
def _synced(connection: sqlite3.Connection, keys: KeyFile) -> Iterator[None]:
    """A transaction that is on the disk when this is left, and all that were before it. Rows
    without their key would be a mirror with holes, which nobody draws."""
    connection.execute("pragma synchronous = full")
    with connection:
        turn = str(keys.nobody().turn)  # without any change SQLite would sync nothing
        connection.execute("insert or replace into meta (key, value) values ('keys', ?)", (turn,))
        yield


def _is_used(connection: sqlite3.Connection, key: Key) -> bool:
    for table in ("mirror", "outbox"):
        if connection.execute(f"select 1 from {table} where stay = ?", (key.mark,)).fetchone():
            return True
    return False


def _turn(
    connection: sqlite3.Connection,
    seal: Seal,
    rows: MirrorRows,
    left: list[Key],
    nobodys: list[Key],
) -> None:
    keys = seal.keys
    newest = keys.nobody()
    tried = [key for key in nobodys if key is not newest and not _is_used(connection, key)]
    _erase_unused(connection, keys, tried)
    next_nobody = _unused(connection, newest) or keys.fresh(NOBODY)
    nobodys = [key for key in nobodys if key is not next_nobody and key not in tried]
    into = dict.fromkeys((key.mark for key in nobodys), next_nobody)
    gone = [key for key in left if key.name is None or not rows.is_here(key.name)]
    for key in left:
        if _is_used(connection, key):
            into[key.mark] = _next(connection, keys, key, here=key not in gone)
    keys.sync()
    connection.execute("pragma secure_delete = on")
    with _synced(connection, keys):
        connection.execute("delete from meta where key = ?", (TURN_DUE,))
        for key in gone:
            told = (key.mark, WAITING)
            connection.execute("delete from outbox where stay = ? and state <> ?", told)
        _move(connection, seal, into)
    connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    keys.erase([*left, *nobodys])


def _next(connection: sqlite3.Connection, keys: KeyFile, key: Key, *, here: bool) -> Key:
    """What seals instead of a key that goes."""
    name = key.name or key.mark.hex()
    newest = keys.find(name)
    if newest is not None and not here:
        newest = _unused(connection, newest)
    return newest or keys.fresh(STAY, name)


def _unused(connection: sqlite3.Connection, key: Key) -> Key | None:
    """A key that was made for what a failing disk then did not take: each try would leave one more
    otherwise. None where it is another."""
    return key if key.young and not _is_used(connection, key) else None


def _move(connection: sqlite3.Connection, seal: Seal, into: dict[bytes, Key]) -> None:
    """Seal every row of these keys (by their marks) with another."""
    for mark, key in into.items():
        found = connection.execute(
            "select number, kind, seq, stay, sealed from mirror where stay = ?", (mark,)
        ).fetchall()
        for row in found:
            try:
                anew = seal.document_anew(key, row)
            except Sealed:
                # A rotten block. Nobody can open it; it heals with the next document in its place,
                # and a start before that asks for everything, as for any mirror with a hole.
                log.error("a row of the mirror cannot be opened and stays as it is")
                continue
            connection.execute(
                "update mirror set stay = ?, sealed = ? where number = ?",
                (key.mark, anew, row[0]),
            )
        touches = connection.execute(
            "select id, stay, sealed from outbox where stay = ?", (mark,)
        ).fetchall()
        for touch in touches:
            try:
                anew = seal.touch_anew(key, touch)
            except Sealed:
                continue  # nobody could open it before either
            connection.execute(
                "update outbox set stay = ?, sealed = ? where id = ?", (key.mark, anew, touch[0])
            )
