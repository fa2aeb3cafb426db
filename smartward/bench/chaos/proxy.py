"""A network that can be spoiled: one listener for each group of screens, in a thread of its own.

It forwards bytes as they come. What is spoiled is armed from outside, and befalls the next request
(a POST, or the beginning of a feed) that goes through the line it is armed for.
"""

import asyncio
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from smartward.tasks import Tasks

ONCE = ("refused", "lost", "answer_lost", "cut", "slow", "late", "twice", "half_open")
"""What may befall one request: the connection ends before it is forwarded (`refused`), in the
middle of it (`lost`), before its answer (`answer_lost`) or within that (`cut`); it is held and
then sent on (`slow`); it arrives when its sender has long given it up, behind what was sent since
(`late`); it arrives twice (`twice`); nothing moves on its connection any more, which stays open
(`half_open`)."""
LINES = ("unplugged", "only_up", "only_down")
"""How a whole line can be while it is cut: nothing passes, or bytes of one direction alone."""
SLOW_LINES = ("feed_slow",)
"""How a whole line can be that is not cut: all that the hub says comes `FEED_SLOW_S` later, in its
order, the feed as well as the answers."""
FEED_SLOW_S = 1.5
"""Shorter than a screen waits for anything: the line is not given up, what it tells is old."""
LATE_S = 6.5
"""Longer than a screen waits for an answer."""
ARMED_S = 0.4
"""A fault that meets no request within this is dropped. It must not wait for one: on a line that is
quiet every single try of a screen would be spoiled, and that is a line that is cut."""
SPARED = 2
"""So many requests of a line pass after one that was spoiled."""
SLOW_S = 0.4
_WHOLE_S = 0.02
"""Within so long a request has come whole."""


@dataclass
class Line:
    """The way of one group of screens to the hub."""

    name: str
    port: int = 0
    state: str = ""
    armed: deque[tuple[float, str]] = field(default_factory=deque)
    """Faults, each with the second of the loop until which it waits for a request."""
    spared: int = 0
    """How many requests pass before the next is spoiled."""
    open: set["_Down"] = field(default_factory=set)


Note = Callable[[str, str, str, str], None]
"""Takes a fault, the name of the line, and of the request its method and the first part of its
path: what follows may be an id."""


