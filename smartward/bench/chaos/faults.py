"""Each fault, done to a running house and mended again."""

import os
import threading
from collections.abc import Callable
from random import Random

from smartward.bench.chaos import disks
from smartward.bench.chaos.house import House
from smartward.bench.chaos.plan import Event
from smartward.bench.chaos.proxy import LINES
from smartward.clock import SystemClock
from smartward.errors import Misconfigured

HOUR_S = 3600.0
_NEVER = threading.Event()


def pause(seconds: float) -> None:
    """Wait; nothing wakes it."""
    _NEVER.wait(seconds)


class Faults:
    """Does what the plan says, one after the other."""

    def __init__(self, house: House, random: Random) -> None:
        self._house = house
        self._random = random
        self._clock = SystemClock()
        self._ahead: dict[str, float] = {}
        self.refused_starts = 0
        """How often a hub did not start on a file with a broken page, and said so."""
        self._do: dict[str, Callable[[Event], None]] = {
            "hub_killed": self._hub_killed,
            "screens_killed": lambda event: self._killed(self._beds(event), event),
            "stations_killed": lambda event: self._killed("stations", event),
            "hub_clock": self._hub_clock,
            "screens_clock": self._screens_clock,
            "second_device": lambda event: self._house.add_twin(event.whom),
            "backup_restored": self._backup_restored,
            "page_corrupt": self._page_corrupt,
            **dict.fromkeys(disks.FAILING, self._disk),
            **dict.fromkeys(LINES, self._line),
        }

    def befall(self, event: Event) -> None:
        """Do one fault, and mend it. Raises SmartWardError where a program does not come back."""
        began = self._clock.monotonic()
        self._house.note(event.fault, whom=event.whom, seconds=round(event.seconds, 2))
        self._do[event.fault](event)
        if event.fault not in ("hub_clock", "screens_clock", "second_device"):
            self._house.out(event.fault, began)
        self._house.note(f"{event.fault} is over")

    def _beds(self, event: Event) -> str:
        groups = sorted(name for name in self._house.screens if name.startswith("beds"))
        return groups[event.whom % len(groups)]

    def _anybody(self, event: Event) -> str:
        groups = sorted(self._house.screens)
        return groups[event.whom % len(groups)]

    # ------------------------------------------------------------------------------- programs

    def _hub_killed(self, event: Event) -> None:
        self._house.kill_hub()
        pause(event.seconds)
        self._house.start_hub()

    def _killed(self, group: str, event: Event) -> None:
        self._house.screens[group].kill()
        self._ahead.pop(group, None)
        pause(event.seconds / 2)
        self._house.start_screens(group)

    def _hub_clock(self, event: Event) -> None:
        self._house.set_hub_clock(self._step(self._house.hub_clock[-1].ahead_s, event))

    def _screens_clock(self, event: Event) -> None:
        group = self._anybody(event)
        step = self._step(self._ahead.get(group, 0.0), event)
        self._house.screens[group].ask("clock.advance", seconds=step)
        self._ahead[group] = self._ahead.get(group, 0.0) + step

    @staticmethod
    def _step(ahead: float, event: Event) -> float:
        """An hour forth or back; a clock that is wrong is set right."""
        return -ahead if ahead else (HOUR_S if event.whom % 2 else -HOUR_S)

    # --------------------------------------------------------------------------- network, disks

    def _line(self, event: Event) -> None:
        group = self._anybody(event)
        self._house.network.cut(group, event.fault)
        pause(event.seconds * 2)
        self._house.network.cut(group, "")

    def _disk(self, event: Event) -> None:
        """The hub's disk twice as often as a screen's."""
        group = self._anybody(event)
        program = self._house.hub if event.whom % 3 else self._house.screens[group]
        with disks.failing(program.process.pid, event.fault):
            pause(event.seconds)

    def _backup_restored(self, event: Event) -> None:
        backup = self._house.back_up()
        pause(event.seconds * 2)
        self._house.kill_hub()
        self._house.restore(backup)
        self._house.start_hub()

    def _page_corrupt(self, event: Event) -> None:
        """One page of the file is overwritten; its keeper has a backup. A hub that does not notice
        at its start has a second to run on it, then it is noticed and restored."""
        backup = self._house.back_up()
        self._house.kill_hub()
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
