"""What the hub says of itself is true: a full disk, a part that fails, and both being over."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartward.clinical.device import ScreenRole
from smartward.errors import StorageFault
from smartward.hub.app import Hub
from smartward.hub.http_server import HttpServer
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.screens import TestScreen
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION


@pytest.fixture
async def client(ward: Ward) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as opened:
        yield opened
    await server.stop()


async def health(client: httpx.AsyncClient) -> tuple[int, bool, list[str]]:
    response = await client.get("/health")
    body = response.json()
    return response.status_code, body["ok"], body["failing"]


WELL = (200, True, [])


async def fill(store: Store, size: int) -> None:
    """Use the room that the file has left."""
    for n in range(100):
        await store.write(lambda tx, n=n: tx.meta_set(f"{size}-{n}", "x" * size))


async def fill_the_disk(ward: Ward) -> Callable[[], None]:
    """The hub's file cannot grow any more; gives what makes room again."""
    connection = ward.hub.store._db.conn
    (pages,) = connection.execute("pragma page_count").fetchone()
    connection.execute(f"pragma max_page_count = {pages}")
    bedside = await ward.enrol(BEDSIDE, "1")
    for size in (200_000, 4_000):
        with pytest.raises(StorageFault):
            await fill(ward.hub.store, size)
    for n in range(100):
        call_class = ("normal", "bathroom", "assist", "emergency")[n % 4]
        answer = await ward.press(bedside, call_class=call_class)
        if answer.outcome == "later":
            assert answer.key == "storage.full"
            return lambda: connection.execute("pragma max_page_count = 1073741823")
    raise AssertionError("the disk was never full")


async def test_a_really_full_disk_shows_until_something_is_written(
    ward: Ward, client: httpx.AsyncClient
) -> None:
    assert await health(client) == WELL
    make_room = await fill_the_disk(ward)
    assert await health(client) == (503, False, ["storage"])
    assert await ward.hub.store.write(lambda tx: tx.get(WARD, "bed", "his.bed-1"))
    assert await health(client) == (503, False, ["storage"]), "nothing was written"
    make_room()
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 3))
    assert await health(client) == WELL


@pytest.mark.expects_log("bad failed at a write")
async def test_a_listener_that_fails_hides_no_write_from_the_others(
    ward: Ward, client: httpx.AsyncClient
) -> None:
    odd = {"is": True}
    told: list[int] = []

    def bad(committed: Committed) -> None:
        if odd["is"]:
            raise KeyError("one odd document")

    ward.hub.store.on_commit.insert(0, bad)
    ward.hub.store.on_commit.append(lambda committed: told.append(committed.seq))
    screen = TestScreen(await ward.enrol(STATION))
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    bedside = await ward.enrol(BEDSIDE, "1")
    answer = await ward.press(bedside, "c")
    await screen.until(lambda mirror: ("nurse_call", "c") in mirror.documents)
    assert answer.seq in told
    status, ok, failing = await health(client)
    assert (status, ok, len(failing), "bad" in failing[0]) == (503, False, 1, True)
    metrics = (await client.get("/metrics")).text
    (line,) = [x for x in metrics.splitlines() if x.startswith("smartward_listener_failures_total")]
    assert float(line.split()[-1]) >= 1
    odd["is"] = False
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 3))
    await screen.until(lambda mirror: b'"occupants":[]' in mirror.bodies()[("bed", "his.bed-3")])
    assert await health(client) == WELL
    await screen.hang_up()


class BrokenSleep(ManualClock):
    """A clock of which one way of waiting fails while `broken` names its seconds or `when`."""

    broken: float | str | None = None

    async def sleep(self, seconds: float) -> None:
        if self.broken == seconds:
            raise OSError("no such timer")
        await super().sleep(seconds)

    async def wait_until(self, when: datetime) -> None:
        if self.broken == "when":
            raise OSError("no such timer")
        await super().wait_until(when)


