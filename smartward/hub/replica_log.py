"""What a hub gives its standby: a copy of its file, then each write as it is done, and the place at
which the standby hands over what it took alone.

`GET /standby/snapshot`            the file, whole.
`GET /standby/log?log=…&epoch=…&after=N`  frames for ever; 410 where a copy is needed first.
`POST /standby/take`               `Taken`, answered as `/actions` answers.
`POST /standby/listening`          `Listening`: who listens at the standby now.

Only a device that was enrolled as `standby` is let in. It may hand over any screen's action, since
it stood for the hub; so it is to be kept like the hub.
"""

import asyncio
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from smartward.clinical.device import Device, ScreenRole
from smartward.errors import BadData, SmartWardError, StorageFault
from smartward.hub.access import HOUSE, Forbidden
from smartward.hub.actions import Conflict
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.tx import Tx
from smartward.storage import connect, fault_of
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionRequest

if TYPE_CHECKING:
    from smartward.hub.app import Hub

BEAT_S = 0.5
_AT_ONCE = 64
_PIECE = 1024 * 1024
_COPY = "copy-for-standby-"
_ROOM = 2
"""A copy is made only where so many times the file are free."""
_MOST_TAKEN_BYTES = 128 * 1024
_MOST_LISTENING_BYTES = 1024 * 1024

_ENCODER = msgspec.msgpack.Encoder()


class Frame(msgspec.Struct, array_like=True):
    """One write of the log, or with `n` 0 none: that the hub is there. What the hub knows of the
    hospital system goes with each."""

    n: int
    body: bytes
    epoch: str
    his_as_of: datetime | None
    his_up: bool


class Taken(msgspec.Struct, frozen=True):
    """An action that the standby took of a device while the hub was away."""

    device: str
    request: ActionRequest


class Listening(msgspec.Struct, frozen=True):
    """The ids of all devices that listen at the standby now, and nothing else of them. It holds
    while the standby follows the log."""

    devices: tuple[str, ...]


def framed(frame: Frame) -> bytes:
    """A frame with its length before it."""
    data = _ENCODER.encode(frame)
    return len(data).to_bytes(4, "big") + data


class Frames:
    """Takes frames out of the pieces in which they come."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._decoder = msgspec.msgpack.Decoder(Frame)

    def take(self, piece: bytes) -> list[Frame]:
        """The frames that are whole now. Raises msgspec.DecodeError."""
        self._rest += piece
        found = []
        while len(self._rest) >= 4:
            end = 4 + int.from_bytes(self._rest[:4], "big")
            if len(self._rest) < end:
                break
            found.append(self._decoder.decode(bytes(self._rest[4:end])))
            del self._rest[:end]
        return found


def copy_file(path: Path, target: Path) -> None:
    """One consistent copy of a hub's file, while it is written. Raises StorageFault."""
    target.unlink(missing_ok=True)
    try:
        source = connect(path, read_only=True)
        try:
            with sqlite3.connect(target) as copy:
                source.backup(copy)
            copy.close()
        finally:
            source.close()
        target.chmod(0o600)
    except (OSError, sqlite3.Error) as error:
        raise fault_of(error, target) from error


def copy_with_room(path: Path, target: Path) -> None:
    """As `copy_file`, but never so that the ward's own file has no room to grow. Raises
    StorageFault."""
    try:
        size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    except OSError as error:
        raise fault_of(error, path) from error
    if free < _ROOM * size:
        raise StorageFault("storage.full", f"{free} bytes are free for a copy of {size}")
    copy_file(path, target)


