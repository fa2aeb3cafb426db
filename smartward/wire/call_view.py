"""A call as each screen is told of it; for doors and bedheads, by a hub or straight from its bed:
said once."""

from dataclasses import dataclass, replace
from datetime import datetime

from smartward.clinical.call_mark import PROVED, asked_since_answer
from smartward.clinical.nurse_call import (
    CallClass,
    CallReason,
    CallState,
    Mark,
    NurseCall,
    is_open,
)
from smartward.clinical.priority import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What everybody is told who is told of a call at all."""

    id: str
    bed_id: str
    call_class: CallClass
    priority: Priority
    state: CallState
    placed_at: datetime
    estimated: bool
    """Whether the time of its press is not known exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView(_Call):
    """A call as bedhead and door see it: no reason, no person but who is on the way."""

    on_the_way: str | None
    """Family name of the person who accepted, "" when accepted by nobody known, None before."""
    present: bool
    asks_again: bool = False
    """Somebody answered, and since then it has asked for somebody again."""
    line_lost: bool = False
    """No person called: a call point's wire or heartbeat is lost."""
    which_bed: bool = False
    """It may have been pressed at another bed: two devices had one identity, or one was moved."""
    possible: bool = False
    """It was placed at another bed, and may have been pressed at this one: `bed_id` is this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BedsideCall(_Call):
    """The patient's own call."""

    presses: int
    last_press_at: datetime | None
    reason: CallReason | None
    marks: tuple[Mark, ...]
    on_the_way: str | None
    present: bool
    seen_by_station: bool
    nobody_came: bool
    """Accepted, but nobody was present in time: the bedside tells the truth."""
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorCall(_Call):
    """A call as everybody may read it from afar: bed, kind, age."""

    asks_again: bool = False
    line_lost: bool = False
    which_bed: bool = False
    """It may come from another bed: the station says from which."""


def call_view(call: NurseCall) -> CallView | None:
    """What a call is to who stands before its bed; None once it is closed."""
    if not is_open(call):
        return None
    return CallView(
        id=call.id,
        bed_id=call.bed_id,
        call_class=call.call_class,
        priority=call.priority,
        state=call.state,
        placed_at=call.placed_at,
        estimated=call.estimated,
        on_the_way=on_the_way(call),
        present=call.state is CallState.IN_PROGRESS,
        asks_again=asks_again(call),
        line_lost=call.reason is CallReason.LINE_LOST,
        which_bed=bool(call.other_beds),
    )


def possible_view(call: NurseCall) -> CallView | None:
    """The same before a bed of `at_other_beds`."""
    seen = call_view(call)
    return seen and replace(seen, possible=True)


def at_other_beds(call: NurseCall) -> tuple[NurseCall, ...]:
    """A call in doubt as it would be at each other bed that is known. Who lies there is nobody's
    guess, and what was asked for is told where it was asked."""
    every = (call.bed_id, *call.other_beds)
    reason = CallReason.LINE_LOST if call.reason is CallReason.LINE_LOST else None
    return tuple(
        replace(
            call,
            bed_id=bed_id,
            other_beds=tuple(one for one in every if one != bed_id),
            encounter_id=None,
            reason=reason,
        )
        for bed_id in call.other_beds
        if bed_id
    )


def on_the_way(call: NurseCall) -> str | None:
    """Who comes. A promise is made in somebody's name only where that person proved who they are:
    else it is "", and None where nobody has answered."""
    by = call.accepted_by
    if by is None:
        return None
    return (by.family or by.name or "") if by.known in PROVED else ""


def asks_again(call: NurseCall) -> bool:
    """Whether somebody answered, and it has asked for somebody since."""
    return call.state is not CallState.REQUESTED and bool(asked_since_answer(call.marks))
