"""Rules on the plan of the day: after an operation, before a pick-up, before going home."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.encounter import PrecautionSlot
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
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
from smartward.clinical.rules.told import in_house, present
from smartward.clinical.rules.window import SetSettings, believed_sets

OPEN = (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOpSettings(Settings):
    """How often a patient is observed after an operation."""

    section = "post_op_observations"

    hourly: float = setting(4, "sets", LOCAL, "so many hourly, then every", "先每小时几套", least=1)
    then_h: float = setting(4, "h", LOCAL, "hours", "之后每几小时")
    until_h: float = setting(24, "h", LOCAL, "until so long after", "术后多久为止")
    grace_min: float = setting(15, "min", LOCAL, "grace", "宽限")


class PostOpObservationsRule(Rule):
    """Hourly four times from the end of an operation, then every 4 h for a day. Overdue by the
    score is told by its own rule."""

    number = 43
    id = "post_op_observations"
    source = "Reviews of post-operative observations: hourly x4, then 4-hourly is the commonest"
    needs = Needs(kinds=frozenset({"plan_item", "vital_sign"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.DETERIORATION
    ladder = Ladder.NONE
    icon = "clipboard-pulse"
    settings = (SetSettings, PostOpSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the sets since the operation."""
        own = settings.of(PostOpSettings)
        every, ahead = believed_sets(facts, settings, now)
        over = [_ended(one) for one in _of(facts, PlanKind.SURGERY) if _ended(one) is not None]
        back = max((at for at in over if at is not None and at <= now), default=None)
        if back is None or not in_house(facts.encounter):
            coming = [at for at in over if at is not None]
            return Look(next_look=soonest(ahead, *coming, after=now))
        end = back + timedelta(hours=own.until_h)
        taken = [one.until for one in every if one.until >= back]
        few = len(taken) < own.hourly
        last = taken[-1] if taken else back
        due = last + timedelta(hours=1 if few else own.then_h)
        start = due + timedelta(minutes=own.grace_min)
        if now >= end or now < start or start >= end:
            return Look(next_look=soonest(ahead, start, after=now) if start < end else ahead)
        finding = self.finding(
            facts.subject,
            self.words("why", due=instant(due), back=instant(back)),
            cause=facts.cause(
                "plan_item", [one.id for one in _of(facts, PlanKind.SURGERY) if _ended(one) == back]
            ),
            since=start,
            due_at=due,
        )
        return Look(findings=(finding,), next_look=soonest(ahead, end))


def _ended(item: PlanItem) -> datetime | None:
    return item.done_at if item.status is PlanStatus.DONE else None


