"""The ward's calls in one transaction: found, pressed and put, with all that hangs on them."""

from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.call_order import order_of, ordered, pressed
from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.freshness import AHEAD
from smartward.clinical.nurse_call import (
    CallClass,
    CallReason,
    CallSettings,
    NurseCall,
    is_open,
)
from smartward.hub import next_call, possible_calls
from smartward.hub.escalation import set_deadline
from smartward.hub.room_presence import attended
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

KIND = "nurse_call"


def put_call(
    tx: Tx, ward: str, call: NurseCall, settings: CallSettings, older: timedelta = timedelta(0)
) -> None:
    """Store a call at its bed, and at others where it may be from; its deadline, and what the rooms
    repeat of it. `older`: as in `ordered`."""
    stored = tx.get(ward, KIND, call.id)
    was = None if stored is None else decode(stored.body, NurseCall)
    call = ordered(was, call, tx.now, tx.ahead, older)
    tx.put(ward, KIND, call.id, call, bed=call.bed_id, room=room_of(tx, ward, call))
    possible_calls.follow(tx, ward, call)
    set_deadline(tx, ward, call, settings)
    next_call.refresh(tx, ward)


def room_of(reader: Reader, ward: str, call: NurseCall) -> str | None:
    """The bed's room; while the bed is not known, the room that the call had."""
    bed = reader.get(ward, "bed", call.bed_id)
    if bed is not None:
        return decode(bed.body, Bed).room_id
    stored = reader.get(ward, KIND, call.id)
    return None if stored is None else stored.room


def open_call(
    reader: Reader, ward: str, bed_id: str, call_class: CallClass, point_id: str | None
) -> NurseCall | None:
    """The open call that a press joins. A bed has one *normal* call, wherever it was pressed; any
    other class has one for each call point: each ends at its own, and one must not end another's.
    """
    for stored in reader.of_bed(ward, KIND, bed_id):
        call = decode(stored.body, NurseCall)
        if call.call_class is not call_class or not is_open(call):
            continue
        if call_class is CallClass.NORMAL or call.call_point_id == point_id:
            return call
    return None


def calls_at(reader: Reader, device: Device) -> bool:
    """Whether a call is open at the screen's bed or room; for one of the whole ward: anywhere."""
    stored = reader.all(device.ward, KIND)
    if device.role not in WARD_WIDE_ROLES:
        room = device.role is ScreenRole.DOOR
        stored = [one for one in stored if device.place == (one.room if room else one.bed)]
    return any(is_open(decode(one.body, NurseCall)) for one in stored)


def open_calls_of(reader: Reader, ward: str, point_id: str) -> list[NurseCall]:
    """The open calls that were made at a call point, wherever its bed is now."""
    calls = (call for call, _ in next_call.open_calls(reader, ward))
    return [call for call in calls if call.call_point_id == point_id]


def press_again(
    tx: Tx,
    ward: str,
    call: NurseCall,
    at: datetime,
    settings: CallSettings,
    *,
    estimated: bool = False,
) -> NurseCall:
    """One more press of an open call, in a room where somebody is or is not. A press whose time is
    `estimated`, or in doubt, is news: nothing proves that it is old."""
    order, own = order_of(call), tx.own(at)
    call = replace(call, order=order)
    known = order.placed if order.there is None else max(order.placed, order.there)
    doubt = tx.in_doubt(own, known)
    late = lifecycle.pressed_before(call, own) and not doubt and not estimated
    room = room_of(tx, ward, call)
    here = room is not None and attended(tx, ward, room, tx.now)
    if not late and call.last_press_at is not None and call.last_press_at > tx.now + AHEAD:
        # It was before the clock was set back: this press is the newer one.
        call = replace(call, last_press_at=None)
    again = lifecycle.press_again(call, at, settings, here, late)
    return again if late else pressed(again, tx.at_latest(own) if doubt else own)


def asked_last(call: NurseCall, *, timed: bool = False) -> datetime:
    """When the call last asked for somebody, by a press or in another way, by the ward's own time.
    What a timer alone has raised meanwhile did not know of anybody's touch: it counts only with
    `timed`."""
    order = order_of(call)
    return order.rung if timed else order.asked


def asked_by(tx: Tx, call: NurseCall, at: datetime) -> bool:
    """Whether whoever touched at `at` surely knew all that the call asked."""
    own, last = tx.own(at), asked_last(call)
    return last <= own and not tx.in_doubt(own, last)


def line_lost(
    tx: Tx, ward: str, point: CallPoint, id: str, at: datetime, settings: CallSettings
) -> bool:
    """Tell at the bed that its call point cannot be trusted. False, and nothing done, while a
    normal call is open there that is about something else: another lost point as well."""
    known = open_call(tx, ward, point.bed_id, CallClass.NORMAL, point.id)
    if known is not None:
        return known.reason is CallReason.LINE_LOST and known.call_point_id == point.id
    call = lifecycle.place(
        id,
        point.bed_id,
        point.id,
        CallClass.NORMAL,
        at,
        tx.now,
        encounter_id=who_lies_in(tx, ward, point.bed_id),
        actor=Actor(device_id=point.id),
        call_point_id=point.id,
        reason=CallReason.LINE_LOST,
    )
    put_call(tx, ward, call, settings)
    return True


def who_lies_in(reader: Reader, ward: str, bed_id: str) -> str | None:
    """The one stay in a bed, where that is certain."""
    stored = reader.get(ward, "bed", bed_id)
    bed = None if stored is None else decode(stored.body, Bed)
    if bed is None or bed.conflict is not None or len(bed.occupants) != 1:
        return None
    return bed.occupants[0]
