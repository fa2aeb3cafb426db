"""What the actions on alerts and on screens themselves do."""

import dataclasses

from smartward.clinical import alert as alerts
from smartward.clinical.alert import Alert, SubjectKind
from smartward.clinical.device import ScreenStatus
from smartward.hub import entrusting
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.person_actions import WRISTBAND
from smartward.hub.store.model import decode
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind


def _acknowledge(request: Request) -> Done:
    """A nurse has taken note. Refused when the person or the urgency is not what they saw."""
    tx, ward, device = request.tx, request.ward, request.device
    id, seen = request.action.subject, request.action.seen
    stored = tx.get(ward, "alert", id)
    if stored is None and tx.departed(ward, *scope_of(device), "alert", id):
        return Done("gone", "action.alert_over")
    if stored is None or not reaches(device, stored.bed, stored.room):
        raise Forbidden
    alert = decode(stored.body, Alert)
    about = alert.subject.id if alert.subject.kind is SubjectKind.ENCOUNTER else None
    if seen.encounter_id is not None and about is not None and seen.encounter_id != about:
        return Done("refused", "action.other_patient")
    if seen.seq is not None and _rose(request, alert, seen.seq):
        return Done("refused", "action.alert_changed")
    acknowledged = alerts.acknowledge(alert, request.at, request.by)
    if acknowledged is not alert:
        tx.put(ward, "alert", id, acknowledged, bed=stored.bed, room=stored.room)
    if alert.rule == WRISTBAND:
        # It told of an event, which is over when somebody has taken it on.
        over = alerts.clear(acknowledged, tx.now)
        tx.put(ward, "alert", id, over, bed=stored.bed, room=stored.room)
        tx.delete(ward, "alert", id)
    return Done(seq=stored.seq)


def _rose(request: Request, alert: Alert, seen_seq: int) -> bool:
    """Whether the alert became more urgent than what the person was looking at."""
    body = request.tx.body_at(request.ward, "alert", alert.id, seen_seq)
    if body is None:
        return False
    seen = decode(body, Alert).priority
    return alert.priority.rank < seen.rank


def _faults(request: Request) -> Done:
    """What a screen finds wrong with itself, as comma-joined text keys; none: all is well."""
    tx, ward, device = request.tx, request.ward, request.device
    if request.action.subject != device.id:
        raise Forbidden
    told = request.action.data.get("faults")
    faults = tuple(part.strip() for part in str(told or "").split(",") if part.strip())
    stored = tx.get(ward, "screen", device.id)
    if stored is None:
        status = ScreenStatus(
            device_id=device.id,
            role=device.role,
            place=device.place,
            label=device.label,
            online=True,
            since=tx.now,
            faults=faults,
        )
    else:
        status = dataclasses.replace(decode(stored.body, ScreenStatus), faults=faults)
    tx.put(ward, "screen", device.id, status)
    if entrusting.deaf(faults):
        entrusting.holder_deaf(tx, ward, device.id)
    return Done(seq=None if stored is None else stored.seq)


RULES: dict[str, Rule] = {
    ActionKind.ALERT_ACKNOWLEDGE: Rule(_acknowledge, staff=True),
    ActionKind.SCREEN_FAULTS: Rule(_faults, staff=False),
}
