"""What befalls the ward and when: drawn from a seed, each fault once before any comes again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from smartward.bench.chaos.disks import FAILING
from smartward.bench.chaos.proxy import LINES, ONCE, SLOW_LINES

MACHINES = (
    "hub_killed",
    "screens_killed",
    "stations_killed",
    "hub_clock",
    "screens_clock",
    "second_device",
    "backup_restored",
    "page_corrupt",
)
DISKS = tuple(FAILING)
FAULTS = (*MACHINES, *DISKS, *LINES, *SLOW_LINES, *ONCE)
GROUPS = {
    "machines": MACHINES,
    "disks": DISKS,
    "lines": (*LINES, *SLOW_LINES),
    "requests": ONCE,
}
"""Names for several faults at once."""


@dataclass(frozen=True)
class Event:
    """One fault: how long after the one before (1 on average), what, to whom (a number drawn), for
    how long."""

    wait: float
    fault: str
    whom: int
    seconds: float


def chosen(text: str) -> tuple[str, ...]:
    """The faults that a comma-joined list of names or groups means. Raises ValueError."""
    found: list[str] = []
    for name in filter(None, text.split(",")):
        if name == "all":
            found += FAULTS
        elif name in GROUPS:
            found += GROUPS[name]
        elif name in FAULTS:
            found.append(name)
        else:
            known = ", ".join(("all", *GROUPS, *FAULTS))
            raise ValueError(f"no such fault: {name}; there are: {known}")
    return tuple(dict.fromkeys(found))


def drawn(random: Random, faults: Sequence[str]) -> Iterator[Event]:
    """For ever: all of `faults` in an order drawn, then all in another."""
    while faults:
        for fault in random.sample(faults, len(faults)):
            yield Event(
                wait=random.uniform(0.2, 1.8),
                fault=fault,
                whom=random.randrange(1 << 16),
                seconds=random.uniform(0.3, 1.5),
            )
