"""What there is on the ward now, counted as writes pass: for /health, /metrics and the harness."""

from smartward.clinical.alert import Alert, AlertState
from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import HisLink, ScreenStatus
from smartward.clinical.nurse_call import CallClass, NurseCall, is_open
from smartward.hub.store.model import Committed, Stored, decode
from smartward.hub.store.reader import Reader

_COUNTED = ("bed", "encounter", "alert", "screen", "call_point")


class Tally:
    """Counts of one ward's documents."""

    def __init__(self, ward: str) -> None:
        self._ward = ward
        self._there: dict[str, set[str]] = {kind: set() for kind in _COUNTED}
        self._calls: dict[str, CallClass] = {}
        self._lost: set[str] = set()
        self.rejected: dict[str, int] = {}

    def load(self, reader: Reader) -> None:
        """Count what the store holds, and nothing else."""
        self._there = {kind: set() for kind in _COUNTED}
        self._calls, self._lost, self.rejected = {}, set(), {}
        for kind in (*_COUNTED, "nurse_call", "his_link"):
            for stored in reader.all(self._ward, kind):
                self._take(stored)

    def committed(self, committed: Committed) -> None:
        """Count a write."""
        if committed.ward != self._ward:
            return
        for stored in committed.changed:
            self._take(stored)
        for kind, id in committed.gone:
            self._there.get(kind, set()).discard(id)
            if kind == "nurse_call":
                self._calls.pop(id, None)
            elif kind == "call_point":
                self._lost.discard(id)

    def _take(self, stored: Stored) -> None:
        if stored.kind == "his_link":
            self.rejected = decode(stored.body, HisLink).rejected
        elif stored.kind == "nurse_call":
            self._take_call(stored)
        elif stored.kind in self._there:
            if stored.kind == "call_point":
                lost = decode(stored.body, CallPoint).lost_since is not None
                (self._lost.add if lost else self._lost.discard)(stored.id)
            ids = self._there[stored.kind]
            (ids.add if _counts(stored) else ids.discard)(stored.id)

    def _take_call(self, stored: Stored) -> None:
        call = decode(stored.body, NurseCall)
        if is_open(call):
            self._calls[call.id] = call.call_class
        else:
            self._calls.pop(call.id, None)

    def count(self, kind: str) -> int:
        """Beds, encounters, open calls, alerts that are not off, screens that are there, points."""
        return len(self._calls if kind == "nurse_call" else self._there[kind])

    @property
    def open_calls(self) -> dict[str, int]:
        """How many calls of each class are open."""
        counts = dict.fromkeys(map(str, CallClass), 0)
        for call_class in self._calls.values():
            counts[str(call_class)] += 1
        return counts

    @property
    def lost_points(self) -> int:
        """How many call points cannot be trusted now."""
        return len(self._lost)


def _counts(stored: Stored) -> bool:
    if stored.kind == "alert":
        return decode(stored.body, Alert).state is not AlertState.OFF
    if stored.kind == "screen":
        return decode(stored.body, ScreenStatus).online
    return True
