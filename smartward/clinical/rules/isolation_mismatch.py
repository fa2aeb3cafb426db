"""A patient who needs a room of their own shares it with one who has not the same."""

from datetime import datetime

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.encounter import Assessment, Encounter, PrecautionSlot
from smartward.clinical.rules.base import Facts, Look, Needs, Rule
from smartward.clinical.rules.settings import Mode, RuleSettings
from smartward.clinical.rules.told import in_house

BY_AIR = frozenset({"ppe.mask", "ppe.respirator"})
"""What is worn against what goes by the air; whoever needs it is not isolated at the bed alone."""


class IsolationMismatchRule(Rule):
    """An isolation that goes by the air is in force (droplet, airborne, protective: a mask is worn
    there), and somebody who has not the same lies in the same room. Contact isolation at the bed is
    done in a shared room; two with the same precaution may share one (cohorting), and mother and
    child share a bed. Where nobody told what to wear, nothing is known of a room."""

    number = 38
    id = "isolation_mismatch"
    source = "CDC, Guideline for Isolation Precautions, 2007: a single room, or the same together"
    needs = Needs(kinds=frozenset({"encounter", "bed"}), hours_back=48, others=True)
    alert_class = AlertClass.DUE
    problem = Problem.OTHER
    ladder = Ladder.EL_D
    mode = Mode.ON
    icon = "shield-alert"

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge who else lies in the room."""
        own = facts.encounter
        if facts.bed is None or not in_house(own) or not BY_AIR & _worn(own):
            return Look()
        in_room = facts.ward.near.in_room(facts.bed.room_id)
        others = [one for one in in_room if _shares(facts, one)]
        if not others:
            return Look()
        beds = sorted(facts.ward.beds[one.bed_id].number for one in others if one.bed_id)
        slot = next(one for one in own.precautions if one.slot is PrecautionSlot.ISOLATION)
        finding = self.finding(
            facts.subject,
            self.words("why", n=len(beds), beds=", ".join(beds)),
            cause=facts.cause("encounter", [own.id]),
            since=slot.since,
            once=",".join(sorted(one.id for one in others)),
        )
        return Look(findings=(finding,))


def _shares(facts: Facts, other: Encounter) -> bool:
    """Of those in the room: lies in another bed, not isolated in the same way."""
    own = facts.encounter
    if other.id == own.id or other.bed_id == own.bed_id or not in_house(other):
        return False
    return _worn(other) != _worn(own)


def _worn(encounter: Encounter) -> frozenset[str]:
    """What is worn against the patient's isolation; nothing where none is in force."""
    return frozenset(
        what
        for one in encounter.precautions
        if one.slot is PrecautionSlot.ISOLATION and one.state is Assessment.PRESENT
        for what in one.protection
    )


ISOLATION_MISMATCH = IsolationMismatchRule()

RULES = (ISOLATION_MISMATCH,)

TEXTS = {
    "en": {
        "isolation_mismatch": {
            "title": "Isolated, but in a shared room",
            "why": {
                "one": "Bed {beds} in the room is not isolated so",
                "other": "Beds {beds} in the room are not isolated so",
            },
            "todo": "Move one of them, ask infection control",
            "about": {
                "says": "A patient isolated against the air (droplet, airborne) shares a room",
                "data": "Isolation and what is worn for it; who lies in which room",
                "clear": "Moved, or the precaution has ended",
                "guard": "Once for the same neighbours; not for contact isolation at the bed",
            },
        }
    },
    "zh_CN": {
        "isolation_mismatch": {
            "title": "隔离患者与他人同室",
            "why": {"other": "同室 {beds} 床没有同样的隔离"},
            "todo": "安排换床，联系感控",
            "about": {
                "says": "需单间隔离（飞沫、空气）的患者与他人同室",
                "data": "隔离标识和防护要求；各房间的患者",
                "clear": "已换床，或隔离解除",
                "guard": "同样的同室患者只提醒一次；床旁接触隔离不提醒",
            },
        }
    },
}
