"""A hub's HTTP server: uvicorn on one listening socket, ending once the feeds have hung up."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn

from smartward.hub.options import check_tls, listen
from smartward.tasks import Tasks

if TYPE_CHECKING:
    from smartward.hub.app import Hub


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

    def __init__(self, hub: "Hub") -> None:
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
