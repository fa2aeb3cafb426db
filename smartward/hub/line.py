"""What a feed writes into: bytes of one screen, straight to its socket while that has room.

Nothing is queued for a screen beyond what its socket took: who is slow is `full`, and is asked
again once it has room.
"""

import asyncio
import os
import socket
from typing import ClassVar, Protocol

from starlette.types import Receive, Scope, Send

from smartward.tasks import Tasks

TAKE = "smartward.take"
"""The name, among a request's ASGI extensions, of what gives its connection as a line."""
HANG_UP = "smartward.hang_up"
"""The same of what ends its connection in the middle of an answer: the other end is to see that
something is missing, and it is no fault of the hub."""

FEED_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)

_UNSENT_BYTES = 128 * 1024
"""The kernel takes no more than this for a screen that does not read: by itself it would take
megabytes, all of them older than what the screen would be sent instead."""


class Listener(Protocol):
    """Who writes into a line."""

    def room(self) -> None:
        """The line was full and is no more."""

    def lost(self) -> None:
        """The screen is gone, or everything it was to get has been sent. Called once."""


class Line(Protocol):
    """One screen's way down."""

    full: bool
    """What is written now would have to wait in memory: look again at `Listener.room`."""

    def begin(self, listener: Listener) -> None:
        """Answer the screen's request; from now on `listener` is told."""

    def write(self, data: bytes) -> None:
        """Whole events. They leave in order; nothing leaves a line that is lost."""

    def end(self) -> None:
        """No more comes: say so to the screen and hang up."""


class SocketLine(asyncio.Protocol):
    """A line on the connection that a request for a feed came on, which is nothing else from then
    on: no task waits for it, and each write is one call of the system while there is room."""

    __slots__ = (
        *("_at_once", "_chunked", "_descriptor", "_listener", "_lost", "_transport", "full"),
    )

    _framed: ClassVar[tuple[bytes, bytes]] = (b"", b"")

    def __init__(self, transport: asyncio.Transport, *, full: bool, chunked: bool) -> None:
        """`full`: earlier answers wait in the transport still. `chunked`: the screen speaks
        HTTP/1.1; to one that does not, the end of the connection is the end of the feed."""
        self._transport = transport
        self._chunked = chunked
        self._listener: Listener | None = None
        self._lost = False
        self._at_once = False
        self.full = full
        self._descriptor = -1
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
            if transport.get_extra_info("ssl_object") is None:
                self._descriptor = connection.fileno()
        transport.set_protocol(self)

    def begin(self, listener: Listener) -> None:
        """Answer the request for a feed."""
        self._listener = listener
        lines = [b"HTTP/1.1 200 OK", *(b"%b: %b" % header for header in FEED_HEADERS)]
        if self._chunked:
            lines.append(b"transfer-encoding: chunked")
        lines.append(b"connection: close")
        self._send(b"\r\n".join(lines) + b"\r\n\r\n")
        if self._transport.is_closing():
            self._gone()

    def write(self, data: bytes) -> None:
        """One chunk. The same events go to many screens in a row: they are framed once."""
        if self._chunked:
            known, framed = SocketLine._framed
            if known is not data:
                framed = b"%x\r\n%b\r\n" % (len(data), data)
                SocketLine._framed = (data, framed)
            data = framed
        self._send(data)

    def end(self) -> None:
        """The last chunk and the end of the connection; who is slow is not waited for."""
        if self.full:
            self._hang_up()
            return
        if self._chunked:
            self._send(b"0\r\n\r\n")
        self._at_once, self._descriptor = False, -1
        self._transport.close()

    def _send(self, data: bytes) -> None:
        """At once and in the order of the calls, which an event loop that gathers does not keep;
        what the socket does not take waits in the transport, and what comes then behind it."""
        if not self._at_once:
            if self._transport.is_closing():
                return
            waiting = self._transport.get_write_buffer_size()
            self._at_once = self._descriptor >= 0 and waiting == 0
        if self._at_once:
            try:
                sent = os.write(self._descriptor, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._hang_up()
                return
            if sent == len(data):
                return
            data, self._at_once = data[sent:], False
        self._transport.write(data)

    def _hang_up(self) -> None:
        self._at_once, self._descriptor = False, -1
        self._transport.abort()

    # ------------------------------------------------------------------ told by the transport

    def pause_writing(self) -> None:
        """The socket took no more for a while."""
        self.full = True

    def resume_writing(self) -> None:
        """The screen reads on."""
        self.full = False
        if self._listener is not None and not self._lost:
            self._listener.room()

    def connection_lost(self, error: Exception | None) -> None:
        """Either side hung up. From here on the descriptor may be another's."""
        self._at_once, self._descriptor = False, -1
        self._gone()

    def _gone(self) -> None:
        if self._listener is not None and not self._lost:
            self._lost = True
            self._listener.lost()


class AsgiLine:
    """A line through any ASGI server: full until the server has taken what was written."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._waiting: list[bytes] = []
        self._tasks = Tasks()
        self._news = asyncio.Event()
        self._ended = False
        self.full = False

    def begin(self, listener: Listener) -> None:
        """Nothing yet: `serve` answers."""
        self._listener = listener

    def write(self, data: bytes) -> None:
        """Leaves with the next call of `send`."""
        self._waiting.append(data)
        self.full = True
        self._news.set()

    def end(self) -> None:
        """`serve` returns once everything has been sent."""
        self._ended = True
        self._news.set()

    async def serve(self) -> None:
        """Send what is written until either side ends it."""
        watcher = self._tasks.spawn(self._watch(), "feed watcher")
        try:
            start = {"type": "http.response.start", "status": 200, "headers": list(FEED_HEADERS)}
            await self._send(start)
            while self._waiting or not self._ended:
                await self._news.wait()
                self._news.clear()
                data, self._waiting = b"".join(self._waiting), []
                if data:
                    await self._body(data, more=True)
                self.full = bool(self._waiting)
                if not self.full:
                    self._listener.room()
            await self._body(b"", more=False)
        finally:
            watcher.cancel()
            self._listener.lost()

    async def _body(self, data: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self._waiting.clear()
        self.end()


def header_values(scope: Scope) -> dict[str, str]:
    """Cursor (`after`) and view fingerprint (`view`) of a feed request; `look`: it is for one
    picture, no screen that is there."""
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return {
        "after": found.get("last-event-id", ""),
        "view": found.get("smartward-view", ""),
        "look": found.get("smartward-look", ""),
    }
