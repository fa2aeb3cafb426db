"""Stations order screens and screens answer through the hub's door, on a real port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import msgspec
import pytest

from smartward.clinical.device import Device
from smartward.clinical.device_check import Checked, fault
from smartward.clinical.night_hours import NightHours, hours_text
from smartward.config import Settings
from smartward.hub.http_server import HttpServer
from smartward.hub.store.model import decode
from smartward.tasks import Tasks
from smartward.wire.envelope import Person
from smartward.wire.order import (
    CHECK_LIVES_S,
    DONE_PATH,
    EVENT,
    LIVES_S,
    PATH,
    WATCH_PATH,
    Order,
    Ordered,
    OrderTold,
    OrderWatch,
)
from tests.hub.conftest import NURSE, Ward
from tests.hub.mirror import EventParser
from tests.hub.staff import BEDSIDE, DOOR, LI, STATION, WANG, badge, give, told
from tests.hub.test_hung import until
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

HEAD, NURSES = "04:11:22:33", "04:44:55:66"


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, ward=WARD)


class Desk:
    """A station with the head nurse at it, and hands to ask as any screen."""

    def __init__(self, ward: Ward, client: httpx.AsyncClient, station: Device) -> None:
        self.ward = ward
        self.client = client
        self.station = station
        self.head = Person()

    def key(self, device: Device) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.ward.tokens[device.id]}"}

    async def post(self, device: Device, path: str, body: object) -> httpx.Response:
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.client.post(path, content=content, headers=self.key(device))

    async def order(self, device_id: str, do: str = "identify", **more: Any) -> OrderTold:
        asked = {"by": self.head, "device_id": device_id, "do": do, **more}
        answer = await self.post(self.station, PATH, asked)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=OrderTold)

    @asynccontextmanager
    async def orders(self, device: Device) -> AsyncIterator[AsyncIterator[Order]]:
        """What comes down its feed."""
        async with self.client.stream("GET", "/feed", headers=self.key(device)) as feed:
            await until(self.ward, device, lambda found: found.online)
            yield _orders(feed)


async def _orders(feed: httpx.Response) -> AsyncIterator[Order]:
    parser = EventParser()
    async for data in feed.aiter_raw():
        for event in parser.feed(data):
            if event.name == EVENT:
                yield msgspec.json.decode(event.data, type=Order)


@pytest.fixture
async def desk(ward: Ward) -> AsyncIterator[Desk]:
    await give(ward, WANG, HEAD, "2846")
    await give(ward, LI, NURSES, "6482")
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=30, trust_env=False, verify=False
    ) as client:
        desk = Desk(ward, client, await ward.enrol(STATION))
        desk.head = (await badge(ward, desk.station, HEAD)).person
        yield desk
    await server.stop()


async def test_the_head_nurse_orders_and_is_told_what_the_screen_did(desk: Desk) -> None:
    bedside, beside = [await desk.ward.enrol(BEDSIDE, bed) for bed in ("1", "2")]
    async with desk.orders(bedside) as orders, desk.orders(beside):
        cases: tuple[tuple[str, bool, str, Literal["done", "refused"]], ...] = (
            ("identify", True, "", "done"),
            ("restart", False, "order.no_service", "refused"),
        )
        for do, done, why, outcome in cases:
            asked = Tasks().spawn(desk.order(bedside.id, do), "a station's order")
            order = await anext(orders)
            assert (order.device_id, order.do, order.forced) == (bedside.id, do, False)
            answer = Ordered(id=order.id, done=done, why=why)
            not_its_own = await desk.post(beside, DONE_PATH, answer)
            assert (not_its_own.status_code, not_its_own.json()["error"]) == (400, "order.unknown")
            assert (await desk.post(bedside, DONE_PATH, answer)).status_code == 200
            assert await asked == OrderTold(outcome=outcome, why=why)
    given = [row for row in await told(desk.ward) if row.kind == "device.identify"]
    assert [(row.by.person_id, row.by.device_id) for row in given] == [(WANG, desk.station.id)]


async def test_the_head_nurse_has_a_screen_checked_and_her_station_asks_what_it_found(
    desk: Desk,
) -> None:
    bedside = await desk.ward.enrol(BEDSIDE, "1")
    found = Checked(lines=(fault("display", "no_display"),))
    async with desk.orders(bedside) as orders:
        given = await desk.order(bedside.id, "check")
        order = await anext(orders)
        assert (given.outcome, given.order, order.do) == ("given", order.id, "check")
        watch = OrderWatch(device_id=bedside.id, order=order.id)
        assert await became(desk, watch) == given
        assert await desk.order(bedside.id, "identify") == OrderTold(
            outcome="refused", why="order.checks_itself"
        )
        answer = Ordered(id=order.id, done=True, found=found)
        assert (await desk.post(bedside, DONE_PATH, answer)).status_code == 200
        assert await became(desk, watch) == OrderTold(outcome="done", found=found)
        # Only a station, and only by the id that it alone was told.
        assert (await desk.post(bedside, WATCH_PATH, watch)).status_code == 403
        guessed = OrderWatch(device_id=bedside.id, order="another")
        assert await became(desk, guessed) == OrderTold(outcome="unheard")
        given = await desk.order(bedside.id, "check")
        await anext(orders)
        desk.ward.clock.advance(CHECK_LIVES_S)
        watch = OrderWatch(device_id=bedside.id, order=given.order)
        async with asyncio.timeout(10):
            while (told_now := await became(desk, watch)).outcome == "given":
                pass
        assert told_now.outcome == "unheard"
    by = [row.by.person_id for row in await told(desk.ward) if row.kind == "device.check"]
    assert by == [WANG, WANG]


async def became(desk: Desk, watch: OrderWatch) -> OrderTold:
    answer = await desk.post(desk.station, WATCH_PATH, watch)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=OrderTold)


async def test_the_head_nurse_says_when_it_is_night_on_which_screens(desk: Desk) -> None:
    """Also on one that is away: it hears of it when it is back."""
    door, away = await desk.ward.enrol(DOOR, "R1"), await desk.ward.enrol(BEDSIDE, "1")
    for id, whom, hours in (
        (away.id, "device", "21:00-07:00"),
        (door.id, "role", "never"),
        (away.id, "all", "20:00-08:00"),
    ):
        assert await desk.order(id, "night", whom=whom, hours=hours) == OrderTold(outcome="done")
    stored = await desk.ward.stored("night_hours", "night_hours")
    assert stored is not None
    rules = decode(stored.body, NightHours).rules
    assert [(one.device_id, one.role, hours_text(one)) for one in rules] == [
        (away.id, None, "21:00-07:00"),
        ("", DOOR, ""),
        ("", None, "20:00-08:00"),
    ]
    nurse = (await badge(desk.ward, desk.station, NURSES)).person
    for more, why in (
        ({"hours": "21-7"}, "night.hours"),
        ({"hours": ""}, "night.hours"),
        ({"hours": "ward", "by": nurse}, "order.not_yours"),
    ):
        refused = OrderTold(outcome="refused", why=why)
        assert await desk.order(away.id, "night", whom="all", **more) == refused
    assert await desk.order("gone", "night", hours="never") == OrderTold(
        outcome="refused", why="enrol.unknown_device"
    )
    rows = [row for row in await told(desk.ward) if row.kind == "device.night"]
    assert [(row.about.id, row.by.person_id, row.key) for row in rows[:3]] == [
        *((away.id, WANG, None), ("door", WANG, None), ("all", WANG, None)),
    ]
    assert [row.key for row in rows[3:]] == [
        *("night.hours", "night.hours", "order.not_yours", "enrol.unknown_device"),
    ]


async def test_an_order_that_has_run_out_was_not_heard(desk: Desk) -> None:
    bedside = await desk.ward.enrol(BEDSIDE, "1")
    async with desk.orders(bedside) as orders:
        asked = Tasks().spawn(desk.order(bedside.id), "a station's order")
        order = await anext(orders)
        desk.ward.clock.advance(LIVES_S)
        assert (await asked).outcome == "unheard"
        late = await desk.post(bedside, DONE_PATH, Ordered(id=order.id, done=True))
        assert (late.status_code, late.json()["error"]) == (400, "order.unknown")


async def test_an_order_for_no_screen_of_the_ward_is_refused_and_audited(desk: Desk) -> None:
    away, gone = [await desk.ward.enrol(BEDSIDE, bed) for bed in ("1", "2")]
    await desk.ward.revoke(gone)
    for id, why in (
        (away.id, "order.away"),
        (gone.id, "enrol.unknown_device"),
        ("nobody-at-all", "enrol.unknown_device"),
        ("", "enrol.unknown_device"),
    ):
        assert await desk.order(id) == OrderTold(outcome="refused", why=why), id
        last = (await told(desk.ward))[-1]
        assert (last.kind, last.key, last.by.person_id) == ("device.identify", why, WANG)


async def test_nobody_orders_who_is_not_the_head_nurse_at_a_station(desk: Desk) -> None:
    bedside = await desk.ward.enrol(BEDSIDE, "1")
    nurse = (await badge(desk.ward, desk.station, NURSES)).person
    for by, why in (
        (Person(), "identity.needed"),
        (NURSE, "identity.needed"),
        (nurse, "order.not_yours"),
        (Person(known="badge", id=WANG, session="made-up"), "identity.session_unknown"),
    ):
        assert await desk.order(bedside.id, by=by) == OrderTold(outcome="refused", why=why), by
    asked = {"by": desk.head, "device_id": bedside.id, "do": "identify"}
    answer = await desk.post(bedside, PATH, asked)
    assert (answer.status_code, answer.json()["error"]) == (403, "access.forbidden")
    answer = await desk.client.post(PATH, content=msgspec.json.encode(asked))
    assert answer.status_code == 401
    await desk.ward.revoke(desk.station)
    assert (await desk.post(desk.station, PATH, asked)).status_code == 401
    assert not await desk.ward.stored("device_order", bedside.id)


async def test_what_is_no_order_is_said_so(desk: Desk) -> None:
    bedside = await desk.ward.enrol(BEDSIDE, "1")
    whole = {"by": desk.head, "device_id": bedside.id, "do": "identify"}
    for body in (
        b"",
        b"{",
        b"[]",
        {**whole, "do": "log"},  # patients' words might be in it: for the console alone
        {**whole, "do": "wipe"},
        {**whole, "device_id": 7},
        {"by": desk.head, "do": "identify"},
    ):
        answer = await desk.post(desk.station, PATH, body)
        assert (answer.status_code, answer.json()["error"]) == (400, "action.bad_request"), body
    assert (await desk.post(desk.station, PATH, b" " * (1 << 20))).status_code == 413
    assert (await desk.client.get(PATH, headers=desk.key(desk.station))).status_code == 405
    assert not await desk.ward.stored("device_order", bedside.id)


async def test_a_station_forces_no_restart(desk: Desk) -> None:
    """What a body of another version says beside is not taken for it."""
    bedside = await desk.ward.enrol(BEDSIDE, "1")
    async with desk.orders(bedside):
        await desk.ward.press(bedside)
        refused = OrderTold(outcome="refused", why="order.call_open")
        assert await desk.order(bedside.id, "restart", forced=True, force=True) == refused


async def test_the_hub_ends_while_a_station_waits(desk: Desk) -> None:
    """The station is answered, and no request is left open."""
    bedside = await desk.ward.enrol(BEDSIDE, "1")
    async with desk.orders(bedside) as orders:
        asked = Tasks().spawn(desk.order(bedside.id), "a station's order")
        await anext(orders)
        await desk.ward.hub.orders.stop()
        async with asyncio.timeout(20):
            assert (await asked).outcome == "unheard"
