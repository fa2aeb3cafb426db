"""A patient refused observations, and nobody has looked at it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareKind, Missed
from smartward.clinical.news2 import News2Band, News2Score, evaluate
from smartward.clinical.rules.base import (
    Facts,
    Look,
    Needs,
    Rule,
    instant,
    soonest,
    texts,
)
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import care, in_house
from smartward.clinical.rules.window import SetSettings, believed_sets


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSettings(Settings):
    """After how long a refusal is looked at again."""

    section = "refused_follow_up"

    after_h: float = setting(24, "h", LOCAL, "after", "多久后")
    after_low_h: float = setting(168, "h", LOCAL, "after, with a low score before", "此前低分时")

    def wrong(self) -> str | None:
        """A low risk waits longer."""
        late = self.after_low_h < self.after_h
        return "after_low_h must not be below after_h" if late else None


class RefusedFollowUpRule(Rule):
    """Refused, and since then neither a complete set nor a review: after 24 h, after 7 days where
    the last score was low."""

    number = 16
    id = "refused_follow_up"
    source = "Open-eObs, frequencies of a clinical review after refused observations"
    needs = Needs(kinds=frozenset({"care_event", "vital_sign"}), hours_back=24 * 8)
    alert_class = AlertClass.DUE
    problem = Problem.DETERIORATION
    ladder = Ladder.NONE
    icon = "account-cancel-outline"
    settings = (SetSettings, RefusedSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the first refusal that still stands."""
        own = settings.of(RefusedSettings)
        every, ahead = believed_sets(facts, settings, now)
        events, later = care(facts, now, CareKind.OBSERVATIONS_MISSED, CareKind.REVIEWED)
        turn = soonest(ahead, later)
        if not any(one.missed is Missed.REFUSED for one in events):
            return Look(next_look=turn)
        complete = [one for one in every if one.complete]
        settled = [one.at for one in events if one.about == self.id]
        settled += [one.until for one in complete]
        refused = [
            one
            for one in events
            if one.missed is Missed.REFUSED and not any(at > one.at for at in settled)
        ]
        if not refused or not in_house(facts.encounter):
            return Look(next_look=turn)
        first = refused[0]
        before = [one for one in complete if one.until <= first.at]
        result = evaluate(facts.encounter, before[-1], now) if before else None
        low = isinstance(result, News2Score) and result.band is News2Band.LOW
        due = first.at + timedelta(hours=own.after_low_h if low else own.after_h)
        if now < due:
            return Look(next_look=soonest(turn, due))
        finding = self.finding(
            facts.subject,
            self.words("why", at=instant(first.at)),
            cause=facts.cause("care_event", [first.id]),
            since=due,
            once=first.id,
        )
        return Look(findings=(finding,), next_look=turn)


REFUSED_FOLLOW_UP = RefusedFollowUpRule()

RULES = (REFUSED_FOLLOW_UP,)

TEXTS = texts(
    "refused_follow_up",
    {
        "title": "Refused observations: review",
        "why": "Refused {at:date} {at:time}, no complete set since",
        "todo": "Talk with the patient, decide with the doctor",
        "about": (
            "Observations were refused and nobody has looked at it again",
            "Refusals and reviews recorded at the bed; sets of observations",
            "A complete set, or a review is recorded",
            "Once for each refusal; a week where the last score was low",
        ),
    },
    {
        "title": "拒测后需复核",
        "why": "{at:date} {at:time} 拒测，之后没有完整测量",
        "todo": "与患者沟通，和医生商定",
        "about": (
            "患者拒绝测量，之后无人复核",
            "床旁记录的拒测和复核；各套生命体征",
            "完整测量，或已记录复核",
            "每次拒测一条；此前低分者一周后",
        ),
    },
)
