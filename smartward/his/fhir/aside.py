"""What the HIS told and cannot be used, as it stands at present."""

from collections import Counter
from datetime import datetime

from smartward.his.fhir.reject import NOT_USED
from smartward.his.port import Rejection

_MOST_ASIDE = 2000


class Aside:
    """What cannot be used at present, by resource; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], tuple[Rejection, datetime]] = {}
        self.unused: Counter[str] = Counter()

    def put(self, one: Rejection, now: datetime) -> bool:
        """Set one aside; whether that is news. What merely is not shown is only counted."""
        if one.key == NOT_USED:
            self.unused[one.resource_type] += 1
            return False
        key = (one.resource_type, one.source_id)
        before = self._held.pop(key, None)
        self._held[key] = (one, now)
        while len(self._held) > _MOST_ASIDE:
            del self._held[next(iter(self._held))]
        return before is None or before[0] != one

    def clear(self, kind: str, id: str) -> None:
        """It can be used again, or is no more."""
        self._held.pop((kind, id), None)

    def forget(self, before: datetime) -> None:
        """What was not met again in two full refreshes is not there any more."""
        self._held = {key: held for key, held in self._held.items() if held[1] >= before}

    def all(self) -> tuple[Rejection, ...]:
        """Everything set aside now."""
        return tuple(one for one, _ in self._held.values())
