"""`smartward hub`: everything of a hub wired together, its HTTP door, and its process."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from smartward import log as logs
from smartward.clinical.device import Device
from smartward.clock import Clock, SystemClock
from smartward.config import Settings
from smartward.errors import BadData, StorageFault
from smartward.hub import (
    call_actions,
    call_point_actions,
    call_points,
    entrust_actions,
    masking_actions,
    openapi,
    other_actions,
    person_actions,
    presence_actions,
    staff_actions,
    staff_admin,
)
from smartward.hub.access import Access, Forbidden
from smartward.hub.actions import Actions, Conflict, rules
from smartward.hub.admin import Admin
from smartward.hub.control_commands import control_server
from smartward.hub.decider import DeciderFactory, default_decider
from smartward.hub.feed import Feed, header_values
from smartward.hub.heard import Heard
from smartward.hub.identity import Identity
from smartward.hub.inputs import read_input
from smartward.hub.metrics import Metrics
from smartward.hub.options import Options, admin_socket, check_tls, listen, lock, parse
from smartward.hub.presence import Presence
from smartward.hub.sessions import NotProved
from smartward.hub.store.sqlite import Store
from smartward.hub.tally import Tally
from smartward.hub.witness import Witness, restored
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionRequest, Identify

log = logging.getLogger("smartward.hub")

_MOST_BYTES = 64 * 1024
"""Longest action that is read."""

_REQUEST = msgspec.json.Decoder(ActionRequest)
_IDENTIFY = msgspec.json.Decoder(Identify)
_ENCODER = msgspec.json.Encoder()


class Hub:
    """One hub on one folder, without its process: `start`, serve `application`, `stop`."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        clock: Clock,
        decider_factory: DeciderFactory | None = default_decider,
    ) -> None:
        """Open the folder. `decider_factory` None: this hub decides nothing.

        Raises Misconfigured when another hub has the folder, StorageFault when its file is bad.
        """
        self.settings = settings
        self.clock = clock
        self._lock = lock(folder)
        try:
            self.store = Store.open(folder / "hub.sqlite", clock, settings.answer_keep_days)
        except BaseException:
            self._lock.close()
            raise
        self.witness = Witness(folder, self.store, clock)
        self.metrics = Metrics()
        self.access = Access()
        self.tally = Tally(settings.ward)
        self._decider = (
            None if decider_factory is None else decider_factory(self.store, clock, settings)
        )
        self.feed = Feed(self.store, clock, settings, self.his)
        self.presence = Presence(self.store, self.access, clock, settings)
        self.identity = Identity(self.store, settings)
        self.heard = Heard(settings.ward, clock)
        if self._decider is not None:
            self._decider.heard = self.heard
        self.actions = Actions(
            self.store,
            self.access,
            clock,
            settings,
            rules(
                call_actions.RULES,
                call_point_actions.RULES,
                entrust_actions.RULES,
                masking_actions.RULES,
                other_actions.RULES,
                person_actions.RULES,
                presence_actions.RULES,
                staff_actions.RULES,
            ),
        )
        self.admin = Admin(admin_socket(folder), self.store, self.access, settings, self.feed.drop)
        staff_admin.register(self.admin, self.store, settings)
        masking_actions.register(self.admin, self.store, settings)
        call_points.register(self.admin, self.store, self.access, settings)
        self.application = _application(self)

    def his(self) -> tuple[datetime | None, bool]:
        """When the last completed HIS census was, and whether the HIS answers."""
        if self._decider is None:
            return None, False
        return self._decider.his_as_of, self._decider.his_up

    async def start(self) -> None:
        """Take up where the last process stopped."""
        self.store.on_timing = self.metrics.committed
        self.store.on_listener_failed = self.metrics.listener_failed
        self.actions.on_answer = self.metrics.answered
        self.feed.on_fan_out = self.metrics.fanned_out
        self.feed.on_presence = self._feed_changed
        self.heard.here = self.presence.here
        self.actions.quick = self.heard.quick
        await self.witness.start()
        await self.store.read(self.access.load)
        await self.store.read(self.tally.load)
        await self.store.read(self.heard.load)
        await self.feed.start()
        self.store.on_commit += [self.tally.committed, self.heard.committed]
        await self.identity.start()
        self.presence.start()
        await self.admin.start()
        if self._decider is not None:
            await self._decider.start()

    async def stop(self) -> None:
        """Stop deciding, then everything else, and close the file."""
        if self._decider is not None:
            await self._decider.stop()
        await self.admin.stop()
        await self.feed.stop()
        await self.presence.stop()
        await self.identity.stop()
        await self.store.finish()
        await self.witness.stop()
        self.store.close()
        self._lock.close()

    def _feed_changed(self, device: Device, here: bool) -> None:
        if not here:
            self.heard.feed_ended(device)
        self.presence.changed(device, here)

    def _failing(self) -> list[str]:
        """Names of what does not work now: the disk, and parts of the hub."""
        deciding = frozenset[str]() if self._decider is None else self._decider.failing
        return sorted(self.store.ailing | self.feed.failing | self.witness.failing | deciding)

    def state(self) -> dict[str, Any]:
        """The hub's named states, for /health and the harness."""
        as_of, up = self.his()
        failing = self._failing()
        return {
            "ok": not failing,
            "failing": failing,
            "epoch": self.store.epoch,
            "seq": self.feed.head(self.settings.ward),
            "now": self.clock.now().isoformat(),
            "his_up": up,
            "his_as_of": None if as_of is None else as_of.isoformat(),
            "his_rejected": sum(self.tally.rejected.values()),
            "audit_to_his": None if self._decider is None else self._decider.write_back,
            "feeds": sum(self.feed.connected().values()),
            "screens": self.tally.count("screen"),
            "beds": self.tally.count("bed"),
            "encounters": self.tally.count("encounter"),
            "open_calls": self.tally.count("nurse_call"),
            "open_calls_by_class": self.tally.open_calls,
            "call_points": self.tally.count("call_point"),
            "call_points_lost": self.tally.lost_points,
            "alerts": self.tally.count("alert"),
        }


