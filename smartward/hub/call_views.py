"""Who may see what of calls, and of who is there for them: the views of the places that are told.

None of them depends on the terms of a place: of people there is nothing in them but who comes.
"""

from dataclasses import fields, replace

from smartward.clinical.call_mark import Actor, Mark, MarkKind
from smartward.clinical.call_point import CLASS_OF, CallPoint
from smartward.clinical.drill import DrillCall, DrillStage, is_under_way
from smartward.clinical.nurse_call import CallState, NurseCall, is_open, nobody_came
from smartward.clinical.presence import Presence
from smartward.wire.call_view import BedsideCall, CorridorCall, call_view, on_the_way
from smartward.wire.views import CallPointView, DrillCallView, PresenceView

_OF_CORRIDOR = tuple(one.name for one in fields(CorridorCall))


def corridor_call(call: NurseCall) -> CorridorCall | None:
    """What everybody may read from afar: less of the same than a door is told."""
    seen = call_view(call)
    if seen is None:
        return None
    return CorridorCall(**{name: getattr(seen, name) for name in _OF_CORRIDOR})


def bedside_call(call: NurseCall) -> BedsideCall:
    """The patient's own call, as its bed shows it."""
    return BedsideCall(
        id=call.id,
        bed_id=call.bed_id,
        call_class=call.call_class,
        priority=call.priority,
        state=call.state,
        placed_at=call.placed_at,
        estimated=call.estimated,
        presses=call.presses,
        last_press_at=call.last_press_at,
        # Once closed, nobody needs to read why it was: the next patient's screen least of all.
        reason=call.reason if is_open(call) else None,
        marks=tuple(_mark(mark) for mark in call.marks),
        on_the_way=on_the_way(call),
        present=call.state is CallState.IN_PROGRESS,
        seen_by_station=_has(call, MarkKind.SHOWN),
        nobody_came=nobody_came(call),
        closed_at=call.closed_at,
    )


def _has(call: NurseCall, kind: MarkKind) -> bool:
    return any(mark.kind is kind for mark in call.marks)


def _mark(mark: Mark) -> Mark:
    """Who is on the way, by family name and as found on the roster; else only what and when."""
    by = mark.by if mark.kind is MarkKind.ON_THE_WAY else None
    who = by and Actor(
        device_id="", person_id=by.person_id, family=by.family or by.name, known=by.known
    )
    return Mark(kind=mark.kind, at=mark.at, by=who)


def presence_view(presence: Presence) -> PresenceView:
    """Who is in a room, for its door and its beds."""
    return PresenceView(
        bed_id=presence.bed_id,
        room_id=presence.room_id,
        families=tuple(p.by.family or "" for p in presence.people),
        since=min((p.since for p in presence.people), default=None),
        # Of another bed's call its number, kind and age; its id is that bed's own.
        next_call=presence.next_call and replace(presence.next_call, call_id=""),
    )


def call_point_view(point: CallPoint) -> CallPointView:
    """Whether a wired call point can be trusted, for its bed."""
    return CallPointView(
        id=point.id,
        bed_id=point.bed_id,
        lost_since=point.lost_since,
        call_class=CLASS_OF.get(point.kind),
    )


def drill_call_view(call: DrillCall) -> DrillCallView | None:
    """A test call under way; None before and after."""
    if not is_under_way(call):
        return None
    return DrillCallView(
        id=call.id,
        bed_id=call.bed_id,
        device_id=call.device_id,
        placed=call.stage is DrillStage.PLACED,
        lamps=call.lamps,
    )
