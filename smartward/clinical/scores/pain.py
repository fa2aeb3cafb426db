"""Pain on the numeric rating scale, 0 to 10; 0 is no pain, never "missing"."""

from enum import StrEnum

SOURCE = "Numeric rating scale: 1-3 mild, 4-6 moderate, 7-10 severe; 4 and more: act"

ACT_FROM, SEVERE_FROM = 4, 7


class Pain(StrEnum):
    """How strong the pain is."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


def pain(score: float) -> Pain:
    """How strong pain of 0 to 10 is. Raises ValueError outside."""
    if not 0 <= score <= 10:
        raise ValueError(f"pain is 0 to 10, not {score!r}")
    if score >= SEVERE_FROM:
        return Pain.SEVERE
    if score >= ACT_FROM:
        return Pain.MODERATE
    return Pain.MILD if score > 0 else Pain.NONE
