"""A sample of everything SmartWard writes to a hospital system, for tests and for validators.

`samples()` gives the bodies as they are sent: every kind, and of each kind every form it takes.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
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
from smartward.clinical.line import LineKind
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import BLOOD_PRESSURE, EnteredValue
from smartward.clinical.patient_answer import PatientQuestion
from smartward.clinical.plan import PlanStatus
from smartward.clinical.priority import Priority
from smartward.his.drafts import (
    AdministrationDraft,
    AnswerDraft,
    CareDraft,
    Draft,
    NurseCallDraft,
    ObservationDraft,
    TaskDraft,
)
from smartward.his.fhir.audit_event import audit_event
from smartward.his.fhir.writing_bodies import Bodies
from tests.fakes.fake_clock import MORNING

SET = "0190a0b0-0000-7000-8000-0000000000aa"

CALL = NurseCallDraft(
    id="0190a0b0-0000-7000-8000-0000000000c1",
    bed_id="his.bed-1",
    call_class=CallClass.NORMAL,
    priority=Priority.MEDIUM,
    state=CallState.REQUESTED,
    placed_at=MORNING,
    encounter_id="his.e1",
    patient_id="his.p1",
)

_VALUES: dict[str, tuple[tuple[Parameter, str], ...]] = {
    Parameter.RESPIRATORY_RATE: ((Parameter.RESPIRATORY_RATE, "0"),),
    Parameter.OXYGEN_SATURATION: ((Parameter.OXYGEN_SATURATION, "96"),),
    Parameter.OXYGEN_SUPPLY: ((Parameter.OXYGEN_SUPPLY, "oxygen"),),
    BLOOD_PRESSURE: ((Parameter.SYSTOLIC, "118"), (Parameter.DIASTOLIC, "76")),
    Parameter.HEART_RATE: ((Parameter.HEART_RATE, "72"),),
    Parameter.CONSCIOUSNESS: ((Parameter.CONSCIOUSNESS, "C"),),
    Parameter.TEMPERATURE: ((Parameter.TEMPERATURE, "36.50"),),
    Parameter.PAIN: ((Parameter.PAIN, "10"),),
    Parameter.GLUCOSE: ((Parameter.GLUCOSE, "5.6"),),
    Parameter.OXYGEN_FLOW: (
        (Parameter.OXYGEN_FLOW, "2.50"),
        (Parameter.OXYGEN_DEVICE, "nasal_cannula"),
    ),
}


def observation(sign: str, *values: tuple[Parameter, str]) -> ObservationDraft:
    """One sign of the set."""
    return ObservationDraft(
        id=f"{SET}.{sign}.1",
        encounter_id="his.e1",
        patient_id="his.p1",
        sign=str(sign),
        values=tuple(EnteredValue(parameter=parameter, text=text) for parameter, text in values),
        taken_at=MORNING - timedelta(minutes=2),
        entered_at=MORNING,
        device_id="station-1",
        by="pr-1",
    )


OBSERVATIONS = tuple(observation(sign, *values) for sign, values in _VALUES.items())
TEMPERATURE = next(one for one in OBSERVATIONS if one.sign == Parameter.TEMPERATURE)

GIVEN = AdministrationDraft(
    id="0190a0b0-0000-7000-8000-0000000000d1",
    item_id="his.MedicationRequest.mr-1.20261121T0100",
    encounter_id="his.e1",
    patient_id="his.p1",
    given=True,
    at=MORNING + timedelta(minutes=25),
    due_at=MORNING + timedelta(minutes=30),
    by="pr-1",
)
NOT_GIVEN = replace(
    GIVEN, id="0190a0b0-0000-7000-8000-0000000000d2", given=False, reason="vomiting"
)
TASK_DONE = TaskDraft(
    id="0190a0b0-0000-7000-8000-0000000000e1",
    item_id="his.Task.t-1",
    encounter_id="his.e1",
    patient_id="his.p1",
    status=PlanStatus.DONE,
    at=MORNING,
    by="pr-1",
)
SERVICE_DONE = replace(
    TASK_DONE, id="0190a0b0-0000-7000-8000-0000000000e2", item_id="his.ServiceRequest.sr-1"
)
MEAL_NOT_DONE = replace(
    TASK_DONE,
    id="0190a0b0-0000-7000-8000-0000000000e3",
    item_id="his.NutritionOrder.no-1.20261121T0400",
    status=PlanStatus.NOT_DONE,
    reason="refused",
)
PAIN_ANSWER = AnswerDraft(
    id="0190a0b0-0000-7000-8000-0000000000f1",
    encounter_id="his.e1",
    patient_id="his.p1",
    question=PatientQuestion.PAIN,
    value="4",
    at=MORNING,
)


def care(kind: CareKind, n: int, **values: Any) -> CareDraft:
    """One thing done at the bed."""
    return CareDraft(
        id=f"0190a0b0-0000-7000-8000-0000000ca{n:03}",
        encounter_id="his.e1",
        patient_id="his.p1",
        kind=kind,
        at=MORNING - timedelta(minutes=3),
        recorded_at=MORNING,
        device_id="station-1",
        by="pr-1",
        **values,
    )


_SITE = {"line": LineKind.PERIPHERAL_VENOUS, "site": "left forearm", "about": "his.Flag.f-1"}
CARE = tuple(
    care(kind, n, **values)
    for n, (kind, values) in enumerate(
        (
            *((CareKind.TURN, {"position": one}) for one in Position),
            (CareKind.ROUND, {"needs": (Need.PAIN, Need.POTTY)}),
            (CareKind.VOID, {"volume_ml": 0}),
            (CareKind.VOID, {"volume_ml": 350}),
            (CareKind.DRINK, {"volume_ml": 200}),
            (CareKind.MEAL, {}),
            *(
                (CareKind.RESTRAINT, {"step": step, "restraint": Restraint.NON_VIOLENT})
                for step in Step
            ),
            (CareKind.TRANSFUSION, {"step": Step.START, "about": "his.ma-1"}),
            (CareKind.TRANSFUSION, {"step": Step.CHECK}),
            *((CareKind.SEDATION, {"poss": one}) for one in Poss),
            *((CareKind.LINE_CARE, {"deed": one, "vip": 1, **_SITE}) for one in LineDeed),
            (CareKind.LINE_CARE, {"deed": LineDeed.FLUSHED}),
            (CareKind.READ_BACK, {"about": "his.obs-1"}),
            *((CareKind.OBSERVATIONS_MISSED, {"missed": one}) for one in Missed),
            (CareKind.OBSERVATIONS_MISSED, {"missed": Missed.REFUSED, "about": "heart_rate"}),
            (CareKind.PREVENTION, {"measures": tuple(Measure)}),
            (CareKind.REVIEWED, {"about": "turn", "missed": Missed.ASLEEP}),
            (CareKind.REVIEWED, {"about": "round"}),
        ),
        start=1,
    )
)
"""Every kind of care, with each of its values."""

ORDER: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "mr-1",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Metoprolol 72.50 mg"},
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "dosageInstruction": [
        {
            "timing": {"event": ["2026-11-21T01:00:00Z"]},
            "doseAndRate": [
                {
                    "doseQuantity": {
                        "value": 72.50,
                        "unit": "mg",
                        "system": "http://unitsofmeasure.org",
                        "code": "mg",
                    }
                }
            ],
        }
    ],
}
SERVICE: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "id": "sr-1",
    "status": "active",
    "intent": "order",
    "code": {"text": "Dressing"},
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "occurrenceDateTime": "2026-11-21T02:00:00Z",
}
TASK: dict[str, Any] = {
    "resourceType": "Task",
    "id": "t-1",
    "status": "requested",
    "intent": "order",
    "code": {"text": "Turn to the left"},
    "for": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "restriction": {"period": {"end": "2026-11-21T02:00:00Z"}},
}

_RECORD = AuditRecord(
    id="0190a0b0-0000-7000-8000-000000000001",
    at=MORNING,
    ward="ward",
    kind="observation.enter",
    by=Actor(device_id="station-1", person_id="pr-1", name="李红", family="李", known="badge"),
    about=About(kind="encounter", id="his.e1", bed="his.bed-1", encounter="his.e1"),
    outcome="applied",
    touched_at=MORNING,
)


def drafts() -> Iterator[Draft]:
    """Every kind in every form."""
    for state in CallState:
        closed = MORNING + timedelta(minutes=4) if state is CallState.COMPLETED else None
        yield replace(CALL, state=state, closed_at=closed, accepted_by="pr-1")
    yield replace(CALL, bed_id="local.1", encounter_id=None, patient_id=None)
    for one in OBSERVATIONS:
        yield one
        yield replace(one, withdrawn=True)
    yield observation(BLOOD_PRESSURE, (Parameter.SYSTOLIC, "90"))
    yield replace(TEMPERATURE, by=None)
    yield from (GIVEN, NOT_GIVEN, replace(GIVEN, withdrawn=True))
    yield from (SERVICE_DONE, MEAL_NOT_DONE, replace(SERVICE_DONE, withdrawn=True))
    for thing in CARE:
        yield from (thing, replace(thing, withdrawn=True, by=None))
    yield PAIN_ANSWER
    yield replace(PAIN_ANSWER, question=PatientQuestion.COMFORT, value="fair")


def samples() -> Iterator[dict[str, Any]]:
    """The bodies, numbers as Decimal, each as it is sent when it is made; a Task of the hospital
    system's own is that Task with what we change laid over it."""
    bodies = Bodies("his")
    for draft in drafts():
        more: dict[str, Any] = {}
        if isinstance(draft, AdministrationDraft):
            # What `Writer` takes over from the order.
            more["medicationCodeableConcept"] = ORDER["medicationCodeableConcept"]
            if draft.given:
                dose = ORDER["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
                more["dosage"] = {"dose": dose}
        yield bodies.of(draft) | more
    for task in (TASK_DONE, replace(TASK_DONE, status=PlanStatus.NOT_DONE, reason="asleep")):
        yield TASK | bodies.changes(task)
    yield audit_event(_RECORD, "his", "p1")
