"""Feeds over real sockets: slow screens, screens that go, old clients, and the end of a hub."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.hub import ring
from smartward.hub.http_server import HttpServer
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.mirror import EventParser, Mirror
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

STATION, BEDSIDE = ScreenRole.STATION, ScreenRole.BEDSIDE
KEPT, WRITES = 8, 60
LONG = "x" * 40_000
"""A ward's name as long as it takes to fill any socket in a few writes."""


class Socket:
    """One screen on a bare socket: what it does not read stays on its way."""

    def __init__(self, server: HttpServer, ward: Ward) -> None:
        self._port = int(server.url.rsplit(":", 1)[1])
        self._ward = ward
        self.read = b""
        self.mirror = Mirror()
        self._parser = EventParser()

    async def ask(self, device: Device, version: str = "1.1") -> None:
        """Ask for the feed."""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", self._port))
        token = self._ward.tokens[device.id]
        head = f"GET /feed HTTP/{version}\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n\r\n"
        await loop.sock_sendall(self.socket, head.encode())

    async def more(self) -> bool:
        """Read what is there; False at the end."""
        got = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
        self.read += got
        return got != b""

    async def until(self, text: bytes) -> None:
        """Read until `text` has come."""
        async with asyncio.timeout(20):
            while text not in self.read:
                assert await self.more(), self.read[-300:]

    async def to_end(self) -> None:
        """Read until the hub hangs up."""
        async with asyncio.timeout(20):
            while await self.more():
                continue
        self.socket.close()

    def events(self) -> Mirror:
        """What a chunked feed told so far, as a screen keeps it."""
        head, _, rest = self.read.partition(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in head
        while b"\r\n" in rest:
            size, _, after = rest.partition(b"\r\n")
            length = int(size, 16)
            if length == 0 or len(after) < length + 2:
                break
            assert after[length : length + 2] == b"\r\n"
            for event in self._parser.feed(after[:length]):
                self.mirror.apply(event)
            rest = after[length + 2 :]
        return self.mirror


@pytest.fixture
async def server(ward: Ward) -> AsyncIterator[HttpServer]:
    served = HttpServer(ward.hub)
    await served.start()
    yield served
    await served.stop()


async def feeds(ward: Ward, count: int) -> None:
    """Wait until so many screens listen."""
    async with asyncio.timeout(10):
        while sum(ward.hub.feed.connected().values()) != count:
            await ward.hub.store.read(lambda reader: None)


async def name_ward(ward: Ward, name: str) -> None:
    await ward.hub.store.write(lambda tx: tx.put(WARD, "ward", WARD, docs.ward_doc(name)))


async def test_a_slow_screen_hinders_nobody_and_skips_what_is_old(
    ward: Ward, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "RING_WRITES", KEPT)
    ward.hub.feed._rings.clear()
    slow, fast = Socket(server, ward), Socket(server, ward)
    for screen in (slow, fast):
        await screen.ask(await ward.enrol(STATION))
        await screen.until(b"event: current")
    for n in range(WRITES):
        await name_ward(ward, f"{n:05}{LONG}")
        await fast.until(f'"{n:05}x'.encode())
        fast.read = b""
    await name_ward(ward, "the last")
    await slow.until(b"the last")
    mirror = slow.events()
    told = [event for event in mirror.events if event.name == "write"]
    assert len(told) < WRITES // 2, "what was waiting for it was not kept in memory"
    assert b"the last" in mirror.bodies()[("ward", WARD)]
    for screen in (slow, fast):
        screen.socket.close()
    await feeds(ward, 0)


async def test_a_screen_that_hangs_up_is_forgotten(ward: Ward, server: HttpServer) -> None:
    bedside = await ward.enrol(BEDSIDE, "1")
    screen = Socket(server, ward)
    await screen.ask(bedside)
    await screen.until(b"event: current")
    await feeds(ward, 1)
    assert ward.hub.presence.here(bedside.id)
    screen.socket.close()
    await feeds(ward, 0)
    assert not ward.hub.presence.here(bedside.id)
    answer = await ward.press(bedside)
    assert answer.outcome == "applied"


async def test_an_old_client_reads_until_the_end(ward: Ward, server: HttpServer) -> None:
    screen = Socket(server, ward)
    await screen.ask(await ward.enrol(BEDSIDE, "1"), "1.0")
    await screen.until(b"event: current")
    head, _, body = screen.read.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body.startswith(b"event: reset\n")
    await ward.hub.feed.stop()
    await screen.to_end()


async def test_a_feed_that_ends_says_so(ward: Ward, server: HttpServer) -> None:
    station = await ward.enrol(STATION)
    screen = Socket(server, ward)
    await screen.ask(station)
    await screen.until(b"event: current")
    ward.hub.feed.drop(station.id)
    await screen.to_end()
    assert screen.read.endswith(b"\r\n0\r\n\r\n")


async def test_a_screen_whose_line_is_full_is_hung_up_at_the_end(
    ward: Ward, server: HttpServer
) -> None:
    screen = Socket(server, ward)
    station = await ward.enrol(STATION)
    await screen.ask(station)
    await screen.until(b"event: current")
    (connection,) = ward.hub.feed._connections
    n = 0
    while not connection.line.full:
        await name_ward(ward, f"{(n := n + 1):05}{LONG}")
    ward.hub.feed.drop(station.id)
    await feeds(ward, 0)
    screen.socket.close()
