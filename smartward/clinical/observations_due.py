"""When the next set of observations is due, by score or by order: what rule 14 tells of and the
list of work asks for."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.care_intervals import ObservationIntervals
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.clinical.news2 import News2Score, evaluate, exclusion
from smartward.clinical.observation_set import ObservationSet

BACK = timedelta(hours=48)
"""How far sets are looked back on; an interval beyond it cannot be judged."""
_MEDIUM, _HIGH = 5, 7
"""From so many points on urgent and emergency response (RCP 2017)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDue:
    """When the next set is due, and what says so."""

    at: datetime
    interval: timedelta
    grace: timedelta
    """How long after it nobody is told yet."""
    last: ObservationSet | None
    total: int | None
    """The score that asks for it; None: an order does, or there is no set yet."""
    attempt: ObservationSet | None
    """A newer set that is incomplete."""


def here(stay: Encounter) -> bool:
    """Whether the patient is there to be measured."""
    return stay.status in (EncounterStatus.ARRIVED, EncounterStatus.IN_PROGRESS)


def counted_back(every: Iterable[ObservationSet], now: datetime) -> list[ObservationSet]:
    """The sets that are not too old to count, oldest first as they are given."""
    oldest = now - BACK
    return [one for one in every if one.at > oldest]


def next_set(
    stay: Encounter,
    history: Sequence[ObservationSet],
    every: ObservationIntervals,
    now: datetime,
) -> SetDue | None:
    """None when nothing asks for a set, or when it cannot be known since when. `history`: the
    believed sets that count still, oldest first."""
    excluded = exclusion(stay, now) is not None
    counted = [one for one in history if one.complete or excluded]
    last = counted[-1] if counted else None
    minutes, total = _interval(stay, counted, every, now)
    start = stay.admitted_at if last is None else last.at
    ordered = stay.news2.interval_min
    if total is None and ordered is not None and timedelta(minutes=ordered) > BACK:
        return None
    if minutes is None or start is None:
        return None
    interval = timedelta(minutes=minutes)
    return SetDue(
        at=start + interval,
        interval=interval,
        grace=_grace(interval, every),
        last=last,
        total=total,
        attempt=history[-1] if history and history[-1] is not last else None,
    )


def _interval(
    stay: Encounter,
    counted: Sequence[ObservationSet],
    every: ObservationIntervals,
    now: datetime,
) -> tuple[float | None, int | None]:
    """Minutes from the last set (or admission) to the next, and the score that asks for it; None:
    an order does, or nothing was measured."""
    ordered = stay.news2.interval_min
    if not counted:
        if exclusion(stay, now) is not None:
            return ordered, None
        return min(every.first_min, math.inf if ordered is None else ordered), None
    result = evaluate(stay, counted[-1], now)
    if not isinstance(result, News2Score):
        return ordered, None
    by_score = _minutes_by_score(result, every)
    if ordered is None:
        return by_score, result.total
    if ordered <= by_score or not (result.total >= _MEDIUM or result.single_three):
        return ordered, None
    ordered_at = stay.news2.interval_ordered_at
    if ordered_at is not None and ordered_at >= _so_since(stay, counted, every, now):
        return ordered, None
    return by_score, result.total


def _so_since(
    stay: Encounter,
    counted: Sequence[ObservationSet],
    every: ObservationIntervals,
    now: datetime,
) -> datetime:
    """When the first of the sets in a row was measured that ask for the next as soon as the newest
    does, or sooner."""
    since, soonest_min = counted[-1].at, math.inf
    for one in reversed(counted):
        result = evaluate(stay, one, now)
        if not isinstance(result, News2Score):
            break
        minutes = _minutes_by_score(result, every)
        if one is counted[-1]:
            soonest_min = minutes
        if minutes > soonest_min:
            break
        since = one.at
    return since


def _minutes_by_score(result: News2Score, every: ObservationIntervals) -> float:
    if result.total >= _HIGH:
        return every.score_high_min
    if result.total >= _MEDIUM or result.single_three:
        return every.score_hourly_min
    return every.score_0_min if result.total == 0 else every.score_low_min


def _grace(interval: timedelta, every: ObservationIntervals) -> timedelta:
    least = timedelta(minutes=every.grace_least_min)
    most = timedelta(minutes=every.grace_most_min)
    return min(max(interval * every.grace_share, least), most)
