"""Observations entered at the ward: they count at once, and are never changed, only corrected."""

from datetime import datetime, timedelta

from smartward.clinical.freshness import AHEAD
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import (
    EnteredValue,
    EntryRefused,
    ObservationEntry,
    correct,
    current,
    improbable,
    read_values,
    sign_name,
    signs_of,
    vital_sign,
)
from smartward.errors import BadData
from smartward.hub.access import Forbidden
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.person_actions import stay_of
from smartward.hub.store.model import Stored, decode
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

_OLDEST = timedelta(hours=24)
"""Observations that are entered were taken within the last day."""
_MOST_WHY = 200

Told = dict[str, str | int | None]


def _enter(request: Request) -> Done:
    """A set of values, taken now or a while ago."""
    told = _values(request)
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    try:
        values = read_values(told)
    except EntryRefused as refused:
        return _refused(refused)
    unsure = _unsure(request, values)
    if unsure is not None:
        return unsure
    taken_at = _taken_at(request)
    if taken_at is None:
        return Done("refused", "observation.time")
    entry = ObservationEntry(
        id=request.action.id,
        encounter_id=stay.id,
        taken_at=taken_at,
        signs=signs_of(values, request.by, request.at),
    )
    _put(request, entry, stay, told)
    return Done()


def _correct(request: Request) -> Done:
    """What was wrong is marked so and leaves every screen; what is right takes its place."""
    told, why = _values(request), request.text("why")[:_MOST_WHY]
    tx, ward, id = request.tx, request.ward, request.action.subject
    stored = tx.get(ward, "observation_entry", id)
    if stored is None:
        if not tx.departed(ward, *scope_of(request.device), "observation_entry", id):
            raise Forbidden
        return Done("gone", "observation.over")
    before = decode(stored.body, ObservationEntry)
    stay = stay_of(request, before.encounter_id)
    if isinstance(stay, Done):
        return stay
    try:
        after = correct(before, told, request.by, request.at, why)
        unsure = _unsure(request, read_values(_given(after, told)))
    except EntryRefused as refused:
        return _refused(refused)
    if unsure is not None:
        return unsure
    for sign in set(current(before)) - set(current(after)):
        tx.delete(ward, "vital_sign", vital_sign(before, sign).id)
    _put(request, after, stay, told)
    return Done()


def _given(entry: ObservationEntry, told: Told) -> Told:
    """What now stands of the signs that were touched."""
    return {
        value.parameter.value: value.text
        for sign in current(entry)
        for value in sign.values
        if any(other.parameter.value in told for other in sign.values)
    }


def _put(request: Request, entry: ObservationEntry, stay: Stored, told: Told) -> None:
    """Keep the set, and of its signs those that were touched: of the others the hospital system
    may have said otherwise meanwhile."""
    touched = {sign_name(Parameter(name)) for name in told}
    place = {"bed": stay.bed, "room": stay.room}
    request.tx.put(request.ward, "observation_entry", entry.id, entry, **place)
    for sign in (one for one in current(entry) if one.name in touched):
        body = vital_sign(entry, sign)
        request.tx.put(request.ward, "vital_sign", body.id, body, **place)


def _values(request: Request) -> Told:
    """What is told by parameter. Raises BadData where nothing is, or something unknown."""
    beside = ("taken_at", "confirmed", "why")
    told = {name: raw for name, raw in request.action.data.items() if name not in beside}
    if not told or any(name not in tuple(Parameter) for name in told):
        raise BadData("action.bad_request", f"{request.action.kind} needs values by parameter")
    return told


def _unsure(request: Request, values: tuple[EnteredValue, ...]) -> Done | None:
    """The question that a value raises, unless it was answered already."""
    confirmed = str(request.action.data.get("confirmed") or "").split(",")
    asked = [one.value for one in improbable(values) if one.value not in confirmed]
    if not asked:
        return None
    return Done("refused", "observation.improbable", {"parameters": ",".join(asked)})


def _refused(refused: EntryRefused) -> Done:
    about = "" if refused.parameter is None else refused.parameter.value
    return Done("refused", refused.key, {"parameters": about})


def _taken_at(request: Request) -> datetime | None:
    """When it was measured; None where that cannot be. Raises BadData for what is no time."""
    raw = request.action.data.get("taken_at")
    if raw is None:
        return request.at
    try:
        at = datetime.fromisoformat(str(raw))
    except ValueError as error:
        raise BadData("action.bad_request", "data.taken_at is no time") from error
    if at.tzinfo is None:
        raise BadData("action.bad_request", "data.taken_at needs a time zone")
    at = at.astimezone(request.at.tzinfo)
    return at if request.at - _OLDEST <= at <= request.at + AHEAD else None


RULES: dict[str, Rule] = {
    # Whenever it arrives: it says itself when it was, and of whom.
    ActionKind.OBSERVATION_ENTER: Rule(_enter, staff=False),
    ActionKind.OBSERVATION_CORRECT: Rule(_correct, staff=True),
}
