"""Mosquitto in the fan-out bench: QoS 1 to sessions that are kept, with its persistence on.

It is the nearest it can do, and less than a hub or PostgreSQL do: what it was told is answered
before it is on the disk, which it writes as a whole after each change, by and by.
"""

import shutil
import socket
import struct
import subprocess
from pathlib import Path

from smartward.bench.fanout_systems import SIZE, connect
from smartward.bench.loopback import ended, free_port, reached
from smartward.clock import SystemClock

_CLOCK = SystemClock()
_TOPIC = b"ward"
_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK = 0x10, 0x20, 0x32, 0x40, 0x82, 0x90
"""Kinds of packets of MQTT 3.1.1 with their flags; published with QoS 1."""
_NUMBERS = 65535
"""Packets are numbered from 1 to this."""


def program() -> str | None:
    """Mosquitto, where this machine has it."""
    return shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class Mosquitto:
    """A broker of one's own, with its files in `folder`."""

    name = "mosquitto"

    def __init__(self, broker: str, folder: Path, screens: int) -> None:
        folder.mkdir()
        port = free_port()
        settings = {
            "listener": f"{port} 127.0.0.1",
            "allow_anonymous": "true",
            "persistence": "true",
            "persistence_location": f"{folder}/",
            "autosave_on_changes": "true",
            "autosave_interval": "1",
            "max_inflight_messages": "0",
            "max_queued_messages": "0",
            "set_tcp_nodelay": "true",
            "user": "root",
            "log_type": "none",
        }
        file = folder / "mosquitto.conf"
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), "utf-8")
        self._process = subprocess.Popen([broker, "-c", str(file)])
        reached(self._process, port)
        self.pids = [self._process.pid]
        self._publisher = _session(port, "nurse")
        self.subscribers = [_session(port, f"screen-{n}") for n in range(screens)]
        for one in self.subscribers:
            one.sendall(_packet(_SUBSCRIBE, struct.pack("!H", 1) + _words(_TOPIC) + b"\1"))
            _answer(one, _SUBACK)
        self._number = 0

    def publish(self) -> tuple[float, float, int]:
        """One message; what the subscribers had before is acknowledged first, as they must."""
        if self._number:
            # Its own number for each session, which goes up by one with each message.
            seen = _packet(_PUBACK, _number(self._number))
            for one in self.subscribers:
                one.sendall(seen)
        self._number += 1
        text = f"id: mosquitto-{self._number}\n".encode().ljust(SIZE, b".")
        message = _packet(_PUBLISH, _words(_TOPIC) + _number(self._number) + text)
        sent = _CLOCK.monotonic()
        self._publisher.sendall(message)
        _answer(self._publisher, _PUBACK)
        return sent, _CLOCK.monotonic(), self._number

    def close(self) -> None:
        """End it; its files are the folder's."""
        for one in (self._publisher, *self.subscribers):
            one.close()
        ended(self._process)


def _session(port: int, name: str) -> socket.socket:
    """A session that is kept when its connection ends."""
    made = connect(port)
    about = _words(b"MQTT") + b"\4\0" + struct.pack("!H", 0)
    made.sendall(_packet(_CONNECT, about + _words(name.encode())))
    _answer(made, _CONNACK)
    return made


def _words(text: bytes) -> bytes:
    return struct.pack("!H", len(text)) + text


def _number(of: int) -> bytes:
    return struct.pack("!H", (of - 1) % _NUMBERS + 1)


def _packet(kind: int, body: bytes) -> bytes:
    size, rest = bytearray(), len(body)
    while not size or rest:
        rest, low = rest >> 7, rest & 0x7F
        size.append(low | 0x80 if rest else low)
    return bytes([kind]) + bytes(size) + body


def _answer(session: socket.socket, kind: int) -> None:
    """Read one short packet. Raises RuntimeError where it is another one, or tells a refusal."""
    read = b""
    while len(read) < 2 or len(read) < 2 + read[1]:
        got = session.recv(4096)
        if not got:
            raise RuntimeError("Mosquitto hung up")
        read += got
    refused = (kind == _CONNACK and read[3] != 0) or (kind == _SUBACK and read[4] != 1)
    if read[0] != kind or refused:
        raise RuntimeError(f"Mosquitto: {read!r}")
