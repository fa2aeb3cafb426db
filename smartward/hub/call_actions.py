"""What the actions on nurse calls do; the lifecycle itself is `clinical/nurse_call.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from uuid6 import uuid7

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.call_mark import Actor
from smartward.clinical.call_order import order_of
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallClass, CallReason, ClosePlace, NurseCall, is_open
from smartward.clinical.routing import on_duty
from smartward.clinical.ward import Roster, Ward
from smartward.errors import BadData
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.entrusting import held_elsewhere
from smartward.hub.right_bed_writes import where_from
from smartward.hub.store.model import Stored, decode, instant
from smartward.hub.views import scope_of
from smartward.hub.ward_calls import KIND, asked_last, open_call, press_again, put_call
from smartward.wire.envelope import ActionKind

# ---------------------------------------------------------------------- presses: never refused


def _place(request: Request) -> Done:
    """A press at the device's own bed. An id that a call has already means that call: told of it
    again, nothing is new; once it is closed, or for another class, the press is a call of its own,
    for a press is never lost."""
    bed_id = request.text("bed_id")
    call_class = _word(CallClass, request.text("class"))
    if bed_id != request.device.place:
        raise Forbidden
    subject = request.action.subject
    id = request.tx.alias_of(request.ward, KIND, subject)
    known = request.tx.get(request.ward, KIND, id)
    if known is None:
        return _press(request, subject, bed_id, call_class)
    if not reaches(request.device, known.bed, known.room):
        raise Forbidden
    call = decode(known.body, NurseCall)
    if call.call_class is call_class and call.bed_id == bed_id:
        if call.closed_at is None:
            return Done(seq=known.seq, values={"call_id": known.id})
        if _before_end(request, call):
            values: dict[str, str | int] = {"at": instant(call.closed_at), "call_id": call.id}
            return Done("gone", "action.call_closed", values, known.seq)
    again = _press(request, request.action.id, bed_id, call_class)
    if id != subject and not is_open(call) and again.values is not None:
        request.tx.alias_set(request.ward, KIND, subject, str(again.values["call_id"]))
    return again


def _again(request: Request) -> Done:
    """One more press. After the call was closed it is a new call; before, it was answered. What
    was pressed at a call point is pressed again there: at the screen it is a normal call. So is
    what is pressed at a call that this hub does not know here: its file may have lost it, and a
    press is never lost."""
    try:
        stored = _find(request)
    except Forbidden:
        if not request.of_this_history:
            raise  # the screen hears of this history first, and tells what it is about
        stored = None
    if stored is None:
        return _press(request, request.action.id, request.device.place or "", CallClass.NORMAL)
    call = decode(stored.body, NurseCall)
    if call.closed_at is None:
        return _change(request, stored, where_from(request, _pressed(request, call)))
    if _before_end(request, call):
        return Done("gone", "action.call_closed", {"at": instant(call.closed_at)}, stored.seq)
    again = CallClass.NORMAL if call.call_point_id is not None else call.call_class
    return _press(request, request.action.id, call.bed_id, again)


def _before_end(request: Request, call: NurseCall) -> bool:
    """Whether who ended the call had this press before them. Of one whose time is estimated nobody
    can tell: its machine may have started with a clock that is wrong."""
    ended = order_of(call).ended
    own = request.tx.own(request.at)
    before = ended is not None and own <= ended and not request.tx.in_doubt(own, ended)
    return before and not request.estimated


def _press(request: Request, id: str, bed_id: str, call_class: CallClass) -> Done:
    """Where a call of this class is open at the bed, the press joins it, and `id` means that
    call from now on; it keeps its first time. Else it is a new call."""
    joined = open_call(request.tx, request.ward, bed_id, call_class, None)
    if joined is None and request.tx.alias_of(request.ward, KIND, id) != id:
        # What is looked for under this id is another call, over and forgotten: from now on it is
        # the new one, which has an id of its own.
        free = str(uuid7())
        request.tx.alias_set(request.ward, KIND, id, free)
        id = free
    if joined is not None:
        request.tx.alias_set(request.ward, KIND, id, joined.id)
        call = _pressed(request, joined)
    else:
        call = lifecycle.place(
            id,
            bed_id,
            request.device.id,
            call_class,
            request.at,
            request.tx.now,
            encounter_id=request.action.seen.encounter_id,
            estimated=request.estimated,
            actor=request.by,
        )
    _put(request, where_from(request, call))
    return Done(values={"call_id": call.id})


def _pressed(request: Request, call: NurseCall) -> NurseCall:
    return press_again(
        request.tx,
        request.ward,
        call,
        request.at,
        request.settings,
        estimated=request.estimated,
    )


def _reason(request: Request) -> Done:
    """What the patient needs; told of a call closed meanwhile, it belongs to the one after it."""
    reason = _word(CallReason, request.text("reason"))
    if reason is CallReason.LINE_LOST:
        raise BadData("action.bad_request", "a lost line is no patient's reason")
    stored = _find(request)
    if stored is None:
        return _over()
    call, after = decode(stored.body, NurseCall), None
    if not is_open(call):
        point = call.call_point_id
        after = open_call(request.tx, request.ward, call.bed_id, call.call_class, point)
    return _change(request, stored, lifecycle.give_reason(after or call, reason, request.at))


# ---------------------------------------------------------------------- what staff do


def _shown(request: Request, call: NurseCall) -> NurseCall:
    """Drawn by a station that answers for the calls; another one's word counts for nothing."""
    if held_elsewhere(request.tx, request.ward, request.device.id) is not None:
        return call
    return lifecycle.shown(call, request.at, request.by)


