"""Whose turn it is to be written to: the stations' before anybody else's."""

from itertools import islice

from smartward.hub.connection import Connection


class Turns:
    """Screens that have something to look at, each once, in the order in which they got it."""

    def __init__(self) -> None:
        self._first: dict[Connection, None] = {}
        self._then: dict[Connection, None] = {}
        """Stations, and everybody else."""

    @property
    def wanted(self) -> bool:
        """Whether any screen waits for its turn."""
        return bool(self._first or self._then)

    def note(self, connection: Connection) -> None:
        """There may be something to send to this screen."""
        queue = self._first if connection.first else self._then
        queue[connection] = None

    def take(self, most: int) -> list[Connection]:
        """Whose turn it is now, at most so many, stations alone while any waits."""
        waiting = self._first or self._then
        some = list(islice(waiting, most))
        for connection in some:
            del waiting[connection]
        return some

    def forget(self, connection: Connection) -> None:
        """A screen's line is no more."""
        self._first.pop(connection, None)
        self._then.pop(connection, None)
