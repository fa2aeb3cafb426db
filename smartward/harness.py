"""Drives real programs the same way for tests, demo, pictures and bench.

Each program prints one JSON `ready` line and, started with `--control SOCKET`, takes commands.
"""

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from smartward.clock import ClockSpec, SystemClock
from smartward.errors import Misconfigured, Unreachable

READY_WITHIN_S = 60.0

_REAL = SystemClock()
_LOOKS = 50
_LOOK_EACH_S = 0.1
_AT_REST = 4
"""Equal looks: a row that has just moved under a finger takes no touch for a while."""


class Control:
    """One connection to a program's control or admin socket."""

    def __init__(self, path: Path, within_s: float = 60.0) -> None:
        self._within_s = within_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(within_s)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise Unreachable("control.unreachable", str(error)) from error
        self._lines = self._socket.makefile("rb")

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Send one command and give its answer; one that waits `within_s` has so much longer.

        Raises Unreachable when it is not `ok`; without any answer this connection is of no more
        use, since a late one would be taken for the next.
        """
        try:
            self._socket.settimeout(self._within_s + float(arguments.get("within_s", 0)))
            self._socket.sendall(json.dumps({"do": do, **arguments}).encode() + b"\n")
            line = self._lines.readline()
        except OSError as error:
            raise Unreachable("control.unreachable", f"{do}: {error}") from error
        if not line:
            raise Unreachable("control.unreachable", f"{do}: hung up")
        answer: dict[str, Any] = json.loads(line)
        if not answer.get("ok"):
            raise Unreachable("control.refused", f"{do}: {answer.get('error')}")
        return answer

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()


class Program:
    """One running program of ours."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        through: Sequence[str] = (),
    ) -> None:
        """Start `python -m smartward ARGUMENTS` and wait for its ready line. `through`: the command
        that runs it elsewhere.

        Raises Misconfigured with the end of its log when it ends instead, or says nothing.
        """
        self.name = name
        self.log = folder / f"{name}.log"
        self._control_path = folder / f"{name}.sock"
        self._control: Control | None = None
        command = [
            *through,
            sys.executable,
            "-m",
            "smartward",
            *arguments,
            "--control",
            str(self._control_path),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        try:
            self.ready = self._await_ready()
        except BaseException:  # Ctrl-C included: it is in a session of its own and would go on
            self.kill()
            raise

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        with stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put(b"")

    def _await_ready(self) -> dict[str, Any]:
        end = _REAL.monotonic() + READY_WITHIN_S
        while True:
            try:
                line = self._lines.get(timeout=max(end - _REAL.monotonic(), 0.01))
            except queue.Empty:
                line = b""
            if not line:
                self.kill()  # what it still says is in its log then
                tail = self.log.read_text(errors="replace")[-3000:]
                raise Misconfigured("harness.not_ready", f"{self.name}\n{tail}")
            with contextlib.suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict) and "ready" in found:
                    return found

    @property
    def control(self) -> Control:
        """Its control socket."""
        if self._control is None:
            self._control = Control(self._control_path)
        return self._control

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One control command."""
        try:
            return self.control.ask(do, **arguments)
        except Unreachable as error:
            if error.key == "control.unreachable":
                self._hang_up()
            raise

    def wait(self, state: str, value: Any, within_s: float = 20.0) -> Any:
        """Wait until its named state has `value`."""
        return self.ask("wait", state=state, value=value, within_s=within_s)["value"]

    def settle(self, name: str) -> None:
        """Wait until an item is there and has come to rest, as a person would before a touch."""
        before: object = None
        same = 0
        for _ in range(_LOOKS):
            with contextlib.suppress(Unreachable):
                now = self.ask("find", objectName=name)
                same = same + 1 if now["visible"] and now == before else 0
                if same == _AT_REST:
                    return
                before = now
            threading.Event().wait(_LOOK_EACH_S)

    def touch(self, name: str, hold_ms: int | None = None) -> None:
        """Tap an item once it has come to rest, or hold it."""
        self.settle(name)
        held = {} if hold_ms is None else {"hold_ms": hold_ms}
        self.ask("tap", objectName=name, **held)

    def badge(self, code: str) -> None:
        """Hold a badge to its reader, and wait until somebody is signed in."""
        self.ask("badge", code=code)
        self.wait("locked", False)

    def state(self) -> dict[str, Any]:
        """All its named states."""
        found: dict[str, Any] = self.ask("state")["state"]
        return found

    def ended_within(self, seconds: float) -> bool:
        """Whether the process ends by itself within that time."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _hang_up(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None

    def kill(self) -> None:
        """`kill -9`, and all it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reading.join()
        self._hang_up()

    def stop(self, within_s: float = 10.0) -> None:
        """Ask it to end; kill it when it does not."""
        self._hang_up()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=within_s)
            except subprocess.TimeoutExpired:
                self.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._reading.join()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process.poll() is None


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
