"""How a screen is, beyond whether it is there: what it told last, and what of it is wrong."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.device import ScreenRole

DISK_FULL = "fleet.trouble.disk"
"""Text key: so little room is left that soon no touch can be kept."""
CLOCK_WRONG = "fleet.trouble.clock"
"""Text key: its clock is far from the hub's."""
NO_TOUCH = "fleet.trouble.touch"
"""Text key: a screen that is touched has nothing that takes a touch."""
MEMORY_LOW = "fleet.trouble.memory"

HUNG = "fleet.trouble.hung"
"""Text key: its connection stands and it says nothing."""

TROUBLES = (CLOCK_WRONG, DISK_FULL, NO_TOUCH, MEMORY_LOW)
"""What the hub finds in what a screen told; what the screen itself finds it tells as its faults."""

MEMORY_LEAST_PERCENT = 5
"""Less room makes the kernel end programs (field practice; for local approval)."""

TOUCHED = frozenset({ScreenRole.BEDSIDE, ScreenRole.DOOR})
"""Roles that are of no use without touch; a station has a mouse, a bedhead is only read."""

SAME_FIGURE = 5
"""Percent of disk or memory, and seconds of a clock, by which a figure is another one."""
TOUCH_AGAIN = timedelta(hours=1)
STALE = timedelta(hours=6)
"""What is told of a well screen is no older than that."""


class Part(StrEnum):
    """How a part of a screen is that may be missing."""

    WELL = "well"
    FAULTY = "faulty"
    NONE = "none"
    """It has none, and needs none."""


class Keys(StrEnum):
    """How a screen's keys lie on its disk."""

    WRAPPED = "wrapped"
    """More than the disk is needed to read them."""
    WEAKER = "weaker"
    """Whoever has the disk can read at least one of its key files."""
    UNKNOWN = "unknown"
    """It does not tell, or has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenHealth:
    """Document kind `screen_health` of the ward, id = device id: what a screen told of itself, as
    of `heard_at` in hub time. None: the machine does not tell. No patient is in it."""

    device_id: str
    heard_at: datetime
    version: str
    slot: str
    """Which of its two systems runs (`a`, `b`); empty where it has one."""
    boot: str
    """Names the machine's run from one start to the next."""
    started_at: datetime
    """When the program began, in hub time."""
    network: str
    """The network it is in as the hub sees it (`192.0.2.0/24`); empty behind a terminator."""
    skew_s: int
    """Its clock minus the hub's, in seconds."""
    disk_free: int | None
    """Percent of the partition with its data."""
    memory_free: int | None
    """Percent."""
    touch_devices: int | None
    last_touch_at: datetime | None
    """In hub time; None: not since it began."""
    sound: Part
    reader: Part
    cache_age_s: int | None
    """Since when the feed had told nothing, in seconds."""
    outbox: int
    """Touches that wait to be sent."""
    troubles: tuple[str, ...] = ()
    """Of `TROUBLES`."""
    keys: Keys = Keys.UNKNOWN
    troubles_since: dict[str, datetime] = field(default_factory=dict)
    """When each of `troubles` was found first; without those of which that is not known."""


def troubles(
    health: ScreenHealth, role: ScreenRole, disk_least: float, skew_most_s: float
) -> tuple[str, ...]:
    """What is wrong by these figures. `disk_least`: percent; `skew_most_s`: seconds."""
    found = []
    if abs(health.skew_s) > skew_most_s:
        found.append(CLOCK_WRONG)
    if health.disk_free is not None and health.disk_free < disk_least:
        found.append(DISK_FULL)
    if health.touch_devices == 0 and role in TOUCHED:
        found.append(NO_TOUCH)
    if health.memory_free is not None and health.memory_free < MEMORY_LEAST_PERCENT:
        found.append(MEMORY_LOW)
    return tuple(found)


def tells_news(before: ScreenHealth | None, now: ScreenHealth) -> bool:
    """Whether a person who read `before` would be told something else by `now`. Each write is
    kept in the ward's history: that a percent of memory came and went is none of it."""
    if before is None or _fixed(before) != _fixed(now):
        return True
    figures = (
        (before.skew_s, now.skew_s),
        (before.disk_free, now.disk_free),
        (before.memory_free, now.memory_free),
    )
    if any(_differ(one, other) for one, other in figures):
        return True
    if _later(before.last_touch_at, now.last_touch_at):
        return True
    return now.heard_at - before.heard_at >= STALE


def _fixed(health: ScreenHealth) -> tuple[object, ...]:
    return (
        health.version,
        health.slot,
        health.boot,
        health.network,
        health.touch_devices,
        health.sound,
        health.reader,
        health.outbox > 0,
        health.troubles,
        health.keys,
    )


def _differ(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= SAME_FIGURE


def _later(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is not other
    return other - one >= TOUCH_AGAIN
