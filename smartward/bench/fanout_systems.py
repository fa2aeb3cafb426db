"""What a durable fan-out is measured with: our hub, its bare floor, and who else is installed.

Every system gives the sockets of its subscribers, which one sink reads, and publishes one message
at a time over a blocking socket.
"""

import contextlib
import json
import socket
import ssl
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from uuid6 import uuid7

from smartward.bench.postgres_server import PostgresServer, folder_of_binaries
from smartward.bench.process_cost import pss_kib_of
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.harness.house import House
from smartward.harness.program import Control

SIZE = 512
"""Bytes of a message of the floor and of the other systems; the hub's are about as long."""

_CLOCK = SystemClock()
_BED = f"{Settings().his_source}.bed-1"
_WITHIN_S = 60.0
_IDLE_S = 30.0
"""A hub ends connections that are quiet for a good minute."""


class System(Protocol):
    """One way to tell many of something that must not be lost."""

    name: str
    pids: list[int]
    """Its processes."""
    subscribers: list[socket.socket]

    def publish(self) -> tuple[float, float, int]:
        """Tell all subscribers one thing: when it was sent, when it was answered (seconds of the
        monotonic clock), and the number that the subscribers see."""

    def close(self) -> None:
        """End it."""


def connect(port: int, context: ssl.SSLContext | None = None) -> socket.socket:
    """A connection on loopback that sends at once."""
    made = socket.create_connection(("127.0.0.1", port), timeout=_WITHIN_S)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made if context is None else context.wrap_socket(made)


def compiled(folder: Path) -> Path | None:
    """The floor and the sink, built by this machine's C compiler; None: it has none."""
    program = folder / "fanout"
    source = Path(__file__).with_name("fanout.c")
    with contextlib.suppress(FileNotFoundError):
        command = ["cc", "-O2", "-D_GNU_SOURCE", "-o", str(program), str(source)]
        subprocess.run(command, check=True)
        return program
    return None


class Floor:
    """The least that such a system can do: write, fdatasync, one send for each subscriber."""

    name = "floor"

    def __init__(self, program: Path, folder: Path, screens: int) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(4096)
            number = str(listener.fileno())
            command = [str(program), "floor", str(folder / "floor.data"), number, str(screens)]
            self._process = subprocess.Popen([*command, str(SIZE)], pass_fds=[listener.fileno()])
            port = listener.getsockname()[1]
        self.pids = [self._process.pid]
        self.subscribers = [connect(port) for _ in range(screens)]
        self._publisher = connect(port)
        self._number = 0

    def publish(self) -> tuple[float, float, int]:
        """The message is on the disk when its byte is answered."""
        self._number += 1
        message = f"id: floor-{self._number}\n".encode().ljust(SIZE, b".")
        sent = _CLOCK.monotonic()
        self._publisher.sendall(message)
        if not self._publisher.recv(1):
            raise RuntimeError("the floor has ended")
        return sent, _CLOCK.monotonic(), self._number

    def close(self) -> None:
        """It ends when nobody publishes."""
        for one in (self._publisher, *self.subscribers):
            one.close()
        self._process.wait()


class HubSystem:
    """Our hub as it is delivered: a patient presses again, and screens of one view are told."""

    name = "hub"

    def __init__(self, house: House, role: str, screens: int, **settings: str) -> None:
        hub = house.start_hub(**settings)
        self._url = hub.ready["url"]
        self._admin = Control(Path(hub.ready["admin"]))
        self._context = _no_check() if self._url.startswith("https") else None
        self._port = urlsplit(self._url).port or 0
        self.pids = [hub.ready["pid"]]
        tokens = [self._enrol(role) for _ in range(screens)]
        self._token = self._enrol("bedside", _BED)
        self._call = str(uuid7())
        self._publisher = connect(self._port, self._context)
        self._used = _CLOCK.monotonic()
        self._post("call.place", bed_id=_BED, **{"class": "normal"})
        hub.wait("open_calls", 1)
        self.before_kib = pss_kib_of(self.pids)
        self.subscribers = [self._listen(token) for token in tokens]
        hub.wait("feeds", screens)
        self.connected_kib = pss_kib_of(self.pids)

    def _enrol(self, role: str, place: str | None = None) -> str:
        label = f"{role} of a bench"
        answer = self._admin.ask("enrol", role=role, place=place, label=label, second=True)
        return str(answer["token"])

    def _listen(self, token: str) -> socket.socket:
        made = connect(self._port, self._context)
        made.sendall(_request("GET", "/feed", token, b""))
        read = b""
        while b"event: current" not in read or not read.endswith(b"\n\n\r\n"):
            got = made.recv(65536)
            if not got or b"200" not in (read + got)[:20]:
                raise RuntimeError(f"a feed was refused: {(read + got)[:200]!r}")
            read += got
        return made

    def publish(self) -> tuple[float, float, int]:
        """One press; when it is answered it is on the disk."""
        return self._post("call.again")

    def _post(self, kind: str, **data: str) -> tuple[float, float, int]:
        now = datetime.now(UTC).isoformat()
        action = {"id": str(uuid7()), "kind": kind, "subject": self._call, "made_at": now}
        body = json.dumps({"action": {**action, "data": data}, "age_ms": 0}).encode()
        request = _request("POST", "/actions", self._token, body)
        if _CLOCK.monotonic() - self._used > _IDLE_S:
            self._publisher.close()
            self._publisher = connect(self._port, self._context)
        sent = _CLOCK.monotonic()
        self._publisher.sendall(request)
        answer = _answer(self._publisher)
        answered = self._used = _CLOCK.monotonic()
        told = json.loads(answer)
        if told.get("outcome") != "applied":
            raise RuntimeError(f"a press was not taken: {answer!r}")
        return sent, answered, int(told["seq"])

    def close(self) -> None:
        """The house ends the hub."""
        self._admin.close()
        for one in (self._publisher, *self.subscribers):
            one.close()


