"""What was done at the bed: it counts at once, and is never changed, only corrected."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.care_due import limits_asked
from smartward.clinical.care_event import (
    CareEvent,
    CareKind,
    CareRefused,
    improbable,
    in_error,
    read_values,
)
from smartward.clinical.freshness import AHEAD
from smartward.clinical.ward import Ward
from smartward.errors import BadData
from smartward.hub import as_needed
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.person_actions import stay_of
from smartward.hub.store.model import Stored, decode
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

_OLDEST = timedelta(hours=24)
"""What is recorded was done within the last day."""
_MOST_WHY = 200
_BESIDE = ("kind", "at", "confirmed", "why")


def _record(request: Request) -> Done:
    kind = _kind(request)
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    made = _event(request, kind, stay.id, request.at)
    if isinstance(made, Done):
        return made
    if kind is CareKind.LIMITS_ASKED and _asked_today(request, made):
        return Done("refused", "care.limits_asked")
    asked = as_needed.question(request, made)
    if asked is not None:
        return asked
    _put(request, made, stay)
    return Done()


def _asked_today(request: Request, made: CareEvent) -> bool:
    """Whether a doctor was asked for this patient's limits on that day already."""
    tx, ward = request.tx, request.ward
    kept = tx.of_encounter(ward, made.encounter_id)
    events = [decode(one.body, CareEvent) for one in kept if one.kind == "care_event"]
    stored = tx.get(ward, "ward", ward)
    zone = ZoneInfo((Ward(id=ward, name="") if stored is None else decode(stored.body, Ward)).zone)
    return limits_asked(events, made.at, zone) is not None


def _correct(request: Request) -> Done:
    """What was wrong is marked so; where values are told, what is right takes its place."""
    why = request.text("why")[:_MOST_WHY]
    tx, ward, id = request.tx, request.ward, request.action.subject
    stored = tx.get(ward, "care_event", id)
    if stored is None and tx.departed(ward, *scope_of(request.device), "care_event", id):
        return Done("gone", "care.over")
    if stored is None or not reaches(request.device, stored.bed, stored.room):
        raise Forbidden
    before = decode(stored.body, CareEvent)
    stay = stay_of(request, before.encounter_id)
    if isinstance(stay, Done):
        return stay
    try:
        wrong = in_error(before, request.by, request.at, why)
    except CareRefused as refused:
        return _refused(refused)
    if any(name not in _BESIDE for name in request.action.data):
        right = _event(request, before.kind, stay.id, before.at)
        if isinstance(right, Done):
            return right
        right = replace(right, replaces=before.id)
        asked = as_needed.question(request, right)
        if asked is not None:
            return asked
        _put(request, right, stay)
    _put(request, wrong, stay)
    return Done()


def _kind(request: Request) -> CareKind:
    try:
        return CareKind(request.text("kind"))
    except ValueError as error:
        raise BadData("action.bad_request", "data.kind is no kind of care") from error


def _event(request: Request, kind: CareKind, stay: str, otherwise: datetime) -> CareEvent | Done:
    """The event that is told, or why it is not taken. `otherwise`: when it was, where nothing
    says so."""
    told = {name: raw for name, raw in request.action.data.items() if name not in _BESIDE}
    try:
        values: dict[str, Any] = read_values(kind, told)
    except CareRefused as refused:
        return _refused(refused)
    confirmed = str(request.action.data.get("confirmed") or "").split(",")
    asked = [name for name in improbable(kind, values) if name not in confirmed]
    if asked:
        return Done("refused", "care.improbable", {"values": ",".join(asked)})
    at = _at(request, otherwise)
    if at is None:
        return Done("refused", "care.time")
    return CareEvent(
        id=request.action.id,
        encounter_id=stay,
        kind=kind,
        at=at,
        by=request.by,
        recorded_at=request.at,
        **values,
    )


def _refused(refused: CareRefused) -> Done:
    return Done("refused", refused.key, {"values": refused.value})


def _put(request: Request, event: CareEvent, stay: Stored) -> None:
    request.tx.put(request.ward, "care_event", event.id, event, bed=stay.bed, room=stay.room)


def _at(request: Request, otherwise: datetime) -> datetime | None:
    """When it was done; None where that cannot be. Raises BadData for what is no time."""
    raw = request.action.data.get("at")
    if raw is None:
        return otherwise
    try:
        at = datetime.fromisoformat(str(raw))
    except ValueError as error:
        raise BadData("action.bad_request", "data.at is no time") from error
    if at.tzinfo is None:
        raise BadData("action.bad_request", "data.at needs a time zone")
    at = at.astimezone(request.at.tzinfo)
    return at if request.at - _OLDEST <= at <= request.at + AHEAD else None


RULES: dict[str, Rule] = {
    # Whenever it arrives: it says itself when it was, and of whom.
    ActionKind.CARE_RECORD: Rule(_record, staff=False),
    ActionKind.CARE_CORRECT: Rule(_correct, staff=True),
}
