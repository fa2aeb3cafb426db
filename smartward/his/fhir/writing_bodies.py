"""What we write, as FHIR R4: one body for each draft.

| draft | resource | identifier |
|---|---|---|
| NurseCallDraft | Task, about the patient where one is known, placed at the bed, without its \
reason | `urn:smartward:nurse-call` |
| TaskDraft | the Task of the HIS, with what became of it; for an item that is no Task a Task of \
ours, `basedOn` the order or with it in `focus` | `urn:smartward:nursing-task` |
| AdministrationDraft | MedicationAdministration, `request` pointing to the order | \
`urn:smartward:administration` |
| ObservationDraft | Observation with UCUM units and the digits as typed; blood pressure is one \
panel with both components | `urn:smartward:observation` |
| AnswerDraft | QuestionnaireResponse | `urn:smartward:answer` |
| CareDraft | Observation for a volume or sedation, else Procedure (`writing_care`) | \
`urn:smartward:care` |

What was wrong is `entered-in-error`, never deleted. Only resources of the HIS are referred to;
devices of ours are named by an identifier.
"""

from decimal import Decimal

from smartward.clinical.nurse_call import CallState
from smartward.clinical.observation import OxygenDevice, Parameter
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
from smartward.his.fhir.mapping_vital import OWN_OBSERVATION
from smartward.his.fhir.writing_care import care, is_value
from smartward.his.fhir.writing_parts import (
    LOINC,
    OWN_CARE,
    SNOMED,
    TERMS,
    UCUM,
    category,
    device,
    instant,
    person,
)
from smartward.his.fhir.writing_parts import OWN as OWN
from smartward.his.fhir.writing_same import Json

_SYSTEMS: dict[type[Draft], str] = {
    NurseCallDraft: f"{OWN}nurse-call",
    TaskDraft: f"{OWN}nursing-task",
    AdministrationDraft: f"{OWN}administration",
    ObservationDraft: OWN_OBSERVATION,
    AnswerDraft: f"{OWN}answer",
    CareDraft: OWN_CARE,
}

_PRIORITY = {
    Priority.HIGH: "stat",
    Priority.MEDIUM: "urgent",
    Priority.LOW: "routine",
    Priority.INFORMATION: "routine",
}
_TASK_STATUS = {
    PlanStatus.PLANNED: "requested",
    PlanStatus.IN_PROGRESS: "in-progress",
    PlanStatus.DONE: "completed",
    PlanStatus.NOT_DONE: "failed",
}

_P = Parameter
_CODES: dict[str, tuple[str, ...]] = {
    BLOOD_PRESSURE: ("85354-9",),
    _P.SYSTOLIC: ("8480-6",),
    _P.DIASTOLIC: ("8462-4",),
    _P.RESPIRATORY_RATE: ("9279-1",),
    _P.OXYGEN_SATURATION: ("2708-6", "59408-5"),
    _P.HEART_RATE: ("8867-4",),
    _P.TEMPERATURE: ("8310-5",),
    _P.CONSCIOUSNESS: ("80288-4",),
    _P.PAIN: ("72514-3",),
    _P.GLUCOSE: ("15074-8",),
    _P.OXYGEN_FLOW: ("3151-8",),
    _P.OXYGEN_DEVICE: ("107117-4",),
}
"""LOINC, as the vital signs profiles of R4 want them; saturation by the general and the pulse
oximeter's code."""
_OXYGEN_THERAPY = "57485005"
_UNITS: dict[Parameter, tuple[str, str]] = {
    _P.SYSTOLIC: ("mmHg", "mm[Hg]"),
    _P.DIASTOLIC: ("mmHg", "mm[Hg]"),
    _P.RESPIRATORY_RATE: ("/min", "/min"),
    _P.OXYGEN_SATURATION: ("%", "%"),
    _P.HEART_RATE: ("/min", "/min"),
    _P.TEMPERATURE: ("°C", "Cel"),
    _P.GLUCOSE: ("mmol/L", "mmol/L"),
    _P.OXYGEN_FLOW: ("L/min", "L/min"),
}
"""As people read it, and in UCUM."""
_D = OxygenDevice
_WORDS: dict[Parameter, dict[str, tuple[str, str]]] = {
    _P.CONSCIOUSNESS: {
        "A": ("248234008", "Alert"),
        "C": ("130987000", "New confusion"),
        "V": ("300202002", "Responds to voice"),
        "P": ("450847001", "Responds to pain"),
        "U": ("422768004", "Unresponsive"),
    },
    _P.OXYGEN_SUPPLY: {"air": ("722742002", "Air"), "oxygen": ("371825009", "Oxygen")},
    _P.OXYGEN_DEVICE: {
        _D.NASAL_CANNULA: ("336623009", "Nasal cannula"),
        _D.SIMPLE_MASK: ("336602003", "Simple face mask"),
        _D.VENTURI_MASK: ("428285009", "Venturi mask"),
        _D.RESERVOIR_MASK: ("427591007", "Reservoir mask"),
        _D.TRACHEOSTOMY_MASK: ("", "Tracheostomy mask"),
        _D.HIGH_FLOW: ("426854004", "High-flow nasal cannula"),
        _D.NIV: ("706226000", "CPAP or bilevel mask"),
    },
}
"""SNOMED CT code and text of each code of ours; empty: text alone."""
_CATEGORY = {_P.GLUCOSE.value: "laboratory", _P.PAIN.value: "survey"}


