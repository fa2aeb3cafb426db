"""The document of a nurse call (FHIR Task), and the words it is made of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor, Mark
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
class CallOrder:
    """When a call did what by the ward's own time, which nobody sets (`clinical/call_order.py`):
    `asked` is the last press, or other ring but by time; `rung` the last ring of all; `there` when
    somebody was present last."""

    placed: datetime
    asked: datetime
    rung: datetime
    there: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseCall:
    """Document kind `nurse_call`. It belongs to the bed, whoever lies in it.

    `id` was made at the touch. `placed_at` is the first press and never changes; `estimated`:
    the device's clock had to be trusted. `step` counts escalations done (0 to 3).
    `accepted_by` is who said "I go" and has not been relieved; `handed_to` is who was asked to
    take the call over, until somebody accepts: asked is not accepted. `call_point_id`: the point it
    was made at; such a call ends there, and no screen stands in for it. `press_times` are the last
    presses since somebody was present, as many as may raise the priority.
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
    call_point_id: str | None = None
    press_times: tuple[datetime, ...] = ()
    other_beds: tuple[str, ...] = ()
    """Beds besides `bed_id` where the device that placed it may stand, "" for one nobody knows: two
    devices had its identity then, or it had been moved. Whoever goes looks at all of them."""
    order: CallOrder | None = None
    """None while its times above tell the same: no clock was set."""


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
    high_presses: int = 3
    """Presses within `high_within_s`, nobody present, that raise the priority to high."""
    high_within_s: int = 60
    presence_closes_normal: bool = True
    """Whether a *normal* call ends when who was present leaves the room."""
    presence_ends_s: int = 3600
    """After the last mark of somebody present; then they are taken to have gone."""


FLOOR: dict[CallClass, Priority] = {
    CallClass.NORMAL: Priority.MEDIUM,
    CallClass.BATHROOM: Priority.HIGH,
    CallClass.ASSIST: Priority.HIGH,
    CallClass.EMERGENCY: Priority.HIGH,
}
"""The priority of a new call of each class; nobody lowers one below it."""

RED_FLAGS = frozenset({CallReason.BREATHLESS})
"""Reasons that raise the priority at once."""

CLOSES_AT: dict[CallClass, frozenset[ClosePlace]] = {
    CallClass.NORMAL: frozenset(ClosePlace),
    CallClass.BATHROOM: frozenset({ClosePlace.ORIGIN}),
    CallClass.ASSIST: frozenset({ClosePlace.ORIGIN}),
    CallClass.EMERGENCY: frozenset({ClosePlace.ORIGIN}),
}
"""Where a call may be closed (UL 1069, DIN VDE 0834: at its point of origin)."""


def is_open(call: NurseCall) -> bool:
    """Whether its light is on."""
    return call.state not in (CallState.COMPLETED, CallState.CANCELLED)
