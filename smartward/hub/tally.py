"""What there is on the ward now, counted as writes pass: for /health, /metrics and the harness."""

from smartward.clinical.alert import Alert, AlertState
from smartward.clinical.device import HisLink, ScreenStatus
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.hub.store.model import Committed, Stored, decode
from smartward.hub.store.reader import Reader

_COUNTED = ("bed", "encounter", "nurse_call", "alert", "screen")


class Tally:
    """Counts of one ward's documents."""

    def __init__(self, ward: str) -> None:
        self._ward = ward
        self._there: dict[str, set[str]] = {kind: set() for kind in _COUNTED}
        self.rejected: dict[str, int] = {}

    def load(self, reader: Reader) -> None:
        """Count what the store holds."""
        for kind in (*_COUNTED, "his_link"):
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

    def _take(self, stored: Stored) -> None:
        if stored.kind == "his_link":
            self.rejected = decode(stored.body, HisLink).rejected
        elif stored.kind in self._there:
            ids = self._there[stored.kind]
            (ids.add if _counts(stored) else ids.discard)(stored.id)

    def count(self, kind: str) -> int:
        """Beds, encounters, open calls, alerts that are not off, screens that are there."""
        return len(self._there[kind])


def _counts(stored: Stored) -> bool:
    if stored.kind == "nurse_call":
        return is_open(decode(stored.body, NurseCall))
    if stored.kind == "alert":
        return decode(stored.body, Alert).state is not AlertState.OFF
    if stored.kind == "screen":
        return decode(stored.body, ScreenStatus).online
    return True
