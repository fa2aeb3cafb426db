"""Two rehearsals of the same past held against each other: what a change of the rules would do."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.alert import Problem
from smartward.clinical.alert_lives import ON, Life, lives
from smartward.clinical.rules import REGISTRY
from smartward.clinical.ward import Ward, is_night, shift_at
from smartward.hub.rehearsal.deterioration import Deterioration
from smartward.hub.rehearsal.replay import Replayed

WARNS_FOR = timedelta(hours=24)
"""An alert counts as an early warning when it opened at most so long before."""

_DAY = timedelta(days=1)
_STEP = timedelta(minutes=15)
_URGENT = frozenset({"E", "U"})
_WARNING = frozenset(one.id for one in REGISTRY.everything if one.problem is Problem.DETERIORATION)
_ELSEWHERE = ""
"""What is about no bed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFigures:
    """One shift: its alerts, and per bed and shift. `shift` "": no shift covers the time."""

    shift: str
    alerts: int
    per_bed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one rehearsal said: alerts that opened. `by_hour` of the local day; `by_bed` by number,
    "" for what is about no bed; `warned`: deteriorations with an urgent alert before them, and not
    just then, by `lead_min` in the middle."""

    alerts: int
    per_bed_day: float
    night: int
    escalated: int
    by_rule: dict[str, int]
    by_hour: tuple[int, ...]
    by_bed: dict[str, int]
    by_shift: tuple[ShiftFigures, ...]
    warned: int
    lead_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One alert: where, which, when, and for how long."""

    at: datetime
    bed: str
    rule: str
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One deterioration of the record, with the minutes from the first urgent alert of the patient
    to it, in each rehearsal; None: there was none."""

    at: datetime
    bed: str
    signs: tuple[str, ...]
    before_min: float | None
    after_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the past looked like by the rules in force (`before`), and by the changed ones
    (`after`). `recorded`: alerts that were really seen then; `changes`: what differs."""

    ward: str
    name: str
    """What people call the ward."""
    zone: str
    since: datetime
    until: datetime
    beds: tuple[str, ...]
    night_hours: tuple[int, ...]
    recorded: int
    before: Figures
    after: Figures | None = None
    changes: tuple[str, ...] = ()
    vanished: tuple[Once, ...] = ()
    appeared: tuple[Once, ...] = ()
    deteriorations: tuple[Warned, ...] = ()
    unmet: int = 0
    """Answers of people whose alert was not there when the changed rules were rehearsed."""


