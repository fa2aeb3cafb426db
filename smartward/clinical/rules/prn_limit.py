"""A medicine as needed was given before its limit allowed it."""

from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.care_event import CareKind
from smartward.clinical.freshness import AHEAD
from smartward.clinical.order import Dose, Order, PrnWarning, doses, prn_check
from smartward.clinical.rules.base import Facts, Look, Needs, Rule, instant, soonest, texts
from smartward.clinical.rules.settings import RuleSettings
from smartward.clinical.rules.told import care, in_house


class PrnLimitRule(Rule):
    """The newest dose of a medicine as needed came before its least interval had passed, or went
    over what the order allows in its period. Until the period allows the next dose. Whether one is
    possible is told as it is recorded; this is for the dose that was given."""

    number = 24
    id = "prn_limit"
    version = "2"
    source = "The order's own limits (HL7 FHIR R4 Dosage.maxDosePerPeriod, Timing.repeat)"
    needs = Needs(kinds=frozenset({"order", "care_event"}), hours_back=48)
    alert_class = AlertClass.DUE
    problem = Problem.MEDICINE
    ladder = Ladder.NONE
    icon = "pill-multiple"

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge every order by what was given of it."""
        recorded, ahead = care(facts, now, CareKind.AS_NEEDED)
        own = [one for one in facts.of(Order) if one.encounter_id == facts.encounter.id]
        if not in_house(facts.encounter):
            return Look()
        over: list[tuple[Dose, PrnWarning, Order]] = []
        turns: list[datetime | None] = [ahead]
        for order in own:
            if not order.as_needed or not order.limits:
                continue
            given = doses(order, [one.at for one in recorded if one.about == order.id])
            turns += [one.at - AHEAD for one in given if one.at > now + AHEAD]
            past = [one for one in given if one.at <= now + AHEAD]
            warning = _against_newest(order, past)
            if warning is not None and now < (until := _until(order, past, now)):
                over.append((past[-1], warning, order))
                turns.append(until)
        if not over:
            return Look(next_look=soonest(*turns, after=now))
        over.sort(key=lambda one: (one[0].at, one[2].id))
        newest, warning, order = over[-1]
        finding = self.finding(
            facts.subject,
            self.words(f"why.{warning.told}", at=instant(newest.at), medicine=_name(order)),
            title=self.words("title", n=len(over)),
            cause=facts.cause("order", sorted({one.id for _, _, one in over})),
            since=newest.at,
            once=f"{order.id} {instant(newest.at)}",
        )
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


def _against_newest(order: Order, given: list[Dose]) -> PrnWarning | None:
    """What stood against the newest dose, as much as it was, when it was given."""
    if not given:
        return None
    *before, newest = given
    if newest.amount is not None:
        order = replace(order, dose=newest.amount, dose_unit=newest.unit)
    return prn_check(order, before, newest.at)


def _until(order: Order, given: list[Dose], now: datetime) -> datetime:
    """When the next dose is possible, the newest one counted; where it never is, when that one is
    out of the period. `now` where nothing stands against it any more."""
    newest = given[-1]
    warning = prn_check(order, given, max(now, newest.at))
    if warning is None:
        return now
    return warning.from_ or newest.at + timedelta(hours=warning.limit.period_h)


def _name(order: Order) -> str:
    return next(iter(order.names), "")


PRN_LIMIT = PrnLimitRule()

RULES = (PRN_LIMIT,)

TEXTS = texts(
    "prn_limit",
    {
        "title": {
            "one": "Given as needed, over its limit",
            "other": "{n} medicines given as needed, over their limit",
        },
        "why": {
            "too_soon": "{medicine} at {at:time}, before its interval had passed",
            "too_many": "{medicine} at {at:time}, more doses than the order allows",
            "too_much": "{medicine} at {at:time}, more than the order allows",
        },
        "todo": "Watch the patient, tell the doctor",
        "about": (
            "A medicine as needed was given before the limits of its order allowed it",
            "Orders as needed with their limits; what was given in 48 hours, by record and at the "
            "bed",
            "The order allows the next dose again",
            "Once for each dose; the tap that records a dose asks first",
        ),
    },
    {
        "title": {"other": "{n} 项必要时用药超出医嘱限制"},
        "why": {
            "too_soon": "{at:time} 给 {medicine}，间隔时间未到",
            "too_many": "{at:time} 给 {medicine}，超过医嘱次数",
            "too_much": "{at:time} 给 {medicine}，超过医嘱总量",
        },
        "todo": "观察患者，告知医生",
        "about": (
            "必要时用药在医嘱限制允许之前已给",
            "必要时医嘱及限制；48 小时内病历和床旁记录的给药",
            "医嘱允许再次给药",
            "每次给药只提醒一次；记录给药时先询问",
        ),
    },
)
