"""The HIS's word becomes documents; its silence changes nothing."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from smartward.clinical.bed import Bed
from smartward.clinical.device import HisLink
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.config import Settings
from smartward.errors import BadData, StorageFault, Unreachable
from smartward.his.port import Kind, Rejection
from smartward.hub.facts import WardFacts
from smartward.hub.his_sync import HisSync
from smartward.hub.store.sqlite import Store
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import FakeHis, bed, stay

pytestmark = pytest.mark.anyio
W = "ward"


class World:
    """A store, a hospital, and the sync between them."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.store = Store.open(path, self.clock)
        self.his = FakeHis(self.clock)
        self.his.beds = [bed("1"), bed("2"), bed("3", "302")]
        self.facts = WardFacts()
        self.sync = HisSync(self.store, self.his, self.clock, Settings(), self.facts)
        self.writes = 0
        self.store.on_commit.append(self._committed)

    def _committed(self, committed: object) -> None:
        self.writes += 1
        for stored in committed.changed:  # type: ignore[attr-defined]
            self.facts.put(stored)
        for kind, id in committed.gone:  # type: ignore[attr-defined]
            self.facts.drop(kind, id)

    async def ids(self, kind: str) -> set[str]:
        return {stored.id for stored in await self.store.read(lambda tx: tx.all(W, kind))}

    async def bed_of(self, kind: str, id: str) -> str | None:
        stored = await self.store.read(lambda tx: tx.get(W, kind, id))
        assert stored is not None
        return stored.bed

    async def bed(self, number: str) -> Bed:
        stored = await self.store.read(lambda tx: tx.get(W, "bed", f"his.bed-{number}"))
        assert stored is not None
        return msgspec.json.decode(stored.body, type=Bed)

    async def link(self) -> HisLink:
        stored = await self.store.read(lambda tx: tx.get(W, "his_link", "his"))
        assert stored is not None
        return msgspec.json.decode(stored.body, type=HisLink)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "hub.db")
    yield world
    world.store.close()


def pulse(world: World, name: str, encounter: str, minutes_ago: float = 5) -> VitalSign:
    at = world.clock.now() - timedelta(minutes=minutes_ago)
    return VitalSign(
        id=f"his.{name}",
        encounter_id=f"his.{encounter}",
        taken_at=at,
        received_at=at,
        measurements=(Measurement(parameter=Parameter.HEART_RATE, value=0.0),),
    )


def drip(world: World, name: str, encounter: str) -> Infusion:
    return Infusion(
        id=f"his.{name}",
        encounter_id=f"his.{encounter}",
        status=InfusionStatus.RUNNING,
        total_ml=500.0,
        left_ml=400.0,
        rate_ml_h=100.0,
        source=VolumeSource.MEASURED,
        measured_at=world.clock.now(),
    )


