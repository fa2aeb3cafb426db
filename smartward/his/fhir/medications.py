"""The resources of FHIR R4 about medicines: what is ordered, and what was given or runs."""

from smartward.his.fhir.elements import Concept, Dosage, Element, Period, Quantity, Ratio, Reference
from smartward.his.fhir.resources import Resource


class MedicationRequest(Resource):
    """MedicationRequest."""

    status: str | None = None
    intent: str | None = None
    category: tuple[Concept, ...] = ()
    priority: str | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    authored_on: str | None = None
    dosage_instruction: tuple[Dosage, ...] = ()


class AdministrationDosage(Element):
    """MedicationAdministration.dosage."""

    text: str | None = None
    route: Concept | None = None
    dose: Quantity | None = None
    rate_ratio: Ratio | None = None
    rate_quantity: Quantity | None = None


class MedicationAdministration(Resource):
    """MedicationAdministration."""

    status: str | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    request: Reference | None = None
    device: tuple[Reference, ...] = ()
    dosage: AdministrationDosage | None = None
