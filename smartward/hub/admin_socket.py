"""The administrator's door: a unix socket in the data folder that only its owner can open.

JSON lines: one `{"do": name, …}` in, one `{"ok": true, …}` or `{"ok": false, "error": …}` out.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from smartward.clinical.call_mark import Actor
from smartward.errors import Misconfigured, SmartWardError
from smartward.hub import administrator

Command = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

COMMANDS = frozenset(
    {
        *("alert_rules.reload", "audit_exported", "devices", "enrol", "revoke", "settings"),
        *("approve", "bulk", "confirm", "move", "refuse", "trust", "waiting"),
        *("expected", "withdraw", "wipe", "write_off"),
        *("call_point.add", "call_point.list", "call_point.move", "call_point.remove"),
        *("device_check", "device_identify", "device_log", "device_night", "device_restart"),
        *("drill_list", "drill_record", "drill_start", "drill_state", "drill_stop"),
        *("fleet", "fleet_show", "give_badge", "give_pin", "list_staff", "unlock_staff"),
        *("masking_set", "masking_show", "updates", "updates_add", "updates_forget"),
        *("updates_plan", "updates_retry", "updates_stop"),
    }
)
"""All that a hub is asked: a standby, which answers few of them, tells what is to be done at its
hub from what is mistyped."""

_MOST_BYTES = 1 << 19
"""Of one command: 500 lines of a table with long labels (`expected_screens`)."""


class AdminSocket:
    """Answers the commands that modules register."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server: asyncio.Server | None = None
        self._commands: dict[str, Command] = {}
        self._at_the_hub: frozenset[str] = frozenset()
        """What is a command at the hub for which this one stands by, and none here."""

    def handle(self, name: str, command: Command) -> None:
        """Take one more command."""
        self._commands[name] = command

    def only(self, *names: str) -> None:
        """Take these commands alone, as a standby hub: what else would be told here is forgotten
        again."""
        self._commands = {name: self._commands[name] for name in names}
        self._at_the_hub = COMMANDS - self._commands.keys()

    async def start(self) -> None:
        """Listen. Raises Misconfigured when the socket cannot be made there."""
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, self.path, limit=_MOST_BYTES
            )
        except OSError as error:
            raise Misconfigured("hub.admin_socket", str(error), path=str(self.path)) from error
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        """Stop listening and remove the socket."""
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            by = await administrator.peer(writer.get_extra_info("socket"))
            while line := await reader.readline():
                answer = await self._answer(line, by)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):
            return  # hung up, a line too long, or the hub ends
        finally:
            writer.close()

    async def _answer(self, line: bytes, by: Actor) -> dict[str, Any]:
        try:
            request = json.loads(line)
            name = request.get("do")
            command = self._commands.get(name)
            if command is None and name in self._at_the_hub:
                raise Misconfigured("standby.at_the_hub")
            if command is None:
                return {"ok": False, "error": self._no_such(str(name))}
            request[administrator.BY] = by
            return {"ok": True, **(await self._do(command, request))}
        except SmartWardError as error:
            return {"ok": False, "error": str(error), "key": error.key, "values": error.values}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return {"ok": False, "error": f"not understood: {type(error).__name__}: {error}"}

    def _no_such(self, name: str) -> str:
        known = sorted({*self._commands, *self._at_the_hub})
        likely = get_close_matches(name, known, 1)
        meant = f" did you mean {likely[0]}?" if likely else ""
        return f"no such command: {name};{meant} there are: {', '.join(known)}"

    async def _do(self, command: Command, request: dict[str, Any]) -> dict[str, Any]:
        return await command(request)
