"""Who is in a room: what coming and leaving, told at the bedside or the door, does to its calls."""

from dataclasses import replace

from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallRefused, CallSettings
from smartward.hub import room_calls, room_presence
from smartward.hub.access import Forbidden
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.store.model import decode
from smartward.wire.envelope import ActionKind


def came(request: Request, room: str, by: Actor) -> None:
    """`by` came into the room when the screen was touched. Of an estimated time nobody can tell who
    pressed since: they are there, answer no call, and end none where they were before."""
    at, settings, older = request.at, _settings(request), request.older
    sure = not request.estimated
    room_calls.enter(request.tx, request.ward, room, by, at, settings, older, answers=sure)


def gone(request: Request, room: str, by: Actor, staff_id: str | None = None) -> None:
    """`by` left the room when the screen was touched, or says that `staff_id` did. Of an estimated
    time nobody can tell who came and who pressed since: nobody is there, and no call is over."""
    at = request.tx.now if request.estimated else request.at
    settings, older = _settings(request), request.older
    room_calls.leave(request.tx, request.ward, room, by, at, settings, staff_id, older)


def _settings(request: Request) -> CallSettings:
    if not request.estimated:
        return request.settings
    return replace(request.settings, presence_closes_normal=False)


def _enter(request: Request) -> Done:
    came(request, _room(request), request.by)
    return Done()


def _leave(request: Request) -> Done:
    """The person leaves; with data `staff_id` they say that a colleague has gone who forgot to."""
    staff_id = request.action.data.get("staff_id")
    named = staff_id if isinstance(staff_id, str) and staff_id else None
    gone(request, _room(request), request.by, named)
    return Done()


def _room(request: Request) -> str:
    """The room in which the screen stands; the subject is that room or a bed of it. Raises
    Forbidden for another place, CallRefused while the hospital system has not told of its beds."""
    device, subject = request.device, request.action.subject
    place, at_door = device.place or "", device.role is ScreenRole.DOOR
    room_id = place if at_door else _room_of_bed(request, place)
    beds = [] if room_id is None else room_presence.beds_of(request.tx, request.ward, room_id)
    if subject not in {place, room_id, *(bed.id for bed in beds if at_door)}:
        raise Forbidden
    if room_id is None or not beds:
        raise CallRefused("room_presence.refused.unknown_room")
    return room_id


def _room_of_bed(request: Request, bed_id: str) -> str | None:
    stored = request.tx.get(request.ward, "bed", bed_id)
    return None if stored is None else decode(stored.body, Bed).room_id


RULES: dict[str, Rule] = {
    ActionKind.PRESENCE_ENTER: Rule(_enter, staff=True),
    ActionKind.PRESENCE_LEAVE: Rule(_leave, staff=True),
}
