"""A hub's HTTP server: uvicorn on one listening socket, ending once the feeds have hung up.

A request for a feed takes its connection away from uvicorn: its scope gives the ASGI application a
line on the socket itself, and nothing of the request stays in memory.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Protocol

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from smartward.config import Settings
from smartward.hub.gate import PEER, fingerprint
from smartward.hub.line import HANG_UP, TAKE, SocketLine
from smartward.hub.options import check_tls, listen
from smartward.tasks import Tasks


class _Whole:
    """A connection whose answers leave whole, head and body in one call of the system: in two the
    sender would be woken twice."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """The head of an answer waits for what comes behind it."""
        if data.endswith(b"\r\n\r\n") and data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1":
            self._head = data
            return
        head, self._head = self._head, b""
        self._transport.write(head + data if head else data)

    def flush(self) -> None:
        """Nothing comes behind the head."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """End it, behind what was written."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, whose connection an application may take for a feed, and which tells of
    the certificate that the other end has shown."""

    _shown = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn wants any transport, this one is of TCP
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        certificate = None if tls is None else tls.getpeercert(binary_form=True)
        if certificate is not None:
            self._shown = fingerprint(certificate)
        self._given = transport
        if tls is None:
            self.transport = _Whole(transport)  # type: ignore[assignment]  # a stand-in with what uvicorn uses of a transport

    def on_response_complete(self) -> None:
        if isinstance(self.transport, _Whole):
            self.transport.flush()
        super().on_response_complete()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        scope: Any = self.scope
        scope["extensions"] = {
            TAKE: partial(self._take, self.cycle),
            HANG_UP: partial(self._hang_up, self.cycle),
            PEER: self._shown,
        }

    def _hang_up(self, cycle: RequestResponseCycle) -> None:
        """End the connection of a request whose answer is not whole."""
        if cycle is self.cycle and not cycle.response_complete:
            cycle.disconnected = True  # for uvicorn the other end did it: it complains of nothing
            self.transport.close()

    def _take(self, cycle: RequestResponseCycle) -> SocketLine | None:
        """The connection of a request that nothing has been answered to; None: it is gone, or
        another request came behind on the same connection."""
        if cycle is not self.cycle or cycle.disconnected or cycle.response_started:
            return None
        cycle.disconnected = True  # for uvicorn it is over: it sends and awaits nothing more
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        self.connections.discard(self)
        scope: Any = self.scope
        chunked = scope["http_version"] == "1.1"
        line = SocketLine(self._given, full=self.flow.write_paused, chunked=chunked)
        # What points back at itself would wait for the garbage collector, one for each screen. Its
        # types have no place for a connection that was given away.
        del scope["extensions"]
        self.parser = self.cycle = None  # type: ignore[assignment]  # given away, which the types have no place for
        return line


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


class Served(Protocol):
    """What is served: a hub, or a standby hub."""

    @property
    def settings(self) -> Settings:
        """Where it listens, and with which certificate."""

    @property
    def application(self) -> Callable[..., Awaitable[None]]:
        """The ASGI application."""

    def guard(self, context: ssl.SSLContext) -> None:
        """Have the TLS listener ask screens for their certificates."""

    async def hang_up(self) -> None:
        """End what is being told to screens and standby, so that the server can end."""


class HttpServer:
    """The HTTP server of a hub that runs. It ends once the hub has hung up its feeds."""

    def __init__(self, hub: Served) -> None:
        """Listen already. Raises Misconfigured without TLS on a network, or a taken address."""
        settings = hub.settings
        check_tls(settings)
        self._socket = listen(settings.host, settings.port)
        scheme = "https" if settings.tls_cert else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"{scheme}://{host}:{self._socket.getsockname()[1]}"
        self._hub = hub
        config = uvicorn.Config(
            hub.application,
            http=_Protocol,
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
        self._server = _Server(config)
        self._tasks = Tasks()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns when it answers. Raises what the server ended with instead."""
        self._serving = self._tasks.spawn(self._serve(), "http")
        up = self._tasks.spawn(self._server.wait_up(), "http up")
        await asyncio.wait((self._serving, up), return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            up.cancel()
            self._socket.close()
            await self._serving
            raise RuntimeError("the HTTP server ended before it answered")

    async def _serve(self) -> None:
        config = self._server.config
        config.load()
        if config.ssl is not None:
            self._hub.guard(config.ssl)
        await self._server.serve([self._socket])

    async def stop(self) -> None:
        """End all feeds, finish what is being answered, stop."""
        await self._hub.hang_up()
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        self._socket.close()
