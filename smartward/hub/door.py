"""The hub's HTTP door: the feed, actions, proofs of staff, and how the hub is."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from smartward.clinical.device import Device
from smartward.errors import BadData, SmartWardError, StorageFault
from smartward.hub import openapi
from smartward.hub.access import Forbidden
from smartward.hub.actions import Conflict
from smartward.hub.alert_counts import shift_alerts
from smartward.hub.certificates import EXPIRED
from smartward.hub.drill import record_of
from smartward.hub.gate import ACTIONS, CALLS_ONLY, Gate, refused, shown_in
from smartward.hub.his_hints import PATH
from smartward.hub.identity import REFUSED
from smartward.hub.inputs import InputRefused, read_input, refusal
from smartward.hub.line import TAKE, header_values
from smartward.hub.own_test import OwnTests
from smartward.hub.sessions import NotProved
from smartward.wire import health as health_wire
from smartward.wire import order, own_test, pairing, placing, update
from smartward.wire.envelope import ActionRequest, Identify

if TYPE_CHECKING:
    from smartward.hub.app import Hub

_MOST_BYTES = 64 * 1024
"""Longest body that is read."""

_MOST_HINT_BYTES = 1024 * 1024
"""Some servers send what changed with each hint; no more than this is waited for."""

_REQUEST = msgspec.json.Decoder(ActionRequest)
_IDENTIFY = msgspec.json.Decoder(Identify)
_ENCODER = msgspec.json.Encoder()

_Answer = Callable[[Device, bytes], Awaitable[msgspec.Struct]]


def _error(status: int, key: str, detail: str = "") -> JSONResponse:
    body = {"error": key, "detail": detail} if detail else {"error": key}
    return JSONResponse(body, status_code=status)


def _unknown() -> Response:
    return refused("access.unknown_device")


class _FeedDoor:
    """`GET /feed`: where the server gives the connection away, the feed writes into it itself."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        right_bed = self._hub.right_bed
        device, blocked = await right_bed.for_feed(request.headers, _address(request))
        if device is None:
            await _unknown()(scope, receive, send)
            return
        if blocked is not None:
            await _said(blocked, 409)(scope, receive, send)
            return
        values = header_values(scope)
        values["after"] = values["after"] or request.query_params.get("after", "")
        take = scope.get("extensions", {}).get(TAKE)
        line = take() if take is not None and scope["method"] == "GET" else None
        if line is None:
            await self._hub.feed.serve(device, values, receive, send)
        else:
            self._hub.feed.listen(device, values, line)


def _address(request: Request) -> str:
    """Where it comes from, as far as that is known."""
    return "" if request.client is None else request.client.host


def _said(answer: msgspec.Struct, status: int = 200) -> Response:
    return Response(_ENCODER.encode(answer), status, media_type="application/json")


