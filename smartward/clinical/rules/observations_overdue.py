"""A complete set of observations is overdue by the NEWS2 frequency, or by order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.care_intervals import SHIPPED, ObservationIntervals
from smartward.clinical.news2 import PUBLICATION, scored_from
from smartward.clinical.observations_due import BACK, SetDue, counted_back, here, next_set
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting
from smartward.clinical.rules.window import SetSettings, believed_sets
from smartward.clinical.words import Wording

_EVERY = SHIPPED.observations
LONG = timedelta(hours=12)
"""So long after it was due a bare time of day could be taken for today's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsOverdueSettings(Settings):
    """After how long the next set is due, and how long it may wait."""

    section = "observations_overdue"

    first_min: float = setting(
        _EVERY.first_min,
        "min",
        LOCAL,
        "after admission, while there is no set yet",
        "入院后尚无一套时",
    )
    score_0_min: float = setting(
        _EVERY.score_0_min, "min", PUBLICATION, "score 0: every 12 h", "0 分：每 12 小时"
    )
    score_low_min: float = setting(
        _EVERY.score_low_min,
        "min",
        PUBLICATION,
        "score 1-4: every 4-6 h, the later end",
        "1-4 分：4-6 小时，取长者",
    )
    score_hourly_min: float = setting(
        _EVERY.score_hourly_min,
        "min",
        PUBLICATION,
        "score 5-6 or a single 3: every hour",
        "5-6 分或单项 3 分：每小时",
    )
    score_high_min: float = setting(
        _EVERY.score_high_min, "min", LOCAL, "score 7 and more: continuous, charted so often",
        "7 分及以上：持续监测，按此间隔记录",
    )  # fmt: skip
    grace_share: float = setting(
        _EVERY.grace_share, "of the interval", LOCAL, "grace", "宽限占间隔的比例"
    )
    grace_least_min: float = setting(
        _EVERY.grace_least_min, "min", LOCAL, "least grace", "最短宽限"
    )
    grace_most_min: float = setting(_EVERY.grace_most_min, "min", LOCAL, "most grace", "最长宽限")

    def wrong(self) -> str | None:
        """The least grace is not above the most."""
        if self.grace_least_min > self.grace_most_min:
            return "grace_least_min must not be above grace_most_min"
        return None

    def intervals(self, window_min: float) -> ObservationIntervals:
        """The same as the list of work has them, with within how many minutes values are a set."""
        return ObservationIntervals(
            first_min=self.first_min,
            score_0_min=self.score_0_min,
            score_low_min=self.score_low_min,
            score_hourly_min=self.score_hourly_min,
            score_high_min=self.score_high_min,
            grace_share=self.grace_share,
            grace_least_min=self.grace_least_min,
            grace_most_min=self.grace_most_min,
            window_min=window_min,
        )


