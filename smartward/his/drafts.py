"""What a ward tells its hospital system: each draft is one thing as it should stand there.

A draft holds all that is to be said of it, in the ward's words; ids of patients, stays, beds and
plan items are as the port gives them (`<source>.<logical id>`). People are the roster's ids.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from smartward.clinical.care_event import (
    CareKind,
    LineDeed,
    Measure,
    Missed,
    Need,
    Position,
    Poss,
    Restraint,
    Step,
)
from smartward.clinical.his_write import WriteKind
from smartward.clinical.line import LineKind
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.observation_entry import EnteredValue
from smartward.clinical.patient_answer import PatientQuestion
from smartward.clinical.plan import PlanStatus
from smartward.clinical.priority import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseCallDraft:
    """A nurse call in one of its states. Its reason is not told: it stays on the ward."""

    id: str
    bed_id: str
    call_class: CallClass
    priority: Priority
    state: CallState
    placed_at: datetime
    encounter_id: str | None = None
    patient_id: str | None = None
    accepted_by: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDraft:
    """What became of a plan item that is no medicine. `withdrawn`: it was marked by mistake, and
    `status` is what it was before."""

    id: str
    item_id: str
    encounter_id: str
    patient_id: str
    status: PlanStatus
    at: datetime
    by: str | None = None
    reason: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationDraft:
    """What became of a dose that was due at `due_at`."""

    id: str
    item_id: str
    encounter_id: str
    patient_id: str
    given: bool
    at: datetime
    due_at: datetime
    by: str | None = None
    reason: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationDraft:
    """One sign that was entered. `withdrawn`: it was entered in error."""

    id: str
    encounter_id: str
    patient_id: str
    sign: str
    values: tuple[EnteredValue, ...]
    taken_at: datetime
    entered_at: datetime
    device_id: str
    by: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDraft:
    """What a patient answered."""

    id: str
    encounter_id: str
    patient_id: str
    question: PatientQuestion
    value: str
    at: datetime


MEASURED = (CareKind.VOID, CareKind.DRINK, CareKind.SEDATION)
"""Care that has a number: told as WriteKind.CARE_VALUE, all other as CARE."""
LEFT_OUT = (CareKind.TURN, CareKind.ROUND)
"""Of what is reviewed only the leaving out of these is told: what was decided about an alert stays
on the ward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareDraft:
    """What was done at the bed: the values of a care event of this kind, every other None or empty.
    `about` is an id of the hospital system's; `line` and `site` tell which line. `withdrawn`: it
    was recorded in error."""

    id: str
    encounter_id: str
    patient_id: str
    kind: CareKind
    at: datetime
    recorded_at: datetime
    device_id: str
    by: str | None = None
    position: Position | None = None
    needs: tuple[Need, ...] = ()
    volume_ml: int | None = None
    step: Step | None = None
    restraint: Restraint | None = None
    poss: Poss | None = None
    deed: LineDeed | None = None
    vip: int | None = None
    missed: Missed | None = None
    measures: tuple[Measure, ...] = ()
    about: str | None = None
    line: LineKind | None = None
    site: str | None = None
    withdrawn: bool = False


Draft: TypeAlias = (
    NurseCallDraft | TaskDraft | AdministrationDraft | ObservationDraft | AnswerDraft | CareDraft
)

DRAFTS: dict[WriteKind, type[Draft]] = {
    WriteKind.NURSE_CALL: NurseCallDraft,
    WriteKind.NURSING_TASK: TaskDraft,
    WriteKind.ADMINISTRATION: AdministrationDraft,
    WriteKind.OBSERVATION: ObservationDraft,
    WriteKind.ANSWER: AnswerDraft,
    WriteKind.CARE: CareDraft,
    WriteKind.CARE_VALUE: CareDraft,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a draft's fate so far."""

    source_id: str | None = None
    version: str | None = None
    tried: tuple[Draft, ...] = ()
    """What was last told, and what was sent since without a word that it arrived: found there, it
    is our own."""
    again: bool = False
    """Whether it may have been sent before."""
    over: bool = False
    """A person decided that ours stands over what somebody else wrote."""
