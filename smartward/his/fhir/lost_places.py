"""Places of the ward that a search told before and tells no more: each is read by its id, and goes
only when the server says that it is over or lies elsewhere."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.collapse import collapsed
from smartward.his.fhir.loader import REFRESH, Loader
from smartward.his.fhir.resources import Location, Resource
from smartward.his.fhir.sweep import Missing
from smartward.his.reply import answers_others

_AT_ONCE = 20
"""Most places read by id in one look; the others stay as they are until it is their turn."""
_LONGEST = timedelta(hours=4)
"""How long places that are merely not found are kept, when many are missing at once."""
_DEEPEST = 8
"""Most levels from a bed up to its ward."""
_AGAIN = timedelta(seconds=30)
"""How long a place that could not be read is let be."""
_Chain: TypeAlias = dict[str, Location] | Missing | None


class LostPlaces:
    """Reads single places and remembers what was found."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._since: dict[str, datetime] = {}
        self._read_at: dict[str, int] = {}
        self._reads = 0
        self._strange: dict[str, tuple[datetime, timedelta, _Chain]] = {}
        """Places that are not ours: when that was told, for how long it holds, and what."""

    async def keep(
        self, before: Mapping[str, Location], found: Collection[str], ward: str
    ) -> dict[str, Location]:
        """Of the places known `before`, those that were not found and are still the ward's."""
        lost = {id: one for id, one in before.items() if id not in found}
        many = collapsed(len(before), len(lost))
        self._since = {id: at for id, at in self._since.items() if id in lost}
        self._read_at = {id: n for id, n in self._read_at.items() if id in lost}
        kept = dict(lost)
        for id in sorted(lost, key=lambda id: (self._read_at.get(id, 0), id))[:_AT_ONCE]:
            self._reads += 1
            self._read_at[id] = self._reads
            one = await self.read(id)
            if isinstance(one, Location):
                kept[id] = one
            elif one is Missing.DELETED or (one is Missing.NOT_FOUND and self._over(id, many)):
                del kept[id]
        return _below({*found, ward}, kept)

    def _over(self, id: str, many: bool) -> bool:
        """Whether a place that is merely not found has to go."""
        now = self._loader.now
        if now is None or not (many or id in self._since):
            return True
        return now - self._since.setdefault(id, now) >= _LONGEST

    async def read(self, id: str) -> Resource | Missing | None:
        """One place by its id; None: nobody can tell, as where the server fails at this one. Raises
        Unreachable where the server is away, and Refused for 401."""
        try:
            one = await self._loader.look_up("Location", id)
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
            return None
        except BadData:
            return None
        except Unreachable as away:
            if not answers_others(away):
                raise
            return None
        return one if isinstance(one, Location | Missing) else None

    async def chain(self, id: str, ours: Collection[str]) -> _Chain:
        """The place and what it is part of, up to one of `ours`; empty: it lies elsewhere; else in
        which way it, or something above it, cannot be read."""
        now = self._loader.now
        known = self._strange.get(id)
        if known is not None and now is not None and timedelta(0) <= now - known[0] < known[1]:
            return known[2]
        told = await self._chain(id, ours)
        if told:
            self._strange.pop(id, None)
        elif now is not None:
            self._strange[id] = (now, REFRESH if told == {} else _AGAIN, told)
        return told

    async def _chain(self, id: str, ours: Collection[str]) -> _Chain:
        chain: dict[str, Location] = {}
        up: str | None = id
        while up is not None and up not in ours and len(chain) < _DEEPEST and up not in chain:
            one = await self.read(up)
            if not isinstance(one, Location):
                return one if isinstance(one, Missing) else None
            chain[up] = one
            up = above(one)
        return chain if up in ours else {}


def _below(ours: set[str], places: Mapping[str, Location]) -> dict[str, Location]:
    """Those of the places that are part of ours, however deep."""
    found: dict[str, Location] = {}
    while more := {id: one for id, one in places.items() if id not in found and above(one) in ours}:
        found |= more
        ours |= set(more)
    return found


def above(place: Resource) -> str | None:
    """The logical id of what a place is part of."""
    if not isinstance(place, Location) or place.part_of is None:
        return None
    return place.part_of.id_of("Location")
