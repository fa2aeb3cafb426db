"""Right bed at call points: what is pressed at a screen that is in doubt is taken, and names each
bed; nothing else that is told there ends or quiets what the true bed asked for."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from smartward.clinical.device import Device
from smartward.clinical.nurse_call import CallClass, CallState, is_open
from smartward.hub.http_server import HttpServer
from smartward.wire.envelope import ActionKind as K
from smartward.wire.start import SECOND
from tests.hub.conftest import Ward
from tests.hub.staff import admin
from tests.hub.test_right_bed import BED_1, BED_2, BEDSIDE, STATION, Box, House, box

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]


@pytest.fixture
async def house(ward: Ward) -> AsyncIterator[House]:
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False) as client:
        yield House(ward, client)
    await server.stop()


async def points(house: House, device: Device) -> None:
    """A handset, a cord in the bathroom and a presence button, all read by that screen."""
    for id, kind in (("h", "handset"), ("b", "bathroom_cord"), ("p", "presence_button")):
        await admin(house.ward, "call_point.add", id=id, kind=kind, bed="1", via=device.id)


async def told(house: House, of: Box, device: Device, point: str, event: str) -> httpx.Response:
    return await house.act(of, device, K.CALL_POINT_EVENT, point, event=event)


async def test_a_second_device_ends_no_call_and_says_of_nobody_that_they_are_there(
    house: House,
) -> None:
    one = await house.ward.enrol(BEDSIDE, "1")
    await points(house, one)
    first = box("machine-1")
    copy = replace(first, machine="machine-2", start="start-9")
    async with house.listening(first, one):
        pulled = await told(house, first, one, "b", "press")
        for point, event in (
            ("b", "reset"),
            ("b", "lost"),
            ("b", "restored"),
            ("p", "presence"),
            ("p", "press"),
            ("b", "nonsense"),
        ):
            answer = await told(house, copy, one, point, event)
            assert (answer.status_code, answer.json()["error"]) == (409, SECOND), (point, event)
        call = await house.ward.call(pulled.json()["values"]["call_id"])
        assert is_open(call)
        assert await house.ward.stored("presence", BED_1) is None
        # At the true bed its reset ends it.
        assert (await told(house, first, one, "b", "reset")).status_code == 200
        assert not is_open(await house.ward.call(call.id))


async def test_a_press_at_a_point_of_a_second_device_names_both_beds(house: House) -> None:
    one, two = await house.ward.enrol(BEDSIDE, "1"), await house.ward.enrol(BEDSIDE, "2")
    await points(house, one)
    first, neighbour = box("machine-1"), box("machine-2")
    async with house.listening(neighbour, two):
        pass
    copy = replace(first, machine="machine-2", start="start-9")
    async with house.listening(first, one):
        made = {}
        for point in ("h", "b"):
            made[point] = (await told(house, first, one, point, "press")).json()
            call = await house.ward.call(made[point]["values"]["call_id"])
            assert call.other_beds == ()
        # A press of the copy joins the call that stands there: from then on it may be either bed.
        for point, of_class in (("h", CallClass.NORMAL), ("b", CallClass.BATHROOM)):
            again = (await told(house, copy, one, point, "press")).json()
            assert again["values"] == made[point]["values"]
            call = await house.ward.call(again["values"]["call_id"])
            assert (call.bed_id, call.call_class, call.other_beds) == (BED_1, of_class, (BED_2,))


async def test_a_press_at_a_point_of_a_moved_screen_names_both_beds(house: House) -> None:
    one = await house.ward.enrol(BEDSIDE, "2")
    first = box("machine-1")
    async with house.listening(first, one):
        pass
    await admin(house.ward, "move", device_id=one.id, place="1", second=True)
    await points(house, one)
    moved = house.ward.hub.access.device(one.id)
    assert moved is not None
    for point in ("h", "b"):
        pressed = await told(house, first, moved, point, "press")
        call = await house.ward.call(pressed.json()["values"]["call_id"])
        assert (call.bed_id, call.other_beds) == (BED_1, (BED_2,))


async def test_whoever_has_the_press_itself_goes_by_its_id(house: House) -> None:
    """A station that was told of it straight, by the bed, knows no other id of the call."""
    one, two = await house.ward.enrol(BEDSIDE, "1"), await house.ward.enrol(STATION)
    await points(house, one)
    first, station = box("machine-1"), box("machine-3")
    async with house.listening(first, one):
        pulled = (await told(house, first, one, "b", "press")).json()
        assert pulled["values"]["call_id"] == pulled["id"]
        went = await house.act(station, two, K.CALL_ACCEPT, pulled["id"])
        assert (went.status_code, went.json()["outcome"]) == (200, "applied")
        assert (await house.ward.call(pulled["id"])).state is CallState.ACCEPTED
        # One that joins the open call means that call.
        joins = (await told(house, first, one, "b", "press")).json()
        assert joins["values"]["call_id"] == pulled["id"]
        again = await house.act(station, two, K.CALL_ACCEPT, joins["id"])
        assert (again.status_code, again.json()["values"]["call_id"]) == (200, pulled["id"])
