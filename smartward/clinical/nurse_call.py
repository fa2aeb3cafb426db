"""A nurse call's lifecycle: what may happen to it. This is the module that others import from:
the document is in `call_document`, its sound and its timers are in `call_timing`.

The promise, of which this file is the part that decides (packaging/call-promise.md has the whole,
tests/faults/protocol searches for a way to break it):

- a press is never refused and never lost: of a closed call it makes a new one, of an open one it is
  counted, and its id means that call from then on;
- the first time of a press is kept by everything below; a clock that is set moves no call;
- marks are only ever added: nothing that was sent, shown, heard or promised is taken back;
- priority is raised by time and presses, lowered by a person alone; the class never changes;
- a call ends by `close` (in the room; a normal one at the station where the ward lets it be,
  *cancelled* if nobody was there) or by `leave` (a normal one whose nurse was marked present):
  always by a person, never by a timer, a restart, another call or a discharge.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.call_document import CLOSES_AT as CLOSES_AT
from smartward.clinical.call_document import FLOOR as FLOOR
from smartward.clinical.call_document import RED_FLAGS as RED_FLAGS
from smartward.clinical.call_document import CallClass as CallClass
from smartward.clinical.call_document import CallReason as CallReason
from smartward.clinical.call_document import CallRefused as CallRefused
from smartward.clinical.call_document import CallSettings as CallSettings
from smartward.clinical.call_document import CallState as CallState
from smartward.clinical.call_document import ClosePlace as ClosePlace
from smartward.clinical.call_document import NurseCall as NurseCall
from smartward.clinical.call_document import is_open as is_open
from smartward.clinical.call_mark import (
    RAISED_BY_PRESSES,
    RAISED_BY_REASON,
    answered_by,
    asked_since_answer,
    rings,
    same_person,
)
from smartward.clinical.call_mark import Actor as Actor
from smartward.clinical.call_mark import Mark as Mark
from smartward.clinical.call_mark import MarkKind as MarkKind
from smartward.clinical.call_order import pressed_before as pressed_before
from smartward.clinical.call_timing import HIGH_FROM_STEP as HIGH_FROM_STEP
from smartward.clinical.call_timing import MUTE as MUTE
from smartward.clinical.call_timing import advance as advance
from smartward.clinical.call_timing import marked as _marked
from smartward.clinical.call_timing import muted_until as muted_until
from smartward.clinical.call_timing import next_deadline as next_deadline
from smartward.clinical.call_timing import nobody_came as nobody_came
from smartward.clinical.call_timing import sounding as sounding
from smartward.clinical.call_timing import waiting_since as waiting_since
from smartward.clinical.priority import Priority


class _Event(StrEnum):
    PRESS = "press"
    REASON = "reason"
    ACCEPT = "accept"
    REACCEPT = "reaccept"
    HAND_OVER = "hand_over"
    REINFORCE = "reinforce"
    ARRIVE = "arrive"
    CLOSE = "close"
    CANCEL = "cancel"
    LEAVE = "leave"
    LEAVE_OPEN = "leave_open"
    LOWER = "lower"


DEFAULTS = CallSettings()

_S = CallState
_NEXT: dict[tuple[CallState, _Event], CallState] = {
    (_S.REQUESTED, _Event.PRESS): _S.REQUESTED,
    (_S.REQUESTED, _Event.REASON): _S.REQUESTED,
    (_S.REQUESTED, _Event.ACCEPT): _S.ACCEPTED,
    (_S.REQUESTED, _Event.HAND_OVER): _S.REQUESTED,
    (_S.REQUESTED, _Event.REINFORCE): _S.REQUESTED,
    (_S.REQUESTED, _Event.ARRIVE): _S.IN_PROGRESS,
    (_S.REQUESTED, _Event.CLOSE): _S.COMPLETED,
    (_S.REQUESTED, _Event.CANCEL): _S.CANCELLED,
    (_S.ACCEPTED, _Event.PRESS): _S.ACCEPTED,
    (_S.ACCEPTED, _Event.REASON): _S.ACCEPTED,
    (_S.ACCEPTED, _Event.ACCEPT): _S.ACCEPTED,
    (_S.ACCEPTED, _Event.HAND_OVER): _S.REQUESTED,
    (_S.ACCEPTED, _Event.REINFORCE): _S.ACCEPTED,
    (_S.ACCEPTED, _Event.ARRIVE): _S.IN_PROGRESS,
    (_S.ACCEPTED, _Event.CLOSE): _S.COMPLETED,
    (_S.ACCEPTED, _Event.CANCEL): _S.CANCELLED,
    (_S.IN_PROGRESS, _Event.PRESS): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _Event.REASON): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _Event.ACCEPT): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _Event.REACCEPT): _S.ACCEPTED,
    (_S.IN_PROGRESS, _Event.REINFORCE): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _Event.ARRIVE): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _Event.CLOSE): _S.COMPLETED,
    (_S.IN_PROGRESS, _Event.LEAVE): _S.COMPLETED,
    (_S.IN_PROGRESS, _Event.LEAVE_OPEN): _S.REQUESTED,
    (_S.REQUESTED, _Event.LOWER): _S.REQUESTED,
    (_S.ACCEPTED, _Event.LOWER): _S.ACCEPTED,
    (_S.IN_PROGRESS, _Event.LOWER): _S.IN_PROGRESS,
}
"""All that may happen to an open call; what is not here is refused."""


def place(  # noqa: PLR0913
    id: str,
    bed_id: str,
    device_id: str,
    call_class: CallClass,
    placed_at: datetime,
    received_at: datetime,
    encounter_id: str | None = None,
    estimated: bool = False,
    actor: Actor | None = None,
    call_point_id: str | None = None,
    reason: CallReason | None = None,
) -> NurseCall:
    """A new call, sounding. A press cannot be later than its receipt: `placed_at` is at most
    `received_at`, or a device whose clock is ahead would put off every escalation. A `reason` is
    given only with LINE_LOST, which no person pressed."""
    pressed_at = min(placed_at, received_at)
    return NurseCall(
        id=id,
        bed_id=bed_id,
        device_id=device_id,
        call_class=call_class,
        priority=FLOOR[call_class],
        state=CallState.REQUESTED,
        placed_at=pressed_at,
        received_at=received_at,
        encounter_id=encounter_id,
        estimated=estimated,
        marks=(Mark(kind=MarkKind.SENT, at=received_at, by=actor),),
        call_point_id=call_point_id,
        reason=reason,
        press_times=() if reason is CallReason.LINE_LOST else (pressed_at,),
    )


def press_again(
    call: NurseCall,
    at: datetime,
    settings: CallSettings = DEFAULTS,
    attended: bool = False,
    late: bool = False,
) -> NurseCall:
    """Count the press; the first time stays. One that is told `late` (`pressed_before`) is counted
    and no more: it asks for nothing that was not asked or answered already. A silent call nobody
    is on the way to sounds again, also one whose nurse may have left without closing it.
    `settings.high_presses` presses within `settings.high_within_s` raise it to high and it sounds
    again, unless it is `attended`: somebody
    is marked present in the room. A call of a lost line that is pressed is a patient's call.

    Raises CallRefused on a closed call: the caller then places a new one, no press is lost.
    """
    state = _next(call, _Event.PRESS)
    if late:
        return replace(call, presses=call.presses + 1)
    times = sorted((*call.press_times, at))[-settings.high_presses :]
    line_lost = call.reason is CallReason.LINE_LOST
    call = replace(
        call,
        state=state,
        presses=call.presses + 1,
        last_press_at=at if call.last_press_at is None else max(at, call.last_press_at),
        press_times=tuple(times),
        reason=None if line_lost else call.reason,
    )
    urgent = len(times) >= settings.high_presses and times[-1] - times[0] <= timedelta(
        seconds=settings.high_within_s
    )
    if urgent and not attended and call.priority is not Priority.HIGH:
        call = replace(call, priority=Priority.HIGH)
        return _marked(call, MarkKind.ESCALATED, at, None, RAISED_BY_PRESSES)
    # Who is on the way because of a lost line has promised the patient nothing.
    promised = call.state is CallState.ACCEPTED and not line_lost
    if promised or rings(call.marks):
        return call
    return _marked(call, MarkKind.PRESSED, at, None)


def give_reason(call: NurseCall, reason: CallReason, at: datetime) -> NurseCall:
    """What the patient needs. A red flag raises the priority and sounds again; it stays when
    another reason is given after it, and said again it raises a call that was lowered. Raises
    CallRefused on a closed call."""
    state = _next(call, _Event.REASON)
    flagged = reason in RED_FLAGS and (
        call.reason not in RED_FLAGS or call.priority is not Priority.HIGH
    )
    if not flagged and (reason is call.reason or call.reason in RED_FLAGS):
        return call
    call = replace(call, state=state, reason=reason)
    if not flagged:
        return call
    call = replace(call, priority=Priority.HIGH)
    return _marked(call, MarkKind.ESCALATED, at, None, RAISED_BY_REASON)


def lower(call: NurseCall, at: datetime, by: Actor, why: str) -> NurseCall:
    """`by` takes a raised priority back to that of the call's class, and says `why`; the light, the
    sound and the reason stay. What raises a call raises it again: a later escalation, presses
    anew, a red flag said again. Raises CallRefused when closed, or without a reason."""
    state = _next(call, _Event.LOWER)
    if not why.strip():
        raise CallRefused("call.refused.lower_why")
    if call.priority is FLOOR[call.call_class]:
        return call
    call = replace(call, state=state, priority=FLOOR[call.call_class], press_times=())
    return _marked(call, MarkKind.LOWERED, at, by, why.strip())


def leave(call: NurseCall, at: datetime, by: Actor, closes_normal: bool = True) -> NurseCall:
    """`by`, the last who was present, leaves the room. A *normal* call that has asked for nobody
    since is over where the ward has it so (`closes_normal`); any other call that was in progress
    asks again with the clock of a new call: a lost line too, which no visit mends. A call nobody
    was present at stays as it is."""
    if call.state is not CallState.IN_PROGRESS:
        return call
    normal = call.call_class is CallClass.NORMAL and call.reason is not CallReason.LINE_LOST
    if closes_normal and normal and not asked_since_answer(call.marks):
        return replace(call, state=_next(call, _Event.LEAVE), closed_at=at, closed_by=by)
    call = replace(call, state=_next(call, _Event.LEAVE_OPEN), accepted_by=None, handed_to=None)
    return _marked(call, MarkKind.LEFT, at, by)


def not_needed(call: NurseCall, at: datetime, by: Actor | None) -> NurseCall:
    """The patient says it was a mistake: shown as words; it closes and silences nothing."""
    if not is_open(call) or _has(call, MarkKind.NOT_NEEDED):
        return call
    return _marked(call, MarkKind.NOT_NEEDED, at, by)


def shown(call: NurseCall, at: datetime, by: Actor | None) -> NurseCall:
    """An awake station drew the call; the first time counts."""
    if not is_open(call) or _has(call, MarkKind.SHOWN):
        return call
    return _marked(call, MarkKind.SHOWN, at, by)


def heard(call: NurseCall, at: datetime, by: Actor | None) -> NurseCall:
    """Stop the sound for MUTE, or until it rings anew. The light stays: the call is open."""
    return _marked(call, MarkKind.HEARD, at, by) if sounding(call, at) else call


def accept(call: NurseCall, at: datetime, by: Actor) -> NurseCall:
    """`by` goes there.

    Raises CallRefused when closed, or when another person is on the way or present already and
    nothing has asked for one more since (resounded, reinforced, pressed again, red flag).
    """
    asked = asked_since_answer(call.marks)
    if call.state is CallState.IN_PROGRESS and MarkKind.PRESSED in asked:
        state = _next(call, _Event.REACCEPT)
    else:
        state = _next(call, _Event.ACCEPT)
    if call.state is not CallState.REQUESTED and not asked:
        if same_person(call.accepted_by, by):
            return call
        raise _taken(call)
    relieved = call.state is CallState.REQUESTED or asked & {MarkKind.RESOUNDED, MarkKind.PRESSED}
    accepted_by = by if relieved or call.accepted_by is None else call.accepted_by
    call = replace(call, state=state, accepted_by=accepted_by, handed_to=None)
    return _marked(call, MarkKind.ON_THE_WAY, at, by)


def hand_over(call: NurseCall, at: datetime, by: Actor, to_actor: Actor) -> NurseCall:
    """`by` asks `to_actor` to go instead. Until somebody accepts, the call asks for somebody
    again and sounds: nobody has promised to come. `by` is kept by the action's history.

    Raises CallRefused when closed or when somebody is present.
    """
    state = _next(call, _Event.HAND_OVER)
    if same_person(call.handed_to, to_actor):
        return call
    call = replace(call, state=state, accepted_by=None, handed_to=to_actor)
    return _marked(call, MarkKind.HANDED_OVER, at, by)


def reinforce(call: NurseCall, at: datetime, by: Actor) -> NurseCall:
    """`by` asks for one more person: it sounds again. Raises CallRefused when closed."""
    state = _next(call, _Event.REINFORCE)
    if MarkKind.REINFORCED in asked_since_answer(call.marks):
        return call
    return _marked(replace(call, state=state), MarkKind.REINFORCED, at, by)


def arrive(call: NurseCall, at: datetime, by: Actor) -> NurseCall:
    """`by` is with the patient: the clock stops. Raises CallRefused when closed."""
    state = _next(call, _Event.ARRIVE)
    if call.state is CallState.IN_PROGRESS and not asked_since_answer(call.marks):
        return call
    call = replace(call, state=state, handed_to=None, press_times=())
    return _marked(call, MarkKind.PRESENT, at, by)


def close(
    call: NurseCall,
    at: datetime,
    by: Actor,
    where: ClosePlace,
    reason: str | None = None,
    station_may_close: bool = False,
) -> NurseCall:
    """The end of a call, by a person. Closing in the room is being there; closed at the station
    with nobody ever present it is *cancelled*.

    `where` is judged by the hub from the device; `reason` is needed at the station. Raises
    CallRefused where the class may not be closed. A closed call stays as it is.
    """
    if not is_open(call):
        return call
    if where not in CLOSES_AT[call.call_class]:
        raise CallRefused(f"call.refused.close_{call.call_class}")
    if where is ClosePlace.STATION:
        _check_station_close(reason, station_may_close)
    elif not _has(call, MarkKind.PRESENT):
        call = _marked(call, MarkKind.PRESENT, at, by)
    attended = _has(call, MarkKind.PRESENT)
    state = _next(call, _Event.CLOSE if attended else _Event.CANCEL)
    return replace(call, state=state, closed_at=at, closed_by=by, close_reason=reason)


def _next(call: NurseCall, event: _Event) -> CallState:
    state = _NEXT.get((call.state, event))
    if state is not None:
        return state
    raise _taken(call) if is_open(call) else CallRefused("call.refused.closed")


def _taken(call: NurseCall) -> CallRefused:
    """Somebody is on the way or there: with the name, where it is known."""
    there = call.state is CallState.IN_PROGRESS
    key = "call.refused.present" if there else "call.refused.on_the_way"
    last = answered_by(call.marks)
    name = None if last is None else last.name
    return CallRefused(f"{key}_unnamed") if name is None else CallRefused(key, name=name)


def _check_station_close(reason: str | None, station_may_close: bool) -> None:
    if not station_may_close:
        raise CallRefused("call.refused.close_normal")
    if reason is None or not reason.strip():
        raise CallRefused("call.refused.close_reason")


def _has(call: NurseCall, kind: MarkKind) -> bool:
    return any(mark.kind is kind for mark in call.marks)