async def test_a_census_becomes_beds_and_patients(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    assert await world.sync.turn()
    assert await world.ids("bed") == {"his.bed-1", "his.bed-2", "his.bed-3"}
    assert (await world.bed("1")).occupants == ("his.zhang",)
    assert (await world.bed("2")).occupants == ()
    assert await world.bed_of("encounter", "his.zhang") == "his.bed-1"


async def test_hearing_the_same_again_writes_nothing(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    await world.sync.turn()
    heard_at = world.clock.now()
    await world.ids("vital_sign")  # the fan-out of the last write has passed
    before = world.writes
    for _ in range(3):
        world.clock.advance(5)
        assert await world.sync.turn()
    await world.ids("vital_sign")
    assert world.writes == before
    stored = await world.store.read(lambda tx: tx.get(W, "vital_sign", "his.p1"))
    assert stored is not None
    sign = msgspec.json.decode(stored.body, type=VitalSign)
    assert sign.received_at == heard_at
    assert sign.measurements[0].value == 0.0


async def test_a_discharge_takes_all_that_belonged_to_the_stay(world: World) -> None:
    world.his.admit(stay("zhang", "1"), stay("li", "2"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p2", "li"))
    await world.sync.turn()
    del world.his.encounters["his.zhang"]
    await world.sync.turn()
    assert await world.ids("encounter") == {"his.li"}
    assert await world.ids("vital_sign") == {"his.p2"}
    assert (await world.bed("1")).occupants == ()


async def test_a_census_that_forgets_a_patient_is_not_believed(world: World) -> None:
    world.his.admit(stay("zhang", "1"), stay("li", "2"))
    await world.sync.turn()
    world.his.hidden = {"his.zhang", "his.li"}
    await world.sync.turn()
    assert await world.ids("encounter") == {"his.zhang", "his.li"}
    assert (await world.bed("1")).occupants == ("his.zhang",)


async def test_a_transfer_takes_everything_along(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "p1", "zhang"))
    world.his.tell(Kind.INFUSION, drip(world, "d1", "zhang"))
    await world.sync.turn()
    world.his.move("zhang", "3")
    await world.sync.turn()
    for kind, id in (("encounter", "his.zhang"), ("vital_sign", "his.p1"), ("infusion", "his.d1")):
        assert await world.bed_of(kind, id) == "his.bed-3"
    assert (await world.bed("1")).occupants == ()
    assert (await world.bed("3")).occupants == ("his.zhang",)


async def test_two_patients_change_beds_in_one_census(world: World) -> None:
    world.his.admit(stay("zhang", "1"), stay("li", "2"))
    world.his.tell(Kind.INFUSION, drip(world, "d1", "zhang"))
    await world.sync.turn()
    world.his.move("zhang", "2")
    world.his.move("li", "1")
    await world.sync.turn()
    assert (await world.bed("1")).occupants == ("his.li",)
    assert (await world.bed("2")).occupants == ("his.zhang",)
    assert await world.bed_of("infusion", "his.d1") == "his.bed-2"


@pytest.mark.expects_log("hospital system is down")
async def test_a_dead_his_changes_nothing_and_is_told_once(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    await world.sync.turn()
    as_of = world.sync.as_of
    world.his.fault = Unreachable("his.unreachable")
    for _ in range(3):
        world.clock.advance(5)
        assert not await world.sync.turn()
    assert await world.ids("encounter") == {"his.zhang"}
    link = await world.link()
    assert not link.up
    assert link.since == world.clock.now() - timedelta(seconds=10)
    assert link.last_census_at == as_of == world.sync.as_of


@pytest.mark.expects_log("hospital system is")
async def test_it_comes_back_with_the_time_it_came_back(world: World) -> None:
    world.his.fault = BadData("his.bad_answer")
    await world.sync.turn()
    world.his.fault = None
    world.clock.advance(30)
    assert await world.sync.turn()
    link = await world.link()
    assert link.up
    assert link.since == world.clock.now()
    assert world.sync.as_of == world.clock.now()


async def test_what_is_gone_from_a_whole_answer_is_asked_for_and_forgotten(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.INFUSION, drip(world, "d1", "zhang"))
    await world.sync.turn()
    world.his.dependent.clear()
    await world.sync.turn()
    assert (Kind.INFUSION, "his.d1") in world.his.asked
    assert await world.ids("infusion") == set()


async def test_a_value_from_the_future_is_doubtful(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "ahead", "zhang", minutes_ago=-5))
    world.his.tell(Kind.VITAL_SIGN, pulse(world, "now", "zhang", minutes_ago=0))
    await world.sync.turn()
    for id, doubtful in (("his.ahead", True), ("his.now", False)):
        stored = await world.store.read(lambda tx, id=id: tx.get(W, "vital_sign", id))
        assert stored is not None
        assert msgspec.json.decode(stored.body, type=VitalSign).doubtful is doubtful


async def test_rejections_are_counted_by_reason_each_thing_once(world: World) -> None:
    one = Rejection(source_id="o1", resource_type="Observation", key="his.rejection.no_time")
    two = dataclasses.replace(one, source_id="o2")
    world.his.rejected = (one, two, one)
    await world.sync.turn()
    assert (await world.link()).rejected == {"his.rejection.no_time": 2}
    world.his.rejected = (one,)
    await world.sync.turn()
    assert (await world.link()).rejected == {"his.rejection.no_time": 1}
    kept = await world.store.read(lambda tx: tx.rejected_all())
    assert [(row.resource_type, row.source_id, row.key) for row in kept] == [
        ("Observation", "o1", "his.rejection.no_time")
    ]


async def test_the_last_census_is_remembered_by_the_next_process(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    await world.sync.turn()
    again = HisSync(world.store, world.his, world.clock, Settings(), WardFacts())
    await again.load()
    assert again.as_of == world.sync.as_of


async def test_an_answer_without_beds_clears_no_ward(world: World) -> None:
    world.his.admit(stay("zhang", "1"))
    await world.sync.turn()
    world.his.hidden_beds = True
    await world.sync.turn()
    assert await world.ids("bed") == {"his.bed-1", "his.bed-2", "his.bed-3"}
    assert (await world.bed("1")).occupants == ("his.zhang",)
    world.his.hidden_beds = False
    world.his.beds.pop()
    await world.sync.turn()
    assert await world.ids("bed") == {"his.bed-1", "his.bed-2"}


@pytest.mark.expects_log("hospital system is down")
async def test_an_edge_that_could_not_be_written_is_told_by_the_next_turn(world: World) -> None:
    await world.sync.turn()
    world.his.fault = Unreachable("his.unreachable")
    world.store.failing = True
    with pytest.raises(StorageFault):
        await world.sync.turn()
    world.store.failing = False
    await world.sync.turn()
    assert not (await world.link()).up
