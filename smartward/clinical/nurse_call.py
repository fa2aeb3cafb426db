"""A nurse call (FHIR Task) and its lifecycle: what may happen to it, and when it speaks up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.call_mark import Actor as Actor
from smartward.clinical.call_mark import Mark as Mark
from smartward.clinical.call_mark import MarkKind as MarkKind
from smartward.clinical.call_mark import (
    answered_by,
    asked_since_answer,
    asking_again,
    came_after,
    last_sound_mark,
    promised_at,
    rings,
    same_person,
)
from smartward.clinical.freshness import AHEAD
from smartward.clinical.priority import Priority
from smartward.clinical.words import Value


class CallClass(StrEnum):
    """What was pressed. Escalation raises priority, never class."""

    NORMAL = "normal"
    BATHROOM = "bathroom"
    ASSIST = "assist"
    EMERGENCY = "emergency"


class CallState(StrEnum):
    """Task.status."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class CallReason(StrEnum):
    """What the patient needs, asked after the call."""

    BREATHLESS = "breathless"
    PAIN = "pain"
    TOILET = "toilet"
    DRIP = "drip"
    WATER = "water"
    TURNING = "turning"
    COLD_OR_HOT = "cold_or_hot"
    LINE_LOST = "line_lost"
    """Nobody gave it: the wire or the heartbeat of a call point was lost."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseCall:
    """Document kind `nurse_call`. It belongs to the bed, whoever lies in it.

    `id` was made at the touch. `placed_at` is the first press and never changes; `estimated`:
    the device's clock had to be trusted. `step` counts escalations done (0 to 3).
    `accepted_by` is who said "I go" and has not been relieved; `handed_to` is who was asked to
    take the call over, until somebody accepts: asked is not accepted.
    """

    id: str
    bed_id: str
    device_id: str
    call_class: CallClass
    priority: Priority
    state: CallState
    placed_at: datetime
    received_at: datetime
    encounter_id: str | None = None
    estimated: bool = False
    presses: int = 1
    last_press_at: datetime | None = None
    reason: CallReason | None = None
    step: int = 0
    accepted_by: Actor | None = None
    handed_to: Actor | None = None
    marks: tuple[Mark, ...] = ()
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    close_reason: str | None = None


class ClosePlace(StrEnum):
    """Where somebody stands who closes a call; the hub knows it from the device."""

    ROOM = "room"
    """The staff panel of the bedside, or the door."""
    ORIGIN = "origin"
    """The very device that placed the call."""
    STATION = "station"


class CallRefused(ValueError):
    """The lifecycle forbids it. `key` is a text key with `values`, to be shown to the person."""

    def __init__(self, key: str, **values: Value) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class CallSettings:
    """A ward's settings for calls, in seconds; 60, 180 and 300 are usual for call systems."""

    escalate_after_s: tuple[int, ...] = (60, 180, 300)
    """After the first press, while nobody has accepted."""
    present_within_s: int = 300
    """After somebody accepted; then an accepted call with nobody present sounds again."""
    station_may_close: bool = False
    """Whether the station may close a *normal* call, with a reason."""


MUTE = timedelta(seconds=120)
"""How long a mute lasts; a silence that does not end would be a call put away."""

HIGH_FROM_STEP = 2
"""The escalation (180 s by default) that raises an unanswered normal call to high."""

RED_FLAGS = frozenset({CallReason.BREATHLESS})
"""Reasons that raise the priority at once."""

CLOSES_AT: dict[CallClass, frozenset[ClosePlace]] = {
    CallClass.NORMAL: frozenset(ClosePlace),
    CallClass.BATHROOM: frozenset({ClosePlace.ORIGIN}),
    CallClass.ASSIST: frozenset({ClosePlace.ORIGIN}),
    CallClass.EMERGENCY: frozenset({ClosePlace.ORIGIN}),
}
"""Where a call may be closed (UL 1069, DIN VDE 0834: at its point of origin)."""


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
) -> NurseCall:
    """A new call, sounding. A press cannot be later than its receipt: `placed_at` is at most
    `received_at`, or a device whose clock is ahead would put off every escalation."""
    return NurseCall(
        id=id,
        bed_id=bed_id,
        device_id=device_id,
        call_class=call_class,
        priority=Priority.MEDIUM if call_class is CallClass.NORMAL else Priority.HIGH,
        state=CallState.REQUESTED,
        placed_at=min(placed_at, received_at),
        received_at=received_at,
        encounter_id=encounter_id,
        estimated=estimated,
        marks=(Mark(kind=MarkKind.SENT, at=received_at, by=actor),),
    )


