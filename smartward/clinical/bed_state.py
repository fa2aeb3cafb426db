"""What a bed's own sensors say (FHIR Observation with a device)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BedSensor(StrEnum):
    """What is sensed; the codes are the hospital's own, in the mapping."""

    OCCUPIED = "occupied"
    """False: the patient has left the bed."""
    BED_EXIT_ALARM = "bed_exit_alarm"
    """Whether the bed's own exit alarm is armed."""
    BRAKE = "brake"
    """Whether the brake is set."""
    RAILS = "rails"
    """Whether the rails are up."""
    LOW = "low"
    """Whether the bed stands at its lowest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BedState:
    """Document kind `bed_state`: one thing that a bed said once, of whose stay it was told. How
    long it has been so is found from those before it."""

    id: str
    encounter_id: str
    sensor: BedSensor
    on: bool
    taken_at: datetime
    received_at: datetime
    doubtful: bool = False
    """Dated more than 60 s ahead of the hub."""
