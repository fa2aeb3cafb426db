"""The folder of a standby hub: the replica, what mode it is in, and the branches it has left."""

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from smartward.errors import BadData
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.witness import witness_file
from smartward.storage import connect, fault_of, sync, write_whole

log = logging.getLogger("smartward.standby")

FILE = "hub.sqlite"
NEW = "coming.sqlite"
_MODE = "standby.json"
_REFUSED = "standby-refused.jsonl"
_BRANCHES = 3
"""So many of the last times alone are kept, whole: their audit is the proof of what was done."""


class Refused(msgspec.Struct, frozen=True):
    """An action that the standby took and the hub did not: what, of which device, and why."""

    device: str
    action: str
    kind: str
    key: str
    at: datetime


class Kept(msgspec.Struct):
    """What the standby knows of itself from one start to the next."""

    alone: bool = False
    his_as_of: datetime | None = None


class Folder:
    """Its files. Every method may raise StorageFault."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for end in ("", "-journal", "-wal", "-shm"):
                self._gone(f"{NEW}{end}")
        except OSError as error:
            raise fault_of(error, path) from error

    def _gone(self, name: str) -> None:
        self.path.joinpath(name).unlink(missing_ok=True)

    @property
    def has_replica(self) -> bool:
        """Whether anything was ever copied."""
        return self.path.joinpath(FILE).is_file()

    @property
    def new(self) -> Path:
        """Where a copy of the hub's file is put while it comes."""
        return self.path / NEW

    def kept(self) -> Kept:
        """What was kept; of what cannot be read, nothing."""
        try:
            return msgspec.json.decode(self.path.joinpath(_MODE).read_bytes(), type=Kept)
        except (OSError, msgspec.DecodeError):
            return Kept()

    def keep(self, kept: Kept) -> None:
        """Keep it, on the disk when this returns."""
        file = self.path / _MODE
        try:
            write_whole(file, msgspec.json.encode(kept))
        except OSError as error:
            raise fault_of(error, file) from error

    def begin_alone(self) -> None:
        """The replica becomes a history of its own: without its witness a hub renews its epoch.
        Nobody else decides here, and no screen listens at the hub that is away."""
        witness_file(self.path).unlink(missing_ok=True)
        try:
            with closing(connect(self.path / FILE)) as connection:
                for table in ("lease", "hub_here", "listening", "taken"):
                    connection.execute(f"delete from {table}")
                connection.commit()
        except sqlite3.Error as error:
            raise fault_of(error, self.path / FILE) from error

    def check_new(self) -> None:
        """Raises BadData where the copy that came is not whole, StorageFault where it cannot be
        served from here: of a newer hub, or there is no room. What there is stays served then."""
        try:
            with closing(connect(self.new)) as connection:
                answer = connection.execute("pragma quick_check(1)").fetchone()
            if answer != ("ok",):
                raise BadData("standby.bad_copy", str(answer))
            SqliteStore.open(self.new).close()
            with closing(connect(self.new)) as connection:
                connection.execute("pragma journal_mode = delete").fetchone()
        except sqlite3.Error as error:
            raise fault_of(error, self.new) from error

    def take_new(self, *, branch: str | None) -> None:
        """Put the copy in the replica's place. What was there is kept as a branch under the name of
        its epoch where it was one."""
        old = self.path / FILE
        try:
            if branch is not None and old.is_file():
                shutil.move(old, self.path / f"alone-{branch}.sqlite")
            for name in (f"{FILE}-wal", f"{FILE}-shm"):
                self._gone(name)
            witness_file(self.path).unlink(missing_ok=True)
            os.replace(self.new, old)
            sync(self.path)
            self._forget_branches()
        except OSError as error:
            raise fault_of(error, old) from error

    def _forget_branches(self) -> None:
        found = sorted(self.path.glob("alone-*.sqlite"), key=lambda file: file.stat().st_mtime)
        for file in found[:-_BRANCHES]:
            file.unlink()

    def refuse(self, refused: Refused) -> None:
        """Keep what the hub did not take."""
        file = self.path / _REFUSED
        try:
            with file.open("a+b") as lines:
                # What a power cut tore off must not take this one with it.
                end = lines.tell()
                lines.seek(max(0, end - 1))
                torn = lines.read(1) not in (b"", b"\n")
                lines.write((b"\n" if torn else b"") + msgspec.json.encode(refused) + b"\n")
                lines.flush()
                os.fsync(lines.fileno())
        except OSError as error:
            raise fault_of(error, file) from error

    def refused(self) -> list[Refused]:
        """All that hubs did not take and nobody has put away, oldest first. What cannot be read is
        logged and left out: it must never decide whether the standby runs."""
        file = self.path / _REFUSED
        try:
            lines = file.read_bytes().splitlines() if file.is_file() else []
        except OSError as error:
            log.error("%s cannot be read: %s", file.name, error)
            return []
        found = []
        for number, line in enumerate(lines, 1):
            try:
                found.append(msgspec.json.decode(line, type=Refused))
            except msgspec.DecodeError as error:
                log.error("%s, line %d cannot be read: %s", file.name, number, error)
        return found