def press_again(call: NurseCall, at: datetime) -> NurseCall:
    """Count the press; the first time stays. A silent call nobody is on the way to sounds again,
    also one whose nurse may have left without closing it.

    Raises CallRefused on a closed call: the caller then places a new one, no press is lost.
    """
    call = replace(
        call,
        state=_next(call, _Event.PRESS),
        presses=call.presses + 1,
        last_press_at=at if call.last_press_at is None else max(at, call.last_press_at),
    )
    if call.state is CallState.ACCEPTED or rings(call.marks):
        return call
    return _marked(call, MarkKind.PRESSED, at, None)


def give_reason(call: NurseCall, reason: CallReason, at: datetime) -> NurseCall:
    """What the patient needs. A red flag raises the priority and sounds again; it stays when
    another reason is given after it. Raises CallRefused on a closed call."""
    state = _next(call, _Event.REASON)
    if reason is call.reason or call.reason in RED_FLAGS:
        return call
    call = replace(call, state=state, reason=reason)
    if reason not in RED_FLAGS:
        return call
    call = replace(call, priority=Priority.HIGH)
    return _marked(call, MarkKind.ESCALATED, at, None)


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
    return _marked(replace(call, state=state, handed_to=None), MarkKind.PRESENT, at, by)


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


def is_open(call: NurseCall) -> bool:
    """Whether its light is on."""
    return call.state not in (CallState.COMPLETED, CallState.CANCELLED)


def sounding(call: NurseCall, now: datetime) -> bool:
    """Whether it must sound now: it asks for somebody and is not muted."""
    if not is_open(call):
        return False
    muted = muted_until(call)
    if muted is None:
        return rings(call.marks)
    # A mute from the future is one made before the clock was set back: it is over.
    return now >= muted or now < muted - MUTE - AHEAD


def muted_until(call: NurseCall) -> datetime | None:
    """When the mute ends; None when the call is not muted."""
    last = last_sound_mark(call.marks)
    muted = last is not None and last.kind is MarkKind.HEARD and is_open(call)
    return last.at + MUTE if muted and last is not None else None


def nobody_came(call: NurseCall) -> bool:
    """Whether a promise to come was broken: true until somebody is present."""
    return came_after(call.marks, MarkKind.RESOUNDED, MarkKind.PRESENT)


def next_deadline(call: NurseCall, settings: CallSettings) -> datetime | None:
    """When `advance` has something to do, by wall time; possibly in the past."""
    if call.state is CallState.REQUESTED and call.step < len(settings.escalate_after_s):
        due = call.placed_at + timedelta(seconds=settings.escalate_after_s[call.step])
        # What fell due while somebody was on the way falls due when that person hands over.
        handed = [mark.at for mark in call.marks if mark.kind is MarkKind.HANDED_OVER]
        return max(due, *handed) if handed else due
    again = _asking_again(call)
    if again is not None:
        since, done = again
        steps = settings.escalate_after_s[done : done + 1]
        return since + timedelta(seconds=steps[0]) if steps else None
    if call.state is CallState.ACCEPTED:
        promised = promised_at(call.marks)
        return None if promised is None else promised + timedelta(seconds=settings.present_within_s)
    return None


def waiting_since(call: NurseCall) -> datetime | None:
    """The time from which the next deadline counts: the first press, the promise to come, or when
    it began to ask again. None when nothing is due any more."""
    if call.state is CallState.REQUESTED:
        return call.placed_at
    again = _asking_again(call)
    return promised_at(call.marks) if again is None else again[0]


def _asking_again(call: NurseCall) -> tuple[datetime, int] | None:
    """A broken promise, or a press after presence, has the clock of a new call."""
    answered = call.state in (CallState.ACCEPTED, CallState.IN_PROGRESS)
    return asking_again(call.marks) if answered else None


def advance(call: NurseCall, settings: CallSettings, now: datetime) -> NurseCall:
    """Apply everything that is due at `now`, each at the time it was due; the same object when
    nothing is. Any pattern of calls, late or repeated, ends in the same call."""
    while (due := next_deadline(call, settings)) is not None and due <= now:
        again = _asking_again(call)
        if call.state is CallState.ACCEPTED and again is None:
            call = _marked(call, MarkKind.RESOUNDED, due, None)
            continue
        step = call.step + 1 if again is None else again[1] + 1
        high = step >= HIGH_FROM_STEP
        call = replace(
            call,
            step=max(call.step, step),
            priority=Priority.HIGH if high else call.priority,
        )
        call = _marked(call, MarkKind.ESCALATED, due, None)
    return call


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


def _marked(call: NurseCall, kind: MarkKind, at: datetime, by: Actor | None) -> NurseCall:
    return replace(call, marks=(*call.marks, Mark(kind=kind, at=at, by=by)))


def _has(call: NurseCall, kind: MarkKind) -> bool:
    return any(mark.kind is kind for mark in call.marks)
