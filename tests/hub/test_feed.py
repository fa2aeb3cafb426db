"""The feed, event by event."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clinical.words import Wording
from smartward.errors import StorageFault
from smartward.hub import ring
from smartward.hub.line import Listener
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import Committed, decode
from smartward.hub.views import Terms
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import Write
from smartward.wire.views import BedheadEncounter
from tests.fakes.fake_clock import MORNING
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.mirror import Mirror
from tests.hub.screens import TestScreen, view_of
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

BEDHEAD, BEDSIDE, DOOR, STATION = (
    ScreenRole.BEDHEAD,
    ScreenRole.BEDSIDE,
    ScreenRole.DOOR,
    ScreenRole.STATION,
)


async def head(ward: Ward) -> int:
    return await ward.hub.store.read(lambda reader: reader.head(WARD))


async def listening(ward: Ward, device: Device) -> TestScreen:
    """A screen that is caught up, its coming included."""
    screen = TestScreen(device)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    await until_online(ward, device, True)
    await settled(ward, screen)
    return screen


async def settled(ward: Ward, *screens: TestScreen) -> None:
    """All writes so far have reached these screens; a beat tells so."""
    async with asyncio.timeout(10):
        while ward.hub.feed.head(WARD) < await head(ward):
            await ward.hub.store.read(lambda reader: None)
    seq = await head(ward)
    ward.clock.advance(SETTINGS.beat_s)
    for screen in screens:
        await screen.caught_up(seq)


def names(mirror: Mirror) -> list[str]:
    return [event.name for event in mirror.events]


def written(mirror: Mirror) -> list[Write]:
    return [
        msgspec.json.decode(event.data, type=Write)
        for event in mirror.events
        if event.name == "write"
    ]


async def assert_view(ward: Ward, *screens: TestScreen) -> None:
    day = Terms.of(ward.clock.now(), SETTINGS.tz)
    for screen in screens:
        expected = await view_of(ward.hub.store, screen.device, day)
        assert screen.mirror.bodies() == expected, screen.device.role


# ---------------------------------------------------------------------- catching up


@pytest.mark.parametrize(
    "role, place", [(BEDHEAD, "1"), (BEDSIDE, "1"), (DOOR, "R1"), (STATION, None)]
)
async def test_a_new_screen_gets_its_whole_view(
    ward: Ward, role: ScreenRole, place: str | None
) -> None:
    device = await ward.enrol(role, place, label="L")
    screen = TestScreen(device)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    assert screen.status == 200
    # A station is told next that a screen, itself, came.
    first, *whole = names(screen.mirror)[: names(screen.mirror).index("current")]
    assert (first, set(whole)) == ("reset", {"write"})
    hello = screen.mirror.hello
    assert hello is not None
    assert (hello.device_id, hello.role, hello.place, hello.label, hello.ward, hello.now) == (
        device.id, role, device.place, "L", WARD, MORNING,
    )  # fmt: skip
    assert not any(one.gone for one in written(screen.mirror))
    await until_online(ward, device, True)
    await settled(ward, screen)
    await assert_view(ward, screen)
    assert screen.mirror.documents
    await screen.hang_up()


async def test_a_known_cursor_gets_only_what_is_newer(ward: Ward) -> None:
    screen = await listening(ward, await ward.enrol(BEDSIDE, "1"))
    await screen.hang_up()

    def change(tx: Tx) -> None:
        tx.put(
            WARD,
            "vital_sign",
            "his.obs-1",
            docs.vital_sign(1, 1, 99.0),
            bed="his.bed-1",
            room="his.room-1",
        )
        tx.delete(WARD, "plan_item", "his.plan-1")

    await ward.hub.store.write(change)
    count = len(screen.mirror.events)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    fresh = screen.mirror.events[count:]
    assert [event.name for event in fresh] == ["hello", "write", "current"]
    (write,) = [msgspec.json.decode(e.data, type=Write) for e in fresh if e.name == "write"]
    assert [(d.kind, d.id) for d in write.documents] == [("vital_sign", "his.obs-1")]
    assert [(g.kind, g.id) for g in write.gone] == [("plan_item", "his.plan-1")]
    await assert_view(ward, screen)
    await screen.hang_up()


@pytest.mark.parametrize("cursor", ["", "0", "nonsense", "000000000000-3", "-", "EPOCH-x"])
async def test_an_unknown_cursor_starts_anew(ward: Ward, cursor: str) -> None:
    screen = await listening(ward, await ward.enrol(BEDSIDE, "1"))
    await screen.hang_up()
    screen.mirror.cursor = cursor.replace("EPOCH", ward.hub.store.epoch)
    count = len(screen.mirror.events)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    assert screen.mirror.events[count].name == "reset"
    await screen.hang_up()


async def test_a_cursor_from_before_the_kept_tombstones_starts_anew(ward: Ward) -> None:
    screen = await listening(ward, await ward.enrol(STATION))
    await screen.hang_up()
    await ward.hub.store.write(lambda tx: tx.delete(WARD, "plan_item", "his.plan-1"))
    ward.clock.advance(31 * 86400)
    await until_online(ward, screen.device, False)
    await ward.hub.store.write(lambda tx: tx.sweep(tx.now))
    count = len(screen.mirror.events)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    await until_online(ward, screen.device, True)
    assert screen.mirror.events[count].name == "reset"
    await settled(ward, screen)
    await assert_view(ward, screen)
    await screen.hang_up()


@pytest.mark.expects_log("has seen later writes than this hub")
async def test_a_cursor_from_the_future_starts_that_screen_anew_and_no_other(ward: Ward) -> None:
    station = await listening(ward, await ward.enrol(STATION))
    resets = names(station.mirror).count("reset")
    ahead = TestScreen(await ward.enrol(BEDSIDE, "1"))
    epoch = ward.hub.store.epoch
    ahead.mirror.cursor = f"{epoch}-{await head(ward) + 1000}"
    ahead.connect(ward.hub.feed)
    await ahead.until(lambda mirror: mirror.current)
    assert names(ahead.mirror)[0] == "reset"
    await until_online(ward, ahead.device, True)
    await settled(ward, station, ahead)
    await assert_view(ward, station, ahead)
    assert ward.hub.store.epoch == epoch
    assert names(station.mirror).count("reset") == resets
    for screen in (station, ahead):
        await screen.hang_up()


# ---------------------------------------------------------------------- live


async def test_one_write_is_one_event(ward: Ward) -> None:
    station = await listening(ward, await ward.enrol(STATION))
    count = len(written(station.mirror))

    def change(tx: Tx) -> None:
        for n in (1, 2, 3):
            tx.put(
                WARD,
                "vital_sign",
                f"his.obs-{n}",
                docs.vital_sign(n, n, 77.0),
                bed=docs.bed_id(n),
                room=docs.room_id(n),
            )

    await ward.hub.store.write(change)
    await settled(ward, station)
    (write,) = written(station.mirror)[count:]
    assert len(write.documents) == 3
    assert {document.seq for document in write.documents} == {write.seq}
    await station.hang_up()


async def test_a_write_reaches_exactly_who_may_see_some_of_it(ward: Ward) -> None:
    enrolled = [
        (STATION, None), (BEDSIDE, "1"), (BEDHEAD, "1"), (DOOR, "R1"),
        (BEDSIDE, "2"), (BEDSIDE, "3"), (DOOR, "R2"),
    ]  # fmt: skip
    screens = [await listening(ward, await ward.enrol(role, at)) for role, at in enrolled]
    await settled(ward, *screens)
    counts = [len(written(screen.mirror)) for screen in screens]
    await ward.press(screens[1].device, "c")
    await settled(ward, *screens)
    got = [len(written(s.mirror)) - before for s, before in zip(screens, counts, strict=True)]
    assert got == [1, 1, 1, 1, 0, 0, 0]
    counts = [len(written(screen.mirror)) for screen in screens]
    await ward.hub.store.write(
        lambda tx: tx.put(WARD, "vital_sign", "his.obs-1", docs.vital_sign(1, 1, 99.0),
                          bed="his.bed-1", room="his.room-1")
    )  # fmt: skip
    await settled(ward, *screens)
    got = [len(written(s.mirror)) - before for s, before in zip(screens, counts, strict=True)]
    assert got == [1, 1, 0, 0, 0, 0, 0]
    for screen in screens:
        await screen.hang_up()


async def test_stations_are_served_first(ward: Ward) -> None:
    devices = [
        await ward.enrol(BEDSIDE, "1"),
        await ward.enrol(DOOR, "R1"),
        await ward.enrol(BEDHEAD, "1"),
        await ward.enrol(STATION),
    ]
    screens = [await listening(ward, device) for device in devices]
    order: list[ScreenRole] = []
    for screen in screens:
        apply = screen.mirror.apply

        def noted(event, screen=screen, apply=apply):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
            if event.name == "write":
                order.append(screen.device.role)
            apply(event)

        screen.mirror.apply = noted  # type: ignore[method-assign]  # a stand-in of this test
    await ward.press(devices[0])
    await settled(ward, *screens)
    assert order[0] is STATION
    assert set(order) == {STATION, BEDSIDE, DOOR, BEDHEAD}
    for screen in screens:
        await screen.hang_up()


async def test_a_beat_tells_whether_the_hub_can_store(ward: Ward) -> None:
    screen = await listening(ward, await ward.enrol(STATION))
    store = ward.hub.store

    async def told(stores: bool) -> None:
        ward.clock.advance(SETTINGS.beat_s)
        now = ward.clock.now()
        await screen.until(lambda mirror: mirror.beat is not None and mirror.beat.now == now)
        assert screen.mirror.beat is not None
        assert screen.mirror.beat.stores is stores

    await told(True)
    store.failing = True
    await told(False)
    with pytest.raises(StorageFault):
        await store.write(lambda tx: docs.put_bed(tx, 3))
    store.failing = False
    await told(False)  # nothing has been written since
    await store.write(lambda tx: docs.put_bed(tx, 3))
    await told(True)
    await screen.hang_up()


async def test_a_beat_tells_the_hub_s_time_and_how_far_it_is(ward: Ward) -> None:
    screen = await listening(ward, await ward.enrol(BEDHEAD, "1"))
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 3))
    await settled(ward)
    count = names(screen.mirror).count("beat")
    ward.clock.advance(SETTINGS.beat_s)
    await screen.until(lambda mirror: names(mirror).count("beat") > count)
    beat = screen.mirror.beat
    assert beat is not None
    assert (beat.now, beat.his_as_of, beat.his_up) == (ward.clock.now(), None, False)
    assert screen.mirror.cursor == f"{ward.hub.store.epoch}-{await head(ward)}"
    await screen.hang_up()


async def test_a_slow_screen_gets_newer_documents(ward: Ward) -> None:
    slow = await listening(ward, await ward.enrol(STATION))
    fast = await listening(ward, await ward.enrol(STATION))
    slow.stop_reading()
    before, of_fast = len(written(slow.mirror)), len(written(fast.mirror))
    for value in range(ring.RING_WRITES + 50):
        await ward.hub.store.write(
            lambda tx, v=value: tx.put(WARD, "vital_sign", "his.obs-1",
                                       docs.vital_sign(1, 1, float(v)), bed="his.bed-1",
                                       room="his.room-1")
        )  # fmt: skip
    await settled(ward, fast)
    slow.read_on()
    await slow.caught_up(await head(ward))
    assert len(written(fast.mirror)) - of_fast >= ring.RING_WRITES + 50
    assert len(written(slow.mirror)) - before < 10
    await assert_view(ward, slow, fast)
    for screen in (slow, fast):
        await screen.hang_up()


# ---------------------------------------------------------------------- while a screen comes


class Gate:
    """Holds what a store's reads found until it is opened."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = asyncio.Event()
        self.waiting = asyncio.Event()
        read = store.read

        async def held(fn: Any) -> Any:
            found = await read(fn)
            self.waiting.set()
            await self.open.wait()
            return found

        monkeypatch.setattr(store, "read", held)
        self.pass_through = read


