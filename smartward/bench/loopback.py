"""Servers of others on loopback, for a bench: a port for them, until they answer, and their end."""

import socket
import subprocess
import threading

from smartward.clock import SystemClock

_CLOCK = SystemClock()
_WITHIN_S = 20.0
_AGAIN_S = 0.02


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def reached(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until it takes connections. Raises RuntimeError where it ended, or does not in 20 s."""
    until = _CLOCK.monotonic() + _WITHIN_S
    while process.poll() is None and _CLOCK.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            threading.Event().wait(_AGAIN_S)
        else:
            return
    ended(process)
    raise RuntimeError(f"{process.args!r} does not answer: {process.returncode}")


def ended(process: subprocess.Popen[bytes]) -> None:
    """End it, and wait for that."""
    process.terminate()
    process.wait(timeout=_WITHIN_S)
