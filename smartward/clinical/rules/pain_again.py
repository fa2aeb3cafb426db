"""Pain that was strong and has not been asked about again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.observation import Parameter
from smartward.clinical.patient_answer import PatientAnswer, PatientQuestion
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.history import points
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import in_house, told
from smartward.clinical.scores.pain import ACT_FROM, SEVERE_FROM, SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class PainSettings(Settings):
    """From which score pain is asked about again, and when."""

    section = "pain_again"

    act_from: float = setting(ACT_FROM, "points", SOURCE, "ask again from", "复评起始分")
    severe_from: float = setting(SEVERE_FROM, "points", SOURCE, "severe from", "重度起始分")
    again_min: float = setting(60, "min", LOCAL, "ask again after", "复评间隔")
    severe_again_min: float = setting(30, "min", LOCAL, "when severe", "重度复评间隔")
    lasts_h: float = setting(8, "h", LOCAL, "then it is history", "更早的不再提醒")


class PainAgainRule(Rule):
    """The newest score is 4 or more and old: 60 min, 30 min from 7 on. The way a medicine was given
    is not told here, so the time goes by the score. Scores of all sources count alike."""

    number = 25
    id = "pain_again"
    source = SOURCE
    needs = Needs(kinds=frozenset({"vital_sign", "patient_answer"}), hours_back=12)
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
        severe = value >= own.severe_from
        due = at + timedelta(minutes=own.severe_again_min if severe else own.again_min)
        end = at + timedelta(hours=own.lasts_h)
        if now < due or now >= end:
            return Look(next_look=soonest(ahead, due, after=now))
        finding = self.finding(
            facts.subject,
            self.words("why", n=round(value), at=instant(at)),
            cause=(cause,),
            since=due,
            due_at=due,
            once=instant(at),
        )
        return Look(findings=(finding,), next_look=soonest(ahead, end))


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
        "todo": "Ask on the same scale",
        "about": (
            "Pain of 4 or more has not been asked about again",
            "Pain scores of nurses, of the record and of the patient",
            "A newer score",
            "Once for each score; the bedside asks the patient first",
        ),
    },
    {
        "title": "该复评疼痛了",
        "why": "{at:time} 疼痛 {n} 分，之后没有再评",
        "todo": "用同一量表复评",
        "about": (
            "疼痛 4 分及以上，没有复评",
            "护士、病历和患者自评的疼痛评分",
            "有新的评分",
            "每次评分一条；先由床旁屏询问患者",
        ),
    },
)
