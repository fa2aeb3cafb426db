"""A hub that starts anew while its hospital fails at one kind of thing: the ward goes on."""

from pathlib import Path

import httpx
import pytest

from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.rest import Rest
from tests.fakes.fake_clock import ManualClock
from tests.his import written_samples as samples
from tests.his.hospital import WARD, heart_rate, patient, small_ward, stay
from tests.his.hub import hub_side
from tests.his.scripted import HOST, URL, Line, lines

pytestmark = pytest.mark.anyio

TASK = "his.Task.t-1"
TRIES = 3
"""Turns until a type is known to fail by itself."""


class Failing(Line):
    """A line to a server that fails at some types, however it is asked for them."""

    types: frozenset[str] = frozenset()
    status = 500

    async def send(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.split("/")[2] in self.types:
            return httpx.Response(self.status, content=b"{}")
        return await super().send(request)


@pytest.mark.expects_log("the link to the hospital system is")
@pytest.mark.parametrize("status", [500, 503])
async def test_a_failing_type_stops_no_hub_that_starts_anew(tmp_path: Path, status: int) -> None:
    clock = ManualClock()
    world = small_ward(clock.now())
    for one in (patient(), stay(), samples.TASK):
        world.put(one)
    line = Failing(Rest(world, clock, Faults(clock)).app, clock)
    line.status = status

    def his() -> FhirHis:
        return FhirHis(URL, WARD, "his", load_mapping(), clock=clock)

    with lines({HOST: line}):
        first = his()
        with hub_side(first, clock, tmp_path) as hub:
            assert await hub.turn()
            assert TASK in await hub.of("plan_item")
        await first.close()
        line.types = frozenset({"Task", "Condition"})
        second = his()
        with hub_side(second, clock, tmp_path) as hub:
            for stored in await hub.store.read(lambda tx: tx.all("ward", "plan_item")):
                hub.facts.put(stored)
            for stored in await hub.store.read(lambda tx: tx.all("ward", "encounter")):
                hub.facts.put(stored)
            await hub.sync.load()
            world.now = clock.now()
            world.put(heart_rate("o", clock.now()))
            turns = 1
            while not await hub.turn():
                turns += 1
                clock.advance(10)
                # What the census holds is found out first, then what happens.
                assert turns < 2 * TRIES, "the ward stands still"
            assert "his.o" in await hub.of("vital_sign")
            assert TASK in await hub.of("plan_item"), "nobody has said that it is gone"
            for _ in range(4):
                clock.advance(30)
                assert await hub.turn()
            line.types = frozenset()
            world.now = clock.now()
            world.change("Task", "t-1", status="cancelled")
            for _ in range(30):
                clock.advance(30)
                assert await hub.turn()
            assert TASK not in await hub.of("plan_item")
        await second.close()
