"""The patient's day (ServiceRequest, Appointment, MedicationRequest + Administration, Task)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

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


class DoseTiming(StrEnum):
    """How near to its time a dose is to be given (ISMP 2011)."""

    CRITICAL = "time_critical"
    """Within 30 min: the order says so, or it is given more often than every 4 h."""
    ORDINARY = "ordinary"
    """Within 60 min."""
    DAILY = "daily"
    """Once a day or less often: within 2 h."""


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
    timing: DoseTiming = DoseTiming.ORDINARY
    """Of a medicine."""


class DayItem(Protocol):
    """What fasting needs of a plan item, so that a view without its title serves as well."""

    @property
    def kind(self) -> PlanKind:
        """What happens."""

    @property
    def due_at(self) -> datetime:
        """When it is planned."""

    @property
    def status(self) -> PlanStatus:
        """Where it stands."""

    @property
    def nil_by_mouth(self) -> bool:
        """Whether it is to be met fasting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fasting:
    """Nothing to eat or drink: ends when its order ends, never by the clock.

    `kind` and `due_at` tell what it is for, where the plan knows. `passed`: that time has gone
    by while the order stands, so "ask before eating".
    """

    since: datetime | None
    kind: PlanKind | None = None
    due_at: datetime | None = None
    passed: bool = False


def fasting(
    ordered: bool, since: datetime | None, items: Iterable[DayItem], now: datetime
) -> Fasting | None:
    """The fasting in force, or None when no order says so (`ordered`: the nil-by-mouth slot is
    present, `since` its time). A plan item alone neither starts nor ends it."""
    if not ordered:
        return None
    open_items = (
        item
        for item in items
        if item.nil_by_mouth and item.status in (PlanStatus.PLANNED, PlanStatus.IN_PROGRESS)
    )
    first = min(open_items, key=lambda item: item.due_at, default=None)
    if first is None:
        return Fasting(since=since)
    return Fasting(since=since, kind=first.kind, due_at=first.due_at, passed=first.due_at <= now)
