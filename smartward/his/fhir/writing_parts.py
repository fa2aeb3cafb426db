"""Elements that all we write is made of."""

from datetime import datetime

from smartward.his.fhir.writing_same import Json

OWN = "urn:smartward:"
"""Every identifier system of ours begins so."""
OWN_CARE = f"{OWN}care"
"""Identifier system of what was done at the bed."""

TERMS = "http://terminology.hl7.org/CodeSystem"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"


def instant(at: datetime) -> str:
    """A moment as FHIR writes it."""
    return at.isoformat(timespec="milliseconds")


def person(id: str) -> Json:
    """Somebody of the roster."""
    return {"reference": f"Practitioner/{id}"}


def device(id: str) -> Json:
    """A screen of ours, named by its identifier."""
    return {"type": "Device", "identifier": {"system": f"{OWN}device", "value": id}}


def category(code: str) -> list[Json]:
    """What kind of Observation it is."""
    return [{"coding": [{"system": f"{TERMS}/observation-category", "code": code}]}]
