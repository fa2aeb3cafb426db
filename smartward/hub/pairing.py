"""Screens that ask to be ours: who waits, who was approved, and what they are given.

A request is a document of the ward, kind `pairing`, its id made of the device's key; all hubs of a
store know it. It lives while its screen goes on asking. Nothing here says who may be one of ours:
a person does (`hub/pairing_admin.py`). What a screen is given is made when it fetches it, for the
key that asked and no other, so that no secret is kept for it.
"""

import logging
import secrets
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import msgspec

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.config import Settings
from smartward.device_key import verify
from smartward.errors import BadData
from smartward.hub import audit, certificates
from smartward.hub.access import HOUSE, Access, Forbidden, new_token, token_hash
from smartward.hub.authority import Authority, Issued
from smartward.hub.binding import KIND as BINDING
from smartward.hub.binding import Binding
from smartward.hub.certificates import Certificates
from smartward.hub.pairing_requests import (
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
from smartward.machine import same_machine
from smartward.tasks import Tasks
from smartward.wire import pairing as wire
from smartward.wire.pairing import Ask, Enrolment, PairingAnswer, Renew, Renewed

log = logging.getLogger("smartward.pairing")

FORGETTING_S = 30.0
"""A screen that was told to forget all asks again after so long, while it has its key."""
WIPED = "wiped_key"
"""Document kind of the ward `house`, id as of a request: whoever has this key shall forget all."""

MOST_NEW = 30
"""New ones within a minute, `MOST_OF_ONE` of them from one address; who asks more comes later."""
_NEW_WITHIN_S = 60.0
_HEARD_EVERY = timedelta(minutes=3)
"""How often the store is told that a screen still asks."""
_LOOK_EVERY_S = 60.0
_TOLD_AGAIN_S = 3600.0
_FULL_AGAIN_S = 600.0
_LONGEST = 200

SCREEN_SETTINGS = (
    "ward",
    "zone",
    "language",
    "night_start",
    "night_end",
    "rest_after_s",
    "backlight_day",
    "backlight_night",
    "backlight_rest",
    "staff_proof",
    "staff_idle_s",
    "staff_offline_h",
    "staff_tries",
    "staff_lock_s",
    "layer_open_s",
    "ask_pain_h",
    "ask_meal_min",
    "unmask_s",
    "presence_reminder_s",
    "his_late_s",
    "link_stale_s",
    "hub_silent_s",
    "identity_max_age_s",
    "news2_window_min",
    "corridor_sounds",
)
"""What a screen goes by as well: a paired one has no file of settings of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiped:
    """A device whose key is worth nothing any more."""

    device_id: str
    at: datetime
    forgets: bool = False
    """It was paired, and so asks, and is told."""
    role: str = ""
    place: str = ""
    label: str = ""
    asked_at: datetime | None = None
    """When it asked last with that key, and was told to forget all: its key goes last."""
    written_off: bool = False
    """Nobody waits for it any more: broken, or stolen. It is told all the same."""


def still_to_forget(reader: Reader, now: datetime) -> list[Wiped]:
    """Devices that were wiped and have not done so: not here since, or about to. Whoever does not
    ask again with its key has none any more."""
    found = (decode(stored.body, Wiped) for stored in reader.all(HOUSE, WIPED))
    late = _HEARD_EVERY + timedelta(seconds=2 * FORGETTING_S)

    def is_awaited(one: Wiped) -> bool:
        return not one.written_off if one.asked_at is None else now - one.asked_at < late

    return [one for one in found if one.forgets and is_awaited(one)]


class Pairing:
    """Answers screens that ask to be paired, and those that ask for their next certificate."""

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
        self._store = store
        self._access = access
        self._certificates = certificates
        self._authority = authority
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._new: deque[tuple[float, str]] = deque(maxlen=MOST_NEW)
        self._told: dict[tuple[str, str], float] = {}
        self._told_full: float | None = None
        self._tasks = Tasks()

    def start(self) -> None:
        """Hear who has a certificate of our own authority, and forget from now on who asks no
        more."""
        authority = self._authority.certificate()
        if authority is not None:
            self._certificates.trust(authority)
        self._tasks.keep(self._look, "screens that wait", self._clock)

    async def stop(self) -> None:
        """Look after nobody any more."""
        await self._tasks.stop()

    async def ask(self, body: bytes, address: str) -> PairingAnswer:
        """What a screen is told that asks to be paired. Raises BadData for what no screen of ours
        sends, StorageFault."""
        try:
            asked = msgspec.json.decode(body, type=Ask)
        except msgspec.DecodeError as error:
            raise BadData("pairing.bad_request", str(error)) from error
        _check(asked)
        await self._check_authority(asked, address)
        wiped = await self._store.read(lambda reader: reader.get(HOUSE, WIPED, _id(asked)))
        if wiped is not None:
            await self._store.write(lambda tx: self._told_to_forget(tx, wiped.id))
            return PairingAnswer(state="wiped", poll_s=FORGETTING_S)
        found, other = await self._store.read(lambda reader: self._known(reader, asked))
        if other is not None:
            await self._tell_clone(asked, other, address)
            return PairingAnswer(state="clone", poll_s=10.0)
        if found is None:
            return await self._begin(asked, address)
        return await self._answer(asked, found, address)

    async def _answer(self, asked: Ask, found: Request, address: str) -> PairingAnswer:
        """What a screen is told that asked before."""
        if found.refused:  # until it is forgotten, whatever it compares
            return PairingAnswer(state="refused", salt=found.salt, poll_s=30.0)
        # Who was approved and knows now whom to believe has nothing to compare any more.
        knows = found.approved_as is not None and not asked.commitment
        if asked.commitment != found.commitment and not knows:
            return await self._begin(asked, address)
        if asked.salt != found.salt:
            return PairingAnswer(state="waiting", salt=found.salt, poll_s=0.2)
        if not found.code:
            return await self._show(asked)
        if self._clock.now() - found.heard_at >= _HEARD_EVERY:
            await self._store.write(lambda tx: self._heard(tx, found.id))
        if found.approved_as is None:
            return PairingAnswer(state="waiting", salt=found.salt)
        return await self._give(asked, found, found.approved_as)

    def _told_to_forget(self, tx: Tx, id: str) -> None:
        """Note that it was, for as long as it asks; the first time the audit is told."""
        stored = tx.get(HOUSE, WIPED, id)
        if stored is None:
            return
        wiped = decode(stored.body, Wiped)
        if wiped.asked_at is not None and tx.now - wiped.asked_at < _HEARD_EVERY:
            return
        tx.origin("hub", None, None)
        tx.put(HOUSE, WIPED, id, replace(wiped, asked_at=tx.now))
        if wiped.asked_at is None:
            about = About(kind="device", id=wiped.device_id, detail={"role": wiped.role})
            by = Actor(device_id="hub")
            audit.record(tx, self._ward, by, "device.forgets", about, outcome="applied")

    def _known(self, reader: Reader, asked: Ask) -> tuple[Request | None, str | None]:
        """Its request, if it asked before, and the id of whoever has its key on another machine."""
        stored = reader.get(self._ward, KIND, _id(asked))
        found = None if stored is None else decode(stored.body, Request)
        found = None if found is None or self._over(found) else found
        if found is not None and same_machine(found.machine, asked.machine) is False:
            return found, found.approved_as or found.id
        for device in self._of_key(asked.public_key):
            bound = reader.get(HOUSE, BINDING, device.id)
            binding = None if bound is None else decode(bound.body, Binding)
            if binding and same_machine(binding.machine, asked.machine) is False:
                return found, device.id
        return found, None

    def _over(self, request: Request) -> bool:
        """Whether the device it became is none of ours any more: it asks as a new one."""
        became = request.approved_as
        return became is not None and self._access.device(became) is None

    def _of_key(self, public_key: str) -> list[Device]:
        return [one for one in self._access.devices() if one.public_key == public_key]

    # ------------------------------------------------------------------ asking

    async def _begin(self, asked: Ask, address: str) -> PairingAnswer:
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
        return [one for one in of_store(reader, self._ward) if not self._over(one)]

    def _is_full(self, reader: Reader, asked: Ask, address: str) -> bool:
        there = self._there(reader)
        return all(one.id != _id(asked) for one in there) and is_full(
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
        meanwhile = [one for one in there if one.id == _id(asked)]
        if meanwhile and meanwhile[0].commitment == asked.commitment:
            return meanwhile[0].salt
        refused = [one for one in there if one.refused]
        tx.origin("hub", None, None)
        for oldest in refused[: len(refused) - MOST + 1]:
            tx.delete(self._ward, KIND, oldest.id)
        salt = secrets.token_hex(16)
        taken = {one.code for one in there}
        while wire.code_of(asked.public_key, salt) in taken:
            salt = secrets.token_hex(16)
        was = [one.id for one in self._of_key(asked.public_key)]
        request = Request(
            id=_id(asked),
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
        )
        tx.put(self._ward, KIND, request.id, request)
        return salt

    async def _show(self, asked: Ask) -> PairingAnswer:
        """A screen that compares shows its nonce: from now on people can name it."""
        if wire.commitment(asked.nonce) != asked.commitment:
            raise BadData("pairing.bad_request", "the nonce is not the one it had promised")
        salt = await self._store.write(lambda tx: self._shown(tx, asked))
        return PairingAnswer(state="waiting", salt=salt)

    def _shown(self, tx: Tx, asked: Ask) -> str:
        """The salt that counts; empty where it has to ask anew: another screen has its code."""
        there = self._there(tx)
        found = next((one for one in there if one.id == _id(asked)), None)
        if found is None or found.code or found.salt != asked.salt:
            return "" if found is None else found.salt
        compared = wire.Compared(asked.authority, asked.nonce)
        code = wire.code_of(asked.public_key, found.salt, compared)
        tx.origin("hub", None, None)
        if code in {one.code for one in there}:
            tx.delete(self._ward, KIND, found.id)
            return ""
        tx.put(self._ward, KIND, found.id, replace(found, code=code))
        return found.salt

    def _heard(self, tx: Tx, id: str) -> None:
        stored = tx.get(self._ward, KIND, id)
        if stored is not None:
            request = decode(stored.body, Request)
            tx.origin("hub", None, None)
            tx.put(self._ward, KIND, id, replace(request, heard_at=tx.now))

    async def _tell_clone(self, asked: Ask, other: str, address: str) -> None:
        """Each machine once in an hour; and whoever makes up machines fills no audit."""
        if self._is_told("clone", f"{other} {asked.machine}"):
            return
        log.warning("a second machine has the key of %s, from %s", other, address)
        await self._tell(asked, "device.clone", other, address)

    async def _check_authority(self, asked: Ask, address: str) -> None:
        """Raises BadData where a screen was shown authorities that are not ours, and asks us all
        the same."""
        if not asked.authority or asked.authority == wire.fingerprint(self.offered):
            return
        if self._is_told("between", asked.machine):
            raise BadData("pairing.other_authority", address)
        log.warning(
            "a screen was shown other authorities than ours, from %s: somebody between, or "
            "hubs whose tls_ca differ",
            address,
        )
        await self._tell(asked, "device.between", _id(asked), address)
        raise BadData("pairing.other_authority", address)

    def _is_told(self, what: str, who: str) -> bool:
        """Whether nobody is to be told of this now: many of one kind hide none of the other."""
        now = self._clock.monotonic()
        self._told = {one: at for one, at in self._told.items() if now - at < _TOLD_AGAIN_S}
        if (what, who) in self._told or sum(kind == what for kind, _ in self._told) >= MOST:
            return True
        self._told[what, who] = now
        return False

    async def _tell(self, asked: Ask, kind: str, id: str, address: str) -> None:
        detail = {"machine": asked.machine[-16:], "address": address, "serial": asked.serial}
        about = About(kind="device", id=id, detail=detail)

        def write(tx: Tx) -> None:
            audit.record(tx, self._ward, Actor(device_id="hub"), kind, about)

        await self._store.write(write)

    # ------------------------------------------------------------------ giving

    async def _give(self, asked: Ask, request: Request, device_id: str) -> PairingAnswer:
        """What the approved device is from now on. Fetched again, as after an answer that was lost,
        what was given before is worth nothing."""
        issued = self._issue(asked.csr, device_id)
        token = new_token(device_id)
        device = await self._store.write(
            lambda tx: self._handed_out(tx, request, device_id, token, issued)
        )
        if device is None:  # it was revoked or given to another since
            return PairingAnswer(state="refused", salt=request.salt, poll_s=30.0)
        # At once: listeners are told after the answer, when the screen may be back already.
        await self._store.read(self._access.load)
        await self._store.read(self._certificates.load)
        enrolment = Enrolment(
            device_id=device_id,
            token=token,
            certificate=issued.pem,
            renew_at=self._renew_at(issued),
            role=device.role,
            ward=device.ward,
            place=device.place,
            hubs=tuple(u.strip() for u in self._settings.hub_urls.split(",") if u.strip()),
            settings=screen_settings(self._settings),
        )
        return PairingAnswer(state="paired", salt=request.salt, enrolment=enrolment)

    def _handed_out(
        self, tx: Tx, request: Request, device_id: str, token: str, issued: Issued
    ) -> Device | None:
        stored = tx.get(HOUSE, "device", device_id)
        asking = tx.get(self._ward, KIND, request.id)
        if stored is None or asking is None:
            return None
        if decode(asking.body, Request).approved_as != device_id:
            return None
        device = replace(decode(stored.body, Device), public_key=request.public_key)
        tx.origin(device_id, None, None)
        tx.put(HOUSE, "device", device_id, device)
        tx.credential_put(device_id, token_hash(token))
        certificates.give(tx, device_id, issued, anew=True)
        # The machine that was seen waiting is the device: nobody else can be the first with this.
        binding = Binding(
            device_id=device_id,
            public_key=request.public_key,
            machine=request.machine,
            start=KIND,
            since=tx.now,
        )
        tx.put(HOUSE, BINDING, device_id, binding)
        detail = {
            "role": str(device.role),
            "place": device.place or device.ward,
            "key": request.public_key[:16],
            "certificate": issued.fingerprint[:16],
            "until": issued.not_after.isoformat(),
        }
        about = About(kind="device", id=device_id, detail=detail)
        audit.record(tx, self._ward, Actor(device_id="hub"), "device.paired", about)
        return device

    async def renew(self, device: Device, body: bytes, shown: str = "") -> Renewed:
        """The next certificate of a device that has one, and asks with that of the fingerprint
        `shown` (empty: its connection ends before the hub). Raises BadData for a bad request,
        Forbidden for a device that was enrolled by a token alone, StorageFault."""
        asked = msgspec.json.decode(body, type=Renew)
        issued = self._issue(asked.csr, device.id)

        def write(tx: Tx) -> None:
            if tx.get(HOUSE, certificates.KIND, device.id) is None:
                raise Forbidden
            tx.origin(device.id, None, None)
            certificates.give(tx, device.id, issued, anew=False, shown=shown)
            detail = {"certificate": issued.fingerprint[:16], "until": issued.not_after.isoformat()}
            about = About(kind="device", id=device.id, detail=detail)
            audit.record(tx, self._ward, Actor(device_id=device.id), "device.renewed", about)

        await self._store.write(write)
        await self._store.read(self._certificates.load)
        return Renewed(certificate=issued.pem, renew_at=self._renew_at(issued))

    def _issue(self, csr: str, device_id: str) -> Issued:
        days = self._settings.device_certificate_days
        return self._authority.issue(csr, device_id, self._clock.now(), days)

    def _renew_at(self, issued: Issued) -> datetime:
        """At a third of its life left."""
        now = self._clock.now()
        return now + (issued.not_after - now) * 2 / 3

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


def _id(asked: Ask) -> str:
    return id_of(asked.public_key)


def _check(asked: Ask) -> None:
    """Raises BadData for a request that is not by who has the key."""
    short = [asked.public_key, asked.machine, asked.serial, asked.version, asked.salt, asked.proof]
    short += [asked.authority, asked.commitment, asked.nonce]
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


def screen_settings(settings: Settings) -> dict[str, str]:
    """The settings that are a screen's too, as `--set` takes them."""
    found = {name: getattr(settings, name) for name in SCREEN_SETTINGS}
    return {name: _as_text(value) for name, value in found.items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
