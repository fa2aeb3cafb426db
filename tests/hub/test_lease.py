"""Who decides for a ward: one hub at a time, and nothing is written by one that was replaced."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.deciding import Decider
from smartward.hub.lease import HELD_S, LOOK_S, RENEW_S, LeasedDecider, LeasedStore, LeaseLost
from smartward.hub.parts import decider
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import instant
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

OURS = replace(SETTINGS, ward=WARD)


class Shared(SqliteStore):
    """A file that several deciding parts of this process write, as hubs do a database."""

    shared = True


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    opened = Shared.open(tmp_path / "hub.sqlite", clock, keep_days=30)
    yield opened
    opened.close()


class Hubs:
    """Some hubs' deciding parts on one store."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock
        self.there: list[LeasedDecider] = []
        self.made: list[Decider] = []

    def factory(self, store: Store, clock: Any, settings: Settings) -> Decider:
        made = decider(store, clock, settings)
        self.made.append(made)
        return made

    async def add(self, name: str) -> LeasedDecider:
        hub = LeasedDecider(self.factory, self.store, self.clock, OURS, name)
        self.there.append(hub)
        await hub.start()
        return hub

    async def until(self, met: Callable[[], bool]) -> None:
        """Let the tasks run, no time passing."""
        async with asyncio.timeout(10):
            while not met():
                await self.store.read(lambda reader: None)

    async def passing(self, met: Callable[[], bool], most_s: float) -> float:
        """Let time pass until it is so; gives how long that was."""
        passed = 0.0
        while not met():
            assert passed < most_s, "too late"
            self.clock.advance(0.1)
            passed += 0.1
            for _ in range(10):
                await self.store.read(lambda reader: None)
        return passed

    async def number(self) -> int:
        lease = await self.store.read(lambda reader: reader.lease(WARD))
        assert lease is not None
        return lease.number

    def deciding(self) -> list[str]:
        return [hub.holder for hub in self.there if hub.deciding]


@pytest.fixture
async def hubs(store: Store, clock: ManualClock) -> AsyncIterator[Hubs]:
    made = Hubs(store, clock)
    try:
        yield made
    finally:
        for hub in made.there:
            await hub.stop()
        await store.finish()


async def test_one_of_two_hubs_decides_and_goes_on_while_it_renews(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    second = await hubs.add("b")
    for _ in range(100):
        hubs.clock.advance(0.3)
        for _ in range(5):
            await hubs.store.read(lambda reader: None)
        assert hubs.deciding() == ["a"]
    assert await hubs.number() == 1
    assert second.decided_by == ("a", 1)


async def test_a_hub_that_is_gone_is_replaced_within_five_seconds(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    await hubs.add("b")
    # As by kill -9: nothing of it runs any more, and nothing was let go.
    await first._tasks.stop()
    took = await hubs.passing(lambda: hubs.deciding() == ["b"], 5.0)
    assert took <= HELD_S + LOOK_S + 0.2
    assert await hubs.number() == 2


async def test_a_hub_that_ends_in_order_is_replaced_at_the_next_look(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    second = await hubs.add("b")
    await first.stop()
    assert await hubs.passing(lambda: second.decided_by == ("b", 2), 2.0) <= LOOK_S + 0.2


async def test_a_write_with_an_old_number_is_refused_and_writes_nothing(store: Store) -> None:
    old, new = LeasedStore(store, WARD, "a"), LeasedStore(store, WARD, "b")
    until = store._clock.now()
    old.number = await store.write(lambda tx: tx.lease_take(WARD, "a", until)) or 0
    await old.write(lambda tx: tx.meta_set("by", "a"))
    new.number = await store.write(lambda tx: tx.lease_take(WARD, "b", until)) or 0
    assert (old.number, new.number) == (1, 2)
    old.over()
    with pytest.raises(LeaseLost, match="number 1"):
        await old.write(lambda tx: tx.meta_set("by", "a again"))
    await new.write(lambda tx: tx.meta_set("more", "b"))
    assert await store.read(lambda reader: reader.meta_get("by")) == "a"
    assert not store.ailing


async def test_of_two_that_see_it_free_at_once_one_takes_it(store: Store) -> None:
    now = store._clock.now()
    await store.write(lambda tx: tx.lease_take(WARD, "z", now))
    seen = await store.read(lambda reader: reader.lease(WARD))
    assert seen is not None

    def both(tx: Tx) -> tuple[int | None, int | None]:
        # What the second saw is over once the first has it.
        first = tx.lease_take(WARD, "a", now)
        tx.lease = lambda ward: seen  # type: ignore[method-assign]
        return first, tx.lease_take(WARD, "b", now)

    assert await store.write(both) == (2, None)


@pytest.mark.expects_log("another hub may decide")
async def test_a_holder_that_was_replaced_stops_deciding(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    later = hubs.clock.now()
    await hubs.store.write(lambda tx: tx.lease_take(WARD, "b", later))
    await hubs.passing(lambda: not first.deciding, RENEW_S + 0.3)


@pytest.mark.expects_log("task decide failed", "another hub may decide")
async def test_a_holder_that_cannot_renew_stops_before_another_may_begin(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    hubs.store.failing = True
    await hubs.passing(lambda: not first.deciding, 2 * HELD_S)
    hubs.store.failing = False
    await hubs.passing(lambda: first.deciding, 2 * HELD_S)
    assert await hubs.number() == 2


@pytest.mark.expects_log("another hub may decide")
async def test_a_new_term_has_a_deciding_part_of_its_own(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    await hubs.store.write(lambda tx: tx.lease_take(WARD, "b", tx.now))
    await hubs.passing(lambda: not first.deciding, 3)
    await hubs.passing(lambda: first.deciding, 3)
    # One was made to see that the settings are right.
    assert len(hubs.made) == 3
    assert await hubs.number() == 3


async def test_the_others_tell_of_the_hospital_system_what_the_holder_tells(hubs: Hubs) -> None:
    at = instant(hubs.clock.now())
    told = f'{{"his_as_of":"{at}","his_up":true}}'.encode()

    def hold(tx: Tx) -> None:
        tx.lease_take(WARD, "a", hubs.clock.now())
        lease = tx.lease(WARD)
        assert lease is not None
        tx.lease_renew(replace(lease, until="9", told=told))

    await hubs.store.write(hold)
    second = await hubs.add("b")
    await hubs.until(lambda: second.his_up)
    assert second.his_as_of == hubs.clock.now()
    assert not second.deciding
    with pytest.raises(Misconfigured, match="decides_elsewhere"):
        await second.reload_rules({})


async def test_who_is_alone_on_a_file_decides_at_once_whatever_it_says(
    tmp_path: Path, clock: ManualClock
) -> None:
    store = SqliteStore.open(tmp_path / "own.sqlite", clock, keep_days=30)
    far = clock.now().replace(year=2099)
    await store.write(lambda tx: tx.lease_take(WARD, "whoever was copied", far))
    hub = LeasedDecider(decider, store, clock, OURS, "a")
    await hub.start()
    assert hub.deciding
    assert hub.decided_by == ("a", 2)
    await hub.stop()
    store.close()
