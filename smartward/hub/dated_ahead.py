"""What a release that did not know the ward's own time dated while its clock was ahead.

Later than now, it would be newer than each touch until the clock has caught up: such a call could
be neither answered nor ended, nobody could leave, and each press of a closed call would be answered
by its end. So when a hub begins, nothing that holds no time of the ward's own is later than now.
"""

import logging
from dataclasses import replace
from datetime import datetime

from smartward.clinical.call_order import not_later
from smartward.clinical.nurse_call import NurseCall
from smartward.clinical.presence import Presence, Present
from smartward.hub.next_call import PRESENCE
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx
from smartward.hub.ward_calls import KIND

log = logging.getLogger("smartward.clock")


def mend(tx: Tx, ward: str) -> None:
    """Give the ward's calls, presences and goings that are dated ahead a place in its order: now,
    before all that is touched from now on."""
    latest, mended = tx.own(tx.now), 0
    for stored in tx.all(ward, KIND):
        was = decode(stored.body, NurseCall)
        call = not_later(was, latest)
        if call is not was:
            tx.put(ward, KIND, stored.id, call, bed=stored.bed, room=stored.room)
            mended += 1
    for stored in tx.all(ward, PRESENCE):
        presence = decode(stored.body, Presence)
        people = tuple(_not_later(one, latest) for one in presence.people)
        if people != presence.people:
            new = replace(presence, people=people)
            tx.put(ward, PRESENCE, stored.id, new, bed=stored.bed, room=stored.room)
            mended += 1
    tx.coming_not_later(latest)
    if mended:
        log.warning("%d calls and presences are dated ahead of the clock", mended)


def _not_later(one: Present, latest: datetime) -> Present:
    return replace(one, order=latest) if one.came > latest else one
