"""Updates at the hub: who gets one, when it may start, and what is told of it."""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import generate_latest

from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.screen_update import NOT_TAKEN, WENT_BACK, Ring, Stage
from smartward.clinical.ward import is_within
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured
from smartward.hub import updates as at_hub
from smartward.hub.access import HOUSE
from smartward.hub.http_server import HttpServer
from smartward.hub.store.tx import Tx
from smartward.hub.update_door import Throttle
from smartward.hub.update_files import id_of, manifest_of, path_of, take
from smartward.hub.updates import Updates
from smartward.hub.ward_calls import calls_at
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind
from smartward.wire.update import PATH, UpdateAsk, UpdateTold
from tests.fakes.fake_clock import ManualClock
from tests.fakes.updates import COMPATIBLE, Signer, bundle, signer
from tests.hub.conftest import NURSE, SETTINGS, Ward
from tests.hub.staff import admin, told
from tests.hub.test_security_log import ids

pytestmark = pytest.mark.anyio

BEDSIDE, DOOR, STATION = ScreenRole.BEDSIDE, ScreenRole.DOOR, ScreenRole.STATION
AT_ANY_TIME = replace(SETTINGS, update_start=time(0), update_end=time(0), update_mbit_s=100_000)


@pytest.fixture
def settings() -> Settings:
    return AT_ANY_TIME


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def content(made: Path) -> bytes:
    return made.read_bytes()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, house: Signer) -> Path:
    """An update as RAUC makes it."""
    return bundle(tmp_path_factory.mktemp("bundle"), house)


async def added(ward: Ward, file: Path) -> str:
    """The update in the hub's folder; gives its id."""
    sha256, size = take(file, ward.hub.admin.path.parent, lambda _: None)
    id = id_of(sha256)
    await admin(ward, "updates_add", bundle=id, sha256=sha256, size=size)
    return id


async def ask(ward: Ward, device: Device, stage: Stage | None = None, **more: Any) -> UpdateTold:
    """What a screen is told; of the update that is there, where it tells a stage."""
    if stage is not None and "bundle" not in more:
        more["bundle"] = (await admin(ward, "updates"))["bundles"][0]["id"]
        more.setdefault("attempt", 1)
    told = UpdateAsk(**{"compatible": COMPATIBLE, "version": "1.0", "stage": stage, **more})
    ward.clock.advance(21)
    return await ward.hub.updates.answer(device, msgspec.json.encode(told))


async def test_a_bundle_says_what_it_is_and_what_is_none_is_not_taken(
    made: Path, content: bytes, tmp_path: Path
) -> None:
    assert (manifest_of(made).compatible, manifest_of(made).version) == (COMPATIBLE, "2.0")
    cut = tmp_path / "cut.raucb"
    for broken in (b"", content[:-1], content[:-8] + b"\xff" * 8, b"x" * 4096, content[:-9]):
        cut.write_bytes(broken)
        with pytest.raises(Misconfigured) as refused:
            manifest_of(cut)
        assert refused.value.key == "updates.no_bundle"


async def faults(ward: Ward) -> dict[str, list[str]]:
    """What is wrong with which screen, as the list of all devices says."""
    rows = (await admin(ward, "fleet"))["devices"]
    return {row["device_id"]: row["faults"] for row in rows if row["faults"]}


async def test_one_then_the_ward_each_behind_the_one_before(
    ward: Ward, made: Path, content: bytes
) -> None:
    first, other = [await ward.enrol(BEDSIDE, place) for place in ("1", "2")]
    id = await added(ward, made)
    assert (await ask(ward, first)).offer is None, "nobody has planned it"
    await admin(ward, "updates_plan", bundle=id[:6], first=first.id[:30], ring="ward", soak_h=2)
    offer = (await ask(ward, first)).offer
    assert offer is not None
    assert (offer.id, offer.version, offer.size) == (id, "2.0", len(content))
    assert offer.sha256 == hashlib.sha256(content).hexdigest()
    assert (await ask(ward, other)).offer is None
    await ask(ward, first, Stage.GOOD, version="2.0")
    assert (await ask(ward, other)).offer is None, "it has not run for its two hours"
    ward.clock.advance(2 * 3600)
    assert (await ask(ward, other)).offer == offer
    assert (await ask(ward, first, Stage.GOOD, version="2.0")).offer is None
    await admin(ward, "updates_stop", bundle=id)
    assert (await ask(ward, other)).offer is None