def identifier(draft: Draft) -> tuple[str, str]:
    """System and value by which what we write is found again."""
    return _SYSTEMS[type(draft)], draft.id


class Bodies:
    """Makes the bodies for one hospital system, whose name in ids is `source`."""

    def __init__(self, source: str) -> None:
        self._prefix = f"{source}."

    def of(self, draft: Draft) -> Json:
        """The resource, without an id, as it should stand there."""
        match draft:
            case NurseCallDraft():
                return self._call(draft)
            case TaskDraft():
                return self._task(draft)
            case AdministrationDraft():
                return self._administration(draft)
            case ObservationDraft():
                return self._observation(draft)
            case AnswerDraft():
                return self._answer(draft)
            case CareDraft():
                return self._care(draft)

    def origin(self, item_id: str) -> tuple[str, str] | None:
        """Resource type and logical id that a plan item came from; None: not from this source."""
        if not item_id.startswith(self._prefix):
            return None
        type, _, rest = item_id.removeprefix(self._prefix).partition(".")
        # A repeated item's id ends with the time it is due.
        id, _, due = rest.rpartition(".")
        repeats = len(due) == len("20261121T0000") and due[8:9] == "T" and due[:8].isdigit()
        return (type, id if repeats and id else rest) if rest else None

    def _reference(self, type: str, id: str | None) -> Json | None:
        if id is None or not id.startswith(self._prefix):
            return None
        return {"reference": f"{type}/{id.removeprefix(self._prefix)}"}

    def _about(self, draft: Draft, patient: str, stay: str) -> Json:
        told = {
            patient: self._reference("Patient", draft.patient_id),
            stay: self._reference("Encounter", draft.encounter_id),
        }
        return {name: value for name, value in told.items() if value is not None}

    def _call(self, draft: NurseCallDraft) -> Json:
        body = self._named("Task", draft) | {
            "status": draft.state.value,
            "intent": "order",
            "priority": _PRIORITY[draft.priority],
            "code": {"text": f"Nurse call ({draft.call_class.value})"},
            "authoredOn": instant(draft.placed_at),
            **self._about(draft, "for", "encounter"),
        }
        place = self._reference("Location", draft.bed_id)
        if place is not None:
            body["location"] = place
        if draft.accepted_by is not None:
            body["owner"] = person(draft.accepted_by)
        if draft.state is CallState.COMPLETED and draft.closed_at is not None:
            body["executionPeriod"] = {
                "start": instant(draft.placed_at),
                "end": instant(draft.closed_at),
            }
        return body

    def _named(self, type: str, draft: Draft) -> Json:
        system, value = identifier(draft)
        return {"resourceType": type, "identifier": [{"system": system, "value": value}]}

    def changes(self, draft: TaskDraft) -> Json:
        """What of a Task of the hospital system's own becomes different."""
        body: Json = {"resourceType": "Task", "status": _TASK_STATUS[draft.status]}
        if draft.status in (PlanStatus.DONE, PlanStatus.NOT_DONE) and not draft.withdrawn:
            body["executionPeriod"] = {"end": instant(draft.at)}
            if draft.by is not None:
                body["owner"] = person(draft.by)
        if draft.reason:
            body["statusReason"] = {"text": draft.reason}
        return body

    def _task(self, draft: TaskDraft) -> Json:
        body = self._named("Task", draft) | self.changes(draft)
        body |= {"intent": "order", "authoredOn": instant(draft.at)}
        body |= self._about(draft, "for", "encounter")
        if draft.withdrawn:
            body["status"] = "entered-in-error"
        origin = self.origin(draft.item_id)
        if origin is not None:
            type, id = origin
            order = {"reference": f"{type}/{id}"}
            body |= {"basedOn": [order]} if type == "ServiceRequest" else {"focus": order}
        return body

    def _administration(self, draft: AdministrationDraft) -> Json:
        """Without what was given and how much: the order says it."""
        status = "completed" if draft.given else "not-done"
        # What was not given belongs to the time at which it should have been.
        at = draft.at if draft.given else draft.due_at
        body = self._named("MedicationAdministration", draft) | {
            "status": "entered-in-error" if draft.withdrawn else status,
            **self._about(draft, "subject", "context"),
            "effectiveDateTime": instant(at),
        }
        if draft.reason:
            body["statusReason"] = [{"text": draft.reason}]
        if draft.by is not None:
            body["performer"] = [{"actor": person(draft.by)}]
        origin = self.origin(draft.item_id)
        if origin is not None:
            body["request"] = {"reference": "/".join(origin)}
        return body

    def _observation(self, draft: ObservationDraft) -> Json:
        body = self._named("Observation", draft) | {
            "status": "entered-in-error" if draft.withdrawn else "final",
            "category": category(_CATEGORY.get(draft.sign, "vital-signs")),
            "code": _code(draft.sign),
            **self._about(draft, "subject", "encounter"),
            "effectiveDateTime": instant(draft.taken_at),
            "issued": instant(draft.entered_at),
            "device": device(draft.device_id),
        }
        if draft.by is not None:
            body["performer"] = [person(draft.by)]
        if draft.sign == BLOOD_PRESSURE:
            body["component"] = _pressures(draft.values)
        elif draft.sign == Parameter.OXYGEN_FLOW:
            body |= _oxygen(draft.values)
        else:
            (value,) = draft.values
            body |= _value(value)
        return body

    def _care(self, draft: CareDraft) -> Json:
        type = "Observation" if is_value(draft.kind) else "Procedure"
        about = self._about(draft, "subject", "encounter")
        return self._named(type, draft) | about | care(draft, self._reference)

    def _answer(self, draft: AnswerDraft) -> Json:
        system, value = identifier(draft)
        answer: Json = {"valueString": draft.value}
        if draft.question is PatientQuestion.PAIN:
            answer = {"valueInteger": int(draft.value)}
        patient = self._reference("Patient", draft.patient_id)
        body: Json = {
            "resourceType": "QuestionnaireResponse",
            "identifier": {"system": system, "value": value},
            "questionnaire": f"{OWN}questionnaire:{draft.question.value}",
            "status": "completed",
            **self._about(draft, "subject", "encounter"),
            "authored": instant(draft.at),
            "item": [{"linkId": draft.question.value, "answer": [answer]}],
        }
        if patient is not None:
            body["source"] = patient
        return body


