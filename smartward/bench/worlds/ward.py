"""A generated ward as documents with the times at which a hub hears of them: `generate`.

A pure function of its settings. What is generated: beds, stays with orders about NEWS2, sets of
observations, monitors' samples, glucose at the bed, some laboratory results, sedation scores. What
is not: drips, calls, bed sensors, rounds and other care, so that rules about those say nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from smartward.bench.worlds.body import Happening
from smartward.bench.worlds.courses import COURSES, STORIES, Course
from smartward.bench.worlds.facts import (
    LEAD_IN_H,
    Bedside,
    Fact,
    furniture,
    hour_of_day,
    moment,
)
from smartward.bench.worlds.people import Person, person
from smartward.bench.worlds.stay import Stay

_FAST = 0.35
"""Share of events that come fast."""
_LAST_H = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is generated. `events`: share of patients who get worse, many times what a ward sees, so
    that there is something to count; `stories`: false stories for each patient; `monitor_min`:
    minutes between two samples of a monitor."""

    seed: int = 1
    patients: int = 40
    hours: float = 48.0
    events: float = 0.2
    stories: float = 0.5
    monitor_min: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What was planted in one stay: from its onset to the recorded event, or, of a story, to when
    it had settled."""

    encounter: str
    course: str
    onset: datetime
    event: datetime
    fast: bool
    icu: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A ward as it was generated. `facts`: by the time a hub hears of them, from `LEAD_IN_H` before
    `start`; `present`: when each stay was on the ward, from `start` to `end`."""

    plan: Plan
    start: datetime
    end: datetime
    facts: tuple[Fact, ...]
    planted: tuple[Planted, ...]
    stories: tuple[Planted, ...]
    present: dict[str, tuple[datetime, datetime]]

    @property
    def bed_days(self) -> float:
        """Days that a patient was in a bed."""
        return sum((end - start).total_seconds() for start, end in self.present.values()) / 86400


def generate(plan: Plan) -> World:
    """The ward of a plan; the same for the same plan. Raises ValueError for a ward that cannot
    be."""
    if plan.patients < 1 or plan.hours < 6:
        raise ValueError("a generated ward has at least 1 patient and 6 hours")
    seed = str(plan.seed)
    people = [person(seed, number) for number in range(1, plan.patients + 1)]
    events = _events(plan, people)
    stories = _stories(plan, [one for one in people if one.number not in events])
    facts = list(furniture(moment(-LEAD_IN_H)))
    end = moment(plan.hours)
    present = {}
    for one in people:
        happenings = [*events.get(one.number, ()), *stories.get(one.number, ())]
        simulated = Stay(seed, one, happenings, plan.hours, plan.monitor_min)
        facts += [fact for fact in simulated.run() if fact.at < end]
        gone = end if simulated.gone_h > plan.hours else moment(simulated.gone_h)
        present[simulated.place.encounter] = (moment(0), gone)
    return World(
        plan=plan,
        start=moment(0),
        end=end,
        facts=tuple(sorted(facts, key=_order)),
        planted=_planted(events.items()),
        stories=_planted(stories.items()),
        present=present,
    )


def _order(fact: Fact) -> tuple[datetime, bool, str, str]:
    """By time; what lies in a bed after the bed, what is gone last."""
    return (fact.at, fact.body is None, fact.kind, fact.id)


def _events(plan: Plan, people: list[Person]) -> dict[int, list[Happening]]:
    chance = Random(f"{plan.seed}/events")
    wanted = max(1, round(plan.patients * plan.events))
    found: dict[int, list[Happening]] = {}
    courses: list[Course] = []
    tries = 0
    while len(found) < wanted and tries < 10 * wanted:
        tries += 1
        if not courses:
            courses = chance.sample(COURSES, len(COURSES))
        course = courses.pop()
        free = [one for one in people if one.number not in found and _may(course, one)]
        if free:
            one = chance.choice(free)
            found[one.number] = [_happening(course, plan, chance)]
    return found


def _stories(plan: Plan, people: list[Person]) -> dict[int, list[Happening]]:
    chance = Random(f"{plan.seed}/stories")
    found: dict[int, list[Happening]] = {}
    for _ in range(round(len(people) * plan.stories)):
        one = chance.choice(people)
        told = [course for course in STORIES if _may(course, one)]
        course = chance.choice(told)
        found.setdefault(one.number, []).append(_happening(course, plan, chance))
    return found


def _may(course: Course, one: Person) -> bool:
    return not course.wants or bool(course.wants & one.traits)


def _happening(course: Course, plan: Plan, chance: Random) -> Happening:
    fast = chance.random() < _FAST
    room = plan.hours - 2 * _LAST_H
    if not fast and course.slow[0] > 0.8 * room:
        fast = True
    length = min(chance.uniform(*(course.fast if fast else course.slow)), 0.8 * room)
    onset = chance.uniform(_LAST_H, _LAST_H + room - length)
    if course.name == "sleep_apnoea":
        onset = _at_night(onset, room - length)
    return Happening(
        course=course,
        onset_h=onset,
        end_h=onset + length,
        force=min(1.4, max(0.65, chance.gauss(1, 0.18))),
        fast=fast,
        icu=not course.settles and chance.random() < course.icu,
    )


def _at_night(onset: float, latest: float) -> float:
    """About eleven in the evening, where the world has one."""
    night = onset + (23.0 - hour_of_day(onset)) % 24
    return night if night <= latest else onset


def _planted(of: Iterable[tuple[int, list[Happening]]]) -> tuple[Planted, ...]:
    found = [
        Planted(
            encounter=Bedside(number).encounter,
            course=one.course.name,
            onset=moment(one.onset_h),
            event=moment(one.end_h),
            fast=one.fast,
            icu=one.icu,
        )
        for number, happenings in of
        for one in happenings
    ]
    return tuple(sorted(found, key=lambda one: (one.onset, one.encounter)))
