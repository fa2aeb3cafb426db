"""The picture board: for whoever cannot speak, to point at what they mean."""

from dataclasses import dataclass

from smartward.clinical.nurse_call import CallReason
from smartward.i18n import Catalogue
from smartward.screen.bedside_reasons import REASONS, reason_text

WORDS = {
    "yes": "thumb-up-outline",
    "no": "thumb-down-outline",
    "unwell": "emoticon-sick-outline",
    "hungry": "silverware-fork-knife",
    "glasses": "glasses",
    "light": "lightbulb-outline",
    "noise": "volume-off",
    "family": "account-group-outline",
    "again": "help-circle-outline",
    "thanks": "hand-heart-outline",
}
"""What is said with a picture and is no reason to call by itself, with its icon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One picture to point at."""

    key: str
    icon: str
    text: str
    tone: str = ""


def board(catalogue: Catalogue) -> tuple[BoardRow, ...]:
    """Yes and no first, then what may be needed, then the rest."""
    words = [
        BoardRow(key=name, icon=icon, text=catalogue.text(f"bedside.board.{name}"))
        for name, icon in WORDS.items()
    ]
    needs = [
        BoardRow(
            key=reason.value,
            icon=icon,
            text=reason_text(catalogue, reason),
            tone="high" if reason is CallReason.BREATHLESS else "",
        )
        for reason, icon in REASONS.items()
        if reason is not CallReason.OTHER
    ]
    return (*words[:2], *needs, *words[2:])


def reason_for(key: str) -> CallReason:
    """The reason of a call that was placed from a picture."""
    return CallReason.OTHER if key in WORDS else CallReason(key)
