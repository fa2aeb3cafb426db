"""Certificates of paired screens: which are good now, and the TLS listeners that ask for them.

A device that was given a certificate is known by its token and by that certificate together, on
each connection that is TLS with this hub itself or with a terminator that it trusts
(`hub/gate.py`). A token that was copied is worth nothing then. A
certificate counts while the store has its fingerprint and its time is not over, by the hub's clock:
to revoke is to delete a line. The TLS layer asks only whether an authority of this house signed it,
and leaves its time to us: an expired one is told what is wrong, in words, and can be paired anew.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from smartward.clock import Clock
from smartward.hub.access import HOUSE
from smartward.hub.authority import Issued
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed, decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.tasks import Tasks

log = logging.getLogger("smartward.certificates")

KIND = "certificate"
AUTHORITY = "device_ca"

MISSING = "certificate.missing"
UNKNOWN = "certificate.unknown"
EXPIRED = "certificate.expired"
HEARSAY = "certificate.hearsay"
"""Whoever says that it was shown to them is not to be believed. No screen hears it where all is set
up right; one that does keeps what it has, and tries again."""

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""
_LOOK_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """A certificate that was given to a device."""

    fingerprint: str
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCertificates:
    """Document kind `certificate` of the ward `house`, id = device id."""

    device_id: str
    given: tuple[One, ...]
    """The newest last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthority:
    """Document kind `device_ca` of the ward `house`: who signs for devices in this house."""

    pem: str


def give(tx: Tx, device_id: str, issued: Issued, *, anew: bool, shown: str = "") -> None:
    """Let a device be known by it, unless it is paired `anew` by the last one too: it lost power
    while it stored the newest. And by the one it asked with, whose fingerprint is `shown`: however
    often it asks and cannot keep the answer, it has that."""
    stored = tx.get(HOUSE, KIND, device_id)
    before = () if stored is None or anew else decode(stored.body, DeviceCertificates).given
    one = One(fingerprint=issued.fingerprint, not_after=issued.not_after)
    last = before[-1:]
    asked_with = tuple(each for each in before if each.fingerprint == shown and each not in last)
    given = (*asked_with, *last, one)
    tx.put(HOUSE, KIND, device_id, DeviceCertificates(device_id=device_id, given=given))
    authority = _id(issued.authority)
    if tx.get(HOUSE, AUTHORITY, authority) is None:
        tx.put(HOUSE, AUTHORITY, authority, DeviceAuthority(pem=issued.authority))


def forget(tx: Tx, device_id: str) -> None:
    """None of a device's certificates counts any more."""
    tx.delete(HOUSE, KIND, device_id)


def _id(authority: str) -> str:
    return sha256(authority.encode()).hexdigest()[:16]


class Certificates:
    """What the store knows of certificates, in memory, and the TLS listeners that ask for them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._given: dict[str, tuple[One, ...]] = {}
        self._authorities: dict[str, str] = {}
        self._contexts: list[ssl.SSLContext] = []
        self._tasks = Tasks()
        self.dropped: Callable[[str], None] = lambda device_id: None
        """Told of a device whose feeds must end."""

    async def start(self) -> None:
        """Take up what the store knows. Raises StorageFault."""
        self._store.on_commit.append(self.committed)
        await self._store.read(self.load)
        self._tasks.keep(self._look, "expired certificates", self._clock)

    async def stop(self) -> None:
        """Follow no more."""
        await self._tasks.stop()
        if self.committed in self._store.on_commit:
            self._store.on_commit.remove(self.committed)

    def load(self, reader: Reader) -> None:
        """Take over what the store knows now."""
        found = (decode(one.body, DeviceCertificates) for one in reader.all(HOUSE, KIND))
        self._given = {one.device_id: one.given for one in found}
        for stored in reader.all(HOUSE, AUTHORITY):
            self._trust(stored.id, decode(stored.body, DeviceAuthority).pem)

    def committed(self, committed: Committed) -> None:
        """Follow a write, of this hub or of another one."""
        if committed.ward != HOUSE:
            return
        for stored in committed.changed:
            if stored.kind == KIND:
                found = decode(stored.body, DeviceCertificates)
                self._given[found.device_id] = found.given
            elif stored.kind == AUTHORITY:
                self._trust(stored.id, decode(stored.body, DeviceAuthority).pem)
        for kind, id in committed.gone:
            if kind == KIND:
                self._given.pop(id, None)

    def trust(self, authority: str) -> None:
        """Hear who shows a certificate of this authority (PEM), also where the store does not know
        it, as one that came back from an older backup: they are told that nobody knows them."""
        self._trust(_id(authority), authority)

    def _trust(self, id: str, pem: str) -> None:
        if id in self._authorities:
            return
        self._authorities[id] = pem
        for context in self._contexts:
            context.load_verify_locations(cadata=pem)

    def guard(self, context: ssl.SSLContext) -> None:
        """Have this listener ask for a certificate: from now on, and of authorities to come."""
        context.verify_mode = ssl.CERT_OPTIONAL
        # What expired is refused by `refuses`, which can say so.
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
        for pem in self._authorities.values():
            context.load_verify_locations(cadata=pem)
        self._contexts.append(context)

    def has(self, device_id: str) -> bool:
        """Whether this device is to show a certificate."""
        return device_id in self._given

    def refuses(self, device_id: str, shown: str) -> str | None:
        """Why who says to be this device and shows the certificate of this fingerprint (empty:
        none) is not believed, as a text key; None where nothing speaks against it."""
        given = self._given.get(device_id)
        if given is None:
            return None
        if not shown:
            return MISSING
        found = [one for one in given if one.fingerprint == shown]
        if not found:
            return UNKNOWN
        return EXPIRED if found[0].not_after <= self._clock.now() else None

    async def _look(self) -> None:
        """A feed is opened once and stays: it ends with the time of the last certificate."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            now = self._clock.now()
            for device_id, given in self._given.items():
                if all(one.not_after <= now for one in given):
                    self.dropped(device_id)
