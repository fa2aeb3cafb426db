"""NEWS2 at or above a threshold, a single parameter with 3 points, and a rise: one card."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.news2 import PUBLICATION, News2Score, evaluate, exclusion, scored_from
from smartward.clinical.observation_set import ObservationSet
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest
from smartward.clinical.rules.history import Crossing, Point, crossing
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting
from smartward.clinical.rules.window import SetSettings, believed_sets
from smartward.clinical.words import Wording

COMPARED_WITHIN = timedelta(hours=24)
"""An earlier score is told beside the present one when its set is at most so much older."""

_NEEDS = Needs(kinds=frozenset({"vital_sign"}), hours_back=48)
_LOUD = (Mode.OFF, Mode.SHADOW, Mode.ON)


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Settings(Settings):
    """The thresholds of the publication."""

    section = "news2"

    medium_from: float = setting(5, "points", PUBLICATION, "urgent response from", "紧急处置起始分")
    high_from: float = setting(
        7, "points", PUBLICATION, "emergency response from", "抢救处置起始分"
    )
    back_sets: float = setting(
        2, "sets", LOCAL, "so many scores in a row below it end a high one",
        "连续几次低于才解除高分", least=1,
    )  # fmt: skip
    rise: float = setting(2, "points", LOCAL, "a rise of so much", "升高的分值")
    rise_within_h: float = setting(8, "h", LOCAL, "within", "在此时间内")

    def wrong(self) -> str | None:
        """The thresholds are in order."""
        return "medium_from must be below high_from" if self.medium_from >= self.high_from else None


@dataclass(frozen=True, slots=True)
class _Scored:
    """A complete set with its score."""

    set: ObservationSet
    score: News2Score


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the family of rules sees: the scored sets, oldest first, and when to look again."""

    history: Sequence[_Scored]
    next_look: datetime | None
    totals: Sequence[Point] = ()
    threes: Sequence[Point] = ()
    """Whether a single parameter has 3 points."""

    @property
    def newest(self) -> _Scored:
        return self.history[-1]


def _seen(facts: Facts, settings: RuleSettings, now: datetime) -> _Seen:
    every, ahead = believed_sets(facts, settings, now)
    window = settings.of(SetSettings).window_min
    return facts.once(("news2", window, now), lambda: _scored(facts, every, ahead, now))


def _scored(
    facts: Facts, every: list[ObservationSet], ahead: datetime | None, now: datetime
) -> _Seen:
    back = timedelta(hours=_NEEDS.hours_back)
    oldest = now - back
    complete = [one for one in every if one.complete and one.at > oldest]
    scored = []
    # Excluded or not, it is the same for all sets.
    excluded = exclusion(facts.encounter, now) is not None
    for one in () if excluded else complete:
        result = evaluate(facts.encounter, one, now)
        if isinstance(result, News2Score):
            scored.append(_Scored(one, result))
    if not scored:
        birthday = scored_from(facts.encounter) if complete else None
        return _Seen([], soonest(ahead, birthday, after=now))
    # A set too old to count changes since when it is so, and what is told beside it.
    return _Seen(
        scored,
        soonest(ahead, complete[0].at + back),
        [Point(one.set.at, one.score.total, "") for one in scored],
        [Point(one.set.at, one.score.single_three, "") for one in scored],
    )


def _high(seen: _Seen, own: News2Settings) -> Crossing | None:
    return crossing(
        seen.totals,
        lambda total: total >= own.high_from,
        lambda total: total < own.high_from,
        back_values=round(own.back_sets),
    )


def _medium(seen: _Seen, own: News2Settings) -> Crossing | None:
    return crossing(
        seen.totals,
        lambda total: total >= own.medium_from,
        lambda total: total < own.medium_from,
    )


def _single(seen: _Seen) -> Crossing | None:
    return crossing(seen.threes, bool, lambda three: not three)


