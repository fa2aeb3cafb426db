"""The patient's day (ServiceRequest, Appointment, MedicationRequest + Administration, Task)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.words import Wording


class PlanKind(StrEnum):
    """What happens, as the public layer may say it."""

    MEDICINE = "medicine"
    SCAN = "scan"
    TEST = "test"
    SURGERY = "surgery"
    THERAPY = "therapy"
    MEAL = "meal"
    ROUND = "round"
    NURSING = "nursing"
    TURNING = "turning"
    DISCHARGE = "discharge"
    OTHER = "other"


class PlanStatus(StrEnum):
    """Where an item stands."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """Document kind `plan_item`. A cancelled item is a deleted document."""

    id: str
    encounter_id: str
    kind: PlanKind
    due_at: datetime
    status: PlanStatus
    title: Wording | None = None
    """The order's own words; station only."""
    nil_by_mouth: bool = False
    """Nothing to eat or drink until it is done and the fasting order ends."""
    done_at: datetime | None = None
