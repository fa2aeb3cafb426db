"""Morse Fall Scale: six items as data, 0 to 125.

What is not answered makes no total. Source of the points and cut-offs: SOURCE; cut-offs should be
set locally.
"""

from collections.abc import Mapping
from enum import StrEnum

SOURCE = "Morse JM et al., Development of a scale to identify the fall-prone patient, 1989"

MODERATE_FROM, HIGH_FROM = 25, 45
"""Points; below 25 the risk is low."""


class MorseItem(StrEnum):
    """What is asked."""

    HISTORY = "history"
    """Has fallen during this stay or within 3 months."""
    SECONDARY_DIAGNOSIS = "secondary_diagnosis"
    AID = "aid"
    INTRAVENOUS = "intravenous"
    """An intravenous line or heparin lock."""
    GAIT = "gait"
    MENTAL = "mental"


POINTS: Mapping[MorseItem, Mapping[str, int]] = {
    MorseItem.HISTORY: {"no": 0, "yes": 25},
    MorseItem.SECONDARY_DIAGNOSIS: {"no": 0, "yes": 15},
    MorseItem.AID: {"none": 0, "crutches": 15, "furniture": 30},
    MorseItem.INTRAVENOUS: {"no": 0, "yes": 20},
    MorseItem.GAIT: {"normal": 0, "weak": 10, "impaired": 20},
    MorseItem.MENTAL: {"knows_limits": 0, "forgets_limits": 15},
}
"""`none` of the aids: also bed rest and a nurse's arm; `crutches`: also cane and walker. `normal`
gait: also bed rest and immobile."""


class FallRisk(StrEnum):
    """The risk by the total."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


def morse(answers: Mapping[MorseItem, str]) -> int | None:
    """The total; None while an item is not answered. Raises ValueError for an answer that the
    scale does not have."""
    for item, answer in answers.items():
        if answer not in POINTS[item]:
            raise ValueError(f"Morse {item} has no answer {answer!r}: {sorted(POINTS[item])}")
    if any(item not in answers for item in MorseItem):
        return None
    return sum(POINTS[item][answers[item]] for item in MorseItem)


def fall_risk(total: int) -> FallRisk:
    """The risk of a total of 0 to 125. Raises ValueError outside."""
    if not 0 <= total <= 125:
        raise ValueError(f"a Morse total is 0 to 125, not {total!r}")
    if total >= HIGH_FROM:
        return FallRisk.HIGH
    return FallRisk.MODERATE if total >= MODERATE_FROM else FallRisk.LOW
