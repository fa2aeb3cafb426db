"""The control socket: how tests, demo, pictures and bench drive a real process.

Off unless a program is started with `--control SOCKET`. JSON lines over a unix socket: one
`{"do": name, …}` in, one `{"ok": true, …}` or `{"ok": false, "error": …}` out, in order. Each
connection is served by itself: one that waits holds up no other.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from smartward.clock import SystemClock
from smartward.errors import Misconfigured, SmartWardError

log = logging.getLogger("smartward.control")

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

_LOOK_AGAIN_S = 0.05
"""Not every state tells of its change: who waits for one looks this often."""

_LONGEST_LINE = 1 << 24


class ControlServer:
    """Serves `handlers` on a unix socket; `changed()` wakes those who wait for a state."""

    def __init__(self, path: Path, clock: SystemClock, state: Callable[[], dict[str, Any]]) -> None:
        self._path = path
        self._state = state
        self._clock = clock
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._handlers: dict[str, Handler] = {
            "clock.advance": self._advance,
            "clock.set": self._set,
            "state": self._show,
            "wait": self._wait,
        }

    def handle(self, name: str, handler: Handler) -> None:
        """Answer `name` by `handler`."""
        self._handlers[name] = handler

    def changed(self) -> None:
        """Tell that a state may have changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Listen; only this user may connect. Raises Misconfigured when that cannot be."""
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, self._path, limit=_LONGEST_LINE
            )
        except OSError as error:
            raise Misconfigured("control.socket", str(error), path=str(self._path)) from error
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(await self._answer(line))
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.CancelledError):
            return  # hung up, a line too long, or the program ends
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> bytes:
        """The line to send back. Whatever goes wrong is told, and nothing ends the connection."""
        try:
            answer = await self._do(json.loads(line))
            return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
        except (ValueError, KeyError, TypeError, OSError, SmartWardError) as error:
            told = f"{type(error).__name__}: {error}"
        except Exception as error:
            log.exception("a control command failed")
            told = f"{type(error).__name__}: {error}"
        return json.dumps({"ok": False, "error": told}).encode() + b"\n"

    async def _do(self, request: object) -> dict[str, Any]:
        if not isinstance(request, dict):
            raise TypeError("a command is a JSON object with a `do`")
        handler = self._handlers.get(str(request.get("do")))
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            raise ValueError(f"no such command: {request.get('do')}; there are: {known}")
        return {"ok": True, **(await handler(request))}

    async def _advance(self, request: dict[str, Any]) -> dict[str, Any]:
        self._clock.advance(float(request["seconds"]))
        self.changed()
        return {"now": self._clock.now().isoformat()}

    async def _set(self, request: dict[str, Any]) -> dict[str, Any]:
        self._clock.set(datetime.fromisoformat(request["now"]))
        self.changed()
        return {"now": self._clock.now().isoformat()}

    async def _show(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"state": self._state()}

    async def _wait(self, request: dict[str, Any]) -> dict[str, Any]:
        """Wait until a state has `value` (or, without `value`, is there and not null).

        `state` is its name; within a state that is a dictionary, `outer.inner`.
        """
        name, within = str(request["state"]), float(request.get("within_s", 10))
        end = self._clock.monotonic() + within
        while True:
            changed = self._changed
            state = self._state()
            there, value = _look_up(state, name)
            if _met(there, value, request):
                return {"value": value}
            if (left := end - self._clock.monotonic()) <= 0:
                raise TimeoutError(_missed(state, name, there, value, within))
            try:
                async with asyncio.timeout(min(left, _LOOK_AGAIN_S)):
                    await changed.wait()
            except TimeoutError:
                continue


def _look_up(state: dict[str, Any], name: str) -> tuple[bool, Any]:
    """Whether there is such a state, and its value. A name with dots is tried as it is first."""
    if name in state:
        return True, state[name]
    outer, dot, rest = name.partition(".")
    inner = state.get(outer)
    return _look_up(inner, rest) if dot and isinstance(inner, dict) else (False, None)


def _met(there: bool, value: Any, request: dict[str, Any]) -> bool:
    if "value" in request:
        return there and bool(value == request["value"])
    return value is not None


def _missed(state: dict[str, Any], name: str, there: bool, value: Any, within: float) -> str:
    if there:
        return f"{name} is {value!r} after {within:g} s"
    return f"no state {name} after {within:g} s; there are: {', '.join(sorted(state))}"
