"""The ward's next call as the rooms repeat it in which somebody is: in step with every change."""

from dataclasses import replace
from datetime import datetime

from smartward.clinical.bed import Bed
from smartward.clinical.call_document import CallReason
from smartward.clinical.call_mark import asked_since_answer
from smartward.clinical.nurse_call import CallState, NurseCall, is_open
from smartward.clinical.presence import NextCall, Presence
from smartward.clinical.queue import harm_of_call, queue_key
from smartward.hub.store.model import Stored, decode, encode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx

PRESENCE = "presence"


_NOT_CLOSED = encode({"closed_at": None})[1:-1]
"""What the stored body of every open call holds; most of a day's calls are closed."""


def waits(call: NurseCall) -> bool:
    """Whether the call asks for somebody and nobody has answered."""
    if not is_open(call):
        return False
    return call.state is CallState.REQUESTED or bool(asked_since_answer(call.marks))


def refresh(tx: Tx, ward: str) -> None:
    """Bring the next call of every room in which somebody is up to date with the ward's calls.

    Without anybody present it costs one look into the index.
    """
    rooms = tx.all(ward, PRESENCE)
    if not rooms:
        return
    waiting = sorted((one for one in open_calls(tx, ward) if waits(one[0])), key=_order)
    for stored in rooms:
        presence = decode(stored.body, Presence)
        found = _next(tx, ward, presence.room_id, waiting)
        if found != presence.next_call:
            presence = replace(presence, next_call=found)
            tx.put(ward, PRESENCE, stored.id, presence, bed=stored.bed, room=stored.room)


def open_calls(reader: Reader, ward: str) -> list[tuple[NurseCall, Stored]]:
    """The ward's calls that are open."""
    found = (
        (decode(stored.body, NurseCall), stored)
        for stored in reader.holding(ward, "nurse_call", _NOT_CLOSED)
    )
    return [(call, stored) for call, stored in found if is_open(call)]


def _order(waiting: tuple[NurseCall, Stored]) -> tuple[int, datetime, datetime, str]:
    call = waiting[0]
    return (*queue_key(call.priority, harm_of_call(call.call_class), call.placed_at), call.id)


def _next(
    tx: Tx, ward: str, room_id: str, waiting: list[tuple[NurseCall, Stored]]
) -> NextCall | None:
    """The first that waits outside this room: who is here knows what is asked here."""
    for call, stored in waiting:
        if stored.room != room_id:
            return NextCall(
                call_id=call.id,
                bed_number=_number(tx, ward, call.bed_id),
                call_class=call.call_class,
                priority=call.priority,
                placed_at=call.placed_at,
                waiting=len(waiting),
                line_lost=call.reason is CallReason.LINE_LOST,
            )
    return None


def _number(tx: Tx, ward: str, bed_id: str) -> str:
    """The bed's number; of a bed that the HIS no longer tells of, its id."""
    stored = tx.get(ward, "bed", bed_id)
    return bed_id if stored is None else decode(stored.body, Bed).number
