"""What truly happened at a bed, kept beside the system that is judged by it.

One file a device, one JSON line an event, written with one `write` each: what a process that is
killed has written stays. Moments are seconds of the machine's monotonic clock, which no fault of
ours moves; `wall` is the machine's own time.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from smartward.clock import SystemClock

Told = Literal["touch", "durable", "not_taken", "drawn"]
"""`touch`: about to be stored; `durable`: the outbox has said that it is on the disk; `not_taken`:
the person was told that it is not; `drawn`: a station has the call on its page."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line."""

    told: Told
    action: str
    at: float
    wall: str = ""
    kind: str = ""
    subject: str = ""
    foreign: bool = False
    """A touch that must come to nothing: somebody tried what this device may not."""


class Ledger:
    """Appends to one device's file."""

    def __init__(self, path: Path) -> None:
        self._clock = SystemClock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def touch(self, action: str, kind: str, subject: str, foreign: bool = False) -> None:
        """A finger comes down now."""
        now, wall = self._clock.monotonic(), self._clock.now().isoformat()
        self._put(Entry("touch", action, now, wall, kind, subject, foreign))

    def tell(self, told: Told, action: str) -> None:
        """What became of it, or (`drawn`) that a call is on the page."""
        self._put(Entry(told, action, self._clock.monotonic()))

    def _put(self, entry: Entry) -> None:
        os.write(self._file, msgspec.json.encode(entry) + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def read(path: Path) -> Iterator[Entry]:
    """The lines of one file; of the last one, cut short by a kill, nothing."""
    if not path.exists():
        return
    decode = msgspec.json.Decoder(Entry).decode
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield decode(line)
