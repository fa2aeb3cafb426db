"""The bed's brake is off, or its rails are down where the risk of falling is high."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.alert import AlertClass, Ladder, Problem
from smartward.clinical.bed_state import BedSensor, BedState
from smartward.clinical.rules.base import (
    PRIORITY_OF,
    Facts,
    Look,
    Needs,
    Rule,
    instant,
    soonest,
    texts,
)
from smartward.clinical.rules.falls import FallSettings, high_risk
from smartward.clinical.rules.settings import LOCAL, RuleSettings, Settings, setting
from smartward.clinical.rules.told import Sensed, in_house, scores, sensor, told
from smartward.clinical.score_result import ScoreKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BedUnsafeSettings(Settings):
    """How long a bed may be left so."""

    section = "bed_unsafe"

    wrong_s: float = setting(60, "s", LOCAL, "told after", "提示")
    due_min: float = setting(5, "min", LOCAL, "due for a nurse after", "需处理")

    def wrong(self) -> str | None:
        """It is due after it is told."""
        late = self.due_min * 60 >= self.wrong_s
        return None if late else "due_min must not be before wrong_s"


class BedUnsafeRule(Rule):
    """The brake is off for a minute, or the rails are down in a patient at high risk of falling:
    information first, due for a nurse after 5 min. Not while somebody is marked present in the
    room. Rails down without that risk are as they should be."""

    number = 33
    id = "bed_unsafe"
    version = "2"
    source = f"Practice of beds with sensors; times by {LOCAL}"
    needs = Needs(
        kinds=frozenset({"bed_state", "score_result", "encounter", "presence"}), hours_back=48
    )
    alert_class = AlertClass.DUE
    problem = Problem.FALL
    ladder = Ladder.NONE
    icon = "bed-outline"
    settings = (FallSettings, BedUnsafeSettings)

    def look(self, facts: Facts, settings: RuleSettings, now: datetime) -> Look:
        """Judge the bed's last words."""
        there = facts.ward.present.get(facts.encounter.bed_id or "")
        attended = there is not None and len(there.people) > 0
        if attended or not in_house(facts.encounter):
            return Look()
        wrong = _wrong(facts, settings, now)
        ahead = _ahead(facts, now)
        if not wrong:
            return Look(next_look=ahead)
        own = settings.of(BedUnsafeSettings)
        wait, due = timedelta(seconds=own.wrong_s), timedelta(minutes=own.due_min)
        turns = [ahead, *(one.since + away for _, one in wrong for away in (wait, due))]
        late = [(what, one) for what, one in wrong if now >= one.since + wait]
        if not late:
            return Look(next_look=soonest(*turns, after=now))
        what, first = late[0]
        level = AlertClass.DUE if now >= first.since + due else AlertClass.INFORMATION
        finding = self.finding(
            facts.subject,
            self.words(f"why.{what if len(late) == 1 else 'both'}", at=instant(first.since)),
            alert_class=level,
            priority=PRIORITY_OF[level],
            cause=facts.cause("bed_state", [one.id for _, one in late]),
            since=first.since,
            once=" ".join(one.id for _, one in late),
        )
        return Look(findings=(finding,), next_look=soonest(*turns, after=now))


def _wrong(facts: Facts, settings: RuleSettings, now: datetime) -> list[tuple[str, Sensed]]:
    """What is not as it should be, the longest so in front."""
    asked = [("brake", BedSensor.BRAKE)]
    if high_risk(facts, settings.of(FallSettings), now):
        asked.append(("rails", BedSensor.RAILS))
    said = ((what, sensor(facts, which, now)) for what, which in asked)
    found = [(what, one) for what, one in said if one is not None and not one.on]
    return sorted(found, key=lambda pair: (pair[1].since, pair[0]))


def _ahead(facts: Facts, now: datetime) -> datetime | None:
    """When what is dated ahead of its beds and scores is to be looked at."""
    _, said = told(facts, facts.of(BedState), lambda one: one.taken_at, now)
    _, scored = scores(facts, ScoreKind.MORSE, now)
    return soonest(said, scored)


BED_UNSAFE = BedUnsafeRule()

RULES = (BED_UNSAFE,)

TEXTS = texts(
    "bed_unsafe",
    {
        "title": "The bed is not safe",
        "why": {
            "brake": "Brake off since {at:time}",
            "rails": "Rails down since {at:time}, high risk of falling",
            "both": "Brake off and rails down since {at:time}",
        },
        "todo": "Set the brake, look at the rails",
        "about": (
            "A brake is off, or rails are down in a patient at high risk of falling",
            "The bed's sensors; fall precaution, Morse score; presence in the room",
            "Set again, or somebody present in the room",
            "After a minute as information, after five as due; off while somebody is present",
        ),
    },
    {
        "title": "床位不安全",
        "why": {
            "brake": "{at:time} 起刹车未锁",
            "rails": "{at:time} 起床栏放下，高跌倒风险",
            "both": "{at:time} 起刹车未锁、床栏放下",
        },
        "todo": "锁好刹车，查看床栏",
        "about": (
            "刹车未锁，或高跌倒风险患者床栏放下",
            "床位传感器；防跌倒标识、Morse 评分；房内人员",
            "已锁好、拉起，或有人在房内",
            "一分钟后作为信息，五分钟后需处理；有人在场时不提醒",
        ),
    },
)
