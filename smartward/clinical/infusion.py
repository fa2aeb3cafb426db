"""An infusion (FHIR MedicationAdministration in progress, with Device and DeviceMetric)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InfusionStatus(StrEnum):
    """MedicationAdministration.status, the part a ward meets."""

    RUNNING = "in-progress"
    PAUSED = "on-hold"
    ENDED = "completed"
    STOPPED = "stopped"


class VolumeSource(StrEnum):
    """Where the volume left comes from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    SENSOR_LOST = "sensor_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """Document kind `infusion`. Volumes in mL, rate in mL/h, as of `measured_at`."""

    id: str
    encounter_id: str
    status: InfusionStatus
    total_ml: float | None
    left_ml: float | None
    rate_ml_h: float | None
    source: VolumeSource
    measured_at: datetime
    started_at: datetime | None = None
    name: str | None = None
    """What runs; station only."""
    next_ordered: bool | None = None
    """Whether another bag is ordered; None: the HIS does not tell."""
