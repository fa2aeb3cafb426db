"""NEWS2 at or above a threshold, or a single parameter with 3 points: one alert per patient."""

from datetime import datetime, timedelta

from smartward.clinical.alert import Finding
from smartward.clinical.news2 import PUBLICATION, News2Score, evaluate, scored_from
from smartward.clinical.observation_set import ObservationSet, sets
from smartward.clinical.priority import Priority
from smartward.clinical.rules.base import Facts, Look, Needs, believable, instant, soonest
from smartward.clinical.rules.settings import News2Settings, RuleSettings
from smartward.clinical.words import Wording

COMPARED_WITHIN = timedelta(hours=24)
"""An earlier score is told beside the present one when its set is at most so much older."""

_PRIORITY = {"high": Priority.HIGH, "medium": Priority.MEDIUM, "single": Priority.MEDIUM}


class News2Rule:
    """High at 7 and more, medium at 5 and 6 and at a single 3 (thresholds and triggers of the
    publication). It stands until a newer complete set says otherwise, at most 48 h."""

    id = "news2"
    version = "1"
    source = PUBLICATION
    needs = Needs(kinds=frozenset({"vital_sign"}), hours_back=48)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest complete set."""
        signs, ahead = believable(facts, now)
        back = timedelta(hours=self.needs.hours_back)
        history = [
            one
            for one in sets(signs, settings.news2.window_min)
            if one.complete and one.at > now - back
        ]
        if not history:
            return Look(next_look=ahead)
        newest = history[-1]
        result = evaluate(facts.encounter, newest, now)
        if not isinstance(result, News2Score):
            birthday = scored_from(facts.encounter)
            return Look(next_look=soonest(ahead, birthday, after=now))
        crossing = _crossing(result, settings.news2)
        if crossing is None:
            return Look(next_look=ahead)
        before = _before(history, facts, now)
        finding = Finding(
            subject=facts.subject,
            rule=self.id,
            version=self.version,
            priority=_PRIORITY[crossing],
            title=_title(crossing, result),
            why=_why(newest, before),
            todo=Wording(key=f"alert.news2.todo.{crossing}"),
            icon="heart-pulse",
            cause=facts.cause("vital_sign", newest.sources),
        )
        oldest = newest if before is None else before[0]
        return Look(findings=(finding,), next_look=soonest(ahead, oldest.at + back))


def _crossing(result: News2Score, settings: News2Settings) -> str | None:
    if result.total >= settings.high_from:
        return "high"
    if result.total >= settings.medium_from:
        return "medium"
    return "single" if result.single_three else None


def _before(
    history: list[ObservationSet], facts: Facts, now: datetime
) -> tuple[ObservationSet, int] | None:
    """The set before the newest with its total."""
    if len(history) < 2 or history[-1].at - history[-2].at > COMPARED_WITHIN:
        return None
    result = evaluate(facts.encounter, history[-2], now)
    return (history[-2], result.total) if isinstance(result, News2Score) else None


def _title(crossing: str, result: News2Score) -> Wording:
    if crossing != "single":
        return Wording(key="alert.news2.title", values={"n": result.total})
    worst = next(parameter for parameter, points in result.parts.items() if points == 3)
    return Wording(key=f"alert.news2.single.{worst}", values={"total": result.total})


def _why(newest: ObservationSet, before: tuple[ObservationSet, int] | None) -> Wording:
    at = instant(newest.at)
    if before is None:
        return Wording(key="alert.news2.why", values={"at": at})
    earlier, total = before
    return Wording(
        key="alert.news2.why_before",
        values={"at": at, "before_at": instant(earlier.at), "n": total},
    )


NEWS2 = News2Rule()
