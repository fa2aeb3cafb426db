"""A process beside the program, for what may hang or crash: the speech engine, the audio device.

It is started as a module of ours with one end of a socket pair, lives in a process group of its
own, and ends when its parent ends, however that happens.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe

log = logging.getLogger("smartward.child")

_PR_SET_PDEATHSIG = 1


class Child:
    """A running child and its link.

    The thread that makes it must live as long as it: the kernel ends the child with that thread.
    """

    def __init__(self, module: str) -> None:
        """Start `python -m MODULE FD PARENT`. Raises OSError when no process can be started."""
        self.link, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

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


def link_to_parent(descriptor: int, parent: int) -> Connection:
    """In the child: its end of the link; from now on the kernel ends it when the parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(f"the program that started this one ({parent}) is gone")
    return Connection(descriptor)