@pytest.mark.expects_log("task feed beats failed", "task feed beats goes on again")
async def test_beats_go_on_after_a_failure(tmp_path: Path) -> None:
    clock = BrokenSleep()
    # A beat that nothing else of the hub sleeps for.
    clock.broken = 1.75
    hub = Hub(replace(SETTINGS, ward=WARD, beat_s=clock.broken), tmp_path, clock, None)
    await hub.start()
    ward = Ward(hub, clock)
    try:
        screen = TestScreen(await ward.enrol(STATION))
        screen.connect(hub.feed)
        await screen.until(lambda mirror: mirror.current)
        assert hub.state()["failing"] == ["feed beats"]
        clock.broken = None
        beats = [event.name for event in screen.mirror.events].count("beat")
        await passing(clock, hub, lambda: hub.state()["ok"])
        await screen.until(lambda m: [e.name for e in m.events].count("beat") > beats)
        await screen.hang_up()
    finally:
        await hub.stop()


@pytest.mark.expects_log("task feed days failed", "task feed days goes on again")
async def test_a_new_day_comes_after_a_failure(tmp_path: Path) -> None:
    clock = BrokenSleep()
    hub = Hub(replace(SETTINGS, ward=WARD), tmp_path, clock, None)
    clock.broken = "when"
    await hub.start()
    ward = Ward(hub, clock)
    try:
        screen = TestScreen(await ward.enrol(BEDSIDE, f"{SETTINGS.his_source}.bed-1"))
        screen.connect(hub.feed)
        await screen.until(lambda mirror: mirror.current)
        assert hub.state()["failing"] == ["feed days"]
        clock.broken = None
        await passing(clock, hub, lambda: hub.state()["ok"])
        clock.advance(86400)
        await screen.until(lambda m: [e.name for e in m.events].count("reset") == 2)
        await screen.hang_up()
    finally:
        await hub.stop()


async def passing(clock: ManualClock, hub: Hub, met: Callable[[], Any]) -> None:
    """Let time pass until something holds."""
    for _ in range(200):
        if met():
            return
        clock.advance(1)
        await hub.store.read(lambda reader: None)
    raise AssertionError("it never held")


class Deciding:
    """A deciding part of which one rule cannot judge."""

    his_as_of = None
    his_up = False
    failing = frozenset({"rule news2"})
    write_back = None
    his_writes = None
    his_hints = None
    his_writes_age_s = 0.0

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None


async def test_what_fails_of_the_deciding_part_is_named(tmp_path: Path) -> None:
    hub = Hub(SETTINGS, tmp_path, ManualClock(), lambda store, clock, settings: Deciding())
    await hub.start()
    try:
        state = json.loads(json.dumps(hub.state()))
        assert (state["ok"], state["failing"]) == (False, ["rule news2"])
    finally:
        await hub.stop()


@pytest.mark.expects_log("task http failed")
async def test_a_server_that_cannot_serve_says_so(ward: Ward, tmp_path: Path) -> None:
    """The certificate was good when it was looked at, and is gone when it is wanted."""
    cert, key = tmp_path / "hub.pem", tmp_path / "hub.key"
    server = HttpServer(ward.hub)
    server._server.config.ssl_certfile = str(cert)
    server._server.config.ssl_keyfile = str(key)
    async with asyncio.timeout(10):
        with pytest.raises(FileNotFoundError):
            await server.start()


async def test_the_standby_that_follows_is_counted(ward: Ward, client: httpx.AsyncClient) -> None:
    async def counted() -> tuple[int, bool]:
        screens = (await client.get("/health")).json()["screens"]
        told = (await client.get("/metrics")).text
        return screens["standby"], 'smartward_feed_connections{role="standby"} 1.0' in told

    device = await ward.enrol(ScreenRole.STANDBY)
    asks = {"authorization": f"Bearer {ward.tokens[device.id]}"}
    assert (await client.get("/standby/log", headers=asks)).status_code == 410
    assert await counted() == (0, False)
    store = ward.hub.store
    log, last = await store.read(lambda r: (r.replica_log_id(), r.replica_last()))
    place = {"log": log or "", "epoch": store.epoch, "after": str(last)}
    async with client.stream("GET", "/standby/log", params=place, headers=asks) as followed:
        assert followed.status_code == 200
        assert await counted() == (1, True)


async def test_a_feed_that_ends_after_the_hub_is_written_nowhere(ward: Ward) -> None:
    device = await ward.enrol(BEDSIDE, "1")
    presence = ward.hub.presence
    presence.changed(device, True)
    await presence.stop()
    presence.changed(device, False)
    presence.changed(device, True)
    assert [one for one in asyncio.all_tasks() if one.get_name() == "presence"] == []
