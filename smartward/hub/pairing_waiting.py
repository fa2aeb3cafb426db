"""Screens that wait for somebody to say whose they are: how they begin, go on asking, and are
forgotten. Who begins too often, or too many of one address, shut nobody else out.
"""

import logging
import secrets
from collections import deque
from dataclasses import replace

from smartward.clock import Clock
from smartward.errors import BadData
from smartward.hub.access import HOUSE, Access
from smartward.hub.pairing_requests import (
    HEARD_EVERY,
    KIND,
    MOST,
    MOST_OF_ONE,
    Request,
    id_of,
    is_full,
    is_silent,
    near,
    of_store,
)
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.tasks import Tasks
from smartward.wire import pairing as wire
from smartward.wire.pairing import Ask, PairingAnswer

log = logging.getLogger("smartward.pairing")

MOST_NEW = 30
"""New ones within a minute, `MOST_OF_ONE` of them from one address; who asks more comes later."""
_NEW_WITHIN_S = 60.0
_LOOK_EVERY_S = 60.0
_FULL_AGAIN_S = 600.0


class WaitingScreens:
    """Keeps the requests of the ward's store while their screens go on asking."""

    def __init__(self, store: Store, access: Access, clock: Clock, ward: str) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._ward = ward
        self._new: deque[tuple[float, str]] = deque(maxlen=MOST_NEW)
        self._told_full: float | None = None
        self._tasks = Tasks()

    def start(self) -> None:
        """Forget from now on who asks no more."""
        self._tasks.keep(self._look, "screens that wait", self._clock)

    async def stop(self) -> None:
        """Look after nobody any more."""
        await self._tasks.stop()

    def request_of(self, reader: Reader, asked: Ask) -> Request | None:
        """Its request, if it asked before."""
        stored = reader.get(self._ward, KIND, id_of(asked.public_key))
        found = None if stored is None else decode(stored.body, Request)
        return None if found is None or _is_over(reader, found) else found

    async def begin(self, asked: Ask, address: str) -> PairingAnswer:
        """Have it wait from now on, unless too many do. Raises StorageFault."""
        now = self._clock.monotonic()
        if await self._store.read(lambda reader: self._is_full(reader, asked, address)):
            self._tell_full(address)
            return PairingAnswer(state="full", poll_s=60.0)
        place = near(address)
        if self._has_too_many_new(place, now):
            return PairingAnswer(state="full", poll_s=30.0)
        self._new.append((now, place))
        salt = await self._store.write(lambda tx: self._add(tx, asked, address))
        if salt is None:
            return PairingAnswer(state="full", poll_s=60.0)
        log.info("a screen asks to be paired, from %s", address)
        return PairingAnswer(state="waiting", salt=salt, poll_s=0.2)

    def _has_too_many_new(self, place: str, now: float) -> bool:
        """All together, or from one address: a key that begins anew and anew shuts out nobody."""
        lately = [where for at, where in self._new if now - at < _NEW_WITHIN_S]
        return len(lately) == MOST_NEW or (place != "" and lately.count(place) >= MOST_OF_ONE)

    def _there(self, reader: Reader) -> list[Request]:
        return [one for one in of_store(reader, self._ward) if not _is_over(reader, one)]

    def _is_full(self, reader: Reader, asked: Ask, address: str) -> bool:
        there = self._there(reader)
        return all(one.id != id_of(asked.public_key) for one in there) and is_full(
            there, address, self._clock.now()
        )

    def _tell_full(self, address: str) -> None:
        now = self._clock.monotonic()
        if self._told_full is None or now - self._told_full >= _FULL_AGAIN_S:
            self._told_full = now
            log.warning("too many screens ask to be paired; one more is turned away, %s", address)

    def _add(self, tx: Tx, asked: Ask, address: str) -> str | None:
        """The salt of a new request; None where too many wait."""
        if self._is_full(tx, asked, address):
            return None
        there = self._there(tx)
        meanwhile = [one for one in there if one.id == id_of(asked.public_key)]
        if meanwhile and meanwhile[0].commitment == asked.commitment:
            return meanwhile[0].salt
        refused = [one for one in there if one.refused]
        tx.origin("hub", None, None)
        for oldest in refused[: len(refused) - MOST + 1]:
            tx.delete(self._ward, KIND, oldest.id)
        word, salt = _promised()
        taken = {one.code for one in there}
        while wire.code_of(asked.public_key, salt) in taken:
            word, salt = _promised()
        was = [one.id for one in self._access.of_key(asked.public_key)]
        request = Request(
            id=id_of(asked.public_key),
            # Of a screen that compares nobody knows it before its nonce, and so nobody chose it.
            code="" if asked.authority else wire.code_of(asked.public_key, salt),
            salt=salt,
            public_key=asked.public_key,
            machine=asked.machine,
            serial=asked.serial,
            version=asked.version,
            address=address,
            asked_at=tx.now,
            heard_at=tx.now,
            was=was[0] if was else None,
            commitment=asked.commitment,
            word=word if asked.authority else "",
            denied=bool(asked.denied),
        )
        tx.put(self._ward, KIND, request.id, request)
        return salt

    async def show(self, asked: Ask) -> PairingAnswer:
        """A screen that compares shows its nonce: from now on people can name it. Raises BadData
        for another nonce than it had promised, StorageFault."""
        if wire.commitment(asked.nonce) != asked.commitment:
            raise BadData("pairing.bad_request", "the nonce is not the one it had promised")
        salt = await self._store.write(lambda tx: self._shown(tx, asked))
        return PairingAnswer(state="waiting", salt=salt)

    def _shown(self, tx: Tx, asked: Ask) -> str:
        """The salt that counts; empty where it has to ask anew: another screen has its code."""
        there = self._there(tx)
        found = next((one for one in there if one.id == id_of(asked.public_key)), None)
        if found is None or found.code or found.salt != asked.salt:
            return "" if found is None else found.salt
        compared = wire.Compared(asked.authority, asked.nonce)
        code = wire.code_of(asked.public_key, found.salt, compared)
        tx.origin("hub", None, None)
        if code in {one.code for one in there}:
            tx.delete(self._ward, KIND, found.id)
            return ""
        number = wire.number_of(asked.public_key, compared, found.word)
        tx.put(self._ward, KIND, found.id, replace(found, code=code, number=number))
        return found.salt

    async def hear(self, request: Request) -> None:
        """Its screen still asks. Raises StorageFault."""
        if self._clock.now() - request.heard_at >= HEARD_EVERY:
            await self._store.write(lambda tx: self._heard(tx, request.id))

    def _heard(self, tx: Tx, id: str) -> None:
        stored = tx.get(self._ward, KIND, id)
        if stored is not None:
            request = decode(stored.body, Request)
            tx.origin("hub", None, None)
            tx.put(self._ward, KIND, id, replace(request, heard_at=tx.now))

    async def _look(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            now = self._clock.now()
            requests = await self._store.read(lambda reader: of_store(reader, self._ward))
            if any(is_silent(one, now) for one in requests):
                await self._store.write(self._forget_silent)

    def _forget_silent(self, tx: Tx) -> None:
        tx.origin("hub", None, None)
        for one in of_store(tx, self._ward):
            if is_silent(one, tx.now):
                tx.delete(self._ward, KIND, one.id)


def _promised() -> tuple[str, str]:
    """A new word and its promise."""
    word = secrets.token_hex(16)
    return word, wire.promise(word)


def _is_over(reader: Reader, request: Request) -> bool:
    """Whether the device it became is none of ours any more: it asks as a new one. The store is
    asked, which has both at one time: what is kept in memory hears of a new device a moment later,
    and its screen would begin anew in between."""
    became = request.approved_as
    return became is not None and reader.get(HOUSE, "device", became) is None
