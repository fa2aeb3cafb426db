"""A patient who must be turned has not been for too long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareKind, Measure
from smartward.clinical.care_intervals import SHIPPED, TURN_SOURCE
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house

TURN = TURN_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings(Settings):
    """How often a patient is turned."""

    section = "turn_due"

    every_h: float = setting(SHIPPED.turn_h, "h", TURN, "turned every", "翻身间隔")
    mattress_h: float = setting(
        SHIPPED.turn_mattress_h, "h", LOCAL, "on an air mattress", "气垫床上"
    )
    grace_min: float = setting(15, "min", LOCAL, "grace", "宽限")


class TurnDueRule(Rule):
    """A turn is planned and past its time; or turning was put in place at the bed, and the last
    turn is 2 h old, 4 h on an air mattress."""

    number = 28
    id = "turn_due"
    source = TURN
    needs = Needs(kinds=frozenset({"care_event", "plan_item"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.SKIN
    ladder = Ladder.EL_D
    icon = "rotate-3d-variant"
    settings = (TurnSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the last turn."""
        if not in_house(facts.encounter):
            return Look()
        own = settings.of(TurnSettings)
        due, ahead = _due(facts, own, now)
        if due is None:
            return Look(next_look=ahead)
        start = due + timedelta(minutes=own.grace_min)
        if now < start:
            return Look(next_look=soonest(ahead, start))
        turns, _ = care(facts, now, CareKind.TURN)
        finding = self.finding(
            facts.subject,
            self.words("why", due=instant(due))
            if not turns
            else self.words(f"lies.{turns[-1].position}", due=instant(due)),
            cause=facts.cause("care_event", [turns[-1].id])
            if turns
            else facts.cause("encounter", [facts.encounter.id]),
            since=start,
            due_at=due,
            grace_s=own.grace_min * 60,
        )
        return Look(findings=(finding,), next_look=ahead)


def _due(facts: Facts, own: TurnSettings, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the next turn is due, by the plan or by what was put in place; and when one that is
    dated ahead is to be looked at."""
    turns, ahead = care(facts, now, CareKind.TURN)
    placed, later = care(facts, now, CareKind.PREVENTION)
    last = turns[-1].at if turns else None
    planned = [
        one.due_at
        for one in facts.plan_items
        if one.kind is PlanKind.TURNING
        and one.status is PlanStatus.PLANNED
        and one.encounter_id == facts.encounter.id
        and (last is None or one.due_at > last)
    ]
    plans = [one for one in placed if Measure.TURN_PLAN in one.measures]
    by_plan = None
    if plans:
        soft = any(Measure.AIR_MATTRESS in one.measures for one in placed)
        start = plans[0].at if last is None else max(last, plans[0].at)
        by_plan = start + timedelta(hours=own.mattress_h if soft else own.every_h)
    return soonest(by_plan, *planned), soonest(ahead, later)


TURN_DUE = TurnDueRule()

RULES = (TURN_DUE,)

TEXTS = texts(
    "turn_due",
    {
        "title": "Turn due",
        "why": "Due {due:time}",
        "lies": {
            "left": "On the left side, due {due:time}",
            "supine": "On the back, due {due:time}",
            "right": "On the right side, due {due:time}",
            "prone": "On the front, due {due:time}",
            "sitting": "Sitting, due {due:time}",
        },
        "todo": "Turn, look at the skin, record the position",
        "about": (
            "A patient to be turned has not been for too long",
            "Turns with position; turning planned or put in place",
            "A turn is recorded",
            "One list entry, no sound",
        ),
    },
    {
        "title": "该翻身了",
        "why": "应于 {due:time}",
        "lies": {
            "left": "左侧卧，应于 {due:time}",
            "supine": "平卧，应于 {due:time}",
            "right": "右侧卧，应于 {due:time}",
            "prone": "俯卧，应于 {due:time}",
            "sitting": "坐位，应于 {due:time}",
        },
        "todo": "翻身，查看皮肤，记录体位",
        "about": (
            "需翻身的患者过久没有翻身",
            "翻身和体位记录；翻身计划或措施",
            "记录翻身",
            "只在列表，不出声",
        ),
    },
)
