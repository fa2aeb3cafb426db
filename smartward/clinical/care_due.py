"""What is to be done for a patient and when: what is planned, and turns, rounds and sets of
observations by interval."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from smartward.clinical.care_event import CareEvent, CareKind, Measure, standing
from smartward.clinical.care_intervals import SHIPPED, CareIntervals
from smartward.clinical.encounter import Encounter, EncounterStatus
from smartward.clinical.observation_set import ObservationSet
from smartward.clinical.observations_due import counted_back, here, next_set
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus

AHEAD = timedelta(hours=4)
"""How far ahead a list of work looks."""
CARRIED = timedelta(hours=12)
"""How long what was left undone is listed: the shift and the next."""
SETTLED_FOR = timedelta(hours=4)
"""How long what was done stays in sight, so that a mistake can be taken back."""

LIMITS = "limits"
"""What an answer to a question for a patient's limits is about."""
LIMITS_WITHIN = timedelta(hours=4)
"""When a doctor who was asked for a patient's limits should have answered; ours."""

NOT_WORK = (PlanKind.MEAL, PlanKind.ROUND, PlanKind.DISCHARGE)
"""The day's course, nothing that a nurse has to do at that minute."""
_OPEN = (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)
_ELSEWHERE = (CareKind.READ_BACK, CareKind.REVIEWED, CareKind.LIMITS_ASKED)
"""What is done without being at the bed."""


