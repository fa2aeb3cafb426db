"""When it is night on which screen: how it is drawn and lit, and whether a bedside goes dark.

What is heard and what is asked of patients follows the ward's own hours (`ward.py`).
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum

from smartward.clinical.device import ScreenRole
from smartward.clinical.ward import Ward, is_night

_HOURS = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", re.ASCII)


class NightBy(StrEnum):
    """By what a screen has its hours, the narrowest first."""

    DEVICE = "device"
    ROLE = "role"
    ALL = "all"
    WARD = "ward"
    """Nobody said anything: the ward's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRule:
    """Hours of one screen, of those of a role, or, where neither is named, of all: half-open
    [start, end) of the ward's local time; the same twice is no night."""

    device_id: str = ""
    role: ScreenRole | None = None
    start: time
    end: time

    @property
    def by(self) -> NightBy:
        """For how many screens it is."""
        if self.device_id:
            return NightBy.DEVICE
        return NightBy.ALL if self.role is None else NightBy.ROLE

    def is_for(self, role: ScreenRole, device_id: str) -> bool:
        """Whether it is for this screen."""
        if self.device_id:
            return self.device_id == device_id
        return self.role in (None, role)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightHours:
    """Document kind `night_hours`, one per ward, id "night_hours": where hours are other than the
    ward's. One rule of each screen, each role, and all at most."""

    rules: tuple[NightRule, ...] = ()

    def of(self, ward: Ward, role: ScreenRole, device_id: str) -> tuple[NightRule, NightBy]:
        """The hours of a screen, and by what it has them: its own, else those of its role, else of
        all, else the ward's."""
        order = list(NightBy)
        mine = [one for one in self.rules if one.is_for(role, device_id)]
        if not mine:
            return NightRule(start=ward.night_start, end=ward.night_end), NightBy.WARD
        found = min(mine, key=lambda one: order.index(one.by))
        return found, found.by

    def with_rule(self, rule: NightRule) -> "NightHours":
        """With these hours in place of what held for the same screens."""
        return NightHours(rules=(*self.without(rule.device_id, rule.role).rules, rule))

    def without(self, device_id: str, role: ScreenRole | None) -> "NightHours":
        """With nothing said for this screen, this role, or, where neither is named, for all."""
        kept = (one for one in self.rules if (one.device_id, one.role) != (device_id, role))
        return NightHours(rules=tuple(kept))


def is_screen_night(ward: Ward, hours: NightRule, now: datetime) -> bool:
    """Whether it is night by these hours. Raises ZoneInfoNotFoundError (a KeyError) for a ward of
    an unknown zone."""
    return is_night(replace(ward, night_start=hours.start, night_end=hours.end), now)


def hours_from(text: str) -> tuple[time, time]:
    """`21:00-07:00`. Raises ValueError for anything else."""
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    first, minute, last, end_minute = map(int, found.groups())
    return time(first, minute), time(last, end_minute)


def hours_text(hours: NightRule) -> str:
    """The same written down; empty where there is no night."""
    if hours.start == hours.end:
        return ""
    return f"{hours.start:%H:%M}-{hours.end:%H:%M}"
