"""Oxygen saturation below its limit for longer than an artefact lasts."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.observation import Parameter
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.history import Point, points
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting

_BACK = timedelta(hours=12)
_DELAY = "Johns Hopkins alarm management, Biomed Instrum Technol 2011;45(s1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spo2Settings(Settings):
    """Limits, delay and hysteresis."""

    section = "spo2_drop"

    below: float = setting(88, "%", _DELAY, "low when below", "低于")
    below_scale_2: float = setting(
        86, "%", LOCAL, "low when below, with an ordered target of 88-92 %",
        "医嘱目标 88-92% 时，低于",
    )  # fmt: skip
    hold_s: float = setting(15, "s", _DELAY, "low for so long", "持续时间", least=0)
    above: float = setting(1, "%", LOCAL, "over when so far above the limit", "高出限值", least=0)
    back_s: float = setting(30, "s", LOCAL, "for so long", "恢复持续时间", least=0)
    lasts_h: float = setting(6, "h", LOCAL, "a last value counts for so long", "最后一次的有效时间")


class Spo2DropRule(Rule):
    """Below 88 % for 15 s, or below 86 % where a clinician ordered 88-92 %, until it has been at
    least one above the limit for 30 s. A single reading counts as held until the next."""

    number = 19
    id = "spo2_drop"
    source = f"{_DELAY}: limit 88 % and delay 15 s"
    needs = Needs(kinds=frozenset({"vital_sign", "encounter"}), hours_back=12)
    alert_class = AlertClass.URGENT
    problem = Problem.DETERIORATION
    ladder = Ladder.EL_2
    icon = "lungs"
    settings = (Spo2Settings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Walk the saturations."""
        own = settings.of(Spo2Settings)
        limit = own.below_scale_2 if facts.encounter.news2.scale == 2 else own.below
        every, ahead = points(facts, Parameter.OXYGEN_SATURATION, now)
        history = every[bisect_right(every, now - _BACK, key=lambda one: one.at) :]
        hold = timedelta(seconds=own.hold_s)
        low, turn = _low(history, limit, own, now)
        if low is None:
            return Look(next_look=soonest(ahead, turn, _expires(history), after=now))
        latest = history[-1]
        end = latest.at + timedelta(hours=own.lasts_h)
        if now >= end:
            return Look(next_look=ahead)
        finding = self.finding(
            facts.subject,
            self.words("why", value=round(latest.value), limit=round(limit), at=instant(latest.at)),
            cause=facts.cause("vital_sign", dict.fromkeys((low.id, latest.id))),
            since=low.at + hold,
        )
        turns = (ahead, turn, end, _expires(history))
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


def _expires(history: list[Point]) -> datetime | None:
    """When the oldest value counts no more."""
    return history[0].at + _BACK if history else None


def _low(
    history: list[Point], limit: float, own: Spo2Settings, now: datetime
) -> tuple[Point | None, datetime | None]:
    """The first of the low values, where they have lasted, and when that may change by time."""
    hold, back_for = timedelta(seconds=own.hold_s), timedelta(seconds=own.back_s)
    inside: Point | None = None
    run: Point | None = None
    back: Point | None = None
    for index, point in enumerate(history):
        until = history[index + 1].at if index + 1 < len(history) else now
        if inside is None:
            run = (run or point) if point.value < limit else None
            if run is not None and until - run.at >= hold:
                inside, run, back = run, None, None
        elif point.value >= limit + own.above:
            back = back or point
            if until - back.at >= back_for:
                inside, back = None, None
        else:
            back = None
    if inside is None:
        return None, None if run is None else run.at + hold
    return inside, None if back is None else back.at + back_for


SPO2_DROP = Spo2DropRule()

RULES = (SPO2_DROP,)

TEXTS = texts(
    "spo2_drop",
    {
        "title": "Oxygen saturation low",
        "why": "{value} % at {at:time}, limit {limit} %",
        "todo": "Check the probe and the patient, give oxygen as ordered, tell the doctor",
        "about": (
            "Oxygen saturation is below its limit and stays there",
            "Saturations; the ordered target",
            "At least 1 % above the limit for 30 s",
            "A delay of 15 s; the lower limit where a target of 88-92 % is ordered",
        ),
    },
    {
        "title": "血氧饱和度低",
        "why": "{at:time} 为 {value}%，限值 {limit}%",
        "todo": "检查探头和患者，遵医嘱给氧，报告医生",
        "about": (
            "血氧饱和度持续低于限值",
            "血氧饱和度；医嘱目标",
            "高出限值 1% 持续 30 秒",
            "延迟 15 秒；医嘱目标 88-92% 时用较低限值",
        ),
    },
)
