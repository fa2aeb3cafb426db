"""One real program: started, asked over its control socket, ended.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smartward.clock import SystemClock
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
