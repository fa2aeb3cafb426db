"""A hub of few lines over real sockets: feeds, answers, and every way a network can fail."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field

import msgspec

from smartward.clock import Clock
from smartward.wire.envelope import (
    ActionRequest,
    Answer,
    Beat,
    Document,
    Gone,
    Hello,
    Identified,
    Identify,
    Write,
)
from tests.screen.documents import beat, hello

FAULTS = ("drop_before", "drop_after", "503", "garbage", "silence", "401", "403")


@dataclass
class FakeHub:
    """Keeps its documents and answers like a hub; `fault` says how it misbehaves now."""

    clock: Clock
    hello: Hello
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    answers: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    applied: list[ActionRequest] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    fault: str = ""
    error: bytes = b'{"error": "access.forbidden"}'
    disowns: bytes = b'{"error": "access.unknown_device"}'
    """What it says with 401 to who asks for the feed."""
    outcome: str = "applied"
    key: str = "screen.refused.unknown"
    values: dict[str, str | int] = field(default_factory=dict)
    turned_away: int = 0
    badges: dict[str, Identified] = field(default_factory=dict)
    pins: dict[tuple[str, str], Identified] = field(default_factory=dict)
    identified: list[Identify] = field(default_factory=list)
    refusal: bytes = b'{"error": "identity.refused.badge"}'
    seq: int = 0
    feeds: list[asyncio.StreamWriter] = field(default_factory=list)
    connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = field(default_factory=dict)
    server: asyncio.Server | None = None
    port: int = 0
    tls: ssl.SSLContext | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Die: every connection breaks, the port is closed."""
        if self.server is not None:
            self.server.close()
            self.server = None
        for writer in self.connections:
            writer.transport.abort()
        await asyncio.gather(*self.connections.values())
        self.feeds.clear()

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    # ---------------------------------------------------------------------------------- writing

    def write(self, *documents: Document, gone: tuple[Gone, ...] = ()) -> int:
        """One write: to every feed that is open."""
        self.seq += 1
        placed = tuple(Document(d.kind, d.id, self.seq, d.body) for d in documents)
        self.documents |= {(d.kind, d.id): d for d in placed}
        for each in gone:
            self.documents.pop((each.kind, each.id), None)
        made = Write(self.seq, self.clock.now(), placed, gone)
        self.writes.append(made)
        self._to_all("write", made, self.seq)
        return self.seq

    def beat(self, given: Beat | None = None) -> None:
        self._to_all("beat", given or beat(self.clock.now()))

    def raw(self, text: bytes) -> None:
        """Anything at all into every feed."""
        for writer in self.feeds:
            writer.write(text)

    def _to_all(self, name: str, data: object, seq: int | None = None) -> None:
        if self.fault != "silence":
            self.raw(self._event(name, data, seq))

    def _event(self, name: str, data: object, seq: int | None = None) -> bytes:
        event_id = "" if seq is None else f"id: {self.hello.epoch}-{seq}\n"
        head = f"event: {name}\n{event_id}data: ".encode()
        return head + msgspec.json.encode(data) + b"\n\n"

    # ---------------------------------------------------------------------------------- serving

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections[writer] = task
        if self.server is None:  # accepted just before the end
            writer.transport.abort()
        try:
            while True:
                line, headers, body = await self._read(reader)
                if self.fault == "drop_before":
                    writer.transport.abort()
                    return
                if line.startswith("GET /feed"):
                    self._feed(writer, headers)
                    await reader.read()
                    return
                if line.startswith("POST /staff/identify"):
                    self._identify(writer, body)
                elif line.startswith("POST /screen/") and not self.fault:
                    self._reply(writer, "404 No", b"{}")  # a hub need not know health and updates
                elif not await self._act(writer, body):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            if writer in self.feeds:
                self.feeds.remove(writer)
            writer.close()
            # An aborted one ends with an error, which is what was wanted.
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            del self.connections[writer]

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        return head[0], headers, await reader.readexactly(int(headers.get("content-length", 0)))

    def _reply(self, writer: asyncio.StreamWriter, status: str, body: bytes) -> None:
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/json\r\n\r\n".encode()
            + body
        )

    def _feed(self, writer: asyncio.StreamWriter, headers: dict[str, str]) -> None:
        self.asked.append(headers)
        if self.fault in ("401", "503"):
            self._reply(writer, f"{self.fault} No", self.disowns if self.fault == "401" else b"no")
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        self.feeds.append(writer)
        if self.fault == "silence":
            return
        if self.fault == "garbage":
            writer.write(b"event: hello\ndata: {nonsense\n\n")
            return
        now = msgspec.structs.replace(self.hello, now=self.clock.now())
        epoch, _, cursor = headers.get("last-event-id", "").rpartition("-")
        known = epoch == self.hello.epoch and headers.get("smartward-view") == self.hello.view
        writer.write(self._event("hello" if known else "reset", now))
        if known:
            for each in self.writes:
                if each.seq > int(cursor):
                    writer.write(self._event("write", each, each.seq))
        else:
            writer.write(self._whole())
        writer.write(self._event("current", beat(self.clock.now()), self.seq))

    def _whole(self) -> bytes:
        if not self.documents:
            return b""
        whole = Write(self.seq, self.clock.now(), tuple(self.documents.values()))
        return self._event("write", whole, self.seq)

    def another_view(self, *documents: Document) -> None:
        """From now on the screens see these alone: all of it again, into every feed."""
        self.seq += 1
        placed = tuple(Document(d.kind, d.id, self.seq, d.body) for d in documents)
        self.documents = {(d.kind, d.id): d for d in placed}
        self.hello = msgspec.structs.replace(self.hello, view=f"{self.hello.view}+")
        now = msgspec.structs.replace(self.hello, now=self.clock.now())
        current = self._event("current", beat(self.clock.now()), self.seq)
        self.raw(self._event("reset", now) + self._whole() + current)

    def _identify(self, writer: asyncio.StreamWriter, body: bytes) -> None:
        asked = msgspec.json.decode(body, type=Identify)
        self.identified.append(asked)
        if self.fault == "silence":
            return
        if self.fault in ("401", "404", "503"):
            self._reply(writer, f"{self.fault} No", b"no")
            return
        if asked.badge is not None:
            found = self.badges.get(asked.badge)
        else:
            found = self.pins.get((asked.staff_id or "", asked.pin or ""))
        if self.fault == "garbage":
            self._reply(writer, "200 OK", b"<html>login</html>")
        elif found is None:
            self._reply(writer, "403 No", self.refusal)
        else:
            self._reply(writer, "200 OK", msgspec.json.encode(found))

    async def _act(self, writer: asyncio.StreamWriter, body: bytes) -> bool:
        """Answer one action; False when the connection is over."""
        if self.fault in ("401", "403", "404", "503"):
            self._reply(writer, f"{self.fault} No", self.error)
            self.turned_away += 1
            return True
        if self.fault == "silence":
            return True
        answer = self._answer(msgspec.json.decode(body, type=ActionRequest))
        if self.fault == "drop_after":
            writer.transport.abort()
            return False
        content = b"<html>login</html>" if self.fault == "garbage" else msgspec.json.encode(answer)
        self._reply(writer, "200 OK", content)
        await writer.drain()
        return True

    def _answer(self, request: ActionRequest) -> Answer:
        """Once per id, as the hub promises."""
        action = request.action
        body = msgspec.json.encode(action)
        if action.id in self.answers:
            before, answer = self.answers[action.id]
            assert before == body, "the same id with another body"
            return answer
        self.applied.append(request)
        if self.outcome == "applied":
            answer = Answer(
                id=action.id, outcome="applied", seq=self.write(), epoch=self.hello.epoch
            )
        else:
            answer = Answer(id=action.id, outcome="refused", key=self.key, values=self.values)
        self.answers[action.id] = (body, answer)
        return answer


def another_history(hub: FakeHub) -> None:
    """The hub comes back from an old backup: another epoch, nothing of what it had done."""
    hub.hello = msgspec.structs.replace(hub.hello, epoch="e2")
    hub.answers.clear()
    hub.applied.clear()
    hub.writes.clear()


def fake_hub(clock: Clock) -> FakeHub:
    return FakeHub(clock=clock, hello=hello(clock.now()))
