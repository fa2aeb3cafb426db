"""The network cable of one screen, to be pulled and plugged in again."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PIECE = 1 << 16


class Cable:
    """Relays TCP from a port of its own to a hub; while it is pulled nothing passes and every
    connection is closed."""

    def __init__(self, hub_url: str) -> None:
        parts = urlsplit(hub_url)
        self._hub = (str(parts.hostname), int(parts.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._pulled = False
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._listener.close()
        self.pull()

    def pull(self) -> None:
        """Nothing passes from now on."""
        with self._lock:
            self._pulled = True
            ends, self._open = self._open, set()
        for end in ends:
            self._close(end)

    def plug_in(self) -> None:
        """It passes again."""
        with self._lock:
            self._pulled = False

    def _accept(self) -> None:
        while True:
            try:
                screen, _ = self._listener.accept()
            except OSError:
                return  # the story is over
            threading.Thread(target=self._connect, args=(screen,), daemon=True).start()

    def _connect(self, screen: socket.socket) -> None:
        with self._lock:
            pulled = self._pulled
        try:
            hub = None if pulled else socket.create_connection(self._hub)
        except OSError:
            hub = None
        if hub is None:
            self._close(screen)
            return
        with self._lock:
            self._open |= {screen, hub}
        threading.Thread(target=self._pass, args=(hub, screen), daemon=True).start()
        self._pass(screen, hub)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(_PIECE):
                other.sendall(piece)
        self._close(one)
        self._close(other)

    @staticmethod
    def _close(end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