class Network:
    """All lines, and the thread they run in. `add` lines, then arm faults."""

    def __init__(self, hub_port: int, note: Note) -> None:
        """`note` is told, in the network's own thread, of each request that a fault befalls."""
        self._hub_port = hub_port
        self._note = note
        self.met: Counter[str] = Counter()
        """How often each fault befell a request."""
        # Not uvloop's: its end waits for ever for connections that were left half open.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._lines: dict[str, Line] = {}
        self._servers: list[asyncio.AbstractServer] = []
        self._alone: set[_Alone] = set()
        self._tasks = Tasks()

    def add(self, name: str) -> str:
        """One more line; gives the address its screens are told."""
        line = Line(name)

        async def listen() -> None:
            listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
            server = await self._loop.create_server(lambda: _Down(self, line), sock=listening)
            line.port = listening.getsockname()[1]
            self._servers.append(server)

        asyncio.run_coroutine_threadsafe(listen(), self._loop).result()
        self._lines[name] = line
        return f"http://127.0.0.1:{line.port}"

    def arm(self, name: str, fault: str) -> None:
        """`fault` befalls the next request of this line, if one comes soon."""
        self._soon(self._arm, self._lines[name], fault)

    def _arm(self, line: Line, fault: str) -> None:
        line.armed.append((self._loop.time() + ARMED_S, fault))

    def befalls(self, line: Line, request: bytes) -> str:
        """What befalls the request that comes now; "": nothing."""
        while line.armed and line.armed[0][0] < self._loop.time():
            line.armed.popleft()
        if line.spared:
            line.spared -= 1
        elif line.armed:
            _, fault = line.armed.popleft()
            self.met[fault] += 1
            line.spared = SPARED
            method, path = request.split(b" ", 2)[:2]
            self._note(fault, line.name, method.decode(), _first_part(path))
            return fault
        return ""

    def cut(self, name: str, state: str) -> None:
        """The line is in `state` from now on; "": it is whole, and connections begin anew."""
        self._soon(self._cut, self._lines[name], state)

    def heal(self) -> None:
        """Every line is whole, and nothing is armed any more."""
        for name, line in self._lines.items():
            self._soon(line.armed.clear)
            self.cut(name, "")

    def _cut(self, line: Line, state: str) -> None:
        was, line.state = line.state, state
        if state:
            self.met[state] += 1
            return
        if was in SLOW_LINES:
            for one in list(line.open):
                one.catch_up()  # the connections live: what is behind comes now
            return
        for one in list(line.open):
            one.abort()

    def _soon(self, work: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(work, *arguments)

    def connect(self, down: "_Down") -> asyncio.Task[None]:
        """Open the way from a screen's connection to the hub."""
        return self._tasks.spawn(self._connect(down), "way to the hub")

    async def _connect(self, down: "_Down") -> None:
        try:
            await self._loop.create_connection(lambda: _Up(down), "127.0.0.1", self._hub_port)
        except OSError:
            down.abort()

    def send_alone(self, request: bytes) -> None:
        """Send a request on a connection of its own, and read nothing of its answer."""
        self._tasks.spawn(self._send_alone(request), "request alone")

    async def _send_alone(self, request: bytes) -> None:
        try:
            await self._loop.create_connection(
                lambda: _Alone(request, self._alone), "127.0.0.1", self._hub_port
            )
        except OSError:
            return

    def later(self, seconds: float, work: Callable[..., object], *arguments: object) -> None:
        """Do `work` in so many seconds."""
        self._loop.call_later(seconds, work, *arguments)

    def close(self) -> None:
        """Hang up on everybody and end the thread."""

        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._soon(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        await self._tasks.stop()
        for line in self._lines.values():
            for one in list(line.open):
                one.abort()
        for alone in list(self._alone):
            alone.abort()
        # What was aborted is told of it in the loop's next turns.
        for _ in range(3):
            await asyncio.sleep(0)


def _first_part(path: bytes) -> str:
    return "/" + path.decode(errors="replace").lstrip("/").partition("?")[0].partition("/")[0]


class _Alone(asyncio.Protocol):
    """One request of which nobody reads the answer."""

    def __init__(self, request: bytes, open: set["_Alone"]) -> None:
        self._request = request
        self._open = open
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)
        assert self._transport is not None
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)

    def abort(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


class _Down(asyncio.Protocol):
    """The screen's side of one connection."""

    def __init__(self, network: Network, line: Line) -> None:
        self._network = network
        self._line = line
        self._transport: asyncio.Transport | None = None
        self._up: _Up | None = None
        self._waiting = bytearray()
        self.dead = False
        """Half open: it stays, and nothing moves."""
        self._held: bytearray | None = None
        self.answer: str = ""
        """What befalls the answer that comes next."""
        self._behind: deque[bytes] = deque()
        """What the hub has said and a slow line has not brought yet."""
        self._catch_ups = 0
        """How often the line became quick again."""
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._line.open.add(self)
        if self._line.state == "unplugged":
            self.dead = True
            return
        self._connecting = self._network.connect(self)

    def connected(self, up: "_Up") -> None:
        """The hub has taken the connection."""
        self._up = up
        if self._transport is None or self._transport.is_closing():
            up.abort()
        elif self._waiting:
            up.send(bytes(self._waiting))
            self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        if self._held is not None:
            self._held += data  # the rest of the same request
            return
        if self.dead or self._line.state in ("unplugged", "only_down"):
            return
        if data.startswith((b"POST ", b"GET ")) and (
            fault := self._network.befalls(self._line, data)
        ):
            data = self._spoiled(fault, data)
        self._forward(data)

    def _forward(self, data: bytes) -> None:
        if not data:
            return
        if self._up is None:
            self._waiting += data
        else:
            self._up.send(data)

    def _spoiled(self, fault: str, data: bytes) -> bytes:
        """What of a request is forwarded now."""
        match fault:
            case "refused":
                self.abort()
                return b""
            case "lost":
                self._forward(data[: len(data) // 2])
                self._network.later(0.02, self.abort)
                return b""
            case "slow":
                self._held = bytearray(data)
                self._network.later(SLOW_S, self._release, False)
                return b""
            case "late":
                self.dead = True
                self._held = bytearray(data)
                self._network.later(LATE_S, self._release, True)
                return b""
            case "twice":
                self._held = bytearray(data)
                self._network.later(_WHOLE_S, self._twice)
                return b""
            case "half_open":
                self.dead = True
                return b""
            case _:
                self.answer = fault
        return data

    def _release(self, alone: bool) -> None:
        held, self._held = bytes(self._held or b""), None
        if alone:
            self._network.send_alone(held)
        else:
            self._forward(held)

    def _twice(self) -> None:
        self._network.send_alone(bytes(self._held or b""))
        self._release(False)

    def back(self, data: bytes) -> None:
        """What the hub says."""
        if self.dead or self._line.state in ("unplugged", "only_up") or self._transport is None:
            return
        if self.answer == "answer_lost":
            self.abort()
        elif self.answer == "cut":
            self._transport.write(data[: len(data) * 2 // 3])
            self._network.later(0.02, self.abort)
            self.answer, self.dead = "", True
        elif self._line.state in SLOW_LINES:
            self._behind.append(data)
            self._network.later(FEED_SLOW_S, self._bring, self._catch_ups)
        else:
            self._transport.write(data)

    def catch_up(self) -> None:
        """The line is quick again: all that is behind comes at once, in its order."""
        self._catch_ups += 1
        while self._behind:
            self._bring(self._catch_ups)

    def _bring(self, catch_ups: int) -> None:
        if catch_ups != self._catch_ups:
            return  # it came when the line became quick again
        data = self._behind.popleft()
        # Who hung up meanwhile is told no more of it.
        if self._transport is not None and not self.dead and not self._transport.is_closing():
            self._transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._line.open.discard(self)
        if self._up is not None:
            self._up.abort()

    def abort(self) -> None:
        """Hang up on both, as a cable that is pulled does not."""
        if self._transport is not None:
            self._transport.abort()
        if self._up is not None:
            self._up.abort()

    def hung_up(self) -> None:
        """The hub has ended it: so does the screen's side, unless nothing moves on it."""
        if self._transport is not None and not self.dead:
            self._transport.close()


class _Up(asyncio.Protocol):
    """The hub's side of it."""

    def __init__(self, down: _Down) -> None:
        self._down = down
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._down.connected(self)

    def data_received(self, data: bytes) -> None:
        self._down.back(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._down.hung_up()

    def send(self, data: bytes) -> None:
        """Send on to the hub."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()
