"""What a judge's alerts are worth: sensitivity, lead time, alerts per bed-day, false ones.

An alert is *in time* between the onset of what was planted in that patient and the recorded event,
both included; *after* up to 24 h after the event, when everybody knows; *false* at any other time
and in any other patient. Intervals of 95 %: Wilson's for shares, and for rates and their ratio by
drawing patients again (bootstrap, seeded).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from statistics import quantiles
from typing import TypeVar

from smartward.bench.worlds.judges import Said
from smartward.bench.worlds.ward import Planted, World

AFTER = timedelta(hours=24)
_DRAWS = 1000
Interval = tuple[float, float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPatient:
    """What one judge said of one patient in one ward."""

    days: float
    in_time: int = 0
    after: int = 0
    false: int = 0

    @property
    def alerts(self) -> int:
        """All of them."""
        return self.in_time + self.after + self.false


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEvent:
    """What one judge said of one planted event. `lead_h`: from the first alert in time to the
    event, None: none; `quiet`: share of the ward's patients without any event of whom something was
    said in the same hours."""

    course: str
    fast: bool
    lead_h: float | None
    quiet: float


@dataclass(slots=True)
class Score:
    """One judge over one or several wards."""

    patients: list[OfPatient] = field(default_factory=list)
    events: list[OfEvent] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Take another ward in."""
        self.patients += other.patients
        self.events += other.events

    @property
    def days(self) -> float:
        """Bed-days."""
        return sum(one.days for one in self.patients)

    @property
    def alerts(self) -> int:
        """All alerts."""
        return sum(one.alerts for one in self.patients)

    @property
    def rate(self) -> float:
        """Alerts per bed-day."""
        return self.alerts / self.days if self.days else 0.0

    @property
    def rate_interval(self) -> Interval:
        """Of the rate."""
        return _drawn(self.patients, _rate)

    @property
    def found(self) -> int:
        """Events with an alert in time."""
        return sum(1 for one in self.events if one.lead_h is not None)

    @property
    def sensitivity(self) -> float:
        """Share of events with an alert in time."""
        return self.found / len(self.events) if self.events else math.nan

    @property
    def sensitivity_interval(self) -> Interval:
        """Of the sensitivity."""
        return wilson(self.found, len(self.events))

    @property
    def by_chance(self) -> float:
        """The sensitivity that the same windows have in patients to whom nothing happens."""
        return _mean([one.quiet for one in self.events])

    @property
    def leads_h(self) -> list[float]:
        """Lead times of the events that were found, shortest first."""
        return sorted(one.lead_h for one in self.events if one.lead_h is not None)

    @property
    def ppv(self) -> float:
        """Share of alerts in time, of those in time and false."""
        in_time = sum(one.in_time for one in self.patients)
        told = in_time + sum(one.false for one in self.patients)
        return in_time / told if told else math.nan

    @property
    def false_share(self) -> float:
        """Share of all alerts that were outside any deterioration and its aftermath."""
        false = sum(one.false for one in self.patients)
        return false / self.alerts if self.alerts > 0 else math.nan

    @property
    def false_rate(self) -> float:
        """False alerts per bed-day."""
        return sum(one.false for one in self.patients) / self.days if self.days else 0.0


def judge(world: World, said: Iterable[Said]) -> Score:
    """Score one judge on one ward."""
    planted = {one.encounter: one for one in world.planted}
    of_stay: dict[str, list[datetime]] = defaultdict(list)
    for one in said:
        of_stay[one.encounter].append(one.at)
    patients = [
        _patient(of_stay[name], planted.get(name), (end - start).total_seconds() / 86400)
        for name, (start, end) in world.present.items()
    ]
    quiet = [of_stay[name] for name in world.present if name not in planted]
    events = [_event(one, of_stay[one.encounter], quiet) for one in world.planted]
    return Score(patients, events)


def _patient(times: Sequence[datetime], event: Planted | None, days: float) -> OfPatient:
    if event is None:
        return OfPatient(days=days, false=len(times))
    in_time = sum(1 for at in times if event.onset <= at <= event.event)
    after = sum(1 for at in times if event.event < at <= event.event + AFTER)
    return OfPatient(days=days, in_time=in_time, after=after, false=len(times) - in_time - after)


def _event(
    event: Planted, times: Sequence[datetime], quiet: Sequence[Sequence[datetime]]
) -> OfEvent:
    def heard(of: Sequence[datetime]) -> list[datetime]:
        return [at for at in of if event.onset <= at <= event.event]

    first = min(heard(times), default=None)
    return OfEvent(
        course=event.course,
        fast=event.fast,
        lead_h=None if first is None else (event.event - first).total_seconds() / 3600,
        quiet=_mean([float(bool(heard(of))) for of in quiet]),
    )


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; not a number without values."""
    if len(values) < 2:
        only = values[0] if values else math.nan
        return only, only, only
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high


def wilson(count: int, of: int) -> Interval:
    """The 95 % interval of a share (Wilson, J Am Stat Assoc 1927;22:209-12)."""
    if not of:
        return math.nan, math.nan
    z, share = 1.96, count / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def ratio_interval(ours: Score, other: Score) -> Interval:
    """Of the ratio of two judges' rates over the same patients."""
    pairs = list(zip(ours.patients, other.patients, strict=True))

    def ratio(drawn: Sequence[tuple[OfPatient, OfPatient]]) -> float:
        told = sum(one.alerts for _, one in drawn)
        return sum(one.alerts for one, _ in drawn) / told if told else math.nan

    return _drawn(pairs, ratio)


def difference_interval(ours: Score, other: Score) -> Interval:
    """Of the difference of two judges' sensitivities over the same events."""
    pairs = list(zip(ours.events, other.events, strict=True))

    def difference(drawn: Sequence[tuple[OfEvent, OfEvent]]) -> float:
        more = [(a.lead_h is not None) - (b.lead_h is not None) for a, b in drawn]
        return sum(more) / len(more)

    return _drawn(pairs, difference)


def _rate(patients: Sequence[OfPatient]) -> float:
    return sum(one.alerts for one in patients) / sum(one.days for one in patients)


def _drawn(of: Sequence[T], figure: Callable[[Sequence[T]], float]) -> Interval:
    if not of:
        return math.nan, math.nan
    chance = Random("bootstrap")
    found = sorted(figure(chance.choices(of, k=len(of))) for _ in range(_DRAWS))
    return found[int(0.025 * _DRAWS)], found[int(0.975 * _DRAWS) - 1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
