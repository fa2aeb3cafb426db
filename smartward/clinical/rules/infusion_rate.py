"""A drip runs faster or slower than ordered, or stands still."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.freshness import AHEAD
from smartward.clinical.infusion import Infusion, InfusionStatus, RateReading, VolumeSource
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSettings(Settings):
    """How far a rate may be off its order, and for how long."""

    section = "infusion_rate"

    off_percent: float = setting(20, "%", LOCAL, "off when further away than", "偏差超过")
    off_min: float = setting(5, "min", LOCAL, "for so long", "持续")
    back_percent: float = setting(10, "%", LOCAL, "right again within", "恢复到偏差以内")
    back_min: float = setting(5, "min", LOCAL, "for so long", "持续")

    def wrong(self) -> str | None:
        """The way back must not be wider than the way in."""
        if self.back_percent > self.off_percent:
            return "back_percent must not be above off_percent"
        return None


class InfusionRateRule(Rule):
    """More than 20 % off the ordered rate for 5 min, until it was within 10 % for 5 min. A rate
    holds until the next that is told, and is judged from when its order says so; with a lost sensor
    it holds no longer than it was measured. 0 mL/h in a running drip is a rate: nothing flows. What
    is empty is told by its own rule."""

    number = 9
    id = "infusion_rate"
    source = "Infusion practice: a wide band with a delay, so that a moved arm is no alert"
    needs = Needs(kinds=frozenset({"infusion"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.INFUSION
    ladder = Ladder.EL_1
    icon = "speedometer"
    settings = (RateSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every running drip whose order tells a rate; one alert tells of all."""
        own = settings.of(RateSettings)
        off: list[tuple[datetime, Infusion, float, RateReading]] = []
        turns: list[datetime | None] = []
        for one in facts.infusions:
            ordered = _ordered(one)
            if one.encounter_id != facts.encounter.id or ordered is None:
                continue
            readings = [reading for reading in one.rates if reading.at <= now + AHEAD]
            ahead = [reading.at - AHEAD for reading in one.rates if reading.at > now + AHEAD]
            since, turn = _walk(one, ordered, readings, own, now)
            turns += [turn, min(ahead, default=None)]
            if since is not None:
                off.append((since, one, ordered, readings[-1]))
        if not off:
            return Look(next_look=soonest(*turns, after=now))
        off.sort(key=lambda told: (told[0], told[1].id))
        since, _, ordered, newest = off[0]
        finding = self.finding(
            facts.subject,
            self.words(
                f"why.{_how(ordered, newest)}",
                rate=_shown(newest.ml_h),
                ordered=_shown(ordered),
                at=instant(newest.at),
            ),
            title=self.words("title", n=len(off)),
            since=since,
            cause=facts.cause("infusion", [one.id for _, one, _, _ in off]),
            rings_for=frozenset({"infusion"}),
        )
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


def _ordered(one: Infusion) -> float | None:
    """The rate it should have, above 0; None: it is empty, does not run, or nobody told."""
    rate = one.ordered_ml_h
    empty = one.left_ml is not None and one.left_ml <= 0
    if rate is None or rate <= 0 or empty or one.status is not InfusionStatus.RUNNING:
        return None
    return rate


def _walk(
    one: Infusion, ordered: float, readings: list[RateReading], own: RateSettings, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Since when it is off now (None: it is not), and when that may change by time alone."""
    lost = one.source is VolumeSource.SENSOR_LOST
    hold, back = timedelta(minutes=own.off_min), timedelta(minutes=own.back_min)
    since: datetime | None = None  # it is off since
    started: datetime | None = None  # it has begun to be otherwise
    for reading, begin, until in _stretches(one, readings, now):
        away = abs(reading.ml_h - ordered) / ordered * 100
        other = away > own.off_percent if since is None else away <= own.back_percent
        if not other:
            started = None
            continue
        started = begin if started is None else started
        if since is None and until - started >= hold:
            since, started = started, None
        elif since is not None and until - started >= back:
            since, started = None, None
    if started is None or lost:
        return since, None
    return since, started + (hold if since is None else back)


def _stretches(
    one: Infusion, readings: list[RateReading], now: datetime
) -> Iterator[tuple[RateReading, datetime, datetime]]:
    """Each rate with from when until when it held, since the order is as it is and since it was
    last set running: what ran before was right or wrong by another, and a pause is no rate."""
    lost = one.source is VolumeSource.SENSOR_LOST
    begins = [at for at in (one.ordered_since, one.running_since) if at is not None]
    for reading, following in zip_longest(readings, readings[1:]):
        begin = max((reading.at, *begins))
        if following is not None:
            until = following.at
        else:
            until = reading.at if lost else max(now, begin)
        if begin <= until:
            yield reading, begin, until


_WHOLE_FROM = 10
"""mL/h: slower rates are shown with a decimal, slowest ones with what they have."""


def _shown(ml_h: float) -> str:
    if ml_h >= _WHOLE_FROM:
        return str(round(ml_h))
    return f"{round(ml_h, 1):g}" if ml_h >= 0.1 else f"{ml_h:.1g}"


def _how(ordered: float, newest: RateReading) -> str:
    if newest.ml_h <= 0:
        return "still"
    return "fast" if newest.ml_h > ordered else "slow"


INFUSION_RATE = InfusionRateRule()

RULES = (INFUSION_RATE,)

TEXTS = texts(
    "infusion_rate",
    {
        "title": {"one": "Drip is not at its rate", "other": "{n} drips are not at their rate"},
        "why": {
            "fast": "{rate} mL/h, ordered {ordered} · {at:time}",
            "slow": "{rate} mL/h, ordered {ordered} · {at:time}",
            "still": "Nothing flows, ordered {ordered} mL/h · {at:time}",
        },
        "todo": "Look at the line and the clamp, set the rate",
        "about": (
            "A drip runs more than 20 % off its ordered rate for 5 minutes",
            "Measured rate, or what was told when it was hung; the rate of the order",
            "Within 10 % for 5 minutes, paused, stopped or empty",
            "A wide band and a delay; one alert for all drips of a patient",
        ),
    },
    {
        "title": {"other": "{n} 路输液滴速不符"},
        "why": {
            "fast": "{rate} 毫升/时，医嘱 {ordered} · {at:time}",
            "slow": "{rate} 毫升/时，医嘱 {ordered} · {at:time}",
            "still": "没有滴注，医嘱 {ordered} 毫升/时 · {at:time}",
        },
        "todo": "查看管路和调节器，调整滴速",
        "about": (
            "输液速度偏离医嘱 20% 以上，持续 5 分钟",
            "测得的速度或挂瓶时记录的速度；医嘱速度",
            "回到 10% 以内 5 分钟，或暂停、停止、输完",
            "宽限和延时；一位患者的所有输液合为一条",
        ),
    },
)
