"""The listening socket of the simulator: it can go down and come back on the same port."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from smartward.tasks import Tasks


class _Server(uvicorn.Server):
    """Leaves the process's signals alone and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Gateway:
    """Serves an ASGI application on a loopback port while it is up."""

    def __init__(self, app: Any, port: int, host: str = "127.0.0.1") -> None:
        self._app = app
        self._host = host
        self._tasks = Tasks()
        self._server: _Server | None = None
        self._served: asyncio.Task[None] | None = None
        self.port = port

    async def up(self) -> None:
        """Listen; port 0 picks a free one, which stays ours. Raises OSError when it is taken."""
        if self._server is not None:
            return
        # With the protocol named, asyncio switches Nagle off on what is accepted: without it every
        # answer waits 40 ms for an acknowledgement.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http="httptools",
            lifespan="off",
            ws="none",
            date_header=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._served = self._tasks.spawn(self._server.serve([listener]), "his-sim")
        await self._server.listening.wait()

    async def down(self) -> None:
        """Stop listening and drop every connection, busy or not."""
        if self._server is None or self._served is None:
            return
        self._server.should_exit = self._server.force_exit = True
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await self._served
        self._server = self._served = None