@pytest.mark.parametrize("doubtful", [False, True])
async def test_a_write_between_the_snapshot_and_its_sending_is_not_missed(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, doubtful: bool
) -> None:
    screen = TestScreen(await ward.enrol(BEDSIDE, "1"))
    with monkeypatch.context() as patch:
        gate = Gate(ward.hub.store, patch)
        screen.connect(ward.hub.feed)
        await gate.waiting.wait()

        def change(tx: Tx) -> None:
            tx.put(
                WARD,
                "vital_sign",
                "his.obs-1",
                docs.vital_sign(1, 1, 99.0),
                bed="his.bed-1",
                room="his.room-1",
            )
            if doubtful:
                docs.put_bed(tx, 1, 1, conflict=Wording(his="x"))

        await ward.hub.store.write(change)
        await gate.pass_through(lambda reader: None)
        gate.open.set()
        await screen.until(lambda mirror: mirror.current)
    await settled(ward, screen)
    await assert_view(ward, screen)
    assert (("encounter", docs.encounter_id(1)) in screen.mirror.documents) is not doubtful
    await screen.hang_up()


class SlowLine:
    """A line that takes one thing at a time, and keeps what it was given."""

    def __init__(self) -> None:
        self.full = False
        self.given: list[bytes] = []

    def begin(self, listener: Listener) -> None:
        self.listener = listener

    def write(self, data: bytes) -> None:
        self.given.append(data)
        self.full = True

    def end(self) -> None:
        self.listener.lost()


