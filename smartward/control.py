"""The control socket: how tests, demo, pictures and bench drive a real process.

Off unless a program is started with `--control SOCKET`. JSON lines over a unix socket: one
`{"do": name, …}` in, one `{"ok": true, …}` or `{"ok": false, "error": …}` out, in order.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from smartward.clock import SystemClock
from smartward.errors import SmartWardError

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


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
        """Listen. The socket is readable by this user only."""
        mask = os.umask(0o077)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=1 << 24)
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
                answer = await self._answer(line)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            handler = self._handlers.get(request.get("do"))
            if handler is None:
                return {"ok": False, "error": f"no such command: {request.get('do')}"}
            return {"ok": True, **(await handler(request))}
        except (ValueError, KeyError, TypeError, OSError, TimeoutError, SmartWardError) as error:
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

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
        """Wait until `state` has `value` (or, without `value`, is there and not null)."""
        name, within = request["state"], float(request.get("within_s", 10))
        end = self._clock.monotonic() + within
        while True:
            changed = self._changed
            state = self._state()
            if self._met(state, name, request):
                return {"value": state[name]}
            left = end - self._clock.monotonic()
            if left <= 0:
                return {"ok": False, "error": f"{name} is {state.get(name)!r} after {within} s"}
            try:
                # Not every state tells of its change: look again now and then.
                await asyncio.wait_for(changed.wait(), timeout=min(left, 0.05))
            except TimeoutError:
                continue

    @staticmethod
    def _met(state: dict[str, Any], name: str, request: dict[str, Any]) -> bool:
        if "value" in request:
            return name in state and state[name] == request["value"]
        return state.get(name) is not None
