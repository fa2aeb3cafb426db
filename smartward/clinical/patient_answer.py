"""What a patient answers at the bedside (QuestionnaireResponse)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PatientQuestion(StrEnum):
    """What may be asked of a patient."""

    PAIN = "pain"
    """Numeric rating scale, 0 (none) to 10 (worst imaginable)."""
    COMFORT = "comfort"
    """How they feel: one of COMFORT."""


COMFORT = ("well", "fair", "poor")
_WORST_PAIN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAnswer:
    """Document kind `patient_answer`: one answer. `value` is a number's digits or a word."""

    id: str
    encounter_id: str
    question: PatientQuestion
    value: str
    at: datetime
    device_id: str


def is_answer(question: PatientQuestion, value: str) -> bool:
    """Whether this can be answered to it."""
    if question is PatientQuestion.COMFORT:
        return value in COMFORT
    return value.isascii() and value.isdigit() and len(value) <= 2 and int(value) <= _WORST_PAIN