# ---------------------------------------------------------------------- HTTP


def _error(status: int, key: str, detail: str = "") -> JSONResponse:
    body = {"error": key, "detail": detail} if detail else {"error": key}
    return JSONResponse(body, status_code=status)


def _unknown() -> JSONResponse:
    refused = _error(401, "access.unknown_device")
    refused.headers["WWW-Authenticate"] = "Bearer"
    return refused


class _FeedDoor:
    """`GET /feed`, straight on ASGI: a feed never ends, and each write is one call of `send`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        device = self._hub.access.authenticate(request.headers.get("authorization"))
        if device is None:
            await _unknown()(scope, receive, send)
            return
        values = header_values(scope)
        values["after"] = values["after"] or request.query_params.get("after", "")
        await self._hub.feed.serve(device, values, receive, send)


async def _read_body(request: Request) -> bytes | None:
    """The body, or None when it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return None
    return bytes(body)


_Decode = Callable[[bytes], ActionRequest]


async def _act(hub: Hub, request: Request, decode: _Decode = _REQUEST.decode) -> Response:
    device = hub.access.authenticate(request.headers.get("authorization"))
    if device is None:
        return _unknown()
    body = await _read_body(request)
    if body is None:
        return _error(413, "action.too_long")
    try:
        answer = await hub.actions.answer(device, decode(body))
    except msgspec.DecodeError as error:
        return _error(400, "action.bad_request", str(error))
    except BadData as error:
        return _error(400, error.key, error.detail)
    except Forbidden as error:
        return _error(403, error.key)
    except Conflict as error:
        return _error(409, error.key)
    return Response(_ENCODER.encode(answer), media_type="application/json")


async def _identify(hub: Hub, request: Request) -> Response:
    device = hub.access.authenticate(request.headers.get("authorization"))
    if device is None:
        return _unknown()
    body = await _read_body(request)
    if body is None:
        return _error(413, "action.too_long")
    try:
        found = await hub.identity.identify(device, _IDENTIFY.decode(body))
    except msgspec.DecodeError:
        return _error(400, "action.bad_request")  # its words would repeat what was sent
    except BadData as error:
        return _error(400, error.key, error.detail)
    except Forbidden as error:
        return _error(403, error.key)
    except NotProved as error:
        return JSONResponse({"error": error.key, "values": error.values}, status_code=403)
    except StorageFault as error:
        return _error(503, error.key)
    return Response(_ENCODER.encode(found), media_type="application/json")


