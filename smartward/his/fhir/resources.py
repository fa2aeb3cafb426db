"""The resources of FHIR R4 that SmartWard reads, each with the elements it needs (`elements`); of
medicines in `medications`."""

from typing import Any

import msgspec
from msgspec import field

from smartward.his.fhir.elements import (
    Coding,
    Concept,
    ContactPoint,
    Element,
    Extension,
    HumanName,
    Identifier,
    Meta,
    Period,
    Quantity,
    Reference,
    Timing,
)


class Resource(Element):
    """What all resources have."""

    resource_type: str
    id: str = ""
    meta: Meta = field(default_factory=Meta)


class Stub(msgspec.Struct, rename="camel"):
    """Enough to name a resource that cannot be decoded."""

    resource_type: Any = ""
    id: Any = ""


class Location(Resource):
    """Ward, room or bed."""

    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    operational_status: Coding | None = None
    name: str | None = None
    alias: tuple[str, ...] = ()
    physical_type: Concept | None = None
    part_of: Reference | None = None


class Communication(Element):
    """Patient.communication."""

    language: Concept | None = None
    preferred: bool = False


class Patient(Resource):
    """Patient."""

    active: bool = True
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    extension: tuple[Extension, ...] = ()
    communication: tuple[Communication, ...] = ()
    contact: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"[]"))
    """Decoded one by one (`mapping_contact`): a relative's number costs nobody their bed."""

    def __post_init__(self) -> None:
        # As decoded it is a view that keeps the whole page alive, photographs and all.
        self.contact = self.contact.copy()


class PatientContact(Element):
    """Patient.contact."""

    relationship: tuple[Concept, ...] = ()
    name: HumanName | None = None
    telecom: tuple[ContactPoint, ...] = ()
    period: Period | None = None


class RelatedPerson(Resource):
    """RelatedPerson."""

    active: bool = True
    patient: Reference | None = None
    relationship: tuple[Concept, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    period: Period | None = None


class EncounterLocation(Element):
    """Encounter.location."""

    location: Reference | None = None
    status: str | None = None
    period: Period | None = None


class EncounterParticipant(Element):
    """Encounter.participant."""

    type: tuple[Concept, ...] = ()
    individual: Reference | None = None
    period: Period | None = None


class EncounterDiagnosis(Element):
    """Encounter.diagnosis."""

    condition: Reference | None = None
    rank: int | None = None


class Encounter(Resource):
    """Encounter."""

    status: str | None = None
    subject: Reference | None = None
    participant: tuple[EncounterParticipant, ...] = ()
    period: Period | None = None
    reason_code: tuple[Concept, ...] = ()
    diagnosis: tuple[EncounterDiagnosis, ...] = ()
    location: tuple[EncounterLocation, ...] = ()
    part_of: Reference | None = None
    extension: tuple[Extension, ...] = ()


class Practitioner(Resource):
    """Practitioner."""

    active: bool = True
    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()


class AvailableTime(Element):
    """PractitionerRole.availableTime."""

    days_of_week: tuple[str, ...] = ()
    all_day: bool = False
    available_start_time: str | None = None
    available_end_time: str | None = None


class PractitionerRole(Resource):
    """PractitionerRole."""

    active: bool = True
    period: Period | None = None
    practitioner: Reference | None = None
    code: tuple[Concept, ...] = ()
    available_time: tuple[AvailableTime, ...] = ()


class CareTeamParticipant(Element):
    """CareTeam.participant."""

    role: tuple[Concept, ...] = ()
    member: Reference | None = None
    period: Period | None = None


class CareTeam(Resource):
    """CareTeam."""

    status: str | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    period: Period | None = None
    participant: tuple[CareTeamParticipant, ...] = ()


class Component(Element):
    """Observation.component."""

    code: Concept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_integer: int | None = None
    value_string: str | None = None
    data_absent_reason: Concept | None = None


class Observation(Resource):
    """Observation."""

    identifier: tuple[Identifier, ...] = ()
    part_of: tuple[Reference, ...] = ()
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_string: str | None = None
    data_absent_reason: Concept | None = None
    interpretation: tuple[Concept, ...] = ()
    device: Reference | None = None
    has_member: tuple[Reference, ...] = ()
    component: tuple[Component, ...] = ()


class Condition(Resource):
    """Condition."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None


class AllergyIntolerance(Resource):
    """AllergyIntolerance."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    criticality: str | None = None
    code: Concept | None = None
    patient: Reference | None = None


class Flag(Resource):
    """Flag."""

    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    period: Period | None = None


class OralDiet(Element):
    """NutritionOrder.oralDiet."""

    type: tuple[Concept, ...] = ()
    schedule: tuple[Timing, ...] = ()
    instruction: str | None = None


class Supplement(Element):
    """NutritionOrder.supplement."""

    type: Concept | None = None
    product_name: str | None = None


class EnteralFormula(Element):
    """NutritionOrder.enteralFormula."""

    base_formula_type: Concept | None = None
    base_formula_product_name: str | None = None


class NutritionOrder(Resource):
    """NutritionOrder."""

    status: str | None = None
    intent: str | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    date_time: str | None = None
    oral_diet: OralDiet | None = None
    supplement: tuple[Supplement, ...] = ()
    enteral_formula: EnteralFormula | None = None


class ServiceRequest(Resource):
    """ServiceRequest."""

    status: str | None = None
    intent: str | None = None
    category: tuple[Concept, ...] = ()
    code: Concept | None = None
    order_detail: tuple[Concept, ...] = ()
    subject: Reference | None = None
    encounter: Reference | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    occurrence_timing: Timing | None = None
    authored_on: str | None = None
    requester: Reference | None = None


class AppointmentParticipant(Element):
    """Appointment.participant."""

    actor: Reference | None = None


class Appointment(Resource):
    """Appointment."""

    status: str | None = None
    service_category: tuple[Concept, ...] = ()
    service_type: tuple[Concept, ...] = ()
    description: str | None = None
    start: str | None = None
    end: str | None = None
    based_on: tuple[Reference, ...] = ()
    participant: tuple[AppointmentParticipant, ...] = ()


class Device(Resource):
    """Device."""

    status: str | None = None
    patient: Reference | None = None


class DeviceMetric(Resource):
    """DeviceMetric."""

    type: Concept | None = None
    source: Reference | None = None
    operational_status: str | None = None


class TaskRestriction(Element):
    """Task.restriction."""

    period: Period | None = None


class Task(Resource):
    """Task."""

    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    intent: str | None = None
    code: Concept | None = None
    description: str | None = None
    for_: Reference | None = field(default=None, name="for")
    encounter: Reference | None = None
    execution_period: Period | None = None
    restriction: TaskRestriction | None = None
