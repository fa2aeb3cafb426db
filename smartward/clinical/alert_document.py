"""A proactive nursing alert: one open per subject and rule, with cause, rule version and reason.

The document and what a rule finds; how an alert lives is in `alert`, whom it asks and when in
`alert_ladder`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor
from smartward.clinical.priority import Priority
from smartward.clinical.words import Value, Wording


class AlertState(StrEnum):
    """Presence of an alert (IEC 60601-1-8: alarm signals on, acknowledged, latched, off)."""

    ON = "on"
    ACKNOWLEDGED = "acknowledged"
    """Taken on; with a `snoozed_until` it is put off until then."""
    LATCHED = "latched"
    """Its reason is gone, and a person must still know that it was."""
    OFF = "off"


class AlertClass(StrEnum):
    """How an alert behaves. An emergency is never suppressed: not by a guard, by night, by muting
    or by putting it off."""

    EMERGENCY = "E"
    URGENT = "U"
    DUE = "D"
    INFORMATION = "I"


class Ladder(StrEnum):
    """Whom an alert asks, and whom after them; times and people are in `alert_ladder`."""

    EL_1 = "EL-1"
    EL_2 = "EL-2"
    EL_D = "EL-D"
    NURSE = "nurse"
    """Its nurse alone: something else follows where nobody acts, and asks further."""
    NONE = "none"
    """It stands in the list and asks nobody further."""


class Problem(StrEnum):
    """What is the matter with the patient: alerts of one patient with one problem are one card."""

    DETERIORATION = "deterioration"
    INFUSION = "infusion"
    MEDICINE = "medicine"
    FALL = "fall"
    SKIN = "skin"
    PAIN = "pain"
    NUTRITION = "nutrition"
    ELIMINATION = "elimination"
    LINE = "line"
    IDENTITY = "identity"
    DATA = "data"
    CARE = "care"
    DISCHARGE = "discharge"
    DEVICE = "device"
    OTHER = "other"
    """Of no family: a card of its own."""


class SubjectKind(StrEnum):
    """What an alert is about. Alerts follow the patient."""

    ENCOUNTER = "encounter"
    BED = "bed"
    DEVICE = "device"
    WARD = "ward"


class SnoozeReason(StrEnum):
    """Why somebody puts an alert off."""

    ON_THE_WAY = "on_the_way"
    TREATING = "treating"
    DOCTOR_KNOWS = "doctor_knows"
    PATIENT_BUSY = "patient_busy"
    """Away, eating, asleep by order: it cannot be done now."""


class CloseReason(StrEnum):
    """Why an alert is over."""

    GONE = "gone"
    """What the rule found is not so any more."""
    ACKNOWLEDGED = "acknowledged"
    """It was over already, and a person has now taken note."""
    DONE = "done"
    """A person has done what it asked for."""
    RULE_OFF = "rule_off"
    """The ward switched the rule off while it was open."""
    SUBJECT_GONE = "subject_gone"
    """The stay is over, silenced, or the thing is none of the ward's any more."""


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
class Told:
    """Who was asked, and when. `role` is a `routing.AddresseeRole`; `names` are those that are
    shown, none for the whole ward."""

    at: datetime
    step: int
    role: str
    staff_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Document kind `alert`. `harm_at`: when harm is expected, for the order of the queue.

    `since`: since when it is true by the facts themselves. `asks_since`: since when nobody has
    answered; None reads as `opened_at`. `step` is the last step of the ladder that was taken (-1:
    none yet), `told` everybody who was asked, oldest first. `returned_at`: when it came back after
    it was put off; None once somebody has answered that.
    """

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
    alert_class: AlertClass = AlertClass.URGENT
    problem: Problem = Problem.OTHER
    ladder: Ladder = Ladder.NONE
    since: datetime | None = None
    due_at: datetime | None = None
    grace_s: float | None = None
    once: str = ""
    latching: bool = False
    asks_since: datetime | None = None
    step: int = 0
    told: tuple[Told, ...] = ()
    snoozed_until: datetime | None = None
    snoozed_by: Actor | None = None
    snooze_reason: SnoozeReason | None = None
    returned_at: datetime | None = None
    done_by: Actor | None = None
    done_at: datetime | None = None
    done_note: str = ""
    closed_why: CloseReason | None = None

    @property
    def emergency(self) -> bool:
        """Whether nothing may suppress it."""
        return self.alert_class is AlertClass.EMERGENCY

    @property
    def card(self) -> tuple[str, str, str]:
        """What stands on one card: one subject with one problem; without a family, itself."""
        family = self.id if self.problem is Problem.OTHER else str(self.problem)
        return (str(self.subject.kind), self.subject.id, family)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule finds true now; the engine keeps one alert of it per subject and rule.

    `rings_for`: document kinds whose newcomer among the causes makes an acknowledged alert ask
    again (another bag), while a further observation of the same crossing does not.
    """

    subject: Subject
    rule: str
    version: str
    priority: Priority
    title: Wording
    why: Wording
    todo: Wording
    icon: str
    harm_at: datetime | None = None
    cause: tuple[Cause, ...] = ()
    rings_for: frozenset[str] = frozenset()
    alert_class: AlertClass = AlertClass.URGENT
    problem: Problem = Problem.OTHER
    ladder: Ladder = Ladder.NONE
    since: datetime | None = None
    """Since when it is true by the facts."""
    due_at: datetime | None = None
    """When it was due, for EL-D, which counts from it; None: from `since`."""
    grace_s: float | None = None
    """Seconds of grace, for EL-D; None: the ward's own."""
    once: str = ""
    """Fatigue guard: once a person has closed an alert with this token (a bag, a shift; several
    with spaces between, of which what is left is not said again either) it is not
    opened again with the same, unless it is worse or an emergency."""
    latching: bool = False


class AlertRefused(ValueError):
    """The lifecycle forbids it. `key` is a text key with `values`, to be shown to the person."""

    def __init__(self, key: str, **values: Value) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
