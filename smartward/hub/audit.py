"""The audit: who did what, kept for half a year at least, each row holding the hash of the last.

A row is written in the transaction of what it tells about; what was refused is told as well. Rows
are only ever added (`hub/store/schema.py` has the file itself refuse the rest) and deleted from the
beginning once their time is over; the deletion is a row of its own that holds the number and hash
of the last row it took, so that the chain can be followed from there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from uuid6 import uuid7

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
from smartward.hub.store.audit_table import GENESIS, chain_hash
from smartward.hub.store.model import AuditRow, decode, encode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

SWEPT = "retention.sweep"
"""Rows were deleted because their time was over."""

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
) -> None:
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


def told(row: AuditRow) -> AuditRecord:
    """What a row says."""
    return decode(row.body, AuditRecord)


def sweep(tx: Tx, ward: str, before: datetime) -> None:
    """Delete what is older than `before`, and say so; nothing where nothing is."""
    last = tx.audit_older(before)
    if last is None:
        return
    detail = {"last": str(last.seq), "hash": last.hash.hex()}
    record(tx, ward, Actor(device_id="hub"), SWEPT, About(kind="audit", id="audit", detail=detail))
    tx.audit_drop(last.seq)


def keep_until(now: datetime, keep_days: int) -> datetime:
    """What is older than this may be deleted at `now`."""
    return now - timedelta(days=keep_days)


# ---------------------------------------------------------------------- is it whole?


@dataclass(frozen=True, slots=True)
class Verdict:
    """What following the chain showed: the rows, the newest with its hash, and the first row that
    is wrong (`fault` is a text key; None: the audit is whole)."""

    rows: int
    first: int
    last: int
    hash: str
    fault: str | None = None
    seq: int = 0


def verify(reader: Reader) -> Verdict:
    """Follow the chain from the first row to the newest."""
    rows, first, last = 0, 0, None
    anchors: set[tuple[int, str]] = set()
    begun: tuple[int, str] | None = None
    for row in rows_of(reader):
        if last is None:
            first, begun = row.seq, (row.seq - 1, row.before.hex())
        fault = _fault(row, last)
        if fault is not None:
            return Verdict(rows, first, 0 if last is None else last.seq, "", fault, row.seq)
        entry = told(row)
        if entry.kind == SWEPT:
            anchors.add((int(entry.about.detail["last"]), entry.about.detail["hash"]))
        rows, last = rows + 1, row
    if begun not in {None, (0, GENESIS.hex())} | anchors:
        return Verdict(rows, first, 0, "", "audit.fault_beginning", first)
    named = "" if last is None else _named(last)
    if named != (reader.meta_get(_HEAD) or ""):
        return Verdict(rows, first, 0 if last is None else last.seq, "", "audit.fault_end", rows)
    if last is None:
        return Verdict(0, 0, 0, "")
    return Verdict(rows, first, last.seq, last.hash.hex())


def rows_of(reader: Reader) -> Iterable[AuditRow]:
    """Every row in its order, read a few hundred at a time."""
    after = 0
    while page := reader.audit_after(after, 500):
        yield from page
        after = page[-1].seq


def _fault(row: AuditRow, last: AuditRow | None) -> str | None:
    if last is not None and (row.seq != last.seq + 1 or row.before != last.hash):
        return "audit.fault_gap"
    if row.hash != chain_hash(row.before, row.seq, row.at, row.body):
        return "audit.fault_changed"
    return None


def _named(row: AuditRow) -> str:
    return f"{row.seq} {row.hash.hex()}"
