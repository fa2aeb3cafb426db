"""Rows on their way into the file within one transaction: written together, before any reading.

A first load of a ward writes tens of thousands of them; one by one, each statement would cost as
much again as what SQLite does for it.
"""

from collections.abc import Sequence
from typing import Any

from smartward.hub.store.model import Rows, Statements

_MOST = 1000
"""Most rows that wait: what a write holds in memory does not grow with what it writes."""


class Pending:
    """Statements of one transaction. What waits concerns each table in the order it came."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection
        self._rows: dict[str, list[Sequence[Any]]] = {}
        self._count = 0
        self.at_once = connection.execute
        """A statement that what waits has no part in."""

    def execute(self, statement: str, values: Sequence[Any]) -> Rows:
        """A statement, after everything that waits. Raises what the connection raises."""
        self.flush()
        return self._connection.execute(statement, values)

    def later(self, statement: str, values: Sequence[Any]) -> None:
        """A row of an insert that only its own table's rows have to do with."""
        self._rows.setdefault(statement, []).append(values)
        self._count += 1
        if self._count >= _MOST:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises what the connection raises."""
        if not self._count:
            return
        rows, self._rows, self._count = self._rows, {}, 0
        for statement, values in rows.items():
            self._connection.executemany(statement, values)
