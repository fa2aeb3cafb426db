"""A proactive nursing alert: one open per subject and rule, with cause, rule version and reason."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from smartward.clinical.call_mark import Actor
from smartward.clinical.priority import Priority
from smartward.clinical.words import Value, Wording


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


class AlertRefused(ValueError):
    """The lifecycle forbids it. `key` is a text key with `values`, to be shown to the person."""

    def __init__(self, key: str, **values: Value) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class _Event(StrEnum):
    FOUND = "found"
    """The rule still finds it."""
    RAISED = "raised"
    """It is worse, or about one thing more."""
    ACKNOWLEDGED = "acknowledged"
    GONE = "gone"
    GONE_LATCHING = "gone_latching"


_S, _E = AlertState, _Event
_NEXT: dict[tuple[AlertState, _Event], AlertState] = {
    (_S.ON, _E.FOUND): _S.ON,
    (_S.ON, _E.RAISED): _S.ON,
    (_S.ON, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
    (_S.ON, _E.GONE): _S.OFF,
    (_S.ON, _E.GONE_LATCHING): _S.LATCHED,
    (_S.ACKNOWLEDGED, _E.FOUND): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _E.RAISED): _S.ON,
    (_S.ACKNOWLEDGED, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _E.GONE): _S.OFF,
    (_S.ACKNOWLEDGED, _E.GONE_LATCHING): _S.OFF,
    (_S.LATCHED, _E.FOUND): _S.ON,
    (_S.LATCHED, _E.RAISED): _S.ON,
    (_S.LATCHED, _E.ACKNOWLEDGED): _S.OFF,
    (_S.LATCHED, _E.GONE): _S.LATCHED,
    (_S.LATCHED, _E.GONE_LATCHING): _S.LATCHED,
    (_S.OFF, _E.GONE): _S.OFF,
    (_S.OFF, _E.GONE_LATCHING): _S.OFF,
}
"""All transitions; what is not here is refused. An alert that is off never comes back: what is
found again is a new alert with its own opening time."""


def open_alert(finding: Finding, id: str, now: datetime) -> Alert:
    """A new alert, on."""
    return Alert(
        id=id,
        subject=finding.subject,
        rule=finding.rule,
        version=finding.version,
        priority=finding.priority,
        state=AlertState.ON,
        title=finding.title,
        why=finding.why,
        todo=finding.todo,
        icon=finding.icon,
        opened_at=now,
        updated_at=now,
        harm_at=finding.harm_at,
        cause=finding.cause,
    )


def update(alert: Alert, finding: Finding, now: datetime) -> Alert:
    """The alert as the rule finds it now; the same object when nothing a person sees changed.

    An acknowledged one asks again when its priority rises or a newcomer of `rings_for` joins.
    Raises AlertRefused when it is off, ValueError for another subject or rule.
    """
    if (alert.subject, alert.rule) != (finding.subject, finding.rule):
        raise ValueError(f"a finding of {finding.rule} is not about alert {alert.id}")
    state = _next(alert, _Event.RAISED if _raised(alert, finding) else _Event.FOUND)
    shown = replace(
        alert,
        state=state,
        priority=finding.priority,
        title=finding.title,
        why=finding.why,
        todo=finding.todo,
        icon=finding.icon,
        harm_at=finding.harm_at,
    )
    if shown == alert:
        return alert
    if state is AlertState.ON:
        shown = replace(shown, acknowledged_at=None, acknowledged_by=None)
    return replace(shown, version=finding.version, cause=finding.cause, updated_at=now)


def acknowledge(alert: Alert, at: datetime, by: Actor) -> Alert:
    """Somebody has taken it on; the first one stays. Raises AlertRefused when it is off."""
    state = _next(alert, _Event.ACKNOWLEDGED)
    if alert.state is AlertState.ACKNOWLEDGED:
        return alert
    return replace(alert, state=state, updated_at=at, acknowledged_at=at, acknowledged_by=by)


def clear(alert: Alert, now: datetime, latching: bool = False) -> Alert:
    """Its reason is gone: off, or latched until acknowledged where the rule latches."""
    state = _next(alert, _Event.GONE_LATCHING if latching else _Event.GONE)
    return alert if state is alert.state else replace(alert, state=state, updated_at=now)


def _next(alert: Alert, event: _Event) -> AlertState:
    state = _NEXT.get((alert.state, event))
    if state is None:
        raise AlertRefused("alert.refused.over")
    return state


def _raised(alert: Alert, finding: Finding) -> bool:
    if finding.priority.rank < alert.priority.rank:
        return True
    known = {(cause.kind, cause.id) for cause in alert.cause}
    return any(
        cause.kind in finding.rings_for and (cause.kind, cause.id) not in known
        for cause in finding.cause
    )
