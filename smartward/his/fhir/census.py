"""Finds the open stays of the ward, by the way the server allows.

By place, where that is honoured; else all open stays of the hospital, or those of a configured list
of patients, of which the ones that are here are kept. What is open and here is looked at in every
answer anyhow: a server may ignore what it was asked.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from smartward.errors import Refused
from smartward.his.fhir.capability import CensusWay, Verdict, decide_census
from smartward.his.fhir.chart import patient_of, places_of
from smartward.his.fhir.loader import REFRESH, Loader
from smartward.his.fhir.page import CANNOT, Params
from smartward.his.fhir.places import Places
from smartward.his.fhir.resources import Encounter, Resource
from smartward.his.fhir.sweep import CHUNK, Filters, Sweep, chunks, together
from smartward.his.fhir.walk import Walk
from smartward.his.port import Rejection

OPEN = ("planned", "arrived", "triaged", "in-progress", "onleave", "unknown")
_CLOSED = ("finished", "cancelled", "entered-in-error")


@dataclass(slots=True)
class Stays:
    """The open stays here, and what of them cannot be read at all."""

    found: dict[str, Encounter] = field(default_factory=dict)
    rejected: dict[str, Rejection] = field(default_factory=dict)


@dataclass(slots=True)
class _Told:
    """Stays by patient, as far as these were told."""

    found: dict[str, dict[str, Encounter]] = field(default_factory=dict)
    rejected: dict[str, Rejection] = field(default_factory=dict)


def _told(due: list[str], sweep: Sweep) -> _Told:
    told = _Told({id: {} for id in due})
    for walk in sweep.walks:
        told.rejected |= walk.rejected
        for id, one in walk.found.items():
            patient = patient_of(one)
            if isinstance(one, Encounter) and patient in told.found:
                told.found[patient][id] = one
    return told


class StayFinder:
    """Asks for the open stays."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self.patients: Callable[[], Collection[str]] | None = None
        """Gives the configured logical ids; None: there are none."""
        self._statuses: tuple[str, ...] = (",".join(OPEN),)
        self._size = CHUNK
        self._at: datetime | None = None
        self._sure = False
        self._of_patient: dict[str, dict[str, Encounter]] = {}
        self.way = CensusWay.BY_LOCATION
        self.tried: dict[str, Verdict] = {}
        """What trying has shown of `location`, `status` and `list`."""

    async def find(self, places: Places) -> Stays:
        """All open stays at the ward's places. Raises Refused when the server allows no way."""
        if self.patients is not None:
            self.way = CensusWay.BY_PATIENTS
            return await self._by_patients(places, self.patients())
        now = self._loader.now
        if not self._sure and (self._at is None or now is None or now - self._at >= REFRESH):
            await self._choose(places)
            self._at = self._loader.now
        if self.way is CensusWay.BY_STATUS:
            return await self._keep(places, await self._by_status())
        stays = await self._keep(places, await self._by_location(places))
        if stays.found and not self._sure:
            self._at = None  # somebody is here to try it with
        return stays

    async def _choose(self, places: Places) -> None:
        """Try the ways until one shows somebody; an empty ward proves none, and is tried again."""
        by_location = await self._try_location(places)
        by_status = Verdict.UNPROVEN
        if not by_location.works:
            by_status = await self._try_status(places)
        if Verdict.REFUSED is by_location is by_status:
            raise Refused("his.refused.census", "stays by place and by status", status=403)
        self.tried |= {"location": by_location, "status": by_status}
        self.way = decide_census(by_location, by_status, configured=False)
        self._sure = by_location.works or by_status.works

    async def _try_location(self, places: Places) -> Verdict:
        try:
            walks = await self._by_location(places)
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
            return Verdict.REFUSED
        rows = [one for walk in walks for one in walk.found.values() if isinstance(one, Encounter)]
        here = places.all
        if any(not places_of(one) & here for one in rows):
            return Verdict.IGNORED
        if not rows:
            return Verdict.UNPROVEN
        place = sorted(places_of(rows[0]) & here)[0]

        def there(one: Resource) -> bool:
            return isinstance(one, Encounter) and place in places_of(one)

        probe, status = self._loader.probe, ("status", self._statuses[0])
        alone = await probe.found("Encounter", [status, ("location", f"Location/{place}")])
        if isinstance(alone, Verdict) or not alone or not all(there(one) for one in alone):
            # Everybody is here, and so it seemed to be honoured.
            return Verdict.IGNORED
        many = await probe.lists("Encounter", [status], "location", f"Location/{place}", there)
        self.tried["list"] = many
        if many in (Verdict.IGNORED, Verdict.REFUSED):
            self._size = 1
        return Verdict.HONOURED

    async def _try_status(self, places: Places) -> Verdict:
        try:
            rows = [one for walk in await self._by_status() for one in walk.found.values()]
            if not rows and len(self._statuses) == 1:
                # Perhaps a list of words is not understood.
                self._statuses = OPEN
                rows = [one for walk in await self._by_status() for one in walk.found.values()]
                self._statuses = OPEN if rows else (",".join(OPEN),)
        except Refused as refused:
            if refused.values.get("status") == 401:
                raise
            return Verdict.REFUSED
        stays = [one for one in rows if isinstance(one, Encounter)]
        if not any(places_of(one) & places.all for one in stays):
            return Verdict.UNPROVEN
        return Verdict.HONOURED

    async def _search(self, params: Params) -> Walk:
        walk = await self._loader.search("Encounter", params)
        assert walk is not None  # a type a ward needs is never merely left out
        return walk

    async def _by_location(self, places: Places) -> list[Walk]:
        return await self._with_status(
            [
                [("location", ",".join(f"Location/{id}" for id in some))]
                for some in chunks(places.all, self._size)
            ]
        )

    async def _by_status(self) -> list[Walk]:
        return await self._with_status([[]])

    async def _with_status(self, searches: list[Params]) -> list[Walk]:
        """Each search with the open statuses: in one list, or one by one where that is refused."""

        async def all() -> list[Walk]:
            return await together(
                self._search([("status", word), *params])
                for params in searches
                for word in self._statuses
            )

        try:
            return await all()
        except Refused as refused:
            if refused.values.get("status") not in CANNOT or len(self._statuses) > 1:
                raise
        self._statuses = OPEN
        try:
            return await all()
        except Refused:
            self._statuses = (",".join(OPEN),)
            raise

    async def _by_patients(self, places: Places, patients: Collection[str]) -> Stays:
        """The stays of those who are listed; one by one, some each turn, where it must be."""
        loader = self._loader
        due = list(patients)
        if loader.now is not None:
            due = loader.rota.due("Encounter", patients, loader.plan("Encounter"), loader.now)
        told = await self._of_patients(due)
        self._of_patient |= told.found
        here = set(patients)
        self._of_patient = {id: one for id, one in self._of_patient.items() if id in here}
        known = Walk()
        for all in self._of_patient.values():
            known.found |= all
        stays = await self._keep(places, [known])
        stays.rejected |= told.rejected
        return stays

    async def _of_patients(self, due: list[str]) -> _Told:
        """What is told of these; one whom the server refuses does not hide the others."""
        status = Filters(codes=[("status", self._statuses[0])])
        try:
            return _told(due, await self._loader.load("Encounter", due, status))
        except Refused as refused:
            if refused.values.get("status") == 401 or len(due) == 1:
                raise
        told, why = _Told(), None
        for id in due:
            try:
                one = _told([id], await self._loader.load("Encounter", [id], status))
            except Refused as refused:
                why = refused
            else:
                told.found |= one.found
                told.rejected |= one.rejected
        if why is not None and not told.found:
            raise why
        return told

    async def _keep(self, places: Places, walks: list[Walk]) -> Stays:
        """Those that are open, and here."""
        stays = Stays()
        rows = {id: one for walk in walks for id, one in walk.found.items()}
        open = {
            id: one
            for id, one in rows.items()
            if isinstance(one, Encounter) and one.status not in _CLOSED
        }
        await places.learn({id for one in open.values() for id in places_of(one)})
        here = places.all
        stays.found = {id: one for id, one in open.items() if places_of(one) & here}
        for walk in walks:
            stays.rejected |= walk.rejected
        return stays
