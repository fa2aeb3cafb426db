"""A drip is nearly finished: little time or little volume is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.infusion import Infusion, expected_end, reaches
from smartward.clinical.rules.base import Facts, Look, Needs, Rule
from smartward.clinical.rules.drips import Span, empty_at, look_at_drips
from smartward.clinical.rules.settings import Mode, RuleSettings, Settings, setting

_PRACTICE = "practice of drip monitors: 5-10 min or 30-50 mL before the end"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionSettings(Settings):
    """When a drip is nearly finished."""

    section = "infusion_near_end"

    near_min: float = setting(10, "min", _PRACTICE, "left", "剩余时间")
    near_ml: float = setting(50, "mL", _PRACTICE, "left", "剩余量")
    near_ml_from_bag_ml: float = setting(
        250, "mL", _PRACTICE, "the volume counts only for bags of this size or more",
        "只有不小于此容量的袋才按剩余量计",
    )  # fmt: skip


class InfusionNearEndRule(Rule):
    """At most 10 min or at most 50 mL left, whichever comes first; the volume counts only for
    bags of 250 mL or more. Once per bag: an acknowledged alert asks again only for another bag.

    Its nurse is told once and nobody after: a drip that runs out has a rule of its own, which asks
    further.
    Paused or at rate 0 a drip neither ends nor alerts.
    """

    number = 7
    id = "infusion_near_end"
    version = "2"
    source = "Infusion practice: 5-10 min or 30-50 mL before the end; set by the ward"
    needs = Needs(kinds=frozenset({"infusion", "alert"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.INFUSION
    ladder = Ladder.NURSE
    mode = Mode.ON
    icon = "iv-bag"
    settings = (InfusionSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every infusion of the patient; one alert tells of all."""

        def span(infusion: Infusion) -> Span | None:
            return near_span(infusion, settings.of(InfusionSettings))

        return look_at_drips(self, facts, span, now)


def near_span(infusion: Infusion, settings: InfusionSettings) -> Span | None:
    """From when a running drip is nearly finished until it is empty; None when that cannot be
    told."""
    total, left = infusion.total_ml, infusion.left_ml
    volume_counts = total is not None and total >= settings.near_ml_from_bag_ml
    end = expected_end(infusion)
    if end is not None:
        by_volume = reaches(infusion, settings.near_ml) if volume_counts else None
        by_time = end - timedelta(minutes=settings.near_min)
        return Span(start=min(by_time, by_volume or by_time), end=empty_at(infusion))
    # No rate is known: what was measured is the most that can be left. At rate 0 it is paused.
    if not volume_counts or infusion.rate_ml_h is not None or left is None or left <= 0:
        return None
    return Span(start=infusion.measured_at) if left <= settings.near_ml else None


INFUSION_NEAR_END = InfusionNearEndRule()

RULES = (INFUSION_NEAR_END,)

TEXTS = {
    "en": {
        "infusion_near_end": {
            "title": {"one": "Drip nearly finished", "other": "{n} drips nearly finished"},
            "why": {
                "measured": "Ends about {end:time} · measured {at:time}",
                "estimated": "Estimated end {end:time}",
                "volume": "{ml} mL left · measured {at:time}",
                "sensor_lost": "No sensor signal since {at:time}",
            },
            "todo": {
                "look": "Go and look: change or stop it",
                "next_ordered": "The next bag is ordered: have it ready",
                "no_next": "No further bag is ordered: prepare to stop",
            },
            "about": {
                "says": "Little time or little volume of a running drip is left",
                "data": "Volume and rate of the drip, from its sensor, pump or record",
                "clear": "A new bag, stopped or paused",
                "guard": "Once for each bag; one alert for all drips of a patient",
            },
        }
    },
    "zh_CN": {
        "infusion_near_end": {
            "title": {"one": "输液即将结束", "other": "{n} 路输液即将结束"},
            "why": {
                "measured": "约 {end:time} 输完 · {at:time} 测",
                "estimated": "估计 {end:time} 输完",
                "volume": "剩 {ml} 毫升 · {at:time} 测",
                "sensor_lost": "传感器 {at:time} 后没有信号",
            },
            "todo": {
                "look": "到床旁查看，换袋或停止输液",
                "next_ordered": "下一袋已开医嘱，请备好",
                "no_next": "没有下一袋医嘱，准备停止输液",
            },
            "about": {
                "says": "进行中的输液剩余时间或剩余量不多",
                "data": "输液的余量和速度，来自传感器、输液泵或记录",
                "clear": "换上新袋，或停止、暂停",
                "guard": "每袋只提醒一次；一位患者的所有输液合为一条",
            },
        }
    },
}
