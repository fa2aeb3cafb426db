"""What a hub of several must not lose sight of, whatever its store does: who is revoked, and whose
hub is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.errors import StorageFault
from smartward.hub import app
from smartward.hub.access import HOUSE
from smartward.hub.app import Hub
from smartward.hub.lease import HELD_S
from smartward.hub.presence import put_status
from smartward.hub.store.base import Reader, Tx
from smartward.hub.store.model import decode
from smartward.hub.store.sqlite import SqliteStore
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.screens import TestScreen
from tests.hub.ward_docs import WARD, bed_id

pytestmark = pytest.mark.anyio

T = TypeVar("T")

BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION
OTHER = "another hub"


class Shared(SqliteStore):
    """A file as a database of several hubs: it can be away for who reads it."""

    shared = True
    away = False

    def _look(self, fn: Callable[[Reader], T]) -> T:
        if self.away:
            raise StorageFault("storage.away", "it begins anew just now")
        return super()._look(fn)


class Here(Ward):
    """The hub in question. What another one writes is written at its store."""

    @property
    def store(self) -> Shared:
        assert isinstance(self.hub.store, Shared)
        return self.hub.store

    async def until(self, met: Callable[[], bool | Awaitable[bool]], most_s: float) -> None:
        """Let time pass until it is so."""
        passed = 0.0
        while True:
            found = met()
            if found if isinstance(found, bool) else await found:
                return
            assert passed <= most_s, "too late"
            passed += 0.5
            await self.passes(0.5)

    async def passes(self, seconds: float) -> None:
        """Who reads takes its turn as who writes does, however slow the machine is."""
        for _ in range(round(seconds / 0.5)):
            self.clock.advance(0.5)
            for _ in range(3):
                with contextlib.suppress(StorageFault):
                    await self.store.write(lambda tx: None)
                with contextlib.suppress(StorageFault):
                    await self.store.read(lambda reader: None)

    async def listens_elsewhere(self) -> Device:
        """A station that is there, for it listens at the other hub."""
        device = await self.enrol(STATION)

        def write(tx: Tx) -> None:
            tx.listening_set(device.id, OTHER, here=True)
            put_status(tx, device, online=True, since=tx.now)

        await self.store.write(write)
        return device

    async def there(self, device: Device) -> bool:
        stored = await self.store.write(lambda tx: tx.get(WARD, "screen", device.id))
        return stored is not None and decode(stored.body, ScreenStatus).online

    async def away(self, device: Device) -> bool:
        return not await self.there(device)


@pytest.fixture
async def here(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Here]:
    def opened(settings: Any, folder: Path, clock: Any) -> Shared:
        return Shared.open(folder / "hub.sqlite", clock, keep_days=30)

    monkeypatch.setattr(app, "open_store", opened)
    hub = Hub(replace(SETTINGS, ward=WARD), tmp_path / "d", clock, None)
    await hub.start()
    await docs.furnish(hub.store)
    yield Here(hub, clock)
    await hub.stop()


def revoke(device: Device) -> Callable[[Tx], None]:
    def write(tx: Tx) -> None:
        tx.credential_delete(device.id)
        tx.delete(HOUSE, "device", device.id)

    return write


@pytest.mark.expects_log("devices of the other hubs")
async def test_a_revocation_at_another_hub_is_heard_of_though_the_first_read_fails(
    here: Here,
) -> None:
    device = await here.enrol(BEDSIDE, bed_id(1))
    screen = TestScreen(device)
    screen.connect(here.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    here.store.away = True
    await here.store.write(revoke(device))
    await here.until(lambda: "devices of the other hubs" in here.hub.following.failing, 1.0)
    here.store.away = False
    await here.until(lambda: here.hub.access.device(device.id) is None, 5.0)
    await here.until(lambda: here.hub.feed.connected()[BEDSIDE] == 0, 1.0)
    await screen.hang_up()


async def test_a_moved_screen_keeps_the_feed_it_was_given_before_the_hub_looked(
    here: Here,
) -> None:
    device = await here.enrol(BEDSIDE, bed_id(1))
    old = TestScreen(device)
    old.connect(here.hub.feed)
    await old.until(lambda mirror: mirror.current)
    following: Any = here.hub.following
    store, look, looked = here.store, asyncio.Event(), asyncio.Event()

    class Later:
        @staticmethod
        async def read(job: Callable[[Reader], None]) -> None:
            await look.wait()
            await store.read(job)
            looked.set()

    following._store = Later
    screen = TestScreen(await here.enrol(BEDSIDE, bed_id(2), device_id=device.id))
    screen.connect(here.hub.feed)
    look.set()
    await looked.wait()
    following._store = store
    await screen.until(lambda mirror: mirror.current)
    here.clock.advance(here.hub.settings.beat_s)
    await screen.until(lambda mirror: mirror.events[-1].name == "beat")
    assert here.hub.feed.connected()[BEDSIDE] == 1, "its new feed, and the old one has ended"
    await screen.hang_up()
    await old.hang_up()


async def test_a_revocation_while_a_hub_starts_is_heard_of(here: Here) -> None:
    device = await here.enrol(BEDSIDE, bed_id(1))
    await here.hub.following.stop()
    await here.store.write(revoke(device))
    await here.passes(0.5)
    assert here.hub.access.device(device.id) is not None
    await here.hub.following.start()
    await here.until(lambda: here.hub.access.device(device.id) is None, 1.0)


@pytest.mark.parametrize("back_s", [0.0, 3600.0])
async def test_who_listened_at_a_hub_that_is_gone_is_told_away_wherever_the_clock_was_set(
    here: Here, monkeypatch: pytest.MonkeyPatch, back_s: float
) -> None:
    device = await here.listens_elsewhere()
    held = timedelta(seconds=HELD_S)
    for _ in range(8):
        await here.store.write(lambda tx: tx.hub_put(OTHER, tx.now + held))
        await here.passes(2.0)
        assert here.hub.following.others == {OTHER: True}
    assert await here.there(device)
    monkeypatch.setattr(Tx, "store_time", lambda tx: tx.now - timedelta(seconds=back_s))
    await here.until(lambda: here.away(device), 2 * HELD_S + SETTINGS.link_stale_s + 2.0)


@pytest.mark.expects_log("telling the other hubs")
async def test_a_hub_that_is_gone_is_seen_again_by_the_beat_after_one_that_was_not_stored(
    here: Here,
) -> None:
    device = await here.listens_elsewhere()
    await here.store.write(lambda tx: tx.hub_put(OTHER, tx.now + timedelta(seconds=60)))
    await here.passes(SETTINGS.link_stale_s + 3.0)
    assert await here.there(device)

    def refuse(tx: Tx) -> None:
        raise StorageFault("storage.away", "the commit had no answer")

    await here.store.write(lambda tx: tx.hub_put(OTHER, tx.now))
    here.store.in_write.append(refuse)
    await here.passes(2.5)
    here.store.in_write.remove(refuse)
    await here.until(lambda: here.away(device), SETTINGS.link_stale_s + 5.0)
