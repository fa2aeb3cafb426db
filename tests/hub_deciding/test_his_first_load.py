"""A ward is met for the first time, some stays at a time: the next are asked for while the last
are written."""

from collections.abc import AsyncIterator, Callable, Collection
from datetime import timedelta
from pathlib import Path

import pytest

from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.config import Settings
from smartward.errors import StorageFault, Unreachable
from smartward.his.port import Changes, Kind, Watermark
from smartward.hub.facts import WardFacts
from smartward.hub.his_sync import HisSync
from smartward.hub.store.model import Committed
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.fakes.fake_his import FakeHis, bed, stay

pytestmark = pytest.mark.anyio

W = Settings().ward
STAYS = 30


class Hospital(FakeHis):
    """Remembers who was asked about."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.calls: list[list[str]] = []
        self.before: Callable[[int], None] = lambda call: None

    async def changes(self, encounter_ids: Collection[str], since: Watermark | None) -> Changes:
        self.calls.append(list(encounter_ids))
        self.before(len(self.calls))
        return await super().changes(encounter_ids, since)


class World:
    """Thirty patients with a pulse each, and a hub that never met them."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.store = SqliteStore.open(path, self.clock)
        self.facts = WardFacts(self.store, W)
        self.his = Hospital(self.clock)
        self.his.beds = [bed("1")]
        at = self.clock.now() - timedelta(minutes=5)
        for n in range(STAYS):
            self.his.admit(stay(f"n{n}", None))
            pulse = Measurement(parameter=Parameter.HEART_RATE, value=70.0)
            sign = VitalSign(
                id=f"his.p{n}",
                encounter_id=f"his.n{n}",
                taken_at=at,
                received_at=at,
                measurements=(pulse,),
            )
            self.his.tell(Kind.VITAL_SIGN, sign)
        self.sync = HisSync(self.store, self.his, self.clock, Settings(), self.facts)
        self.store.on_commit.append(self._committed)

    def _committed(self, committed: Committed) -> None:
        for stored in committed.changed:
            self.facts.put(stored)
        for kind, id in committed.gone:
            self.facts.drop(kind, id)

    async def signs(self) -> int:
        return len(await self.store.read(lambda tx: tx.all(W, "vital_sign")))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "hub.db")
    yield world
    world.store.close()


async def test_some_stays_more_are_asked_about_each_time_until_it_is_all(world: World) -> None:
    assert await world.sync.turn()
    assert await world.signs() == STAYS
    assert [len(call) for call in world.his.calls] == [5, 25, 30]
    assert sorted(world.his.calls[2]) == sorted(world.his.encounters)
    assert await world.sync.turn()
    assert sorted(world.his.calls[3]) == sorted(world.his.encounters)
    assert len(world.his.calls) == 4


async def test_the_next_are_asked_for_before_the_last_are_written(world: World) -> None:
    written: list[int] = []

    def look(call: int) -> None:
        written.append(len(world.store.peek(lambda tx: tx.all(W, "vital_sign"))))

    world.his.before = look
    assert await world.sync.turn()
    # The first five, then twenty more: each while those before were still to be written.
    assert written == [0, 0, 5]
    assert await world.signs() == STAYS


@pytest.mark.expects_log("take over")
async def test_a_disk_that_fails_meanwhile_loses_nothing(world: World) -> None:
    def fail(call: int) -> None:
        world.store.failing = world.store.failing or call == 2

    world.his.before = fail
    with pytest.raises(StorageFault):
        await world.sync.turn()
    assert not world.sync.up
    assert world.sync.unread == set(world.his.encounters)
    assert await world.signs() == 0
    world.store.failing = False
    assert await world.sync.turn()
    assert (await world.signs(), world.sync.unread) == (STAYS, set())


@pytest.mark.expects_log("the link to the hospital system is")
async def test_a_hospital_that_fails_meanwhile_leaves_what_it_told_before(world: World) -> None:
    def fail(call: int) -> None:
        if call == 3:
            raise Unreachable("his.unreachable.slow", "test")

    world.his.before = fail
    assert not await world.sync.turn()
    assert await world.signs() == 25
    assert len(world.sync.unread) == 5
    assert await world.sync.turn()
    assert (await world.signs(), world.sync.unread) == (STAYS, set())
