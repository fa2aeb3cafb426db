"""qSOFA, the quick Sepsis-related Organ Failure Assessment: 0 to 3, high risk at 2.

Not recommended as the only screening tool (Surviving Sepsis Campaign, 2021); NEWS2 is preferred.
"""

from dataclasses import dataclass
from math import isfinite

SOURCE = "Singer M et al., Sepsis-3, JAMA 2016;315:801-810"

HIGH_FROM = 2


@dataclass(frozen=True, slots=True)
class QsofaScore:
    """A total, or what is missing for one; what is missing is never zero."""

    total: int | None
    missing: tuple[str, ...] = ()


def qsofa(
    respiratory_rate: float | None, systolic: float | None, consciousness: str | None
) -> QsofaScore:
    """One point each for a rate of 22/min and more, a systolic pressure of 100 mmHg and less, and
    a mind that is altered (any of `C V P U`). Raises ValueError for what is no value of these."""
    given = {
        "respiratory_rate": respiratory_rate,
        "systolic": systolic,
        "consciousness": consciousness,
    }
    missing = tuple(name for name, value in given.items() if value is None)
    if respiratory_rate is None or systolic is None or consciousness is None:
        return QsofaScore(None, missing)
    if not (isfinite(respiratory_rate) and isfinite(systolic)):
        raise ValueError("qSOFA needs finite numbers")
    if consciousness not in tuple("ACVPU"):
        raise ValueError(f"consciousness is one of A C V P U, not {consciousness!r}")
    return QsofaScore((respiratory_rate >= 22) + (systolic <= 100) + (consciousness != "A"))