def _of(facts: Facts, *kinds: PlanKind) -> list[PlanItem]:
    """The patient's plan items of these kinds, in the day's order."""
    own = (one for one in facts.plan_items if one.encounter_id == facts.encounter.id)
    return sorted((one for one in own if one.kind in kinds), key=lambda one: (one.due_at, one.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUpSettings(Settings):
    """How long before a pick-up things must be ready."""

    section = "pick_up"

    before_min: float = setting(60, "min", LOCAL, "before", "提前")


class PickUpRule(Rule):
    """An operation or a scan that needs fasting is within the hour, and no fasting is in force.
    Other preparations are not told here."""

    number = 44
    id = "pick_up"
    source = f"Pre-operative checklists; time by {LOCAL}"
    needs = Needs(kinds=frozenset({"plan_item", "encounter"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.NUTRITION
    ladder = Ladder.NONE
    icon = "bed-clock"
    settings = (PickUpSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge what is near."""
        before = timedelta(minutes=settings.of(PickUpSettings).before_min)
        waiting = [
            one
            for one in _of(facts, PlanKind.SURGERY, PlanKind.SCAN, PlanKind.TEST)
            if one.nil_by_mouth and one.status is PlanStatus.PLANNED
        ]
        if present(facts.encounter, PrecautionSlot.NIL_BY_MOUTH) or not in_house(facts.encounter):
            return Look()
        turns = [turn for one in waiting for turn in (one.due_at - before, one.due_at + before)]
        near = [one for one in waiting if one.due_at - before <= now < one.due_at + before]
        if not near:
            return Look(next_look=soonest(*turns, after=now))
        finding = self.finding(
            facts.subject,
            self.words("why", at=instant(near[0].due_at)),
            cause=facts.cause("plan_item", [one.id for one in near]),
            since=near[0].due_at - before,
            due_at=near[0].due_at,
            harm_at=near[0].due_at,
        )
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeSettings(Settings):
    """How long before a discharge its list must be empty."""

    section = "discharge_blocked"

    before_h: float = setting(2, "h", LOCAL, "before", "提前")
    after_h: float = setting(12, "h", LOCAL, "until so long after", "之后多久为止")


class DischargeBlockedRule(Rule):
    """The patient goes home within 2 h, and something planned until then is not done."""

    number = 49
    id = "discharge_blocked"
    source = f"Discharge checklists (GetWell and others); time by {LOCAL}"
    needs = Needs(kinds=frozenset({"plan_item", "encounter"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.DISCHARGE
    ladder = Ladder.NONE
    icon = "exit-run"
    settings = (DischargeSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge what is left."""
        own, going = settings.of(DischargeSettings), facts.encounter.discharge_at
        if going is None or not in_house(facts.encounter):
            return Look()
        start = going - timedelta(hours=own.before_h)
        end = going + timedelta(hours=own.after_h)
        if now < start or now >= end:
            return Look(next_look=soonest(start, after=now))
        kinds = [kind for kind in PlanKind if kind is not PlanKind.DISCHARGE]
        left = [one for one in _of(facts, *kinds) if one.status in OPEN and one.due_at <= going]
        if not left:
            return Look(next_look=end)
        finding = self.finding(
            facts.subject,
            self.words("why", n=len(left), at=instant(going)),
            cause=facts.cause("plan_item", [one.id for one in left]),
            since=start,
            due_at=going,
        )
        return Look(findings=(finding,), next_look=end)


POST_OP_OBSERVATIONS = PostOpObservationsRule()
PICK_UP, DISCHARGE_BLOCKED = PickUpRule(), DischargeBlockedRule()

RULES = (POST_OP_OBSERVATIONS, PICK_UP, DISCHARGE_BLOCKED)

TEXTS = together(
    texts(
        "post_op_observations",
        {
            "title": "Observations after the operation due",
            "why": "Due {due:time}, back since {back:time}",
            "todo": "Take a set",
            "about": (
                "A patient back from an operation is due for observations",
                "Operations of the plan that are done; sets of observations",
                "A set is recorded",
                "A list entry for one day",
            ),
        },
        {
            "title": "术后该测生命体征",
            "why": "应于 {due:time} · {back:time} 返回",
            "todo": "测一套",
            "about": (
                "术后返回的患者该测生命体征",
                "计划中已完成的手术；各套生命体征",
                "记录一套",
                "只在列表，一天为止",
            ),
        },
    ),
    texts(
        "pick_up",
        {
            "title": "To be fasting, but no order",
            "why": "Planned for {at:time}; no nil-by-mouth order stands",
            "todo": "Ask the doctor before the patient is fetched",
            "about": (
                "What needs fasting is within the hour and no fasting is in force",
                "Plan of the day; nil-by-mouth order",
                "The order stands, or the plan has changed",
                "All of a patient are one alert",
            ),
        },
        {
            "title": "需要禁食，但没有禁食医嘱",
            "why": "{at:time} 安排，目前没有禁食医嘱",
            "todo": "接走患者前询问医生",
            "about": (
                "一小时内有需禁食的检查或手术，但未禁食",
                "当日计划；禁食医嘱",
                "已有医嘱，或计划改变",
                "一位患者合为一条",
            ),
        },
    ),
    texts(
        "discharge_blocked",
        {
            "title": "Going home, but not all is done",
            "why": {
                "one": "{n} thing left before {at:time}",
                "other": "{n} things left before {at:time}",
            },
            "todo": "Finish what is left, or plan it anew",
            "about": (
                "The patient goes home soon and something planned is not done",
                "Expected discharge; plan of the day",
                "Done, or not done with its reason",
                "One list for each patient",
            ),
        },
        {
            "title": "即将出院，仍有未完成",
            "why": {"other": "{at:time} 出院前还有 {n} 项"},
            "todo": "完成或重新安排",
            "about": (
                "患者即将出院，计划仍有未完成",
                "预计出院时间；当日计划",
                "完成，或登记未做原因",
                "每位患者一张清单",
            ),
        },
    ),
)
