"""`GET /updates/ID`: an update as a stream, in parts, at the rate that all downloads share."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from smartward.clock import Clock
from smartward.hub.access import Access
from smartward.hub.gate import refused
from smartward.hub.line import HANG_UP
from smartward.hub.update_files import path_of
from smartward.wire.update import FETCH, ID_LENGTH

log = logging.getLogger("smartward.updates")

_CHUNK = 64 * 1024
_FROM = re.compile(r"bytes=(\d{1,15})-")
_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
_SHORTEST_S = 0.01
"""What is to wait for less leaves now: the next waits for both."""
_BITS = 125_000
"""Bytes of a megabit."""


class Throttle:
    """So many bytes in a second, for all who ask together, in the order in which they ask."""

    def __init__(self, mbit_s: float, clock: Clock) -> None:
        self._rate = mbit_s * _BITS
        self._clock = clock
        self._free_at = 0.0

    async def take(self, size: int) -> None:
        """Returns when so many bytes may leave."""
        now = self._clock.monotonic()
        begin = max(now, self._free_at)
        self._free_at = begin + size / self._rate
        if begin - now > _SHORTEST_S:
            await self._clock.sleep(begin - now)


class _Part(StreamingResponse):
    """One that may end early: its screen has begun another, is gone, or the hub ends. The server
    hangs up then; the screen goes on from there.

    No end is sent: one before the length that was promised is a fault for it, with a traceback.
    """

    def __init__(self, file: str, open_now: set[Callable[[], None]], *given: Any, **more: Any):
        """`file`: what of, and whose, for the log; `open_now`: has what hangs up, while it runs."""
        super().__init__(*given, **more)
        self._file = file
        self._open_now = open_now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is, and hang up where that is not all."""
        left = size = int(self.headers["content-length"])
        hang_up = scope["extensions"][HANG_UP]

        async def counted(message: Message) -> None:
            nonlocal left
            left -= len(message.get("body", b""))
            if message.get("more_body", True) or left == 0:
                await send(message)

        self._open_now.add(hang_up)
        try:
            await super().__call__(scope, receive, counted)
        finally:
            self._open_now.discard(hang_up)
        if left:
            hang_up()
            log.info("a download of %s was cut off: %d of %d bytes left", self._file, left, size)


class Downloads:
    """Serves the files of the hub's folder."""

    def __init__(self, folder: Path, mbit_s: float, access: Access, clock: Clock) -> None:
        """`mbit_s`: megabits a second for all together; `access`: whose screens get any."""
        self._folder = folder
        self._access = access
        self._throttle = Throttle(mbit_s, clock)
        self._streams: dict[str, object] = {}
        """By device: its last one. Who opens two has no more of the rate than others."""
        self._open_now: set[Callable[[], None]] = set()
        """For each download what hangs up on it."""
        self._turns: dict[str, asyncio.Lock] = {}
        """By device: who of its streams asks for some of the rate. One that is followed by another
        asks no more: else each that is begun would take its part from all, and send nothing."""

    def hang_up(self) -> None:
        """End all downloads, as the hub ends."""
        for each in list(self._open_now):
            each()

    def route(self) -> Route:
        """Where a hub's door serves them."""
        return Route(FETCH, self._answer, methods=["GET"])

    async def _answer(self, request: Request) -> Response:
        """The bundle from where the request wants it; 404 for what is none."""
        device = self._access.authenticate(request.headers.get("authorization"))
        if device is None:
            return refused("access.unknown_device")
        id = request.path_params["id"]
        if _ID.fullmatch(id) is None:
            return Response(status_code=404)
        try:
            file = await asyncio.to_thread(os.open, path_of(self._folder, id), os.O_RDONLY)
        except FileNotFoundError:
            return Response(status_code=404)
        size = os.fstat(file).st_size
        found = _FROM.fullmatch(request.headers.get("range", ""))
        begin = int(found[1]) if found else 0
        if begin >= size:
            os.close(file)
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        headers = {"content-length": str(size - begin), "accept-ranges": "bytes"}
        if found:
            headers["content-range"] = f"bytes {begin}-{size - 1}/{size}"
        status = 206 if found else 200
        if request.method == "HEAD":
            os.close(file)
            return Response(status_code=status, headers=headers)
        return _Part(
            f"{id} by {device.id}",
            self._open_now,
            self._read(device.id, file, begin, size),
            status,
            headers=headers,
            media_type="application/octet-stream",
        )

    async def _read(self, device_id: str, file: int, begin: int, size: int) -> AsyncIterator[bytes]:
        mine = self._streams[device_id] = object()
        turn = self._turns.setdefault(device_id, asyncio.Lock())
        try:
            while begin < size:
                async with turn:
                    if self._streams.get(device_id) is mine:
                        await self._throttle.take(min(_CHUNK, size - begin))
                if self._streams.get(device_id) is not mine:
                    return  # it has begun another one
                data = await asyncio.to_thread(os.pread, file, _CHUNK, begin)
                begin += len(data)
                if not data:
                    log.error("the file of an update ended at byte %d of %d", begin, size)
                    return  # somebody cut it: the other end sees that something is missing
                yield data
        finally:
            os.close(file)
            if self._streams.get(device_id) is mine:
                del self._streams[device_id], self._turns[device_id]
