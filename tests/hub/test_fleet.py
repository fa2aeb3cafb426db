"""How the ward's devices are: what they tell, what the hub finds in it, and what is kept of it."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client import generate_latest

from smartward.clinical.device import FIRST_COMES, Device, ScreenRole, ScreenStatus
from smartward.clinical.screen_health import (
    CLOCK_WRONG,
    DISK_FULL,
    MEMORY_LOW,
    NO_TOUCH,
    Part,
    ScreenHealth,
)
from smartward.errors import BadData
from smartward.hub.app import Hub
from smartward.hub.fleet import Entry, Fleet, forget, network_of
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.wire.health import Report
from tests.fakes.fake_clock import ManualClock
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import WARD
from tests.project.repo import ROOT

pytestmark = pytest.mark.anyio


async def tell(
    ward: Ward, device: Device, address: str = "192.0.2.7", to: Fleet | None = None, **more: Any
) -> None:
    """The device tells how it is, `ahead` seconds of a wrong clock; `to`: another of two hubs."""
    ahead = timedelta(seconds=more.pop("ahead", 0))
    well: dict[str, Any] = {"disk_free": 60, "memory_free": 50, "touch_devices": 1}
    report = Report(now=ward.clock.now() + ahead, version="1.0", **(well | more))
    await (to or ward.hub.fleet).report(device, msgspec.json.encode(report), address)


async def entry(ward: Ward, device: Device) -> Entry:
    (found,) = [one for one in await ward.hub.fleet.entries() if one.device.id == device.id]
    return found


async def stored(ward: Ward, device: Device) -> ScreenHealth | None:
    found = await ward.stored("screen_health", device.id)
    return None if found is None else decode(found.body, ScreenHealth)


async def head(ward: Ward) -> int:
    return await ward.hub.store.read(lambda reader: reader.head(WARD))


async def test_what_a_screen_tells_is_known_at_once_and_stored_where_it_is_news(
    ward: Ward,
) -> None:
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await tell(ward, screen, slot="a", sound=Part.WELL, touched_s=30, up_s=90)
    found = await stored(ward, screen)
    assert found is not None
    assert (found.version, found.slot, found.sound, found.network) == (
        *("1.0", "a", Part.WELL),
        "192.0.2.0/24",
    )
    assert found.last_touch_at == ward.clock.now() - timedelta(seconds=30)
    assert found.started_at == ward.clock.now() - timedelta(seconds=90)
    before = await head(ward)
    for _ in range(9):
        ward.clock.advance(60)
        await tell(ward, screen, slot="a", sound=Part.WELL, touched_s=30, memory_free=52)
    assert await head(ward) == before, "a well screen fills the ward's history"
    now = (await entry(ward, screen)).health
    assert now is not None
    assert (now.memory_free, now.heard_at) == (52, ward.clock.now())
    ward.clock.advance(60)
    await tell(ward, screen, slot="a", sound=Part.FAULTY)
    assert await head(ward) == before + 1


async def test_no_screen_has_the_hub_write_without_end(ward: Ward) -> None:
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await tell(ward, screen)
    before = await head(ward)
    for number in range(50):
        await tell(ward, screen, outbox=number % 2)
    assert await head(ward) == before
    ward.clock.advance(21)
    await tell(ward, screen, outbox=1)
    assert await head(ward) == before + 1


@pytest.mark.parametrize("ill_at_home", [False, True])
async def test_a_screen_that_went_to_another_hub_and_came_back_is_known_as_it_is(
    ward: Ward, ill_at_home: bool
) -> None:
    screen, hub = await ward.enrol(ScreenRole.BEDSIDE, "1"), ward.hub
    other = Fleet(hub.store, hub.access, hub.presence, ward.clock, hub.settings)
    here, there = (2, 60) if ill_at_home else (60, 2)
    await tell(ward, screen, disk_free=here)
    ward.clock.advance(60)
    await tell(ward, screen, to=other, disk_free=there)
    for free in (here, there):
        ward.clock.advance(60)
        await tell(ward, screen, to=other if free == there else None, disk_free=free)
        kept = await stored(ward, screen)
        assert kept is not None
        assert kept.troubles == ((DISK_FULL,) if free == 2 else ())


async def test_what_is_dated_ahead_holds_no_trouble_up(ward: Ward) -> None:
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await tell(ward, screen)
    ward.clock.step(-3600)
    await tell(ward, screen, disk_free=2)
    kept = await stored(ward, screen)
    assert kept is not None
    assert kept.troubles == (DISK_FULL,)


async def test_one_that_was_taken_away_and_is_here_again_tells_anew(ward: Ward) -> None:
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await tell(ward, screen)
    await ward.hub.store.write(lambda tx: forget(tx, screen))
    ward.clock.advance(60)
    await tell(ward, screen)
    assert await stored(ward, screen) is not None


@pytest.mark.parametrize(
    "told, found",
    [
        ({"disk_free": 9}, (DISK_FULL,)),
        ({"disk_free": 10}, ()),
        ({"disk_free": 0}, (DISK_FULL,)),
        ({"disk_free": None}, ()),
        ({"ahead": 61}, (CLOCK_WRONG,)),
        ({"ahead": -61}, (CLOCK_WRONG,)),
        ({"ahead": 60}, ()),
        ({"touch_devices": 0}, (NO_TOUCH,)),
        ({"touch_devices": None}, ()),
        ({"memory_free": 4}, (MEMORY_LOW,)),
    ],
)
async def test_the_hub_finds_what_is_wrong(
    ward: Ward, told: dict[str, Any], found: tuple[str, ...]
) -> None:
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    await tell(ward, screen, **told)
    kept = await stored(ward, screen)
    assert kept is not None
    assert kept.troubles == found


async def test_a_bedhead_needs_no_touch(ward: Ward) -> None:
    screen = await ward.enrol(ScreenRole.BEDHEAD, "1")
    await tell(ward, screen, touch_devices=0)
    kept = await stored(ward, screen)
    assert kept is not None
    assert kept.troubles == ()


@pytest.mark.parametrize(
    "bad",
    [
        b"{}",
        b"\xff",
        {"version": "1\n2"},
        {"version": "李红"},
        {"version": "x" * 65},
        {"disk_free": 101},
        {"outbox": -1},
        {"up_s": 1 << 62},
        {"touched_s": -1},
        {"now": "2026-11-21T00:30:00"},
    ],
)
async def test_what_no_screen_of_ours_tells_is_refused(ward: Ward, bad: Any) -> None:
    screen = await ward.enrol(ScreenRole.BEDSIDE, "1")
    if isinstance(bad, dict):
        well = {"now": ward.clock.now(), "version": "1"}
        bad = msgspec.json.encode(well | bad)
    with pytest.raises(BadData):
        await ward.hub.fleet.report(screen, bad, "")
    assert await stored(ward, screen) is None


async def test_when_each_was_seen_last_is_known_after_a_restart(
    tmp_path: Path, clock: ManualClock
) -> None:
    settings = replace(SETTINGS, ward=WARD)
    hub = Hub(settings, tmp_path / "d", clock, None)
    await hub.start()
    ward = Ward(hub, clock)
    screen = await ward.enrol(ScreenRole.STATION)
    silent = await ward.enrol(ScreenRole.CORRIDOR)
    await tell(ward, screen)
    clock.advance(3600)
    await tell(ward, screen)  # no news: in memory alone, until the hub ends
    heard = clock.now()
    await hub.stop()
    clock.advance(7200)
    hub = Hub(settings, tmp_path / "d", clock, None)
    await hub.start()
    try:
        again = Ward(hub, clock)
        assert (await entry(again, screen)).last_seen == heard
        assert (await entry(again, silent)).last_seen is None
    finally:
        await hub.stop()


async def test_it_is_kept_each_minute_and_of_ours_alone(ward: Ward) -> None:
    screen, gone = await ward.enrol(ScreenRole.STATION), await ward.enrol(ScreenRole.CORRIDOR)
    await tell(ward, screen)
    await tell(ward, gone)
    before = await head(ward)
    ward.clock.advance(61)
    await kept(ward, {screen.id, gone.id})
    assert await head(ward) == before, "the history is told of it"
    await ward.revoke(gone)
    assert await stored(ward, gone) is None
    await tell(ward, screen)
    ward.clock.advance(61)
    await kept(ward, {screen.id})
    await tell(ward, gone)  # under way when it was taken away
    assert await stored(ward, gone) is None


async def test_a_device_still_in_its_box_never_came_and_one_that_left_is_away(ward: Ward) -> None:
    boxed = await ward.enrol(ScreenRole.BEDSIDE, "1")
    assert (await entry(ward, boxed)).state == "placed"
    ward.clock.advance(FIRST_COMES.total_seconds())
    assert (await entry(ward, boxed)).state == "never"
    ward.hub.presence.changed(boxed, True)
    async with asyncio.timeout(10):
        while not await _all_there(ward):
            await asyncio.to_thread(lambda: None)
    assert (await entry(ward, boxed)).state == "online"
    ward.clock.advance(1)
    ward.hub.presence.changed(boxed, False)
    async with asyncio.timeout(10):
        while (await entry(ward, boxed)).state == "online":
            ward.clock.advance(30)
            await asyncio.to_thread(lambda: None)
    assert (await entry(ward, boxed)).state == "offline"


async def test_who_never_came_is_told_so_by_a_file_from_before_that_was_kept(ward: Ward) -> None:
    boxed = await ward.enrol(ScreenRole.BEDSIDE, "1")

    def as_before(tx: Tx) -> None:
        found = tx.get(WARD, "screen", boxed.id)
        assert found is not None
        tx.put(WARD, "screen", boxed.id, replace(decode(found.body, ScreenStatus), came=True))

    await ward.hub.store.write(as_before)
    assert (await entry(ward, boxed)).state == "never"


async def kept(ward: Ward, ids: set[str]) -> None:
    """Wait until this is what the store has."""
    from smartward.hub.fleet import heard_of

    async with asyncio.timeout(20):
        while set(await ward.hub.store.read(lambda r: heard_of(r, WARD))) != ids:
            ward.clock.advance(1)


async def test_the_figures_for_prometheus_and_the_board_that_shows_them(ward: Ward) -> None:
    one, other = await ward.enrol(ScreenRole.BEDSIDE, "1"), await ward.enrol(ScreenRole.STATION)
    for device in (one, other):
        ward.hub.presence.changed(device, True)
    async with asyncio.timeout(10):
        while not await _all_there(ward):
            await asyncio.to_thread(lambda: None)
    await tell(ward, one, disk_free=2, ahead=-70, outbox=3, cache_age_s=9, slot="b")
    for number in range(20):  # one device that is updated again and again
        await tell(ward, other, slot=f"s{number}")
    ward.hub.metrics.fleet.set(await ward.hub.fleet.entries())
    text = generate_latest(ward.hub.metrics.registry).decode()
    for line in (
        'smartward_devices{role="bedside",state="online"} 1.0',
        'smartward_devices{role="door",state="online"} 0.0',
        'smartward_devices_with_trouble{trouble="disk"} 1.0',
        'smartward_devices_with_trouble{trouble="memory"} 0.0',
        'smartward_device_versions{slot="b",version="1.0"} 1.0',
        "smartward_device_clock_skew_seconds_max 70.0",
        "smartward_device_cache_age_seconds_max 9.0",
        "smartward_device_outbox_waiting 3.0",
    ):
        assert line in text.splitlines()
    assert one.id not in text
    assert text.count("smartward_device_versions{") == 2
    board = json.loads((ROOT / "packaging/examples/grafana-fleet.json").read_text("utf-8"))
    for panel in board["panels"]:
        (name,) = re.findall(r"smartward_\w+", panel["targets"][0]["expr"])
        assert f"# TYPE {name} " in text


async def _all_there(ward: Ward) -> bool:
    entries = await ward.hub.fleet.entries()
    return all(one.status is not None and one.status.online for one in entries)


def test_the_network_of_an_address() -> None:
    assert network_of("192.0.2.7") == "192.0.2.0/24"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.0/24"
    assert network_of("2001:db8::7") == "2001:db8::/64"
    assert network_of("127.0.0.1") == network_of("") == network_of("socket") == ""
