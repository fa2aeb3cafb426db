"""A house of real programs in one folder: a simulated hospital, its hub and its screens."""

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from smartward.clock import ClockSpec
from smartward.harness.program import Control, Program


class House:
    """A simulator, a hub and screens in one folder, sharing one clock."""

    def __init__(
        self,
        folder: Path,
        *,
        origin: datetime | None = None,
        rate: float = 1.0,
        display: bool = False,
    ) -> None:
        """`origin` and `rate` make the house's clock; without them it is the machine's.

        Without `display` the screens draw offscreen.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = None if origin is None else ClockSpec.starting(origin, rate)
        self.environment = {} if display else {"QT_QPA_PLATFORM": "offscreen"}
        self.his: Program | None = None
        self.hub: Program | None = None
        self.screens: dict[str, Program] = {}
        self._his_arguments: list[str] = []
        self._hub_arguments: list[str] = []
        self._screen_arguments: dict[str, list[str]] = {}
        self._screen_environment: dict[str, dict[str, str]] = {}
        self._ports: dict[str, int] = {}
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        # A closed terminal or `kill` ends this process only: the programs have sessions of their
        # own, so it leaves as by Ctrl-C and takes them along.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGHUP, signal.SIGTERM):
                self._handlers[number] = signal.signal(number, signal.default_int_handler)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _clock_arguments(self) -> list[str]:
        return [] if self.clock is None else ["--clock", str(self.clock)]

    def _start(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Program:
        return Program(
            name,
            [*arguments, *self._clock_arguments()],
            self.folder,
            {**self.environment, **(environment or {})},
        )

    def start_his(self, *arguments: str) -> Program:
        """Start the simulated hospital system."""
        self._his_arguments = ["his", "sim", *arguments]
        self.his = self._start("his", [*self._his_arguments, "--port", "0"])
        self._ports["his"] = int(self.his.ready["url"].rsplit(":", 1)[1].strip("/").split("/")[0])
        return self.his

    def restart_his(self) -> Program:
        """Start the hospital system again at its old address."""
        self.his = self._start("his", [*self._his_arguments, "--port", str(self._ports["his"])])
        return self.his

    def start_hub(self, **settings: str) -> Program:
        """Start the hub; it polls the simulator when that runs."""
        if self.his is not None:
            settings = {
                "his_url": self.his.ready["url"],
                "his_ward": self.his.ready["ward"],
                **settings,
            }
        self._hub_arguments = ["hub", "--data-dir", str(self.folder / "hub")]
        for key, value in settings.items():
            self._hub_arguments += ["--set", f"{key}={value}"]
        self.hub = self._start("hub", [*self._hub_arguments, "--set", "port=0"])
        self._ports["hub"] = int(self.hub.ready["url"].rsplit(":", 1)[1].strip("/"))
        return self.hub

    def restart_hub(self) -> Program:
        """Start the hub again at its old address with its old data."""
        port = f"port={self._ports['hub']}"
        self.hub = self._start("hub", [*self._hub_arguments, "--set", port])
        return self.hub

    def admin(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One command on the hub's admin socket. Raises Unreachable when it is refused."""
        assert self.hub is not None
        admin = Control(Path(self.hub.ready["admin"]))
        try:
            return admin.ask(do, **arguments)
        finally:
            admin.close()

    def set_pin(self, person: str, pin: str) -> None:
        """Give somebody of the roster, by id or name, a PIN."""
        self.admin("give_pin", person=person, pin=pin)

    def badge(self, person: str, code: str) -> None:
        """Give somebody of the roster, by id or name, one more badge."""
        self.admin("give_badge", person=person, code=code)

    def call_point(
        self, id: str, kind: str, bed: str = "", *, room: str = "", heartbeat_s: float | None = None
    ) -> None:
        """Make a call point of the one gateway known: at a bed, or for a room's first bed."""
        self.admin(
            "call_point.add",
            id=id,
            kind=kind,
            bed=bed or None,
            room=room or None,
            heartbeat_s=heartbeat_s,
            label=id,
        )

    def enrol(self, role: str, place: str = "", label: str = "", *, second: bool = False) -> Path:
        """Enrol a device for `role` at bed or room `place`, or a `second` one there; gives its
        token's file."""
        label = label or f"{role} {place}".strip()
        answer = self.admin("enrol", role=role, place=place or None, label=label, second=second)
        token = self.folder / f"{answer['device_id']}.token"
        token.touch(mode=0o600)
        token.write_text(answer["token"])
        return token

    def start_screen(
        self,
        name: str,
        role: str,
        place: str = "",
        *arguments: str,
        environment: Mapping[str, str] | None = None,
    ) -> Program:
        """Enrol and start a screen called `name`."""
        self._screen_environment[name] = dict(environment or {})
        assert self.hub is not None
        token = self.enrol(role, place)
        # A screen may know several hubs: one that is told of another is not to find this one too.
        hub = [] if "--hub" in arguments else ["--hub", self.hub.ready["url"]]
        self._screen_arguments[name] = [
            "screen",
            role,
            *hub,
            "--token-file",
            str(token),
            "--state-dir",
            str(self.folder / name),
            *arguments,
        ]
        return self.restart_screen(name)

    def screen_arguments(self, name: str) -> list[str]:
        """With what the screen called `name` is started."""
        return list(self._screen_arguments[name])

    def device_id(self, name: str) -> str:
        """Under which id the hub knows the screen called `name`."""
        arguments = self._screen_arguments[name]
        return Path(arguments[arguments.index("--token-file") + 1]).stem

    def restart_screen(self, name: str, *arguments: str) -> Program:
        """Start a screen again with its old state."""
        self.screens[name] = self._start(
            name, [*self._screen_arguments[name], *arguments], self._screen_environment[name]
        )
        return self.screens[name]

    def person(self, role: str, nth: int = 0) -> dict[str, Any]:
        """The `nth` of the roster's people in a role. Raises ValueError when there is none."""
        members = self.documents("roster")["roster"]["members"]
        found: list[dict[str, Any]] = [one for one in members if one["role"] == role]
        if nth >= len(found):
            raise ValueError(f"the roster has no {role} number {nth}")
        return found[nth]

    def documents(self, kind: str) -> dict[str, dict[str, Any]]:
        """The hub's documents of one kind by id."""
        assert self.hub is not None
        found: dict[str, dict[str, Any]] = self.hub.ask("documents", kind=kind)["documents"]
        return found

    def bed(self, number: str) -> dict[str, Any]:
        """The bed of that number. Raises ValueError when the ward has none."""
        for bed in self.documents("bed").values():
            if bed["number"] == number:
                return bed
        raise ValueError(f"the ward has no bed {number}")

    def programs(self) -> Iterator[Program]:
        """All that were started and not replaced."""
        yield from self.screens.values()
        yield from (program for program in (self.hub, self.his) if program is not None)

    def advance(self, seconds: float) -> None:
        """Step the wall clock of every running program, and of those that are started later."""
        if self.clock is not None:
            origin = self.clock.origin + timedelta(seconds=seconds)
            self.clock = replace(self.clock, origin=origin)
        for program in self.programs():
            if program.running:
                program.ask("clock.advance", seconds=seconds)

    def stop(self) -> None:
        """Stop everything; all end at the same time."""
        programs = list(self.programs())
        for program in programs:
            if program.running:
                program.process.terminate()
        for program in programs:
            program.stop()
