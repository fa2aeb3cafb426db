"""Pain that was strong and has not been asked about again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.care_event import CareKind
from smartward.clinical.freshness import AHEAD
from smartward.clinical.observation import Parameter
from smartward.clinical.order import Dose, Order, Route, doses
from smartward.clinical.patient_answer import PatientAnswer, PatientQuestion
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.history import points
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house, told
from smartward.clinical.scores.pain import ACT_FROM, SEVERE_FROM, SOURCE

REASSESS = "hospital pain policies: 60 min after a dose by mouth, 30 min after an injection"


@dataclass(frozen=True, slots=True, kw_only=True)
class PainSettings(Settings):
    """From which score pain is asked about again, and when."""

    section = "pain_again"

    act_from: float = setting(ACT_FROM, "points", SOURCE, "ask again from", "复评起始分")
    severe_from: float = setting(SEVERE_FROM, "points", SOURCE, "severe from", "重度起始分")
    again_min: float = setting(60, "min", LOCAL, "ask again after", "复评间隔")
    severe_again_min: float = setting(30, "min", LOCAL, "when severe", "重度复评间隔")
    after_oral_min: float = setting(
        60, "min", REASSESS, "after a medicine by mouth", "口服止痛药后"
    )
    after_injection_min: float = setting(30, "min", REASSESS, "after an injection", "注射止痛药后")
    lasts_h: float = setting(8, "h", LOCAL, "then it is history", "更早的不再提醒")


class PainAgainRule(Rule):
    """The newest score is 4 or more. Where a medicine against pain was given since: 60 min after
    one by mouth, 30 min after an injection, whatever the score. Where none was given, or nobody
    told how: by the score, 60 min, 30 min from 7 on. Scores of all sources count alike."""

    number = 25
    id = "pain_again"
    version = "2"
    source = f"{SOURCE}; {REASSESS}"
    needs = Needs(
        kinds=frozenset({"vital_sign", "patient_answer", "order", "care_event"}), hours_back=12
    )
    alert_class = AlertClass.DUE
    problem = Problem.PAIN
    ladder = Ladder.NONE
    icon = "emoticon-sad-outline"
    settings = (PainSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest score."""
        own = settings.of(PainSettings)
        history, ahead = _history(facts, now)
        if not history or history[-1][1] < own.act_from or not in_house(facts.encounter):
            return Look(next_look=ahead)
        at, value, cause = history[-1]
        relief, later = _relief(facts, at, now)
        ahead = soonest(ahead, later)
        due = _due(at, value, relief, own)
        end = (at if relief is None else relief[0].at) + timedelta(hours=own.lasts_h)
        if now < due or now >= end:
            return Look(next_look=soonest(ahead, due, after=now))
        finding = self.finding(
            facts.subject,
            self.words("why", n=round(value), at=instant(at))
            if relief is None
            else self.words("relief", n=round(value), at=instant(at), given=instant(relief[0].at)),
            cause=(cause, *(facts.cause("order", [relief[1].id]) if relief else ())),
            since=due,
            due_at=due,
            once=instant(at),
        )
        return Look(findings=(finding,), next_look=soonest(ahead, end))


def _due(
    at: datetime, value: float, relief: tuple[Dose, Order] | None, own: PainSettings
) -> datetime:
    """When pain of this score is asked about again."""
    if relief is None or relief[0].route is None:
        severe = value >= own.severe_from
        start = at if relief is None else relief[0].at
        return start + timedelta(minutes=own.severe_again_min if severe else own.again_min)
    oral = relief[0].route is Route.ORAL
    return relief[0].at + timedelta(minutes=own.after_oral_min if oral else own.after_injection_min)


def _relief(
    facts: Facts, since: datetime, now: datetime
) -> tuple[tuple[Dose, Order] | None, datetime | None]:
    """The first dose against pain since then with its order, and when one that is dated ahead is to
    be looked at."""
    recorded, ahead = care(facts, now, CareKind.AS_NEEDED)
    found: list[tuple[Dose, Order]] = []
    for order in facts.of(Order):
        if not order.analgesic or order.encounter_id != facts.encounter.id:
            continue
        own = [one.at for one in recorded if one.about == order.id]
        found += [(dose, order) for dose in doses(order, own) if dose.at >= since]
    later = [dose.at - AHEAD for dose, _ in found if dose.at > now + AHEAD]
    past = [one for one in found if one[0].at <= now + AHEAD]
    first = min(past, key=lambda one: (one[0].at, one[0].id), default=None)
    return first, soonest(ahead, *later)


_Told = tuple[datetime, float, Cause]


def _history(facts: Facts, now: datetime) -> tuple[list[_Told], datetime | None]:
    """All scores of pain, oldest first."""
    at_bed, ahead = points(facts, Parameter.PAIN, now)
    asked = [one for one in facts.of(PatientAnswer) if one.question is PatientQuestion.PAIN]
    answers, later = told(facts, asked, lambda one: one.at, now)
    found: list[_Told] = [
        (one.at, one.value, facts.cause("vital_sign", [one.id])[0]) for one in at_bed
    ]
    found += [
        (one.at, int(one.value), facts.cause("patient_answer", [one.id])[0]) for one in answers
    ]
    return sorted(found, key=lambda one: (one[0], one[1], one[2].id)), soonest(ahead, later)


PAIN_AGAIN = PainAgainRule()

RULES = (PAIN_AGAIN,)

TEXTS = texts(
    "pain_again",
    {
        "title": "Ask about the pain again",
        "why": "Pain {n} at {at:time}, not asked since",
        "relief": "Pain {n} at {at:time}, medicine given {given:time}, not asked since",
        "todo": "Ask on the same scale",
        "about": (
            "Pain of 4 or more has not been asked about again",
            "Pain scores of nurses, of the record and of the patient; what was given against it",
            "A newer score",
            "Once for each score; the bedside asks the patient first",
        ),
    },
    {
        "title": "该复评疼痛了",
        "why": "{at:time} 疼痛 {n} 分，之后没有再评",
        "relief": "{at:time} 疼痛 {n} 分，{given:time} 给药后没有再评",
        "todo": "用同一量表复评",
        "about": (
            "疼痛 4 分及以上，没有复评",
            "护士、病历和患者自评的疼痛评分；止痛给药",
            "有新的评分",
            "每次评分一条；先由床旁屏询问患者",
        ),
    },
)
