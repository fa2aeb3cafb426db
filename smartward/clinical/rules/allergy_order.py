"""Something was ordered that the patient is allergic to."""

from datetime import datetime

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.allergy import Allergy, Criticality, touches
from smartward.clinical.order import Order, OrderKind
from smartward.clinical.rules.base import PRIORITY_OF, Facts, Look, Needs, Rule, texts
from smartward.clinical.rules.settings import RuleSettings


class AllergyOrderRule(Rule):
    """An active order of a medicine or of food has a code of an allergy, an ATC class of it, or an
    ingredient of the same name. A warning; nothing is stopped by it. Low criticality is due, every
    other, and an unknown one, is urgent."""

    number = 37
    id = "allergy_order"
    source = (
        "Patient safety goals of the Chinese Hospital Association, 2019: allergies are checked "
        "against orders; HL7 FHIR R4 AllergyIntolerance.criticality"
    )
    needs = Needs(kinds=frozenset({"encounter", "order"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.MEDICINE
    ladder = Ladder.EL_1
    icon = "alert-octagon"

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Compare what stands with what was ordered."""
        own = sorted(
            (one for one in facts.of(Order) if one.encounter_id == facts.encounter.id),
            key=lambda one: one.id,
        )
        allergies = sorted(facts.encounter.allergies, key=lambda one: (_weight(one), one.id))
        pairs = [
            (allergy, order)
            for allergy in allergies
            for order in own
            if order.active and touches(allergy, order.codes, order.names)
        ]
        if not pairs:
            return Look()
        allergy, order = pairs[0]
        level = AlertClass.DUE if _weight(allergy) else AlertClass.URGENT
        what = "food" if order.kind is OrderKind.DIET else "medicine"
        ordered = dict.fromkeys(one.id for _, one in pairs)
        finding = self.finding(
            facts.subject,
            self.words(
                f"why.{what}",
                allergy=next(iter(allergy.names), ""),
                ordered=next(iter(order.names), ""),
            ),
            title=self.words("title", n=len(ordered)),
            alert_class=level,
            priority=PRIORITY_OF[level],
            cause=facts.cause("order", ordered),
            since=None,
            once=" ".join(sorted(f"{one.id}:{of.id}" for one, of in pairs)),
            rings_for=frozenset({"order"}),
        )
        return Look(findings=(finding,))


def _weight(allergy: Allergy) -> int:
    """What is not known to be low in front."""
    return 1 if allergy.criticality is Criticality.LOW else 0


ALLERGY_ORDER = AllergyOrderRule()

RULES = (ALLERGY_ORDER,)

TEXTS = texts(
    "allergy_order",
    {
        "title": {"one": "Allergy against an order", "other": "Allergies against {n} orders"},
        "why": {
            "medicine": "Allergy: {allergy} · ordered: {ordered}",
            "food": "Allergy: {allergy} · food: {ordered}",
        },
        "todo": "Do not give it before the doctor has looked at it",
        "about": (
            "A medicine or food is ordered that the patient is allergic to",
            "Allergies and orders with their codes (equal code, ATC class) and ingredients; "
            "a class that is told in words alone (cephalosporins) is not found",
            "The order or the allergy has ended",
            "Only new pairs; nothing is stopped by it",
        ),
    },
    {
        "title": {"other": "{n} 项医嘱与过敏史冲突"},
        "why": {
            "medicine": "过敏：{allergy} · 医嘱：{ordered}",
            "food": "过敏：{allergy} · 饮食：{ordered}",
        },
        "todo": "先请医生核对，再执行",
        "about": (
            "医嘱的药物或饮食与患者过敏史冲突",
            "过敏史与医嘱的编码（相同编码、ATC 分类）和成分；仅用文字写的类别（如头孢类）不能识别",
            "医嘱或过敏记录已结束",
            "只提醒新的冲突；不阻止任何医嘱",
        ),
    },
)
