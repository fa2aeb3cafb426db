"""Who listens where: which screens a write concerns."""

from collections.abc import Collection, Iterator

from smartward.hub.connection import Connection, Place
from smartward.hub.lens import SHIFTS
from smartward.hub.ring import Entry
from smartward.hub.views import WARD_WIDE

_FOR_ALL = WARD_WIDE | (SHIFTS - {"bed"})
_OF_WARD = ("station", "ward")
"""Screens that see the whole ward, in the order in which they are told."""


class Places:
    """All connections of a hub, by the place they belong to."""

    def __init__(self) -> None:
        self._at: dict[Place, dict[Connection, None]] = {}

    def add(self, connection: Connection) -> None:
        """One that listens."""
        self._at.setdefault(connection.place, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        """One that listens no more."""
        group = self._at[connection.place]
        del group[connection]
        if not group:
            del self._at[connection.place]

    def concerned(self, entry: Entry) -> Iterator[Collection[Connection]]:
        """Stations first, then the screens at each bed and room of the write. What holds for the
        ward, or shifts what others see wherever they lie, is for each place to look at."""
        committed = entry.committed
        ward = committed.ward
        for scope in _OF_WARD:
            yield self._at.get((ward, scope, ""), ())
        if entry.kinds & _FOR_ALL:
            for (of, scope, _), group in self._at.items():
                if of == ward and scope not in _OF_WARD:
                    yield group
            return
        places = {(one.scope, one.place): None for one in committed.departures}
        for stored in committed.changed:
            places |= {("bed", stored.bed or ""): None, ("room", stored.room or ""): None}
        for scope, place in places:
            yield self._at.get((ward, scope, place), ())