class Standing(StrEnum):
    """Where a task stands, in the order in which tasks are read."""

    OVERDUE = "overdue"
    DUE = "due"
    """Still to come."""
    SETTLED = "settled"
    """Done, or found not to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareTask:
    """One thing to be done for one patient: a plan item, or a turn, round or set of observations
    by its interval."""

    key: str
    """`plan:<plan item>`, `turn:<stay>`, `round:<stay>`, `observations:<stay>` or
    `limits:<stay>`."""
    encounter_id: str
    due_at: datetime
    standing: Standing
    item: PlanItem | None = None
    care: CareKind | None = None
    """TURN, ROUND or LIMITS_ASKED, where it is no plan item."""
    observations: bool = False
    """Whether it is a complete set of observations."""
    last: CareEvent | None = None
    """The one before, of a turn or round; the question, of limits; of a set, why it was not taken
    since it was asked for."""


def tasks_of(
    stay: Encounter,
    items: Iterable[PlanItem],
    events: Iterable[CareEvent],
    now: datetime,
    every: CareIntervals = SHIPPED,
    sets: Sequence[ObservationSet] | None = None,
) -> Iterator[CareTask]:
    """The tasks of one stay, by the intervals in force. A turn that an order plans is its plan item
    alone, never twice. `sets`: the believed sets of observations, oldest first; None: whoever asks
    does not know them."""
    if stay.status in (EncounterStatus.PLANNED, EncounterStatus.ON_LEAVE):
        return
    planned = list(items)
    done = list(events)
    for item in planned:
        standing_ = _standing(item, now)
        if standing_ is not None:
            yield CareTask(
                key=f"plan:{item.id}",
                encounter_id=stay.id,
                due_at=item.due_at,
                standing=standing_,
                item=item,
            )
    ordered = any(one.kind is PlanKind.TURNING and one.status in _OPEN for one in planned)
    turn = None if ordered else turn_of(stay, done, now, every)
    set_ = None if sets is None else observations_of(stay, sets, done, now, every)
    for task in (turn, round_of(stay, done, now, every), limits_of(stay, done, now), set_):
        if task is not None and task.due_at <= now + AHEAD:
            yield task


def _standing(item: PlanItem, now: datetime) -> Standing | None:
    """None: it is no work, or not of this time."""
    if item.kind in NOT_WORK:
        return None
    if item.status not in _OPEN:
        settled = item.done_at or item.due_at
        return Standing.SETTLED if abs(now - settled) <= SETTLED_FOR else None
    if not now - CARRIED <= item.due_at <= now + AHEAD:
        return None
    return Standing.OVERDUE if item.due_at < now else Standing.DUE


def turn_of(
    stay: Encounter, events: Sequence[CareEvent], now: datetime, every: CareIntervals = SHIPPED
) -> CareTask | None:
    """The next turn of who was turned lately."""
    turns = standing(events, CareKind.TURN)
    last = turns[-1] if turns else None
    if last is None or now - last.at > timedelta(hours=every.recorded_h):
        return None
    placed = standing(events, CareKind.PREVENTION)
    mattress = any(Measure.AIR_MATTRESS in one.measures for one in placed)
    due_at = _since(last, events, CareKind.TURN) + every.turn(mattress=mattress)
    return CareTask(
        key=f"turn:{stay.id}",
        encounter_id=stay.id,
        due_at=due_at,
        standing=Standing.OVERDUE if due_at < now else Standing.DUE,
        care=CareKind.TURN,
        last=last,
    )


def _since(last: CareEvent, events: Iterable[CareEvent], kind: CareKind) -> datetime:
    """Since when the interval runs: what was left out with a reason is looked at again after one
    more."""
    left_out = (one.at for one in standing(events, CareKind.REVIEWED) if one.about == kind.value)
    return max((last.at, *left_out))


def round_of(
    stay: Encounter, events: Sequence[CareEvent], now: datetime, every: CareIntervals = SHIPPED
) -> CareTask | None:
    """The next round by the nursing grade, since somebody was last at the bed."""
    interval, lately = every.round(stay.nursing_level), timedelta(hours=every.recorded_h)
    kept = standing(events)
    rounds = [one for one in kept if one.kind is CareKind.ROUND and now - one.at <= lately]
    if interval is None or not rounds:
        return None
    last = [one for one in kept if one.kind not in _ELSEWHERE][-1]
    due_at = _since(last, kept, CareKind.ROUND) + interval
    return CareTask(
        key=f"round:{stay.id}",
        encounter_id=stay.id,
        due_at=due_at,
        standing=Standing.OVERDUE if due_at < now else Standing.DUE,
        care=CareKind.ROUND,
        last=last,
    )


def observations_of(
    stay: Encounter,
    sets: Iterable[ObservationSet],
    events: Iterable[CareEvent],
    now: datetime,
    every: CareIntervals = SHIPPED,
) -> CareTask | None:
    """The next complete set, by score or by order, as rule 14 asks for it. Only a set settles it: a
    reason why none was taken says so beside it, and does not make the patient seen."""
    if not here(stay):
        return None
    due = next_set(stay, counted_back(sets, now), every.observations, now)
    if due is None:
        return None
    since = None if due.last is None else due.last.at
    missed = [
        one
        for one in standing(events, CareKind.OBSERVATIONS_MISSED)
        if one.about is None and (since is None or one.at > since)
    ]
    return CareTask(
        key=f"observations:{stay.id}",
        encounter_id=stay.id,
        due_at=due.at,
        standing=Standing.OVERDUE if due.at < now else Standing.DUE,
        observations=True,
        last=missed[-1] if missed else None,
    )


def limits_of(stay: Encounter, events: Sequence[CareEvent], now: datetime) -> CareTask | None:
    """The doctor's answer to the last question for this patient's limits; None once it is there,
    or is not looked for any more."""
    asked = standing(events, CareKind.LIMITS_ASKED)
    if not asked:
        return None
    last = asked[-1]
    due_at = last.at + LIMITS_WITHIN
    reviewed = standing(events, CareKind.REVIEWED)
    answered = any(one.about == LIMITS and one.at >= last.at for one in reviewed)
    if answered or now - due_at > CARRIED:
        return None
    return CareTask(
        key=f"{LIMITS}:{stay.id}",
        encounter_id=stay.id,
        due_at=due_at,
        standing=Standing.OVERDUE if due_at < now else Standing.DUE,
        care=CareKind.LIMITS_ASKED,
        last=last,
    )


def limits_asked(events: Iterable[CareEvent], now: datetime, zone: tzinfo) -> CareEvent | None:
    """The question for this patient's limits of the ward's day of `now`; None: nobody asked yet."""
    asked = standing(events, CareKind.LIMITS_ASKED)
    today = now.astimezone(zone).date()
    return next((one for one in asked if one.at.astimezone(zone).date() == today), None)