@dataclass(slots=True)
class Frame:
    """The time and place that is looked at. `numbers`: beds' numbers by their ids."""

    ward: Ward
    since: datetime
    until: datetime
    numbers: dict[str, str]
    worse: Sequence[Deterioration] = ()
    recorded: int = 0
    changes: tuple[str, ...] = field(default=())

    def compare(self, before: Replayed, after: Replayed | None) -> Comparison:
        """The two rehearsals side by side; without a second one the first alone."""
        was = self._seen(before)
        now = None if after is None else self._seen(after)
        return Comparison(
            ward=self.ward.id,
            name=self.ward.name or self.ward.id,
            zone=self.ward.zone,
            since=self.since,
            until=self.until,
            beds=tuple(sorted(self.numbers.values(), key=natural)),
            night_hours=self._night_hours(),
            recorded=self.recorded,
            before=self._figures(was),
            after=None if now is None else self._figures(now),
            changes=self.changes,
            vanished=() if now is None else self._only(was, now),
            appeared=() if now is None else self._only(now, was),
            deteriorations=tuple(self._warned(one, was, now) for one in self.worse),
            unmet=0 if after is None else after.unmet,
        )

    def _seen(self, replayed: Replayed) -> list[Life]:
        found = lives(replayed.log, self.since, self.until)
        return [life for life in found if life.mode == ON]

    def _number(self, bed: str | None) -> str:
        return _ELSEWHERE if bed is None else self.numbers.get(bed, bed)

    def _figures(self, seen: list[Life]) -> Figures:
        own = [life for life in seen if life.fresh]
        leads = [_lead(one, seen) for one in self.worse]
        known = [lead for lead in leads if lead]
        bed_days = len(self.numbers) * ((self.until - self.since) / _DAY)
        hours = Counter(self._hour(life.opened) for life in own)
        return Figures(
            alerts=len(own),
            per_bed_day=_per(len(own), bed_days),
            night=sum(is_night(self.ward, life.opened) for life in own),
            escalated=sum(life.escalated for life in own),
            by_rule=_counted(life.rule for life in own),
            by_hour=tuple(hours[hour] for hour in range(24)),
            by_bed=_counted((self._number(life.bed) for life in own), natural),
            by_shift=self._by_shift(own),
            warned=len(known),
            lead_min=median(known) if known else None,
        )

    def _hour(self, at: datetime) -> int:
        return at.astimezone(_zone(self.ward)).hour

    def _shift(self, at: datetime) -> str:
        shift = shift_at(self.ward, at)
        return "" if shift is None else shift.id

    def _by_shift(self, own: list[Life]) -> tuple[ShiftFigures, ...]:
        """By shift. How many of each shift lay in the time is counted in quarters of an hour."""
        there = Counter(self._shift(at) for at in _quarters(self.since, self.until))
        whole = Counter(self._shift(at) for at in _quarters(self.since, self.since + _DAY))
        said = Counter(self._shift(life.opened) for life in own)
        order = [shift.id for shift in self.ward.shifts] + [""]
        return tuple(
            ShiftFigures(
                shift=shift,
                alerts=said[shift],
                per_bed=_per(said[shift], len(self.numbers) * there[shift] / max(whole[shift], 1)),
            )
            for shift in order
            if there[shift]
        )

    def _night_hours(self) -> tuple[int, ...]:
        noon = self.since.astimezone(_zone(self.ward)).replace(hour=12, minute=30)
        starts = (noon.replace(hour=hour) for hour in range(24))
        return tuple(at.hour for at in starts if is_night(self.ward, at))

    def _only(self, these: list[Life], others: list[Life]) -> tuple[Once, ...]:
        """What opened in one rehearsal, with no alert of its subject and rule in the other at any
        time of it."""
        there: dict[tuple[str, str], list[Life]] = {}
        for life in others:
            there.setdefault((life.subject, life.rule), []).append(life)
        return tuple(
            Once(
                at=life.opened,
                bed=self._number(life.bed),
                rule=life.rule,
                minutes=_minutes(life.ended - life.opened),
            )
            for life in sorted(these, key=lambda one: (one.opened, one.bed or "", one.rule))
            if life.fresh
            and not any(life.meets(o) for o in there.get((life.subject, life.rule), ()))
        )

    def _warned(self, worse: Deterioration, was: list[Life], now: list[Life] | None) -> Warned:
        return Warned(
            at=worse.at,
            bed=self._number(worse.bed),
            signs=tuple(map(str, worse.signs)),
            before_min=_lead(worse, was),
            after_min=None if now is None else _lead(worse, now),
        )


def _lead(worse: Deterioration, seen: Iterable[Life]) -> float | None:
    """Minutes from the first urgent alert about this patient's state, open then or within the time
    before, to the deterioration; 0: just then."""
    opened = [
        life.opened
        for life in seen
        if life.subject == worse.subject
        and life.rule in _WARNING
        and life.alert_class in _URGENT
        and worse.at - WARNS_FOR <= life.opened <= worse.at
    ]
    return _minutes(worse.at - min(opened)) if opened else None


def natural(number: str) -> tuple[tuple[int, str], ...]:
    """Sorts bed numbers as people count: 2 before 10."""
    parts: list[str] = []
    for character in number:
        if parts and parts[-1].isdecimal() and character.isdecimal():
            parts[-1] += character
        else:
            parts.append(character)
    return tuple((int(one), "") if one.isdecimal() else (-1, one) for one in parts)


def _counted(names: Iterable[str], key: Callable[[str], Any] | None = None) -> dict[str, int]:
    found = Counter(names)
    by = key or (lambda name: (-found[name], name))
    return {name: found[name] for name in sorted(found, key=by)}


def _quarters(since: datetime, until: datetime) -> Iterable[datetime]:
    while since < until:
        yield since
        since += _STEP


def _zone(ward: Ward) -> ZoneInfo:
    return ZoneInfo(ward.zone)


def _per(count: int, of: float) -> float:
    return round(count / of, 4) if of > 0 else 0.0


def _minutes(span: timedelta) -> float:
    return round(span.total_seconds() / 60, 1)
