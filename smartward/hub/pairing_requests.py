"""Requests of screens that ask to be ours, as they are kept: documents of kind `pairing`, and how
many of them there may be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from smartward.clinical.device import Device
from smartward.hub.access import HOUSE
from smartward.hub.binding import KIND as BINDING
from smartward.hub.binding import Binding
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.pairing import NUMBER_S

KIND = "pairing"

MOST = 64
"""Screens that may wait at one time: more than are put up on a ward in a day."""
MOST_OF_ONE = 8
"""Of these, and of those that were refused and go on asking, so many at one address."""
HEARD_EVERY = timedelta(minutes=3)
"""How often the store is told that a screen still asks."""
_SILENT = timedelta(minutes=10)
"""Who did not ask for so long waits no more."""
_NAMELESS = timedelta(minutes=1)
"""Who has no code yet has one in a second: nobody could refuse it, and so it takes no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Document kind `pairing`: a screen that waits for somebody to say whose it is."""

    id: str
    code: str
    """Empty until the nonce of a screen that compares is shown: then it can be said."""
    salt: str
    public_key: str
    machine: str
    serial: str
    version: str
    address: str
    asked_at: datetime
    heard_at: datetime
    was: str | None = None
    """The device that had this key before."""
    approved_as: str | None = None
    """The device it is from now on; None while it waits."""
    refused: bool = False
    commitment: str = ""
    """Of a screen that did not know before whom to believe (`wire/pairing.py`)."""
    word: str = ""
    """To such a screen: what the salt is the promise of. It is told with the approval alone."""
    number: str = ""
    """What is to be typed at such a screen, known with its code and shown with the approval."""
    approved_at: datetime | None = None
    denied: bool = False
    """It says that a hub's number was not typed rightly there, or that one showed none."""

    @property
    def compares(self) -> bool:
        """Whether a number has to be typed at it."""
        return bool(self.commitment)

    @property
    def number_until(self) -> datetime | None:
        """Until when it asks for that number; None where it was not approved, or compares
        nothing."""
        if not self.compares or self.approved_at is None:
            return None
        return self.approved_at + timedelta(seconds=NUMBER_S)


def of_store(reader: Reader, ward: str) -> list[Request]:
    """All that ask, the first first."""
    found = [decode(stored.body, Request) for stored in reader.all(ward, KIND)]
    return sorted(found, key=lambda one: (one.asked_at, one.id))


def waiting(requests: Iterable[Request]) -> Iterator[Request]:
    """Those of whom nobody has said anything yet."""
    return (one for one in requests if _is_open(one) and one.code)


def to_type(reader: Reader, ward: str, now: datetime) -> Iterator[tuple[Request, Device]]:
    """Those that were approved lately and may still ask for their number, each with the device it
    became."""
    for one in of_store(reader, ward):
        until = one.number_until
        if until is None or now >= until or _has_come(reader, one):
            continue
        stored = reader.get(HOUSE, "device", one.approved_as or "")
        if stored is not None:
            yield one, decode(stored.body, Device)


def _has_come(reader: Reader, one: Request) -> bool:
    """Whether somebody runs with what this one was given: a screen keeps nothing of that before its
    number was typed."""
    stored = reader.get(HOUSE, BINDING, one.approved_as or "")
    if stored is None or one.approved_at is None:
        return False
    binding = decode(stored.body, Binding)
    # It is made as that is given out, and says then that nothing runs with it yet.
    return binding.since >= one.approved_at and binding.start != KIND


def _is_open(one: Request) -> bool:
    return one.approved_as is None and not one.refused


def forget(tx: Tx, ward: str, device_id: str) -> None:
    """Whoever became this device gets nothing for it any more: the device goes, or is given to
    somebody else. It asks as a new one, and a person says whose it is."""
    for one in of_store(tx, ward):
        if one.approved_as == device_id:
            tx.delete(ward, KIND, one.id)


def is_silent(one: Request, now: datetime) -> bool:
    """Whether whoever asked is gone, or never showed what its code is made of."""
    return now - one.heard_at > _SILENT or (not one.code and now - one.asked_at > _NAMELESS)


def is_full(asking: Iterable[Request], address: str, now: datetime) -> bool:
    """Whether too many of whom none is ours yet ask, here or at this address, for one more. Whom a
    person has refused takes no place from anybody at another address."""
    there = [one for one in asking if one.approved_as is None and not is_silent(one, now)]
    place = near(address)
    if place and sum(near(one.address) == place for one in there) >= MOST_OF_ONE:
        return True
    return sum(map(_is_open, there)) >= MOST


def id_of(public_key: str) -> str:
    """The id of what is kept of a key."""
    return sha256(public_key.encode()).hexdigest()[:32]


def near(address: str) -> str:
    """What counts as one address: of IPv6 the network, in which a machine takes any it likes. Empty
    for this machine, as behind a terminator: then nobody knows whose it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return ""
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
