"""The line between a process and the one beside it (`child`): whole messages, and a common end.

That of `multiprocessing` does the same, and takes 4 MiB of the child to be imported.
"""

import ctypes
import os
import select
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_LENGTH = struct.Struct("<I")


class Link:
    """One end of a line between two processes that carries whole messages of bytes.

    Each end belongs to one thread. Reading raises EOFError when the other side is gone, sending
    OSError.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor, which `close` closes."""
        self._descriptor = descriptor
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLIN)

    def fileno(self) -> int:
        """Its descriptor, to wait for."""
        return self._descriptor

    def send_bytes(self, message: bytes) -> None:
        """Send one message; blocks while the other side does not read."""
        left = memoryview(_LENGTH.pack(len(message)) + message)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def recv_bytes(self) -> bytes:
        """The next message; blocks until it is there."""
        return self._read(_LENGTH.unpack(self._read(_LENGTH.size))[0])

    def _read(self, number: int) -> bytes:
        parts = []
        while number > 0:
            part = os.read(self._descriptor, min(number, 1 << 20))
            if not part:
                raise EOFError("the other side of the link is gone")
            parts.append(part)
            number -= len(part)
        return b"".join(parts)

    def poll(self, seconds: float) -> bool:
        """Whether there is something to read, at most after so long: a message or the end."""
        return bool(self._ready.poll(seconds * 1000))

    def close(self) -> None:
        """Hang up."""
        os.close(self._descriptor)


def link_to_parent(descriptor: int, parent: int) -> Link:
    """In the child: its end of the link; from now on the kernel ends it when the parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(f"the program that started this one ({parent}) is gone")
    return Link(descriptor)