async def test_what_was_not_borne_is_a_fault_for_as_long_as_somebody_wants_it(
    ward: Ward, made: Path
) -> None:
    first = await ward.enrol(BEDSIDE, "1")
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=first.id)
    await ask(ward, first)
    await ask(ward, first, Stage.FAILED, why="updates.why.signature")
    assert await faults(ward) == {first.id: [NOT_TAKEN]}
    await admin(ward, "updates_stop", bundle=id)
    assert await faults(ward) == {}
    await ask(ward, first, Stage.FAILED, why="updates.why.disk", attempt=2)
    assert await faults(ward) == {}, "nor what comes of it later"
    await admin(ward, "updates_plan", bundle=id, first=first.id)
    assert await faults(ward) == {first.id: [NOT_TAKEN]}
    await admin(ward, "updates_retry", device_id=first.id)
    assert await faults(ward) == {}
    await ask(ward, first, Stage.FAILED, attempt=3)
    await admin(ward, "updates_forget", bundle=id)
    assert await faults(ward) == {}


async def test_who_has_it_or_has_another_image_is_offered_nothing(ward: Ward, made: Path) -> None:
    first = await ward.enrol(BEDSIDE, "1")
    await admin(ward, "updates_plan", bundle=await added(ward, made), first=first.id)
    assert (await ask(ward, first, compatible="another-13-arm64")).offer is None
    assert (await ask(ward, first, version="2.0")).offer is None
    assert (await ask(ward, first)).offer is not None


async def test_one_that_did_not_bear_it_holds_all_up_until_somebody_looks(
    ward: Ward, made: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smartward.security")
    first, other = [await ward.enrol(BEDSIDE, place) for place in ("1", "2")]
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=first.id, ring="all", soak_h=0)
    await ask(ward, first, Stage.GOOD, version="2.0")
    ward.clock.advance(60)
    assert (await ask(ward, other)).offer is not None
    caplog.clear()
    why = "updates.why.no_start"
    assert (await ask(ward, other, Stage.ROLLED_BACK, why=why)).offer is None
    third = await ward.enrol(BEDSIDE, "3")
    assert (await ask(ward, third)).offer is None
    ward.hub.metrics.updates.set(await ward.hub.store.read(ward.hub.updates.members))
    figures = generate_latest(ward.hub.metrics.registry).decode()
    assert 'smartward_device_updates{stage="rolled_back"} 1.0' in figures
    assert 'smartward_device_updates{stage="good"} 1.0' in figures
    (plan,) = (await admin(ward, "updates"))["plans"]
    assert (plan["held"], plan["because"]) == ("updates.held.bad", [other.id])
    assert "SW-1067" in ids(caplog)
    assert await faults(ward) == {other.id: [WENT_BACK]}
    with pytest.raises(Misconfigured):
        await admin(ward, "updates_stop", bundle="no such")
    assert ids(caplog)[-1] == "SW-1072"
    row = next(one for one in await told(ward) if one.kind == "update.rolled_back")
    assert (row.about.id, row.about.detail["why"]) == (other.id, why)
    # The same word again is nothing new: neither to the audit nor, once somebody wants it tried
    # again, a refusal of that.
    await admin(ward, "updates_retry", device_id=other.id)
    assert (await ask(ward, other, Stage.ROLLED_BACK, why=why)).offer is not None
    assert (await ask(ward, third)).offer is not None
    assert (await ask(ward, other, Stage.ROLLED_BACK, why=why, attempt=2)).offer is None
    kinds = [one.kind for one in await told(ward)]
    assert kinds.count("update.rolled_back") == 2
    assert {"update.add", "update.plan", "update.retry", "update.good"} <= set(kinds)


async def test_what_a_screen_says_of_an_update_it_was_not_offered_holds_nobody_up(
    ward: Ward, made: Path
) -> None:
    first, other = [await ward.enrol(BEDSIDE, place) for place in ("1", "2")]
    await admin(ward, "updates_plan", bundle=await added(ward, made), first=first.id, ring="ward")
    await ask(ward, other, Stage.DOWNLOADING)
    await ask(ward, other, Stage.FAILED, why="updates.why.write")
    assert (await ask(ward, first)).offer is not None
    (plan,) = (await admin(ward, "updates"))["plans"]
    assert (plan["held"], plan["because"]) == ("updates.held.under_way", [first.id])
    await ask(ward, first, Stage.FAILED, why="updates.why.write")
    (plan,) = (await admin(ward, "updates"))["plans"]
    assert (plan["held"], plan["because"]) == ("updates.held.bad", [first.id])


