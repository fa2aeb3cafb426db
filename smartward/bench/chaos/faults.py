"""Each fault, done to a running house and mended again."""

import os
import threading
from collections.abc import Callable
from random import Random

from smartward.bench.chaos import disks
from smartward.bench.chaos.house import HUB, STATIONS, House
from smartward.bench.chaos.plan import Event
from smartward.bench.chaos.proxy import LINES, SLOW_LINES
from smartward.errors import Misconfigured

HOUR_S = 3600.0
_NEVER = threading.Event()
_Whom = Callable[[Event], str]
"""The group of programs that an event hits."""


def pause(seconds: float) -> None:
    """Wait; nothing wakes it."""
    _NEVER.wait(seconds)


def _the_hub(event: Event) -> str:
    return HUB


def _the_stations(event: Event) -> str:
    return STATIONS


def _nobody(event: Event) -> str:
    return ""


class Faults:
    """Does what the plan says, one after the other."""

    def __init__(self, house: House, random: Random) -> None:
        self._house = house
        self._random = random
        self._ahead: dict[str, float] = {}
        self._restored = 0
        self.refused_starts = 0
        """How often a hub did not start on a file with a broken page, and said so."""
        self._do: dict[str, tuple[_Whom, Callable[[Event, str], None]]] = {
            "hub_killed": (_the_hub, self._hub_killed),
            "screens_killed": (self._beds, self._killed),
            "stations_killed": (_the_stations, self._killed),
            "hub_clock": (_the_hub, self._hub_clock),
            "screens_clock": (self._anybody, self._screens_clock),
            "second_device": (_nobody, self._second_device),
            "backup_restored": (_the_hub, self._backup_restored),
            "page_corrupt": (_the_hub, self._page_corrupt),
            **dict.fromkeys(disks.FAILING, (self._a_disk, self._disk)),
            **dict.fromkeys(LINES, (self._anybody, self._line)),
            **dict.fromkeys(SLOW_LINES, (self._anybody, self._slow_line)),
        }

    def befall(self, event: Event) -> bool:
        """Do one fault, and mend it; whether it befell. Raises SmartWardError where a program does
        not come back."""
        whom, do = self._do[event.fault]
        group = whom(event)
        self._house.note(event.fault, group=group, seconds=round(event.seconds, 2))
        try:
            do(event, group)
        except disks.NotBefallen as error:
            self._house.note(f"{event.fault} did not befall", why=str(error))
            return False
        self._house.note(f"{event.fault} is over")
        return True

    def _beds(self, event: Event) -> str:
        groups = sorted(name for name in self._house.screens if name.startswith("beds"))
        return groups[event.whom % len(groups)]

    def _anybody(self, event: Event) -> str:
        groups = sorted(self._house.screens)
        return groups[event.whom % len(groups)]

    def _a_disk(self, event: Event) -> str:
        """The hub's twice as often as a screen's."""
        return HUB if event.whom % 3 else self._anybody(event)

    # ------------------------------------------------------------------------------- programs

    def _hub_killed(self, event: Event, group: str) -> None:
        with self._house.broken(event.fault, group):
            self._house.kill_hub()
            pause(event.seconds)
            self._house.start_hub()

    def _killed(self, event: Event, group: str) -> None:
        with self._house.broken(event.fault, group):
            self._house.screens[group].kill()
            self._ahead.pop(group, None)
            pause(event.seconds / 2)
            self._house.start_screens(group)

    def _second_device(self, event: Event, group: str) -> None:
        self._house.add_twin(event.whom)

    def _hub_clock(self, event: Event, group: str) -> None:
        self._house.set_hub_clock(self._step(self._house.hub_clock[-1].ahead_s, event))

    def _screens_clock(self, event: Event, group: str) -> None:
        step = self._step(self._ahead.get(group, 0.0), event)
        self._house.screens[group].ask("clock.advance", seconds=step)
        self._ahead[group] = self._ahead.get(group, 0.0) + step

    @staticmethod
    def _step(ahead: float, event: Event) -> float:
        """An hour forth or back; a clock that is wrong is set right."""
        return -ahead if ahead else (HOUR_S if event.whom % 2 else -HOUR_S)

    # --------------------------------------------------------------------------- network, disks

    def _line(self, event: Event, group: str) -> None:
        with self._house.broken(event.fault, group):
            self._house.network.cut(group, event.fault)
            pause(event.seconds * 2)
            self._house.network.cut(group, "")

    def _slow_line(self, event: Event, group: str) -> None:
        """No outage: a call is in time on it."""
        self._house.network.cut(group, event.fault)
        pause(event.seconds * 4)
        self._house.network.cut(group, "")

    def _disk(self, event: Event, group: str) -> None:
        program = self._house.hub if group == HUB else self._house.screens[group]
        with (
            disks.failing(program.process.pid, event.fault),
            self._house.broken(event.fault, group),
        ):
            pause(event.seconds)

    def _backup_restored(self, event: Event, group: str) -> None:
        """What was written since is away: seconds, or every second time all since the round's
        first backup."""
        backup = self._house.back_up()
        pause(event.seconds * 2)
        self._restored += 1
        with self._house.broken(event.fault, group):
            self._house.kill_hub()
            self._house.remember_history()
            self._house.restore(backup if self._restored % 2 else self._house.first_backup)
            self._house.start_hub()

    def _page_corrupt(self, event: Event, group: str) -> None:
        """One page of the file is overwritten; its keeper has a backup. A hub that does not notice
        at its start has a second to run on it, then it is noticed and restored."""
        backup = self._house.back_up()
        with self._house.broken(event.fault, group):
            self._house.kill_hub()
            self._house.remember_history()
            spoil_page(self._house.file, event.whom, self._random)
            try:
                self._house.start_hub()
            except Misconfigured:
                self.refused_starts += 1
            else:
                pause(1.0)
                self._house.kill_hub()
            self._house.restore(backup)
            self._house.start_hub()

    def calm(self) -> None:
        """Everything is right again: clocks, lines."""
        self._house.network.heal()
        if self._house.hub_clock[-1].ahead_s:
            self._house.set_hub_clock(-self._house.hub_clock[-1].ahead_s)
        for group, ahead in self._ahead.items():
            if ahead:
                self._house.screens[group].ask("clock.advance", seconds=-ahead)
        self._ahead.clear()


def spoil_page(file: os.PathLike[str], whom: int, random: Random) -> None:
    """Overwrite one page of a file of SQLite, chosen by a number, with noise."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        header = os.pread(descriptor, 100, 0)
        size = int.from_bytes(header[16:18], "big")
        size = 65536 if size == 1 else size
        pages = max(os.fstat(descriptor).st_size // size, 1)
        os.pwrite(descriptor, random.randbytes(size), whom % pages * size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
