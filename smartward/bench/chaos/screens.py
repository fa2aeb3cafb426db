"""Many screens in one process: `smartward bench chaos-screens FILE --control SOCKET`.

FILE is a `Crowd`. The process prints its ready line, lives until it is killed, and takes the
common control commands; its states tell how far its beds are.
"""

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path
from random import Random

import msgspec
import uvloop

from smartward import log as logs
from smartward.bench.chaos.kiosk import Enrolled, Kiosk
from smartward.bench.chaos.people import Bed, Station, Twin
from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.control import ControlServer
from smartward.tasks import Tasks


class Crowd(msgspec.Struct, frozen=True):
    """The screens of one process."""

    url: str
    folder: str
    seed: int
    pace_s: float
    """Mean seconds that a bed rests between two calls."""
    devices: tuple[Enrolled, ...]


class Screens:
    """All screens of one process on one loop."""

    def __init__(self, crowd: Crowd, control: Path) -> None:
        self.clock = SystemClock()
        self._tasks = Tasks()
        self._random = Random(crowd.seed)
        self._kiosks = [
            Kiosk(device, crowd.url, Path(crowd.folder), self.clock) for device in crowd.devices
        ]
        self.beds = [
            Bed(kiosk, self._random, crowd.pace_s, self._some_call)
            for kiosk in self._kiosks
            if kiosk.device.role is ScreenRole.BEDSIDE and not kiosk.device.state
        ]
        self._twins = [Twin(kiosk) for kiosk in self._kiosks if kiosk.device.state]
        self._stations = [
            Station(kiosk, self._random)
            for kiosk in self._kiosks
            if kiosk.device.role is ScreenRole.STATION
        ]
        self._control = ControlServer(control, self.clock, self.state)

    def _some_call(self, but: Bed) -> str | None:
        """The call of any other bed, for who tries what only its own bed may."""
        others = [bed for bed in self.beds if bed is not but]
        call = self._random.choice(others).open_call() if others else None
        return None if call is None else call.id

    def state(self) -> dict[str, object]:
        """Named states for the control socket."""
        return {
            "placed": sum(bed.placed for bed in self.beds),
            "at_rest": all(bed.at_rest for bed in self.beds)
            and all(twin.at_rest for twin in self._twins),
            "unsent": sum(kiosk.outbox.waiting for kiosk in self._kiosks),
            "all_live": all(one.link.live for one in self._kiosks if not one.device.state),
            "failures": self._tasks.failures,
        }

    async def run(self) -> None:
        """Until SIGTERM."""
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        await self._control.start()
        for kiosk in self._kiosks:
            kiosk.start(self._tasks)
        for station in self._stations:
            station.start(self._tasks)
        for bed in self.beds:
            self._tasks.spawn(bed.live(), f"bed {bed.kiosk.device.id}")
        for twin in self._twins:
            self._tasks.spawn(twin.live(), f"twin {twin.kiosk.device.state}")
        print(json.dumps({"ready": "screens", "pid": os.getpid()}), flush=True)
        await ended.wait()
        await self._control.stop()
        await self._tasks.stop()
        for kiosk in self._kiosks:
            await kiosk.close()


async def _run(crowd: Crowd, control: Path) -> None:
    await Screens(crowd, control).run()


def main(argv: list[str]) -> int:
    """Run the screens of one file until SIGTERM."""
    parser = argparse.ArgumentParser(prog="smartward bench chaos-screens")
    parser.add_argument("crowd", type=Path, metavar="FILE")
    parser.add_argument("--control", type=Path, metavar="SOCKET", required=True)
    options = parser.parse_args(argv)
    logs.setup("screens")
    crowd = msgspec.json.decode(options.crowd.read_bytes(), type=Crowd)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(crowd, options.control))
    return 0
