"""Who asks at a station for what only some of the ward's people may do, where the hub is asked
directly and nothing is kept to be sent later."""

from collections.abc import Collection

from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clinical.ward import StaffRole
from smartward.hub import sessions
from smartward.hub.store.tx import Tx
from smartward.wire.envelope import Person


def who(
    tx: Tx, device: Device, person: Person, may: Collection[StaffRole], not_yours: str
) -> tuple[Actor, str]:
    """Who asks, and the text key of why they may not; empty: they may. A name alone is not enough
    here, nor what a screen checked by itself: the hub is there, and can be asked."""
    if person.known not in sessions.PROVED_BY:
        return Actor(device_id=device.id, person_id=person.id), "identity.needed"
    try:
        by = sessions.proved(tx, device, person, tx.now)
    except sessions.NotProved as refused:
        return Actor(device_id=device.id, person_id=person.id), refused.key
    if by.known not in sessions.PROVED_BY:
        return by, "identity.needed"
    member = sessions.member_of(tx, device.ward, by.person_id or "")
    return by, "" if member is not None and member.role in may else not_yours
