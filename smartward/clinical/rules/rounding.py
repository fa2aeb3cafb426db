"""Nobody has looked in for longer than the nursing grade allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareEvent, CareKind, standing
from smartward.clinical.care_intervals import ROUND_SOURCE, SHIPPED
from smartward.clinical.encounter import NursingLevel
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting
from smartward.clinical.rules.told import in_house, told

GRADES = ROUND_SOURCE

AT_THE_BED = frozenset(CareKind) - {CareKind.READ_BACK, CareKind.REVIEWED}
"""What cannot be done without being there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingSettings(Settings):
    """Hours between two rounds by nursing grade, and the grace."""

    section = "rounding_due"

    grade_one_h: float = setting(SHIPPED.round_one_h, "h", GRADES, "grade 1", "一级护理")
    grade_two_h: float = setting(SHIPPED.round_two_h, "h", GRADES, "grade 2", "二级护理")
    grade_three_h: float = setting(SHIPPED.round_three_h, "h", GRADES, "grade 3", "三级护理")
    grace_share: float = setting(0.25, "of the interval", LOCAL, "grace", "宽限占间隔的比例")
    kept_h: float = setting(
        SHIPPED.recorded_h,
        "h",
        LOCAL,
        "only where a round was recorded within so long",
        "仅在此时间内有过巡视记录时",
    )

    def interval_h(self, level: NursingLevel | None) -> float | None:
        """The hours for a grade; None: special (somebody is always there) or not known."""
        hours: Mapping[NursingLevel, float] = {
            NursingLevel.ONE: self.grade_one_h,
            NursingLevel.TWO: self.grade_two_h,
            NursingLevel.THREE: self.grade_three_h,
        }
        return None if level is None else hours.get(level)


class RoundingDueRule(Rule):
    """Due by the nursing grade since somebody was last at the bed (any care recorded there counts).
    Only for a stay whose rounds are recorded here: where nobody records any, nothing is known."""

    number = 34
    id = "rounding_due"
    source = f"{GRADES}; hourly rounding: Meade et al., AJN 2006"
    needs = Needs(kinds=frozenset({"care_event", "encounter"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.CARE
    ladder = Ladder.EL_D
    mode = Mode.ON
    icon = "walk"
    settings = (RoundingSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the last time somebody was there."""
        own = settings.of(RoundingSettings)
        hours = own.interval_h(facts.encounter.nursing_level)
        events = standing(facts.of(CareEvent), *AT_THE_BED)
        there, ahead = told(facts, events, lambda one: one.at, now)
        rounds = [one for one in there if one.kind is CareKind.ROUND]
        if hours is None or not rounds or not in_house(facts.encounter):
            return Look(next_look=ahead)
        kept_until = rounds[-1].at + timedelta(hours=own.kept_h)
        if now >= kept_until:
            return Look(next_look=ahead)
        last = there[-1]
        due = last.at + timedelta(hours=hours)
        grace = timedelta(hours=hours) * own.grace_share
        if now < due + grace:
            return Look(next_look=soonest(ahead, due + grace))
        finding = self.finding(
            facts.subject,
            self.words("why", last=instant(last.at), due=instant(due)),
            cause=facts.cause("care_event", [last.id]),
            since=due + grace,
            due_at=due,
            grace_s=grace.total_seconds(),
        )
        return Look(findings=(finding,), next_look=soonest(ahead, kept_until))


ROUNDING_DUE = RoundingDueRule()

RULES = (ROUNDING_DUE,)

TEXTS = {
    "en": {
        "rounding_due": {
            "title": "Round due",
            "why": "Last seen {last:time}, due {due:time}",
            "todo": "Look in: pain, toilet, position, things within reach",
            "about": {
                "says": "Nobody has looked in for longer than the nursing grade allows",
                "data": "Nursing grade; what was done at the bed",
                "clear": "A round or any care at the bed is recorded",
                "guard": "A list entry, no voice; only where rounds are recorded",
            },
        }
    },
    "zh_CN": {
        "rounding_due": {
            "title": "该巡视了",
            "why": "上次巡视 {last:time}，应于 {due:time}",
            "todo": "巡视：疼痛、如厕、体位、物品",
            "about": {
                "says": "距上次有人到床旁的时间超过护理级别的规定",
                "data": "护理级别；床旁护理记录",
                "clear": "记录巡视或任何床旁护理",
                "guard": "只在列表，不播报；仅在记录巡视的病区",
            },
        }
    },
}
