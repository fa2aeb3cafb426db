"""A hospital for tests: the real simulator on a real port, with a clock that moves when told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.port import Census, Changes, Item, Value, Watermark
from smartward.his.simulator import places, scenes
from smartward.his.simulator.build import HL7, coding, concept, period, ref, when
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.gateway import Gateway
from smartward.his.simulator.people import BADGE_SYSTEM
from smartward.his.simulator.rest import PREFIX, Rest
from smartward.his.simulator.world import World
from tests.fakes.fake_clock import ManualClock

WARD = places.WARD
Json = dict[str, Any]


class Hospital:
    """`async with Hospital(world) as hospital`: serves it and gives clients for it."""

    def __init__(self, world: World | None = None, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.world = world if world is not None else small_ward(self.clock.now())
        self.faults = Faults(self.clock)
        self.gateway = Gateway(Rest(self.world, self.clock, self.faults).app, 0)
        self._clients: list[FhirHis] = []

    @classmethod
    def scene(cls, name: str = "morning") -> Self:
        """One of the simulator's scenes at the clock's morning."""
        clock = ManualClock()
        return cls(scenes.build(name, 7, 40, clock.now()), clock)

    async def __aenter__(self) -> Self:
        await self.gateway.up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for client in self._clients:
            await client.close()
        await self.gateway.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway.port}{PREFIX}"

    def refuse(self) -> set[str]:
        """The resource types that may not be searched from now on: add and remove at will."""
        refused: set[str] = set()
        route = self.gateway._app.router.routes[1]
        searching = route.endpoint

        async def answer(request: Request) -> Response:
            if request.path_params["kind"] in refused:
                return Response("{}", 403, media_type="application/fhir+json")
            found = await searching(request)
            assert isinstance(found, Response)
            return found

        route.app = Route("/", answer).app
        return refused

    def his(self, ward: str = WARD) -> FhirHis:
        """A client of its own."""
        client = FhirHis(
            self.url, ward, "his", load_mapping(), clock=self.clock, badge_system=BADGE_SYSTEM
        )
        self._clients.append(client)
        return client

    def put(self, *resources: Json) -> None:
        """Write resources at the clock's present."""
        self.world.now = max(self.world.now, self.clock.now())
        for resource in resources:
            self.world.put(resource)

    def put_dated(self, resource: Json, updated: datetime) -> None:
        """Write a resource with another date of change, as a late commit does."""
        self.world.store.put(resource, updated)


class Follower:
    """Keeps what a hub would keep: the newest body of every document told."""

    def __init__(self, his: FhirHis) -> None:
        self.his = his
        self.documents: dict[str, Any] = {}
        self.watermark: Watermark | None = None
        self.census: Census | None = None
        self.told: Changes | None = None

    async def turn(self) -> Changes:
        """One census and its changes, applied; missing ones are asked for, as the port says."""
        self.census = await self.his.census()
        here = [one.id for one in self.census.encounters if isinstance(one, Value)]
        told = await self.his.changes(here, self.watermark)
        self._apply(told.items)
        mentioned = {one.id for one in told.items if not hasattr(one, "key")}
        for id, (kind, body) in list(self.documents.items()):
            if body.encounter_id in told.whole and id not in mentioned:
                self._apply([await self.his.read(kind, id)])
            elif body.encounter_id not in here:
                del self.documents[id]
        self.watermark = told.watermark
        self.told = told
        return told

    def _apply(self, items: Iterable[Item[Any]]) -> None:
        for item in items:
            if isinstance(item, Value):
                self.documents[item.id] = (item.kind, item.body)
            elif not hasattr(item, "key"):
                self.documents.pop(item.id, None)

    def of(self, kind: str) -> dict[str, Any]:
        """Bodies of a kind by id."""
        return {id: body for id, (k, body) in self.documents.items() if k == kind}

    def encounters(self) -> dict[str, Any]:
        """Encounters of the last census by id."""
        assert self.census is not None
        return {one.id: one.body for one in self.census.encounters if isinstance(one, Value)}


def small_ward(now: datetime, beds: int = 4) -> World:
    """A ward with nobody in it, furnished 48 h ago."""
    world = World(1, now - timedelta(hours=48))
    places.furnish(world, places.layout(beds))
    world.now = now
    return world


def patient(id: str = "p1", **more: Any) -> Json:
    """A Patient."""
    name = [{"use": "official", "text": "周明", "family": "周", "given": ["明"]}]
    return {
        "resourceType": "Patient",
        "id": id,
        "name": name,
        "gender": "male",
        "birthDate": "1950-01-02",
        **more,
    }


def stay(id: str = "e1", of: str = "p1", bed: str = "bed-1", **more: Any) -> Json:
    """An Encounter in progress in a bed."""
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": "in-progress",
        "class": coding(f"{HL7}/v3-ActCode", "IMP"),
        "subject": ref("Patient", of),
        "period": {"start": "2026-11-19T08:00:00Z"},
        "location": [{"location": ref("Location", bed), "status": "active"}],
        **more,
    }


def heart_rate(id: str, at: datetime, value: float = 80, **more: Any) -> Json:
    """An Observation of p1's heart rate."""
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": concept(None, coding("http://loinc.org", "8867-4")),
        "subject": ref("Patient", "p1"),
        "encounter": ref("Encounter", "e1"),
        "effectiveDateTime": when(at),
        "valueQuantity": {
            "value": value,
            "unit": "/min",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
        **more,
    }


def flag(id: str, dictionary: str, code: str, status: str = "active", **more: Any) -> Json:
    """A Flag of p1 by a code of the hospital's dictionaries."""
    system = f"http://hospital.example/fhir/CodeSystem/{dictionary}"
    return {
        "resourceType": "Flag",
        "id": id,
        "status": status,
        "code": concept(code, coding(system, code)),
        "subject": ref("Patient", "p1"),
        "encounter": ref("Encounter", "e1"),
        **more,
    }


__all__ = ["Follower", "Hospital", "flag", "heart_rate", "patient", "period", "small_ward", "stay"]
