"""Two patients of the ward have names that a tired eye takes for one another."""

from datetime import datetime

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.encounter import Encounter
from smartward.clinical.neighbours import similar as similar
from smartward.clinical.rules.base import Facts, Look, Needs, Rule
from smartward.clinical.rules.settings import Mode, RuleSettings
from smartward.clinical.rules.told import in_house


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
        """Look who of the ward is called nearly the same."""
        own = facts.encounter
        alike = [other.id for other in facts.ward.near.alike(own) if _taken_for(own, other)]
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
    return one.patient.id != other.patient.id and in_house(other)


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
