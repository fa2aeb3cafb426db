"""What a person does about an alert: takes it on, puts it off with a reason, or says it is done.

What stands on one card is answered together: the action names the headline, and its data the other
parts that the person saw. What joined the card since then goes on asking.
"""

from collections.abc import Callable
from datetime import timedelta

from smartward.clinical import alert as alerts
from smartward.clinical.alert import (
    Alert,
    AlertRefused,
    AlertState,
    SnoozeReason,
    SubjectKind,
)
from smartward.clinical.rules import Mode
from smartward.errors import BadData
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.alert_keeping import (
    KIND,
    Kept,
    Place,
    end,
    keep_answer,
    of_subject,
)
from smartward.hub.person_actions import WRISTBAND
from smartward.hub.store.model import Stored, decode
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

_MOST_PARTS = 40
Act = Callable[[Request, Alert], Alert]


def _acknowledge(request: Request, alert: Alert) -> Alert:
    return alerts.acknowledge(alert, request.at, request.by)


def _snooze(request: Request, alert: Alert) -> Alert:
    minutes = request.action.data.get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise BadData("action.bad_request", "alert.snooze needs data.minutes")
    length = timedelta(minutes=min(abs(minutes), 24 * 60))
    try:
        why = SnoozeReason(request.text("reason"))
    except ValueError as error:
        raise BadData("action.bad_request", f"data.reason is none: {error}") from error
    # Put off from now, not from a touch that was long on its way: else it could be over already.
    return alerts.snooze(alert, request.tx.now, request.by, length, why)


def _done(request: Request, alert: Alert) -> Alert:
    note = request.action.data.get("note")
    return alerts.done(alert, request.at, request.by, note if isinstance(note, str) else "")


def _handler(act: Act, event: str) -> Callable[[Request], Done]:
    """The headline as the action says it; of the parts those that can be answered so."""

    def handle(request: Request) -> Done:
        stored = _find(request)
        if stored is None:
            return Done("gone", "action.alert_over")
        head = decode(stored.body, Alert)
        if (other := _not_as_seen(request, head)) is not None:
            return other
        _answer(request, Kept(head, Mode.ON, Place(stored.bed, stored.room)), act, event)
        for part in _parts(request, head):
            try:
                _answer(request, part, act, event)
            except AlertRefused:
                continue  # an emergency on the card goes on asking
        return Done(seq=stored.seq)

    return handle


def _answer(request: Request, kept: Kept, act: Act, event: str) -> None:
    """One alert as the person left it."""
    tx, ward = request.tx, request.ward
    after = act(request, kept.alert)
    if after is kept.alert:
        return
    now = Kept(after, kept.mode, kept.place)
    keep_answer(tx, ward, now, event)
    if after.state is not AlertState.OFF and after.rule == WRISTBAND:
        # It told of an event, which is over when somebody has taken it on.
        end(tx, ward, now, alerts.CloseReason.ACKNOWLEDGED)


def _find(request: Request) -> Stored | None:
    """The alert that is meant; None where it is over. Raises Forbidden where this device never
    knew it."""
    tx, ward, device = request.tx, request.ward, request.device
    id = request.action.subject
    stored = tx.get(ward, KIND, id)
    if stored is None and tx.departed(ward, *scope_of(device), KIND, id):
        return None
    if stored is None or not reaches(device, stored.bed, stored.room):
        raise Forbidden
    return stored


def _not_as_seen(request: Request, alert: Alert) -> Done | None:
    """Why it is refused: the person or the urgency is not what they saw."""
    seen = request.action.seen
    about = alert.subject.id if alert.subject.kind is SubjectKind.ENCOUNTER else None
    if seen.encounter_id is not None and about is not None and seen.encounter_id != about:
        return Done("refused", "action.other_patient")
    if seen.seq is not None and _rose(request, alert, seen.seq):
        return Done("refused", "action.alert_changed")
    return None


def _rose(request: Request, alert: Alert, seen_seq: int) -> bool:
    """Whether the alert became more urgent than what the person was looking at."""
    body = request.tx.body_at(request.ward, KIND, alert.id, seen_seq)
    if body is None:
        return False
    return alert.priority.rank < decode(body, Alert).priority.rank


def _parts(request: Request, head: Alert) -> list[Kept]:
    """The other parts of the card that the person saw."""
    named = request.action.data.get("parts")
    if not isinstance(named, str) or not named:
        return []
    ids = set(named.split(",")[:_MOST_PARTS])
    return [
        one
        for one in of_subject(request.tx, request.ward, head.subject)
        if one.alert.card == head.card and one.alert.id in ids and one.alert.id != head.id
    ]


RULES: dict[str, Rule] = {
    ActionKind.ALERT_ACKNOWLEDGE: Rule(_handler(_acknowledge, "acknowledged"), staff=True),
    ActionKind.ALERT_SNOOZE: Rule(_handler(_snooze, "snoozed"), staff=True),
    ActionKind.ALERT_DONE: Rule(_handler(_done, "done"), staff=True),
}
