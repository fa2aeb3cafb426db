"""A bag has run dry while the drip still counts as running."""

from datetime import datetime

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.infusion import Infusion
from smartward.clinical.rules.base import Facts, Look, Needs, Rule
from smartward.clinical.rules.drips import Span, empty_at, look_at_drips
from smartward.clinical.rules.settings import Mode, RuleSettings


class InfusionEndedRule(Rule):
    """Nothing is left, measured or by the rate, and nobody has recorded the end yet. Recorded as
    completed or stopped, or with a new volume, it is over. Paused it is not ended."""

    number = 8
    id = "infusion_ended"
    version = "2"
    source = "Infusion practice: a bag that is empty is changed or stopped at once"
    needs = Needs(kinds=frozenset({"infusion", "alert"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.INFUSION
    ladder = Ladder.EL_1
    mode = Mode.ON
    icon = "iv-bag"

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every infusion of the patient; one alert tells of all."""
        return look_at_drips(self, facts, _span, now)


def _span(infusion: Infusion) -> Span | None:
    empty = empty_at(infusion)
    return None if empty is None else Span(start=empty)


INFUSION_ENDED = InfusionEndedRule()

RULES = (INFUSION_ENDED,)

TEXTS = {
    "en": {
        "infusion_ended": {
            "title": {"one": "Drip finished", "other": "{n} drips finished"},
            "why": {
                "measured": "Empty {end:time} · measured {at:time}",
                "estimated": "Estimated empty since {end:time}",
                "sensor_lost": "No sensor signal since {at:time}",
            },
            "todo": {
                "look": "Go and look: change or stop it",
                "next_ordered": "The next bag is ordered: change it",
                "no_next": "No further bag is ordered: stop it",
            },
            "about": {
                "says": "A bag is empty and the drip still counts as running",
                "data": "Volume and rate of the drip, from its sensor, pump or record",
                "clear": "A new bag, or recorded as ended, stopped or paused",
                "guard": "One alert for all drips of a patient; a new one rings again",
            },
        }
    },
    "zh_CN": {
        "infusion_ended": {
            "title": {"one": "输液已结束", "other": "{n} 路输液已结束"},
            "why": {
                "measured": "{end:time} 输完 · {at:time} 测",
                "estimated": "估计 {end:time} 已输完",
                "sensor_lost": "传感器 {at:time} 后没有信号",
            },
            "todo": {
                "look": "到床旁查看，换袋或停止输液",
                "next_ordered": "下一袋已开医嘱，请换袋",
                "no_next": "没有下一袋医嘱，请停止输液",
            },
            "about": {
                "says": "液体已输完，而输液仍记为进行中",
                "data": "输液的余量和速度，来自传感器、输液泵或记录",
                "clear": "换上新袋，或记为结束、停止、暂停",
                "guard": "一位患者的所有输液合为一条；新增一路时再次提醒",
            },
        }
    },
}
