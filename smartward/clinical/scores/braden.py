"""Braden Scale for predicting pressure injury: six items of 1 to 4 (friction 1 to 3), 6 to 23."""

from collections.abc import Mapping
from enum import StrEnum

SOURCE = "Braden B, Bergstrom N, Braden Scale for Predicting Pressure Sore Risk, 1987"

HIGH_TO = 12
"""Points; 12 and less are a high risk."""


class BradenItem(StrEnum):
    """What is judged."""

    SENSORY = "sensory"
    MOISTURE = "moisture"
    ACTIVITY = "activity"
    MOBILITY = "mobility"
    NUTRITION = "nutrition"
    FRICTION = "friction"


MOST: Mapping[BradenItem, int] = {
    item: 3 if item is BradenItem.FRICTION else 4 for item in BradenItem
}


class SkinRisk(StrEnum):
    """The risk by the total."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    HIGH = "high"
    VERY_HIGH = "very_high"


_TO = ((9, SkinRisk.VERY_HIGH), (12, SkinRisk.HIGH), (14, SkinRisk.MODERATE), (18, SkinRisk.MILD))


def braden(points: Mapping[BradenItem, int]) -> int | None:
    """The total; None while an item is missing. Raises ValueError for points that an item cannot
    have."""
    for item, given in points.items():
        if not 1 <= given <= MOST[item]:
            raise ValueError(f"Braden {item} is 1 to {MOST[item]}, not {given!r}")
    if any(item not in points for item in BradenItem):
        return None
    return sum(points[item] for item in BradenItem)


def skin_risk(total: int) -> SkinRisk:
    """The risk of a total of 6 to 23. Raises ValueError outside."""
    if not 6 <= total <= 23:
        raise ValueError(f"a Braden total is 6 to 23, not {total!r}")
    return next((risk for edge, risk in _TO if total <= edge), SkinRisk.NONE)
