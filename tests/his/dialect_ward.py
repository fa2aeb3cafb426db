"""A ward behind a server of another dialect, in this process: no socket, the clock told to move."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import httpx

from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.walk import OVERLAP
from smartward.his.simulator.dialects import DIALECTS, PLAIN, Dialect
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.people import BADGE_SYSTEM
from smartward.his.simulator.rest import PREFIX, Rest
from smartward.his.simulator.world import World
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import WARD, Json, small_ward

_mapping = cache(load_mapping)
BASE = f"http://his.example{PREFIX}"


class Counting(httpx.ASGITransport):
    """Hands requests to the application and keeps what was asked, as (method, path, query)."""

    def __init__(self, app: object) -> None:
        super().__init__(app=app)  # type: ignore[arg-type]  # declared wider than what it is here
        self.asked: list[tuple[str, str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, request.url.query.decode()))
        return await super().handle_async_request(request)


class DialectWard:
    """One world, seen through a dialect, and plainly for comparison."""

    def __init__(self, dialect: Dialect | str, world: World | None = None) -> None:
        self.dialect = DIALECTS[dialect] if isinstance(dialect, str) else dialect
        self.clock = ManualClock()
        self.world = world if world is not None else small_ward(self.clock.now())
        self.faults = Faults(self.clock)
        self.asked: list[tuple[str, str, str]] = []
        self._clients: list[FhirHis] = []

    @property
    def _needs_patients(self) -> bool:
        return "Encounter" in self.dialect.patient_needed

    def patients(self) -> Iterator[str]:
        """What a hospital would put into the file of patients."""
        return (row.resource["id"] for row in self.world.store.all("Patient"))

    def his(self, dialect: Dialect | None = None) -> FhirHis:
        """A client of its own."""
        dialect = dialect or self.dialect
        client = FhirHis(BASE, WARD, "his", _mapping(), clock=self.clock, badge_system=BADGE_SYSTEM)
        transport = Counting(Rest(self.world, self.clock, self.faults, dialect).app)
        if dialect is self.dialect:
            self.asked = transport.asked
        client.http.new_client = lambda: httpx.AsyncClient(transport=transport)  # type: ignore[assignment]  # a stand-in of this test
        client.http._client = client.http.new_client()
        if dialect is self.dialect and self._needs_patients:
            client.poll_by(OVERLAP, lambda: list(self.patients()))
        self._clients.append(client)
        return client

    def plain(self) -> FhirHis:
        """A client of a server without any habit, which merely lacks the same types."""
        return self.his(replace(PLAIN, name="plain too", missing=self.dialect.missing))

    def put(self, *resources: Json) -> None:
        """Write at the clock's present."""
        self.world.now = max(self.world.now, self.clock.now())
        for resource in resources:
            self.world.put(resource)

    def edit_silently(self, kind: str, id: str, before: bytes, after: bytes) -> None:
        """Change a row without another date or version."""
        row = self.world.store.get(kind, id)
        assert row is not None
        assert before in row.text
        text = row.text.replace(before, after)
        self.world.store._rows[kind][id] = type(row)(row.resource, row.version, row.updated, text)

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
