"""What a screen is given that was approved, and what it is given later: its next certificate.

It is made when the screen fetches it, for the key that asked and no other, so that no secret is
kept for it.
"""

from dataclasses import replace
from datetime import datetime, time

import msgspec

from smartward.clinical.audit import About
from smartward.clinical.call_mark import Actor
from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub import audit, certificates
from smartward.hub.access import HOUSE, Access, Forbidden, new_token, token_hash
from smartward.hub.authority import Authority, Issued
from smartward.hub.binding import KIND as BINDING
from smartward.hub.binding import Binding
from smartward.hub.certificates import Certificates
from smartward.hub.pairing_requests import KIND, Request
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx
from smartward.wire.pairing import Ask, Enrolment, PairingAnswer, Renew, Renewed

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


class Issuing:
    """Gives the ward's screens what they are known by: token, certificate and binding."""

    def __init__(
        self,
        store: Store,
        access: Access,
        certificates: Certificates,
        authority: Authority,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._store = store
        self._access = access
        self._certificates = certificates
        self._authority = authority
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward

    def trust_own(self) -> None:
        """Hear from now on who has a certificate of our own authority."""
        authority = self._authority.certificate()
        if authority is not None:
            self._certificates.trust(authority)

    async def give(self, asked: Ask, request: Request, device_id: str) -> PairingAnswer:
        """What the approved device is from now on. Fetched again, as after an answer that was lost,
        what was given before is worth nothing. Raises BadData for a bad certificate request,
        StorageFault."""
        issued = self.issue(asked.csr, device_id)
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
        return PairingAnswer(
            state="paired", salt=request.salt, word=request.word, enrolment=enrolment
        )

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
        issued = self.issue(asked.csr, device.id)

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

    def issue(self, csr: str, device_id: str) -> Issued:
        """A certificate for the key of a certificate request (PEM). It counts once the store knows
        it. Raises as `Authority.issue`."""
        days = self._settings.device_certificate_days
        return self._authority.issue(csr, device_id, self._clock.now(), days)

    def _renew_at(self, issued: Issued) -> datetime:
        """At a third of its life left."""
        now = self._clock.now()
        return now + (issued.not_after - now) * 2 / 3


def screen_settings(settings: Settings) -> dict[str, str]:
    """The settings that are a screen's too, as `--set` takes them."""
    found = {name: getattr(settings, name) for name in SCREEN_SETTINGS}
    return {name: _as_text(value) for name, value in found.items()}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
