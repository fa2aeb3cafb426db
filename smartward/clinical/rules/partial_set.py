"""A set of observations lacks something: no score can be made of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareEvent, CareKind
from smartward.clinical.news2 import PUBLICATION, exclusion, scored_from
from smartward.clinical.observation_set import ObservationSet
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house
from smartward.clinical.rules.window import SetSettings, believed_sets


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialSetSettings(Settings):
    """How long a set may stay incomplete, and for how long that is worth telling."""

    section = "partial_set"

    wait_min: float = setting(15, "min", LOCAL, "after its newest value", "最后一项之后的等待")
    lasts_h: float = setting(8, "h", LOCAL, "then the next set counts", "之后以下一套为准")
    habit_sets: float = setting(
        3, "sets", LOCAL, "so many in a row that lack the same are a habit, told no more",
        "连续几套缺同样的项即属惯例，不再提醒", least=2,
    )  # fmt: skip


class PartialSetRule(Rule):
    """The newest set lacks one or more of the seven, nothing more has come for a while, and nobody
    has said why. Overdue observations are told by their own rule."""

    number = 15
    id = "partial_set"
    source = f"{PUBLICATION}: a partial set is no score; the wait by {LOCAL}"
    needs = Needs(kinds=frozenset({"vital_sign", "care_event"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.DETERIORATION
    ladder = Ladder.NONE
    mode = Mode.ON
    icon = "clipboard-pulse"
    settings = (SetSettings, PartialSetSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest set."""
        history, ahead = believed_sets(facts, settings, now)
        if not history or history[-1].complete or not in_house(facts.encounter):
            return Look(next_look=ahead)
        if exclusion(facts.encounter, now) is not None:
            return Look(next_look=soonest(ahead, scored_from(facts.encounter), after=now))
        newest, own = history[-1], settings.of(PartialSetSettings)
        reasons, later = care(facts, now, CareKind.OBSERVATIONS_MISSED)
        start = newest.until + timedelta(minutes=own.wait_min)
        end = newest.until + timedelta(hours=own.lasts_h)
        if _explained(newest, reasons) or _habit(history, own) or now >= end:
            return Look(next_look=soonest(ahead, later))
        if now < start:
            return Look(next_look=soonest(ahead, later, start))
        missing = newest.missing
        which = missing[0].value if len(missing) == 1 else "several"
        finding = self.finding(
            facts.subject,
            self.words(f"lacks.{which}", at=instant(newest.at), n=len(missing)),
            cause=facts.cause("vital_sign", newest.sources),
            since=start,
            once=instant(newest.at),
        )
        return Look(findings=(finding,), next_look=soonest(ahead, later, end))


def _explained(newest: ObservationSet, reasons: list[CareEvent]) -> bool:
    """Somebody said since the set why it is so, of all of it or of everything it lacks."""
    given = {one.about for one in reasons if one.at >= newest.at}
    return None in given or all(parameter.value in given for parameter in newest.missing)


def _habit(history: list[ObservationSet], own: PartialSetSettings) -> bool:
    """The last sets all lack what the newest does: it is not measured here, or not told. A missing
    score is then told by overdue observations alone."""
    last = history[-round(own.habit_sets) :]
    lacking = set(history[-1].missing)
    return len(last) >= own.habit_sets and all(lacking <= set(one.missing) for one in last)


PARTIAL_SET = PartialSetRule()

RULES = (PARTIAL_SET,)

TEXTS = {
    "en": {
        "partial_set": {
            "title": "Observations incomplete: no score",
            "todo": "Measure what is missing, or say why it cannot be",
            "lacks": {
                "respiratory_rate": "The {at:time} set lacks breathing rate",
                "oxygen_saturation": "The {at:time} set lacks SpO2",
                "oxygen_supply": "The {at:time} set lacks air or oxygen",
                "systolic": "The {at:time} set lacks blood pressure",
                "heart_rate": "The {at:time} set lacks pulse",
                "consciousness": "The {at:time} set lacks consciousness",
                "temperature": "The {at:time} set lacks temperature",
                "several": "The {at:time} set lacks {n} items",
            },
            "about": {
                "says": "The newest set of observations lacks something and cannot be scored",
                "data": "Sets of observations; reasons given for what was not measured",
                "clear": "Completed, a complete set since, or a reason given",
                "guard": "Once for each set; not where the last sets all lack the same",
            },
        }
    },
    "zh_CN": {
        "partial_set": {
            "title": "生命体征不全，不能评分",
            "todo": "补测缺项，或说明原因",
            "lacks": {
                "respiratory_rate": "{at:time} 的一套缺呼吸",
                "oxygen_saturation": "{at:time} 的一套缺血氧",
                "oxygen_supply": "{at:time} 的一套缺吸氧情况",
                "systolic": "{at:time} 的一套缺血压",
                "heart_rate": "{at:time} 的一套缺脉搏",
                "consciousness": "{at:time} 的一套缺意识",
                "temperature": "{at:time} 的一套缺体温",
                "several": "{at:time} 的一套缺 {n} 项",
            },
            "about": {
                "says": "最近一套生命体征有缺项，不能评分",
                "data": "各套生命体征；未测的原因",
                "clear": "补全，或之后有完整的一套，或已说明原因",
                "guard": "每套只提醒一次；连续缺同样的项不再提醒",
            },
        }
    },
}
