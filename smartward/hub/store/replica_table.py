"""What a standby hub lives on: every write's statements in their order, and what it took itself.

The log is kept by the hub while a standby is enrolled, in the transaction of the write itself, and
is nobody's feed: a replica that is behind what is kept takes a whole copy. Values are what the
statements had, so doing them again gives the same rows, numbers of rows included.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from smartward.hub.store.model import Execute, Rows, Statements, instant

KEEP_WRITES = 20_000
"""So many of the last writes are kept: hours of a busy ward."""
_PRUNE_EVERY = 256
_LOG = "replica_log"
"""Name under which it is kept which log this is: begun anew, its numbers mean other writes."""
_SEQUENCE = "insert or replace into sequence"

Statement = tuple[str, list[Any]]
"""One statement with the values of each of its rows."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[Statement])


class Recorder:
    """The connection of one write, that remembers what was changed through it."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection
        self._done: list[tuple[str, list[Sequence[Any]]]] = []

    def execute(self, statement: str, values: Sequence[Any], /) -> Rows:
        """One statement; one that only reads is not remembered."""
        if not statement.startswith("select"):
            self._done.append((statement, [values]))
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """The same statement for many rows."""
        given = list(rows)
        self._done.append((statement, given))
        return self._connection.executemany(statement, given)

    def keep(self) -> None:
        """Put what was remembered behind the log, in the same transaction."""
        if not self._done:
            return
        execute = self._connection.execute
        n = int(execute("select coalesce(max(n), 0) + 1 from replica_log", ()).fetchone()[0])
        execute("insert into replica_log values (?, ?)", (n, _ENCODER.encode(self._done)))
        if n % _PRUNE_EVERY == 0:
            execute("delete from replica_log where n <= ?", (n - KEEP_WRITES,))


@dataclass(frozen=True, slots=True)
class TakenRow:
    """An action that a standby hub took alone. `at`: when it was touched; `estimated`: nobody knows
    that well. `moment`: the same in monotonic seconds of the machine's run `boot`."""

    n: int
    device: str
    action: str
    at: datetime
    estimated: bool
    request: bytes
    moment: float | None
    boot: str | None


class ReplicaReader:
    """Reads of the log within one transaction."""

    _execute: Execute

    def replica_log_id(self) -> str | None:
        """Which log this is; None: none is kept."""
        row = self._execute("select value from meta where key = ?", (_LOG,)).fetchone()
        return None if row is None else str(row[0])

    def replica_last(self) -> int:
        """The number of the last write in the log; 0: none."""
        return int(self._execute("select coalesce(max(n), 0) from replica_log", ()).fetchone()[0])

    def replica_first(self) -> int:
        """The number of the first write that is kept; 0: none."""
        return int(self._execute("select coalesce(min(n), 0) from replica_log", ()).fetchone()[0])

    def replica_after(self, n: int, most: int) -> list[tuple[int, bytes]]:
        """At most `most` writes behind number `n`, in their order."""
        rows = self._execute(
            "select n, body from replica_log where n > ? order by n limit ?", (n, most)
        ).fetchall()
        return [(int(number), bytes(body)) for number, body in rows]

    def taken_after(self, n: int, most: int) -> list[TakenRow]:
        """At most `most` of the actions taken alone behind number `n`, in their order."""
        rows = self._execute(
            "select n, device, action, at, estimated, request, moment, boot from taken where n > ?"
            " order by n limit ?",
            (n, most),
        ).fetchall()
        return [
            TakenRow(
                int(n), device, action, datetime.fromisoformat(at), bool(guess), bytes(body), *run
            )
            for n, device, action, at, guess, body, *run in rows
        ]

    def taken_count(self) -> int:
        """How many actions were taken alone."""
        return int(self._execute("select count(*) from taken", ()).fetchone()[0])


class ReplicaWriter(ReplicaReader):
    """Writes of the log within one transaction."""

    @property
    def statements(self) -> Execute:
        """Statements within this transaction, for what puts writes together again."""
        return self._execute

    def replica_begin(self) -> None:
        """Begin a log, or go on with the one there is."""
        if self.replica_log_id() is None:
            self._execute("delete from replica_log", ())
            self._execute("insert into meta values (?, ?)", (_LOG, uuid.uuid4().hex))

    def replica_end(self) -> None:
        """Keep no log any more: what comes is not in it."""
        self._execute("delete from meta where key = ?", (_LOG,))
        self._execute("delete from replica_log", ())

    def replica_repeat(self, n: int, body: bytes) -> dict[str, int]:
        """Do again what another hub's write did. Gives the wards it wrote, with its sequence in
        each. Raises msgspec.DecodeError, and what the statements raise."""
        wards: dict[str, int] = {}
        for statement, rows in _DECODER.decode(body):
            for values in rows:
                self._execute(statement, values)
                if statement.startswith(_SEQUENCE):
                    wards[values[0]] = int(values[1])
        self._execute("delete from replica_log", ())
        self._execute("insert into replica_log values (?, ?)", (n, b""))
        return wards

    def taken_put(
        self,
        device: str,
        action: str,
        at: datetime,
        estimated: bool,
        request: bytes,
        moment: float,
        boot: str,
    ) -> None:
        """Keep an action that was taken alone, to be handed over."""
        self._execute(
            "insert into taken (n, device, action, at, estimated, request, moment, boot)"
            " select coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ?, ? from taken",
            (device, action, instant(at), int(estimated), request, moment, boot),
        )
