"""How loud each priority sounds by day and by night on each kind of screen.

Levels are decibels below the recorded level of tones and speech; what sound pressure that gives is
measured when a screen is put up (at least 60 dB(A) at 1 m for a call at a station, UL 2560).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from smartward.clinical.priority import Priority

SILENT = float("-inf")


@dataclass(frozen=True, slots=True)
class Loudness:
    """Decibels by priority; `SILENT` for none.

    `floor` is the least level that a person in this place still hears: nothing that sounds at all
    sounds below it, however far the volume is turned down.
    """

    day: Mapping[Priority, float]
    night: Mapping[Priority, float]
    floor: float
    trim: float = field(default=0.0)

    def gain(self, priority: Priority, *, night: bool) -> float:
        """Amplitude factor, 0.0 for silent. The volume keys (`trim`) never lower a high alarm."""
        level = (self.night if night else self.day)[priority]
        if level == SILENT:
            return 0.0
        if priority is not Priority.HIGH:
            level += self.trim
        return float(10.0 ** (min(max(level, self.floor), 0.0) / 20))

    def trimmed(self, decibels: float) -> "Loudness":
        """The same with the volume keys at that many decibels (0 or less)."""
        return replace(self, trim=min(decibels, 0.0))


_DAY = {
    Priority.HIGH: 0.0,
    Priority.MEDIUM: -3.0,
    Priority.LOW: -6.0,
    Priority.INFORMATION: -6.0,
}

_NIGHT_STATION = {
    Priority.HIGH: 0.0,
    Priority.MEDIUM: -10.0,
    Priority.LOW: SILENT,
    Priority.INFORMATION: SILENT,
}

_NIGHT_BY_BEDS = {
    Priority.HIGH: -14.0,
    Priority.MEDIUM: -18.0,
    Priority.LOW: SILENT,
    Priority.INFORMATION: SILENT,
}

STATION = Loudness(_DAY, _NIGHT_STATION, floor=-12.0)
"""A place where somebody is awake: high alarms are full at night."""

BY_BEDS = Loudness(_DAY, _NIGHT_BY_BEDS, floor=-24.0)
"""Rooms where people sleep, and the corridor before them."""


def for_role(role: str) -> Loudness:
    """Loudness of a screen by its role."""
    return STATION if role == "station" else BY_BEDS
