"""The ward has more alerts in this shift than its people can answer."""

from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.alert_budget import (
    PATIENT_LEAST,
    PATIENT_SHARE,
    PER_BED,
    AlertTally,
    Budget,
    judged,
)
from smartward.clinical.rules.base import Look, Needs, WardLook, WardRule, texts
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.words import Wording

PMC = "PMC4891882: 10 % of the patients made 57.4 % of the alarms; limit for local approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBudgetSettings(Settings):
    """How many alerts are enough."""

    section = "alert_budget"

    per_bed: float = setting(PER_BED, "alerts", LOCAL, "of one bed in one shift", "每床每班")
    patient_share: float = setting(
        PATIENT_SHARE, "% of the ward's alerts", PMC, "of one patient", "一位患者所占"
    )
    patient_least: float = setting(
        PATIENT_LEAST, "alerts", LOCAL, "below which no share is judged", "少于此数不算所占比例"
    )


def budget(settings: RuleSettings) -> Budget:
    """The ward's budget by its settings."""
    own = settings.of(AlertBudgetSettings)
    return Budget(
        per_bed=own.per_bed, patient_share=own.patient_share, patient_least=own.patient_least
    )


class AlertBudgetRule(WardRule):
    """A bed had more than 10 alerts in this shift, or one patient more than 30 % of the ward's. Who
    has left is not told of, for nobody can tailor their limits. Over when the shift is, or the
    patient has left."""

    number = 52
    id = "alert_budget"
    version = "2"
    source = f"Alarm fatigue: most alarms come from few patients ({PMC})"
    needs = Needs(kinds=frozenset({"alert", "bed", "encounter", "ward"}), hours_back=24)
    alert_class = AlertClass.DUE
    problem = Problem.CARE
    ladder = Ladder.EL_D
    icon = "bell-alert-outline"
    settings = (AlertBudgetSettings,)

    def look(self, ward: WardLook, settings: RuleSettings, now: datetime) -> Look:
        """Hold the shift's alerts against the budget."""
        if ward.log is None:
            return Look()
        over = judged(ward.log, budget(settings))
        beds = [(id, n) for id, n in over.beds if id in ward.beds]
        patients = [(id, n) for id, n in over.patients if id in ward.encounters]
        if not beds and not patients:
            return Look()
        cause: tuple[Cause, ...] = (
            *ward.cause("encounter", (id for id, _ in patients)),
            *ward.cause("bed", (id for id, _ in beds)),
        )
        begin = ward.log.shift_began_at
        finding = self.finding(
            ward.subject,
            self._why(ward, ward.log, beds, patients),
            cause=cause,
            since=None,
            once=begin.astimezone(ward.zone).date().isoformat(),
        )
        return Look(findings=(finding,))

    def _why(
        self,
        ward: WardLook,
        log: AlertTally,
        beds: list[tuple[str, int]],
        patients: list[tuple[str, int]],
    ) -> Wording:
        if patients:
            id, count = patients[0]
            bed = ward.beds.get(ward.encounters[id].bed_id or "")
            share = round(100 * count / sum(log.per_patient.values()))
            number = "" if bed is None else bed.number
            return self.words("why.patient", bed=number, n=count, share=share)
        id, count = beds[0]
        return self.words("why.bed", bed=ward.beds[id].number, n=count)


ALERT_BUDGET = AlertBudgetRule()

RULES = (ALERT_BUDGET,)

TEXTS = texts(
    "alert_budget",
    {
        "title": "Too many alerts in this shift",
        "why": {
            "patient": "Bed {bed}: {n} alerts, {share} % of the ward's",
            "bed": "Bed {bed}: {n} alerts in this shift",
        },
        "todo": "Look at the limits with the doctor, see Ward today",
        "about": (
            "A bed has more than 10 alerts in one shift, or a patient more than 30 % of all",
            "Alerts of the present shift that anybody saw",
            "The next shift, or the patient has left",
            "Once a day when a person closed it; no share is judged of fewer than 5",
        ),
    },
    {
        "title": "本班提醒过多",
        "why": {
            "patient": "{bed} 床：{n} 条提醒，占全病区 {share}%",
            "bed": "{bed} 床：本班 {n} 条提醒",
        },
        "todo": "与医生核对报警界限，见“今日病区”",
        "about": (
            "一床一班超过 10 条提醒，或一位患者占 30% 以上",
            "本班有人看到的提醒",
            "下一班，或患者离开",
            "处理后当天不再提醒；不足 5 条不算比例",
        ),
    },
)
