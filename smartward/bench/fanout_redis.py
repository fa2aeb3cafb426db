"""Redis Streams in the fan-out bench: each entry is on the disk before it is answered.

`appendfsync always`, and each subscriber a reader that waits (`XREAD BLOCK`). A reader asks anew
for each entry; it is asked for here before the clock of the next one runs, and the processor time
of that is Redis's, as in any use of it.
"""

import shutil
import socket
import subprocess
from pathlib import Path

from smartward.bench.fanout_systems import SIZE, connect
from smartward.bench.loopback import ended, free_port, reached
from smartward.clock import SystemClock

_CLOCK = SystemClock()
_STREAM = "ward"
_ROOM = 100
"""Connections besides the subscribers'."""


def program() -> str | None:
    """Redis's server, where this machine has it."""
    return shutil.which("redis-server")


class Redis:
    """A server of one's own, with its files in `folder`."""

    name = "redis"

    def __init__(self, server: str, folder: Path, screens: int) -> None:
        folder.mkdir()
        port = free_port()
        settings = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": str(folder),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
            "maxclients": str(screens + _ROOM),
            "loglevel": "warning",
        }
        given = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen([server, *given], stdout=subprocess.DEVNULL)
        reached(self._process, port)
        self.pids = [self._process.pid]
        self._publisher = connect(port)
        self.subscribers = [connect(port) for _ in range(screens)]
        self._number = 0

    def publish(self) -> tuple[float, float, int]:
        """One entry, whose number is its id: so no reader can miss one between two questions."""
        ask = _command("XREAD", "COUNT", "1", "BLOCK", "0", "STREAMS", _STREAM, f"{self._number}-0")
        for one in self.subscribers:
            one.sendall(ask)
        for _ in range(2):  # it goes round its sockets: the second finds all readers waiting
            self._asked(_command("PING"))
        self._number += 1
        text = f"id: redis-{self._number}\n".ljust(SIZE, ".")
        entry = _command("XADD", _STREAM, f"{self._number}-0", "told", text)
        sent = _CLOCK.monotonic()
        self._asked(entry)
        return sent, _CLOCK.monotonic(), self._number

    def _asked(self, command: bytes) -> None:
        self._publisher.sendall(command)
        _answer(self._publisher)

    def close(self) -> None:
        """End it; its files are the folder's."""
        for one in (self._publisher, *self.subscribers):
            one.close()
        ended(self._process)


def _command(*words: str) -> bytes:
    told = [f"*{len(words)}\r\n", *(f"${len(word)}\r\n{word}\r\n" for word in words)]
    return "".join(told).encode("ascii")


def _answer(connection: socket.socket) -> None:
    """Read one short answer: a line, or a line and the text of the length that it says. Raises
    RuntimeError for an error of Redis."""
    read = b""
    while True:
        line, found, rest = read.partition(b"\r\n")
        if found:
            if line[:1] == b"-":
                raise RuntimeError(f"Redis: {line!r}")
            if line[:1] != b"$" or len(rest) >= int(line[1:]) + 2:
                return
        got = connection.recv(65536)
        if not got:
            raise RuntimeError("Redis hung up")
        read += got
