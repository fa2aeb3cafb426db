"""A call in doubt at the other beds where it may have been pressed: their door and bedhead light.

A document of its own for each such bed, kind `possible_call`, written with the call and gone with
it; its body is the call as it would be there. Nothing can be done to it: a call is answered and
ended where it was placed.
"""

from smartward.clinical.bed import Bed
from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.hub.next_call import open_calls
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx
from smartward.wire.call_view import at_other_beds

KIND = "possible_call"


def settle(tx: Tx, ward: str) -> None:
    """At a start: the other beds are told of open calls from a release that did not tell them, and
    of those whose other bed the ward did not know then."""
    for call, _ in open_calls(tx, ward):
        for there in at_other_beds(call):
            if tx.get(ward, KIND, _id(there)) is None:
                _tell(tx, ward, there)


def follow(tx: Tx, ward: str, call: NurseCall) -> None:
    """Tell the other beds of a call how it stands now; a bed that the ward does not know has nobody
    before it who could be told."""
    for there in at_other_beds(call):
        _tell(tx, ward, there)


def _tell(tx: Tx, ward: str, there: NurseCall) -> None:
    bed = tx.get(ward, "bed", there.bed_id)
    if bed is None or not is_open(there):
        tx.delete(ward, KIND, _id(there))
    else:
        room = decode(bed.body, Bed).room_id
        tx.put(ward, KIND, _id(there), there, bed=there.bed_id, room=room)


def _id(there: NurseCall) -> str:
    return f"{there.id}@{there.bed_id}"
