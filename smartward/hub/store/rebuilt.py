"""Writes as their hub told them, put together again from the history: for the other hubs."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from smartward.hub.store.model import Committed, Departure, Execute, Scope, Stored
from smartward.hub.store.tx import OF_ENCOUNTER

_VERSIONS = (
    "select h.seq, h.at, h.kind, h.id, h.body, h.bed, h.room, h.encounter,"
    " o.body is not null, o.bed, o.room, o.encounter"
    " from history as h left join history as o on o.rowid = ("
    "select p.rowid from history as p where p.ward = h.ward and p.kind = h.kind and p.id = h.id"
    " and p.seq <= h.seq and p.rowid < h.rowid order by p.seq desc, p.rowid desc limit 1)"
)
"""Each version with the one before it: what it left follows from both."""
_ROWS = f"{_VERSIONS} where h.ward = ? and h.seq > ? and h.seq <= ? order by h.rowid"
_BEHIND = (
    f"{_VERSIONS} where h.rowid > ? and +h.ward = ? and h.seq > ? and h.seq <= ? order by h.rowid"
)
"""A file has no index by the numbers of writes; the + keeps it from reading the ward's whole
history by another one."""


_BEYOND = (
    "select seq from history where ward = ? and seq > ? and seq <= ? order by seq limit 1 offset ?"
)


def last_row(execute: Execute) -> int:
    """The number of the newest row of a file's history, 0 where it has none."""
    found = execute("select max(rowid) from history", ()).fetchone()
    return 0 if found is None or found[0] is None else int(found[0])


def reach(execute: Execute, ward: str, after: int, head: int, most: int) -> int:
    """Up to which write behind `after` of those up to `head` a portion goes: of whole writes, with
    `most` of them and of their documents at most, or of one write that alone is larger."""
    last = min(after + most, head)
    if last == after + 1:
        return last
    beyond = execute(_BEYOND, (ward, after, last, most)).fetchone()
    return last if beyond is None else max(after + 1, int(beyond[0]) - 1)


def rebuilt(
    execute: Execute, ward: str, after: int, head: int, now: datetime, behind: int | None = None
) -> list[Committed]:
    """The writes of a ward behind `after` up to `head`, none left out. One that changed no document
    is told as of `now`. `behind`: the row (`last_row`) behind which they all are in a file."""
    if behind is None:
        rows = execute(_ROWS, (ward, after, head)).fetchall()
    else:
        rows = execute(_BEHIND, (behind, ward, after, head)).fetchall()
    found = {seq: _write(ward, seq, list(of)) for seq, of in groupby(rows, lambda row: int(row[0]))}
    return [
        found.get(seq) or Committed(ward, seq, now, [], [], [])
        for seq in range(after + 1, head + 1)
    ]


def _write(ward: str, seq: int, rows: list[Any]) -> Committed:
    changed: dict[tuple[str, str], Stored] = {}
    gone: dict[tuple[str, str], None] = {}
    departures: list[Departure] = []
    bereft: set[str] = set()
    for _, at, kind, id, body, bed, room, encounter, was, *before in rows:
        key = (kind, id)
        changed.pop(key, None)
        if body is None:
            gone[key] = None
        else:
            gone.pop(key, None)
            changed[key] = Stored(kind, id, seq, bed, room, body, at, encounter)
        if not was:
            continue
        now_at = (None, None) if body is None else (bed, room)
        departures += (
            Departure(kind, id, scope, place, seq, at) for scope, place in _left(before, now_at)
        )
        whose = before[2]
        if kind in OF_ENCOUNTER and whose is not None and (body is None or whose != encounter):
            bereft.add(whose)
    at = datetime.fromisoformat(rows[0][1])
    return Committed(
        ward, seq, at, list(changed.values()), list(gone), departures, frozenset(bereft)
    )


def _left(
    before: list[str | None], now_at: tuple[str | None, str | None]
) -> Iterator[tuple[Scope, str]]:
    scopes: tuple[Scope, Scope] = ("bed", "room")
    for scope, old, new in zip(scopes, before, now_at, strict=False):
        if old is not None and old != new:
            yield scope, old
