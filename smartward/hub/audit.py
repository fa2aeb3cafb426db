"""The audit: who did what, kept for half a year at least, each row holding the hash of the last.

A row is written in the transaction of what it tells about; what was refused is told as well. Rows
are only ever added (`hub/store/schema.py` has the file itself refuse the rest) and deleted from the
beginning once their time is over; the deletion is a row of its own that holds the number and hash
of the last row it took, so that the chain can be followed from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from uuid6 import uuid7

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
from smartward.errors import BadData
from smartward.hub import security_log
from smartward.hub.store.audit_table import GENESIS, chain_hash
from smartward.hub.store.model import AuditRow, decode, encode, instant
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

SWEPT = "retention.sweep"
"""Rows were deleted because their time was over."""

_HORIZON = "audit_horizon"
"""Name of the time before which rows count as too old."""

_QUIET = timedelta(days=1)
"""A ward in use writes a row within this time."""

_HEAD = "audit_head"
"""Name of the newest row's number and hash, kept beside the table."""


def record(
    tx: Tx,
    ward: str,
    by: Actor,
    kind: str,
    about: About,
    *,
    outcome: str = "applied",
    key: str | None = None,
    touched_at: datetime | None = None,
) -> AuditRow:
    """Add a row to the audit, in the transaction of what it tells about."""
    entry = AuditRecord(
        id=str(uuid7()),
        at=tx.now,
        ward=ward,
        kind=kind,
        by=by,
        about=about,
        outcome=outcome,
        key=key,
        touched_at=touched_at,
    )
    row = tx.audit_add(encode(entry))
    tx.meta_set(_HEAD, _named(row))
    security_log.tell(kind, outcome, about, key)
    return row


def told(row: AuditRow) -> AuditRecord:
    """What a row says. Raises BadData for one that somebody wrote something else into."""
    try:
        return decode(row.body, AuditRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadData("audit.row_changed", seq=row.seq) from error


def retain(tx: Tx, ward: str, keep: timedelta, passed: timedelta) -> None:
    """Sweep what is older than `keep`, as far as time can really have gone on: what counts as too
    old moves at most twice as far as has `passed` on a clock that never steps. So a wall clock that
    jumps by half a year takes hours of the oldest rows and no more before somebody sees it, and a
    hub that was away for long catches up slowly. Days without any row are passed at once.
    """
    wanted, known = tx.now - keep, tx.meta_get(_HORIZON)
    oldest = tx.audit_first(tx.now)
    since = [] if known is None else [datetime.fromisoformat(known)]
    since += [] if oldest is None else [datetime.fromisoformat(oldest.at) - _QUIET]
    horizon = min([wanted, max(since) + 2 * passed]) if since else wanted
    tx.meta_set(_HORIZON, instant(horizon))
    sweep(tx, ward, horizon)


def sweep(tx: Tx, ward: str, before: datetime) -> None:
    """Delete what is older than `before`, and say so; nothing where nothing is."""
    last = tx.audit_older(before, tx.now)
    if last is None:
        return
    detail = {"last": str(last.seq), "hash": last.hash.hex()}
    record(tx, ward, Actor(device_id="hub"), SWEPT, About(kind="audit", id="audit", detail=detail))
    tx.audit_drop(last.seq)


# ---------------------------------------------------------------------- is it whole?


@dataclass(frozen=True, slots=True)
class Whole:
    """What following the chain showed: how many rows, the first and the last, and its hash."""

    rows: int
    first: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class Noted:
    """The newest row's number and hash (hexadecimal digits), as an earlier look gave them and
    somebody wrote them down elsewhere."""

    seq: int
    hash: str


def verify(reader: Reader, noted: Noted | None = None) -> Whole:
    """Follow the chain from the first row to the newest. What was `noted` must be there still,
    else rows were taken from the end together with all that told of them: as a row, or as the last
    one that the sweep took before which nothing is left. What a row merely tells of is no proof.

    Raises BadData where a row was changed or taken away, with the number of the first one seen.
    """
    first: AuditRow | None = None
    last: AuditRow | None = None
    rows = 0
    begins = {Noted(0, GENESIS.hex())}
    seen = False
    for row in rows_of(reader):
        first = first or row
        if last is not None and (row.seq != last.seq + 1 or row.before != last.hash):
            raise BadData("audit.row_gone", seq=row.seq)
        if row.hash != chain_hash(row.before, row.seq, row.at, row.body):
            raise BadData("audit.row_changed", seq=row.seq)
        entry = told(row)
        if entry.kind == SWEPT:
            begins.add(Noted(int(entry.about.detail["last"]), entry.about.detail["hash"]))
        seen = seen or noted == Noted(row.seq, row.hash.hex())
        rows, last = rows + 1, row
    head = reader.meta_get(_HEAD)
    if first is None or last is None:
        if head is not None:
            raise BadData("audit.end_gone", seq=0)
        if noted is not None:
            raise BadData("audit.noted_gone", hash=noted.hash)
        return Whole(0, 0, 0, "")
    start = Noted(first.seq - 1, first.before.hex())
    if start not in begins:
        raise BadData("audit.beginning_gone", seq=first.seq)
    if _named(last) != head:
        raise BadData("audit.end_gone", seq=last.seq)
    if noted is not None and not seen and noted != start:
        raise BadData("audit.noted_gone", hash=noted.hash)
    return Whole(rows, first.seq, last.seq, last.hash.hex())


def rows_of(reader: Reader) -> Iterator[AuditRow]:
    """Every row in its order, read a few hundred at a time."""
    after = 0
    while page := reader.audit_after(after, 500):
        yield from page
        after = page[-1].seq


def _named(row: AuditRow) -> str:
    return f"{row.seq} {row.hash.hex()}"
