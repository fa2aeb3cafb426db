"""What a patient is asked at the bedside, and what they answer (QuestionnaireResponse)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from smartward.clinical.call_mark import Actor


class PatientQuestion(StrEnum):
    """What may be asked of a patient."""

    PAIN = "pain"
    """Numeric rating scale, 0 (none) to 10 (worst imaginable)."""
    COMFORT = "comfort"
    """How they feel: one of COMFORT."""
    MEAL = "meal"
    """How much they ate of their last meal: one of MEAL."""


COMFORT = ("well", "fair", "poor")
MEAL = ("all", "half", "little", "nothing")
_WORST_PAIN = 10
SEVERE_PAIN = 7
"""From here on pain is severe: 7 to 10 of the numeric rating scale (common cut-off of the scale;
local policy may differ)."""

ASKED_FOR = timedelta(hours=4)
"""For so long a question waits; then whoever wants to know asks anew. Local choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAnswer:
    """Document kind `patient_answer`: one answer. `value` is a number's digits or a word."""

    id: str
    encounter_id: str
    question: PatientQuestion
    value: str
    at: datetime
    device_id: str


class QuestionState(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    LATER = "later"
    """The patient touched "not now"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """Document kind `patient_question`: what a stay was asked last, one of each question; id by
    `question_id`. The answer itself is a `patient_answer`."""

    id: str
    encounter_id: str
    question: PatientQuestion
    state: QuestionState
    asked_at: datetime
    by: Actor | None = None
    """Who wants to know; None: the screen asked by itself."""
    settled_at: datetime | None = None


def question_id(encounter_id: str, question: PatientQuestion) -> str:
    """The id of what a stay is asked."""
    return f"{encounter_id}.{question.value}"


class Asked(Protocol):
    """What a question's waiting needs of it, so that a view of it serves as well."""

    @property
    def state(self) -> QuestionState:
        """Where it stands."""

    @property
    def asked_at(self) -> datetime:
        """When it was asked."""


def waits(asked: Asked, now: datetime) -> bool:
    """Whether it still waits for its answer."""
    return asked.state is QuestionState.OPEN and now - asked.asked_at < ASKED_FOR


def is_answer(question: PatientQuestion, value: str) -> bool:
    """Whether this can be answered to it."""
    if question is PatientQuestion.COMFORT:
        return value in COMFORT
    if question is PatientQuestion.MEAL:
        return value in MEAL
    return value.isascii() and value.isdigit() and len(value) <= 2 and int(value) <= _WORST_PAIN


def is_severe(question: PatientQuestion, value: str) -> bool:
    """Whether somebody should come for this answer. `value` is one that `is_answer`."""
    return question is PatientQuestion.PAIN and int(value) >= SEVERE_PAIN
