"""A process beside the program, for what may hang or crash: the speech engine, the audio device.

It is started as a module of ours with one end of a socket pair, lives in a process group of its
own, and ends when its parent ends, however that happens. Its memory is a screen's: it loads what it
needs and no more, so it starts without Python's `site`.
"""

import logging
import os
import signal
import socket
import subprocess
import sys

import smartward
from smartward.device.child_link import Link

log = logging.getLogger("smartward.child")


class Child:
    """A running child and its link.

    The thread that makes it must live as long as it: the kernel ends the child with that thread.
    """

    def __init__(self, module: str) -> None:
        """Start `python -m MODULE FD PARENT`. Raises OSError when no process can be started."""
        ours, theirs = socket.socketpair()
        with theirs, ours:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-P", "-m", module, str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": _path()},
            )
            self.link = Link(ours.detach())

    @property
    def pid(self) -> int:
        """Its process and process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True until it has ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it with all it started; callable from any thread."""
        if self.alive:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("process %d had ended before", self.pid)

    def release(self) -> None:
        """Kill and forget it: nothing of it remains."""
        self.kill()
        self._process.wait()
        self.link.close()


def _path() -> str:
    """Where the child finds this package, and the others where we do."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(smartward.__file__)))
    first = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(dict.fromkeys(filter(None, [first, package, *sys.path])))