async def test_no_beat_claims_a_write_that_was_not_sent(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await ward.enrol(BEDSIDE, "1")
    line, held = SlowLine(), list[Committed]()
    await ward.hub.store.write(lambda tx: docs.put_patient(tx, 1, 1))
    ward.hub.feed.listen(device, {"look": "1"}, line)
    async with asyncio.timeout(10):
        while len(line.given) < 2:  # all of its view, but not yet that it is current
            line.full = False
            line.listener.room()
            await ward.hub.store.read(lambda reader: None)
    monkeypatch.setattr(ward.hub.store, "_fan_out", held.append)
    sign = docs.vital_sign(1, 1, 99.0)
    await ward.hub.store.write(
        lambda tx: tx.put(WARD, "vital_sign", "new", sign, bed="his.bed-1", room="his.room-1")
    )
    await ward.hub.store.read(lambda reader: None)
    line.full = False
    line.listener.room()
    ward.hub.feed.committed(held[0])
    async with asyncio.timeout(10):
        while not any(b'"new"' in data for data in line.given):
            line.full = False
            line.listener.room()
            await ward.hub.store.read(lambda reader: None)
    before = line.given[: [b'"new"' in data for data in line.given].index(True)]
    assert b"event: current" in before[-1]
    number = f"-{held[0].seq}\n".encode()
    assert not any(number in data for data in before)
    line.end()


async def test_a_write_that_the_snapshot_held_is_not_sent_again(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await ward.enrol(STATION)
    # It is there already, so that nothing is written about its coming.
    already = await listening(ward, station)
    held: list[Any] = []
    with monkeypatch.context() as patch:
        patch.setattr(ward.hub.store, "_fan_out", held.append)
        await ward.hub.store.write(lambda tx: docs.put_bed(tx, 1))
        await ward.hub.store.read(lambda reader: None)
        screen = TestScreen(station)
        screen.connect(ward.hub.feed)
        await screen.until(lambda mirror: mirror.current)
    count = len(written(screen.mirror))
    for committed in held:
        ward.hub.store._fan_out(committed)
    await settled(ward, screen)
    of_beds = [w for w in written(screen.mirror)[count:] if w.documents[0].kind == "bed"]
    assert of_beds == []
    await settled(ward, already, screen)
    await assert_view(ward, already, screen)
    for one in (already, screen):
        await one.hang_up()


# ---------------------------------------------------------------------- what a view withholds


async def test_a_patient_who_moves_takes_everything_along(ward: Ward) -> None:
    places = [(BEDSIDE, "1"), (BEDHEAD, "1"), (DOOR, "R1"), (BEDSIDE, "3"), (DOOR, "R2")]
    screens = [await listening(ward, await ward.enrol(role, at)) for role, at in places]

    def transfer(tx: Tx) -> None:
        docs.put_bed(tx, 1)
        docs.put_bed(tx, 3, 3, 1)
        tx.move_encounter(WARD, docs.encounter_id(1), "his.bed-3", "his.room-2")

    await ward.hub.store.write(transfer)
    await settled(ward, *screens)
    await assert_view(ward, *screens)
    for screen in screens[:3]:
        left = b"".join(screen.mirror.bodies().values())
        assert docs.encounter_id(1).encode() not in left, screen.device.role
    for screen in screens[3:]:
        assert ("encounter", docs.encounter_id(1)) in screen.mirror.documents
    for screen in screens:
        await screen.hang_up()


async def test_an_offline_screen_is_cleared_before_it_draws(ward: Ward) -> None:
    screen = await listening(ward, await ward.enrol(BEDHEAD, "1"))
    await screen.hang_up()

    def discharge(tx: Tx) -> None:
        docs.put_bed(tx, 1)
        for stored in tx.of_encounter(WARD, docs.encounter_id(1)):
            tx.delete(WARD, stored.kind, stored.id)

    await ward.hub.store.write(discharge)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    assert {kind for kind, _ in screen.mirror.documents} == {"ward", "bed"}
    await screen.hang_up()


async def test_a_bed_in_doubt_clears_its_screens_and_certainty_brings_them_back(
    ward: Ward,
) -> None:
    places = [(BEDSIDE, "1"), (BEDHEAD, "1"), (DOOR, "R1")]
    screens = [await listening(ward, await ward.enrol(role, at)) for role, at in places]
    conflict = Wording(his="record says bed 7")
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 1, 1, conflict=conflict))
    await settled(ward, *screens)
    await assert_view(ward, *screens)
    for screen in screens:
        stays = [id for kind, id in screen.mirror.documents if kind == "encounter"]
        assert stays == ([docs.encounter_id(2)] if screen.device.role is DOOR else [])
    await ward.hub.store.write(lambda tx: docs.put_bed(tx, 1, 1))
    await settled(ward, *screens)
    for screen in screens:
        assert ("encounter", docs.encounter_id(1)) in screen.mirror.documents
        await screen.hang_up()


