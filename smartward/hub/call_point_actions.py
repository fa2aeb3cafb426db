"""What a call point tells: a press, its reset, presence, its wire and its heartbeat.

A point belongs to exactly one device, the one named in its `via`; whoever else tells of it gets the
answer of a point that does not exist.
"""

from uuid6 import uuid7

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor, same_person
from smartward.clinical.call_order import order_of
from smartward.clinical.call_point import CLASS_OF, CallPoint, CallPointEvent, CallPointKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallClass, ClosePlace, NurseCall
from smartward.errors import BadData
from smartward.hub import point_watch, room_presence
from smartward.hub.access import Forbidden
from smartward.hub.actions import TOLD_FOR, Done, Request, Rule
from smartward.hub.point_watch import find_point
from smartward.hub.presence_actions import came, gone
from smartward.hub.right_bed_writes import where_from
from smartward.hub.store.model import decode
from smartward.hub.views import scope_of
from smartward.hub.ward_calls import (
    KIND,
    asked_by,
    asked_last,
    open_call,
    open_calls_of,
    press_again,
    put_call,
    who_lies_in,
)
from smartward.wire.envelope import ActionKind


def _event(request: Request) -> Done:
    try:
        event = CallPointEvent(request.text("event"))
    except ValueError as error:
        raise BadData("action.bad_request", "data.event is no CallPointEvent") from error
    _check_presence(_own(request), event)
    point_watch.gateway_heard(request.tx, request.ward, request.device.id)
    point = _own(request)  # as it is now that its device is there
    if event is CallPointEvent.LOST:
        return _lost(request, point)
    mended = event in (CallPointEvent.RESTORED, CallPointEvent.PRESS)
    point = point_watch.find_again(request.tx, request.ward, point, wire=mended)
    button = point.kind is CallPointKind.PRESENCE_BUTTON
    if event is CallPointEvent.PRESENCE or (button and event is CallPointEvent.PRESS):
        return _presence(request, point)
    if event is CallPointEvent.PRESS:
        return _press(request, point, CLASS_OF[point.kind])
    return _reset(request, point) if event is CallPointEvent.RESET else Done()


def _own(request: Request) -> CallPoint:
    """The point, where this very device reports it. Raises Forbidden alike for one that is not
    there, one of another device, and one from which a screen was moved away."""
    device = request.device
    point = find_point(request.tx, request.ward, request.action.subject)
    if point is None or point.via != device.id:
        raise Forbidden
    if not point_watch.reported_by(device, point):
        raise Forbidden
    return point


def _check_presence(point: CallPoint, event: CallPointEvent) -> None:
    """That somebody is at the bed is told by the room's presence button alone: whoever holds a
    handset may be the patient. Raises BadData for another point."""
    if event is CallPointEvent.PRESENCE and point.kind is not CallPointKind.PRESENCE_BUTTON:
        told = f"{point.id} is a {point.kind}: presence is told by a presence_button only"
        raise BadData("action.bad_request", told)


def _lost(request: Request, point: CallPoint) -> Done:
    """Its wire is cut or its plug was drawn: an alarm (UL 1069, HTM 08-03)."""
    if not point.wire_lost:
        silent = (request.tx.now - request.at).total_seconds()
        lost = point_watch.lose(request.tx, request.ward, point, silent, wire=True)
        point_watch.tell(request.tx, request.ward, lost, request.settings)
    return Done()


def _press(request: Request, point: CallPoint, call_class: CallClass) -> Done:
    """A press at its bed: one more of the open call there, else a new call that ends at the point.
    Whatever its age it is never dropped. A screen that has sent it straight to others calls it by
    the id of the press, so that id means the call from now on."""
    tx, ward = request.tx, request.ward
    id = _id_of_press(request)
    joined = open_call(tx, ward, point.bed_id, call_class, point.id)
    if joined is not None:
        call = press_again(
            tx, ward, joined, request.at, request.settings, estimated=request.estimated
        )
        if id is not None:
            tx.alias_set(ward, KIND, id, call.id)
    else:
        call = lifecycle.place(
            id or str(uuid7()),
            point.bed_id,
            point.id,
            call_class,
            request.at,
            tx.now,
            encounter_id=who_lies_in(tx, ward, point.bed_id),
            estimated=request.estimated,
            actor=_at(point),
            call_point_id=point.id,
        )
    put_call(tx, ward, where_from(request, call), request.settings)
    return Done(values={"call_id": call.id})


def _id_of_press(request: Request) -> str | None:
    """The id of the press, where no call has or had it. Two gateways may count their inputs alike:
    theirs names no call."""
    tx, ward, id = request.tx, request.ward, request.action.id
    free = tx.get(ward, KIND, id) is None and tx.alias_of(ward, KIND, id) == id
    if request.device.role is ScreenRole.GATEWAY or not free:
        return None
    return None if tx.departed(ward, *scope_of(request.device), KIND, id) else id


def _reset(request: Request, point: CallPoint) -> Done:
    """Its own reset button: the calls made there end, for somebody stands at it. A press after the
    reset is not ended by it."""
    for call in open_calls_of(request.tx, request.ward, point.id):
        if _knew(request, call):
            ended = lifecycle.close(call, request.at, _at(point), ClosePlace.ORIGIN)
            put_call(request.tx, request.ward, ended, request.settings, request.older)
    return Done()


def _knew(request: Request, call: NurseCall) -> bool:
    """Whether the button was pressed after all that the call asked. Of an estimated time no clock
    tells: then the call did not ask again, and its press came from this very device before, which
    tells of a point in order."""
    if not asked_by(request.tx, call, request.earliest):
        return False
    if not request.estimated:
        return True
    told = request.tx.answer_get(request.device.id, call.id)
    by_itself = told is not None and told.hash != TOLD_FOR
    return by_itself and asked_last(call) == order_of(call).placed


def _presence(request: Request, point: CallPoint) -> Done:
    """The button of the room: somebody is here; pressed again, that one has gone. People who said
    who they are go by their own word."""
    tx, ward, by = request.tx, request.ward, _at(point)
    stored = tx.get(ward, "bed", point.bed_id)
    room = point.room_id if stored is None else decode(stored.body, Bed).room_id
    if any(same_person(one.by, by) for one in room_presence.people(tx, ward, room)):
        gone(request, room, by)
    else:
        came(request, room, by)
    return Done()


def _at(point: CallPoint) -> Actor:
    """Somebody at the point, of whom no more is known."""
    return Actor(device_id=point.id)


RULES: dict[str, Rule] = {ActionKind.CALL_POINT_EVENT: Rule(_event, staff=False)}
