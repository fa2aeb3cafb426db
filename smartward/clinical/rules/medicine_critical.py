"""Time-critical medicines: due now, and late half an hour after."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.plan import DoseTiming
from smartward.clinical.rules.base import (
    PRIORITY_OF,
    Facts,
    Look,
    Needs,
    Rule,
    instant,
    soonest,
    texts,
)
from smartward.clinical.rules.medicine_due import ISMP, waiting_doses
from smartward.clinical.rules.settings import RuleSettings, Settings, setting
from smartward.clinical.rules.told import in_house


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalSettings(Settings):
    """How near to its time a time-critical medicine is given."""

    section = "medicine_critical"

    early_min: float = setting(30, "min", ISMP, "due so long before", "提前")
    late_min: float = setting(30, "min", ISMP, "urgent so long after", "超时")
    back_h: float = setting(12, "h", ISMP, "older ones are history", "更早的不再提醒")


class MedicineCriticalRule(Rule):
    """A medicine whose order calls it time-critical, or that is given more often than every 4 h, is
    due from 30 min before its time and urgent from 30 min after. All doses of a patient that are
    due are one alert; once one is late it tells of the late ones alone, and each asks anew."""

    number = 22
    id = "medicine_critical"
    version = "2"
    source = ISMP
    needs = Needs(kinds=frozenset({"plan_item"}), hours_back=12)
    alert_class = AlertClass.DUE
    problem = Problem.MEDICINE
    ladder = Ladder.EL_D
    icon = "pill"
    settings = (CriticalSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Find what is due."""
        if not in_house(facts.encounter):
            return Look()
        own = settings.of(CriticalSettings)
        early, late = timedelta(minutes=own.early_min), timedelta(minutes=own.late_min)
        back = timedelta(hours=own.back_h)
        waiting = waiting_doses(facts, DoseTiming.CRITICAL)
        turns = [one.due_at + away for one in waiting for away in (-early, late, back)]
        due = [one for one in waiting if one.due_at - early <= now < one.due_at + back]
        if not due:
            return Look(next_look=soonest(*turns, after=now))
        overdue = [one for one in due if now >= one.due_at + late]
        told = overdue or due
        first, newest = told[0], told[-1]
        level = AlertClass.URGENT if overdue else AlertClass.DUE
        finding = self.finding(
            facts.subject,
            self.words("why.late" if overdue else "why.due", due=instant(first.due_at)),
            title=self.words("late" if overdue else "title", n=len(told)),
            alert_class=level,
            priority=PRIORITY_OF[level],
            cause=facts.cause("plan_item", [one.id for one in told]),
            rings_for=frozenset({"plan_item"} if overdue else ()),
            since=first.due_at + late if overdue else first.due_at - early,
            due_at=first.due_at,
            grace_s=late.total_seconds(),
            once=newest.id,
        )
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


MEDICINE_CRITICAL = MedicineCriticalRule()

RULES = (MEDICINE_CRITICAL,)

TEXTS = texts(
    "medicine_critical",
    {
        "title": {"one": "Medicine due on time", "other": "{n} medicines due on time"},
        "late": {"one": "Time-critical medicine late", "other": "{n} time-critical medicines late"},
        "why": {
            "due": "Time-critical, due {due:time}",
            "late": "Time-critical, was due {due:time}, not recorded",
        },
        "todo": "Give it now, or record why not",
        "about": (
            "A time-critical medicine is due, or half an hour past its time",
            "Medicines of the plan with their times; what the order says of its urgency",
            "Given, or not given with its reason",
            "All of a patient's due doses are one alert; each rings once it is late",
        ),
    },
    {
        "title": {"other": "{n} 项药物需按时给药"},
        "late": {"other": "{n} 项按时给药的药物已超时"},
        "why": {
            "due": "须按时给药，应于 {due:time}",
            "late": "须按时给药，应于 {due:time}，尚未记录",
        },
        "todo": "现在给药，或记录未给的原因",
        "about": (
            "须按时给药的药物到时，或超时半小时",
            "当日计划中的药物及时间；医嘱的紧急程度",
            "已给药，或记录未给的原因",
            "一位患者的到时药物合为一条；每项超时后提醒一次",
        ),
    },
)
