"""Comings and goings in the store: when somebody last said where they are, or that they left."""

from datetime import datetime

from smartward.hub.store.model import Execute, instant


class ComingReader:
    """Reads of one transaction that are about comings and goings."""

    _execute: Execute

    def came_or_went(self, ward: str, who: str, room: str) -> datetime | None:
        """When `who` last came or went, as far as `room` is meant by it, by the ward's own time;
        None: nobody knows."""
        row = self._execute(
            "select max(at) from coming where ward = ? and who = ? and room in (?, '')",
            (ward, who, room),
        ).fetchone()
        return None if row[0] is None else datetime.fromisoformat(row[0])


class ComingWriter(ComingReader):
    """Writes of one transaction that are about comings and goings."""

    def coming_put(self, ward: str, who: str, room: str, at: datetime) -> None:
        """`who` came or went at `at`, by the ward's own time; `room` empty: said of themselves, so
        it holds for every room. A later time stays."""
        self._execute(
            "insert into coming (ward, who, room, at) values (?, ?, ?, ?)"
            " on conflict (ward, who, room) do update set at = excluded.at"
            " where coming.at < excluded.at",
            (ward, who, room, instant(at)),
        )

    def coming_not_later(self, latest: datetime) -> None:
        """Forget what is later than that (ward's own time)."""
        self._execute("delete from coming where at > ?", (instant(latest),))

    def coming_sweep(self, before: str) -> None:
        """Forget what was before that instant: no touch that comes so late is still believed."""
        self._execute("delete from coming where at < ?", (before,))
