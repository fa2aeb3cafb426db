"""The hub's HTTP door over a real socket, with a real file behind it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.hub.http_server import HttpServer
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import ActionRequest
from tests.hub.conftest import Ward, as_json
from tests.hub.mirror import EventParser, Mirror

pytestmark = pytest.mark.anyio

BEDSIDE, STATION = ScreenRole.BEDSIDE, ScreenRole.STATION


class Door:
    """An HTTP client at the hub's door."""

    def __init__(self, ward: Ward, client: httpx.AsyncClient) -> None:
        self.ward = ward
        self.client = client

    def key(self, device: Device) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.ward.tokens[device.id]}"}

    def place(self, bed: str = "his.bed-1", **more: Any) -> dict[str, Any]:
        action = self.ward.action(
            K.CALL_PLACE, "c", data={"bed_id": bed, "class": "normal"}, **more
        )
        return as_json(ActionRequest(action=action, age_ms=0))

    async def post(self, device: Device, body: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post("/actions", content=content, headers=self.key(device))


@pytest.fixture
async def door(ward: Ward) -> AsyncIterator[Door]:
    """The ward's hub behind a real server."""
    server = HttpServer(ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as client:
        yield Door(ward, client)
    await server.stop()


async def read_until_current(
    door: Door, device: Device, headers: dict[str, str] | None = None
) -> Mirror:
    mirror, parser = Mirror(), EventParser()
    head = {**door.key(device), **(headers or {})}
    async with door.client.stream("GET", "/feed", headers=head) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        async for data in response.aiter_raw():
            for event in parser.feed(data):
                mirror.apply(event)
            if mirror.current:
                return mirror
    raise AssertionError("the feed ended")


async def test_a_press_is_answered_and_comes_down_the_feed(door: Door) -> None:
    bedside, station = await door.ward.enrol(BEDSIDE, "1"), await door.ward.enrol(STATION)
    mirror, parser = Mirror(), EventParser()
    async with door.client.stream("GET", "/feed", headers=door.key(station)) as feed:
        answer: dict[str, Any] = {}
        async for data in feed.aiter_raw():
            for event in parser.feed(data):
                mirror.apply(event)
            if mirror.current and not answer:
                response = await door.post(bedside, door.place())
                assert response.status_code == 200
                answer = response.json()
            if ("nurse_call", "c") in mirror.documents:
                break
    assert answer["outcome"] == "applied"
    seq, body = mirror.documents[("nurse_call", "c")]
    assert seq == answer["seq"]
    assert json.loads(body)["bed_id"] == "his.bed-1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nobody.secret"},
        {"Authorization": "Basic TOKEN"},
        {"Authorization": "Bearer DEVICE."},
        {"Authorization": "Bearer TOKENx"},
        {"Authorization": "Bearer é"},
    ],
)
async def test_an_unknown_device_gets_nothing(door: Door, headers: dict[str, str]) -> None:
    device = await door.ward.enrol(BEDSIDE, "1")
    sent = {
        name: value.replace("TOKEN", door.ward.tokens[device.id])
        .replace("DEVICE", device.id)
        .encode("latin-1")
        for name, value in headers.items()
    }
    for method, path in (("GET", "/feed"), ("POST", "/actions")):
        response = await door.client.request(method, path, headers=sent)
        assert response.status_code == 401
        assert response.json() == {"error": "access.unknown_device"}
        assert response.headers["www-authenticate"] == "Bearer"


async def test_a_revoked_or_replaced_token_is_worth_nothing(door: Door) -> None:
    device = await door.ward.enrol(BEDSIDE, "1")
    old = door.key(device)
    await door.ward.enrol(BEDSIDE, "1", device_id=device.id)
    assert (await door.client.get("/feed", headers=old)).status_code == 401
    await read_until_current(door, device)
    await door.ward.revoke(device)
    assert (await door.client.get("/feed", headers=door.key(device))).status_code == 401


async def test_out_of_scope_looks_alike_whether_it_exists_or_not(door: Door) -> None:
    bedside = await door.ward.enrol(BEDSIDE, "1")
    answers = [await door.post(bedside, door.place(bed)) for bed in ("his.bed-2", "his.bed-999")]
    assert {response.status_code for response in answers} == {403}
    assert {response.content for response in answers} == {b'{"error":"access.forbidden"}'}


async def test_the_same_id_with_another_body(door: Door) -> None:
    bedside = await door.ward.enrol(BEDSIDE, "1")
    body = door.place()
    first = await door.post(bedside, body)
    again = await door.post(bedside, body | {"age_ms": 5000, "clock_skew_ms": 1})
    assert (again.status_code, again.json()) == (200, first.json())
    body["action"]["data"]["class"] = "assist"
    other = await door.post(bedside, body)
    assert (other.status_code, other.json()["error"]) == (409, "action.conflict")


