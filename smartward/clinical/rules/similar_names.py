"""Two patients of the ward have names that a tired eye takes for one another."""

from datetime import datetime

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.encounter import Encounter
from smartward.clinical.masking import same_name_key
from smartward.clinical.rules.base import Facts, Look, Needs, Rule
from smartward.clinical.rules.settings import Mode, RuleSettings
from smartward.clinical.rules.told import in_house

_LONG_ENOUGH = 3
"""Characters from which a name that differs in one is taken for the other: of two characters, the
surname and one more, half of a Chinese ward would be alike."""


class SimilarNamesRule(Rule):
    """The same name, or one of three characters and more that differs in one of them behind the
    same first one. Names that only sound alike are not found: nothing here knows how they sound."""

    number = 47
    id = "similar_names"
    source = "Patient safety goals of the Chinese Hospital Association, 2019: two identifiers"
    needs = Needs(kinds=frozenset({"encounter"}), hours_back=48, others=True)
    alert_class = AlertClass.DUE
    problem = Problem.IDENTITY
    ladder = Ladder.NONE
    mode = Mode.ON
    icon = "account-alert"

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Compare the name with all others of the ward."""
        own = facts.encounter
        alike = sorted(
            other.id for other in facts.ward.encounters.values() if _taken_for(own, other)
        )
        if not alike or not in_house(own):
            return Look()
        beds = sorted(filter(None, (_number(facts, other) for other in alike)))
        finding = self.finding(
            facts.subject,
            self.words("why", n=len(alike), beds=", ".join(beds) or "–"),
            cause=facts.cause("encounter", [own.id]),
            since=None,
            once=",".join(alike),
        )
        return Look(findings=(finding,))


def _number(facts: Facts, id: str) -> str:
    bed = facts.ward.beds.get(facts.ward.encounters[id].bed_id or "")
    return "" if bed is None else bed.number


def _taken_for(one: Encounter, other: Encounter) -> bool:
    if one.patient.id == other.patient.id or not in_house(other):
        return False
    return similar(one.patient.name, other.patient.name)


def similar(one: str, other: str) -> bool:
    """Whether a name is taken for another; an empty one for none."""
    first, second = same_name_key(one), same_name_key(other)
    if not first or not second:
        return False
    if first == second:
        return True
    short = min(len(first), len(second)) < _LONG_ENOUGH
    return not short and first[0] == second[0] and _one_apart(first, second)


def _one_apart(one: str, other: str) -> bool:
    """An edit distance of exactly 1: one character replaced, added or left out."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


SIMILAR_NAMES = SimilarNamesRule()

RULES = (SIMILAR_NAMES,)

TEXTS = {
    "en": {
        "similar_names": {
            "title": "Similar name on the ward",
            "why": {"one": "Taken easily for bed {beds}", "other": "Taken easily for beds {beds}"},
            "todo": "Check name and number each time, aloud",
            "about": {
                "says": "Two patients of the ward have the same or nearly the same name",
                "data": "Names of the ward's patients",
                "clear": "One of them leaves",
                "guard": "Never repeated once a person has closed it",
            },
        }
    },
    "zh_CN": {
        "similar_names": {
            "title": "病区有相似姓名",
            "why": {"other": "易与 {beds} 床混淆"},
            "todo": "每次核对姓名和住院号，读出来",
            "about": {
                "says": "病区内两位患者姓名相同或相近",
                "data": "病区患者姓名",
                "clear": "其中一位离开",
                "guard": "有人关闭后不再提醒",
            },
        }
    },
}
