"""Checks that follow a start: of a transfusion, of a restraint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Finding, Ladder, Problem
from smartward.clinical.care_event import CareEvent, CareKind, Restraint, Step
from smartward.clinical.priority import Priority
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
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house

NZ_BLOOD = "New Zealand Blood Service, Transfusion Medicine Handbook"
CMS = "CMS Conditions of Participation 482.13(e), restraint"
_NEEDS = Needs(kinds=frozenset({"care_event"}), hours_back=24)


def running(events: Sequence[CareEvent]) -> list[CareEvent]:
    """The events of what was started last and has not ended, oldest first; of several that run at
    a time (by `about`) the one whose last event is oldest."""
    of: dict[str | None, list[CareEvent]] = {}
    for one in events:
        if one.step is Step.START:
            of[one.about] = [one]
        elif one.step is Step.END:
            of.pop(one.about, None)
        elif one.about in of:
            of[one.about].append(one)
    return min(of.values(), key=lambda run: (run[-1].at, run[-1].id), default=[])


@dataclass(frozen=True, slots=True, kw_only=True)
class TransfusionSettings(Settings):
    """When a transfusion is checked."""

    section = "transfusion_check"

    first_min: float = setting(15, "min", NZ_BLOOD, "first check", "首次检查")
    then_min: float = setting(30, "min", NZ_BLOOD, "then every", "之后间隔")
    grace_min: float = setting(5, "min", LOCAL, "grace", "宽限", least=0)
    unit_h: float = setting(4, "h", NZ_BLOOD, "a unit runs at most", "每袋最长")


class TransfusionCheckRule(Rule):
    """The check at 15 min is missed (urgent: most reactions come then), a later one is, or a unit
    runs for more than 4 h."""

    number = 27
    id = "transfusion_check"
    source = NZ_BLOOD
    needs = _NEEDS
    alert_class = AlertClass.DUE
    problem = Problem.OTHER
    ladder = Ladder.EL_D
    icon = "blood-bag"
    settings = (TransfusionSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the checks of the unit that runs."""
        own = settings.of(TransfusionSettings)
        events, ahead = care(facts, now, CareKind.TRANSFUSION)
        run = running(events)
        if not run or not in_house(facts.encounter):
            return Look(next_look=ahead)
        first = len(run) == 1
        due = run[-1].at + timedelta(minutes=own.first_min if first else own.then_min)
        start = due + timedelta(minutes=own.grace_min)
        long = run[0].at + timedelta(hours=own.unit_h)
        turn = soonest(ahead, start, long, after=now)
        if now >= long:
            finding = self._found(facts, run, long, "why.long", urgent=True, todo="todo_long")
        elif now >= start:
            why = "why.first" if first else "why.next"
            finding = self._found(facts, run, due, why, urgent=first, since=start)
        else:
            return Look(next_look=turn)
        return Look(findings=(finding,), next_look=turn)

    def _found(
        self,
        facts: Facts,
        run: list[CareEvent],
        due: datetime,
        why: str,
        *,
        urgent: bool,
        todo: str = "todo",
        since: datetime | None = None,
    ) -> Finding:
        return self.finding(
            facts.subject,
            self.words(why, start=instant(run[0].at), due=instant(due)),
            todo=self.words(todo),
            cause=facts.cause("care_event", [one.id for one in run]),
            since=since or due,
            due_at=due,
            alert_class=AlertClass.URGENT if urgent else AlertClass.DUE,
            priority=Priority.MEDIUM if urgent else Priority.LOW,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RestraintSettings(Settings):
    """When a restrained patient is looked at."""

    section = "restraint_check"

    violent_min: float = setting(15, "min", CMS, "every, when violent", "暴力行为者间隔")
    other_min: float = setting(120, "min", CMS, "every, otherwise", "其他间隔")
    grace_min: float = setting(5, "min", LOCAL, "grace", "宽限", least=0)


class RestraintCheckRule(Rule):
    """Somebody is restrained and the last check is too old."""

    number = 42
    id = "restraint_check"
    source = CMS
    needs = _NEEDS
    alert_class = AlertClass.DUE
    problem = Problem.OTHER
    ladder = Ladder.EL_D
    icon = "handcuffs"
    settings = (RestraintSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the last check."""
        own = settings.of(RestraintSettings)
        events, ahead = care(facts, now, CareKind.RESTRAINT)
        run = running(events)
        if not run or not in_house(facts.encounter):
            return Look(next_look=ahead)
        violent = run[0].restraint is Restraint.VIOLENT
        due = run[-1].at + timedelta(minutes=own.violent_min if violent else own.other_min)
        start = due + timedelta(minutes=own.grace_min)
        if now < start:
            return Look(next_look=soonest(ahead, start))
        finding = self.finding(
            facts.subject,
            self.words("why", last=instant(run[-1].at), due=instant(due)),
            cause=facts.cause("care_event", [run[-1].id]),
            since=start,
            due_at=due,
            grace_s=own.grace_min * 60,
        )
        return Look(findings=(finding,), next_look=ahead)


TRANSFUSION_CHECK, RESTRAINT_CHECK = TransfusionCheckRule(), RestraintCheckRule()

RULES = (TRANSFUSION_CHECK, RESTRAINT_CHECK)

_TRANSFUSION = texts(
    "transfusion_check",
    {
        "title": "Transfusion: check due",
        "why": {
            "first": "Started {start:time}, first check due {due:time}",
            "next": "Started {start:time}, next check due {due:time}",
            "long": "Started {start:time}, should have ended {due:time}",
        },
        "todo": "Take vital signs, look for a reaction",
        "todo_long": "Stop it, ask the doctor",
        "about": (
            "A check of a running transfusion is missed, or a unit runs too long",
            "Start, checks and end recorded at the bed",
            "The check or the end is recorded",
            "Timers of one unit, no repeats",
        ),
    },
    {
        "title": "输血该检查了",
        "why": {
            "first": "{start:time} 开始，应于 {due:time} 首次检查",
            "next": "{start:time} 开始，应于 {due:time} 再检查",
            "long": "{start:time} 开始，应于 {due:time} 前输完",
        },
        "todo": "测生命体征，观察输血反应",
        "todo_long": "停止输血，询问医生",
        "about": (
            "输血检查漏做，或一袋输注过久",
            "床旁记录的开始、检查和结束",
            "记录检查或结束",
            "每袋的定时提醒，不重复",
        ),
    },
)
_RESTRAINT = texts(
    "restraint_check",
    {
        "title": "Restraint: check due",
        "why": "Last checked {last:time}, due {due:time}",
        "todo": "Look at skin, circulation and whether it is still needed",
        "about": (
            "A restrained patient has not been looked at for too long",
            "Start, checks and end of the restraint recorded at the bed",
            "The check or the end is recorded",
            "Told to the responsible nurse first",
        ),
    },
    {
        "title": "约束该检查了",
        "why": "上次检查 {last:time}，应于 {due:time}",
        "todo": "查看皮肤、血运，判断是否仍需约束",
        "about": (
            "受约束的患者过久没有检查",
            "床旁记录的约束开始、检查和解除",
            "记录检查或解除",
            "先通知责任护士",
        ),
    },
)
TEXTS = together(_TRANSFUSION, _RESTRAINT)
