"""One exchange of a direct call over TCP: the sender's side, and the port of a receiver.

The port speaks to whoever connects, a signed hello and no more; it reads one short line within
`WITHIN_S`, of few at a time and of nobody too often. What is not proved ends the connection.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable

import msgspec

from smartward.clock import Clock
from smartward.device_key import DeviceKey
from smartward.screen.peer_seal import Connection, Greeting, SaidCall, Unproved, greeted
from smartward.wire.peer import MOST_BYTES, DirectCall, DirectReceipt, Hello, Receiver, Sealed

log = logging.getLogger("smartward.screen.peer")

WITHIN_S = 3.0
"""Seconds after which either side gives an exchange up."""
MOST_AT_ONCE = 64
"""Connections at a time; a ward has about sixty beds, and each says its word in milliseconds."""
MOST_OF_ONE = 30
"""Connections of one address within `_WINDOW_S`; a bed that calls has five."""
_WINDOW_S = 10.0
_MOST_ADDRESSES = 512

Take = Callable[[SaidCall], Awaitable[DirectReceipt | None]]
"""Judges what was said: the receipt, or None for what is not believed."""


class Unreached(Exception):
    """A receiver did not answer, or not as itself."""


def _line(word: msgspec.Struct) -> bytes:
    return msgspec.json.encode(word) + b"\n"


async def _read(reader: asyncio.StreamReader) -> bytes:
    """One line. Raises OSError where there is none, or one that is too long."""
    try:
        return await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ConnectionError(f"no line: {type(error).__name__}") from error


async def say(key: DeviceKey, call: DirectCall, to: Receiver) -> DirectReceipt:
    """Say a call to one receiver and give its receipt. Raises Unreached."""
    try:
        async with asyncio.timeout(WITHIN_S):
            reader, writer = await asyncio.open_connection(to.address, to.port, limit=MOST_BYTES)
            try:
                return await _say(reader, writer, key, call, to)
            finally:
                writer.close()
    except (OSError, TimeoutError, Unproved, msgspec.DecodeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise Unreached(why) from error


async def _say(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    key: DeviceKey,
    call: DirectCall,
    to: Receiver,
) -> DirectReceipt:
    hello = msgspec.json.decode(await _read(reader), type=Hello)
    connection, own = greeted(hello, to.device_id, to.public_key)
    writer.write(_line(Sealed(key=own, box=connection.seal_call(key, call))))
    await writer.drain()
    sealed = msgspec.json.decode(await _read(reader), type=Sealed)
    receipt = connection.open_receipt(to.public_key, sealed.box)
    if (receipt.receiver, receipt.call_id, receipt.number) != (
        to.device_id,
        call.call_id,
        call.number,
    ):
        raise Unproved("a receipt of something else")
    return receipt


class Port:
    """Where a station or a door listens, from `open` to `close`."""

    def __init__(self, key: DeviceKey, device_id: str, take: Take, clock: Clock) -> None:
        self._key = key
        self._device_id = device_id
        self._take = take
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._came: OrderedDict[str, deque[float]] = OrderedDict()
        self.turned_away = 0
        """Connections that ended without a call that was believed."""

    async def open(self, address: str, port: int) -> int:
        """Listen there; gives the port (0 asks for any). Raises OSError where that cannot be."""
        self._server = await asyncio.start_server(self._serve, address, port, limit=MOST_BYTES)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        """Listen no more, and hang up."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if self._server is None or len(self._open) >= MOST_AT_ONCE or self._too_often(address):
            self.turned_away += 1
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            async with asyncio.timeout(WITHIN_S):
                if not await self._exchange(reader, writer):
                    self.turned_away += 1
        except (OSError, TimeoutError, Unproved, msgspec.DecodeError) as error:
            self.turned_away += 1
            # The first few tell what is wrong; whoever scans a network fills no log.
            if self.turned_away <= MOST_OF_ONE:
                log.warning("a direct call from %s ended: %s: %s", address, type(error).__name__,
                            error)  # fmt: skip
        finally:
            self._open.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether a call came and was believed."""
        greeting = Greeting(self._key, self._device_id)
        writer.write(_line(greeting.hello))
        sealed = msgspec.json.decode(await _read(reader), type=Sealed)
        connection: Connection = greeting.answered(sealed)
        receipt = await self._take(connection.open_call(sealed.box))
        if receipt is None:
            return False
        writer.write(_line(Sealed(box=connection.seal_receipt(self._key, receipt))))
        await writer.drain()
        return True

    def _too_often(self, address: str) -> bool:
        now = self._clock.monotonic()
        times = self._came.setdefault(address, deque(maxlen=MOST_OF_ONE))
        self._came.move_to_end(address)
        if len(self._came) > _MOST_ADDRESSES:
            self._came.popitem(last=False)
        if len(times) == MOST_OF_ONE and now - times[0] < _WINDOW_S:
            return True
        times.append(now)
        return False
