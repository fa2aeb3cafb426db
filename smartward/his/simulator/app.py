"""The simulator as a program: `smartward his sim` or `python -m smartward.his.simulator`.

Prints one line {"ready": "his-sim", "url": ..., "ward": ...} when it listens. With `--control`
it also takes `clock.advance`, `clock.set`, `state`, `wait`, and

- `event {name, bed, ...}`: make something of `events.py` happen now, at a bed;
- `fault {name, on}`: raise or end a fault of `faults.NAMES`;
- `refuse {kind, status, words}`: refuse writes of a resource type; without a status no more;
- `quit`.
"""

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartward import log
from smartward.clock import ClockSpec, SystemClock
from smartward.control import ControlServer
from smartward.his.simulator import scenes
from smartward.his.simulator.dialects import DIALECTS
from smartward.his.simulator.events import EVENTS, happen
from smartward.his.simulator.faults import NAMES, Faults
from smartward.his.simulator.gateway import Gateway
from smartward.his.simulator.planted import STORIES, chosen
from smartward.his.simulator.rest import PREFIX, Rest
from smartward.his.simulator.subscriptions import KIND, LOOK_EVERY_S, Subscriptions
from smartward.his.simulator.world import advance
from smartward.tasks import Tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class SimSettings:
    """How the simulated hospital is started. `speed` is simulated seconds a second."""

    port: int = 0
    host: str = "127.0.0.1"
    seed: int = 7
    beds: int = 40
    speed: float = 1.0
    scene: str = "morning"
    story: str = ""
    dialect: str = "plain"
    clock: ClockSpec | None = None
    control: Path | None = None


class Simulator:
    """The world, its server and its faults, put together."""

    def __init__(self, settings: SimSettings, clock: SystemClock) -> None:
        self._clock = clock
        self._faults = Faults(clock)
        self.world = scenes.build(
            settings.scene, settings.seed, settings.beds, clock.now(), settings.story
        )
        rest = Rest(self.world, clock, self._faults, DIALECTS[settings.dialect])
        self._gateway = Gateway(rest.app, settings.port, settings.host)
        self._subscriptions = Subscriptions(self.world)
        self._tasks = Tasks()
        self._host = settings.host
        self.ended = asyncio.Event()

    @property
    def url(self) -> str:
        """Base URL of the FHIR server."""
        return f"http://{self._host}:{self._gateway.port}{PREFIX}"

    async def start(self) -> None:
        """Listen, and tell those who subscribed."""
        await self._gateway.up()
        self._tasks.keep(self._tell, "subscriptions", self._clock)

    async def _tell(self) -> None:
        while True:
            if self.world.store.all(KIND):  # else the world rests until it is asked
                advance(self.world, self._clock.now())
                await self._subscriptions.look()
            await self._clock.sleep(LOOK_EVERY_S)

    async def stop(self) -> None:
        """Hang up."""
        await self._tasks.stop()
        await self._subscriptions.close()
        await self._gateway.down()

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        advance(self.world, self._clock.now())
        return {
            "now": self.world.now.isoformat(),
            "up": "down" not in self._faults.on,
            "faults": sorted(self._faults.on),
            "patients": len(self.world.stays),
            "resources": self.world.store.counts(),
        }

    async def event(self, request: dict[str, Any]) -> dict[str, Any]:
        """`event`: something happens now."""
        advance(self.world, self._clock.now())
        arguments = {name: value for name, value in request.items() if name not in ("do", "name")}
        happen(self.world, str(request["name"]), arguments)
        return {"now": self.world.now.isoformat()}

    async def fault(self, request: dict[str, Any]) -> dict[str, Any]:
        """`fault`: something is wrong from now on, or no more."""
        name, on = str(request["name"]), bool(request["on"])
        self._faults.set(name, on)
        if name == "down":
            await (self._gateway.down() if on else self._gateway.up())
        return {"faults": sorted(self._faults.on)}

    async def refuse(self, request: dict[str, Any]) -> dict[str, Any]:
        """`refuse`: writes of a resource type are refused from now on, or no more."""
        status = request.get("status")
        words = str(request.get("words", ""))
        self._faults.refuse(str(request["kind"]), None if status is None else int(status), words)
        return {"refused": sorted(self._faults.refusals)}

    async def quit(self, request: dict[str, Any]) -> dict[str, Any]:
        """`quit`: end the program."""
        self.ended.set()
        return {}


async def serve(settings: SimSettings) -> None:
    """Run until told to end. Raises OSError when the port is taken."""
    spec = settings.clock
    if spec is None and settings.speed != 1.0:
        spec = ClockSpec.starting(SystemClock().now(), settings.speed)
    clock = SystemClock(spec)
    simulator = Simulator(settings, clock)
    await simulator.start()
    control = None
    if settings.control is not None:
        control = ControlServer(settings.control, clock, simulator.state)
        control.handle("event", simulator.event)
        control.handle("fault", simulator.fault)
        control.handle("refuse", simulator.refuse)
        control.handle("quit", simulator.quit)
        await control.start()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, simulator.ended.set)
    ready = {"ready": "his-sim", "url": simulator.url, "ward": scenes.WARD}
    print(json.dumps(ready), flush=True)
    await simulator.ended.wait()
    if control is not None:
        await control.stop()
    await simulator.stop()


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return speed


def settings_from(argv: list[str]) -> SimSettings:
    """The command line; exits with 2 and a text when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="smartward his sim",
        description="A simulated hospital ward behind a FHIR R4 server; no real person.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--seed", type=int, default=7, help="another seed is another ward")
    parser.add_argument("--beds", type=int, default=40, help="3 to 500")
    parser.add_argument("--speed", type=_speed, default=1.0, help="simulated seconds a second")
    parser.add_argument("--scene", choices=scenes.NAMES, default="morning")
    parser.add_argument(
        "--story", default="", help=f"what happens on top, with commas: all, {', '.join(STORIES)}"
    )
    parser.add_argument("--dialect", choices=DIALECTS, default="plain", help="habits of a server")
    parser.add_argument("--clock", type=ClockSpec.parse, help="ORIGIN@MONOTONICxRATE")
    does = f"socket; events: {', '.join(EVENTS)}; faults: {', '.join(NAMES)}"
    parser.add_argument("--control", type=Path, help=does)
    options = parser.parse_args(argv)
    if not 3 <= options.beds <= 500:
        parser.error(f"--beds {options.beds}: give 3 to 500")
    try:
        chosen(options.story)
    except ValueError as error:
        parser.error(f"--story: {error}")
    return SimSettings(**vars(options))


def main(argv: list[str]) -> int:
    """Run the simulator; 1 when its port is taken."""
    settings = settings_from(argv)
    log.setup("his-sim")
    try:
        asyncio.run(serve(settings))
    except OSError as error:
        why = f"cannot listen on port {settings.port}: {error.strerror}"
        print(f"smartward his sim: {why}", file=sys.stderr)
        return 1
    return 0
