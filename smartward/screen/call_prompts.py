"""Which words a call has, and how often they are said again (field.md 5.2)."""

from datetime import timedelta

from smartward.clinical.nurse_call import CallClass, CallReason

_PROMPTS = {
    CallClass.NORMAL: "bed_call",
    CallClass.BATHROOM: "bathroom_call",
    CallClass.ASSIST: "assist_call",
    CallClass.EMERGENCY: "emergency_call",
}

REPEAT = {
    CallClass.EMERGENCY: timedelta(seconds=10),
    CallClass.BATHROOM: timedelta(seconds=15),
    CallClass.ASSIST: timedelta(seconds=15),
}
"""Words again while it sounds; a normal call is told again when it escalates."""


def prompt_of(call_class: CallClass, reason: CallReason | None = None) -> str:
    """The prompt of a call; a lost call point says that instead of a patient's call."""
    return "line_lost" if reason is CallReason.LINE_LOST else _PROMPTS[call_class]
