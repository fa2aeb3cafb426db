"""Long schedules drawn by chance through the small ward of `tests/faults/protocol`: more people,
more touches and more faults than can all be tried. The real actions, tables and outboxes run with a
clock that stands still; a seed that breaks the promise is named with the way there.
"""

import logging
from collections.abc import Iterator
from random import Random

import pytest

from tests.faults.protocol.hub_side import HubSide
from tests.faults.protocol.scenarios import ALL, MACHINES
from tests.faults.protocol.screen_side import Screen
from tests.faults.protocol.state import Broken, State, Touch
from tests.faults.protocol.world import World

TOUCHES = (
    *(Touch("bedside", verb) for verb in ("press", "press", "press", "close", "enter", "leave")),
    *(Touch("other", verb) for verb in ("press", "close")),
    *(Touch("station", verb) for verb in ("accept", "hear")),
    Touch("door", "close"),
)
FAULT = 0.2
"""How often a fault is the next that happens, where one may."""
MOST_MOVES = 120


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSide]:
    logging.disable(logging.CRITICAL)
    one = HubSide(tmp_path_factory.mktemp("walks") / "d")
    yield one
    one.close()
    logging.disable(logging.NOTSET)


def walk(hub: HubSide, seed: int, faults: tuple[str, ...] = ALL) -> int:
    """One schedule; gives how many moves it had. Raises Broken with its seed and its way."""
    random, way = Random(seed), [f"seed {seed}"]
    script = tuple(random.choices(TOUCHES, k=random.randint(4, 9)))
    screens = {name: Screen(name, hub.clock) for name in ("bedside", "other", "station", "door")}
    world = World(hub, State(screens, script, faults, random.randint(1, 5)))
    moment = hub.mark(0)
    try:
        for name in screens:
            world._feed(name)
        for _ in range(MOST_MOVES):
            if not _step(world, random, way):
                break
        way.append("all arrives")
        world.drained()
    except Broken as broken:
        raise Broken("\n  ".join([str(broken), *way])) from broken
    finally:
        hub.back(0, moment)
    return len(way)


def _step(world: World, random: Random, way: list[str]) -> bool:
    left = world.s.faults_left
    every = list(world.moves())
    world.s.faults_left = 0
    plain = list(world.moves())
    world.s.faults_left = left
    faults = every[len(plain) :]
    if not every:
        return False
    name, move = random.choice(
        faults if faults and (not plain or random.random() < FAULT) else plain
    )
    way.append(name)
    move()
    return True


def test_schedules_drawn_by_chance(hub: HubSide) -> None:
    assert _walks(hub, range(40)) > 40 * 10, "little happened"


@pytest.mark.parametrize("seed", [1254, 5233, 5775, 6074])
def test_what_came_after_the_clock_was_set_is_newer(hub: HubSide, seed: int) -> None:
    """By wall time what had been asked before hid that somebody asked, or left, since."""
    assert walk(hub, seed) > 10


@pytest.mark.long
def test_many_schedules_drawn_by_chance(hub: HubSide) -> None:
    assert _walks(hub, range(1000, 1600)) > 600 * 10, "little happened"


@pytest.mark.parametrize("seed", [2377, 2569])
def test_a_press_after_an_end_from_before_the_machine_began_anew_is_heard(
    hub: HubSide, seed: int
) -> None:
    """The call's first press was estimated as well: too late, and later than the second one."""
    assert walk(hub, seed, (*ALL, *MACHINES)) > 10


@pytest.mark.long
def test_many_schedules_in_which_machines_stand_still_or_start_anew(hub: HubSide) -> None:
    assert _walks(hub, range(2000, 2600), (*ALL, *MACHINES)) > 600 * 10, "little happened"


def test_a_schedule_that_breaks_the_promise_is_told(
    hub: HubSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartward.hub.store.tx.Tx.answer_get", lambda *_: None)
    with pytest.raises(Broken, match=r"\n  seed \d+\n"):
        _walks(hub, range(200))


def _walks(hub: HubSide, seeds: range, faults: tuple[str, ...] = ALL) -> int:
    """How many moves all these had together."""
    return sum(walk(hub, seed, faults) for seed in seeds)
