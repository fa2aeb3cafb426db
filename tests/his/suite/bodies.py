"""FHIR R4 as hospitals write it: vital signs by the standard's profiles, orders, notes."""

from datetime import datetime
from typing import Any

from smartward.clinical.observation import Parameter
from smartward.his.simulator.build import when

Json = dict[str, Any]
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"

PARAMETERS = {
    "8867-4": Parameter.HEART_RATE,
    "8310-5": Parameter.TEMPERATURE,
    "9279-1": Parameter.RESPIRATORY_RATE,
    "59408-5": Parameter.OXYGEN_SATURATION,
    "8480-6": Parameter.SYSTOLIC,
    "8462-4": Parameter.DIASTOLIC,
}
"""LOINC's codes for vital signs, from the standard's vital signs profiles."""


def of(patient: str, encounter: str) -> Json:
    """Whose it is."""
    return {
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/{encounter}"},
    }


def quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def code(loinc: str) -> Json:
    return {"coding": [{"system": LOINC, "code": loinc}]}


def sign(
    id: str, patient: str, encounter: str, at: datetime, loinc: str, value: float, unit: str,
    status: str = "final",
) -> Json:  # fmt: skip
    """One Observation of one value."""
    return {
        "resourceType": "Observation",
        "id": id,
        "status": status,
        "category": [{"coding": [{"system": f"{HL7}/observation-category",
                                  "code": "vital-signs"}]}],
        "code": code(loinc),
        **of(patient, encounter),
        "effectiveDateTime": when(at),
        "valueQuantity": quantity(value, unit),
    }  # fmt: skip


def heart_rate(id: str, patient: str, encounter: str, at: datetime, value: float = 80) -> Json:
    return sign(id, patient, encounter, at, "8867-4", value, "/min")


def vital_signs(id: str, patient: str, encounter: str, at: datetime) -> list[Json]:
    """A round: four single values and a blood pressure."""
    pressure = sign(f"{id}-bp", patient, encounter, at, "85354-9", 0, "")
    del pressure["valueQuantity"]
    pressure["component"] = [
        {"code": code("8480-6"), "valueQuantity": quantity(118, "mm[Hg]")},
        {"code": code("8462-4"), "valueQuantity": quantity(76, "mm[Hg]")},
    ]
    values = (("8867-4", 72, "/min"), ("9279-1", 16, "/min"), ("8310-5", 36.5, "Cel"),
              ("59408-5", 97, "%"))  # fmt: skip
    singles = [
        sign(f"{id}-{n}", patient, encounter, at, loinc, value, unit)
        for n, (loinc, value, unit) in enumerate(values)
    ]
    return [*singles, pressure]


def told(observations: list[Json]) -> dict[str, dict[Parameter, float]]:
    """What a hub must hold of these: by logical id, of those parameters that it shows."""
    found: dict[str, dict[Parameter, float]] = {}
    for one in observations:
        for part in (one, *one.get("component", ())):
            codings = part["code"]["coding"]
            loinc = next(c["code"] for c in codings if c["system"] == LOINC)
            if "valueQuantity" in part and loinc in PARAMETERS:
                value = float(part["valueQuantity"]["value"])
                found.setdefault(one["id"], {})[PARAMETERS[loinc]] = value
    return found


def medicine(id: str, patient: str, encounter: str, *at: datetime) -> Json:
    """An inpatient's medicine with its times."""
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Metoprolol"},
        **of(patient, encounter),
        "dosageInstruction": [
            {
                "timing": {"event": [when(one) for one in at]},
                "doseAndRate": [{"doseQuantity": quantity(72.5, "mg")}],
            }
        ],
    }


def given(id: str, order: Json, at: datetime) -> Json:
    """One of its doses, as another system charts it."""
    return {
        "resourceType": "MedicationAdministration",
        "id": id,
        "status": "completed",
        "medicationCodeableConcept": order["medicationCodeableConcept"],
        "subject": order["subject"],
        "context": order["encounter"],
        "effectiveDateTime": when(at),
        "request": {"reference": f"MedicationRequest/{order['id']}"},
    }


def service(id: str, patient: str, encounter: str, at: datetime) -> Json:
    """Something that is ordered for a time."""
    return {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "code": {"text": "Dressing"},
        **of(patient, encounter),
        "occurrenceDateTime": when(at),
    }


def allergy(id: str, patient: str) -> Json:
    """Something that the patient must not be given."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": id,
        "clinicalStatus": {"coding": [{"system": f"{HL7}/allergyintolerance-clinical",
                                       "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{HL7}/allergyintolerance-verification",
                                           "code": "confirmed"}]},
        "code": {"text": "Penicillin"},
        "patient": {"reference": f"Patient/{patient}"},
    }  # fmt: skip


def condition(id: str, patient: str, encounter: str) -> Json:
    """Why somebody is here."""
    return {
        "resourceType": "Condition",
        "id": id,
        "clinicalStatus": {"coding": [{"system": f"{HL7}/condition-clinical", "code": "active"}]},
        "category": [{"coding": [{"system": f"{HL7}/condition-category",
                                  "code": "encounter-diagnosis"}]}],
        "code": {"text": "Heart failure"},
        **of(patient, encounter),
    }  # fmt: skip
