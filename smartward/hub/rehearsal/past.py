"""The recorded past of a ward as a script: how everything stood, then what changed.

It is read in portions, each a snapshot of its own: the hub that writes the file meanwhile is not
held up, and a week needs no more memory than an hour.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from smartward.hub.facts import DEPENDENT
from smartward.hub.rehearsal.replay import KINDS, Change
from smartward.hub.store.history_table import HistoryRow
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader

Rows = list[HistoryRow]
Read = Callable[[Callable[[Reader], Rows]], Rows]
"""Runs a function on a snapshot of the file."""

_PORTION = 2000
_OF_STAY = frozenset({*DEPENDENT, "encounter"})


class _Told(msgspec.Struct):
    """What a document says of its place: rows of a former version have it nowhere else."""

    bed_id: str | None = None
    encounter_id: str | None = None


def past(read: Read, ward: str, places: tuple[int, int], since: datetime) -> Iterator[Change]:
    """How everything stood before the first of these places in the history, as one write at
    `since`; then all that changed up to the last."""
    for kind in sorted(KINDS):
        for row in _standing(read, ward, kind, places[0]):
            if row.body is not None:
                yield _change(row, since, write=0)
    for row in _written(read, ward, places):
        yield _change(row, max(row.at, since), write=row.seq)


def _standing(read: Read, ward: str, kind: str, before: int) -> Iterator[HistoryRow]:
    last = ""
    while True:
        rows = _standing_portion(read, ward, kind, before, last)
        yield from rows
        if len(rows) < _PORTION:
            return
        last = rows[-1].id


def _standing_portion(read: Read, ward: str, kind: str, before: int, last: str) -> Rows:
    return read(lambda tx: tx.history_standing(ward, kind, before, last, _PORTION))


def _written(read: Read, ward: str, places: tuple[int, int]) -> Iterator[HistoryRow]:
    first, last = places
    while first <= last:
        rows = _written_portion(read, ward, (first, last))
        yield from rows
        if len(rows) < _PORTION:
            return
        first = rows[-1].n + 1


def _written_portion(read: Read, ward: str, places: tuple[int, int]) -> Rows:
    return read(lambda tx: tx.history_rows(ward, places, KINDS, _PORTION))


def _change(row: HistoryRow, at: datetime, write: int) -> Change:
    bed, encounter = row.bed, row.encounter
    if encounter is None and row.body is not None and row.kind in _OF_STAY:
        told = decode(row.body, _Told)
        bed = told.bed_id if bed is None else bed
        encounter = row.id if row.kind == "encounter" else told.encounter_id
    return Change(at, row.kind, row.id, row.body, bed, row.room, encounter, write)
