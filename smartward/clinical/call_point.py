"""A call point: whatever a call can be made with that is not a screen (FHIR Device)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.nurse_call import CallClass


class CallPointKind(StrEnum):
    """What hangs on the wall or lies in the hand."""

    HANDSET = "handset"
    BATHROOM_CORD = "bathroom_cord"
    PRESENCE_BUTTON = "presence_button"
    ONE_SWITCH = "one_switch"
    KEYBOARD = "keyboard"
    ASSIST_BUTTON = "assist_button"
    EMERGENCY_BUTTON = "emergency_button"


CLASS_OF: dict[CallPointKind, CallClass] = {
    CallPointKind.HANDSET: CallClass.NORMAL,
    CallPointKind.BATHROOM_CORD: CallClass.BATHROOM,
    CallPointKind.ONE_SWITCH: CallClass.NORMAL,
    CallPointKind.KEYBOARD: CallClass.NORMAL,
    CallPointKind.ASSIST_BUTTON: CallClass.ASSIST,
    CallPointKind.EMERGENCY_BUTTON: CallClass.EMERGENCY,
}
"""The class of a call made there; a presence button makes none."""


class CallPointEvent(StrEnum):
    """What a call point tells. `reset` is its own reset button: the place where a bathroom, assist
    or emergency call ends. `beat`: it lives. `lost`, `restored`: its wire."""

    PRESS = "press"
    RESET = "reset"
    PRESENCE = "presence"
    BEAT = "beat"
    LOST = "lost"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPoint:
    """Document kind `call_point`. `bed_id` is the bed whose call it makes (a shared bathroom's cord
    belongs to the first bed of its room); `via` the device that reports it; `heartbeat_s` within
    how many seconds it must be heard of, None: it is not watched. `lost_since`: its wire or its
    heartbeat is missing since then; `wire_lost`: it is the wire, which no heartbeat mends."""

    id: str
    kind: CallPointKind
    bed_id: str
    room_id: str
    label: str = ""
    via: str = ""
    heartbeat_s: float | None = None
    lost_since: datetime | None = None
    wire_lost: bool = False