async def _read_body(request: Request) -> bytes | None:
    """The body, or None when it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)


def _why_not(error: msgspec.DecodeError | SmartWardError) -> Response:
    """What is answered to what cannot be done. Raises whatever is a fault of ours."""
    match error:
        case msgspec.DecodeError():
            return _error(400, "action.bad_request", str(error))
        case BadData():
            return _error(400, error.key, error.detail)
        case Forbidden():
            return _error(403, error.key)
        case NotProved():
            return JSONResponse({"error": error.key, "values": error.values}, status_code=403)
        case InputRefused():
            told = {"error": error.key, "detail": error.words, "values": error.values}
            return JSONResponse(told, status_code=error.status)
        case Conflict():
            return _error(409, error.key, f"another body came with the id {error.detail} before")
        case StorageFault():
            return _error(503, error.key)
    raise error


async def _hung_up(request: Request, error: Exception) -> Response:
    """What is said to who has hung up in the middle of a request."""
    return Response(status_code=400)


async def _asked(hub: "Hub", request: Request, answer: _Answer) -> Response:
    """What an enrolled device gets for its body, or why nothing."""
    device = hub.access.authenticate(request.headers.get("authorization"))
    if device is None:
        return _unknown()
    body = await _read_body(request)
    if body is None:
        return _error(413, "action.too_long")
    if CALLS_ONLY in request.scope and not await hub.right_bed.calls(device.ward, body):
        return refused(EXPIRED)
    blocked = await hub.right_bed.judge(device, request.headers, address=_address(request))
    if blocked is not None and not await hub.right_bed.takes(blocked, body):
        return _said(blocked, 409)
    try:
        return _said(await answer(device, body))
    except (msgspec.DecodeError, SmartWardError) as error:
        return _why_not(error)


def _pairing(hub: "Hub") -> Callable[[Request], Awaitable[Response]]:
    async def pair(request: Request) -> Response:
        """A screen that nobody knows asks to be one of ours."""
        body = await _read_body(request)
        if body is None:
            return _error(413, "action.too_long")
        address = "" if request.client is None else request.client.host
        try:
            return _said(await hub.pairing.ask(body, address))
        except SmartWardError as error:
            return _why_not(error)

    return pair


def _authorities(hub: "Hub") -> Callable[[Request], Awaitable[Response]]:
    async def tell(request: Request) -> Response:
        """Whom a screen may believe, once a person has typed the number that the hub shows."""
        if not hub.pairing.offered:
            return _error(404, "pairing.no_authority")
        return Response(hub.pairing.offered, media_type="application/x-pem-file")

    return tell


def _own_tests(hub: "Hub") -> _Answer:
    return OwnTests(hub.store, hub.clock, hub.settings.drill_limit_s).answer


def _ordered(hub: "Hub") -> _Answer:
    async def hear(device: Device, body: bytes) -> msgspec.Struct:
        """A screen tells what became of an order."""
        return await hub.orders.answer(device, body, hub.bundles.keep)

    return hear


def _screen_health(hub: "Hub") -> Callable[[Request], Awaitable[Response]]:
    async def hear(request: Request) -> Response:
        """A screen tells how it is."""
        address = _address(request)
        return await _asked(hub, request, lambda one, body: hub.fleet.report(one, body, address))

    return hear


class _Door(Starlette):
    """What is posted to `ACTIONS` goes by the gate to its endpoint without the framework between
    them: it is what a ward does most, and waits for."""

    gate: Gate
    act: Callable[[Request], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != ACTIONS or scope["method"] != "POST":
            await super().__call__(scope, receive, send)
            return
        answer = self.gate.refusal(scope)
        if answer is not None:
            await answer(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self.act(request)
        except ClientDisconnect as error:
            response = await _hung_up(request, error)
        await response(scope, receive, send)


@cache
def _description() -> Response:
    return JSONResponse(openapi.describe(version("smartward")))


async def _described(request: Request) -> Response:
    """Put together once somebody asks, beside everything else: it takes as long as many presses."""
    return await asyncio.to_thread(_description)


def application(hub: "Hub") -> Starlette:
    """The ASGI application of a hub."""

    def asking(answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await _asked(hub, request, answer)

        return endpoint

    async def act(device: Device, body: bytes) -> msgspec.Struct:
        return await hub.actions.answer(device, _REQUEST.decode(body))

    async def tell(device: Device, body: bytes) -> msgspec.Struct:
        told = read_input(body)
        try:
            return await hub.actions.answer(device, told)
        except (Forbidden, Conflict) as error:
            raise refusal(device, told, error) from error

    async def identify(device: Device, body: bytes) -> msgspec.Struct:
        asked = _IDENTIFY.decode(body)
        try:
            return await hub.identity.identify(device, asked)
        except Forbidden:
            await hub.out_of_scope.tried(device, REFUSED, asked.staff_id, "")
            raise

    async def renew(request: Request) -> Response:
        shown = shown_in(request.scope)
        return await _asked(
            hub, request, lambda one, body: hub.pairing.issuing.renew(one, body, shown)
        )

    async def health(request: Request) -> Response:
        screens = {str(role): count for role, count in hub.connected().items()}
        state = hub.state() | {"screens": screens}
        return JSONResponse(state, status_code=200 if state["ok"] else 503)

    async def metrics(request: Request) -> Response:
        ward, now = hub.settings.ward, hub.clock.now()
        hub.metrics.identity(hub.right_bed.counts())
        await hub.count_screens()
        hub.metrics.alerts(await hub.store.read(lambda r: shift_alerts(r, ward, now)))
        hub.metrics.drill(await hub.store.read(lambda r: record_of(r, ward, now)))
        text = hub.metrics.scrape(
            hub.connected(),
            hub.tally.open_calls,
            hub.tally.lost_points,
            hub.tally.rejected,
            hub.his()[1],
            hub.his_writes(),
        )
        return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

    async def hint(request: Request) -> Response:
        """The hospital system says that something changed. What it says is thrown away."""
        heard = hub.hint(request.headers.get("authorization"))
        if heard is None:
            return Response(status_code=404)
        if not heard:
            return _unknown()
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > _MOST_HINT_BYTES:
                return Response(status_code=413)
        return Response(status_code=204)

    async def may_listen(request: Request) -> Response:
        """The standby hub asks in a screen's name whether that would get a feed here."""
        device, blocked = await hub.right_bed.for_feed(request.headers, _address(request))
        if device is None:
            return _unknown()
        return Response(status_code=204) if blocked is None else _said(blocked, 409)

    trusts = hub.settings.trusts_terminator
    door = _Door(
        routes=[
            Route("/feed", _FeedDoor(hub), methods=["GET"]),
            Route("/feed/may", may_listen, methods=["POST"]),
            Route(ACTIONS, asking(act), methods=["POST"]),
            Route("/inputs", asking(tell), methods=["POST"]),
            Route("/staff/identify", asking(identify), methods=["POST"]),
            Route(PATH, hint, methods=["POST", "PUT"]),
            Route(PATH + "/{type}/{id}", hint, methods=["POST", "PUT"]),
            Route(pairing.PATH, _authorities(hub), methods=["GET"]),
            Route(pairing.PATH, _pairing(hub), methods=["POST"]),
            Route(pairing.RENEW_PATH, renew, methods=["POST"]),
            Route(health_wire.PATH, _screen_health(hub), methods=["POST"]),
            Route(placing.PATH, asking(hub.placing.answer), methods=["POST"]),
            Route(order.PATH, asking(hub.order_desk.answer), methods=["POST"]),
            Route(order.WATCH_PATH, asking(hub.order_desk.watched), methods=["POST"]),
            Route(order.DONE_PATH, asking(_ordered(hub)), methods=["POST"]),
            Route(own_test.PATH, asking(_own_tests(hub)), methods=["POST"]),
            Route(update.PATH, asking(hub.updates.answer), methods=["POST"]),
            hub.downloads.route(),
            Route("/health", health),
            Route("/metrics", metrics),
            Route("/openapi.json", _described),
            *hub.replica.routes(),
        ],
        middleware=[
            Middleware(Gate, certificates=hub.certificates, access=hub.access, trusts=trusts)
        ],
        # Nobody is there to be answered, and nothing of ours is wrong.
        exception_handlers={ClientDisconnect: _hung_up},
    )
    door.gate = Gate(door, hub.certificates, hub.access, trusts=trusts)
    door.act = asking(act)
    return door
