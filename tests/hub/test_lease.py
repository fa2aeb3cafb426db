"""Who decides for a ward: one hub at a time, and nothing is written by one that was replaced."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.deciding import Decider
from smartward.hub.lease import BEGIN_S, HELD_S, LOOK_S, RENEW_S, LeasedDecider
from smartward.hub.leased_store import LeasedStore, LeaseLost
from smartward.hub.parts import decider
from smartward.hub.rule_settings import load_rules
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import instant
from smartward.hub.store.postgres import PostgresStore
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes import postgres
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

OURS = replace(SETTINGS, ward=WARD)
_TURNS = 20
"""So many reads and writes one after the other a step leaves time for: to begin to decide is the
longest way."""


class Shared(SqliteStore):
    """A file that several deciding parts of this process write, as hubs do a database."""

    shared = True


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.long)])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    """The stand-in, and a real PostgreSQL: the same rules hold in both."""
    with contextlib.ExitStack() as stack:
        opened: Store
        if request.param == "database":
            url = stack.enter_context(postgres.database())
            opened = PostgresStore.open(url, WARD, clock)
        else:
            opened = Shared.open(tmp_path / "hub.sqlite", clock, keep_days=30)
        stack.callback(opened.close)
        yield opened


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
            await self._step(0.1)
            passed += 0.1
        return passed

    async def stays(self, who: str, seconds: float) -> None:
        """Let so much time pass, in which this hub alone decides at every moment."""
        for _ in range(round(seconds / 0.3)):
            await self._step(0.3)
            assert self.deciding() == [who]

    async def _step(self, seconds: float) -> None:
        """Whom the time wakes has its turn before any more passes: both threads of the store have
        done what they were asked, one thing after the other, however slow the machine is."""
        self.clock.advance(seconds)
        for _ in range(_TURNS):
            await self.store.finish()
            await self.store.read(lambda reader: None)

    async def taken_by(self, other: str, seconds: float) -> None:
        """A hub that is not here takes the lease for so long, by the store's clock."""
        span = timedelta(seconds=seconds)
        await self.store.write(lambda tx: tx.lease_take(WARD, other, tx.store_time() + span))

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
    await hubs.stays("a", 30.0)
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
        tx.lease = lambda ward: seen  # type: ignore[method-assign]  # a stand-in of this test
        return first, tx.lease_take(WARD, "b", now)

    assert await store.write(both) == (2, None)


@pytest.mark.expects_log("another hub may decide")
async def test_a_holder_that_was_replaced_stops_deciding(hubs: Hubs) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    # Held for a while: a free one would be taken back, and decided by, within the same look.
    await hubs.taken_by("b", HELD_S)
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
    await hubs.taken_by("b", RENEW_S + LOOK_S)
    await hubs.passing(lambda: not first.deciding, 3)
    # A database has its own clock: there it is over once nobody has renewed it for so long.
    await hubs.passing(lambda: first.deciding, HELD_S + LOOK_S + 0.3)
    # One was made to see that the settings are right.
    assert len(hubs.made) == 3
    assert await hubs.number() == 3


class Sick(Decider):
    """One that has the same fault at each start."""

    broken = True

    async def start(self) -> None:
        if self.broken:
            raise Misconfigured("rules.unreadable", name="rules.toml")
        await super().start()


class Hanging(Sick):
    """One whose start waits for ever."""

    async def start(self) -> None:
        if self.broken:
            await asyncio.Event().wait()
        await super().start()


@pytest.fixture
def sick(hubs: Hubs, monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Sick]], LeasedDecider]:
    """A hub on which nothing can begin to decide until `broken` is no more."""

    def made(kind: type[Sick]) -> LeasedDecider:
        monkeypatch.setattr(kind, "broken", True)

        def factory(store: Store, clock: Any, settings: Settings) -> Decider:
            return kind(store, clock, settings, None, load_rules(settings))

        hub = LeasedDecider(factory, hubs.store, hubs.clock, OURS, "sick")
        hubs.there.append(hub)
        return hub

    return made


@pytest.mark.expects_log("begin to decide")
@pytest.mark.parametrize("kind, most_s", [(Sick, 2.0), (Hanging, BEGIN_S + 2.0)])
async def test_a_holder_that_cannot_begin_leaves_the_ward_to_one_that_can(
    hubs: Hubs,
    sick: Callable[[type[Sick]], LeasedDecider],
    kind: type[Sick],
    most_s: float,
) -> None:
    first = sick(kind)
    await first.start()
    await hubs.until(lambda: first.decided_by == ("sick", 1))
    well = await hubs.add("b")
    await hubs.passing(lambda: hubs.deciding() == ["b"], most_s)
    # It keeps off as long as the other one is there.
    await hubs.stays("b", 12.0)
    assert well.decided_by == first.decided_by == ("b", 2)


@pytest.mark.expects_log("begin to decide")
async def test_a_hub_that_could_not_begin_and_is_alone_tries_again(
    hubs: Hubs, sick: Callable[[type[Sick]], LeasedDecider]
) -> None:
    alone = sick(Sick)
    await alone.start()
    await hubs.passing(lambda: alone.decided_by is None and bool(alone.failing), 2.0)
    await hubs.passing(lambda: alone.decided_by is not None, 4.0)
    await hubs.passing(lambda: alone.decided_by is None, 4.0)
    assert alone.failing == {"begin to decide"}
    Sick.broken = False
    await hubs.passing(lambda: alone.deciding, 8.0)
    assert not alone.failing


@pytest.mark.parametrize("back_s", [10.0, 3600.0])
async def test_a_lease_that_nobody_renews_is_over_wherever_the_stores_clock_was_set(
    hubs: Hubs, monkeypatch: pytest.MonkeyPatch, back_s: float
) -> None:
    first = await hubs.add("a")
    await hubs.until(lambda: first.deciding)
    second = await hubs.add("b")
    # A holder that lives renews, and keeps it.
    monkeypatch.setattr(Tx, "store_time", lambda tx: tx.now - timedelta(seconds=back_s))
    await hubs.stays("a", 12.0)
    await first._tasks.stop()
    monkeypatch.setattr(Tx, "store_time", lambda tx: tx.now - timedelta(seconds=2 * back_s))
    took = await hubs.passing(lambda: hubs.deciding() == ["b"], 5.1)
    assert took > 1.0  # the last renewal may have been up to RENEW_S before it stopped
    assert second.decided_by == ("b", 2)


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
