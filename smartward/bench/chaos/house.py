"""The programs of one round: a hub, screens in processes of their own, and the network between."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from smartward.bench.chaos import ward
from smartward.bench.chaos.judge import ClockSet, Outage
from smartward.bench.chaos.kiosk import Enrolled
from smartward.bench.chaos.proxy import Network
from smartward.bench.chaos.screens import Crowd
from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.errors import Unreachable
from smartward.harness.program import Program
from smartward.hub.witness import restored

GROUPS = 3
"""In how many processes the beds live."""
HUB, STATIONS = "hub", "stations"
"""Whose faults every bed has. All stations live in one process, behind one line."""


@dataclass(frozen=True)
class Size:
    """How large a round is."""

    beds: int = 60
    stations: int = 1
    calls: int = 1000
    spread_s: float = 20.0
    """Seconds over which the calls are spread, as far as the machine is fast enough."""


class House:
    """Everything of one round in one folder. A context: at its end nothing runs any more."""

    def __init__(self, folder: Path, size: Size, seed: int) -> None:
        self.folder = folder
        self._clock = SystemClock()
        self.devices = ward.enrolled(size.beds, size.stations, size.calls)
        self.outages: list[Outage] = []
        self.counted_before: dict[str, set[str]] = {}
        """Calls by the actions that changed them, in histories that are no more."""
        self.hub_clock = [ClockSet(self._clock.now(), 0.0)]
        self.trace: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)
        ward.furnish(folder / "hub", size.beds, self.devices)
        self.hub = self._start_hub(0)
        self._port = int(self.hub.ready["url"].rsplit(":", 1)[1].strip("/"))
        self.network = Network(self._port, self._note_request)
        self.screens: dict[str, Program] = {}
        self._members: dict[str, frozenset[str]] = {}
        """The devices of each group, by their folders."""
        self._seed = seed
        pace = size.spread_s * size.beds / max(size.calls, 1)
        try:
            for name, devices in self._groups().items():
                self._add(name, devices, pace)
        except BaseException:
            self.close()
            raise

    def _groups(self) -> dict[str, list[Enrolled]]:
        beds = [one for one in self.devices if one.role is ScreenRole.BEDSIDE]
        stations = [one for one in self.devices if one.role is ScreenRole.STATION]
        return {STATIONS: stations} | {f"beds-{n}": beds[n::GROUPS] for n in range(GROUPS)}

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all; the hub last, so that nothing is cut short."""
        for program in self.screens.values():
            program.stop()
        self.network.close()
        self.hub.stop()

    # ------------------------------------------------------------------------------ programs

    def _start_hub(self, port: int) -> Program:
        settings = {**ward.SETTINGS, "port": str(port)}
        arguments = ["hub", "--data-dir", str(self.folder / "hub")]
        for key, value in settings.items():
            arguments += ["--set", f"{key}={value}"]
        return Program("hub", arguments, self.folder, {})

    def kill_hub(self) -> None:
        """`kill -9`."""
        self.hub.kill()

    def start_hub(self) -> None:
        """At its old address, with its old data, its clock right. Raises Misconfigured."""
        self.hub_clock.append(ClockSet(self._clock.now(), 0.0))
        self.hub = self._start_hub(self._port)

    def start_screens(self, name: str) -> None:
        """Start a group's process, with what its screens had kept."""
        arguments = ["bench", "chaos-screens", str(self.folder / f"{name}.json")]
        self.screens[name] = Program(name, arguments, self.folder, {})

    def _add(self, name: str, devices: list[Enrolled], pace_s: float) -> None:
        self._members[name] = frozenset(one.folder for one in devices)
        url = self.network.add(name)
        crowd = Crowd(url, str(self.folder), self._seed, pace_s, tuple(devices))
        (self.folder / f"{name}.json").write_bytes(msgspec.json.encode(crowd))
        self.start_screens(name)

    def add_twin(self, whom: int) -> None:
        """One more machine, with the identity of a bed's screen."""
        beds = [one for one in self.devices if one.calls and not one.state]
        twin = replace(beds[whom % len(beds)], calls=0, state=f"twin-{len(self.devices)}")
        self.devices.append(twin)
        self._add(twin.state, [twin], 0.0)

    def set_hub_clock(self, seconds: float) -> None:
        """Step the hub's wall clock."""
        ahead = self.hub_clock[-1].ahead_s + seconds
        self.hub.ask("clock.advance", seconds=seconds)
        self.hub_clock.append(ClockSet(self._clock.now(), ahead))

    def states(self) -> list[dict[str, Any]]:
        """What the groups say of themselves; one that cannot be asked says nothing."""
        found = []
        for program in self.screens.values():
            try:
                found.append(program.state())
            except (Unreachable, OSError):
                found.append({"placed": 0, "at_rest": False, "unsent": 1, "all_live": False})
        return found

    # ---------------------------------------------------------------------------- the hub's file

    @property
    def file(self) -> Path:
        """The hub's file."""
        return self.folder / "hub" / "hub.sqlite"

    @property
    def first_backup(self) -> Path:
        """The oldest backup that was made of it."""
        return self.folder / "backup-0.sqlite"

    def back_up(self) -> Path:
        """A backup, as the operators' page says to make one. The first is kept, and the newest."""
        backup = self.first_backup
        if backup.exists():
            backup = self.folder / "backup.sqlite"
            backup.unlink(missing_ok=True)
        db = sqlite3.connect(self.file)
        try:
            db.execute("vacuum into ?", (str(backup),))
        finally:
            db.close()
        return backup

    def remember_history(self) -> None:
        """The hub's file is about to be thrown away: know which call each press was counted in."""
        db = sqlite3.connect(self.file)
        try:
            for action, call in db.execute(
                "select distinct action, id from history"
                " where kind = 'nurse_call' and action is not null"
            ):
                self.counted_before.setdefault(action, set()).add(call)
        finally:
            db.close()

    def restore(self, backup: Path) -> None:
        """Put a backup in the place of the file of a hub that does not run."""
        for end in ("-wal", "-shm"):
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)
        shutil.copyfile(backup, self.file)
        restored(self.folder / "hub")

    # ------------------------------------------------------------------------------- what befell

    def note(self, fault: str, **more: Any) -> None:
        """One line of the trace."""
        line = {"at": round(self._clock.monotonic(), 3), "fault": fault, **more}
        self.trace.append(line)
        with (self.folder / "trace.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _note_request(self, fault: str, line: str, method: str, path: str) -> None:
        self.note(fault, group=line, method=method, path=path)

    @contextlib.contextmanager
    def broken(self, fault: str, group: str) -> Iterator[None]:
        """While this is held something of `group` is broken. The hub's and the stations' faults are
        everybody's: no call is drawn without them. Those of beds are these beds' alone."""
        began = self._clock.monotonic()
        try:
            yield
        finally:
            of = None if group in (HUB, STATIONS) else self._members[group]
            self.outages.append(Outage(fault, began, self._clock.monotonic(), of))
