"""The simulated hospital as a value of seed and time: `advance` is the only way it moves.

What will happen lies in an agenda; `advance(world, to)` lets everything due happen, in order, each
at its own instant. Stepping in one stride or in many gives the same world, so a test steps it with
a clock of its own and the server moves it to the present before each answer.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from smartward.his.simulator.store import Resource, Row, Store

Happening = Callable[["World"], None]


@dataclass(slots=True)
class Stay:
    """One patient's stay: what the simulated nurses and bodies need to know."""

    encounter: str
    patient: str
    bed: str
    admitted: datetime
    course: str = "stable"
    nurse: int = 0
    body: dict[str, float] = field(default_factory=dict)
    body_at: datetime | None = None
    since: datetime | None = None
    """When its course took its turn (for one that deteriorates)."""
    score: int = 0
    scores: dict[str, int] = field(default_factory=dict)
    """Newest total of each risk score, by its LOINC code."""
    round_n: int = 0
    chain: int = 0
    """Which plan of measurements counts; an older one has been replaced."""
    ended: bool = False
    died: bool = False


class World:
    """All resources, the agenda and the people, at the instant `now`."""

    def __init__(self, seed: int, start: datetime, zone: str = "Asia/Shanghai") -> None:
        self.seed = seed
        self.now = start
        self.zone = ZoneInfo(zone)
        self.store = Store()
        self.stays: dict[str, Stay] = {}
        """Current stays by bed id."""
        self.drips: dict[str, Any] = {}
        """Running drips (`drips.Drip`) by administration id."""
        self.tended: set[str] = set()
        """Stays (encounter ids) that the living ward looks after."""
        self.sensed: dict[str, Stay] = {}
        """Stays in beds that sense, by encounter id."""
        self.told_rates: dict[str, float] = {}
        """The rate last told of a drip, by administration id, in mL/h."""
        self.moves_from = start
        """From when on people come and go by themselves."""
        self.serial: dict[str, int] = {}
        self._agenda: list[tuple[datetime, int, Happening]] = []
        self._planned = 0

    def chance(self, *names: object) -> random.Random:
        """Chance that depends on the seed and the names alone, never on the order of events."""
        return random.Random(":".join(str(name) for name in (self.seed, *names)))

    def at(self, when: datetime, happening: Happening) -> None:
        """Let it happen at `when`, or next if that has passed."""
        self._planned += 1
        heapq.heappush(self._agenda, (max(when, self.now), self._planned, happening))

    def after(self, delay: timedelta, happening: Happening) -> None:
        """Let it happen so much later."""
        self.at(self.now + delay, happening)

    def due(self, to: datetime) -> Happening | None:
        """Take the next happening up to `to` off the agenda and move `now` to it."""
        if not self._agenda or self._agenda[0][0] > to:
            return None
        when, _, happening = heapq.heappop(self._agenda)
        self.now = when
        return happening

    def new_id(self, prefix: str) -> str:
        """The next logical id of its kind: `enc-38`."""
        self.serial[prefix] = self.serial.get(prefix, 0) + 1
        return f"{prefix}-{self.serial[prefix]}"

    def put(self, resource: Resource) -> Row:
        """Write a resource at the present instant."""
        return self.store.put(resource, self.now)

    def change(self, kind: str, id: str, **elements: Any) -> None:
        """Write a resource again with other elements; None takes an element away.

        Raises KeyError when there is no such resource.
        """
        row = self.store.get(kind, id)
        if row is None:
            raise KeyError(f"{kind}/{id}")
        body = {name: value for name, value in row.resource.items() if name not in elements}
        body |= {name: value for name, value in elements.items() if value is not None}
        self.put(body)

    def local(self, moment: datetime | None = None) -> datetime:
        """A moment (the present one) on the ward's clock."""
        return (moment or self.now).astimezone(self.zone)

    def today(self, at: time, days: int = 0) -> datetime:
        """A local time of the present day, or of one so many days on."""
        day = self.local().date() + timedelta(days=days)
        return datetime.combine(day, at, self.zone)


def advance(world: World, to: datetime) -> int:
    """Let everything due up to `to` happen; how many things did. Time never runs backwards."""
    happened = 0
    while (happening := world.due(to)) is not None:
        happening(world)
        happened += 1
    world.now = max(world.now, to)
    return happened
