"""A disk that fails under a running program: what its calls to the system are answered is changed
by `strace`, from outside, for a while."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

STRACE = shutil.which("strace")

_WRITES, _SYNCS = "pwrite64,ftruncate,fallocate", "fdatasync,fsync"
FAILING = {
    "disk_full": f"{_WRITES}:error=ENOSPC",
    "disk_read_only": f"{_WRITES}:error=EROFS",
    "disk_broken": f"{_SYNCS}:error=EIO",
    "disk_slow": f"{_SYNCS}:delay_enter=150000",
}
"""What each fault does to the calls; the slow disk takes 150 ms longer for each sync."""


def missing() -> str:
    """Why disks cannot be made to fail here; empty when they can."""
    return "" if STRACE else "strace is not installed (packaging/install-system-packages test)"


class NotBefallen(Exception):
    """A fault that could not be done: its word is the reason."""


@contextlib.contextmanager
def failing(pid: int, fault: str) -> Iterator[None]:
    """The disk of process `pid` fails so while this is held, from its first moment on. Raises
    NotBefallen where `strace` may not attach to it, or let go of it before the end."""
    if STRACE is None:
        raise NotBefallen(missing())
    calls = FAILING[fault].split(":")[0]
    process = subprocess.Popen(
        [
            STRACE,
            *("-f", "-p", str(pid), "-o", "/dev/null"),
            *("-e", f"trace={calls}", "-e", f"inject={FAILING[fault]}"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    stream = process.stderr
    assert stream is not None
    try:
        # It says so in one line once each thread is in its hands; else why not, and ends.
        said = stream.readline().strip()
        if "attached" not in said:
            raise NotBefallen(f"{fault} of process {pid}: {said or 'strace said nothing'}")
        yield
        if process.poll() is not None:
            raise NotBefallen(f"{fault} of process {pid}: {stream.read().strip()}")
    finally:
        # It lets go of the program and leaves it running; killed it could not.
        process.terminate()
        process.communicate()
