"""Three ways to alert over the very same facts: our rules, single limits, and NEWS2 alone."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.bench.worlds.facts import Fact
from smartward.bench.worlds.ward import World
from smartward.clinical.alert import Problem
from smartward.clinical.encounter import Encounter
from smartward.clinical.news2 import News2Score, evaluate
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import ATTEMPT, SCORED, ObservationSet, sets
from smartward.clinical.rules import REGISTRY, RuleSettings
from smartward.clinical.ward import Ward
from smartward.hub.rehearsal.replay import Change, replay
from smartward.hub.store.alert_table import LogRow
from smartward.hub.store.model import encode

Limits = Mapping[Parameter, tuple[float | None, float | None]]
"""By parameter: too low below the first, too high above the second."""

MONITOR_LIMITS: Limits = {
    Parameter.HEART_RATE: (50, 120),
    Parameter.RESPIRATORY_RATE: (8, 30),
    Parameter.OXYGEN_SATURATION: (90, None),
    Parameter.SYSTOLIC: (90, 160),
    Parameter.TEMPERATURE: (36.0, 39.0),
}
"""Factory defaults of adult monitors by their operator's manuals: pulse 50-120 and saturation 90
(Contec CMS8000), saturation 90 and systolic 90-160 (Mindray TM70/TM80); breathing 8-30 and
temperature 36-39 as is usual in that class of monitors."""

CALLING_LIMITS: Limits = {
    Parameter.HEART_RATE: (40, 140),
    Parameter.RESPIRATORY_RATE: (5, 36),
    Parameter.OXYGEN_SATURATION: (90, None),
    Parameter.SYSTOLIC: (90, None),
}
"""Single-parameter calling criteria of a medical emergency team (MERIT study, Lancet
2005;365:2091-7; the saturation as most hospitals have it), with any loss of consciousness."""

DETERIORATION = frozenset(
    {
        *("news2", "news2_medium", "news2_single", "news2_rise"),
        *("temperature_spike", "spo2_drop", "hypoglycaemia", "critical_lab", "sedation"),
        "urine_low",
    }
)
"""Rules that say of a patient that they get worse. All others say that work is due, or something
about the ward."""

_TOGETHER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that was told of one patient. `fresh`: not the same again."""

    encounter: str
    at: datetime
    by: str
    fresh: bool = True


# ------------------------------------------------------------------------- single limits


def by_limits(world: World, limits: Limits, mind: bool = False) -> list[Said]:
    """One alert for each value beyond its limit, in each measurement in which it is so; `fresh`
    where the value before was within. `mind`: whoever is not alert counts too."""
    said: list[Said] = []
    beyond: set[tuple[str, Parameter]] = set()
    for fact, sign in _signs(world):
        for one in sign.measurements:
            if one.parameter is Parameter.CONSCIOUSNESS and mind:
                out = one.code != "A"
            elif one.parameter in limits and one.value is not None:
                out = _beyond(one.value, *limits[one.parameter])
            else:
                continue
            key = (sign.encounter_id, one.parameter)
            if out and fact.at >= world.start:
                fresh = key not in beyond
                said.append(Said(encounter=key[0], at=fact.at, by=str(one.parameter), fresh=fresh))
            (beyond.add if out else beyond.discard)(key)
    return said


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _signs(world: World) -> Iterator[tuple[Fact, VitalSign]]:
    for fact in world.facts:
        if isinstance(fact.body, VitalSign):
            yield fact, fact.body


# --------------------------------------------------------------------------- NEWS2 alone


def by_news2(world: World) -> list[Said]:
    """One alert for each complete set with 5 points and more or 3 of one parameter (Royal College
    of Physicians, 2017), as soon as it is complete; `fresh` where the set before was neither."""
    said: list[Said] = []
    before: dict[str, bool] = {}
    for fact, found in scored(world):
        bad = found.total >= 5 or found.single_three
        name = fact.encounter or ""
        if bad and fact.at >= world.start:
            fresh = not before.get(name, False)
            said.append(Said(encounter=name, at=fact.at, by="news2", fresh=fresh))
        before[name] = bad
    return said


