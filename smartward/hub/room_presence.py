"""Who is in which room: a `presence` document for each bed of a room in which somebody is."""

from collections.abc import Callable
from datetime import datetime, timedelta

from smartward.clinical.bed import Bed
from smartward.clinical.call_mark import Actor, same_person
from smartward.clinical.freshness import AHEAD
from smartward.clinical.presence import NextCall, Presence, Present
from smartward.hub import next_call
from smartward.hub.next_call import PRESENCE
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

FORGOTTEN_AFTER = timedelta(minutes=30)
"""Presence without a new mark for this long is rather forgotten than true: it stays, with its time,
but it no longer keeps a patient's presses from raising a call. (No source; it errs to the side of
the patient.)"""

SOMEBODY = "somebody"
"""Who has gone when the last of a room goes of whom more is known than that a button was pressed:
whoever pressed it."""


def rooms(reader: Reader, ward: str) -> dict[str, tuple[Present, ...]]:
    """Every room in which somebody is, with who."""
    found = {}
    for stored in reader.all(ward, PRESENCE):
        presence = decode(stored.body, Presence)
        found[presence.room_id] = presence.people
    return found


def people(reader: Reader, ward: str, room_id: str) -> tuple[Present, ...]:
    """Who is in a room."""
    return rooms(reader, ward).get(room_id, ())


def attended(reader: Reader, ward: str, room_id: str, now: datetime) -> bool:
    """Whether somebody is in the room, marked lately enough to be believed. What is dated ahead of
    now was marked before the clock was set back: nobody knows any more how long ago."""
    ages = (now - one.since for one in people(reader, ward, room_id))
    return any(-AHEAD <= age < FORGOTTEN_AFTER for age in ages)


def beds_of(reader: Reader, ward: str, room_id: str) -> list[Bed]:
    """The beds of a room in their order."""
    beds = (decode(stored.body, Bed) for stored in reader.all(ward, "bed"))
    return sorted((bed for bed in beds if bed.room_id == room_id), key=lambda bed: bed.order)


def add(
    tx: Tx, ward: str, room_id: str, by: Actor, at: datetime, older: timedelta = timedelta(0)
) -> None:
    """`by` is in the room since `at`, or `older` longer. Whoever was there already says so again:
    it counts from the later of both marks."""
    here = people(tx, ward, room_id)
    others = tuple(one for one in here if not same_person(one.by, by))
    own = tx.own(at - older)
    now = Present(by=by, since=at, order=None if own == at else own)
    mine = [one for one in here if same_person(one.by, by)]
    _write(tx, ward, room_id, (*others, max([now, *mine], key=lambda one: one.came)))


def remove(tx: Tx, ward: str, room_id: str, gone: Callable[[Present], bool]) -> bool:
    """Who is `gone` is no longer in the room; gives whether that was the last one."""
    here = people(tx, ward, room_id)
    left = tuple(one for one in here if not gone(one))
    if left != here:
        _write(tx, ward, room_id, left)
    return bool(here) and not left


def noted(tx: Tx, ward: str, who: str, at: datetime, room_id: str = "") -> None:
    """`who` (`key_of`) came or went at `at`. Said of somebody else it holds for that room only."""
    tx.coming_put(ward, who, room_id, tx.own(at))


def is_over(tx: Tx, ward: str, room_id: str, by: Actor, at: datetime) -> bool:
    """Whether a coming at `at` is over already: `by` came elsewhere or went after it, which the hub
    learnt first."""
    known = [tx.came_or_went(ward, key_of(by), room_id)]
    if by.person_id is None:
        # Whoever pressed the button went by their own word (`SOMEBODY`).
        known.append(tx.came_or_went(ward, SOMEBODY, room_id))
    return any(one is not None and tx.own(at) < one for one in known)


def key_of(by: Actor) -> str:
    """The same for marks of the same person (`same_person`)."""
    return f"device {by.device_id}" if by.person_id is None else f"person {by.person_id}"


def _write(tx: Tx, ward: str, room_id: str, here: tuple[Present, ...]) -> None:
    beds = {bed.id for bed in beds_of(tx, ward, room_id)} if here else set()
    waiting: NextCall | None = None
    for stored in tx.all(ward, PRESENCE):
        presence = decode(stored.body, Presence)
        if presence.room_id != room_id:
            continue
        waiting = presence.next_call
        if stored.id not in beds:
            tx.delete(ward, PRESENCE, stored.id)
    for bed in sorted(beds):
        presence = Presence(bed_id=bed, room_id=room_id, people=here, next_call=waiting)
        tx.put(ward, PRESENCE, bed, presence, bed=bed, room=room_id)
    next_call.refresh(tx, ward)
