"""When the hub is to look at something again, kept over a restart."""

from datetime import datetime, timedelta

from smartward.hub.store.model import Deadline, Execute, instant

_TO_MILLISECONDS = timedelta(microseconds=999)
"""A deadline is kept to the millisecond, and nobody is to be looked at before it."""


class DeadlineReader:
    """Reads of one transaction that are about deadlines."""

    _execute: Execute

    def deadlines_due(self, now: datetime, ward: str | None = None) -> list[Deadline]:
        """All deadlines that `now` has reached, of one ward or of all, earliest first."""
        which, of = ("", ()) if ward is None else ("ward = ? and ", (ward,))
        rows = self._execute(
            f"select ward, kind, subject, at from deadline where {which}at <= ? order by at",
            (*of, instant(now)),
        )
        return [Deadline(ward, kind, of, datetime.fromisoformat(at)) for ward, kind, of, at in rows]

    def next_deadline(self, ward: str | None = None) -> datetime | None:
        """The earliest deadline there is, of one ward or of all."""
        which, of = ("", ()) if ward is None else (" where ward = ?", (ward,))
        row = self._execute(f"select min(at) from deadline{which}", of).fetchone()
        return None if row[0] is None else datetime.fromisoformat(row[0])


class DeadlineWriter(DeadlineReader):
    """Writes of one transaction that are about deadlines."""

    def deadline_set(self, ward: str, kind: str, subject: str, at: datetime) -> None:
        """Look at `subject` again at `at`; replaces its deadline of this kind."""
        self._execute(
            "insert into deadline values (?, ?, ?, ?) on conflict (ward, kind, subject)"
            " do update set at = excluded.at where deadline.at <> excluded.at",
            (ward, kind, subject, instant(at + _TO_MILLISECONDS)),
        )

    def deadline_clear(self, ward: str, kind: str, subject: str) -> bool:
        """There is nothing to look at any more. False where there was no such deadline."""
        gone = self._execute(
            "delete from deadline where ward = ? and kind = ? and subject = ?",
            (ward, kind, subject),
        )
        return gone.rowcount > 0