async def test_the_order_of_names_makes_no_other_body(door: Door) -> None:
    bedside = await door.ward.enrol(BEDSIDE, "1")
    body = door.place()
    first = await door.post(bedside, body)
    action = dict(reversed(body["action"].items()))
    action["data"] = dict(reversed(action["data"].items()))
    again = await door.post(bedside, {"age_ms": 1, "action": action})
    assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize(
    "body, status",
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"action": 7}', 400),
        (b'{"action": {"id": "x", "kind": "call.place"}}', 400),
        (b"\xff\xfe", 400),
        (b'"' + b"x" * 70_000 + b'"', 413),
    ],
)
async def test_what_is_no_action(door: Door, body: bytes, status: int) -> None:
    bedside = await door.ward.enrol(BEDSIDE, "1")
    response = await door.post(bedside, body)
    assert response.status_code == status
    assert response.json()["error"] == (
        "action.bad_request" if status == 400 else "action.too_long"
    )


async def test_a_cursor_may_come_in_the_address(door: Door) -> None:
    station = await door.ward.enrol(STATION)
    mirror = await read_until_current(door, station)
    parser = EventParser()
    address = f"/feed?after={mirror.cursor}"
    head = {**door.key(station), "SmartWard-View": mirror.view}
    async with door.client.stream("GET", address, headers=head) as response:
        async for data in response.aiter_raw():
            events = parser.feed(data)
            if events:
                assert events[0].name == "hello"
                break


async def test_health_tells_how_the_hub_is(door: Door) -> None:
    body = (await door.client.get("/health")).json()
    assert body["ok"] is True
    assert body["epoch"] == door.ward.hub.store.epoch
    assert (body["beds"], body["encounters"], body["open_calls"]) == (4, 4, 0)
    assert body["screens"] == {str(role): 0 for role in ScreenRole}
    bedside = await door.ward.enrol(BEDSIDE, "1")
    await door.post(bedside, door.place())
    assert (await door.client.get("/health")).json()["open_calls"] == 1
    door.ward.hub.store.failing = True
    assert (await door.client.get("/health")).status_code == 503


async def test_metrics_count(door: Door) -> None:
    bedside = await door.ward.enrol(BEDSIDE, "1")
    await door.post(bedside, door.place())
    response = await door.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text.splitlines()
    for expected in (
        'smartward_actions_total{kind="call.place",outcome="applied"} 1.0',
        'smartward_open_calls{call_class="normal"} 1.0',
        'smartward_feed_connections{role="station"} 0.0',
        "smartward_his_up 0.0",
    ):
        assert expected in lines
    text = response.text
    for name in (
        "smartward_commit_seconds_count",
        "smartward_fan_out_seconds_count",
        "smartward_writes_total",
    ):
        (line,) = [line for line in lines if line.startswith(name)]
        assert float(line.split()[-1]) >= 2, text


async def test_the_description_is_of_these_routes_and_types(door: Door) -> None:
    described = (await door.client.get("/openapi.json")).json()
    routes = {
        (route.path, method.lower())
        for route in door.ward.hub.application.routes
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]  # every route of ours is a Route
    }
    assert {(path, m) for path, of in described["paths"].items() for m in of} == routes
    schemas = described["components"]["schemas"]
    references = {
        text.split("/")[-1].rstrip('"')
        for text in json.dumps(described).split('"$ref": "')[1:]
        for text in [text.split('"')[0]]
    }
    assert references <= set(schemas)
    bedside = await door.ward.enrol(BEDSIDE, "1")
    sent = door.place()
    answer = (await door.post(bedside, sent)).json()
    for value, name in ((sent, "ActionRequest"), (sent["action"], "Action"), (answer, "Answer")):
        assert set(value) == set(schemas[name]["properties"])
        assert set(schemas[name].get("required", ())) <= set(value)
    mirror = await read_until_current(door, bedside)
    bodies = described["x-smartward-views"]["bedside"]
    assert {kind for kind, _ in mirror.documents} <= set(bodies)
    for (kind, _), body in mirror.bodies().items():
        name = bodies[kind]["$ref"].split("/")[-1]
        assert set(json.loads(body)) == set(schemas[name]["properties"]), kind


async def test_no_other_door(door: Door) -> None:
    assert (await door.client.get("/documents")).status_code == 404
    assert (await door.client.get("/actions")).status_code == 405
    assert (await door.client.post("/feed")).status_code == 405


async def test_an_answer_without_a_body_leaves_at_once_too(door: Door) -> None:
    for _ in range(2):  # the second on the same connection
        answer = await door.client.head("/health")
        assert (answer.status_code, answer.content) == (200, b"")
