"""Vital signs (FHIR Observation, category vital-signs)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Parameter(StrEnum):
    """What was measured; LOINC codes in `his/fhir`. Units: see UNITS."""

    RESPIRATORY_RATE = "respiratory_rate"
    OXYGEN_SATURATION = "oxygen_saturation"
    OXYGEN_SUPPLY = "oxygen_supply"
    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    HEART_RATE = "heart_rate"
    CONSCIOUSNESS = "consciousness"
    TEMPERATURE = "temperature"
    PAIN = "pain"
    GLUCOSE = "glucose"
    OXYGEN_FLOW = "oxygen_flow"
    OXYGEN_DEVICE = "oxygen_device"


UNITS: dict[Parameter, str] = {
    Parameter.RESPIRATORY_RATE: "/min",
    Parameter.OXYGEN_SATURATION: "%",
    Parameter.SYSTOLIC: "mmHg",
    Parameter.DIASTOLIC: "mmHg",
    Parameter.HEART_RATE: "/min",
    Parameter.TEMPERATURE: "°C",
    Parameter.GLUCOSE: "mmol/L",
    Parameter.OXYGEN_FLOW: "L/min",
}


class OxygenDevice(StrEnum):
    """By what oxygen is given: the devices of the NEWS2 chart (RCP 2017)."""

    NASAL_CANNULA = "nasal_cannula"
    SIMPLE_MASK = "simple_mask"
    VENTURI_MASK = "venturi_mask"
    RESERVOIR_MASK = "reservoir_mask"
    TRACHEOSTOMY_MASK = "tracheostomy_mask"
    HIGH_FLOW = "high_flow"
    NIV = "niv"
    """CPAP or bilevel pressure by a mask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One value in the unit of UNITS, or a code.

    `OXYGEN_SUPPLY` has code `air` or `oxygen`; `CONSCIOUSNESS` one of `A C V P U`,
    `OXYGEN_DEVICE` one of OxygenDevice; all others a number in `value`. 0 is a value, never
    "missing".
    """

    parameter: Parameter
    value: float | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSign:
    """Document kind `vital_sign`: one Observation. Blood pressure has two measurements.

    `panel_id` groups the members of one set (Observation.hasMember, or a panel's components).
    `taken_at` is when it was measured, `received_at` when the hub learnt of it.
    `doubtful`: dated more than 60 s ahead of the hub; never fresh, never scored.
    """

    id: str
    encounter_id: str
    taken_at: datetime
    received_at: datetime
    measurements: tuple[Measurement, ...]
    panel_id: str | None = None
    doubtful: bool = False
