"""What the control socket can make happen."""

from collections.abc import Callable
from typing import Any

from smartward.his.simulator.world import World

EVENTS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {}


def happen(world: World, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Make `name` happen now. Raises ValueError when there is no such event."""
    event = EVENTS.get(name)
    if event is None:
        raise ValueError(f"no event {name!r}; there are {', '.join(EVENTS)}")
    return event(world, arguments)
