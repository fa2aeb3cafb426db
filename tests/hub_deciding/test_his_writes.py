"""A hub and a hospital that tell each other: what the ward entered comes back as itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.call_mark import Actor
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_entry import (
    EnteredValue,
    ObservationEntry,
    correct,
    current,
    signs_of,
    vital_sign,
)
from smartward.clinical.plan import PlanItem, PlanStatus
from smartward.clinical.plan_mark import PlanMark, marked
from smartward.clinical.rules import RuleSettings
from smartward.config import Settings
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from smartward.his.simulator.faults import Faults
from smartward.his.simulator.rest import Rest
from smartward.hub.deciding import Decider
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.write_table import QueueState
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.his import written_samples as samples
from tests.his.hospital import WARD as LOCATION
from tests.his.hospital import patient, small_ward, stay
from tests.his.scripted import HOST, URL, Line, lines

pytestmark = pytest.mark.anyio

W = "ward"
LI = Actor(device_id="d1", person_id="p1", name="李红", family="李", known="badge")


class Both:
    """The hub's deciding part on a real file, and the simulated hospital."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.world = small_ward(self.clock.now())
        for one in (patient(), stay(), samples.ORDER, samples.TASK):
            self.world.put(one)
        self.faults = Faults(self.clock)
        self.line = Line(Rest(self.world, self.clock, self.faults).app, self.clock)
        self.store = SqliteStore.open(path, self.clock)
        self.his = FhirHis(URL, LOCATION, "his", load_mapping(), clock=self.clock)
        self.decider = Decider(self.store, self.clock, Settings(), self.his, RuleSettings())

    async def until(self, met: Callable[[], Any], *, turns: int = 1) -> None:
        """Let time pass until it is so, and then through some polls more."""
        async with asyncio.timeout(20):
            while not await met():
                await self._pass()
        for _ in range(turns * 4):
            await self._pass()

    async def _pass(self) -> None:
        self.clock.advance(2)
        for _ in range(20):
            await self.store.read(lambda r: None)

    async def of(self, kind: str, cls: type[Any]) -> dict[str, Any]:
        found = await self.store.read(lambda r: r.all(W, kind))
        return {one.id: decode(one.body, cls) for one in found}

    async def told(self) -> bool:
        stand = await self.store.read(lambda r: r.queue_stand(W))
        return bool(stand.count(QueueState.TOLD)) and not stand.count(QueueState.WAITING)

    async def put(self, *documents: tuple[str, Any]) -> None:
        def write(tx: Tx) -> None:
            at = {"bed": "his.bed-1", "room": "his.room-1"}
            for kind, body in documents:
                tx.put(W, kind, body.id, body, **at)

        await self.store.write(write)


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    made = Both(tmp_path / "hub.sqlite")
    with lines({HOST: made.line}):
        await made.decider.start()

        async def here() -> bool:
            return len(await made.of("plan_item", PlanItem)) >= 2

        await made.until(here)
        yield made
        await made.decider.stop()
        made.store.close()


async def test_an_entry_comes_back_as_itself_and_what_was_wrong_stays_away(both: Both) -> None:
    values = (
        EnteredValue(parameter=Parameter.SYSTOLIC, text="118"),
        EnteredValue(parameter=Parameter.DIASTOLIC, text="76"),
        EnteredValue(parameter=Parameter.HEART_RATE, text="80"),
    )
    entry = ObservationEntry(
        id="set-1", encounter_id="his.e1", taken_at=MORNING, signs=signs_of(values, LI, MORNING)
    )
    signs = [vital_sign(entry, one) for one in current(entry)]
    await both.put(("observation_entry", entry), *(("vital_sign", one) for one in signs))
    await both.until(both.told, turns=3)
    assert await both.of("vital_sign", VitalSign) == {one.id: one for one in signs}
    # Corrected while the hospital refuses: what it still tells of the wrong value is not shown.
    both.faults.refuse("Observation", 422, "closed for the night")
    after = correct(entry, {"heart_rate": "88"}, LI, both.clock.now(), "slip")
    right = [vital_sign(after, one) for one in current(after)]

    def write(tx: Tx) -> None:
        tx.delete(W, "vital_sign", "ward.set-1.heart_rate.1")

    await both.store.write(write)
    await both.put(("observation_entry", after), *(("vital_sign", one) for one in right))

    async def refused() -> bool:
        stand = await both.store.read(lambda r: r.queue_stand(W))
        return stand.count(QueueState.REFUSED) == 2

    # Longer than the time after which everything is read whole again.
    await both.until(refused, turns=80)
    wanted = {one.id for one in right}
    assert (await both.of("vital_sign", VitalSign)).keys() == wanted
    assert len(both.world.store.all("Observation")) == 2


async def test_a_mark_holds_until_the_hospital_says_it_itself(both: Both) -> None:
    items = await both.of("plan_item", PlanItem)
    documents: list[tuple[str, Any]] = []
    for item, mark_id in ((items["his.Task.t-1"], "m1"), (items[samples.GIVEN.item_id], "m2")):
        mark = PlanMark(
            id=item.id, mark_id=mark_id, encounter_id="his.e1", medicine=mark_id == "m2",
            status=PlanStatus.DONE, by=LI, at=both.clock.now(), told=item.status,
            due_at=item.due_at,
        )  # fmt: skip
        documents += [("plan_mark", mark), ("plan_item", marked(item, mark))]
    await both.put(*documents)
    await both.until(both.told, turns=3)
    items = await both.of("plan_item", PlanItem)
    assert {one.status for one in items.values()} == {PlanStatus.DONE}
    marks = await both.of("plan_mark", PlanMark)
    assert {one.told for one in marks.values()} == {PlanStatus.DONE}
    (task,) = both.world.store.all("Task")
    assert task.resource["status"] == "completed"
    (dose,) = both.world.store.all("MedicationAdministration")
    assert dose.resource["status"] == "completed"
