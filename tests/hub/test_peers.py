"""Who is told of whom for calls without a hub, and when nobody is told of anything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.hub.access import HOUSE
from smartward.hub.app import Hub
from smartward.hub.peers import KEY, TERMS, WAY, renew
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind, Answer
from smartward.wire.peer import PeerKey, PeerTerms, PeerWay
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

ON = replace(SETTINGS, peer_fallback=True, ward=WARD)
KEYS = {n: chr(ord("A") + n) * 43 for n in range(8)}


@pytest.fixture
def settings() -> Any:
    return ON


@pytest.fixture
async def screens(ward: Ward) -> dict[str, Device]:
    made = {
        "bed 1": await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(1)),
        "bed 3": await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(3)),
        "door": await ward.enrol(ScreenRole.DOOR, docs.room_id(1)),
        "other door": await ward.enrol(ScreenRole.DOOR, docs.room_id(3)),
        "station": await ward.enrol(ScreenRole.STATION),
    }
    await until(ward, TERMS, lambda found: bool(found))
    for number, (name, device) in enumerate(made.items()):
        assert (await tell(ward, device, KEYS[number])).outcome == "applied", name
    return made


async def tell(ward: Ward, device: Device, key: str, address: str = "10.0.0.7") -> Answer:
    data: dict[str, str | int | None] = {"key": key, "address": address, "port": 8702}
    return await ward.act(device, ActionKind.PEER_TELL, device.id, data=data)


async def until(ward: Ward, kind: str, there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The documents of a kind once they are as wanted: the hub follows in a write of its own."""
    types = {KEY: PeerKey, WAY: PeerWay, TERMS: PeerTerms}
    async with asyncio.timeout(10):
        while True:
            rows = await ward.hub.store.read(lambda reader: reader.all(WARD, kind))
            found = {row.id: decode(row.body, types[kind]) for row in rows}
            if there(found):
                return found


async def test_a_bed_is_told_its_stations_and_its_own_door(
    ward: Ward, screens: dict[str, Device]
) -> None:
    bed = docs.bed_id(1)
    ways = await until(ward, WAY, lambda found: bed in found and len(found[bed].receivers) == 2)
    of_one = ways[bed]
    assert {one.device_id for one in of_one.receivers} == {
        screens["station"].id,
        screens["door"].id,
    }
    station = next(one for one in of_one.receivers if one.role is ScreenRole.STATION)
    assert (station.address, station.port, station.public_key) == ("10.0.0.7", 8702, KEYS[4])
    keys = await until(ward, KEY, lambda found: len(found) == 2)
    assert {key.bed_id for key in keys.values()} == {docs.bed_id(1), docs.bed_id(3)}


async def test_a_revoked_bed_is_believed_no_more(ward: Ward, screens: dict[str, Device]) -> None:
    await until(ward, KEY, lambda found: len(found) == 2)
    await ward.revoke(screens["bed 1"])
    left = await until(ward, KEY, lambda found: len(found) == 1)
    assert screens["bed 3"].id in left
    await ward.revoke(screens["station"])
    await until(ward, WAY, lambda found: all(len(way.receivers) == 1 for way in found.values()))


@pytest.mark.expects_log("tells another key than before")
async def test_another_key_under_the_same_token_is_not_believed_until_it_is_enrolled_anew(
    ward: Ward, screens: dict[str, Device]
) -> None:
    bed = screens["bed 1"]
    refused = await tell(ward, bed, KEYS[7])
    assert (refused.outcome, refused.key) == ("refused", "peer.refused.key")
    ward.clock.advance(1)
    again = await ward.enrol(ScreenRole.BEDSIDE, docs.bed_id(1), device_id=bed.id)
    assert (await tell(ward, again, KEYS[7])).outcome == "applied"
    await until(ward, KEY, lambda found: found[bed.id].public_key == KEYS[7])


@pytest.mark.parametrize(
    "data",
    [
        {"key": "short", "address": "10.0.0.7", "port": 1},
        {"key": KEYS[0], "address": "station.example", "port": 1},
        {"key": KEYS[0], "address": "10.0.0.7", "port": 70000},
        {"key": KEYS[0], "address": "10.0.0.7", "port": "22"},
    ],
)
async def test_what_is_no_key_address_or_port_is_refused(
    ward: Ward, screens: dict[str, Device], data: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match="bad_request"):
        await ward.act(screens["station"], ActionKind.PEER_TELL, screens["station"].id, data=data)


async def test_switched_off_nothing_of_it_is_left(ward: Ward, screens: dict[str, Device]) -> None:
    await until(ward, KEY, lambda found: len(found) == 2)
    await ward.hub.peers.stop()  # which would have it otherwise
    await ward.hub.store.write(lambda tx: renew(tx, replace(ON, peer_fallback=False)))
    for kind in (TERMS, KEY, WAY):
        assert await ward.hub.store.read(lambda reader, kind=kind: reader.all(WARD, kind)) == []
    told = await tell(ward, screens["station"], KEYS[4])
    assert (told.outcome, told.key) == ("refused", "peer.refused.off")


@pytest.fixture
async def by_default(tmp_path: Path) -> AsyncIterator[Hub]:
    hub = Hub(replace(SETTINGS, ward=WARD), tmp_path / "off", ManualClock(), None)
    await hub.start()
    yield hub
    await hub.stop()


async def test_it_is_off_by_default(by_default: Hub) -> None:
    await docs.furnish(by_default.store)
    assert await by_default.store.read(lambda reader: reader.all(WARD, TERMS)) == []


async def test_a_screen_that_was_moved_and_not_confirmed_is_told_of_as_doubtful(
    ward: Ward, screens: dict[str, Device]
) -> None:
    bed = screens["bed 1"]
    await until(ward, KEY, lambda found: bed.id in found)
    moved = replace(bed, confirmed=False, moved_from=docs.bed_id(3))
    await ward.hub.store.write(lambda tx: tx.put(HOUSE, "device", bed.id, moved))
    found = await until(ward, KEY, lambda found: bool(found[bed.id].other_beds))
    assert found[bed.id].other_beds == (docs.bed_id(3),)