def _no_check() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _request(method: str, path: str, token: str, body: bytes) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def _answer(connection: socket.socket) -> bytes:
    """The body of one answer. Raises RuntimeError for another status than 200."""
    read = b""
    while True:
        head, found, body = read.partition(b"\r\n\r\n")
        if found:
            lines = head.lower().split(b"\r\n")
            sizes = [int(one[15:]) for one in lines if one.startswith(b"content-length:")]
            if not head.startswith(b"HTTP/1.1 200") or not sizes:
                raise RuntimeError(f"refused: {read[:300]!r}")
            if len(body) >= sizes[0]:
                return body
        got = connection.recv(65536)
        if not got:
            raise RuntimeError("the hub hung up")
        read += got


class Postgres:
    """PostgreSQL: a row and a NOTIFY in one transaction, each subscriber a listening session."""

    name = "postgres"

    def __init__(self, screens: int) -> None:
        self._server = PostgresServer(max_connections=str(screens + 10))
        self._publisher = self._session("create table kept (body text)")
        self.subscribers = [self._session("listen ward") for _ in range(screens)]
        self.pids = self._processes()
        self._number = 0

    def _processes(self) -> list[int]:
        """The server's, with one for each session."""
        lines = (self._server.folder / "data" / "postmaster.pid").read_text().splitlines()
        children = Path(f"/proc/{lines[0]}/task/{lines[0]}/children").read_text().split()
        return [int(lines[0]), *map(int, children)]

    def _session(self, first: str) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.connect(str(self._server.folder / ".s.PGSQL.5432"))
        words = b"user\0postgres\0database\0postgres\0\0"
        made.sendall(struct.pack("!ii", 8 + len(words), 3 << 16) + words)
        _ready(made)
        _query(made, first)
        return made

    def publish(self) -> tuple[float, float, int]:
        """Both in one transaction."""
        self._number += 1
        text = f"id: pg-{self._number}\n".ljust(SIZE, ".")
        sent = _CLOCK.monotonic()
        _query(
            self._publisher,
            f"begin; insert into kept values ('{text}'); notify ward, '{text}'; commit",
        )
        return sent, _CLOCK.monotonic(), self._number

    def close(self) -> None:
        """End it, and take its files away."""
        for one in (self._publisher, *self.subscribers):
            one.close()
        self._server.stop()


def _query(session: socket.socket, text: str) -> None:
    words = text.encode() + b"\0"
    session.sendall(b"Q" + struct.pack("!i", 4 + len(words)) + words)
    _ready(session)


def _ready(session: socket.socket) -> None:
    """Read until the server is ready for a query. Raises RuntimeError for an error of it."""
    read = b""
    while True:
        at = 0
        while len(read) >= at + 5:
            size = 1 + int(struct.unpack_from("!i", read, at + 1)[0])
            if len(read) < at + size:
                break
            if read[at : at + 1] == b"E":
                raise RuntimeError(f"PostgreSQL: {read[at : at + size]!r}")
            if read[at : at + 1] == b"Z":
                return
            at += size
        got = session.recv(65536)
        if not got:
            raise RuntimeError("PostgreSQL hung up")
        read = read[at:] + got


def postgres_installed() -> bool:
    """Whether this machine has PostgreSQL's server."""
    return folder_of_binaries() is not None
