"""Marks on a nurse call, and what their order says: does it ring, is somebody coming.

The order of the marks counts, not their times: a press that arrives late is still news.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MarkKind(StrEnum):
    """What happened to a call, in the order the hub learnt of it, with time and who.

    `sent`, `shown` and `not_needed` stand once; the others may repeat. `pressed` is written only
    by a press that makes a silent call sound again; every press is counted in `presses`. `left`:
    who was present has gone and the call was not over, so it asks again.
    """

    SENT = "sent"
    SHOWN = "shown"
    HEARD = "heard"
    ON_THE_WAY = "on_the_way"
    PRESENT = "present"
    REINFORCED = "reinforced"
    HANDED_OVER = "handed_over"
    NOT_NEEDED = "not_needed"
    PRESSED = "pressed"
    ESCALATED = "escalated"
    RESOUNDED = "resounded"
    LEFT = "left"
    LOWERED = "lowered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, and how they were known (`name`: touched their name; `none`)."""

    device_id: str
    person_id: str | None = None
    name: str | None = None
    family: str | None = None
    known: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark on a call. `why`: for *lowered* the person's words, for *escalated* what raised it
    at once (RAISED_BY_PRESSES, RAISED_BY_REASON); a timed escalation has none."""

    kind: MarkKind
    at: datetime
    by: Actor | None = None
    why: str | None = None


PROVED = frozenset({"badge", "pin", "badge_offline", "pin_offline", "name"})
"""What `Actor.known` says of somebody who may be named to a patient."""

RAISED_BY_PRESSES = "presses"
RAISED_BY_REASON = "reason"


RINGS = frozenset(
    {
        MarkKind.PRESSED,
        MarkKind.ESCALATED,
        MarkKind.RESOUNDED,
        MarkKind.REINFORCED,
        MarkKind.HANDED_OVER,
        MarkKind.LEFT,
    }
)
"""Marks after which a call asks for somebody, until one of ANSWERS."""

ANSWERS = frozenset({MarkKind.ON_THE_WAY, MarkKind.PRESENT})


def asked_since_answer(marks: tuple[Mark, ...]) -> frozenset[MarkKind]:
    """What has asked for somebody since the last person said "I go" or was there."""
    kinds = [mark.kind for mark in marks]
    start = max((i + 1 for i, kind in enumerate(kinds) if kind in ANSWERS), default=0)
    return RINGS & frozenset(kinds[start:])


def asked_anew(marks: tuple[Mark, ...]) -> datetime | None:
    """Since when the person in the bed needs somebody again, after one said "I go" or was there;
    None where they do not. Who is there and asks for a helper has not gone."""
    answered = [i for i, mark in enumerate(marks) if mark.kind in ANSWERS]
    needs = RINGS - {MarkKind.REINFORCED}
    since = marks[answered[-1] + 1 :] if answered else ()
    return next((mark.at for mark in since if mark.kind in needs), None)


def last_sound_mark(marks: tuple[Mark, ...]) -> Mark | None:
    """The newest mark that started or stopped the sound."""
    sound = RINGS | ANSWERS | {MarkKind.HEARD}
    return next((mark for mark in reversed(marks) if mark.kind in sound), None)


def rings(marks: tuple[Mark, ...]) -> bool:
    """Whether it asks for somebody, mute and its end left aside; a new call does."""
    last = last_sound_mark(marks)
    return last is None or last.kind in RINGS


_ENDS_PROMISE = frozenset(
    {MarkKind.RESOUNDED, MarkKind.PRESENT, MarkKind.HANDED_OVER, MarkKind.LEFT}
)


def promised_at(marks: tuple[Mark, ...]) -> datetime | None:
    """Since when somebody is on the way whose promise still stands; None when it was broken.

    A helper who follows later does not put the clock back.
    """
    since: datetime | None = None
    for mark in marks:
        if mark.kind is MarkKind.ON_THE_WAY and since is None:
            since = mark.at
        elif mark.kind in _ENDS_PROMISE:
            since = None
    return since


def asking_again(marks: tuple[Mark, ...]) -> tuple[datetime, int] | None:
    """Since when a call that was answered asks again (pressed again, nobody came, or who was there
    left), and how often its time has escalated it since; None when it does not."""
    since: datetime | None = None
    escalated = 0
    for mark in marks:
        if mark.kind in ANSWERS or mark.kind is MarkKind.HANDED_OVER:
            since, escalated = None, 0
        elif mark.kind is MarkKind.LEFT:
            since, escalated = mark.at, 0
        elif mark.kind in (MarkKind.PRESSED, MarkKind.RESOUNDED) and since is None:
            since = mark.at
        elif mark.kind is MarkKind.ESCALATED and since is not None and mark.why is None:
            escalated += 1
    return None if since is None else (since, escalated)


def left_again(marks: tuple[Mark, ...]) -> bool:
    """Whether who was present has gone, and nobody else has answered since."""
    last = (mark.kind for mark in reversed(marks) if mark.kind in ANSWERS | {MarkKind.LEFT})
    return next(last, None) is MarkKind.LEFT


def came_after(marks: tuple[Mark, ...], kind: MarkKind, other: MarkKind) -> bool:
    """Whether a mark of `kind` stands after the last one of `other`."""
    last = next((mark.kind for mark in reversed(marks) if mark.kind in (kind, other)), None)
    return last is kind


def answered_by(marks: tuple[Mark, ...]) -> Actor | None:
    """Who said "I go" or was there last."""
    return next((mark.by for mark in reversed(marks) if mark.kind in ANSWERS), None)


def same_person(known: Actor | None, by: Actor) -> bool:
    """Two people nobody knows are the same when they use the same device."""
    if known is None:
        return False
    if known.person_id is None and by.person_id is None:
        return known.device_id == by.device_id
    return known.person_id == by.person_id
