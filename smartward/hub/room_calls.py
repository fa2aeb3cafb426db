"""What coming and leaving does to the calls of a room, and a presence that nobody ended."""

import dataclasses
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from smartward.clinical import nurse_call as lifecycle
from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor, same_person
from smartward.clinical.call_order import order_of
from smartward.clinical.freshness import AHEAD
from smartward.clinical.nurse_call import CallSettings, NurseCall, is_open
from smartward.clinical.presence import Present
from smartward.hub import audit, room_presence
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.ward_calls import KIND, asked_by, put_call
from smartward.wire.envelope import ActionKind

log = logging.getLogger("smartward.presence")

_NO_TIME = timedelta(0)
_HUB = Actor(device_id="hub")
"""Who ends what nobody ended."""

ENDS = "presence"
"""Kind of the deadline at which a room's oldest presence ends, if nobody marks it again."""


def enter(
    tx: Tx,
    ward: str,
    room_id: str,
    by: Actor,
    at: datetime,
    settings: CallSettings,
    older: timedelta = _NO_TIME,
    *,
    answers: bool = True,
) -> None:
    """`by` is in the room since `at`, or `older` longer: where that `answers`, the clocks of its
    calls stop, as far as they asked before that. Nobody is in two rooms: whoever was elsewhere has
    left there. What is told late of a visit that is over changes nothing: nobody is there whom it
    could mean."""
    earliest = at - older
    if room_presence.is_over(tx, ward, room_id, by, earliest):
        return
    room_presence.noted(tx, ward, room_presence.key_of(by), earliest)
    if by.person_id is not None:
        for room, here in room_presence.rooms(tx, ward).items():
            if room != room_id and any(same_person(one.by, by) for one in here):
                leave(tx, ward, room, by, at, settings, older=older)
    room_presence.add(tx, ward, room_id, by, at, older)
    expect(tx, ward, room_id, settings)
    for call in _open_calls(tx, ward, room_id):
        if answers and asked_by(tx, call, earliest):
            put_call(tx, ward, lifecycle.arrive(call, at, by), settings, older)


def leave(
    tx: Tx,
    ward: str,
    room_id: str,
    by: Actor,
    at: datetime,
    settings: CallSettings,
    staff_id: str | None = None,
    older: timedelta = _NO_TIME,
) -> None:
    """`by` leaves the room, or says that `staff_id` has gone who forgot to. With the last one gone
    every call of the room is over or asks again. Where it may have been `older` longer ago, whoever
    may have come since has left all the same, but what may have asked since is not over by it."""
    own = tx.own(at)
    if staff_id is None:
        room_presence.noted(tx, ward, room_presence.key_of(by), at)
    else:
        gone = dataclasses.replace(by, person_id=staff_id)
        room_presence.noted(tx, ward, room_presence.key_of(gone), at, room_id)
    last = room_presence.remove(tx, ward, room_id, _leaves(tx, by, own, staff_id))
    if by.person_id is not None and _only_the_button(room_presence.people(tx, ward, room_id)):
        # She pressed the room's button and held her badge to the door: one person, twice marked.
        room_presence.noted(tx, ward, room_presence.SOMEBODY, at, room_id)
        last = room_presence.remove(tx, ward, room_id, _was_there(tx, own)) or last
    expect(tx, ward, room_id, settings)
    if last:
        _let_go(tx, ward, room_id, by, at, settings, older)


def _let_go(
    tx: Tx,
    ward: str,
    room_id: str,
    by: Actor,
    at: datetime,
    settings: CallSettings,
    older: timedelta = _NO_TIME,
) -> None:
    """Nobody is in the room any more: each of its calls is over or asks again."""
    own = tx.own(at)
    for call in _open_calls(tx, ward, room_id):
        order = order_of(call)
        if order.there is not None and tx.surely_before(own, order.there):
            continue
        sure = not any(
            tx.in_doubt(own, one) or own - older < one <= own
            for one in (order.asked, order.there)
            if one is not None
        )
        left = lifecycle.leave(call, at, by, settings.presence_closes_normal and sure)
        if left is not call:
            put_call(tx, ward, left, settings, older)


def expect(tx: Tx, ward: str, room_id: str, settings: CallSettings) -> None:
    """Look at the room again when its oldest presence would end. One that is dated ahead of now,
    from before the clock was set back, counts from now."""
    since = [one.since for one in room_presence.people(tx, ward, room_id)]
    if not since:
        tx.deadline_clear(ward, ENDS, room_id)
        return
    ends = min([*since, tx.now]) + timedelta(seconds=settings.presence_ends_s)
    tx.deadline_set(ward, ENDS, room_id, ends)


def expect_all(tx: Tx, ward: str, settings: CallSettings) -> None:
    """The same for every room: when the hub starts, and when its clock was set."""
    for room_id in room_presence.rooms(tx, ward):
        expect(tx, ward, room_id, settings)


def end_forgotten(tx: Tx, ward: str, room_id: str, settings: CallSettings) -> None:
    """Whoever marked themselves present too long ago has gone without saying so. What they paused
    asks again: nobody said that anything was done, so no call is over by it."""
    oldest = tx.now - timedelta(seconds=settings.presence_ends_s)
    gone = [
        one
        for one in room_presence.people(tx, ward, room_id)
        if one.since <= oldest or one.since > tx.now + AHEAD
    ]
    if room_presence.remove(tx, ward, room_id, lambda one: one in gone):
        log.info("a presence in room %s was never ended: it ends now", room_id)
        open_still = dataclasses.replace(settings, presence_closes_normal=False)
        _let_go(tx, ward, room_id, _HUB, tx.now, open_still)
    for one in gone:
        _tell_ended(tx, ward, room_id, one)
    expect(tx, ward, room_id, settings)


def _tell_ended(tx: Tx, ward: str, room_id: str, present: Present) -> None:
    """Nobody said that they left: the audit tells that it was the time, and whose presence."""
    detail = {"room": room_id}
    if present.by.person_id is not None:
        detail["staff_id"] = present.by.person_id
    beds = room_presence.beds_of(tx, ward, room_id)
    about = About(
        kind="bed", id=beds[0].id if beds else room_id, bed=None, why="time", detail=detail
    )
    audit.record(tx, ward, _HUB, ActionKind.PRESENCE_LEAVE, about)


def _was_there(tx: Tx, own: datetime) -> Callable[[Present], bool]:
    """Somebody who came after the touch (by the ward's own time) has not left by it. In doubt they
    have: while nobody is known to be there, each press rings."""
    return lambda one: not tx.surely_before(own, one.came)


def _leaves(tx: Tx, by: Actor, own: datetime, staff_id: str | None) -> Callable[[Present], bool]:
    """Who is meant, if they were there."""
    there = _was_there(tx, own)

    def gone(one: Present) -> bool:
        if not there(one):
            return False
        return same_person(one.by, by) if staff_id is None else one.by.person_id == staff_id

    return gone


def _only_the_button(people: Iterable[Present]) -> bool:
    return all(one.by.person_id is None for one in people)


def _open_calls(reader: Reader, ward: str, room_id: str) -> list[NurseCall]:
    found = []
    for bed in room_presence.beds_of(reader, ward, room_id):
        calls = (decode(stored.body, NurseCall) for stored in reader.of_bed(ward, KIND, bed.id))
        found += [call for call in calls if is_open(call)]
    return found
