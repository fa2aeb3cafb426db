"""Nothing to eat or drink: something planned against it, or for too long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.care_event import CareKind
from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.clinical.plan import PlanKind, PlanStatus, fasting
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

GUIDE = "ASA Practice Guidelines for Preoperative Fasting, 2017: solids 6 h, clear fluids 2 h"
_NEEDS = Needs(kinds=frozenset({"encounter", "plan_item", "care_event"}), hours_back=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class FastingSettings(Settings):
    """How near a meal may come, and for how long a patient may fast."""

    section = "fasting"

    meal_min: float = setting(60, "min", LOCAL, "a meal planned within", "多久内有餐")
    solids_h: float = setting(12, "h", LOCAL, "too long without food", "禁食过久")
    late_h: float = setting(
        6, "h", LOCAL, "too long when what it is for is late", "检查或手术推迟时"
    )


def _ordered(facts: Facts) -> Precaution | None:
    return next(
        (
            one
            for one in facts.encounter.precautions
            if one.slot is PrecautionSlot.NIL_BY_MOUTH and one.state is Assessment.PRESENT
        ),
        None,
    )


class FastingBreachRule(Rule):
    """Nil by mouth is ordered and a meal is planned within the hour, or one was recorded since."""

    number = 35
    id = "fasting_breach"
    source = GUIDE
    needs = _NEEDS
    alert_class = AlertClass.DUE
    problem = Problem.NUTRITION
    ladder = Ladder.NONE
    icon = "food-off"
    settings = (FastingSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the meals while the order stands."""
        order = _ordered(facts)
        if order is None or not in_house(facts.encounter):
            return Look()
        within = timedelta(minutes=settings.of(FastingSettings).meal_min)
        eaten, ahead = care(facts, now, CareKind.MEAL, CareKind.DRINK)
        broken = [one for one in eaten if order.since is not None and one.at >= order.since]
        if broken:
            finding = self.finding(
                facts.subject,
                self.words("why.eaten", at=instant(broken[0].at)),
                todo=self.words("todo_eaten"),
                cause=facts.cause("care_event", [one.id for one in broken]),
                since=broken[0].at,
            )
            return Look(findings=(finding,), next_look=ahead)
        meals = sorted(
            (
                one
                for one in facts.plan_items
                if one.kind is PlanKind.MEAL
                and one.status in (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)
                and one.encounter_id == facts.encounter.id
            ),
            key=lambda one: (one.due_at, one.id),
        )
        turns = [turn for one in meals for turn in (one.due_at - within, one.due_at + within)]
        near = [one for one in meals if one.due_at - within <= now < one.due_at + within]
        if not near:
            return Look(next_look=soonest(ahead, *turns, after=now))
        finding = self.finding(
            facts.subject,
            self.words("why.meal", at=instant(near[0].due_at)),
            cause=facts.cause("plan_item", [one.id for one in near]),
            since=near[0].due_at - within,
            harm_at=near[0].due_at,
        )
        return Look(findings=(finding,), next_look=soonest(ahead, *turns, after=now))


class FastingTooLongRule(Rule):
    """Fasting for 12 h, or for 6 h when what it is for is past its time. Where the order has no
    time nothing is known. Eating ends it whatever the order says."""

    number = 36
    id = "fasting_too_long"
    source = GUIDE
    needs = _NEEDS
    alert_class = AlertClass.DUE
    problem = Problem.NUTRITION
    ladder = Ladder.NONE
    icon = "food-off"
    settings = (FastingSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge how long it has been."""
        order = _ordered(facts)
        if order is None or order.since is None or not in_house(facts.encounter):
            return Look()
        own = settings.of(FastingSettings)
        eaten, ahead = care(facts, now, CareKind.MEAL)
        if any(one.at >= order.since for one in eaten):
            return Look(next_look=ahead)
        items = [one for one in facts.plan_items if one.encounter_id == facts.encounter.id]
        fast = fasting(True, order.since, items, now)
        planned = None if fast is None else fast.due_at
        always = order.since + timedelta(hours=own.solids_h)
        late = None if planned is None else max(planned, order.since + timedelta(hours=own.late_h))
        start = always if late is None else min(always, late)
        if now < start:
            return Look(next_look=soonest(ahead, start))
        hours = int((now - order.since) / timedelta(hours=1))
        finding = self.finding(
            facts.subject,
            self.words("why", n=hours, at=instant(order.since)),
            cause=_cause(facts),
            since=start,
            once=instant(order.since),
        )
        hour = order.since + timedelta(hours=hours + 1)
        return Look(findings=(finding,), next_look=soonest(ahead, hour))


def _cause(facts: Facts) -> tuple[Cause, ...]:
    return facts.cause("encounter", [facts.encounter.id])


FASTING_BREACH, FASTING_TOO_LONG = FastingBreachRule(), FastingTooLongRule()

RULES = (FASTING_BREACH, FASTING_TOO_LONG)

_BREACH = texts(
    "fasting_breach",
    {
        "title": "Nil by mouth, but a meal",
        "why": {
            "meal": "A meal is planned for {at:time}",
            "eaten": "Something eaten or drunk at {at:time}",
        },
        "todo": "Stop the meal, explain it to the patient",
        "todo_eaten": "Tell the doctor and the theatre",
        "about": (
            "A patient who must not eat or drink has a meal planned, or has eaten",
            "Nil-by-mouth order; meals of the plan; meals and drinks recorded",
            "The order has ended, or the meal is cancelled",
            "One alert; the bedside explains it to the patient",
        ),
    },
    {
        "title": "禁食禁饮，却有餐",
        "why": {"meal": "{at:time} 有餐", "eaten": "{at:time} 已进食或饮水"},
        "todo": "停餐，向患者说明",
        "todo_eaten": "报告医生和手术室",
        "about": (
            "禁食禁饮的患者有计划用餐，或已进食",
            "禁食医嘱；计划中的餐；进食饮水记录",
            "医嘱结束，或取消用餐",
            "一条提醒；床旁屏向患者说明",
        ),
    },
)
_LONG = texts(
    "fasting_too_long",
    {
        "title": "Fasting too long",
        "why": "Nothing to eat for {n} h, since {at:time}",
        "todo": "Ask the doctor: may the patient eat or drink?",
        "about": (
            "A patient has been fasting too long, or what it is for is late",
            "Nil-by-mouth order with its time; plan of the day; meals recorded",
            "Eaten, or the order has ended",
            "Once for each fast when a person closed it",
        ),
    },
    {
        "title": "禁食时间过长",
        "why": "{at:time} 起禁食，已 {n} 小时",
        "todo": "询问医生能否进食进水",
        "about": (
            "禁食过久，或检查手术推迟",
            "禁食医嘱及时间；当日计划；进食记录",
            "已进食，或医嘱结束",
            "有人关闭后，同一次禁食不再提醒",
        ),
    },
)
TEXTS = together(_BREACH, _LONG)
