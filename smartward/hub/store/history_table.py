"""The history in the store: every version of every document, only ever added to, swept by age.

Of each document that lives, its last version stays for ever: whatever is asked for, the ward can be
put together as it was then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smartward.hub.store.model import Execute, instant

_ROW = "rowid, seq, at, kind, id, body, bed, room, encounter"
_OTHER = (
    "select 1 from history as other where other.ward = history.ward"
    " and other.kind = history.kind and other.id = history.id"
)
_FLOOR = "history_since"
"""Name under which it is kept from when on the history is whole."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A document as it was from `at` on; body None: it went. `n`: its place in the history."""

    n: int
    seq: int
    at: datetime
    kind: str
    id: str
    body: bytes | None
    bed: str | None
    room: str | None
    encounter: str | None


class HistoryReader:
    """Reads of the history within one transaction."""

    _execute: Execute

    def history_since(self, ward: str) -> datetime | None:
        """From when on the ward's history is whole; None: nothing was ever written."""
        first = self._execute("select min(at) from history where ward = ?", (ward,)).fetchone()[0]
        if first is None:
            return None
        floor = self._execute("select value from meta where key = ?", (_FLOOR,)).fetchone()
        return datetime.fromisoformat(first if floor is None else max(first, floor[0]))

    def history_last(self, ward: str) -> datetime | None:
        """When the ward was written last."""
        last = self._execute("select max(at) from history where ward = ?", (ward,)).fetchone()[0]
        return None if last is None else datetime.fromisoformat(last)

    def history_standing(
        self, ward: str, kind: str, before: int, after: str, most: int
    ) -> list[HistoryRow]:
        """At most `most` documents of a kind as they stood before place `before`, in order of
        their ids, those behind id `after`; with some that had gone."""
        # What went long ago is told by the index alone: of vital signs there are a hundred times
        # more of those than of what stood.
        rows = self._execute(
            f"select {_ROW} from history where rowid in ("
            "select max(case when rowid < ? then rowid end) from history as own"
            " where ward = ? and kind = ? and id > ? group by id having min(rowid) < ?"
            " and (max(rowid) >= ? or exists (select 1 from document as live"
            " where live.ward = own.ward and live.kind = own.kind and live.id = own.id))"
            " order by id limit ?) order by id",
            (before, ward, kind, after, before, before, most),
        )
        return [_row(values) for values in rows]

    def history_range(self, ward: str, since: datetime, until: datetime) -> tuple[int, int]:
        """The first and last place of what was written in [since, until). Where that is nothing
        the last is before the first, which is behind all that was written earlier."""
        first, last = self._execute(
            "select min(rowid), max(rowid) from history where ward = ? and at >= ? and at < ?",
            (ward, instant(since), instant(until)),
        ).fetchone()
        if first is None:
            row = self._execute(
                "select rowid from history where ward = ? and at < ? order by at desc limit 1",
                (ward, instant(since)),
            ).fetchone()
            last = 0 if row is None else row[0]
            first = last + 1
        return int(first), int(last)

    def history_rows(
        self, ward: str, places: tuple[int, int], kinds: Collection[str], most: int
    ) -> list[HistoryRow]:
        """At most `most` rows of these kinds between these places, both included, in the order they
        were written."""
        marks = ", ".join("?" * len(kinds))
        # Found by place: without the pluses SQLite would put the whole ward into order each time.
        rows = self._execute(
            f"select {_ROW} from history where rowid between ? and ? and +ward = ?"
            f" and +kind in ({marks}) order by rowid limit ?",
            (*places, ward, *sorted(kinds), most),
        )
        return [_row(values) for values in rows]


def _row(values: tuple[Any, ...]) -> HistoryRow:
    n, seq, at, *rest = values
    return HistoryRow(n, seq, datetime.fromisoformat(at), *rest)


class HistoryWriter(HistoryReader):
    """Writes of the history that are not part of a document's own write."""

    def history_sweep(self, before: datetime, behind: int, most: int) -> int:
        """Look at the next `most` rows behind place `behind` and forget those from before that
        time which another version has followed by then, or which tell that a document went. Gives
        the place that was reached; 0: there are no older rows, begin at the beginning."""
        horizon = instant(before)
        rows = self._execute(
            "select rowid, at from history where rowid > ? order by rowid limit ?", (behind, most)
        ).fetchall()
        old = [n for n, at in rows if at < horizon]
        if old:
            self._execute(
                "delete from history where rowid between ? and ? and at < ?"
                f" and (exists ({_OTHER} and other.seq >= history.seq"
                " and other.rowid > history.rowid and other.at < ?)"
                f" or (body is null and not exists ({_OTHER} and other.seq <= history.seq"
                " and other.rowid < history.rowid)))",
                (old[0], old[-1], horizon, horizon),
            )
            self._execute("insert or replace into meta values (?, ?)", (_FLOOR, horizon))
        return int(rows[-1][0]) if len(rows) == most and len(old) == most else 0