class ReplicaSource:
    """The hub's side of its standby."""

    def __init__(self, hub: "Hub", folder: Path) -> None:
        self._hub = hub
        self._folder = folder
        self._news: dict[asyncio.Event, None] = {}
        self._ended = False
        self._begun = False
        self._copying = False
        self._tasks = Tasks()
        self.beat_s = BEAT_S
        """Something is said at least so often, in seconds."""

    async def start(self) -> None:
        """Keep a log from the first write on, where a standby is enrolled. Before any write."""
        store = self._hub.store
        if not isinstance(store, SqliteStore):
            return
        for left in self._folder.glob(f"{_COPY}*"):
            left.unlink(missing_ok=True)
        if await store.read(_is_enrolled):
            await self._record(store)
        elif await store.read(lambda reader: reader.replica_log_id()) is not None:
            await store.write(lambda tx: tx.replica_end())
        store.on_commit.append(lambda committed: self._wake())

    async def _record(self, store: SqliteStore) -> None:
        """From the write that begins the log on each one is in it: that is settled where writes
        are done, or the next would be in neither the log nor a copy made meanwhile."""

        def begin(tx: Tx) -> None:
            tx.replica_begin()
            store.recording = True

        if self._begun:
            return
        await store.write(begin)
        self._begun = True

    def stop(self) -> None:
        """End what is being told."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        for news in self._news:
            news.set()

    # ------------------------------------------------------------------ what is asked

    def routes(self) -> list[Route]:
        """The doors of the standby."""
        return [
            Route("/standby/log", self._log),
            Route("/standby/snapshot", self._snapshot),
            Route("/standby/take", self._take, methods=["POST"]),
            Route("/standby/listening", self._listening, methods=["POST"]),
        ]

    def _who(self, request: Request) -> Device | None:
        device = self._hub.access.authenticate(request.headers.get("authorization"))
        return device if device is not None and device.role is ScreenRole.STANDBY else None

    async def _log(self, request: Request) -> Response:
        device = self._who(request)
        if device is None:
            return _error(401, "access.unknown_device")
        store, asked = self._hub.store, request.query_params
        if not isinstance(store, SqliteStore):
            return _error(404, "standby.other_store")
        await self._record(store)
        after = int(asked["after"]) if asked.get("after", "").isdecimal() else -1
        log, first, last = await store.read(
            lambda r: (r.replica_log_id(), r.replica_first(), r.replica_last())
        )
        known = asked.get("log") == log and asked.get("epoch") == store.epoch
        if not known or not first - 1 <= after <= last:
            return _error(410, "standby.copy_first")
        return StreamingResponse(self._frames(device, after), media_type="application/msgpack")

    async def _frames(self, device: Device, after: int) -> AsyncIterator[bytes]:
        news = asyncio.Event()
        self._news[news] = None
        access = self._hub.access
        known = access.mark(device.id)
        # What it told on a line whose end nobody has noticed yet is over: it tells it anew.
        self._listen_at(device, ())
        self._hub.presence.changed(device, True)
        try:
            while not self._ended and access.mark(device.id) == known:
                news.clear()
                entries = await self._hub.store.read(
                    partial(Reader.replica_after, n=after, most=_AT_ONCE)
                )
                if entries and entries[0][0] != after + 1:
                    return  # pruned behind its back: it takes a copy
                for n, body in entries:
                    after = n
                    yield framed(self._frame(n, body))
                if not entries:
                    yield framed(self._frame(0, b""))
                    await self._wait(news)
        finally:
            del self._news[news]
            self._hub.presence.changed(device, False)
            if not self._hub.presence.here(device.id):
                self._listen_at(device, ())

    def _frame(self, n: int, body: bytes) -> Frame:
        as_of, up = self._hub.his()
        return Frame(n, body, self._hub.store.epoch, as_of, up)

    async def _wait(self, news: asyncio.Event) -> None:
        ticks = self._tasks.spawn(self._tick(), "standby beat")
        woken = self._tasks.spawn(_set(news), "standby news")
        try:
            await asyncio.wait((ticks, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ticks.cancel()
            woken.cancel()

    async def _tick(self) -> None:
        await self._hub.clock.sleep(self.beat_s)

    async def _snapshot(self, request: Request) -> Response:
        if self._who(request) is None:
            return _error(401, "access.unknown_device")
        store = self._hub.store
        if not isinstance(store, SqliteStore):
            return _error(404, "standby.other_store")
        await self._record(store)
        if self._copying:
            return _error(
                503, "standby.copy_first"
            )  # one at a time: the ward's commits go on beside
        target = self._folder / f"{_COPY}{uuid.uuid4().hex}"
        self._copying = True
        try:
            await asyncio.to_thread(copy_with_room, self._folder / "hub.sqlite", target)
        except StorageFault as error:
            target.unlink(missing_ok=True)
            return _error(503, error.key)
        finally:
            self._copying = False
        copy = target.open("rb")
        size = {"content-length": str(target.stat().st_size)}
        target.unlink()  # gone with its reader, however that ends
        return StreamingResponse(_pieces(copy), media_type="application/vnd.sqlite3", headers=size)

    async def _take(self, request: Request) -> Response:
        if self._who(request) is None:
            return _error(401, "access.unknown_device")
        body = await request.body()
        if len(body) > _MOST_TAKEN_BYTES:
            return _error(413, "action.too_long")
        try:
            taken = msgspec.json.decode(body, type=Taken)
            device = self._hub.access.device(taken.device)
            if device is None:
                return _error(404, "access.unknown_device")
            answer = await self._hub.actions.answer(device, taken.request, handed_over=True)
        except StorageFault as error:
            return _error(503, error.key)
        except (msgspec.DecodeError, BadData) as error:
            return _error(400, "action.bad_request", str(error))
        except (Forbidden, Conflict) as error:
            return _error(409, error.key)
        except SmartWardError as error:
            return _error(403, error.key)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    async def _listening(self, request: Request) -> Response:
        """Who listens at the standby is there as who listens here is: while the standby follows."""
        device = self._who(request)
        if device is None:
            return _error(401, "access.unknown_device")
        body = await request.body()
        if len(body) > _MOST_LISTENING_BYTES:
            return _error(413, "action.too_long")
        try:
            told = msgspec.json.decode(body, type=Listening)
        except msgspec.DecodeError as error:
            return _error(400, "action.bad_request", str(error))
        if not self._hub.presence.here(device.id):
            return _error(409, "standby.copy_first")
        self._listen_at(device, told.devices)
        return Response(status_code=204)

    def _listen_at(self, standby: Device, device_ids: tuple[str, ...]) -> None:
        for device, here in self._hub.presence.at_standby(standby.id, device_ids):
            self._hub.feed.on_presence(device, here)


async def _pieces(copy: BinaryIO) -> AsyncIterator[bytes]:
    with copy:
        while piece := await asyncio.to_thread(copy.read, _PIECE):
            yield piece


async def _set(event: asyncio.Event) -> None:
    await event.wait()


def _is_enrolled(reader: Reader) -> bool:
    devices = (decode(stored.body, Device) for stored in reader.all(HOUSE, "device"))
    return any(device.role is ScreenRole.STANDBY for device in devices)


def _error(status: int, key: str, detail: str = "") -> JSONResponse:
    body = {"error": key, "detail": detail} if detail else {"error": key}
    return JSONResponse(body, status_code=status)
