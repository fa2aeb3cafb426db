"""Somebody at high risk of falling leaves the bed with nobody in the room."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.bed_state import BedSensor
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant
from smartward.clinical.rules.falls import FallSettings, exit_watch_ordered, high_risk
from smartward.clinical.rules.settings import LOCAL, Mode, RuleSettings, Settings, setting
from smartward.clinical.rules.told import in_house, sensor


@dataclass(frozen=True, slots=True, kw_only=True)
class BedExitSettings(Settings):
    """How long the bed must be empty before it is believed."""

    section = "bed_exit"

    confirm_s: float = setting(2, "s", LOCAL, "the bed must be empty for", "离床确认时间")


class BedExitRule(Rule):
    """The bed says that the patient has left it, and the risk is high or its exit alarm is armed.
    Not while somebody is marked present in the room; it arms itself anew when they have gone."""

    number = 31
    id = "bed_exit"
    version = "2"
    source = (
        "Shorr et al., Ann Intern Med 2012 (bed alarms alone prevent no falls): told to the "
        "responsible nurse at once, only at high risk"
    )
    needs = Needs(
        kinds=frozenset({"bed_state", "score_result", "encounter", "presence"}), hours_back=48
    )
    alert_class = AlertClass.URGENT
    problem = Problem.FALL
    ladder = Ladder.EL_1
    mode = Mode.ON
    icon = "bed-empty"
    settings = (FallSettings, BedExitSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the bed's last word."""
        bed = sensor(facts, BedSensor.OCCUPIED, now)
        if bed is None or bed.on or not in_house(facts.encounter) or _attended(facts):
            return Look()
        if not (high_risk(facts, settings.of(FallSettings), now) or exit_watch_ordered(facts, now)):
            return Look()
        start = bed.since + timedelta(seconds=settings.of(BedExitSettings).confirm_s)
        if now < start:
            return Look(next_look=start)
        finding = self.finding(
            facts.subject,
            self.words("why", at=instant(bed.since)),
            cause=facts.cause("bed_state", [bed.id]),
            since=bed.since,
            harm_at=bed.since,
            rings_for=frozenset({"bed_state"}),
        )
        return Look(findings=(finding,))


def _attended(facts: Facts) -> bool:
    """Somebody is in the room."""
    there = facts.ward.present.get(facts.encounter.bed_id or "")
    return there is not None and len(there.people) > 0


BED_EXIT = BedExitRule()

RULES = (BED_EXIT,)

TEXTS = {
    "en": {
        "bed_exit": {
            "title": "Leaving the bed: high risk of a fall",
            "why": "Out of bed since {at:time}, nobody in the room",
            "todo": "Go there now",
            "about": {
                "says": "A patient at high risk of falling has left the bed, nobody is in the room",
                "data": "Bed or mat sensor, fall precaution, Morse score, presence in the room",
                "clear": "Back in bed, or somebody present in the room",
                "guard": "Confirmed first; off while somebody is present, armed again after",
            },
        }
    },
    "zh_CN": {
        "bed_exit": {
            "title": "高跌倒风险患者离床",
            "why": "{at:time} 离床，房内无人",
            "todo": "立即前往",
            "about": {
                "says": "高跌倒风险患者离床，房内没有人员",
                "data": "离床传感器、防跌倒标识、Morse 评分、房内人员",
                "clear": "回到床上，或有人到房内",
                "guard": "先确认；有人在场时关闭，离开后自动恢复",
            },
        }
    },
}
