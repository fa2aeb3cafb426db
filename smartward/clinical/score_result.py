"""Scores that the hospital system holds (FHIR Observation, category survey or exam)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ScoreKind(StrEnum):
    """Which score; LOINC codes and the hospital's own are in the mapping."""

    MORSE = "morse"
    """Morse Fall Scale, 0 to 125; 45 and more: high risk."""
    BRADEN = "braden"
    """Braden Scale, 6 to 23; 12 and less: high risk."""
    BARTHEL = "barthel"
    """Barthel Index, 0 to 100; 40 and less: severe dependence."""
    PAIN = "pain"
    """A pain scale of 0 to 10 that is no numeric rating (FLACC, PAINAD, faces); the numeric rating
    is a vital sign."""
    POSS = "poss"
    """Pasero Opioid-induced Sedation Scale: 0 stands for S (asleep, easy to rouse), 1 to 4."""
    VIP = "vip"
    """Visual infusion phlebitis score, 0 to 5."""
    GCS = "gcs"
    """Glasgow Coma Scale, 3 to 15."""


BOUNDS: dict[ScoreKind, tuple[int, int]] = {
    ScoreKind.MORSE: (0, 125),
    ScoreKind.BRADEN: (6, 23),
    ScoreKind.BARTHEL: (0, 100),
    ScoreKind.PAIN: (0, 10),
    ScoreKind.POSS: (0, 4),
    ScoreKind.VIP: (0, 5),
    ScoreKind.GCS: (3, 15),
}
"""What each score can be, both ends included: outside it the number is none of this score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreResult:
    """Document kind `score_result`: one score as somebody found it. 0 is a value."""

    id: str
    encounter_id: str
    score: ScoreKind
    value: int
    taken_at: datetime
    received_at: datetime
    doubtful: bool = False
    """Dated more than 60 s ahead of the hub."""
