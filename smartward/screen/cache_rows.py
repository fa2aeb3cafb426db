"""The rows of the cache file: what is in them as they lie there, and as the screen knows them."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from smartward.screen.seal import Seal, Sealed
from smartward.wire.envelope import Document, Gone

WAITING = "waiting"
ANSWERED = "answered"
FOREIGN = "foreign"
UNREADABLE = "unreadable"
MAY_BE_SENT = (WAITING, ANSWERED, "kept")
"""What was answered is sent again to a hub that came back with another history."""
PLACE = ("role", "ward", "place")
"""In meta: whose touches these are. Paired anew at the same place they are so still."""

SCHEMA = """
create table mirror (
    number integer primary key, kind text not null, seq integer not null, stay blob not null,
    sealed blob not null
);
create table meta (key text primary key, value text not null) without rowid;
create table outbox (
    number integer primary key,
    id text not null unique,
    stay blob not null,
    sealed blob not null,
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
"""`stay` is the mark of the key. No name, and no id of a patient or a stay, is in any column."""


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


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One feed event for the mirror: documents, what is gone, and what the meta table keeps."""

    documents: tuple[Document, ...] = ()
    gone: tuple[Gone, ...] = ()
    meta: tuple[tuple[str, str | None], ...] = ()
    replace: bool = False
    """A reset: the whole mirror is replaced in the same transaction."""


OPEN_FIELDS = tuple(name for name in TouchRow.__struct_fields__ if name not in ("id", "body"))
"""What of a touch is not sealed: how far it is, not what it is about."""
COLUMNS = ", ".join(("id", "stay", "sealed", *OPEN_FIELDS))
_MUTABLE = ("stay", "sealed", "state", "attempts", "resent", "seq", "epoch", "answered_at")
PUT = (
    f"insert into outbox ({COLUMNS}) values ({', '.join('?' * (3 + len(OPEN_FIELDS)))}) "
    f"on conflict (id) do update set {', '.join(f'{n} = excluded.{n}' for n in _MUTABLE)}"
)


def touches(connection: sqlite3.Connection, seal: Seal) -> list[TouchRow]:
    """The outbox, oldest first. What cannot be opened has no body; what is only closed to this run
    is not lost, and is left out: it stays as it is. Raises sqlite3.Error."""
    found = []
    for id, stay, sealed, *rest in connection.execute(
        f"select {COLUMNS} from outbox order by number"
    ):
        if stay in seal.keys.closed:
            continue
        try:
            body = seal.open_touch(stay, id, sealed)
        except (Sealed, TypeError):
            body = b""
        found.append(TouchRow(id=id, body=body, **dict(zip(OPEN_FIELDS, rest, strict=True))))
    return found


def disown(connection: sqlite3.Connection) -> None:
    """What lies there is another place's: none of it is sent, nor again. Within the caller's
    transaction; raises sqlite3.Error."""
    marks = ", ".join("?" * len(MAY_BE_SENT))
    connection.execute(
        f"update outbox set state = ? where state in ({marks})", (FOREIGN, *MAY_BE_SENT)
    )


def closed_touches(connection: sqlite3.Connection, seal: Seal) -> int:
    """How many rows of the outbox another run can open, and this one cannot. Raises
    sqlite3.Error."""
    marks = connection.execute("select stay from outbox").fetchall()
    return sum(mark in seal.keys.closed for (mark,) in marks)


def put(
    connection: sqlite3.Connection,
    seal: Seal,
    rows: Iterable[TouchRow],
    is_here: Callable[[str], bool],
) -> None:
    """Write rows, within the caller's transaction. Of a stay that is not here any more one is kept
    only while it waits for a hub."""
    for row in rows:
        open_part = [getattr(row, name) for name in OPEN_FIELDS]
        if row.state == UNREADABLE:
            # What nobody can open is left as it is.
            connection.execute(
                "update outbox set state = ?, answered_at = ? where id = ?",
                (row.state, row.answered_at, row.id),
            )
            continue
        stay = seal.stay_of_touch(row.body)
        if stay is not None and row.state != WAITING and not is_here(stay):
            connection.execute("delete from outbox where id = ?", (row.id,))
            continue
        key = seal.keys.nobody() if stay is None else seal.keys.of_stay(stay)
        seal.keys.sync()
        sealed = seal.touch(key, row.id, row.body)
        connection.execute(PUT, (row.id, key.mark, sealed, *open_part))
