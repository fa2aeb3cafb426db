"""What was told of a patient, as rules may believe it: their own, not doubtful, not dated ahead."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from smartward.clinical.bed_state import BedSensor, BedState
from smartward.clinical.care_event import CareEvent, CareKind, standing
from smartward.clinical.encounter import Assessment, Encounter, EncounterStatus, PrecautionSlot
from smartward.clinical.freshness import AHEAD
from smartward.clinical.rules.base import Facts
from smartward.clinical.score_result import ScoreKind, ScoreResult


class _OfStay(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def encounter_id(self) -> str: ...


D = TypeVar("D", bound=_OfStay)


def told(
    facts: Facts, documents: Iterable[D], at: Callable[[D], datetime], now: datetime
) -> tuple[list[D], datetime | None]:
    """The patient's own of some documents, oldest first, and when the next one dated ahead is to
    be looked at."""
    own = [one for one in documents if one.encounter_id == facts.encounter.id]
    sure = [one for one in own if not getattr(one, "doubtful", False)]
    ahead = [at(one) - AHEAD for one in sure if at(one) > now + AHEAD]
    kept = [one for one in sure if at(one) <= now + AHEAD]
    return sorted(kept, key=lambda one: (at(one), one.id)), min(ahead, default=None)


def care(facts: Facts, now: datetime, *kinds: CareKind) -> tuple[list[CareEvent], datetime | None]:
    """What was done at the bed and stands, of these kinds, oldest first."""
    found, ahead = told(facts, standing(facts.of(CareEvent), *kinds), lambda one: one.at, now)
    return found, ahead


def scores(
    facts: Facts, kind: ScoreKind, now: datetime
) -> tuple[list[ScoreResult], datetime | None]:
    """The patient's scores of one kind, oldest first."""
    of_kind = [one for one in facts.of(ScoreResult) if one.score is kind]
    return told(facts, of_kind, lambda one: one.taken_at, now)


@dataclass(frozen=True, slots=True)
class Sensed:
    """What a bed says now, and since when it says so without a break. `id`: the first that did."""

    on: bool
    since: datetime
    id: str


def sensor(facts: Facts, which: BedSensor, now: datetime) -> Sensed | None:
    """What the patient's bed said last of one thing; None: nothing. What is told of a stay follows
    it, but a bed they left says nothing of the one they lie in."""
    moved = facts.encounter.in_bed_since
    of_sensor = [
        one
        for one in facts.of(BedState)
        if one.sensor is which and (moved is None or one.taken_at >= moved)
    ]
    history, _ = told(facts, of_sensor, lambda one: one.taken_at, now)
    first: BedState | None = None
    for one in history:
        if first is None or one.on is not first.on:
            first = one
    return None if first is None else Sensed(first.on, first.taken_at, first.id)


def present(encounter: Encounter, slot: PrecautionSlot) -> bool:
    """Whether a precaution is known to be there; not assessed is not there."""
    return any(
        one.slot is slot and one.state is Assessment.PRESENT for one in encounter.precautions
    )


def in_house(encounter: Encounter) -> bool:
    """Whether the patient is here: not only planned, not on leave."""
    return encounter.status in (EncounterStatus.ARRIVED, EncounterStatus.IN_PROGRESS)
