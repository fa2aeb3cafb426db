"""One model's rows of the ward's stays, kept up with what changed.

GNU Health dates every row by its database's clock: `create_date` when it is made, `write_date` from
its first change on. A poll asks for what has either date from the overlap before the newest one
that was seen, and for the ids of all rows that there are: deletions leave no trace but that. Stays
that are new, and each stay in turn every 12 minutes, are read whole.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic

from smartward.errors import BadData, Refused
from smartward.his.gnuhealth.rows import (
    SHORT,
    TYPE_BROKEN,
    TYPE_REFUSED,
    R,
    Reject,
    columns,
    decoded,
    rejection,
)
from smartward.his.gnuhealth.rpc import Domain, Json, Rpc, moment
from smartward.his.port import Rejection

_ACCESS = (401, 407)
"""Refusals that mean us and not the model."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one poll is about."""

    stays: frozenset[int]
    whole: frozenset[int]
    """Those of them that are read whole."""
    since: datetime
    """Rows of before are not looked at, where a model has a time of its own."""
    overlap: timedelta

    @property
    def followed(self) -> frozenset[int]:
        """Those of which only the changes are read."""
        return self.stays - self.whole


class Mirror(Generic[R]):
    """`stay` is the column that names the stay, `time` the one that says when it was."""

    def __init__(self, row: type[R], stay: str, time: str | None = None) -> None:
        self._row = row
        self.model = row.MODEL
        self._stay = stay
        self._time = time
        self.rows: dict[int, R] = {}
        self._aside: dict[int, Rejection] = {}
        self.mark: datetime | None = None
        self.read = 0
        """How many rows were read in all."""
        self.trouble: str | None = None
        """Why the model as a whole cannot be read, as a text key."""

    @property
    def aside(self) -> tuple[Rejection, ...]:
        """What cannot be used now."""
        if self.trouble is not None:
            return (rejection(self.model, "all", Reject(self.trouble)),)
        return tuple(self._aside.values())

    @property
    def name(self) -> str:
        """What the model is called in ids and reports."""
        return SHORT[self.model]

    async def follow(self, rpc: Rpc, turn: Turn) -> None:
        """Bring the rows up to now. What fails leaves them as they were: a refusal is kept as
        `trouble`, and so is an answer that cannot be read; else raises as the port says."""
        try:
            found, gone, mark = await self._look(rpc, turn)
        except Refused as refused:
            if refused.values.get("status") in _ACCESS:
                raise
            self.trouble = TYPE_REFUSED
            return
        except BadData:
            self.trouble = TYPE_BROKEN
            return
        self.trouble = None
        self.mark = mark
        self.read += len(found)
        rows, aside = decoded(self._row, found)
        for id in gone:
            self.rows.pop(id, None)
            self._aside.pop(id, None)
        self.rows |= rows
        for id in rows:
            self._aside.pop(id, None)
        for one in aside:
            id = int(one.source_id.rpartition("-")[2])
            self._aside[id] = one
            self.rows.pop(id, None)

    async def _look(self, rpc: Rpc, turn: Turn) -> tuple[list[Json], set[int], datetime | None]:
        """Rows that are new or may be, ids of those that are no more, the newest date seen."""
        if not turn.stays:
            return [], {*self.rows, *self._aside}, self.mark
        changed = await self._rows(rpc, turn, turn.followed, self._changed(turn))
        whole = await self._rows(rpc, turn, turn.whole, [])
        there = await rpc.ids(self.model, self._of(turn, turn.stays))
        known = {*self.rows, *self._aside, *_ids(changed), *_ids(whole)}
        unknown: list[Json] = []
        if missed := there - known:
            unknown = await rpc.rows(self.model, [["id", "in", sorted(missed)]], self._columns)
        # Rows of the stays that were followed only: of those there is none older unread.
        mark = max([*_dates(changed), *([self.mark] if self.mark else [])], default=None)
        mark = mark or max(_dates(whole), default=None)
        return [*changed, *whole, *unknown], known - there, mark

    @property
    def _columns(self) -> tuple[str, ...]:
        return columns(self._row)

    async def _rows(self, rpc: Rpc, turn: Turn, stays: Collection[int], more: Domain) -> list[Json]:
        if not stays:
            return []
        return await rpc.rows(self.model, [*self._of(turn, stays), *more], self._columns)

    def _of(self, turn: Turn, stays: Collection[int]) -> Domain:
        domain: Domain = [[self._stay, "in", sorted(stays)]]
        return [*domain, [self._time, ">=", moment(turn.since)]] if self._time else domain

    def _changed(self, turn: Turn) -> Domain:
        if self.mark is None:
            return []
        since = moment(self.mark - turn.overlap)
        return [["OR", ["write_date", ">=", since], ["create_date", ">=", since]]]

    async def one(self, rpc: Rpc, id: int) -> R | Rejection | None:
        """A row by its id; None: there is none."""
        return await one(rpc, self._row, id)


async def one(rpc: Rpc, row: type[R], id: int) -> R | Rejection | None:
    """A row by its id; None: there is none."""
    rows, aside = decoded(row, await rpc.rows(row.MODEL, [["id", "=", id]], columns(row)))
    return rows.get(id) or next(iter(aside), None)


def _ids(rows: list[Json]) -> set[int]:
    return {id for one in rows if isinstance(id := one.get("id"), int)}


def _dates(rows: list[Json]) -> list[datetime]:
    found: list[Any] = [one.get(name) for one in rows for name in ("create_date", "write_date")]
    return [at for at in found if isinstance(at, datetime)]