async def test_midnight_makes_people_older(ward: Ward) -> None:
    bedhead = await listening(ward, await ward.enrol(BEDHEAD, "1"))
    station = await listening(ward, await ward.enrol(STATION))

    def birthday(tx: Tx) -> None:
        stay = docs.encounter(1, 1)
        born = replace(stay.patient, birth_date="1950-11-22")
        tx.put(
            WARD,
            "encounter",
            stay.id,
            replace(stay, patient=born),
            bed="his.bed-1",
            room="his.room-1",
        )

    await ward.hub.store.write(birthday)
    await settled(ward, bedhead, station)
    ages = [_age(bedhead.mirror)]
    resets = names(station.mirror).count("reset")
    ward.clock.advance(timedelta(hours=16).total_seconds())
    await bedhead.until(lambda mirror: mirror.current and _age(mirror) != ages[0])
    ages.append(_age(bedhead.mirror))
    assert ages == [75, 76]
    await settled(ward, bedhead, station)
    assert names(station.mirror).count("reset") == resets
    for screen in (bedhead, station):
        await screen.hang_up()


def _age(mirror: Mirror) -> int | None:
    return decode(mirror.bodies()[("encounter", docs.encounter_id(1))], BedheadEncounter).age_years


# ---------------------------------------------------------------------- devices


