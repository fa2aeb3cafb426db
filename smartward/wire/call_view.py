"""A call as doors and bedheads are told of it, by a hub or straight from its bed: said once."""

from dataclasses import replace

from smartward.clinical.call_mark import PROVED, asked_since_answer
from smartward.clinical.nurse_call import CallReason, CallState, NurseCall, is_open
from smartward.wire.views import CallView


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
