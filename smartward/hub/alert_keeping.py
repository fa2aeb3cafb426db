"""Alerts in the store: as documents where their rule is on, apart where it runs in shadow, and what
became of them in the log, in the same write."""

from collections.abc import Iterable
from dataclasses import dataclass

from smartward.clinical import alert as lifecycle
from smartward.clinical.alert import Alert, AlertState, CloseReason, Finding, Subject
from smartward.clinical.rules import Mode
from smartward.hub.store.alert_table import Guard, LogRow
from smartward.hub.store.model import decode, encode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

KIND = "alert"
STEP = "alert"
"""Kind of the deadline at which an alert asks the next ones, or comes back."""
SHADOW_STEP = "shadow_alert"
"""The same of an alert that nobody sees."""

FOR_EVER_QUIET = ""
"""The token of what was closed without one: quiet until it is no longer so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alert's patient is now."""

    bed: str | None = None
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An open alert, where it stands, and whether anybody sees it."""

    alert: Alert
    mode: Mode
    place: Place


def subject_key(subject: Subject) -> str:
    """KIND:ID, as the log and the guards have it."""
    return f"{subject.kind}:{subject.id}"


def find(reader: Reader, ward: str, id: str, mode: Mode) -> Kept | None:
    """An open alert by its id; None where it is over."""
    if mode is Mode.SHADOW:
        body = reader.shadow_alert(ward, id)
        return None if body is None else Kept(decode(body, Alert), mode, Place())
    stored = reader.get(ward, KIND, id)
    if stored is None:
        return None
    return Kept(decode(stored.body, Alert), mode, Place(stored.bed, stored.room))


def of_subject(reader: Reader, ward: str, subject: Subject) -> list[Kept]:
    """All open alerts about a subject that anybody sees."""
    found = []
    for stored in reader.holding(ward, KIND, encode(subject.id)):
        alert = decode(stored.body, Alert)
        if alert.subject == subject and alert.state is not AlertState.OFF:
            found.append(Kept(alert, Mode.ON, Place(stored.bed, stored.room)))
    return found


def keep(tx: Tx, ward: str, kept: Kept, event: str = "") -> None:
    """Store an open alert as it is now; with an `event` the log tells of it. One that is off is
    stored so, for the history, and goes."""
    alert = kept.alert
    over = alert.state is AlertState.OFF
    if kept.mode is Mode.ON:
        tx.put(ward, KIND, alert.id, alert, bed=kept.place.bed, room=kept.place.room)
        if over:
            tx.delete(ward, KIND, alert.id)
    elif over:
        tx.shadow_alert_delete(ward, alert.id)
    else:
        tx.shadow_alert_put(ward, alert.id, encode(alert))
    if over:
        tx.deadline_clear(ward, step_kind(kept.mode), alert.id)
    if event:
        note(tx, ward, kept, event)


def step_kind(mode: Mode) -> str:
    """The kind of deadline of an alert of this mode."""
    return STEP if mode is Mode.ON else SHADOW_STEP


def note(tx: Tx, ward: str, kept: Kept, event: str) -> None:
    """Add to the log what happened to an alert."""
    alert = kept.alert
    now_told = [one for one in alert.told if one.at == alert.updated_at]
    told = {id: None for one in now_told for id in (one.staff_ids or (one.role,))}
    why = alert.closed_why or alert.snooze_reason
    tx.alert_log_put(
        LogRow(
            at=tx.now,
            ward=ward,
            alert=alert.id,
            subject=subject_key(alert.subject),
            bed=kept.place.bed,
            rule=alert.rule,
            version=alert.version,
            mode=str(kept.mode),
            event=event,
            alert_class=str(alert.alert_class),
            priority=str(alert.priority),
            step=max(alert.step, 0),
            told=",".join(told) if event in ("opened", "escalated", "told") else "",
            why="" if why is None else str(why),
        )
    )


def end(tx: Tx, ward: str, kept: Kept, why: CloseReason) -> None:
    """It is over, whatever it was."""
    over = lifecycle.end(kept.alert, tx.now, why)
    keep(tx, ward, Kept(over, kept.mode, kept.place), "closed")


def keep_answer(tx: Tx, ward: str, kept: Kept, event: str) -> None:
    """An alert as a person left it, by `event`. Whom its card asks next, and when it comes back,
    the deciding part brings about when it hears of this write."""
    keep(tx, ward, kept, event)
    if kept.alert.state is AlertState.OFF:
        closed_by_person(tx, ward, kept.alert)


def closed_by_person(tx: Tx, ward: str, alert: Alert) -> None:
    """Remember what a person closed, so that the same is not said again."""
    token = alert.once or FOR_EVER_QUIET
    guard = Guard(token, str(alert.alert_class), alert.priority.rank)
    tx.alert_guard_put(ward, subject_key(alert.subject), alert.rule, guard)


def held_back(guards: Iterable[Guard], finding: Finding) -> bool:
    """Whether a person closed just this, or what is left of it (a token may name several things),
    and it is no worse now. Never an emergency."""
    left = _things(finding.once or FOR_EVER_QUIET)
    return any(
        left <= _things(one.token) and not lifecycle.worse(finding, one.rank) for one in guards
    )


def _things(token: str) -> frozenset[str]:
    return frozenset(token.split(" "))
