"""NEWS2 at or above a threshold, a single parameter with 3 points, and a rise: one card.

The score is judged in complete sets only; 3 points of one parameter wherever it was measured.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.news2 import PUBLICATION, News2Score, evaluate, exclusion, scored_from
from smartward.clinical.observation_set import ObservationSet
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest
from smartward.clinical.rules.history import Crossing, Point, crossing
from smartward.clinical.rules.news2_words import WORDS
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting
from smartward.clinical.rules.threes import Spell, Threes, ThreesSettings, threes
from smartward.clinical.rules.window import SetSettings, believed_sets
from smartward.clinical.words import Value, Wording

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
    threes: Threes = field(default_factory=Threes)
    """Where a single parameter has 3 points."""

    @property
    def newest(self) -> _Scored:
        return self.history[-1]


def _seen(facts: Facts, settings: RuleSettings, now: datetime) -> _Seen:
    window, own = settings.of(SetSettings).window_min, settings.of(ThreesSettings)
    return facts.once(("news2", window, own, now), lambda: _look_back(facts, settings, now))


def _look_back(facts: Facts, settings: RuleSettings, now: datetime) -> _Seen:
    every, ahead = believed_sets(facts, settings, now)
    # Excluded or not, it is the same for all sets.
    if exclusion(facts.encounter, now) is not None:
        return _Seen([], soonest(ahead, scored_from(facts.encounter), after=now))
    back = timedelta(hours=_NEEDS.hours_back)
    complete = [one for one in every if one.complete and one.at > now - back]
    begun, _ = facts.signs.begun(settings.of(SetSettings).window_min, now)
    three = threes(
        facts.signs,
        complete,
        [one for one in begun if one.at > now - back],
        facts.encounter.news2.scale,
        settings.of(ThreesSettings),
        now,
        back,
    )
    scored = []
    for one in complete:
        result = evaluate(facts.encounter, one, now)
        if isinstance(result, News2Score):
            scored.append(_Scored(one, result))
    # A set too old to count changes since when it is so, and what is told beside it.
    expires = complete[0].at + back if complete else None
    return _Seen(
        scored,
        soonest(ahead, expires, three.next_look),
        [Point(one.set.at, one.score.total, "") for one in scored],
        three,
    )


def _since(crossed: Crossing | None) -> datetime | None:
    return None if crossed is None else crossed.since


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
    settings: ClassVar[tuple[type[Settings], ...]] = (SetSettings, News2Settings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the complete sets of the last 48 h."""
        seen = _seen(facts, settings, now)
        if not seen.history:
            return Look(next_look=seen.next_look)
        own = settings.of(News2Settings)
        crossed = self._crossed(seen, own)
        if crossed is None or self._told_by_worse(seen, settings):
            return Look(next_look=seen.next_look)
        newest = seen.newest
        finding = self.finding(
            facts.subject,
            _why(seen),
            title=self._title(seen, own),
            todo=self._todo(seen, own),
            cause=facts.cause("vital_sign", newest.set.sources),
            since=crossed,
        )
        return Look(findings=(finding,), next_look=seen.next_look)

    def _crossed(self, seen: _Seen, own: News2Settings) -> datetime | None:
        """Since when it is so."""
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

    def _title(self, seen: _Seen, own: News2Settings) -> Wording:
        return Wording(key="alert.news2.title", values={"n": seen.newest.score.total})

    def _todo(self, seen: _Seen, own: News2Settings) -> Wording:
        raise TypeError(f"rule {self.id} says nothing to do")


