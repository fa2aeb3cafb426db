"""A complete set of observations is overdue by the NEWS2 frequency, or by order."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import Cause, Finding
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.clinical.news2 import PUBLICATION, News2Score, evaluate, exclusion, scored_from
from smartward.clinical.observation_set import ObservationSet, sets
from smartward.clinical.priority import Priority
from smartward.clinical.rules.base import Facts, Look, Needs, believable, instant, soonest
from smartward.clinical.rules.settings import ObservationsOverdueSettings, RuleSettings
from smartward.clinical.words import Value, Wording

LONG = timedelta(hours=12)
"""So long after it was due a bare time of day could be taken for today's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """When the next set is due, and what says so."""

    at: datetime
    interval: timedelta
    last: ObservationSet | None
    total: int | None
    attempt: ObservationSet | None
    """A newer set that is incomplete."""


class ObservationsOverdueRule:
    """Due by the newest score: 0 every 12 h, 1-4 every 6 h (the publication says 4-6), a single
    3 or 5-6 hourly, 7 and more continuously, taken as every 30 min; an ordered interval wins over
    the score. Grace a quarter of the interval, 15 to 60 min.

    Without any set: 4 h after admission, as electronic charting does for patients with no score
    yet. Only a complete set counts; for a patient NEWS2 is not for, only an ordered interval, and
    any set. An interval beyond the 48 h looked back on cannot be judged. On leave nothing is due.
    """

    id = "observations_overdue"
    version = "1"
    source = f"{PUBLICATION}: frequency of monitoring; grace by field practice"
    needs = Needs(kinds=frozenset({"vital_sign"}), hours_back=48)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest set against the interval it asks for."""
        if facts.encounter.status not in (EncounterStatus.ARRIVED, EncounterStatus.IN_PROGRESS):
            return Look()
        signs, ahead = believable(facts, now)
        back = timedelta(hours=self.needs.hours_back)
        history = [one for one in sets(signs, settings.news2.window_min) if one.at > now - back]
        # What changes the answer by time alone: a set too old to count, a 16th birthday.
        by_time = soonest(
            ahead, *(one.at + back for one in history), scored_from(facts.encounter), after=now
        )
        due = _due(facts, history, settings.observations_overdue, back, now)
        if due is None:
            return Look(next_look=by_time)
        grace = _grace(due.interval, settings.observations_overdue)
        if now < due.at + grace:
            return Look(next_look=soonest(by_time, due.at + grace))
        finding = Finding(
            subject=facts.subject,
            rule=self.id,
            version=self.version,
            priority=Priority.LOW,
            title=Wording(key="alert.observations_overdue.title"),
            why=_why(facts, due, back, now),
            todo=Wording(key="alert.observations_overdue.todo"),
            icon="clipboard-pulse",
            cause=_cause(facts, due),
        )
        turns = (due.at + LONG, due.at - due.interval + back)
        return Look(findings=(finding,), next_look=soonest(by_time, *turns, after=now))


def _due(
    facts: Facts,
    history: list[ObservationSet],
    settings: ObservationsOverdueSettings,
    back: timedelta,
    now: datetime,
) -> _Due | None:
    """None when nothing asks for a set, or when it cannot be known since when."""
    encounter = facts.encounter
    excluded = exclusion(encounter, now) is not None
    counted = [one for one in history if one.complete or excluded]
    last = counted[-1] if counted else None
    minutes, total = _interval(encounter, last, settings, now)
    start = encounter.admitted_at if last is None else last.at
    ordered = encounter.news2.interval_min
    if ordered is not None and timedelta(minutes=ordered) > back:
        return None
    if minutes is None or start is None:
        return None
    interval = timedelta(minutes=minutes)
    attempt = history[-1] if history and history[-1] is not last else None
    return _Due(at=start + interval, interval=interval, last=last, total=total, attempt=attempt)


def _interval(
    encounter: Encounter,
    last: ObservationSet | None,
    settings: ObservationsOverdueSettings,
    now: datetime,
) -> tuple[float | None, int | None]:
    """Minutes from the last set (or admission) to the next, and the score that asks for it."""
    ordered = encounter.news2.interval_min
    if last is None:
        if exclusion(encounter, now) is not None:
            return ordered, None
        return min(settings.first_min, math.inf if ordered is None else ordered), None
    result = evaluate(encounter, last, now)
    if not isinstance(result, News2Score):
        return ordered, None
    return _minutes_by_score(result, settings) if ordered is None else ordered, result.total


def _minutes_by_score(result: News2Score, settings: ObservationsOverdueSettings) -> float:
    if result.total >= 7:
        return settings.score_high_min
    if result.total >= 5 or result.single_three:
        return settings.score_hourly_min
    return settings.score_0_min if result.total == 0 else settings.score_low_min


def _grace(interval: timedelta, settings: ObservationsOverdueSettings) -> timedelta:
    least = timedelta(minutes=settings.grace_least_min)
    most = timedelta(minutes=settings.grace_most_min)
    return min(max(interval * settings.grace_share, least), most)


def _why(facts: Facts, due: _Due, back: timedelta, now: datetime) -> Wording:
    """Why, always with the time it was due: screens count the delay from there."""
    key = "alert.observations_overdue"
    due_at = instant(due.at)
    if due.attempt is not None:
        missing = due.attempt.missing
        which = missing[0].value if len(missing) == 1 else "several"
        at = instant(due.attempt.at)
        values: dict[str, Value] = {"at": at, "n": len(missing), "due": due_at}
        return Wording(key=f"{key}.incomplete.{which}", values=values)
    if due.last is None:
        if now >= due.at - due.interval + back:
            hours = round(back / timedelta(hours=1))
            return Wording(key=f"{key}.none", values={"n": hours, "due": due_at})
        return Wording(key=f"{key}.first", values={"due": due_at})
    last = instant(due.last.at)
    if now >= due.at + LONG:
        return Wording(key=f"{key}.long", values={"last": last, "due": due_at})
    if facts.encounter.news2.interval_min is not None or due.total is None:
        return Wording(key=f"{key}.ordered", values={"last": last, "due": due_at})
    return Wording(key=f"{key}.by_score", values={"last": last, "due": due_at, "n": due.total})


def _cause(facts: Facts, due: _Due) -> tuple[Cause, ...]:
    """The sets that were looked at; without any, the stay itself."""
    looked_at = [one for one in (due.last, due.attempt) if one is not None]
    if not looked_at:
        return facts.cause("encounter", [facts.encounter.id])
    return facts.cause("vital_sign", dict.fromkeys(id for one in looked_at for id in one.sources))


OBSERVATIONS_OVERDUE = ObservationsOverdueRule()
