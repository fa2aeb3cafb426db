"""The ward's places: which Locations belong to it, kept and read again at each census."""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping

from smartward.clinical.bed import Bed, natural_order
from smartward.errors import BadData, Misconfigured
from smartward.his.fhir import mapping_place, server
from smartward.his.fhir.capability import PlacesWay, Verdict, decide_places
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.loader import Loader
from smartward.his.fhir.lost_places import LostPlaces, above
from smartward.his.fhir.reject import TYPE_BROKEN, Ended, Reject, rejection
from smartward.his.fhir.resources import Location, Resource
from smartward.his.fhir.sweep import CHUNK, Missing, chunks, together
from smartward.his.port import Gone, Item, Kind, Rejection, Value
from smartward.his.version import version_of


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
        self._named: set[str] = set()
        self._size = CHUNK
        self._lost = LostPlaces(loader)
        self.way: PlacesWay | None = None

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
            await self._loader.ask.try_posting(self.ward.id)
        if self.way is None:
            await self._choose(self.ward.id)
        before = self._rooms | self._beds
        await self._look(self.ward)
        kept = await self._lost.keep(before, set(self._rooms | self._beds), self.ward.id)
        self._add(kept)

    async def _look(self, ward: Location) -> None:
        """What the server lists of the ward's places."""
        match self.way:
            case PlacesWay.BELOW:
                await self._look_below(ward)
            case PlacesWay.ALL:
                walk = await self._loader.search("Location", [])
                self._sort_out(walk.found.values() if walk is not None else ())
            case _:
                self._sort_out((await self._loader.by_ids("Location", set(self._named))).values())

    def _add(self, places: Mapping[str, Location]) -> None:
        beds = {id: one for id, one in places.items() if mapping_place.is_bed(one)}
        self._beds = self._beds | beds
        self._rooms = self._rooms | {id: one for id, one in places.items() if id not in beds}

    async def meet(self, ids: Collection[str]) -> bool:
        """Read places that are not known; what is below the ward is known from then on. Whether
        each could be read."""
        told = [await self._meet(id) for id in sorted(ids)]
        return all(isinstance(one, dict) for one in told)

    async def _meet(self, id: str) -> dict[str, Location] | Missing | None:
        if id in self.all:
            return {}
        chain = await self._lost.chain(id, self.all)
        if isinstance(chain, dict):
            self._add(chain)
        return chain

    async def read(self, id: str) -> Item[Bed]:
        """One bed by its logical id: as it was listed, or asked for by its id."""
        told = await self._meet(id)
        ours = f"{self._source}.{id}"
        for one in self.items():
            if (one.source_id == id) if isinstance(one, Rejection) else (one.id == ours):
                return one
        if told is None:
            return Rejection(source_id=id, resource_type="Location", key=TYPE_BROKEN)
        return Gone(kind=Kind.BED, id=ours, unknown=told is Missing.NOT_FOUND)

    async def learn(self, ids: Collection[str]) -> None:
        """Where nothing lists the places: those a stay names, and what they are part of."""
        if self.way is not PlacesWay.NAMED:
            return
        assert self.ward is not None
        new = set(ids) - self._named - {self.ward.id}
        known: dict[str, Location] = {}
        while new:
            found = await self._loader.by_ids("Location", new)
            self._named |= new
            known |= {id: one for id, one in found.items() if isinstance(one, Location)}
            new = {up for one in found.values() if (up := above(one))} - self._named
            new.discard(self.ward.id)
        self._sort_out([*self._rooms.values(), *self._beds.values(), *known.values()])

    async def _choose(self, ward: str) -> None:
        """How the server lets us find what is below the ward."""
        probe = self._loader.probe
        rows = await probe.found("Location", [("partof", f"Location/{ward}"), ("_count", "10")])
        below = _verdict(rows, lambda one: above(one) == ward)
        if below is Verdict.HONOURED:
            self.way = PlacesWay.BELOW
            await self._try_lists(ward)
            return
        rows = await probe.found("Location", [("_count", "10")])
        all = _verdict(rows, lambda one: True)
        if Verdict.UNPROVEN not in (below, all):
            self.way = decide_places(below, all)
        elif below is Verdict.UNPROVEN:
            # A ward without any place, or a search that finds none: what is told anyhow decides.
            self.way = PlacesWay.ALL if all.works else PlacesWay.NAMED

    async def _try_lists(self, ward: str) -> None:
        probe = self._loader.probe
        name = f"Location/{ward}"
        found = await probe.lists("Location", [], "partof", name, lambda one: above(one) == ward)
        self._size = 1 if found in (Verdict.IGNORED, Verdict.REFUSED) else CHUNK

    async def _look_below(self, ward: Location) -> None:
        found = await self._below({ward.id} | set(self._rooms))
        rooms = {id: one for id, one in found.items() if not mapping_place.is_bed(one)}
        while new := set(rooms) - set(self._rooms) - {ward.id}:
            self._rooms |= {id: rooms[id] for id in new}
            more = await self._below(new)
            found |= more
            rooms |= {id: one for id, one in more.items() if not mapping_place.is_bed(one)}
        self._rooms = rooms
        self._beds = {id: one for id, one in found.items() if mapping_place.is_bed(one)}

    def _sort_out(self, found: Iterable[Resource]) -> None:
        """Of many places, those below the ward."""
        assert self.ward is not None
        places = {one.id: one for one in found if isinstance(one, Location)}
        ours, more = {self.ward.id}, True
        while more:
            below = {id for id, one in places.items() if above(one) in ours}
            more = not below <= ours
            ours |= below
        ours.discard(self.ward.id)
        here = {id: places[id] for id in ours}
        self._beds = {id: one for id, one in here.items() if mapping_place.is_bed(one)}
        self._rooms = {id: one for id, one in here.items() if id not in self._beds}

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
            # First of all: is it the path that is wrong, and nobody here has heard of wards?
            await server.meet(self._loader.ask.http)
            raise Misconfigured("his.no_ward", self._wanted, ward=self._wanted, n=len(found))
        return found[0]

    async def _below(self, parents: set[str]) -> dict[str, Location]:
        walks = await together(
            self._loader.search("Location", [("partof", ",".join(f"Location/{id}" for id in some))])
            for some in chunks(parents, self._size)
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
        good.sort(key=lambda one: (natural_order(one[0].number), one[0].id))
        values: list[Item[Bed]] = []
        for order, (bed, _) in enumerate(good, 1):
            placed = dataclasses.replace(bed, order=order)
            values.append(Value(kind=Kind.BED, id=bed.id, body=placed, version=version_of(placed)))
        return (*values, *bad)


def _verdict(rows: list[Resource] | Verdict, fits: Callable[[Resource], bool]) -> Verdict:
    if isinstance(rows, Verdict):
        return rows
    if not rows:
        return Verdict.UNPROVEN
    return Verdict.HONOURED if all(fits(one) for one in rows) else Verdict.IGNORED