class News2HighRule(_Family):
    """7 and more: emergency response. It stands until two complete sets in a row say less."""

    number = 10
    id = "news2"
    alert_class = AlertClass.EMERGENCY

    def _crossed(self, seen: _Seen, own: News2Settings) -> datetime | None:
        return _since(_high(seen, own))

    def _title(self, seen: _Seen, own: News2Settings) -> Wording:
        """While it only holds on, what it was too: the newest score alone is no emergency."""
        now = seen.newest.score.total
        if now >= own.high_from:
            return super()._title(seen, own)
        was = next(point.value for point in reversed(seen.totals) if point.value >= own.high_from)
        return Wording(key="alert.news2.held", values={"before": int(was), "n": now})

    def _todo(self, seen: _Seen, own: News2Settings) -> Wording:
        """By the newest score; where that asks for nobody, what it takes to be over."""
        newest = seen.newest.score
        if newest.total >= own.high_from:
            return Wording(key="alert.news2.todo.high")
        if newest.total >= own.medium_from:
            return Wording(key="alert.news2.todo.medium")
        if newest.single_three:
            return Wording(key="alert.news2.todo.single")
        high = [point.value >= own.high_from for point in reversed(seen.totals)]
        left = max(1, round(own.back_sets) - high.index(True))
        values: dict[str, Value] = {"n": left, "limit": f"{own.high_from:g}"}
        return Wording(key="alert.news2.todo.again", values=values)


class News2MediumRule(_Family):
    """5 and 6: urgent response."""

    number = 11
    id = "news2_medium"

    def _crossed(self, seen: _Seen, own: News2Settings) -> datetime | None:
        return _since(_medium(seen, own))

    def _todo(self, seen: _Seen, own: News2Settings) -> Wording:
        return Wording(key="alert.news2.todo.medium")


class News2SingleRule(_Family):
    """3 points of one parameter alone: the doctor reviews. It is heard of from a complete set, from
    what a person measured of one, and from single readings in a row (a monitor's)."""

    number = 12
    id = "news2_single"
    version = "3"
    settings = (SetSettings, News2Settings, ThreesSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge whatever was measured in the last 48 h."""
        seen = _seen(facts, settings, now)
        told = seen.threes.told
        if told is None or self._told_by_worse(seen, settings):
            return Look(next_look=seen.next_look)
        title, why = self._told(told, seen)
        sources = told.said.sources if isinstance(told.said, ObservationSet) else _ids(told.said)
        finding = self.finding(
            facts.subject,
            why,
            title=title,
            todo=Wording(key="alert.news2.todo.single"),
            cause=facts.cause("vital_sign", sources),
            since=seen.threes.since,
        )
        return Look(findings=(finding,), next_look=seen.next_look)

    def _crossed(self, seen: _Seen, own: News2Settings) -> datetime | None:
        return seen.threes.since

    def _told(self, told: Spell, seen: _Seen) -> tuple[Wording, Wording]:
        """The title, and why."""
        if isinstance(told.said, tuple):
            last = told.said[-1]
            return self.words(f"row.{told.parameter}", value=round(last.value)), self.words(
                "why_row", at=instant(last.at), n=len(told.said)
            )
        if told.said.complete:
            total = seen.newest.score.total
            title = Wording(key=f"alert.news2.single.{told.parameter}", values={"total": total})
            return title, _why(seen)
        at = instant(told.said.at)
        return self.words(f"partial.{told.parameter}"), self.words("why_partial", at=at)


def _ids(row: Sequence[Point]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(point.id for point in row))


class News2RiseRule(_Family):
    """A rise of 2 points and more within 8 h, until the score has fallen by 1 from its highest."""

    number = 13
    id = "news2_rise"
    source = f"{PUBLICATION} (trend); the rise by {LOCAL}"
    alert_class = AlertClass.DUE
    ladder = Ladder.NONE
    mode = Mode.SHADOW

    def _crossed(self, seen: _Seen, own: News2Settings) -> datetime | None:
        return _risen(seen.totals, own.rise, timedelta(hours=own.rise_within_h))

    def _todo(self, seen: _Seen, own: News2Settings) -> Wording:
        return self.words("todo")


def _risen(totals: Sequence[Point], rise: float, within: timedelta) -> datetime | None:
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
    return None if entered is None else entered.at


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

TEXTS = WORDS
