"""Try everything: a search through all states of the small ward, each looked at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.protocol.hub_side import HubSide
from tests.faults.protocol.screen_side import Screen
from tests.faults.protocol.state import Broken, State, Touch
from tests.faults.protocol.world import World, fingerprint


@dataclass(frozen=True)
class Scenario:
    """What people do, in any order, and how many of which faults befall them."""

    name: str
    script: tuple[Touch, ...]
    faults: tuple[str, ...]
    most_faults: int


@dataclass
class Found:
    """How much was looked at."""

    states: int = 0
    moves: int = 0
    deepest: int = 0
    seen: set[bytes] = field(default_factory=set)


def explore(folder: Path, scenario: Scenario, most_states: int | None = None) -> Found:
    """Every state that the scenario can come to. Raises Broken with the way there; and where
    `most_states` are not enough to see them all."""
    hub = HubSide(folder)
    names = dict.fromkeys(("bedside", "station", *(one.screen for one in scenario.script)))
    screens = {name: Screen(name, hub.clock) for name in names}
    world = World(hub, State(screens, scenario.script, scenario.faults, scenario.most_faults))
    found = Found()
    try:
        for name in screens:
            world._feed(name)
        _from_here(world, found, [], most_states)
    finally:
        hub.close()
    return found


def _from_here(world: World, found: Found, way: list[str], most_states: int | None) -> None:
    mark = fingerprint(world)
    if mark in found.seen:
        return
    found.seen.add(mark)
    found.states += 1
    found.deepest = max(found.deepest, len(way))
    if most_states is not None and found.states > most_states:
        raise AssertionError(f"more than {most_states} states")
    here, hub, depth = world.s, world.hub, len(way)
    _tried(world, here, depth, [*way, "all arrives"], world.drained)
    for name, move in list(world.moves()):
        moment = hub.mark(depth)
        world.s = here.copied()
        try:
            move()
            found.moves += 1
            _from_here(world, found, [*way, name], most_states)
        except Broken as broken:
            raise _with_way(broken, [*way, name]) from broken
        finally:
            hub.back(depth, moment)
            world.s = here


def _tried(world: World, here: State, depth: int, way: list[str], what: Callable[[], None]) -> None:
    moment = world.hub.mark(depth)
    world.s = here.copied()
    try:
        what()
    except Broken as broken:
        raise _with_way(broken, way) from broken
    finally:
        world.hub.back(depth, moment)
        world.s = here


def _with_way(broken: Broken, way: list[str]) -> Broken:
    if "\n" in str(broken):
        return broken
    return Broken("\n  ".join([str(broken), *way]))
