"""The audit in the store: rows in a chain of hashes, added to and never changed."""

import hashlib
from datetime import datetime
from typing import Any

from smartward.hub.store.model import AuditRow, Execute, instant

GENESIS = bytes(32)
"""Stands before the first row."""

_ROW = "seq, at, body, before, hash"


def chain_hash(before: bytes, seq: int, at: str, body: bytes) -> bytes:
    """SHA-256 over the hash before, the number, the time and the body, each with its length."""
    parts = (before, str(seq).encode(), at.encode(), body)
    return hashlib.sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts)).digest()


def _row(values: tuple[Any, ...]) -> AuditRow:
    """A row as it stands in the file, also one that somebody put something else into."""
    seq, at, *blobs = values
    return AuditRow(seq, str(at), *(b if isinstance(b, bytes) else str(b).encode() for b in blobs))


class AuditReader:
    """Reads of the audit within one transaction."""

    _execute: Execute

    def audit_after(self, seq: int, most: int) -> list[AuditRow]:
        """At most `most` rows behind number `seq`, in their order."""
        rows = self._execute(
            f"select {_ROW} from audit where seq > ? order by seq limit ?", (seq, most)
        )
        return [_row(row) for row in rows]

    def audit_last(self) -> AuditRow | None:
        """The newest row."""
        row = self._execute(f"select {_ROW} from audit order by seq desc limit 1", ()).fetchone()
        return None if row is None else _row(row)

    def audit_first(self, now: datetime) -> AuditRow | None:
        """The first row that is not dated ahead of `now`."""
        row = self._execute(
            f"select {_ROW} from audit where at <= ? order by seq limit 1", (instant(now),)
        ).fetchone()
        return None if row is None else _row(row)

    def audit_older(self, before: datetime, now: datetime) -> AuditRow | None:
        """The last of the rows at the beginning that are all older than `before`. A row dated
        ahead of `now` was written by a clock that was wrong: it is as old as the next one whose
        date can be."""
        row = self._execute(
            f"select {_ROW} from audit where at < ?"
            " and seq < coalesce((select min(seq) from audit where at between ? and ?), 0)"
            " order by seq desc limit 1",
            (instant(before), instant(before), instant(now)),
        ).fetchone()
        return None if row is None else _row(row)


class AuditWriter(AuditReader):
    """Writes of the audit within one transaction."""

    now: datetime

    def audit_add(self, body: bytes) -> AuditRow:
        """Add a row. What was added can be read and, when its time is over, deleted; no more."""
        last = self.audit_last()
        before, seq = (GENESIS, 1) if last is None else (last.hash, last.seq + 1)
        at = instant(self.now)
        row = AuditRow(seq, at, body, before, chain_hash(before, seq, at, body))
        self._execute(
            f"insert into audit ({_ROW}) values (?, ?, ?, ?, ?)",
            (row.seq, row.at, row.body, row.before, row.hash),
        )
        return row

    def audit_drop(self, up_to: int) -> None:
        """Delete the rows up to number `up_to`; the file refuses those less than half a year old
        with an sqlite3.IntegrityError."""
        self._execute("delete from audit where seq <= ?", (up_to,))
