"""A high temperature."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.observation import Parameter
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, texts
from smartward.clinical.rules.history import crossing, points
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureSettings(Settings):
    """From where it is high, and when it is over."""

    section = "temperature_spike"

    from_c: float = setting(38.5, "°C", LOCAL, "high from", "高热起始")
    below_c: float = setting(38.0, "°C", LOCAL, "over when below", "低于此值")
    back_values: float = setting(2, "values", LOCAL, "so often in a row", "连续次数", least=1)

    def wrong(self) -> str | None:
        """There is room between the two limits."""
        return "below_c must not be above from_c" if self.below_c > self.from_c else None


class TemperatureSpikeRule(Rule):
    """38.5 °C and more, until two values in a row are below 38.0 °C. Values are of one decimal."""

    number = 18
    id = "temperature_spike"
    source = f"Limits by {LOCAL}; NEWS2 gives 39.1 °C 2 points"
    needs = Needs(kinds=frozenset({"vital_sign"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.DETERIORATION
    ladder = Ladder.NONE
    icon = "thermometer-alert"
    settings = (TemperatureSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Walk the temperatures."""
        own = settings.of(TemperatureSettings)
        history, ahead = points(facts, Parameter.TEMPERATURE, now)
        high = crossing(
            history,
            lambda value: _charted(value) >= Decimal(str(own.from_c)),
            lambda value: _charted(value) < Decimal(str(own.below_c)),
            back_values=round(own.back_values),
        )
        if high is None:
            return Look(next_look=ahead)
        finding = self.finding(
            facts.subject,
            self.words("why", value=high.latest.value, at=instant(high.latest.at)),
            cause=facts.cause("vital_sign", dict.fromkeys((high.entered.id, high.latest.id))),
            since=high.since,
            once=instant(high.since),
        )
        return Look(findings=(finding,), next_look=ahead)


@lru_cache(maxsize=1024)
def _charted(value: float) -> Decimal:
    """As a person reads it: one decimal, rounded half up."""
    return Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)


TEMPERATURE_SPIKE = TemperatureSpikeRule()

RULES = (TEMPERATURE_SPIKE,)

TEXTS = texts(
    "temperature_spike",
    {
        "title": "High temperature",
        "why": "{value:1} °C at {at:time}",
        "todo": "Look for a cause, ask the doctor about cultures",
        "about": (
            "A temperature of 38.5 °C or more",
            "Temperatures of 48 hours",
            "Two values in a row below 38.0 °C",
            "One alert for each spike, no voice",
        ),
    },
    {
        "title": "高热",
        "why": "{at:time} 体温 {value:1} °C",
        "todo": "查找原因，询问医生是否做培养",
        "about": (
            "体温达到 38.5 °C",
            "48 小时内的体温",
            "连续两次低于 38.0 °C",
            "每次高热一条，不播报",
        ),
    },
)
