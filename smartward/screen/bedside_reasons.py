"""What the patient may need: asked after the call, with a picture and a word for each."""

from dataclasses import dataclass

from smartward.clinical.nurse_call import CallReason
from smartward.i18n import Catalogue
from smartward.screen.beds import leaf

REASONS = {
    CallReason.BREATHLESS: "lungs",
    CallReason.PAIN: "emoticon-sad-outline",
    CallReason.TOILET: "toilet",
    CallReason.DRIP: "iv-bag",
    CallReason.WATER: "cup-water",
    CallReason.TURNING: "bed-outline",
    CallReason.COLD_OR_HOT: "thermometer",
    CallReason.OTHER: "dots-horizontal",
}
"""What may be needed, in the order of the page, with its icon. A lost line is nobody's need."""

NO_DRINK = "cup-off-outline"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """One reason to touch. `tone` is "", high (a red flag) or chosen; `status` "", sending or
    told."""

    key: str
    icon: str
    text: str
    tone: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for: `told`: the hub has it; `urgent`: it holds the call as high priority;
    `fasting`: this patient must not drink now."""

    reason: CallReason | None
    told: bool
    urgent: bool
    fasting: bool


def reason_text(catalogue: Catalogue, reason: CallReason) -> str:
    """A reason's words."""
    return catalogue.text(f"bedside.reason.{leaf(reason.value)}")


def reason_rows(catalogue: Catalogue, asked: Asked) -> tuple[ReasonRow, ...]:
    """The reasons to touch; water is marked while the patient fasts."""
    return tuple(_row(catalogue, reason, icon, asked) for reason, icon in REASONS.items())


def _row(catalogue: Catalogue, reason: CallReason, icon: str, asked: Asked) -> ReasonRow:
    chosen = reason is asked.reason
    marked = asked.fasting and reason is CallReason.WATER
    words = reason_text(catalogue, reason)
    if marked:
        words = catalogue.text("bedside.reason.ask_first", what=words)
    tone = "high" if reason is CallReason.BREATHLESS else ""
    return ReasonRow(
        key=reason.value,
        icon=NO_DRINK if marked else icon,
        text=words,
        tone="chosen" if chosen else tone,
        status=("told" if asked.told else "sending") if chosen else "",
    )


def answer(catalogue: Catalogue, asked: Asked, *, linked: bool, comes: bool) -> str:
    """What is said to what was asked for; a red flag is called urgent only when it is.

    `linked`: the hub has the call and is heard. `comes`: a station shows the call, and nothing
    speaks against a nurse who comes; else nobody says that one will.
    """
    reason = asked.reason
    if reason is None:
        return catalogue.text("bedside.reason.optional" if comes else "bedside.reason.skip")
    if reason is CallReason.TOILET:
        return catalogue.text("bedside.reason.answer_toilet")
    if reason is CallReason.WATER and asked.fasting:
        return catalogue.text("bedside.reason.answer_fasting")
    if not asked.told:
        return catalogue.text("bedside.reason.sending" if linked else "bedside.reason.kept")
    if reason is CallReason.BREATHLESS and asked.urgent:
        return catalogue.text("bedside.reason.answer_urgent")
    return catalogue.text("bedside.reason.answer", what=reason_text(catalogue, reason))
