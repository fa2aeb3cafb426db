"""When a nurse call sounds, and when it next speaks up by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical.call_document import CallSettings, CallState, NurseCall, is_open
from smartward.clinical.call_mark import (
    Actor,
    Mark,
    MarkKind,
    asking_again,
    came_after,
    last_sound_mark,
    left_again,
    promised_at,
    rings,
)
from smartward.clinical.freshness import AHEAD
from smartward.clinical.priority import Priority

MUTE = timedelta(seconds=120)
"""How long a mute lasts; a silence that does not end would be a call put away."""

HIGH_FROM_STEP = 2
"""The escalation (180 s by default) that raises an unanswered normal call to high."""


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
    again = _asking_again(call)
    if again is not None:
        since, done = again
        steps = settings.escalate_after_s[done : done + 1]
        return since + timedelta(seconds=steps[0]) if steps else None
    if call.state is CallState.REQUESTED and call.step < len(settings.escalate_after_s):
        due = call.placed_at + timedelta(seconds=settings.escalate_after_s[call.step])
        # What fell due while somebody was on the way falls due when that person hands over.
        handed = [mark.at for mark in call.marks if mark.kind is MarkKind.HANDED_OVER]
        return max(due, *handed) if handed else due
    if call.state is CallState.ACCEPTED:
        promised = promised_at(call.marks)
        return None if promised is None else promised + timedelta(seconds=settings.present_within_s)
    return None


def waiting_since(call: NurseCall) -> datetime | None:
    """The time from which the next deadline counts: the first press, the promise to come, or when
    it began to ask again. None when nothing is due any more."""
    again = _asking_again(call)
    if again is not None:
        return again[0]
    return call.placed_at if call.state is CallState.REQUESTED else promised_at(call.marks)


def _asking_again(call: NurseCall) -> tuple[datetime, int] | None:
    """A broken promise, a press after presence, or presence that ended too soon, has the clock of
    a new call."""
    answered = call.state in (CallState.ACCEPTED, CallState.IN_PROGRESS)
    left = call.state is CallState.REQUESTED and left_again(call.marks)
    return asking_again(call.marks) if answered or left else None


def marked(
    call: NurseCall, kind: MarkKind, at: datetime, by: Actor | None, why: str | None = None
) -> NurseCall:
    """The call with one mark more."""
    return replace(call, marks=(*call.marks, Mark(kind=kind, at=at, by=by, why=why)))


def advance(call: NurseCall, settings: CallSettings, now: datetime) -> NurseCall:
    """Apply everything that is due at `now`, each at the time it was due; the same object when
    nothing is. Any pattern of calls, late or repeated, ends in the same call."""
    while (due := next_deadline(call, settings)) is not None and due <= now:
        again = _asking_again(call)
        if call.state is CallState.ACCEPTED and again is None:
            call = marked(call, MarkKind.RESOUNDED, due, None)
            continue
        step = call.step + 1 if again is None else again[1] + 1
        high = step >= HIGH_FROM_STEP
        call = replace(
            call,
            step=max(call.step, step),
            priority=Priority.HIGH if high else call.priority,
        )
        call = marked(call, MarkKind.ESCALATED, due, None)
    return call