def _heard(request: Request, call: NurseCall) -> NurseCall:
    """Where another station holds the ward's calls, none but that one may quiet them."""
    holder = held_elsewhere(request.tx, request.ward, request.device.id)
    if holder is not None:
        raise lifecycle.CallRefused("entrusting.refused.not_here", label=holder.to_label)
    return lifecycle.heard(call, request.at, request.by)


def _lower(request: Request, call: NurseCall) -> NurseCall:
    why = request.action.data.get("why")
    return lifecycle.lower(call, request.at, request.by, why if isinstance(why, str) else "")


def _hand_over(request: Request, call: NurseCall) -> NurseCall:
    """To a colleague of the roster who is on duty now, as far as the roster tells."""
    staff_id = request.text("staff_id")
    house = request.tx.get(request.ward, "ward", request.ward)
    ward = None if house is None else decode(house.body, Ward)
    stored = request.tx.get(request.ward, "roster", "roster")
    members = () if stored is None else decode(stored.body, Roster).members
    for member in members:
        if member.id == staff_id:
            if not on_duty(member, ward, request.tx.now):
                raise lifecycle.CallRefused("routing.off_duty", name=member.name)
            to = Actor(
                device_id=request.device.id,
                person_id=member.id,
                name=member.name,
                family=member.family,
                known="name",
            )
            return lifecycle.hand_over(call, request.at, request.by, to)
    raise lifecycle.CallRefused("action.unknown_staff")


def _close(request: Request, call: NurseCall) -> NurseCall:
    """After an end whose time is estimated each press is a call: nobody can tell whether it was
    answered by it."""
    reason = request.action.data.get("reason")
    if request.estimated and is_open(call):
        call = replace(call, order=replace(order_of(call), ended=_BEFORE_ALL))
    return lifecycle.close(
        call,
        request.at,
        request.by,
        _where(request, call),
        reason=reason if isinstance(reason, str) else None,
        station_may_close=request.settings.station_may_close,
    )


def _where(request: Request, call: NurseCall) -> ClosePlace:
    """A screen at the call's bed stands in for the one at which it was made, once that one is gone
    or stands elsewhere. Nothing stands in for a call point: who lies in the bathroom is seen from
    no screen."""
    device = request.device
    if device.role is ScreenRole.STATION:
        return ClosePlace.STATION
    if call.call_point_id is not None:
        return ClosePlace.ROOM
    origin = request.access.device(call.device_id)
    replaced = (
        device.role is ScreenRole.BEDSIDE
        and device.place == call.bed_id
        and (origin is None or origin.place != call.bed_id)
    )
    own = device.id == call.device_id or replaced
    return ClosePlace.ORIGIN if own else ClosePlace.ROOM