def _application(hub: Hub) -> Starlette:
    async def act(request: Request) -> Response:
        return await _act(hub, request)

    async def tell(request: Request) -> Response:
        return await _act(hub, request, read_input)

    async def identify(request: Request) -> Response:
        return await _identify(hub, request)

    async def health(request: Request) -> Response:
        screens = {str(role): count for role, count in hub.feed.connected().items()}
        state = hub.state() | {"screens": screens}
        return JSONResponse(state, status_code=200 if state["ok"] else 503)

    async def metrics(request: Request) -> Response:
        text = hub.metrics.scrape(
            hub.feed.connected(),
            hub.tally.open_calls,
            hub.tally.lost_points,
            hub.tally.rejected,
            hub.his()[1],
        )
        return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

    description = JSONResponse(openapi.describe(version("smartward")))

    async def described(request: Request) -> Response:
        return description

    return Starlette(
        routes=[
            Route("/feed", _FeedDoor(hub), methods=["GET"]),
            Route("/actions", act, methods=["POST"]),
            Route("/inputs", tell, methods=["POST"]),
            Route("/staff/identify", identify, methods=["POST"]),
            Route("/health", health),
            Route("/metrics", metrics),
            Route("/openapi.json", described),
        ]
    )


# ---------------------------------------------------------------------- process


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own, and able to say when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._up = asyncio.Event()

    async def wait_up(self) -> None:
        """Wait until it listens."""
        await self._up.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """The HTTP server of a hub that runs. It ends once the hub has hung up its feeds."""

    def __init__(self, hub: Hub) -> None:
        """Listen already. Raises Misconfigured without TLS on a network, or a taken address."""
        settings = hub.settings
        check_tls(settings)
        self._socket = listen(settings.host, settings.port)
        scheme = "https" if settings.tls_cert else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"{scheme}://{host}:{self._socket.getsockname()[1]}"
        self._hub = hub
        self._server = _Server(
            uvicorn.Config(
                hub.application,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=3,
                ssl_certfile=settings.tls_cert or None,
                ssl_keyfile=settings.tls_key or None,
            )
        )
        self._tasks = Tasks()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns when it answers. Raises what the server ended with instead."""
        self._serving = self._tasks.spawn(self._server.serve([self._socket]), "http")
        up = self._tasks.spawn(self._server.wait_up(), "http up")
        await asyncio.wait((self._serving, up), return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            up.cancel()
            self._socket.close()
            await self._serving
            raise RuntimeError("the HTTP server ended before it answered")

    async def stop(self) -> None:
        """End all feeds, finish what is being answered, stop."""
        await self._hub.feed.stop()
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        self._socket.close()


async def _run(options: Options) -> None:
    clock = SystemClock(options.clock)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    check_tls(options.settings)
    hub = Hub(options.settings, options.data_dir, clock)
    server = HttpServer(hub)
    control = None
    if options.control is not None:
        control = control_server(
            options.control, clock, hub.store, options.settings.ward, hub.state, ended.set
        )
        await control.start()
    await hub.start()
    await server.start()
    log.info("serving ward %s at %s", options.settings.ward, server.url)
    ready = {
        "ready": "hub",
        "url": server.url,
        "admin": str(hub.admin.path),
        "pid": os.getpid(),
    }
    print(json.dumps(ready), flush=True)
    await ended.wait()
    log.info("ending")
    if control is not None:
        await control.stop()
    await server.stop()
    await hub.stop()


def main(argv: list[str]) -> int:
    """Run a hub until SIGTERM; with `--init` or `--restored` do that and end."""
    options = parse(argv)
    logs.setup("hub")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    if options.init:
        from smartward.hub.tls import make_certificates

        print(json.dumps(make_certificates(options, SystemClock().now())))
        return 0
    if options.restored:
        print(json.dumps({"restored": str(restored(options.data_dir))}))
        return 0
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(options))
    return 0