async def test_a_device_that_moves_is_hung_up_and_gets_its_new_place(ward: Ward) -> None:
    screen = await listening(ward, await ward.enrol(BEDSIDE, "1"))
    screen.device = await ward.enrol(BEDSIDE, "2", device_id=screen.device.id)
    await screen.hang_up()
    count = len(screen.mirror.events)
    screen.connect(ward.hub.feed)
    await screen.until(lambda mirror: mirror.current)
    assert screen.mirror.events[count].name == "reset"
    await settled(ward, screen)
    await assert_view(ward, screen)
    await screen.hang_up()


async def status_of(ward: Ward, device: Device) -> ScreenStatus:
    stored = await ward.stored("screen", device.id)
    assert stored is not None
    return decode(stored.body, ScreenStatus)


async def until_online(ward: Ward, device: Device, online: bool) -> ScreenStatus:
    async with asyncio.timeout(10):
        while (status := await status_of(ward, device)).online is not online:
            await ward.hub.store.read(lambda reader: None)
    return status


async def test_a_screen_is_told_only_when_it_goes_or_comes_back(ward: Ward) -> None:
    device = await ward.enrol(BEDSIDE, "1")
    assert (await status_of(ward, device)).online is False
    screen = TestScreen(device)
    screen.connect(ward.hub.feed)
    await until_online(ward, device, True)
    await settled(ward, screen)
    before = await head(ward)
    await screen.hang_up()
    ward.clock.advance(SETTINGS.link_stale_s - 1)
    screen.connect(ward.hub.feed)
    await settled(ward, screen)
    ward.clock.advance(SETTINGS.link_stale_s)
    await settled(ward, screen)
    assert await head(ward) == before
    left_at = ward.clock.now()
    await screen.hang_up()
    ward.clock.advance(SETTINGS.link_stale_s)
    status = await until_online(ward, device, False)
    assert status.since == left_at
    assert await head(ward) == before + 1


async def test_a_picture_sees_its_view_and_is_no_screen_that_is_there(ward: Ward) -> None:
    station = await ward.enrol(ScreenRole.STATION)
    before = await head(ward)
    looks = TestScreen(station)
    looks.connect(ward.hub.feed, look="1")
    await settled(ward, looks)
    await assert_view(ward, looks)
    assert ward.hub.feed.connected()[ScreenRole.STATION] == 0
    assert (await status_of(ward, station)).online is False
    await looks.hang_up()
    assert await head(ward) == before


async def test_faults_outlive_coming_and_going(ward: Ward) -> None:
    device = await ward.enrol(BEDSIDE, "1")
    await ward.act(device, K.SCREEN_FAULTS, device.id, data={"faults": "sound.no_device"})
    screen = TestScreen(device)
    screen.connect(ward.hub.feed)
    status = await until_online(ward, device, True)
    assert status.faults == ("sound.no_device",)
    await screen.hang_up()
