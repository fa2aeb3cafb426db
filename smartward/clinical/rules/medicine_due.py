"""Planned medicines that nobody has recorded as given or not given."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.plan import DoseTiming, PlanItem, PlanKind, PlanStatus
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.settings import RuleSettings, Settings, setting
from smartward.clinical.rules.told import in_house

ISMP = "ISMP, Acute Care Guidelines for Timely Administration of Scheduled Medications, 2011"


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineSettings(Settings):
    """How late a medicine may be."""

    section = "medicine_due"

    late_min: float = setting(60, "min", ISMP, "late after", "超时")
    daily_late_min: float = setting(
        120, "min", ISMP, "once a day or less often: late after", "每日一次或更少：超时"
    )
    back_h: float = setting(12, "h", ISMP, "older ones are history", "更早的不再提醒")


class MedicineDueRule(Rule):
    """A medicine is an hour past its time, two where it is given once a day or less often, and
    neither given nor refused with a reason. All of a patient are one alert. What is time-critical
    has its own rule."""

    number = 23
    id = "medicine_due"
    version = "2"
    source = ISMP
    needs = Needs(kinds=frozenset({"plan_item"}), hours_back=12)
    alert_class = AlertClass.DUE
    problem = Problem.MEDICINE
    ladder = Ladder.EL_D
    icon = "pill"
    settings = (MedicineSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Find what is late."""
        own = settings.of(MedicineSettings)
        back = timedelta(hours=own.back_h)
        if not in_house(facts.encounter):
            return Look()
        waiting = waiting_doses(facts, DoseTiming.ORDINARY, DoseTiming.DAILY)
        late = {one.id: _late(one, own) for one in waiting}
        turns = [
            moment for one in waiting for moment in (one.due_at + late[one.id], one.due_at + back)
        ]
        overdue = [one for one in waiting if one.due_at + late[one.id] <= now < one.due_at + back]
        if not overdue:
            return Look(next_look=soonest(*turns, after=now))
        first = min(overdue, key=lambda one: (one.due_at + late[one.id], one.id))
        finding = self.finding(
            facts.subject,
            self.words("why", due=instant(first.due_at)),
            title=self.words("title", n=len(overdue)),
            cause=facts.cause("plan_item", [one.id for one in overdue]),
            since=first.due_at + late[first.id],
            due_at=first.due_at,
            grace_s=late[first.id].total_seconds(),
        )
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


def _late(item: PlanItem, own: MedicineSettings) -> timedelta:
    daily = item.timing is DoseTiming.DAILY
    return timedelta(minutes=own.daily_late_min if daily else own.late_min)


def waiting_doses(facts: Facts, *timings: DoseTiming) -> list[PlanItem]:
    """The patient's planned medicines of these timings, in the day's order. A dose that the ward or
    the hospital system has settled is none: its item says so."""
    found = (
        one
        for one in facts.plan_items
        if one.kind is PlanKind.MEDICINE
        and one.status is PlanStatus.PLANNED
        and one.timing in timings
        and one.encounter_id == facts.encounter.id
    )
    return sorted(found, key=lambda one: (one.due_at, one.id))


MEDICINE_DUE = MedicineDueRule()

RULES = (MEDICINE_DUE,)

TEXTS = texts(
    "medicine_due",
    {
        "title": {"one": "Medicine not recorded", "other": "{n} medicines not recorded"},
        "why": "Due {due:time}",
        "todo": "Give it, or record why not",
        "about": (
            "A planned medicine is past its time and not recorded",
            "Medicines of the plan with their times",
            "Given, or not given with its reason",
            "All of a patient are one alert, grouped by round",
        ),
    },
    {
        "title": {"one": "有药未登记", "other": "{n} 种药未登记"},
        "why": "应于 {due:time}",
        "todo": "给药，或登记未给原因",
        "about": (
            "计划用药已过时间，没有登记",
            "计划用药及时间",
            "已给，或登记未给原因",
            "一位患者合为一条，按班次归并",
        ),
    },
)
