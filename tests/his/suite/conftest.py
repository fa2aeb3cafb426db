"""Each test of the suite is run once against each hospital system, and leaves a record of it.

A test says what it shows by `@shows(…)`; `make verified` makes a row of that for each system.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from smartward.clinical.device import HisLink
from smartward.his.fhir.client import FhirHis
from smartward.hub.store.model import decode
from tests.his.hospital import Hospital
from tests.his.hub import HubSide, hub_side, scratch
from tests.his.independent.servers import Sekmet
from tests.his.suite.systems import SYSTEMS, Sekmeted, Served, Simulated, System, client


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    what = getattr(metafunc.function, "shows", None)
    if what is None:
        return
    metafunc.parametrize("system", [_case(one, what) for one in SYSTEMS], scope="module")


def _case(system: System, what: str) -> object:
    marks = [pytest.mark.verifies(system.whom, what), *system.marks]
    if what in system.cannot:
        marks.append(pytest.mark.skip(reason=system.cannot[what]))
        marks.append(pytest.mark.may_skip("what that system cannot do"))
    return pytest.param(system, marks=marks, id=system.name)


@pytest.fixture(scope="module")
def sekmet() -> Iterator[Sekmeted]:
    """Its process, with its buildings and people."""
    with scratch() as folder, Sekmet(folder) as running:
        yield Sekmeted(running, running.run("adt.facility"))


@pytest.fixture
async def served(system: System, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """The system that this run is about, with nobody on the ward."""
    if system.name == "sekmet":
        running: Sekmeted = request.getfixturevalue("sekmet")
        yield running
        running.clear()
        return
    async with Hospital() as hospital:
        yield Simulated(hospital)


@dataclass
class Following:
    """A client, and a hub that follows with it."""

    his: FhirHis
    hub: HubSide

    async def stays(self) -> dict[str, tuple[str, str]]:
        """Logical id of a stay -> the patient's name and the bed's logical id, as kept."""
        assert await self.hub.turn()
        return {
            id.removeprefix("his."): (one["patient"].name, one["bed_id"].removeprefix("his."))
            for id, one in (await self.hub.of("encounter")).items()
        }

    async def values(self) -> dict[str, dict[str, float]]:
        """Logical id of an Observation -> its values by parameter, as kept."""
        assert await self.hub.turn()
        return {
            id.removeprefix("his."): {str(m.parameter): m.value for m in one["measurements"]}
            for id, one in (await self.hub.of("vital_sign")).items()
        }

    async def rejected(self) -> dict[str, int]:
        """What is set aside, by reason, as the hub tells its screens."""
        ward = self.hub.settings.ward
        stored = await self.hub.store.read(lambda tx: tx.get(ward, "his_link", "his"))
        assert stored is not None
        return decode(stored.body, HisLink).rejected


@pytest.fixture
async def following(served: Served) -> AsyncIterator[Following]:
    """A hub's part with a store of its own."""
    his = client(served)
    with scratch() as folder, hub_side(his, served.clock, folder) as hub:
        yield Following(his, hub)
    await his.close()
