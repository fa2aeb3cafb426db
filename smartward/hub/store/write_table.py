"""What is to be told to the hospital system, in the store: one row for each thing, holding how it
should stand there. Rows are kept when it was told: their later states need to know where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from smartward.hub.store.model import Execute, instant

_ROW = (
    "ward, kind, id, n, at, not_before, attempts, state, body, tried, note, source_id, version,"
    " over"
)


class QueueState(StrEnum):
    """Where a thing stands."""

    WAITING = "waiting"
    TOLD = "told"
    REFUSED = "refused"
    CONFLICT = "conflict"
    NOT_TAKEN = "not_taken"
    """The hospital system takes nothing of this kind."""
    DROPPED = "dropped"
    """A person decided that it need not be told."""
    THEIRS = "theirs"
    """A person decided that the hospital system's word stands."""


MOST_PAUSE = timedelta(hours=1)
"""Nothing waits longer for its next try: what seems to was put off before the clock was set
back."""

UNSETTLED = (QueueState.WAITING, QueueState.REFUSED, QueueState.CONFLICT)
"""What is never swept."""


@dataclass(frozen=True, slots=True)
class QueuedWrite:
    """One thing to be told. `n` is its place in the order, `at` since when it waits as it is;
    `tried` are the bodies last told and sent since, `note` says what it is about."""

    ward: str
    kind: str
    id: str
    n: int
    at: datetime
    not_before: datetime
    attempts: int
    state: QueueState
    body: bytes
    tried: bytes
    note: bytes
    source_id: str | None = None
    version: str | None = None
    over: bool = False
    """A person decided that ours stands over somebody else's."""


@dataclass(frozen=True, slots=True)
class QueueStand:
    """How the queue stands: how many are in each state, since when the oldest waits, and when the
    next may be told."""

    counts: dict[QueueState, int]
    oldest_at: datetime | None = None
    next_at: datetime | None = None

    def count(self, state: QueueState) -> int:
        """How many are in it."""
        return self.counts.get(state, 0)


def _row(values: Sequence[Any]) -> QueuedWrite:
    ward, kind, id, n, at, later, attempts, state, body, tried, note, source, version, over = values
    return QueuedWrite(
        ward,
        kind,
        id,
        n,
        datetime.fromisoformat(at),
        datetime.fromisoformat(later),
        attempts,
        QueueState(state),
        bytes(body),
        bytes(tried),
        bytes(note),
        source,
        version,
        bool(over),
    )


class WriteReader:
    """Reads of the queue within one transaction."""

    _execute: Execute

    def queue_get(self, ward: str, kind: str, id: str) -> QueuedWrite | None:
        """One thing, or None when it was never to be told."""
        found = self._execute(
            f"select {_ROW} from his_write where ward = ? and kind = ? and id = ?",
            (ward, kind, id),
        ).fetchone()
        return None if found is None else _row(found)

    def queue_due(self, ward: str, now: datetime) -> list[QueuedWrite]:
        """What waits and may be told by `now`, in its order."""
        rows = self._execute(
            f"select {_ROW} from his_write"
            " where ward = ? and state = 'waiting' and (not_before <= ? or not_before > ?)"
            " order by n",
            (ward, instant(now), instant(now + MOST_PAUSE)),
        )
        return [_row(row) for row in rows]

    def queue_in(self, ward: str, state: QueueState) -> list[QueuedWrite]:
        """Everything in a state, in its order."""
        rows = self._execute(
            f"select {_ROW} from his_write where ward = ? and state = ? order by n",
            (ward, state.value),
        )
        return [_row(row) for row in rows]

    def queue_stand(self, ward: str) -> QueueStand:
        """How the queue stands."""
        rows = self._execute(
            "select state, count(*), min(at), min(not_before) from his_write"
            " where ward = ? group by state",
            (ward,),
        ).fetchall()
        waiting = [row for row in rows if row[0] == QueueState.WAITING]
        return QueueStand(
            {QueueState(row[0]): int(row[1]) for row in rows},
            datetime.fromisoformat(waiting[0][2]) if waiting else None,
            datetime.fromisoformat(waiting[0][3]) if waiting else None,
        )

    def queue_last(self, ward: str) -> int:
        """The last place in the order."""
        row = self._execute("select max(n) from his_write where ward = ?", (ward,)).fetchone()
        return int(row[0] or 0)


class WriteWriter(WriteReader):
    """Writes of the queue within one transaction."""

    now: datetime

    def queue_put(self, entry: QueuedWrite) -> None:
        """Keep how a thing stands; replaces what was kept of it."""
        marks = ", ".join("?" * 14)
        self._execute(
            f"insert or replace into his_write ({_ROW}) values ({marks})",
            (
                entry.ward,
                entry.kind,
                entry.id,
                entry.n,
                instant(entry.at),
                instant(entry.not_before),
                entry.attempts,
                entry.state.value,
                entry.body,
                entry.tried,
                entry.note,
                entry.source_id,
                entry.version,
                int(entry.over),
            ),
        )

    def queue_sweep(self, ward: str, before: datetime) -> None:
        """Forget what was settled before; what waits or was refused stays."""
        marks = ", ".join("?" * len(UNSETTLED))
        self._execute(
            f"delete from his_write where ward = ? and at < ? and state not in ({marks})",
            (ward, instant(before), *(state.value for state in UNSETTLED)),
        )
