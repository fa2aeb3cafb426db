"""The hub as its standby sees it: the log, the copy, and where actions are handed over."""

import os
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import httpx
import msgspec
from uuid6 import uuid7

from smartward.errors import Misconfigured, SmartWardError, Unreachable
from smartward.hub.gate import RELAY, SHOWN
from smartward.hub.replica_log import Frame, Frames, Listening, Taken
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Answer

SILENT_S = 1.5
"""Nothing for so long, with a word each half second: the connection is given up."""
_COPY_READ_S = 30.0
_NETWORK = (httpx.HTTPError, httpx.StreamError, OSError)

Headers = Iterable[tuple[bytes, bytes]]


class CopyFirst(SmartWardError):
    """The log does not go on from where the replica is."""


class NotTaken(Exception):
    """The hub will never take this action; `key` is its text key for why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Source(Protocol):
    """What a standby asks of its hub. Each raises Unreachable where the hub does not answer."""

    async def ready(self) -> None:
        """Whether the hub answers."""

    def log(self, log: str, epoch: str, after: int) -> AsyncIterator[list[Frame]]:
        """Every write behind `after`, and between them that the hub is there. Raises CopyFirst."""

    async def copy(self, target: Path) -> None:
        """The hub's file, whole and on the disk."""

    async def take(self, taken: Taken) -> Answer:
        """Hand an action over. Raises NotTaken."""

    async def relay(
        self, path: str, headers: Headers, body: bytes, shown: str
    ) -> tuple[int, str, bytes]:
        """A screen's request, as it came: status, content type and body of the answer. `shown`: the
        fingerprint of its certificate, empty where it has shown none."""

    async def report(self, faults: str, now: datetime) -> None:
        """Tell the station what is wrong with this standby: text keys with commas, or nothing."""

    async def listening(self, devices: Sequence[str]) -> None:
        """Tell the hub which devices listen at this standby: all of them. Raises NotTaken where the
        hub does not follow that, or not now."""

    async def close(self) -> None:
        """Hang up."""


_PASSED_ON = (b"authorization", b"content-type")
_OURS = b"smartward-"


class HttpSource:
    """The hub at an address."""

    def __init__(self, url: str, token: str, ca: Path | None) -> None:
        """Raises Misconfigured for an address or a certificate that can never work."""
        try:
            address = httpx.URL(url)
            if address.scheme not in ("http", "https") or not address.host:
                raise ValueError("no http(s)://host")
            verify: ssl.SSLContext | bool = (
                True if ca is None else ssl.create_default_context(cafile=ca)
            )
            limits = httpx.Limits(max_connections=200)
            timeout = httpx.Timeout(SILENT_S)
            self._client = httpx.AsyncClient(
                base_url=url, timeout=timeout, limits=limits, verify=verify, trust_env=False
            )
        except (OSError, ssl.SSLError, ValueError, httpx.InvalidURL) as error:
            raise Misconfigured("standby.bad_hub", str(error), url=url) from error
        self._proof = {"Authorization": f"Bearer {token}"}
        self._device = token.rpartition(".")[0]

    async def ready(self) -> None:
        """Whether the hub answers."""
        try:
            response = await self._client.get("/health")
        except _NETWORK as error:
            raise _away(error) from error
        if b'"epoch"' not in response.content:
            raise Unreachable("standby.away", f"status {response.status_code}")

    async def log(self, log: str, epoch: str, after: int) -> AsyncIterator[list[Frame]]:
        """Every write behind `after`, and between them that the hub is there."""
        asked = {"log": log, "epoch": epoch, "after": str(after)}
        frames = Frames()
        try:
            async with self._client.stream(
                "GET", "/standby/log", params=asked, headers=self._proof
            ) as response:
                if response.status_code == httpx.codes.GONE:
                    raise CopyFirst("standby.copy_first")
                await self._check_stream(response)
                async for piece in response.aiter_raw():
                    yield frames.take(piece)
        except _NETWORK as error:
            raise _away(error) from error
        except msgspec.DecodeError as error:
            raise Unreachable("standby.away", f"no words of a hub: {error}") from error

    async def copy(self, target: Path) -> None:
        """The hub's file, whole and on the disk."""
        timeout = httpx.Timeout(SILENT_S, read=_COPY_READ_S)
        try:
            async with self._client.stream(
                "GET", "/standby/snapshot", headers=self._proof, timeout=timeout
            ) as response:
                await self._check_stream(response)
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    async for piece in response.aiter_raw():
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
        except _NETWORK as error:
            raise _away(error) from error

    async def take(self, taken: Taken) -> Answer:
        """Hand an action over."""
        try:
            response = await self._client.post(
                "/standby/take", content=msgspec.json.encode(taken), headers=self._proof
            )
        except _NETWORK as error:
            raise _away(error) from error
        if response.status_code in (400, 403, 404, 409, 413):
            raise NotTaken(_key(response))
        self._check(response)
        try:
            return msgspec.json.decode(response.content, type=Answer)
        except msgspec.DecodeError as error:
            raise Unreachable("standby.away", str(error)) from error

    async def relay(
        self, path: str, headers: Headers, body: bytes, shown: str
    ) -> tuple[int, str, bytes]:
        """A screen's request, as it came."""
        proof = self._proof["Authorization"]
        ours = {RELAY.encode(): proof.encode(), SHOWN.encode(): shown.encode()}
        passed = [
            (name, value)
            for name, value in headers
            if name in _PASSED_ON or (name.startswith(_OURS) and name not in ours)
        ]
        passed += ours.items()
        try:
            response = await self._client.post(path, content=body, headers=passed)
        except _NETWORK as error:
            raise _away(error) from error
        return response.status_code, response.headers.get("content-type", ""), response.content

    async def report(self, faults: str, now: datetime) -> None:
        """Tell the station what is wrong with this standby."""
        told = Action(
            id=str(uuid7()),
            kind=ActionKind.SCREEN_FAULTS,
            subject=self._device,
            made_at=now,
            data={"faults": faults},
        )
        body = msgspec.json.encode(ActionRequest(action=told, age_ms=0))
        try:
            self._check(await self._client.post("/actions", content=body, headers=self._proof))
        except _NETWORK as error:
            raise _away(error) from error

    async def listening(self, devices: Sequence[str]) -> None:
        """Tell the hub which devices listen at this standby."""
        body = msgspec.json.encode(Listening(tuple(devices)))
        try:
            response = await self._client.post(
                "/standby/listening", content=body, headers=self._proof
            )
        except _NETWORK as error:
            raise _away(error) from error
        if response.status_code in (400, 404, 405, 409, 413):
            raise NotTaken(_key(response))
        if response.status_code != httpx.codes.NO_CONTENT:
            self._check(response)

    async def _check_stream(self, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            await response.aread()
        self._check(response)

    @staticmethod
    def _check(response: httpx.Response) -> None:
        unknown = response.status_code == httpx.codes.UNAUTHORIZED
        if unknown and _key(response) == "access.unknown_device":
            raise Unreachable("standby.not_enrolled")
        if response.status_code != httpx.codes.OK:
            raise Unreachable("standby.away", f"status {response.status_code}")

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()


def _away(error: Exception) -> Unreachable:
    return Unreachable("standby.away", f"{type(error).__name__}: {error}")


class _Why(msgspec.Struct):
    error: str


def _key(response: httpx.Response) -> str:
    try:
        return msgspec.json.decode(response.content, type=_Why).error
    except msgspec.DecodeError:
        return "standby.not_taken"
