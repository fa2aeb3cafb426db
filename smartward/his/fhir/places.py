"""The ward's places: which Locations belong to it, kept and read again at each census."""

import dataclasses

from smartward.clinical.bed import Bed
from smartward.errors import BadData, Misconfigured
from smartward.his.fhir import mapping_place
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.loader import Loader, chunks, together
from smartward.his.fhir.reject import Ended, Reject, rejection
from smartward.his.fhir.resources import Location
from smartward.his.fhir.version import version_of
from smartward.his.port import Gone, Item, Kind, Rejection, Value


class Places:
    """Finds ward, rooms and beds below one ward Location."""

    def __init__(self, loader: Loader, ward: str, source: str, book: Codebook) -> None:
        self._loader = loader
        self._wanted = ward
        self._source = source
        self._book = book
        self.ward: Location | None = None
        self._rooms: dict[str, Location] = {}
        self._beds: dict[str, Location] = {}

    @property
    def beds(self) -> frozenset[str]:
        """Logical ids of the beds."""
        return frozenset(self._beds)

    @property
    def all(self) -> frozenset[str]:
        """Logical ids of ward, rooms and beds."""
        own = {self.ward.id} if self.ward is not None else set()
        return frozenset(own | set(self._rooms) | set(self._beds))

    async def look(self) -> None:
        """Read them all. Raises Misconfigured when there is no such ward, else as Http does."""
        if self.ward is None:
            self.ward = await self._find()
        found = await self._below({self.ward.id} | set(self._rooms))
        rooms = {id: one for id, one in found.items() if not mapping_place.is_bed(one)}
        while new := set(rooms) - set(self._rooms) - {self.ward.id}:
            self._rooms |= {id: rooms[id] for id in new}
            more = await self._below(new)
            found |= more
            rooms |= {id: one for id, one in more.items() if not mapping_place.is_bed(one)}
        self._rooms = rooms
        self._beds = {id: one for id, one in found.items() if mapping_place.is_bed(one)}

    async def _find(self) -> Location:
        if "|" in self._wanted:
            walk = await self._loader.search("Location", [("identifier", self._wanted)])
            found = list(walk.found.values()) if walk is not None else []
        else:
            one = await self._loader.read("Location", self._wanted)
            if isinstance(one, Rejection):
                raise BadData("his.bad.ward", one.detail)
            found = [one] if one is not None else []
        if len(found) != 1 or not isinstance(found[0], Location):
            raise Misconfigured("his.no_ward", self._wanted, ward=self._wanted, n=len(found))
        return found[0]

    async def _below(self, parents: set[str]) -> dict[str, Location]:
        walks = await together(
            self._loader.search("Location", [("partof", ",".join(f"Location/{id}" for id in some))])
            for some in chunks(parents)
        )
        return {
            id: one
            for walk in walks
            if walk is not None
            for id, one in walk.found.items()
            if isinstance(one, Location)
        }

    def items(self) -> tuple[Item[Bed], ...]:
        """Every bed in the ward's order; what cannot be used with its reason."""
        good: list[tuple[Bed, Location]] = []
        bad: list[Item[Bed]] = []
        for location in self._beds.values():
            try:
                good.append(
                    (
                        mapping_place.bed(location, self._rooms, self._book, self._source),
                        location,
                    )
                )
            except Ended:
                bad.append(Gone(kind=Kind.BED, id=f"{self._source}.{location.id}"))
            except Reject as reason:
                bad.append(rejection("Location", location.id, reason))
        good.sort(key=lambda one: (mapping_place.natural_order(one[0].number), one[0].id))
        values: list[Item[Bed]] = []
        for order, (bed, _) in enumerate(good, 1):
            placed = dataclasses.replace(bed, order=order)
            values.append(Value(kind=Kind.BED, id=bed.id, body=placed, version=version_of(placed)))
        return (*values, *bad)
