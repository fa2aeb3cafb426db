"""What the harness may ask of a hub that was started with `--control`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from smartward.clock import SystemClock
from smartward.control import ControlServer
from smartward.hub.store.base import Store


def control_server(
    path: Path,
    clock: SystemClock,
    store: Store,
    ward: str,
    state: Callable[[], dict[str, Any]],
    end: Callable[[], None],
) -> ControlServer:
    """The control socket: the common commands, `documents{kind}`,
    `fault{name: storage, on}` and `quit`."""
    server = ControlServer(path, clock, state)

    async def fault(request: dict[str, Any]) -> dict[str, Any]:
        if request["name"] != "storage":
            raise ValueError("the hub's only fault is storage")
        store.failing = bool(request["on"])
        return {}

    async def documents(request: dict[str, Any]) -> dict[str, Any]:
        """All documents of one kind, whole: for the harness, never for a screen."""
        kind = str(request["kind"])
        found = await store.read(lambda tx: tx.all(ward, kind))
        return {"documents": {stored.id: msgspec.json.decode(stored.body) for stored in found}}

    async def quit_hub(request: dict[str, Any]) -> dict[str, Any]:
        end()
        return {}

    server.handle("fault", fault)
    server.handle("documents", documents)
    server.handle("quit", quit_hub)
    store.on_commit.append(lambda committed: server.changed())
    return server