@pytest.mark.expects_log("is not believed for now")
async def test_a_screen_that_tells_stages_without_end_fills_no_audit(
    ward: Ward, made: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = await ward.enrol(BEDSIDE, "1")
    await added(ward, made)
    stages = (Stage.GOOD, Stage.FAILED)
    for turn in range(60):
        await ask(ward, first, stages[turn % 2])
    assert len([one for one in await told(ward) if one.about.id == first.id]) <= 21
    assert caplog.text.count("is not believed for now") == 1
    ward.clock.advance(3600)
    await ask(ward, first, Stage.TRYING)
    (row,) = (await admin(ward, "updates"))["devices"]
    assert row["stage"] == "trying"


async def test_nothing_is_offered_and_nothing_starts_while_somebody_calls_there(
    ward: Ward, made: Path
) -> None:
    bedside, beside = [await ward.enrol(BEDSIDE, place) for place in ("1", "4")]
    station = await ward.enrol(STATION)
    await admin(ward, "updates_plan", bundle=await added(ward, made), first=bedside.id)
    await ward.press(beside, "elsewhere")
    assert (await ask(ward, bedside)).offer is not None
    await ward.press(bedside, "here")
    assert (await ask(ward, bedside)).offer is None
    assert not (await ask(ward, bedside, Stage.INSTALLED)).restart
    assert await ward.hub.store.read(lambda r: calls_at(r, station))
    await ward.act(bedside, ActionKind.CALL_ARRIVE, "here", by=NURSE)
    assert (await ward.act(bedside, ActionKind.CALL_CLOSE, "here", by=NURSE)).outcome == "applied"
    assert (await ask(ward, bedside, Stage.INSTALLED)).restart


async def test_screens_start_in_their_hours_and_never_all_of_a_ward(ward: Ward, made: Path) -> None:
    screens = [await ward.enrol(BEDSIDE, "1", second=True) for _ in range(4)]
    stations = [await ward.enrol(STATION) for _ in range(2)]
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=screens[0].id, ring="ward", soak_h=0)
    await ask(ward, screens[0], Stage.GOOD, version="2.0")
    ward.clock.advance(60)
    assert (await ask(ward, stations[0], Stage.INSTALLED)).restart
    assert not (await ask(ward, stations[1], Stage.INSTALLED)).restart
    assert not (await ask(ward, screens[1], Stage.INSTALLED)).restart, "one of ten at a time"
    assert (await ask(ward, stations[0], Stage.INSTALLED)).restart, "it may ask again"
    await ask(ward, stations[0], Stage.TRYING, version="2.0")
    assert not (await ask(ward, stations[1], Stage.INSTALLED)).restart
    await ask(ward, stations[0], Stage.GOOD, version="2.0")
    assert (await ask(ward, stations[1], Stage.INSTALLED)).restart
    ward.clock.advance(46 * 60)
    assert (await ask(ward, screens[1], Stage.INSTALLED)).restart, "another never came back"


async def test_of_two_hubs_of_a_house_one_gives_the_turn(ward: Ward, made: Path) -> None:
    stations = [await ward.enrol(STATION) for _ in range(2)]
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=stations[0].id, ring="ward", soak_h=0)
    await ask(ward, stations[0], version="2.0")
    hub, folder = ward.hub, ward.hub.admin.path.parent
    assert (await ask(ward, stations[0], Stage.INSTALLED)).restart
    ward.hub.updates = Updates(hub.store, hub.access, ward.clock, AT_ANY_TIME, folder)
    assert not (await ask(ward, stations[1], Stage.INSTALLED)).restart, "by the other hub"
    assert (await ask(ward, stations[0], Stage.INSTALLED)).restart


async def test_a_turn_that_is_not_used_is_the_next_ones(ward: Ward, made: Path) -> None:
    """Somebody stands before it all night: it asks, and does not start."""
    first, used, unused = [await ward.enrol(BEDSIDE, place) for place in ("1", "2", "4")]
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=first.id, ring="ward", soak_h=0)
    await ask(ward, first, version="2.0")
    assert (await ask(ward, unused, Stage.INSTALLED)).restart
    ward.clock.advance(100)
    assert (await ask(ward, unused, Stage.INSTALLED)).restart
    assert not (await ask(ward, used, Stage.INSTALLED)).restart
    ward.clock.advance(60)
    await ward.press(unused)
    assert not (await ask(ward, unused, Stage.INSTALLED)).restart, "and somebody calls there now"
    assert (await ask(ward, used, Stage.INSTALLED)).restart
    assert not (await ask(ward, unused, Stage.INSTALLED)).restart