class ObservationsOverdueRule(Rule):
    """Due by the newest score: 0 every 12 h, 1-4 every 6 h (the publication says 4-6), a single
    3 or 5-6 hourly, 7 and more continuously, taken as every 30 min. An ordered interval wins over
    the score, but with a single 3 or from 5 points on only a shorter one, or one ordered since.
    Grace a quarter of the interval, 15 to 60 min.

    Without any set: 4 h after admission, as electronic charting does for patients with no score
    yet. Only a complete set counts; for a patient NEWS2 is not for, only an ordered interval, and
    any set. An interval beyond the 48 h looked back on cannot be judged. On leave nothing is due.
    """

    number = 14
    id = "observations_overdue"
    version = "3"
    source = f"{PUBLICATION}: frequency of monitoring; grace by field practice"
    needs = Needs(kinds=frozenset({"vital_sign"}), hours_back=round(BACK / timedelta(hours=1)))
    alert_class = AlertClass.DUE
    problem = Problem.DETERIORATION
    ladder = Ladder.EL_D
    mode = Mode.ON
    icon = "clipboard-pulse"
    settings = (SetSettings, ObservationsOverdueSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest set against the interval it asks for."""
        if not here(facts.encounter):
            return Look()
        every, ahead = believed_sets(facts, settings, now)
        window_min = settings.of(SetSettings).window_min
        own = settings.of(ObservationsOverdueSettings).intervals(window_min)
        history = counted_back(every, now)
        # What changes the answer by time alone: a set too old to count, a 16th birthday.
        expires = history[0].at + BACK if history else None
        by_time = soonest(ahead, expires, scored_from(facts.encounter), after=now)
        due = next_set(facts.encounter, history, own, now)
        if due is None:
            return Look(next_look=by_time)
        grace = due.grace
        if now < due.at + grace:
            return Look(next_look=soonest(by_time, due.at + grace))
        finding = self.finding(
            facts.subject,
            _why(self, due, now),
            cause=_cause(facts, due),
            since=due.at + grace,
            due_at=due.at,
            grace_s=grace.total_seconds(),
        )
        turns = (due.at + LONG, due.at - due.interval + BACK)
        return Look(findings=(finding,), next_look=soonest(by_time, *turns, after=now))


def _why(rule: Rule, due: SetDue, now: datetime) -> Wording:
    """Why, always with the time it was due: screens count the delay from there."""
    due_at = instant(due.at)
    if due.attempt is not None:
        missing = due.attempt.missing
        which = missing[0].value if len(missing) == 1 else "several"
        at = instant(due.attempt.at)
        return rule.words(f"incomplete.{which}", at=at, n=len(missing), due=due_at)
    if due.last is None:
        if now >= due.at - due.interval + BACK:
            return rule.words("none", n=round(BACK / timedelta(hours=1)), due=due_at)
        return rule.words("first", due=due_at)
    last = instant(due.last.at)
    if now >= due.at + LONG:
        return rule.words("long", last=last, due=due_at)
    if due.total is None:
        return rule.words("ordered", last=last, due=due_at)
    return rule.words("by_score", last=last, due=due_at, n=due.total)


def _cause(facts: Facts, due: SetDue) -> tuple[Cause, ...]:
    """The sets that were looked at; without any, the stay itself."""
    looked_at = [one for one in (due.last, due.attempt) if one is not None]
    if not looked_at:
        return facts.cause("encounter", [facts.encounter.id])
    return facts.cause("vital_sign", dict.fromkeys(id for one in looked_at for id in one.sources))


OBSERVATIONS_OVERDUE = ObservationsOverdueRule()

RULES = (OBSERVATIONS_OVERDUE,)

TEXTS = {
    "en": {
        "observations_overdue": {
            "title": "Observations overdue",
            "by_score": "Scored {n} at {last:time}, due again at {due:time}",
            "ordered": "Measured {last:time}, due again at {due:time}",
            "long": "Last measured {last:date} {last:time}",
            "first": "No full set since admission, due by {due:time}",
            "none": "No full set in the last {n} hours",
            "todo": "Take a full set, with consciousness and oxygen",
            "incomplete": {
                "respiratory_rate": "The {at:time} set lacks breathing rate: no score",
                "oxygen_saturation": "The {at:time} set lacks SpO2: no score",
                "oxygen_supply": "The {at:time} set lacks air or oxygen: no score",
                "systolic": "The {at:time} set lacks blood pressure: no score",
                "heart_rate": "The {at:time} set lacks pulse: no score",
                "consciousness": "The {at:time} set lacks consciousness: no score",
                "temperature": "The {at:time} set lacks temperature: no score",
                "several": "The {at:time} set lacks {n} items: no score",
            },
            "about": {
                "says": "The next complete set of observations is overdue, by score or by order",
                "data": "Sets of observations, the ordered interval, time of admission",
                "clear": "A complete set is recorded",
                "guard": "A list entry; sound by day only",
            },
        }
    },
    "zh_CN": {
        "observations_overdue": {
            "title": "生命体征超时未测",
            "by_score": "{last:time} 为 {n} 分，应于 {due:time} 再测",
            "ordered": "{last:time} 测过，应于 {due:time} 再测",
            "long": "上次测在{last:date} {last:time}",
            "first": "入院后还没有测全，应于 {due:time} 前测",
            "none": "{n} 小时内没有测过一整套",
            "todo": "测一整套，含意识和吸氧情况",
            "incomplete": {
                "respiratory_rate": "{at:time} 的一套缺呼吸，不能评分",
                "oxygen_saturation": "{at:time} 的一套缺血氧，不能评分",
                "oxygen_supply": "{at:time} 的一套缺吸氧情况，不能评分",
                "systolic": "{at:time} 的一套缺血压，不能评分",
                "heart_rate": "{at:time} 的一套缺脉搏，不能评分",
                "consciousness": "{at:time} 的一套缺意识，不能评分",
                "temperature": "{at:time} 的一套缺体温，不能评分",
                "several": "{at:time} 的一套缺 {n} 项，不能评分",
            },
            "about": {
                "says": "按评分或医嘱，下一整套生命体征超时未测",
                "data": "各套生命体征、医嘱间隔、入院时间",
                "clear": "记录一整套",
                "guard": "只在列表；仅白天出声",
            },
        }
    },
}
