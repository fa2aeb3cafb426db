"""Results of the laboratory and of point-of-care tests (FHIR Observation, category laboratory)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Analyte(StrEnum):
    """What was measured; LOINC codes and the hospital's own are in the mapping. Units: UNITS."""

    POTASSIUM = "potassium"
    SODIUM = "sodium"
    GLUCOSE = "glucose"
    CREATININE = "creatinine"
    LACTATE = "lactate"
    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"
    LEUCOCYTES = "leucocytes"
    INR = "inr"


UNITS: dict[Analyte, str] = {
    Analyte.POTASSIUM: "mmol/L",
    Analyte.SODIUM: "mmol/L",
    Analyte.GLUCOSE: "mmol/L",
    Analyte.CREATININE: "umol/L",
    Analyte.LACTATE: "mmol/L",
    Analyte.HAEMOGLOBIN: "g/L",
    Analyte.PLATELETS: "10*9/L",
    Analyte.LEUCOCYTES: "10*9/L",
    Analyte.INR: "1",
}
"""UCUM code of the unit in which each value is kept; INR is a bare ratio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabResult:
    """Document kind `lab_result`: one Observation with one value, in the unit of UNITS.

    0 is a value. `taken_at` is when the sample was taken, `received_at` when the hub learnt of it.
    `doubtful`: dated more than 60 s ahead of the hub. `critical`: the laboratory itself calls it so
    (Observation.interpretation HH, LL or AA)."""

    id: str
    encounter_id: str
    analyte: Analyte
    value: float
    taken_at: datetime
    received_at: datetime
    critical: bool = False
    doubtful: bool = False