async def test_another_hubs_new_plan_is_judged_by_its_own_ring(ward: Ward, made: Path) -> None:
    first, other = [await ward.enrol(BEDSIDE, place) for place in ("1", "2")]
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=first.id, ring="ward", soak_h=0)
    await ask(ward, first, Stage.GOOD, version="2.0")
    ward.clock.advance(60)
    assert (await ask(ward, other)).offer is not None

    def planned(tx: Tx) -> None:
        """As another hub of this store does it: nobody tells this one to judge anew."""
        plan = at_hub.plan_of(tx, COMPATIBLE)
        assert plan is not None
        tx.origin("admin", None, None)
        tx.put(HOUSE, at_hub.PLAN, COMPATIBLE, replace(plan, ring=Ring.DEVICE))

    await ward.hub.store.write(planned)
    assert (await ask(ward, other)).offer is None


@pytest.mark.parametrize(
    "at, start, end, inside",
    [
        (time(3), time(2), time(5), True),
        (time(5), time(2), time(5), False),
        (time(23), time(22), time(5), True),
        (time(4), time(22), time(5), True),
        (time(12), time(22), time(5), False),
        (time(12), time(0), time(0), True),
    ],
)
def test_hours(at: time, start: time, end: time, inside: bool) -> None:
    assert is_within(at, start, end) is inside


async def test_so_many_fetch_at_once_and_the_next_when_one_is_done(
    ward: Ward, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_hub, "MOST_AT_ONCE", 1)
    first, other = [await ward.enrol(BEDSIDE, place) for place in ("1", "2")]
    id = await added(ward, made)
    await admin(ward, "updates_plan", bundle=id, first=first.id, ring="all", soak_h=0)
    await ask(ward, first, version="2.0")
    third = await ward.enrol(BEDSIDE, "3")
    assert (await ask(ward, other)).offer is not None
    assert (await ask(ward, third)).offer is None
    assert (await ask(ward, other, Stage.DOWNLOADING)).offer is not None
    assert (await ask(ward, third)).offer is None
    await ask(ward, other, Stage.INSTALLED)
    assert (await ask(ward, third)).offer is not None


async def test_nonsense_is_refused(ward: Ward) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    for body in (b"{", b'{"compatible":"","version":"1"}', b'{"compatible":"a b","version":"1"}'):
        with pytest.raises(BadData):
            await ward.hub.updates.answer(screen, body)
    with pytest.raises(BadData):
        await ask(ward, screen, Stage.GOOD, bundle="")


# ---------------------------------------------------------------------- over HTTP


@pytest.fixture
async def client(ward: Ward) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False) as client:
        yield client
    await server.stop()


async def test_it_is_fetched_whole_in_parts_and_by_screens_alone(
    ward: Ward, made: Path, content: bytes, client: httpx.AsyncClient
) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    id, key = await added(ward, made), {"Authorization": f"Bearer {ward.tokens[screen.id]}"}
    whole = await client.get(f"/updates/{id}", headers=key)
    assert (whole.status_code, whole.content) == (200, content)
    begin = 100_000
    rest = await client.get(f"/updates/{id}", headers=key | {"Range": f"bytes={begin}-"})
    assert (rest.status_code, rest.content) == (206, content[begin:])
    assert rest.headers["content-range"] == f"bytes {begin}-{len(content) - 1}/{len(content)}"
    over = await client.get(f"/updates/{id}", headers=key | {"Range": f"bytes={len(content)}-"})
    assert over.status_code == 416
    assert (await client.get(f"/updates/{id}")).status_code == 401
    head = await client.head(f"/updates/{id}", headers=key)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))
    for wrong in ("0" * 16, "..%2fhub.sqlite3", "x"):
        assert (await client.get(f"/updates/{wrong}", headers=key)).status_code == 404
    asked = msgspec.json.encode(UpdateAsk(compatible=COMPATIBLE, version="1.0"))
    assert (await client.post(PATH, content=asked)).status_code == 401
    assert (await client.post(PATH, content=asked, headers=key)).status_code == 200
    await admin(ward, "updates_forget", bundle=id)
    assert (await client.get(f"/updates/{id}", headers=key)).status_code == 404


