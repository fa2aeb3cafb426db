"""A proactive nursing alert: one open per subject and rule, with cause, rule version and reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.nurse_call import Actor
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording


class AlertState(StrEnum):
    """Presence of an alert; the transitions are one table below."""

    ON = "on"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    OFF = "off"


class SubjectKind(StrEnum):
    """What an alert is about. Alerts follow the patient."""

    ENCOUNTER = "encounter"
    BED = "bed"
    DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom or what an alert is about."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A document that made an alert, as it was: kind, id and the ward sequence it had."""

    kind: str
    id: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Document kind `alert`. `harm_at`: when harm is expected, for the order of the queue."""

    id: str
    subject: Subject
    rule: str
    version: str
    priority: Priority
    state: AlertState
    title: Wording
    why: Wording
    todo: Wording
    icon: str
    opened_at: datetime
    updated_at: datetime
    harm_at: datetime | None = None
    cause: tuple[Cause, ...] = ()
    acknowledged_by: Actor | None = None
    acknowledged_at: datetime | None = None
