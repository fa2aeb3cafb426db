"""A nurse call (FHIR Task) and its lifecycle: what may happen to it, and when it speaks up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.priority import Priority


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
    OTHER = "other"


class MarkKind(StrEnum):
    """What happened to a call, each once with time and who (`reinforced` may repeat)."""

    SENT = "sent"
    SHOWN = "shown"
    HEARD = "heard"
    ON_THE_WAY = "on_the_way"
    PRESENT = "present"
    REINFORCED = "reinforced"
    HANDED_OVER = "handed_over"
    NOT_NEEDED = "not_needed"
    ESCALATED = "escalated"
    RESOUNDED = "resounded"


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
    """One mark on a call."""

    kind: MarkKind
    at: datetime
    by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseCall:
    """Document kind `nurse_call`. It belongs to the bed, whoever lies in it.

    `id` was made at the touch. `placed_at` is the first press and never changes; `estimated`:
    the device's clock had to be trusted. `step` counts escalations done (0 to 3).
    `sound_after` is when an accepted call with nobody present sounds again.
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
    marks: tuple[Mark, ...] = ()
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    close_reason: str | None = None
