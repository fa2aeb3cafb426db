"""Small builders for FHIR elements, and the code systems this hospital uses.

Codes of LOINC, SNOMED CT, UCUM and ISO/IEEE 11073-10101 (MDC) are used as identifiers; the local
ones are what a hospital's own dictionary would be, and `resources/his_mapping.toml` explains them.
"""

from datetime import datetime
from typing import Any

from smartward.his.simulator.store import instant

LOCAL = "http://hospital.example/fhir/CodeSystem"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
MDC = "urn:iso:std:iso:11073:10101"
HL7 = "http://terminology.hl7.org/CodeSystem"

Json = dict[str, Any]


def coding(system: str, code: str, display: str | None = None) -> Json:
    """One Coding."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def concept(text: str | None, *codings: Json) -> Json:
    """One CodeableConcept."""
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def local(dictionary: str, code: str, text: str) -> Json:
    """A concept of the hospital's own dictionary."""
    return concept(text, coding(f"{LOCAL}/{dictionary}", code, text))


def ref(kind: str, id: str, display: str | None = None) -> Json:
    """One Reference."""
    return {"reference": f"{kind}/{id}"} | ({"display": display} if display else {})


def quantity(value: float, unit: str, code: str | None = None) -> Json:
    """One Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


def when(moment: datetime) -> str:
    """A dateTime in UTC."""
    return instant(moment)


def period(start: datetime, end: datetime | None = None) -> Json:
    """One Period."""
    return {"start": when(start)} | ({"end": when(end)} if end else {})
