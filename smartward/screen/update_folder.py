"""What a screen keeps of an update: the file, how far it is, and what it tells the system of it.

The system's own part (packaging/image, `update.py`) takes the file and the orders from here, and
tells in a file of its own what became of them.
"""

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from smartward.clinical.screen_update import Stage
from smartward.storage import write_whole

FOLDER = "update"
_ROOM = 64 << 20
"""Bytes that stay free for touches and cache."""


@dataclass(frozen=True, slots=True)
class System:
    """Where the image tells of itself."""

    release: Path = Path("/usr/lib/smartward-image/release.toml")
    state: Path = Path("/data/update/state.json")
    uptime: Path = Path("/proc/uptime")

    def what(self) -> tuple[str, str] | None:
        """Which images replace this one, and its version; None: it is no image of ours."""
        try:
            told = tomllib.loads(self.release.read_text(encoding="utf-8"))
            return str(told["compatible"]), str(told["version"])
        except (OSError, ValueError, KeyError):
            return None

    def up_s(self) -> float:
        """Seconds since the machine started."""
        return float(self.uptime.read_text(encoding="ascii").split()[0])


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How far an update is here."""

    bundle: str
    attempt: int
    stage: Stage
    why: str = ""
    run: str = ""
    """Run of the machine: in which it was ordered to be written, or is tried."""
    spoilt: bool = False
    """It was whole once and not what was sent; it is fetched once more."""


class UpdateFolder:
    """The folder of one screen."""

    def __init__(self, state_dir: Path, system: System) -> None:
        """`state_dir`: of the screen."""
        self.path = state_dir / FOLDER
        self._system = system
        self.part = self.path / "bundle.part"
        self.whole = self.path / "bundle.raucb"
        self._order = self.path / "order.json"

    # ------------------------------------------------------------------ how far it is

    def mine(self) -> Course | None:
        """As this screen left it; None before the first update."""
        return _read(self.path / "mine.json")

    def now(self) -> Course | None:
        """How far it is, by the system's word where that has it in its hands."""
        mine, theirs = self.mine(), _read(self._system.state)
        if theirs is not None and (
            mine is None or (theirs.bundle, theirs.attempt) == (mine.bundle, mine.attempt)
        ):
            return theirs
        return mine

    def keep(self, course: Course) -> None:
        """Have it known after a restart. Raises OSError."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        write_whole(self.path / "mine.json", msgspec.json.encode(course))

    # ------------------------------------------------------------------ the file

    def begin(self) -> None:
        """Forget what was fetched of any update, and what the system has not begun of it."""
        for file in (self._order, self.part, self.whole):
            file.unlink(missing_ok=True)

    def fetched(self) -> int:
        """Bytes that are there."""
        return self.part.stat().st_size if self.part.exists() else 0

    def room_for(self, size: int) -> bool:
        """Whether so many more bytes may be written."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize >= size + _ROOM

    def add(self, block: bytes) -> None:
        """Behind what is there. Raises OSError."""
        with self.part.open("ab") as file:
            file.write(block)

    def close(self, sha256: str) -> bool:
        """Whether what was fetched is what was meant; then it waits for the system."""
        with self.part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        if found != sha256:
            self.part.unlink()
            return False
        self.part.replace(self.whole)
        return True

    # ------------------------------------------------------------------ telling the system

    def order(self, do: str, course: Course) -> None:
        """`install` or `restart`."""
        told = {"do": do, "bundle": course.bundle, "attempt": course.attempt}
        write_whole(self._order, json.dumps(told).encode())

    def tested(self, run: str, ok: bool, why: str, busy: bool) -> None:
        """How the self-test of this start stands. `busy`: somebody calls or stands
        there; it is not to end now."""
        told: dict[str, Any] = {"run": run, "ok": ok, "why": why, "busy": busy}
        self.path.mkdir(mode=0o700, exist_ok=True)
        told["at"] = self._system.up_s()
        write_whole(self.path / "tested.json", json.dumps(told).encode())


def _read(file: Path) -> Course | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Course)
    except (OSError, msgspec.DecodeError):
        return None
