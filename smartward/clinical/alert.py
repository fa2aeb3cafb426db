"""How an alert lives: one table of transitions, no change that a person would not see.

This is the module that others import from: the document is in `alert_document`, whom it asks and
when in `alert_ladder`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from smartward.clinical.alert_document import Alert as Alert
from smartward.clinical.alert_document import AlertClass as AlertClass
from smartward.clinical.alert_document import AlertRefused as AlertRefused
from smartward.clinical.alert_document import AlertState as AlertState
from smartward.clinical.alert_document import Cause as Cause
from smartward.clinical.alert_document import CloseReason as CloseReason
from smartward.clinical.alert_document import Finding as Finding
from smartward.clinical.alert_document import Ladder as Ladder
from smartward.clinical.alert_document import Problem as Problem
from smartward.clinical.alert_document import SnoozeReason as SnoozeReason
from smartward.clinical.alert_document import Subject as Subject
from smartward.clinical.alert_document import SubjectKind as SubjectKind
from smartward.clinical.alert_document import Told as Told
from smartward.clinical.alert_ladder import may_begin_anew
from smartward.clinical.call_mark import Actor

SNOOZES = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
"""For how long an alert may be put off (`../field.md` 4: a default for local approval)."""

LONGEST_NOTE = 200
"""Characters of what a person says they did."""


class _Event(StrEnum):
    FOUND = "found"
    """The rule still finds it."""
    RAISED = "raised"
    """It is worse, or about one thing more."""
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RETURNED = "returned"
    """The time for which it was put off is over, and the rule still finds it."""
    DONE = "done"
    GONE = "gone"
    GONE_LATCHING = "gone_latching"
    ENDED = "ended"
    """Nobody is to hear of it any more: the rule or its subject is gone."""


_S, _E = AlertState, _Event
_NEXT: dict[tuple[AlertState, _Event], AlertState] = {
    (_S.ON, _E.FOUND): _S.ON,
    (_S.ON, _E.RAISED): _S.ON,
    (_S.ON, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
    (_S.ON, _E.SNOOZED): _S.ACKNOWLEDGED,
    (_S.ON, _E.DONE): _S.OFF,
    (_S.ON, _E.GONE): _S.OFF,
    (_S.ON, _E.GONE_LATCHING): _S.LATCHED,
    (_S.ON, _E.ENDED): _S.OFF,
    (_S.ACKNOWLEDGED, _E.FOUND): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _E.RAISED): _S.ON,
    (_S.ACKNOWLEDGED, _E.ACKNOWLEDGED): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _E.SNOOZED): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _E.RETURNED): _S.ON,
    (_S.ACKNOWLEDGED, _E.DONE): _S.OFF,
    (_S.ACKNOWLEDGED, _E.GONE): _S.OFF,
    (_S.ACKNOWLEDGED, _E.GONE_LATCHING): _S.OFF,
    (_S.ACKNOWLEDGED, _E.ENDED): _S.OFF,
    (_S.LATCHED, _E.FOUND): _S.ON,
    (_S.LATCHED, _E.RAISED): _S.ON,
    (_S.LATCHED, _E.ACKNOWLEDGED): _S.OFF,
    (_S.LATCHED, _E.DONE): _S.OFF,
    (_S.LATCHED, _E.GONE): _S.LATCHED,
    (_S.LATCHED, _E.GONE_LATCHING): _S.LATCHED,
    (_S.LATCHED, _E.ENDED): _S.OFF,
    (_S.OFF, _E.GONE): _S.OFF,
    (_S.OFF, _E.GONE_LATCHING): _S.OFF,
    (_S.OFF, _E.ENDED): _S.OFF,
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
        alert_class=finding.alert_class,
        problem=finding.problem,
        ladder=finding.ladder,
        since=finding.since,
        due_at=finding.due_at,
        grace_s=finding.grace_s,
        once=finding.once,
        latching=finding.latching,
        asks_since=now,
        step=-1,
    )


def update(alert: Alert, finding: Finding, now: datetime) -> Alert:
    """The alert as the rule finds it now; the same object when nothing a person sees changed.

    An acknowledged one asks again when its priority rises, a newcomer of `rings_for` joins, or the
    time for which it was put off is over. One that is on begins its ladder anew with newcomers that
    ring, unless what rang before still stands and there are others to be asked of it. Raises
    AlertRefused when it is off, ValueError for another subject or rule.
    """
    if (alert.subject, alert.rule) != (finding.subject, finding.rule):
        raise ValueError(f"a finding of {finding.rule} is not about alert {alert.id}")
    state = _next(alert, _event_of(alert, finding, now))
    shown = replace(
        alert,
        state=state,
        priority=finding.priority,
        title=finding.title,
        why=finding.why,
        todo=finding.todo,
        icon=finding.icon,
        harm_at=finding.harm_at,
        alert_class=finding.alert_class,
        problem=finding.problem,
        ladder=finding.ladder,
        since=finding.since,
        due_at=finding.due_at,
        grace_s=finding.grace_s,
        once=finding.once,
        latching=finding.latching,
    )
    if shown == alert:
        return alert
    answered = alert.state is not AlertState.ON
    other = alert.ladder is not finding.ladder or _rings_anew(alert, finding)
    if state is AlertState.ON and (answered or other):
        shown = _asking_anew(shown, now)
    return replace(shown, version=finding.version, cause=finding.cause, updated_at=now)


def acknowledge(alert: Alert, at: datetime, by: Actor) -> Alert:
    """Somebody has taken it on; the first one stays, unless they had put it off. Raises
    AlertRefused when it is off."""
    state = _next(alert, _Event.ACKNOWLEDGED)
    if alert.state is AlertState.ACKNOWLEDGED and alert.snoozed_until is None:
        return alert
    over = CloseReason.ACKNOWLEDGED if state is AlertState.OFF else None
    return replace(
        _not_snoozed(alert),
        state=state,
        updated_at=at,
        acknowledged_at=at,
        acknowledged_by=by,
        closed_why=over,
    )


def snooze(alert: Alert, at: datetime, by: Actor, length: timedelta, why: SnoozeReason) -> Alert:
    """Put off from `at` for one of `SNOOZES`, with the reason. Put off again it counts anew.

    Raises AlertRefused for an emergency, for what is over, and for another length.
    """
    if alert.emergency:
        raise AlertRefused("alert.refused.emergency_snooze")
    if length not in SNOOZES:
        raise AlertRefused("alert.refused.snooze_length")
    if alert.state is AlertState.LATCHED:
        raise AlertRefused("alert.refused.over")
    return replace(
        alert,
        state=_next(alert, _Event.SNOOZED),
        updated_at=at,
        acknowledged_at=at,
        acknowledged_by=by,
        snoozed_until=at + length,
        snoozed_by=by,
        snooze_reason=why,
        returned_at=None,
    )


def wake(alert: Alert, now: datetime) -> Alert:
    """What was put off asks again once its time is over; the same object before."""
    until = alert.snoozed_until
    if not snoozed(alert) or until is None or until > now:
        return alert
    state = _next(alert, _Event.RETURNED)
    return replace(_asking_anew(alert, now), state=state, updated_at=now, returned_at=now)


def done(alert: Alert, at: datetime, by: Actor, note: str = "") -> Alert:
    """A person has done what it asks for: it is over. Raises AlertRefused when it is off, and for
    an emergency whose reason is still there."""
    if alert.emergency and alert.state is not AlertState.LATCHED:
        raise AlertRefused("alert.refused.emergency_done")
    return replace(
        _not_snoozed(alert),
        state=_next(alert, _Event.DONE),
        updated_at=at,
        done_at=at,
        done_by=by,
        done_note=note[:LONGEST_NOTE],
        closed_why=CloseReason.DONE,
    )


def clear(alert: Alert, now: datetime, latching: bool | None = None) -> Alert:
    """Its reason is gone: off, or latched until a person takes note where the rule latches.
    `latching` None: as its rule has it."""
    holds = alert.latching if latching is None else latching
    state = _next(alert, _Event.GONE_LATCHING if holds else _Event.GONE)
    if state is alert.state:
        return alert
    why = CloseReason.GONE if state is AlertState.OFF else None
    return replace(_not_snoozed(alert), state=state, updated_at=now, closed_why=why)


def end(alert: Alert, now: datetime, why: CloseReason) -> Alert:
    """Over whatever it was: its rule was switched off, or its subject has gone."""
    state = _next(alert, _Event.ENDED)
    if state is alert.state:
        return alert
    return replace(_not_snoozed(alert), state=state, updated_at=now, closed_why=why)


def snoozed(alert: Alert) -> bool:
    """Whether somebody has put it off."""
    return alert.state is AlertState.ACKNOWLEDGED and alert.snoozed_until is not None


def worse(finding: Finding, rank: int) -> bool:
    """Whether a finding is worse than what a person closed, whose priority had this rank. Nothing
    is ever too little for an emergency."""
    return finding.alert_class is AlertClass.EMERGENCY or finding.priority.rank < rank


def raised(alert: Alert, finding: Finding) -> bool:
    """Whether the finding asks for more than the alert: a higher priority, an emergency, or one
    thing more that rings."""
    if finding.priority.rank < alert.priority.rank:
        return True
    if finding.alert_class is AlertClass.EMERGENCY and not alert.emergency:
        return True
    return bool(_ringing(finding.cause, finding) - _ringing(alert.cause, finding))


def _ringing(causes: tuple[Cause, ...], finding: Finding) -> set[tuple[str, str]]:
    return {(cause.kind, cause.id) for cause in causes if cause.kind in finding.rings_for}


def _rings_anew(alert: Alert, finding: Finding) -> bool:
    """Whether newcomers that ring are to be asked about from the beginning, though nobody has
    answered what rang before. What was there at a lower priority has not rung."""
    rises = finding.priority.rank < alert.priority.rank
    rang = set() if rises else _ringing(alert.cause, finding)
    ringing = _ringing(finding.cause, finding)
    return bool(ringing - rang) and (not ringing & rang or may_begin_anew(alert))


def _event_of(alert: Alert, finding: Finding, now: datetime) -> _Event:
    if raised(alert, finding):
        return _Event.RAISED
    if snoozed(alert) and alert.snoozed_until is not None and alert.snoozed_until <= now:
        return _Event.RETURNED
    return _Event.FOUND


def _asking_anew(alert: Alert, now: datetime) -> Alert:
    """Nobody has answered this yet: its ladder begins anew. Who was told stays told."""
    cleared = _not_snoozed(alert)
    return replace(cleared, acknowledged_at=None, acknowledged_by=None, asks_since=now, step=-1)


def _not_snoozed(alert: Alert) -> Alert:
    return replace(alert, snoozed_until=None, snoozed_by=None, snooze_reason=None, returned_at=None)


def _next(alert: Alert, event: _Event) -> AlertState:
    state = _NEXT.get((alert.state, event))
    if state is None:
        raise AlertRefused("alert.refused.over")
    return state
