"""The disk of a running program fails as long as it should, and is well afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartward.bench.chaos import disks
from smartward.bench.chaos.disks import FAILING, NotBefallen, failing, missing

needs_strace = pytest.mark.skipif(bool(missing()), reason=missing() or "strace is here")

WRITER = """
import errno, os, sqlite3, sys, time
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
db = sqlite3.connect(sys.argv[2], isolation_level=None)
db.execute("pragma journal_mode = wal")
db.execute("pragma synchronous = full")
db.execute("create table t (n)")
print("ready", flush=True)

def tried(work):
    try:
        work()
    except OSError as error:
        return errno.errorcode[error.errno]
    except sqlite3.Error:
        return "not kept"
    return "kept"

for line in sys.stdin:
    wrote = tried(lambda: os.pwrite(descriptor, b"x" * 512, 0))
    began = time.monotonic()
    synced = tried(lambda: os.fdatasync(descriptor))
    took = time.monotonic() - began
    print(wrote, synced, took, tried(lambda: db.execute("insert into t values (1)")), sep=";",
          flush=True)
"""


class Writer:
    """A program that writes, syncs and commits each time it is asked."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder / "plain"), str(folder / "db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def writes(self) -> tuple[str, str, float, str]:
        """What became of a write, of a sync and how long that took, and of a commit of SQLite."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        wrote, synced, took, committed = self._line().split(";")
        return wrote, synced, float(took), committed

    @property
    def watched_by(self) -> int:
        """The process that has this one in its hands; 0: none."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("TracerPid:")[2].split()[0])


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    one = Writer(tmp_path)
    yield one
    one.process.kill()
    one.process.communicate()


SEEN = {
    "disk_full": ("ENOSPC", "kept", "not kept"),
    "disk_read_only": ("EROFS", "kept", "not kept"),
    "disk_broken": ("kept", "EIO", "not kept"),
    "disk_slow": ("kept", "kept", "kept"),
}
"""What a write, a sync and a commit say while each fault lasts."""
SLOWER_S = 0.15


@needs_strace
@pytest.mark.parametrize("fault", FAILING)
def test_a_disk_fails_while_it_should_and_is_well_afterwards(writer: Writer, fault: str) -> None:
    with failing(writer.process.pid, fault):
        for _ in range(2):
            wrote, synced, took, committed = writer.writes()
            assert (wrote, synced, committed) == SEEN[fault]
            assert took >= SLOWER_S or fault != "disk_slow"
        assert writer.watched_by
    for _ in range(2):
        wrote, synced, _, committed = writer.writes()
        assert (wrote, synced, committed) == ("kept", "kept", "kept")
    assert not writer.watched_by, "its syncs would still be held"


@needs_strace
def test_a_program_that_may_not_be_watched_is_not_said_to_have_failed(writer: Writer) -> None:
    """As where the machine forbids it: two cannot watch one program."""
    with (
        failing(writer.process.pid, "disk_slow"),
        pytest.raises(NotBefallen, match="disk_full of process"),
        failing(writer.process.pid, "disk_full"),
    ):
        pytest.fail("nothing fails here")
    assert writer.writes()[0] == "kept"


@needs_strace
def test_a_fault_that_ended_too_early_did_not_befall(writer: Writer) -> None:
    fault = failing(writer.process.pid, "disk_full")
    fault.__enter__()
    watcher = writer.watched_by
    os.kill(watcher, signal.SIGTERM)
    os.waitid(os.P_PID, watcher, os.WEXITED | os.WNOWAIT)
    with pytest.raises(NotBefallen, match="disk_full of process"):
        fault.__exit__(None, None, None)


def test_without_strace_no_fault_is_said_to_befall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks, "STRACE", None)
    with pytest.raises(NotBefallen, match="not installed"), failing(1, "disk_full"):
        pytest.fail("nothing fails here")
