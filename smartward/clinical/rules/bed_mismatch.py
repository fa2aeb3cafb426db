"""What is known of a bed disagrees: nobody can be sure who lies there."""

from datetime import datetime

from smartward.clinical.alert import AlertClass, Ladder, Problem, Subject, SubjectKind
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule
from smartward.clinical.rules.settings import Mode, RuleSettings


class BedMismatchRule(WardRule):
    """Bed and stay disagree (`bed.conflict`): somebody in a bed that is closed, two adults in one,
    one person in two. Its screens already hide who lies there."""

    number = 45
    id = "bed_mismatch"
    source = "Patient safety goals of the Chinese Hospital Association, 2019: the right patient"
    needs = Needs(kinds=frozenset({"bed", "encounter"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.IDENTITY
    ladder = Ladder.EL_1
    mode = Mode.ON
    icon = "account-alert"

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Judge every bed."""
        return Look(
            findings=tuple(
                self.finding(
                    Subject(kind=SubjectKind.BED, id=bed.id),
                    bed.conflict,
                    cause=ward.cause("bed", [bed.id]),
                    since=None,
                )
                for bed in sorted(ward.beds.values(), key=lambda one: one.id)
                if bed.conflict is not None
            )
        )


BED_MISMATCH = BedMismatchRule()

RULES = (BED_MISMATCH,)

TEXTS = {
    "en": {
        "bed_mismatch": {
            "title": "Who lies here? Please check",
            "todo": "Check name and number at the bed, put the record right",
            "about": {
                "says": "Bed and record disagree about who lies there",
                "data": "Beds and stays of the hospital system",
                "clear": "They agree",
                "guard": "None: the bed's screens show no name until then",
            },
        }
    },
    "zh_CN": {
        "bed_mismatch": {
            "title": "床位与患者不符，请核对",
            "todo": "到床旁核对姓名和住院号，更正记录",
            "about": {
                "says": "床位与记录中的患者不一致",
                "data": "医院系统的床位和住院记录",
                "clear": "两者一致",
                "guard": "无；一致之前该床屏幕不显示姓名",
            },
        }
    },
}