def scored(world: World) -> Iterator[tuple[Fact, News2Score]]:
    """Every complete set that was charted, with its score, when it became complete or was put
    right."""
    stays: dict[str, Encounter] = {}
    recent: dict[str, deque[VitalSign]] = defaultdict(deque)
    for fact in world.facts:
        if isinstance(fact.body, Encounter):
            stays[fact.id] = fact.body
        if not isinstance(fact.body, VitalSign) or not _by_nurse(fact.body):
            continue
        sign, of_stay = fact.body, recent[fact.body.encounter_id]
        while of_stay and of_stay[0].taken_at < sign.taken_at - _TOGETHER:
            of_stay.popleft()
        known = [one for one in of_stay if one.id != sign.id]
        recent[sign.encounter_id] = deque([*known, sign])
        found = _complete(sets([*known, sign]), sign.id)
        result = None if found is None else evaluate(stays[sign.encounter_id], found, fact.at)
        if isinstance(result, News2Score):
            yield fact, result


def _by_nurse(sign: VitalSign) -> bool:
    """A set, or what was left out of one: not a monitor's sample, nor a glucose."""
    told = {one.parameter for one in sign.measurements} & set(SCORED)
    return sign.panel_id is not None or 0 < len(told) < min(3, ATTEMPT)


def _complete(found: Iterable[ObservationSet], id: str) -> ObservationSet | None:
    of_sign = [one for one in found if id in one.sources and one.complete]
    return of_sign[-1] if of_sign else None


# ------------------------------------------------------------------------------ our rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What the real engine said, as its log has it, and the settings that were used."""

    world: World
    log: tuple[LogRow, ...]
    """With that of the lead-in."""

    @property
    def counted(self) -> tuple[LogRow, ...]:
        """What became of alerts once the ward counts."""
        return tuple(row for row in self.log if row.at >= self.world.start)

    def opened(self, *, shadow: bool = False, only: frozenset[str] | None = None) -> list[Said]:
        """Alerts that were opened, or raised again after they were answered, by rules that are on;
        with `shadow` also by those that only record."""
        return [
            Said(encounter=_stay_of(row), at=row.at, by=row.rule, fresh=row.event == "opened")
            for row in self.counted
            if row.event in ("opened", "raised", "returned")
            and row.subject.startswith("encounter:")
            and (shadow or row.mode == "on")
            and (only is None or row.rule in only)
        ]

    def standing(self) -> int:
        """Events of which nothing new was said in time, though an alert that had been opened before
        the onset still stood: somebody had been told that this patient is not well."""
        told = {(one.encounter, one.at) for one in self.opened(only=DETERIORATION)}
        count = 0
        for event in self.world.planted:
            said = any(
                name == event.encounter and event.onset <= at <= event.event for name, at in told
            )
            count += not said and self._open_at(event.encounter, event.onset)
        return count

    def _open_at(self, encounter: str, at: datetime) -> bool:
        """Whether an alert that tells of getting worse was open of a patient."""
        open_ones: set[str] = set()
        for row in self.log:
            clinical = row.mode == "on" and row.rule in DETERIORATION
            if row.at >= at or not clinical or _stay_of(row) != encounter:
                continue
            (open_ones.discard if row.event == "closed" else open_ones.add)(row.alert)
        return bool(open_ones)

    def tellings(self) -> int:
        """How often somebody was asked by name or the ward as a whole, if nobody ever answers."""
        return sum(1 for row in self.counted if row.mode == "on" and row.told)

    def cards(self) -> int:
        """Cards that came up: alerts of one patient and problem are one while any stands."""
        open_ones: dict[tuple[str, Problem], set[str]] = defaultdict(set)
        problems = {rule.id: rule.problem for rule in REGISTRY.everything}
        count = 0
        # What opens and what closes at one moment is one change of a card.
        order = sorted(self.log, key=lambda row: (row.at, row.event == "closed"))
        for row in order:
            if row.mode != "on" or row.rule not in problems:
                continue
            card = open_ones[row.subject, problems[row.rule]]
            if row.event == "opened":
                count += not card and row.at >= self.world.start
                card.add(row.alert)
            elif row.event == "closed":
                card.discard(row.alert)
        return count


def by_rules(world: World, settings: RuleSettings) -> Ours:
    """Our rules as the hub runs them, through the engine that rehearsals use."""
    wards = [fact.body for fact in world.facts if isinstance(fact.body, Ward)]
    replayed = asyncio.run(replay(wards[0], changes(world), settings, until=world.end))
    return Ours(world=world, log=replayed.log)


def changes(world: World) -> Iterator[Change]:
    """A world's facts as a history of a ward; documents of one moment are one write."""
    for fact in world.facts:
        yield Change(
            at=fact.at,
            kind=fact.kind,
            id=fact.id,
            body=None if fact.body is None else encode(fact.body),
            bed=fact.bed,
            room=fact.room,
            encounter=fact.encounter,
        )


def _stay_of(row: LogRow) -> str:
    return row.subject.partition(":")[2]
