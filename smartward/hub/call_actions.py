"""What the actions on nurse calls do; the lifecycle itself is `clinical/nurse_call.py`."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import RINGS, Actor, MarkKind
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import (
    RED_FLAGS,
    CallClass,
    CallReason,
    ClosePlace,
    NurseCall,
    is_open,
)
from smartward.clinical.ward import Roster
from smartward.errors import BadData
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.escalation import set_deadline
from smartward.hub.store.model import Stored, decode, instant
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

KIND = "nurse_call"


# ---------------------------------------------------------------------- presses: never refused


def _place(request: Request) -> Done:
    """A press at the device's own bed."""
    bed_id = request.text("bed_id")
    call_class = _word(CallClass, request.text("class"))
    if bed_id != request.device.place:
        raise Forbidden
    known = request.tx.get(request.ward, KIND, request.action.subject)
    if known is None:
        return _press(request, request.action.subject, bed_id, call_class)
    if not reaches(request.device, known.bed, known.room):
        raise Forbidden
    return Done(seq=known.seq, values={"call_id": known.id})


def _again(request: Request) -> Done:
    """One more press. After the call was closed it is a new call; before, it was answered."""
    stored = _find(request)
    if stored is None:
        return _press(request, request.action.id, request.device.place or "", CallClass.NORMAL)
    call = decode(stored.body, NurseCall)
    if call.closed_at is None:
        return _change(request, stored, lifecycle.press_again(call, request.at))
    if request.at <= call.closed_at:
        return Done("gone", "action.call_closed", {"at": instant(call.closed_at)}, stored.seq)
    return _press(request, request.action.id, call.bed_id, call.call_class)


def _press(request: Request, id: str, bed_id: str, call_class: CallClass) -> Done:
    """Where a call of this class is open at the bed, the press joins it, and `id` means that
    call from now on; it keeps its first time. Else it is a new call."""
    joined = _open_call(request, bed_id, call_class)
    if joined is not None:
        request.tx.alias_set(request.ward, KIND, id, joined.id)
        call = lifecycle.press_again(joined, request.at)
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
    _put(request, call)
    return Done(values={"call_id": call.id})


def _reason(request: Request) -> Done:
    """What the patient needs; told of a call closed meanwhile, it belongs to the one after it."""
    reason = _word(CallReason, request.text("reason"))
    stored = _find(request)
    if stored is None:
        return _over()
    call = decode(stored.body, NurseCall)
    after = None if is_open(call) else _open_call(request, call.bed_id, call.call_class)
    return _change(request, stored, lifecycle.give_reason(after or call, reason, request.at))


# ---------------------------------------------------------------------- what staff do


def _hand_over(request: Request, call: NurseCall) -> NurseCall:
    staff_id = request.text("staff_id")
    stored = request.tx.get(request.ward, "roster", "roster")
    members = () if stored is None else decode(stored.body, Roster).members
    for member in members:
        if member.id == staff_id:
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
    reason = request.action.data.get("reason")
    return lifecycle.close(
        call,
        request.at,
        request.by,
        _where(request, call),
        reason=reason if isinstance(reason, str) else None,
        station_may_close=request.settings.station_may_close,
    )


def _where(request: Request, call: NurseCall) -> ClosePlace:
    """A screen that replaced the one at which the call was made stands in for it."""
    device = request.device
    if device.role is ScreenRole.STATION:
        return ClosePlace.STATION
    replaced = (
        device.role is ScreenRole.BEDSIDE
        and device.place == call.bed_id
        and request.access.device(call.device_id) is None
    )
    own = device.id == call.device_id or replaced
    return ClosePlace.ORIGIN if own else ClosePlace.ROOM


# ---------------------------------------------------------------------- common


Change = Callable[[Request, NurseCall], NurseCall]
Word = TypeVar("Word", bound=StrEnum)


def _rule(change: Change, *, staff: bool) -> Rule:
    def handle(request: Request) -> Done:
        stored = _find(request)
        if stored is None:
            return _over()
        return _change(request, stored, change(request, decode(stored.body, NurseCall)))

    return Rule(handle, staff=staff)


_TIMED = frozenset({MarkKind.ESCALATED, MarkKind.RESOUNDED})


def _answering(change: Change, unheard: frozenset[MarkKind] = RINGS - _TIMED) -> Rule:
    """What answers a call answers only what had been asked when the screen was touched: it is
    refused when the call was pressed again since, or has one of the marks `unheard`.

    What a timer alone has raised meanwhile did not know of the touch, and is answered by it.
    """

    def guarded(request: Request, call: NurseCall) -> NurseCall:
        # Marks do not tell a red flag from an escalation: with one, every escalation counts.
        kinds = unheard | {MarkKind.ESCALATED} if call.reason in RED_FLAGS else unheard
        asked = [mark.at for mark in call.marks if mark.kind in kinds]
        last = max([*asked, call.last_press_at or call.placed_at])
        if is_open(call) and last > request.at and last > call.placed_at:
            raise lifecycle.CallRefused("action.asked_again", at=instant(last))
        return change(request, call)

    return _rule(guarded, staff=True)


def _word(kind: type[Word], text: str) -> Word:
    try:
        return kind(text)
    except ValueError as error:
        raise BadData("action.bad_request", f"{text} is no {kind.__name__}") from error


def _open_call(request: Request, bed_id: str, call_class: CallClass) -> NurseCall | None:
    """There is at most one: a second press joins it."""
    for stored in request.tx.of_bed(request.ward, KIND, bed_id):
        call = decode(stored.body, NurseCall)
        if call.call_class is call_class and is_open(call):
            return call
    return None


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
    request.tx.put(request.ward, KIND, call.id, call, bed=call.bed_id, room=_room(request, call))
    set_deadline(request.tx, request.ward, call, request.settings)


def _room(request: Request, call: NurseCall) -> str | None:
    """The bed's room; while the bed is not known, the room that the call had."""
    bed = request.tx.get(request.ward, "bed", call.bed_id)
    if bed is not None:
        return decode(bed.body, Bed).room_id
    stored = request.tx.get(request.ward, KIND, call.id)
    return None if stored is None else stored.room


RULES: dict[str, Rule] = {
    ActionKind.CALL_PLACE: Rule(_place, staff=False),
    ActionKind.CALL_AGAIN: Rule(_again, staff=False),
    ActionKind.CALL_REASON: Rule(_reason, staff=False),
    ActionKind.CALL_NOT_NEEDED: _rule(
        lambda r, call: lifecycle.not_needed(call, r.at, r.by), staff=False
    ),
    ActionKind.CALL_SHOWN: _rule(lambda r, call: lifecycle.shown(call, r.at, r.by), staff=False),
    ActionKind.CALL_HEARD: _answering(lambda r, call: lifecycle.heard(call, r.at, r.by), RINGS),
    ActionKind.CALL_ACCEPT: _answering(lambda r, call: lifecycle.accept(call, r.at, r.by)),
    ActionKind.CALL_REINFORCE: _rule(
        lambda r, call: lifecycle.reinforce(call, r.at, r.by), staff=True
    ),
    ActionKind.CALL_HAND_OVER: _rule(_hand_over, staff=True),
    ActionKind.CALL_ARRIVE: _answering(lambda r, call: lifecycle.arrive(call, r.at, r.by)),
    ActionKind.CALL_CLOSE: _answering(_close),
}
