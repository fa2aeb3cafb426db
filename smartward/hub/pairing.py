"""Screens that ask to be ours: what each is told.

A request is a document of the ward, kind `pairing`, its id made of the device's key; all hubs of a
store know it. It lives while its screen goes on asking (`hub/pairing_waiting.py`). Nothing here
says who may be one of ours: a person does (`hub/pairing_admin.py`). What the approved one is given
is in `hub/pairing_issuing.py`.
"""

import msgspec

from smartward.clock import Clock
from smartward.config import Settings
from smartward.device_key import verify
from smartward.errors import BadData
from smartward.hub.access import HOUSE, Access
from smartward.hub.authority import Authority
from smartward.hub.binding import KIND as BINDING
from smartward.hub.binding import Binding
from smartward.hub.certificates import Certificates
from smartward.hub.pairing_issuing import Issuing
from smartward.hub.pairing_requests import Request, id_of
from smartward.hub.pairing_suspicions import Suspicions
from smartward.hub.pairing_waiting import WaitingScreens
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.wiped import FORGETTING_S, WIPED, told_to_forget
from smartward.machine import same_machine
from smartward.wire import pairing as wire
from smartward.wire.pairing import Ask, PairingAnswer

_LONGEST = 200


class Pairing:
    """Answers screens that ask to be paired."""

    def __init__(
        self,
        store: Store,
        access: Access,
        certificates: Certificates,
        authority: Authority,
        clock: Clock,
        settings: Settings,
        offered: str = "",
    ) -> None:
        """`offered`: the authorities (PEM) by which screens know this hub."""
        self.offered = offered
        self.issuing = Issuing(store, access, certificates, authority, clock, settings)
        """Gives those that were paired their next certificate too."""
        self._store = store
        self._access = access
        self._ward = settings.ward
        self._waiting = WaitingScreens(store, access, clock, settings.ward)
        self._suspicions = Suspicions(store, clock, settings.ward)

    def start(self) -> None:
        """Hear who has a certificate of our own authority, and forget from now on who asks no
        more."""
        self.issuing.trust_own()
        self._waiting.start()

    async def stop(self) -> None:
        """Look after nobody any more."""
        await self._waiting.stop()

    async def ask(self, body: bytes, address: str) -> PairingAnswer:
        """What a screen is told that asks to be paired. Raises BadData for what no screen of ours
        sends, StorageFault."""
        try:
            asked = msgspec.json.decode(body, type=Ask)
        except msgspec.DecodeError as error:
            raise BadData("pairing.bad_request", str(error)) from error
        _check(asked)
        await self._check_authority(asked, address)
        if asked.denied:
            await self._suspicions.tell_denied(asked, address)
        id = id_of(asked.public_key)
        if await self._store.read(lambda reader: reader.get(HOUSE, WIPED, id)) is not None:
            await self._store.write(lambda tx: told_to_forget(tx, self._ward, id))
            return PairingAnswer(state="wiped", poll_s=FORGETTING_S)
        found, other = await self._store.read(lambda reader: self._known(reader, asked))
        if other is not None:
            await self._suspicions.tell_clone(asked, other, address)
            return PairingAnswer(state="clone", poll_s=10.0)
        if found is None:
            return await self._waiting.begin(asked, address)
        return await self._answer(asked, found, address)

    async def _answer(self, asked: Ask, found: Request, address: str) -> PairingAnswer:
        """What a screen is told that asked before."""
        if found.refused:  # until it is forgotten, whatever it compares
            return PairingAnswer(state="refused", salt=found.salt, poll_s=30.0)
        # Who was approved and knows now whom to believe has nothing to compare any more.
        knows = found.approved_as is not None and not asked.commitment
        if asked.commitment != found.commitment and not knows:
            return await self._waiting.begin(asked, address)
        if asked.salt != found.salt:
            return PairingAnswer(state="waiting", salt=found.salt, poll_s=0.2)
        if not found.code:
            return await self._waiting.show(asked)
        await self._waiting.hear(found)
        if found.approved_as is None:
            return PairingAnswer(state="waiting", salt=found.salt)
        return await self.issuing.give(asked, found, found.approved_as)

    def _known(self, reader: Reader, asked: Ask) -> tuple[Request | None, str | None]:
        """Its request, if it asked before, and the id of whoever has its key on another machine."""
        found = self._waiting.request_of(reader, asked)
        if found is not None and same_machine(found.machine, asked.machine) is False:
            return found, found.approved_as or found.id
        for device in self._access.of_key(asked.public_key):
            bound = reader.get(HOUSE, BINDING, device.id)
            binding = None if bound is None else decode(bound.body, Binding)
            if binding and same_machine(binding.machine, asked.machine) is False:
                return found, device.id
        return found, None

    async def _check_authority(self, asked: Ask, address: str) -> None:
        """Raises BadData where a screen was shown authorities that are not ours, and asks us all
        the same."""
        if asked.authority and asked.authority != wire.fingerprint(self.offered):
            await self._suspicions.tell_between(asked, address)
            raise BadData("pairing.other_authority", address)


def _check(asked: Ask) -> None:
    """Raises BadData for a request that is not by who has the key."""
    short = [asked.public_key, asked.machine, asked.serial, asked.version, asked.salt, asked.proof]
    short += [asked.authority, asked.commitment, asked.nonce, asked.denied]
    if max(map(len, short)) > _LONGEST or not asked.public_key:
        raise BadData("pairing.bad_request", "a part is too long, or there is no key")
    if bool(asked.authority) != bool(asked.commitment):
        raise BadData("pairing.bad_request", "authority and commitment go together")
    try:
        signature = bytes.fromhex(asked.proof)
    except ValueError as error:
        raise BadData("pairing.bad_request", "the proof is none") from error
    if not verify(asked.public_key, asked.signed(), signature):
        raise BadData("pairing.bad_request", "the proof is of another key")
