"""A critical value of the laboratory that nobody has read back yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareKind
from smartward.clinical.lab_result import UNITS, Analyte, LabResult
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.settings import RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, told
from smartward.clinical.words import Wording

LISTS = "critical value lists of Chinese laboratories; the ward's own laboratory decides"


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalLabSettings(Settings):
    """Limits where the laboratory does not mark a value itself; both ends are critical."""

    section = "critical_lab"

    potassium_low: float = setting(2.8, "mmol/L", LISTS, "potassium, at most", "血钾，不高于")
    potassium_high: float = setting(6.2, "mmol/L", LISTS, "potassium, at least", "血钾，不低于")
    glucose_low: float = setting(2.2, "mmol/L", LISTS, "glucose, at most", "血糖，不高于")
    glucose_high: float = setting(22.2, "mmol/L", LISTS, "glucose, at least", "血糖，不低于")
    sodium_low: float = setting(120, "mmol/L", LISTS, "sodium, at most", "血钠，不高于")
    sodium_high: float = setting(160, "mmol/L", LISTS, "sodium, at least", "血钠，不低于")
    haemoglobin_low: float = setting(50, "g/L", LISTS, "haemoglobin, at most", "血红蛋白，不高于")
    platelets_low: float = setting(20, "10*9/L", LISTS, "platelets, at most", "血小板，不高于")
    back_h: float = setting(48, "h", LISTS, "results so old are history", "超过此时间不再提醒")

    def limits(self, analyte: Analyte) -> tuple[float | None, float | None]:
        """The critical limits of one analyte, low and high."""
        low: float | None = getattr(self, f"{analyte}_low", None)
        high: float | None = getattr(self, f"{analyte}_high", None)
        return low, high


class CriticalLabRule(Rule):
    """The laboratory calls it critical, or it is beyond the ward's limits, and no read-back of it
    is recorded. All of a patient are one alert, the oldest in front."""

    number = 21
    id = "critical_lab"
    source = f"{LISTS}; read-back: patient safety goals of the Chinese Hospital Association"
    needs = Needs(kinds=frozenset({"lab_result", "care_event"}), hours_back=48)
    alert_class = AlertClass.URGENT
    problem = Problem.OTHER
    ladder = Ladder.EL_2
    icon = "test-tube"
    settings = (CriticalLabSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Find what is critical and not read back."""
        own = settings.of(CriticalLabSettings)
        back = timedelta(hours=own.back_h)
        results, ahead = told(facts, facts.of(LabResult), lambda one: one.taken_at, now)
        events, later = care(facts, now, CareKind.READ_BACK)
        read = {one.about for one in events}
        open_ones = [
            one
            for one in results
            if critical(one, own) and one.id not in read and one.taken_at > now - back
        ]
        if not open_ones:
            return Look(next_look=soonest(ahead, later))
        first = open_ones[0]
        finding = self.finding(
            facts.subject,
            self._why(first),
            title=self.words("title", n=len(open_ones)),
            cause=facts.cause("lab_result", [one.id for one in open_ones]),
            since=first.received_at,
            rings_for=frozenset({"lab_result"}),
        )
        return Look(findings=(finding,), next_look=soonest(ahead, later, first.taken_at + back))

    def _why(self, result: LabResult) -> Wording:
        unit, value = UNITS[result.analyte], result.value
        at = instant(result.taken_at)
        return self.words(f"why.{result.analyte}", value=value, unit=unit, at=at)


def critical(result: LabResult, own: CriticalLabSettings) -> bool:
    """Whether a result is critical."""
    low, high = own.limits(result.analyte)
    below = low is not None and result.value <= low
    above = high is not None and result.value >= high
    return result.critical or below or above


CRITICAL_LAB = CriticalLabRule()

RULES = (CRITICAL_LAB,)

_NAMES = {
    "potassium": ("Potassium", "血钾"),
    "sodium": ("Sodium", "血钠"),
    "glucose": ("Glucose", "血糖"),
    "creatinine": ("Creatinine", "肌酐"),
    "lactate": ("Lactate", "乳酸"),
    "haemoglobin": ("Haemoglobin", "血红蛋白"),
    "platelets": ("Platelets", "血小板"),
    "leucocytes": ("Leucocytes", "白细胞"),
    "inr": ("INR", "INR"),
}

TEXTS = texts(
    "critical_lab",
    {
        "title": {"one": "Critical laboratory value", "other": "{n} critical laboratory values"},
        "why": {
            name: f"{en} {{value:1}} {{unit}} at {{at:time}}" for name, (en, _) in _NAMES.items()
        },
        "todo": "Read it back to the laboratory, tell the doctor, record it",
        "about": (
            "A critical laboratory value that nobody has read back",
            "Laboratory results; recorded read-backs",
            "The read-back is recorded",
            "Exactly one for all of a patient; a new one rings again",
        ),
    },
    {
        "title": {"one": "检验危急值", "other": "{n} 项检验危急值"},
        "why": {name: f"{{at:time}} {zh} {{value:1}} {{unit}}" for name, (_, zh) in _NAMES.items()},
        "todo": "向检验科复述，报告医生，登记",
        "about": (
            "检验危急值尚未复述登记",
            "检验结果；复述记录",
            "已记录复述",
            "一位患者只有一条；新的危急值再次提醒",
        ),
    },
)
