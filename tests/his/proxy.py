"""A real HTTP proxy that spoils chosen answers: the faults of `scripted`, on real sockets.

It reads whole requests, forwards each on a connection of its own, and writes what is left of the
answer. It has the face of `scripted.Line`: `begin` gives the faults of the next turn.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from email.utils import format_datetime

from smartward.tasks import Tasks
from tests.fakes.fake_clock import ManualClock
from tests.his.scripted import INSTEAD, SKEWS, Fault, skewed

_SHORT_S = 0.03
"""How long a delayed answer is held: real time, so little of it."""
_MOST_HEAD = 64 * 2**10


class Proxy:
    """Listens on a free port; `await up(port)` names the server behind."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._tasks = Tasks()
        self._behind = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.asked = 0
        self.faults: dict[int, Fault] = {}
        self.meanwhile: dict[int, Callable[[], None]] = {}
        self.met: set[Fault] = set()
        self._answers: deque[tuple[str, bytes]] = deque(maxlen=12)

    async def up(self, behind: int) -> None:
        """Listen for clients of the server at this port."""
        self._behind = behind
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_MOST_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Hang up on everybody."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()
        await self._tasks.stop()

    def begin(self, faults: dict[int, Fault], meanwhile: dict[int, Callable[[], None]]) -> None:
        """Count requests from 1 again, with these faults."""
        self.asked, self.faults, self.meanwhile = 0, faults, meanwhile

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and what becomes of it; whether the connection goes on."""
        request = await _message(reader)
        self.asked += 1
        fault = self.faults.get(self.asked)
        happens = self.meanwhile.pop(self.asked, None)
        if fault is not None:
            self.met.add(fault)
        answer = await self._answered(request, fault)
        if happens is not None:
            happens()
        match fault:
            case Fault.LOST_REQUEST | Fault.LOST_ANSWER | Fault.STALL:
                writer.transport.abort()
                return False
            case Fault.CUT:
                writer.write(answer[: len(answer) * 2 // 3])
                await writer.drain()
                return False
            case Fault.TWICE:
                # The second copy is a stray answer that nobody asked for, before that of the next
                # request, if the client goes on with this connection.
                writer.write(answer + answer)
            case _:
                writer.write(answer)
        return True

    async def _answered(self, request: bytes, fault: Fault | None) -> bytes:
        if fault is Fault.LOST_REQUEST:
            return b""
        if fault in INSTEAD:
            return self._made(*INSTEAD[fault])
        if fault is Fault.TWICE:
            await self._ask(request)
        answer = await self._ask(request)
        kind = request.split(b" ", 2)[1].decode().split("?")[0].split("/")[2]
        earlier = [one for its, one in self._answers if its == kind]
        self._answers.append((kind, answer))
        match fault:
            case Fault.DELAY | Fault.STALL | Fault.REORDER:
                # Others pass it meanwhile: the client has six connections.
                await self._pause()
            case Fault.WRONG_PAGE if earlier:
                return earlier[0]
            case Fault.SHORT:
                head, body = _parts(answer)
                return _joined(head, body[: len(body) // 2])
        if fault in SKEWS:
            head, body = _parts(answer)
            head = {k: skewed(v, SKEWS[fault]) if k == "date" else v for k, v in head.items()}
            return _joined(head, body)
        return answer

    def _made(self, status: int, body: bytes, headers: dict[str, str]) -> bytes:
        date = format_datetime(self._clock.now(), usegmt=True)
        head = {"": f"HTTP/1.1 {status} Made", "date": date}
        return _joined(head | {name.lower(): value for name, value in headers.items()}, body)

    async def _pause(self) -> None:
        over = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(_SHORT_S, over.set_result, None)
        try:
            await over
        finally:
            timer.cancel()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._behind)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.transport.abort()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A whole request or answer: its head, and a body by `Content-Length`."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    return head + await reader.readexactly(length)


def _parts(answer: bytes) -> tuple[dict[str, str], bytes]:
    """Head fields (the first line under "") and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = (line.split(":", 1) for line in lines)
    return {"": first} | {name.lower(): value.strip() for name, value in fields}, body


def _joined(head: dict[str, str], body: bytes) -> bytes:
    fields = {name: value for name, value in head.items() if name not in ("", "content-length")}
    lines = [head[""], *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body
