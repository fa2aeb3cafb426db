"""A high risk by its score, and nothing put in place against it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.bed_state import BedSensor
from smartward.clinical.care_event import CareKind, Measure
from smartward.clinical.rules.base import (
    Facts,
    Look,
    Needs,
    Rule,
    instant,
    soonest,
    texts,
    together,
)
from smartward.clinical.rules.falls import FallSettings, high_risk
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house, scores, sensor
from smartward.clinical.score_result import ScoreKind
from smartward.clinical.scores import braden, morse

BUNDLE = (Measure.BED_LOW, Measure.BED_EXIT_ON, Measure.SIGN_ON)
"""What is put in place against falls."""
SKIN_PLAN = frozenset({Measure.AIR_MATTRESS, Measure.TURN_PLAN})
"""Any one of these is a plan."""
_SENSED = {Measure.BED_LOW: BedSensor.LOW, Measure.BED_EXIT_ON: BedSensor.BED_EXIT_ALARM}


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinSettings(Settings):
    """From which score the skin needs a plan."""

    section = "skin_no_plan"

    braden_to: float = setting(braden.HIGH_TO, "points", braden.SOURCE, "at most", "不高于")
    wait_min: float = setting(60, "min", LOCAL, "after the score", "评分后等待")


class SkinNoPlanRule(Rule):
    """Braden 12 and less, and neither an air mattress nor turning is recorded as put in place."""

    number = 29
    id = "skin_no_plan"
    source = braden.SOURCE
    needs = Needs(kinds=frozenset({"score_result", "care_event"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.SKIN
    ladder = Ladder.NONE
    icon = "bandage"
    settings = (SkinSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest score against what is in place."""
        own = settings.of(SkinSettings)
        found, ahead = scores(facts, ScoreKind.BRADEN, now)
        placed, later = care(facts, now, CareKind.PREVENTION)
        turn = soonest(ahead, later)
        if not found or found[-1].value > own.braden_to or not in_house(facts.encounter):
            return Look(next_look=turn)
        if any(SKIN_PLAN & set(one.measures) for one in placed):
            return Look(next_look=turn)
        newest = found[-1]
        start = newest.taken_at + timedelta(minutes=own.wait_min)
        if now < start:
            return Look(next_look=soonest(turn, start))
        finding = self.finding(
            facts.subject,
            self.words("why", n=newest.value, at=instant(newest.taken_at)),
            cause=facts.cause("score_result", [newest.id]),
            since=start,
            once=newest.id,
        )
        return Look(findings=(finding,), next_look=turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class FallPlanSettings(Settings):
    """How long the bundle may take."""

    section = "fall_no_plan"

    wait_min: float = setting(60, "min", LOCAL, "after the score", "评分后等待")


class FallNoPlanRule(Rule):
    """Morse 45 and more, and not all of the bundle is in place: bed low, exit alarm on, sign on.
    The bed's own sensors count as well as what a person recorded."""

    number = 30
    id = "fall_no_plan"
    version = "2"
    source = morse.SOURCE
    needs = Needs(kinds=frozenset({"score_result", "care_event", "bed_state"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.FALL
    ladder = Ladder.NONE
    icon = "shield-alert"
    settings = (FallSettings, FallPlanSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest score against what is in place."""
        found, ahead = scores(facts, ScoreKind.MORSE, now)
        placed, later = care(facts, now, CareKind.PREVENTION)
        turn = soonest(ahead, later)
        high = found and found[-1].value >= settings.of(FallSettings).morse_from
        if not high or not in_house(facts.encounter):
            return Look(next_look=turn)
        have = {measure for one in placed for measure in one.measures}
        for measure, which in _SENSED.items():
            sensed = sensor(facts, which, now)
            if sensed is not None:
                (have.add if sensed.on else have.discard)(measure)
        lacking = [one for one in BUNDLE if one not in have]
        newest = found[-1]
        start = newest.taken_at + timedelta(minutes=settings.of(FallPlanSettings).wait_min)
        if not lacking or now < start:
            return Look(next_look=soonest(turn, start, after=now))
        which_one = lacking[0].value if len(lacking) == 1 else "several"
        finding = self.finding(
            facts.subject,
            self.words(f"lacks.{which_one}", n=newest.value, at=instant(newest.taken_at)),
            cause=facts.cause("score_result", [newest.id]),
            since=start,
            once=f"{newest.id} {' '.join(lacking)}",
        )
        return Look(findings=(finding,), next_look=turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitAlarmSettings(Settings):
    """How long an exit alarm may be off."""

    section = "exit_alarm_off"

    off_min: float = setting(10, "min", LOCAL, "off for", "关闭时间")


class ExitAlarmOffRule(Rule):
    """The bed says that its exit alarm is off, for 10 min, and the risk of a fall is high. A bed
    that says nothing of an alarm has none that could be off."""

    number = 32
    id = "exit_alarm_off"
    version = "2"
    source = f"ECRI bed-exit alerts: an alarm left off is a fault to be seen; time by {LOCAL}"
    needs = Needs(kinds=frozenset({"bed_state", "score_result", "encounter"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.FALL
    ladder = Ladder.NONE
    icon = "bell-off-outline"
    settings = (FallSettings, ExitAlarmSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the bed's last word on its alarm."""
        alarm = sensor(facts, BedSensor.BED_EXIT_ALARM, now)
        if alarm is None or alarm.on or not in_house(facts.encounter):
            return Look()
        if not high_risk(facts, settings.of(FallSettings), now):
            return Look()
        start = alarm.since + timedelta(minutes=settings.of(ExitAlarmSettings).off_min)
        if now < start:
            return Look(next_look=start)
        finding = self.finding(
            facts.subject,
            self.words("why", at=instant(alarm.since)),
            cause=facts.cause("bed_state", [alarm.id]),
            since=start,
            once=alarm.id,
        )
        return Look(findings=(finding,))


SKIN_NO_PLAN, FALL_NO_PLAN = SkinNoPlanRule(), FallNoPlanRule()
EXIT_ALARM_OFF = ExitAlarmOffRule()

RULES = (SKIN_NO_PLAN, FALL_NO_PLAN, EXIT_ALARM_OFF)

TEXTS = together(
    texts(
        "skin_no_plan",
        {
            "title": "Skin at risk, nothing in place",
            "why": "Braden {n} at {at:time}",
            "todo": "Plan turning or an air mattress, record it",
            "about": (
                "Braden of 12 or less and no plan for the skin",
                "Braden scores; what was put in place",
                "A plan is recorded, or a better score",
                "Once for each score when a person closed it",
            ),
        },
        {
            "title": "压疮高风险，没有措施",
            "why": "{at:time} Braden {n} 分",
            "todo": "安排翻身或气垫床，并记录",
            "about": (
                "Braden 不高于 12 分而没有皮肤措施",
                "Braden 评分；已采取的措施",
                "已记录措施，或评分好转",
                "有人关闭后，同一次评分不再提醒",
            ),
        },
    ),
    texts(
        "fall_no_plan",
        {
            "title": "High risk of a fall, not all in place",
            "lacks": {
                "bed_low": "Morse {n} at {at:time}; the bed is not low",
                "bed_exit_on": "Morse {n} at {at:time}; the exit alarm is not on",
                "sign_on": "Morse {n} at {at:time}; no sign is up",
                "several": "Morse {n} at {at:time}; bed, exit alarm or sign lack",
            },
            "todo": "Bed low, exit alarm on, sign up; record it",
            "about": (
                "Morse of 45 or more and the bundle against falls is not complete",
                "Morse scores; what was put in place; the bed's sensors",
                "All three are in place, or a lower score",
                "Once for each score when a person closed it",
            ),
        },
        {
            "title": "跌倒高风险，措施不全",
            "lacks": {
                "bed_low": "{at:time} Morse {n} 分；床未降低",
                "bed_exit_on": "{at:time} Morse {n} 分；离床报警未开",
                "sign_on": "{at:time} Morse {n} 分；未挂标识",
                "several": "{at:time} Morse {n} 分；床位、离床报警或标识缺项",
            },
            "todo": "降低床，打开离床报警，挂标识，并记录",
            "about": (
                "Morse 不低于 45 分而防跌倒措施不全",
                "Morse 评分；已采取的措施；床的传感器",
                "三项齐全，或评分降低",
                "有人关闭后，同一次评分不再提醒",
            ),
        },
    ),
    texts(
        "exit_alarm_off",
        {
            "title": "Exit alarm is off, high risk of a fall",
            "why": "Off since {at:time}",
            "todo": "Switch it on, or stay",
            "about": (
                "The bed's exit alarm is off in a patient at high risk of falling",
                "The bed's sensors; fall precaution, Morse score",
                "Switched on",
                "Once when a person closed it",
            ),
        },
        {
            "title": "跌倒高风险，离床报警已关",
            "why": "{at:time} 起关闭",
            "todo": "打开报警，或留人看护",
            "about": (
                "跌倒高风险患者的离床报警被关闭",
                "床的传感器；防跌倒标识、Morse 评分",
                "已打开",
                "有人关闭后不再提醒",
            ),
        },
    ),
)