async def test_a_download_that_another_follows_is_hung_up_on_and_is_no_fault_of_the_hub(
    ward: Ward, made: Path, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    id, key = await added(ward, made), {"Authorization": f"Bearer {ward.tokens[screen.id]}"}
    door, tasks = ward.hub.downloads, Tasks()
    door._throttle = Throttle(1.0, ward.clock)
    async with client.stream("GET", f"/updates/{id}", headers=key) as first:
        parts = first.aiter_raw()
        assert await anext(parts)
        mine = door._streams[screen.id]
        tasks.spawn(client.get(f"/updates/{id}", headers=key), "second")
        while door._streams[screen.id] is mine:
            await asyncio.to_thread(lambda: None)
        ward.clock.advance(10)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            assert not [part async for part in parts]
    await tasks.stop()
    loud = [one for one in caplog.records if one.levelno >= logging.WARNING or one.exc_info]
    assert [one.getMessage() for one in loud] == []


@pytest.mark.parametrize("who", ["screen", "hub"])
async def test_a_download_that_is_cut_off_is_told_quietly(
    ward: Ward, made: Path, content: bytes, caplog: pytest.LogCaptureFixture, who: str
) -> None:
    """Whether the screen is gone, or the hub ends, which waits for no download to end."""
    screen = await ward.enrol(BEDSIDE, "1")
    id, key = await added(ward, made), {"Authorization": f"Bearer {ward.tokens[screen.id]}"}
    ward.hub.downloads._throttle = Throttle(1.0, ward.clock)
    server = HttpServer(ward.hub)
    await server.start()
    with caplog.at_level(logging.INFO, "smartward.updates"):
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            async with client.stream("GET", f"/updates/{id}", headers=key) as download:
                parts = download.aiter_raw()
                assert await anext(parts)
                if who == "hub":
                    await server.stop()
            while ward.hub.downloads._open_now:
                await asyncio.to_thread(lambda: None)
    if who == "screen":
        await server.stop()
    size = len(content)
    told = [one for one in caplog.records if one.name in ("smartward.updates", "uvicorn.error")]
    assert [(one.levelname, one.getMessage()) for one in told if one.levelno >= logging.INFO] == [
        (
            "INFO",
            f"a download of {id} by {screen.id} was cut off: {size - 65536} of {size} bytes left",
        )
    ]


@pytest.mark.expects_log("ended at byte")
async def test_a_file_that_somebody_cut_is_told_and_its_download_is_hung_up_on(
    ward: Ward, made: Path, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    id, key = await added(ward, made), {"Authorization": f"Bearer {ward.tokens[screen.id]}"}
    file = path_of(ward.hub.downloads._folder, id)
    size = file.stat().st_size
    pread = os.pread
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pread", lambda f, n, at: pread(f, min(n, max(0, size - 9 - at)), at))
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            await client.get(f"/updates/{id}", headers=key)
    loud = [one for one in caplog.records if one.levelno >= logging.WARNING or one.exc_info]
    assert [one.getMessage() for one in loud] == [
        f"the file of an update ended at byte {size - 9} of {size}"
    ]


async def test_a_screen_has_one_download_at_a_time(ward: Ward, made: Path, content: bytes) -> None:
    """A second one ends the first: nobody takes the others' share with many."""
    await added(ward, made)
    file = next((ward.hub.admin.path.parent / "updates").glob("*.raucb"))
    door = ward.hub.downloads

    def opened() -> AsyncIterator[bytes]:
        return door._read("d-1", os.open(file, os.O_RDONLY), 0, len(content))

    first, second = opened(), opened()
    assert await anext(first) == content[: 64 * 1024]
    assert await anext(second) == content[: 64 * 1024]
    assert [part async for part in first] == []
    assert b"".join([part async for part in second]) == content[64 * 1024 :]
    assert door._streams == {}


async def test_all_downloads_share_one_rate(clock: ManualClock) -> None:
    throttle, tasks, over = Throttle(8.0, clock), Tasks(), []  # a million bytes a second

    async def fetch(name: int) -> None:
        await throttle.take(500_000)
        over.append(name)

    for name in range(4):
        tasks.spawn(fetch(name), str(name))
    while clock.waiting < 3:
        await asyncio.to_thread(lambda: None)
    assert over == [0]
    for seconds, done in ((0.4, 1), (0.2, 2), (1.0, 4)):
        clock.advance(seconds)
        while clock.waiting + len(over) < 4:
            await asyncio.to_thread(lambda: None)
        assert len(over) == done
    await tasks.stop()


async def test_the_rows_of_a_screen_that_was_taken_away_are_not_listed(
    ward: Ward, made: Path
) -> None:
    screen = await ward.enrol(BEDSIDE, "1")
    await ask(ward, screen)
    assert len((await admin(ward, "updates"))["devices"]) == 1
    await ward.revoke(screen)
    assert (await admin(ward, "updates"))["devices"] == []
    assert await ward.hub.store.read(lambda reader: at_hub.update_of(reader, screen)) is None
