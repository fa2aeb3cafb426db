"""Sedation by an opioid goes too deep."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Cause, Ladder, Problem
from smartward.clinical.care_event import CareKind, Poss
from smartward.clinical.observation import Parameter
from smartward.clinical.priority import Priority
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.history import crossing, points
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, scores
from smartward.clinical.score_result import ScoreKind

PASERO = "Pasero C, Opioid-induced sedation scale, J Perianesth Nurs 2009;24:186-190"

_OF_POSS = {Poss.ASLEEP: 0, Poss.ALERT: 1, Poss.DROWSY: 2, Poss.OFTEN_DROWSY: 3, Poss.SOMNOLENT: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class SedationSettings(Settings):
    """From where it is too deep, and when it is over."""

    section = "sedation"

    poss_from: float = setting(3, "points", PASERO, "too deep from", "过深起始分")
    slow_to: float = setting(8, "/min", PASERO, "breathing, at most", "呼吸不高于", least=0)
    fast_again: float = setting(10, "/min", PASERO, "breathing again, at least", "呼吸恢复不低于")
    watched_h: float = setting(
        24, "h", LOCAL, "breathing counts only so long after a sedation score",
        "仅在镇静评分后此时间内计呼吸",
    )  # fmt: skip


class SedationRule(Rule):
    """POSS 3 or 4; or, in whom sedation is scored, breathing at 8/min and less, 0 included. Over
    when the score is 2 or less and breathing at 10/min or more."""

    number = 26
    id = "sedation"
    source = PASERO
    needs = Needs(kinds=frozenset({"vital_sign", "care_event", "score_result"}), hours_back=24)
    alert_class = AlertClass.URGENT
    problem = Problem.DETERIORATION
    ladder = Ladder.EL_2
    icon = "sleep"
    settings = (SedationSettings,)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the newest score, and breathing."""
        own = settings.of(SedationSettings)
        watched = timedelta(hours=own.watched_h)
        scored, ahead = _scores(facts, now)
        scored = [one for one in scored if one[0] > now - watched]
        if not scored:
            return Look(next_look=ahead)
        at, value, cause = scored[-1]
        breaths, later = points(facts, Parameter.RESPIRATORY_RATE, now)
        slow = crossing(
            [one for one in breaths if one.at >= scored[0][0]],
            lambda rate: rate <= own.slow_to,
            lambda rate: rate >= own.fast_again,
        )
        expiring = (one[0] + watched for one in scored)
        turn = soonest(ahead, later, *expiring, after=now)
        deep = value >= own.poss_from
        if not deep and slow is None:
            return Look(next_look=turn)
        breath = () if slow is None else facts.cause("vital_sign", [slow.entered.id])
        finding = self.finding(
            facts.subject,
            self.words("why", n=value, at=instant(at))
            if slow is None
            else self.words("slow", n=round(slow.latest.value), at=instant(slow.latest.at)),
            cause=(cause, *breath),
            since=at if slow is None else slow.since,
            priority=Priority.MEDIUM if slow is None and value < _SOMNOLENT else Priority.HIGH,
        )
        return Look(findings=(finding,), next_look=turn)


_SOMNOLENT = _OF_POSS[Poss.SOMNOLENT]

_Told = tuple[datetime, int, Cause]


def _scores(facts: Facts, now: datetime) -> tuple[list[_Told], datetime | None]:
    """All sedation scores, oldest first; S, asleep and easy to rouse, is 0."""
    done, ahead = care(facts, now, CareKind.SEDATION)
    charted, later = scores(facts, ScoreKind.POSS, now)
    found: list[_Told] = [
        (one.at, _OF_POSS[one.poss], facts.cause("care_event", [one.id])[0])
        for one in done
        if one.poss is not None
    ]
    found += [
        (one.taken_at, one.value, facts.cause("score_result", [one.id])[0]) for one in charted
    ]
    return sorted(found, key=lambda one: (one[0], one[1], one[2].id)), soonest(ahead, later)


SEDATION = SedationRule()

RULES = (SEDATION,)

TEXTS = texts(
    "sedation",
    {
        "title": "Sedation too deep",
        "why": "Sedation score {n} at {at:time}",
        "slow": "Breathing {n}/min at {at:time}, under opioids",
        "todo": "Stay with the patient, hold the opioid, call the doctor",
        "about": (
            "Sedation score of 3 or 4, or slow breathing in a patient whose sedation is scored",
            "Sedation scores (POSS); breathing rate",
            "Score of 2 or less and breathing of 10 or more",
            "One alert",
        ),
    },
    {
        "title": "镇静过深",
        "why": "{at:time} 镇静评分 {n}",
        "slow": "{at:time} 呼吸 {n} 次/分，阿片类用药中",
        "todo": "守在床旁，暂停阿片类药，请医生",
        "about": (
            "镇静评分 3 或 4，或镇静观察中的患者呼吸过慢",
            "镇静评分（POSS）；呼吸",
            "评分不高于 2 且呼吸不低于 10",
            "只有一条",
        ),
    },
)