class _Family(Rule):
    """One of the rules about the score. It says nothing while a worse one of the family says it,
    at least as loudly (one problem, one alert)."""

    source = PUBLICATION
    version = "2"
    needs = _NEEDS
    problem = Problem.DETERIORATION
    ladder = Ladder.EL_2
    alert_class = AlertClass.URGENT
    mode = Mode.ON
    icon = "heart-pulse"
    settings = (SetSettings, News2Settings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the complete sets of the last 48 h."""
        seen = _seen(facts, settings, now)
        if not seen.history:
            return Look(next_look=seen.next_look)
        crossed = self._crossed(seen, settings.of(News2Settings))
        if crossed is None or self._told_by_worse(seen, settings):
            return Look(next_look=seen.next_look)
        newest = seen.newest
        finding = self.finding(
            facts.subject,
            _why(seen),
            title=self._title(newest.score),
            todo=self._todo(),
            cause=facts.cause("vital_sign", newest.set.sources),
            since=crossed.since,
        )
        return Look(findings=(finding,), next_look=seen.next_look)

    def _crossed(self, seen: _Seen, own: News2Settings) -> Crossing | None:
        raise TypeError(f"rule {self.id} has no crossing")

    def _told_by_worse(self, seen: _Seen, settings: RuleSettings) -> bool:
        own = settings.of(News2Settings)
        loud = _LOUD.index(settings.mode_of(self.id, self.mode))
        for worse in FAMILY:
            if worse is self:
                return False
            told = _LOUD.index(settings.mode_of(worse.id, worse.mode))
            if told > 0 and told >= loud and worse._crossed(seen, own) is not None:
                return True
        return False

    def _title(self, score: News2Score) -> Wording:
        return Wording(key="alert.news2.title", values={"n": score.total})

    def _todo(self) -> Wording:
        raise TypeError(f"rule {self.id} says nothing to do")


class News2HighRule(_Family):
    """7 and more: emergency response. It stands until two complete sets in a row say less."""

    number = 10
    id = "news2"
    alert_class = AlertClass.EMERGENCY

    def _crossed(self, seen: _Seen, own: News2Settings) -> Crossing | None:
        return _high(seen, own)

    def _todo(self) -> Wording:
        return Wording(key="alert.news2.todo.high")


class News2MediumRule(_Family):
    """5 and 6: urgent response."""

    number = 11
    id = "news2_medium"

    def _crossed(self, seen: _Seen, own: News2Settings) -> Crossing | None:
        return _medium(seen, own)

    def _todo(self) -> Wording:
        return Wording(key="alert.news2.todo.medium")


class News2SingleRule(_Family):
    """3 points of one parameter alone: the doctor reviews."""

    number = 12
    id = "news2_single"

    def _crossed(self, seen: _Seen, own: News2Settings) -> Crossing | None:
        return _single(seen)

    def _title(self, score: News2Score) -> Wording:
        worst = next(parameter for parameter, points in score.parts.items() if points == 3)
        return Wording(key=f"alert.news2.single.{worst}", values={"total": score.total})

    def _todo(self) -> Wording:
        return Wording(key="alert.news2.todo.single")


class News2RiseRule(_Family):
    """A rise of 2 points and more within 8 h, until the score has fallen by 1 from its highest."""

    number = 13
    id = "news2_rise"
    source = f"{PUBLICATION} (trend); the rise by {LOCAL}"
    alert_class = AlertClass.DUE
    ladder = Ladder.NONE
    mode = Mode.SHADOW

    def _crossed(self, seen: _Seen, own: News2Settings) -> Crossing | None:
        return _risen(seen.totals, own.rise, timedelta(hours=own.rise_within_h))

    def _todo(self) -> Wording:
        return self.words("todo")


def _risen(totals: Sequence[Point], rise: float, within: timedelta) -> Crossing | None:
    entered: Point | None = None
    highest = 0.0
    for index, point in enumerate(totals):
        if entered is not None:
            if point.value <= highest - 1:
                entered = None
            highest = max(highest, point.value)
            continue
        if _lowest(totals, index, point.at - within) <= point.value - rise:
            entered, highest = point, point.value
    return None if entered is None else Crossing(entered.at, entered, totals[-1])


def _lowest(totals: Sequence[Point], before: int, since: datetime) -> float:
    """The lowest total of those before one, as far back as `since`."""
    lowest = math.inf
    for index in range(before - 1, -1, -1):
        if totals[index].at < since:
            break
        lowest = min(lowest, totals[index].value)
    return lowest


def _why(seen: _Seen) -> Wording:
    """When it was measured, and the score before, where it is not too old."""
    newest = seen.newest.set
    at = instant(newest.at)
    before = seen.history[-2] if len(seen.history) > 1 else None
    if before is None or newest.at - before.set.at > COMPARED_WITHIN:
        return Wording(key="alert.news2.why", values={"at": at})
    return Wording(
        key="alert.news2.why_before",
        values={"at": at, "before_at": instant(before.set.at), "n": before.score.total},
    )


NEWS2_HIGH, NEWS2_MEDIUM = News2HighRule(), News2MediumRule()
NEWS2_SINGLE, NEWS2_RISE = News2SingleRule(), News2RiseRule()

FAMILY: tuple[_Family, ...] = (NEWS2_HIGH, NEWS2_MEDIUM, NEWS2_SINGLE, NEWS2_RISE)
"""The worst first."""

RULES = FAMILY

_SETS_EN = "Complete sets of observations of 48 hours"
_SETS_ZH = "48 小时内的完整生命体征"
_ONE_EN = "One alert for each crossing, not for each set; none while a worse one stands"
_ONE_ZH = "每次越线一条，不是每测一次一条；更重的提醒还在时不再提醒"

TEXTS = {
    "en": {
        "news2": {
            "title": "Early warning score {n}",
            "why": "Measured {at:time}",
            "why_before": "{n} at {before_at:time} · measured {at:time}",
            "single": {
                "respiratory_rate": "Breathing scores 3 · total {total}",
                "oxygen_saturation": "SpO2 scores 3 · total {total}",
                "systolic": "Systolic pressure scores 3 · total {total}",
                "heart_rate": "Pulse scores 3 · total {total}",
                "consciousness": "Consciousness scores 3 · total {total}",
                "temperature": "Temperature scores 3 · total {total}",
            },
            "todo": {
                "high": "Call the doctor now: assessment within 30 min, monitor continuously",
                "medium": "Call the doctor now: assessment within 60 min, observe every hour",
                "single": "Ask the doctor to review, observe every hour",
            },
            "about": {
                "says": "NEWS2 of 7 or more",
                "data": _SETS_EN,
                "clear": "Two complete sets in a row below 7",
                "guard": "One alert for each crossing, not for each set",
            },
        },
        "news2_medium": {
            "about": {
                "says": "NEWS2 of 5 or 6",
                "data": _SETS_EN,
                "clear": "A complete set below 5",
                "guard": _ONE_EN,
            },
        },
        "news2_single": {
            "about": {
                "says": "A single parameter scores 3",
                "data": _SETS_EN,
                "clear": "A complete set with no part above 2",
                "guard": _ONE_EN,
            },
        },
        "news2_rise": {
            "todo": "Look at the patient and measure again soon",
            "about": {
                "says": "NEWS2 has risen by 2 or more within 8 hours",
                "data": _SETS_EN,
                "clear": "The score has fallen by 1 from its highest",
                "guard": _ONE_EN,
            },
        },
    },
    "zh_CN": {
        "news2": {
            "title": "预警评分 {n} 分",
            "why": "{at:time} 测",
            "why_before": "{before_at:time} 为 {n} 分 · {at:time} 测",
            "single": {
                "respiratory_rate": "呼吸单项 3 分 · 总分 {total} 分",
                "oxygen_saturation": "血氧单项 3 分 · 总分 {total} 分",
                "systolic": "收缩压单项 3 分 · 总分 {total} 分",
                "heart_rate": "脉搏单项 3 分 · 总分 {total} 分",
                "consciousness": "意识单项 3 分 · 总分 {total} 分",
                "temperature": "体温单项 3 分 · 总分 {total} 分",
            },
            "todo": {
                "high": "立即报告医生，30 分钟内评估，持续监测",
                "medium": "立即报告医生，60 分钟内评估，每小时测一次",
                "single": "报告医生复核，每小时测一次",
            },
            "about": {
                "says": "NEWS2 达到 7 分",
                "data": _SETS_ZH,
                "clear": "连续两次完整测量低于 7 分",
                "guard": "每次越线一条，不是每测一次一条",
            },
        },
        "news2_medium": {
            "about": {
                "says": "NEWS2 为 5 或 6 分",
                "data": _SETS_ZH,
                "clear": "一次完整测量低于 5 分",
                "guard": _ONE_ZH,
            },
        },
        "news2_single": {
            "about": {
                "says": "单项 3 分",
                "data": _SETS_ZH,
                "clear": "一次完整测量没有高于 2 分的单项",
                "guard": _ONE_ZH,
            },
        },
        "news2_rise": {
            "todo": "看一看患者，尽快再测",
            "about": {
                "says": "NEWS2 在 8 小时内升高 2 分及以上",
                "data": _SETS_ZH,
                "clear": "比最高分下降 1 分",
                "guard": _ONE_ZH,
            },
        },
    },
}