# ---------------------------------------------------------------------- common


_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
"""By the ward's own time."""

Change = Callable[[Request, NurseCall], NurseCall]
Word = TypeVar("Word", bound=StrEnum)


def _rule(change: Change, *, staff: bool) -> Rule:
    def handle(request: Request) -> Done:
        stored = _find(request)
        if stored is None:
            return _over()
        return _change(request, stored, change(request, decode(stored.body, NurseCall)))

    return Rule(handle, staff=staff)


def _answering(change: Change, *, timed: bool = False) -> Rule:
    """What answers a call answers only what had been asked when the screen was touched, at the
    earliest: it is refused when the call asked again since (`asked_last`), whatever clock was set
    meanwhile, and where nobody can tell: its machine was started anew since, perhaps with a clock
    that is wrong.
    """

    def guarded(request: Request, call: NurseCall) -> NurseCall:
        tx, last = request.tx, asked_last(call, timed=timed)
        # Whoever saw this call touched later than it was made, whatever a clock says; but not who
        # saw one that has only since been joined to it.
        joined = request.action.subject != call.id
        own, seen = tx.own(request.earliest), last == order_of(call).placed and not joined
        newer = own < last or request.estimated or tx.in_doubt(own, last)
        if is_open(call) and newer and not seen:
            raise lifecycle.CallRefused("action.asked_again", at=instant(last + tx.ahead))
        return change(request, call)

    return _rule(guarded, staff=True)


def _word(kind: type[Word], text: str) -> Word:
    try:
        return kind(text)
    except ValueError as error:
        raise BadData("action.bad_request", f"{text} is no {kind.__name__}") from error


def _find(request: Request) -> Stored | None:
    """The call an action is about; None when it is over and forgotten.

    Raises Forbidden for a call of another place, and alike for one that never was.
    """
    tx, ward, device = request.tx, request.ward, request.device
    id = tx.alias_of(ward, KIND, request.action.subject)
    stored = tx.get(ward, KIND, id)
    if stored is not None and reaches(device, stored.bed, stored.room):
        return stored
    if tx.departed(ward, *scope_of(device), KIND, id):
        return None
    raise Forbidden


def _over() -> Done:
    return Done("gone", "action.call_over")


def _change(request: Request, stored: Stored, new: NurseCall) -> Done:
    """Store what became of a call; nothing, when it is the same."""
    if decode(stored.body, NurseCall) != new:
        _put(request, new)
    return Done(seq=stored.seq, values={"call_id": new.id})


def _put(request: Request, call: NurseCall) -> None:
    put_call(request.tx, request.ward, call, request.settings, request.older)


RULES: dict[str, Rule] = {
    ActionKind.CALL_PLACE: Rule(_place, staff=False),
    ActionKind.CALL_AGAIN: Rule(_again, staff=False),
    ActionKind.CALL_REASON: Rule(_reason, staff=False),
    ActionKind.CALL_NOT_NEEDED: _rule(
        lambda r, call: lifecycle.not_needed(call, r.at, r.by), staff=False
    ),
    ActionKind.CALL_SHOWN: _rule(_shown, staff=False),
    ActionKind.CALL_HEARD: _answering(_heard, timed=True),
    ActionKind.CALL_LOWER: _answering(_lower, timed=True),
    ActionKind.CALL_ACCEPT: _answering(lambda r, call: lifecycle.accept(call, r.at, r.by)),
    ActionKind.CALL_REINFORCE: _rule(
        lambda r, call: lifecycle.reinforce(call, r.at, r.by), staff=True
    ),
    ActionKind.CALL_HAND_OVER: _rule(_hand_over, staff=True),
    ActionKind.CALL_ARRIVE: _answering(lambda r, call: lifecycle.arrive(call, r.at, r.by)),
    ActionKind.CALL_CLOSE: _answering(_close),
}