def _code(sign: str) -> Json:
    if sign == Parameter.OXYGEN_SUPPLY:
        return {"coding": [{"system": SNOMED, "code": _OXYGEN_THERAPY}]}
    return {"coding": [{"system": LOINC, "code": code} for code in _CODES[sign]]}


def _value(value: EnteredValue) -> Json:
    words = _WORDS.get(value.parameter)
    if words is not None:
        code, text = words[value.text]
        coded = {"coding": [{"system": SNOMED, "code": code}]} if code else {}
        return {"valueCodeableConcept": coded | {"text": text}}
    if value.parameter is Parameter.PAIN:
        return {"valueInteger": int(value.text)}
    unit, code = _UNITS[value.parameter]
    number = Decimal(value.text)
    return {"valueQuantity": {"value": number, "unit": unit, "system": UCUM, "code": code}}


def _oxygen(values: tuple[EnteredValue, ...]) -> Json:
    """The flow, with its device as a component; some devices have no flow that could be told."""
    told = {one.parameter: one for one in values}
    body: Json = {"dataAbsentReason": _absent("not-applicable")}
    if Parameter.OXYGEN_FLOW in told:
        body = _value(told[Parameter.OXYGEN_FLOW])
    device = told.get(Parameter.OXYGEN_DEVICE)
    if device is not None:
        body["component"] = [{"code": _code(device.parameter)} | _value(device)]
    return body


def _absent(why: str) -> Json:
    return {"coding": [{"system": f"{TERMS}/data-absent-reason", "code": why}]}


def _pressures(values: tuple[EnteredValue, ...]) -> list[Json]:
    """Both components: the profile wants the diastolic one also where it was not measured."""
    told = {one.parameter: one for one in values}
    found = []
    for parameter in (Parameter.SYSTOLIC, Parameter.DIASTOLIC):
        part: Json = {"code": _code(parameter)}
        if parameter in told:
            part |= _value(told[parameter])
        else:
            part["dataAbsentReason"] = _absent("not-performed")
        found.append(part)
    return found
