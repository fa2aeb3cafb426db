"""Low blood glucose, and the time at which it must be measured again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.lab_result import Analyte, LabResult
from smartward.clinical.observation import Parameter
from smartward.clinical.priority import Priority
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.history import points
from smartward.clinical.rules.settings import RuleSettings, Settings, setting
from smartward.clinical.rules.told import told
from smartward.clinical.words import Wording

JBDS = "Joint British Diabetes Societies, The Hospital Management of Hypoglycaemia, 2018"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlucoseSettings(Settings):
    """From where it is low, and after how long it is measured again."""

    section = "hypoglycaemia"

    below: float = setting(4.0, "mmol/L", JBDS, "low when below", "低于")
    severe_below: float = setting(3.0, "mmol/L", JBDS, "severe when below", "严重低于")
    again_min: float = setting(15, "min", JBDS, "measure again after", "复测间隔")
    severe_again_min: float = setting(10, "min", JBDS, "when severe", "严重时复测间隔")
    doctor_at: float = setting(
        3, "values", JBDS, "so many low ones in a row: doctor", "连续几次报医生"
    )
    lasts_h: float = setting(6, "h", JBDS, "a last value counts for so long", "最后一次的有效时间")


@dataclass(frozen=True, slots=True)
class _Value:
    at: datetime
    value: float
    cause: tuple[str, str]


class HypoglycaemiaRule(Rule):
    """Below 4.0 mmol/L at the bed or in the laboratory, until a value is not. The third low value
    in a row calls the doctor."""

    number = 20
    id = "hypoglycaemia"
    source = JBDS
    needs = Needs(kinds=frozenset({"vital_sign", "lab_result"}), hours_back=24)
    alert_class = AlertClass.URGENT
    problem = Problem.OTHER
    ladder = Ladder.EL_2
    icon = "water-alert"
    settings = (GlucoseSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest values."""
        own = settings.of(GlucoseSettings)
        history, ahead = _history(facts, now)
        low = _last_low(history, own.below)
        if not low:
            return Look(next_look=ahead)
        newest = low[-1]
        severe = newest.value < own.severe_below
        wait = own.severe_again_min if severe else own.again_min
        due = newest.at + timedelta(minutes=wait)
        end = newest.at + timedelta(hours=own.lasts_h)
        if now >= end:
            return Look(next_look=ahead)
        finding = self.finding(
            facts.subject,
            self.words("why", value=newest.value, at=instant(newest.at), due=instant(due)),
            todo=self._todo(low, severe, now >= due, own),
            cause=tuple(_cause(facts, one) for one in low),
            since=low[0].at,
            due_at=due,
            harm_at=due,
            priority=Priority.HIGH if severe else Priority.MEDIUM,
        )
        return Look(findings=(finding,), next_look=soonest(ahead, due, end, after=now))

    def _todo(self, low: list[_Value], severe: bool, due: bool, own: GlucoseSettings) -> Wording:
        if len(low) >= own.doctor_at:
            return self.words("todo_doctor", n=len(low))
        if due:
            return self.words("todo_again")
        return self.words("todo_severe" if severe else "todo")


def _history(facts: Facts, now: datetime) -> tuple[list[_Value], datetime | None]:
    at_bed, ahead = points(facts, Parameter.GLUCOSE, now)
    of_lab = [one for one in facts.of(LabResult) if one.analyte is Analyte.GLUCOSE]
    in_lab, later = told(facts, of_lab, lambda one: one.taken_at, now)
    values = [_Value(one.at, one.value, ("vital_sign", one.id)) for one in at_bed]
    values += [_Value(one.taken_at, one.value, ("lab_result", one.id)) for one in in_lab]
    return sorted(values, key=lambda one: (one.at, one.cause)), soonest(ahead, later)


def _last_low(history: list[_Value], below: float) -> list[_Value]:
    """The low values in a row up to the newest."""
    low: list[_Value] = []
    for one in reversed(history):
        if one.value >= below:
            break
        low.insert(0, one)
    return low


def _cause(facts: Facts, value: _Value) -> Cause:
    kind, id = value.cause
    return facts.cause(kind, [id])[0]


HYPOGLYCAEMIA = HypoglycaemiaRule()

RULES = (HYPOGLYCAEMIA,)

TEXTS = texts(
    "hypoglycaemia",
    {
        "title": "Low blood glucose",
        "why": "{value:1} mmol/L at {at:time} · measure again by {due:time}",
        "todo": "Give 15-20 g of fast carbohydrate, then measure again",
        "todo_severe": "Treat as severe: stay with the patient, tell the doctor",
        "todo_again": "Measure again now",
        "todo_doctor": "Low {n} times in a row: call the doctor",
        "about": (
            "Blood glucose is below 4.0 mmol/L",
            "Glucose at the bed and in the laboratory",
            "A value of 4.0 mmol/L or more",
            "One alert with its countdown, not repeated",
        ),
    },
    {
        "title": "低血糖",
        "why": "{at:time} 为 {value:1} mmol/L · {due:time} 前复测",
        "todo": "给 15-20 克速效糖，然后复测",
        "todo_severe": "按严重低血糖处理：守在床旁，报告医生",
        "todo_again": "现在复测",
        "todo_doctor": "连续 {n} 次偏低，请医生",
        "about": (
            "血糖低于 4.0 mmol/L",
            "床旁和检验科血糖",
            "血糖不低于 4.0 mmol/L",
            "一条提醒带复测倒计时，不重复",
        ),
    },
)
