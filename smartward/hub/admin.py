"""What the administrator's socket takes (`admin_socket`): `enrol`, `devices`, `revoke`, `settings`,
and what other modules register. What changes who may do what is told in the audit with the user of
this machine who asked, also where it was refused.
"""

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from uuid6 import uuid7

from smartward.clinical.bed import Bed
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.config import Settings
from smartward.errors import Misconfigured, StorageFault
from smartward.hub import (
    administrator,
    certificates,
    device_orders,
    entrusting,
    fleet,
    night_hours,
    pairing_requests,
    point_moves,
    point_watch,
    right_bed_writes,
    sessions,
    updates,
)
from smartward.hub.access import HOUSE, Access, new_token, token_hash
from smartward.hub.admin_socket import AdminSocket, Command
from smartward.hub.administrator import Told
from smartward.hub.presence import put_status
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader

log = logging.getLogger("smartward.admin")

_ENROL = Told("device.enrol", "device", "device_id")
_REVOKE = Told("device.revoke", "device", "device_id")
_MOVE_POINT = Told("call_point.move", "call_point", "id")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an enrolment did."""

    device: Device
    before: str
    """What the id was until then: `new`, `enrolled` or `revoked`."""
    replaced: tuple[str, ...]
    """Devices that made room, and are revoked."""
    lost_points: tuple[str, ...]
    """Call points with which nobody can call now."""

    def answer(self) -> dict[str, Any]:
        """As the socket says it."""
        return {
            "device_id": self.device.id,
            "ward": self.device.ward,
            "place": self.device.place,
            "before": self.before,
            "replaced": list(self.replaced),
            "lost_points": list(self.lost_points),
        }


class Admin(AdminSocket):
    """The admin socket of whoever has a store."""

    def __init__(
        self,
        path: Path,
        store: Store,
        access: Access,
        settings: Settings,
        dropped: Callable[[str], None],
    ) -> None:
        """`dropped` is told the id of a device whose feeds must end."""
        super().__init__(path)
        self._store = store
        self._access = access
        self._settings = settings
        self._dropped = dropped
        self._told: dict[str, Told] = {}
        self.handle("enrol", self._enrol, _ENROL)
        self.handle("devices", self._devices)
        self.handle("revoke", self._revoke, _REVOKE)
        self.handle("settings", self._show_settings)

    def handle(self, name: str, command: Command, told: Told | None = None) -> None:
        """Take one more command: a module of its own registers what it can do. With `told` its
        refusals are told in the audit; what it did the command tells itself, in its own write."""
        super().handle(name, command)
        if told is not None:
            self._told[name] = told

    async def _do(self, command: Command, request: dict[str, Any]) -> dict[str, Any]:
        given = request.get("device_id")
        try:
            if isinstance(given, str) and request["do"] != "enrol":
                request["device_id"] = self._access.named(given)
            return await super()._do(command, request)
        except Misconfigured as refused:
            told, key = self._told.get(request["do"]), refused.key
            if told is not None:
                await self._tell_refused(told, request, key)
            raise

    async def _tell_refused(self, told: Told, request: dict[str, Any], key: str) -> None:
        ward = self._settings.ward
        try:
            await self._store.write(
                lambda tx: administrator.record(tx, ward, request, told, refused=key)
            )
        except StorageFault as error:
            log.error("a refused command is not in the audit: %s", error)

    # ------------------------------------------------------------------ commands

    async def _enrol(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make a device known, or known anew; the token is told here and nowhere else."""
        device_id = str(request.get("device_id") or uuid7())
        token = new_token(device_id)
        done = await self._store.write(lambda tx: self.enrol_in(tx, request, device_id, token))
        await self.reload(device_id, *done.replaced)
        return done.answer() | {"token": token}

    def enrol_in(self, tx: Tx, request: dict[str, Any], device_id: str, token: str) -> Enrolled:
        """Enrol within a write; `reload` comes behind it. Raises Misconfigured with the remedy for
        a role or a place that is none."""
        role = role_of(request["role"])
        wanted = None if request.get("place") is None else str(request["place"])
        place = find_place(tx, self._settings, role, wanted)
        device = Device(
            id=device_id,
            role=role,
            ward=self._settings.ward,
            place=place,
            label=str(request.get("label") or ""),
            enrolled_at=tx.now,
            second=bool(request.get("second")),
        )
        device = right_bed_writes.with_move(_known(tx, device_id), device)
        tx.origin("admin", None, None)
        replaced = self.make_room(tx, device, request)
        before = _before(tx, device_id)
        if _moved(tx, device):
            sessions.device_gone(tx, device_id)
        right_bed_writes.forget(tx, device_id)
        certificates.forget(tx, device_id)
        pairing_requests.forget(tx, device.ward, device_id)
        tx.put(HOUSE, "device", device_id, device)
        tx.credential_put(device_id, token_hash(token))
        put_status(tx, device, online=False, since=tx.now, placed=True)
        point_watch.expect_gateway(tx, device.ward, device, self._settings.gateway_silent_s)
        right_bed_writes.moved(tx, device)
        lost = point_moves.screen_moved(tx, device)
        at = device.place or device.ward
        administrator.record(
            tx, device.ward, request, _ENROL, id=device_id, role=role, place=at, was=before
        )
        log.info("enrolled %s %s at %s (%s)", device.role, device.id, device.place, before)
        return Enrolled(device, before, tuple(replaced), tuple(lost))

    def make_room(self, tx: Tx, device: Device, request: dict[str, Any]) -> list[str]:
        """Two screens of one role at one place are rarely meant. Whoever enrols says so (`second`),
        or that the new one stands there instead (`replace`: the others are revoked, gives their
        ids). Raises Misconfigured with the ids of those that are there."""
        there = [] if device.place is None or request.get("second") else _like(tx, device)
        if there and not request.get("replace"):
            ids = ", ".join(there)
            raise Misconfigured(
                "enrol.there_already", device.place or "", role=str(device.role), ids=ids
            )
        for id in there:
            self._hand_over(tx, id, device, request)
            self.take_away(tx, id, request)
        return there

    def _hand_over(self, tx: Tx, old_id: str, new: Device, request: dict[str, Any]) -> None:
        """What is plugged into the old screen is plugged into the new one, which has its hours."""
        for point in point_moves.hand_over(tx, old_id, new):
            source = {"from": point.bed_id, "via": new.id}
            administrator.record(
                tx, new.ward, request, _MOVE_POINT, id=point.id, bed=point.bed_id, **source
            )
        night_hours.hand_over(tx, old_id, new)

    async def _devices(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"devices": [plain(device) for device in self._access.devices()]}

    async def _revoke(self, request: dict[str, Any]) -> dict[str, Any]:
        device_id = str(request["device_id"])

        lost = await self._store.write(lambda tx: self.take_away(tx, device_id, request))
        await self.reload(device_id)
        log.info("revoked %s", device_id)
        return {"device_id": device_id, "lost_points": lost}

    def take_away(self, tx: Tx, device_id: str, request: dict[str, Any]) -> list[str]:
        """The device is none of ours any more. Gives the ids of the call points with which nobody
        can call now. Raises Misconfigured where it is none already."""
        stored = tx.get(HOUSE, "device", device_id)
        if stored is None:
            raise Misconfigured("enrol.unknown_device", device_id, device=device_id)
        device = decode(stored.body, Device)
        tx.origin("admin", None, None)
        right_bed_writes.forget(tx, device_id)
        certificates.forget(tx, device_id)
        pairing_requests.forget(tx, device.ward, device_id)
        tx.credential_delete(device_id)
        entrusting.holder_gone(tx, device.ward, device_id)
        sessions.device_gone(tx, device_id)
        lost = point_moves.device_gone(tx, device.ward, device_id)
        tx.delete(device.ward, "screen", device_id)
        fleet.forget(tx, device)
        night_hours.forget(tx, device)
        device_orders.forget(tx, device)
        updates.forget(tx, device)
        tx.delete(HOUSE, "device", device_id)
        place = device.place or device.ward
        administrator.record(
            tx, device.ward, request, _REVOKE, id=device_id, role=device.role, place=place
        )
        return lost

    async def reload(self, *device_ids: str) -> None:
        """Know all devices as they are stored now, and end the feeds of these."""
        await self._store.read(self._access.load)
        for device_id in device_ids:
            self._dropped(device_id)

    async def _show_settings(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"settings": plain(self._settings)}


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON can say it."""
    fields = dataclasses.asdict(value)
    return {
        name: found.isoformat() if isinstance(found, datetime) else _simple(found)
        for name, found in fields.items()
    }


def _simple(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _before(tx: Tx, device_id: str) -> str:
    """What an id was before it is enrolled: `new`, `enrolled` or `revoked`."""
    if tx.get(HOUSE, "device", device_id) is not None:
        return "enrolled"
    return "revoked" if tx.departed(HOUSE, "ward", "", "device", device_id) else "new"


def _known(reader: Reader, device_id: str) -> Device | None:
    stored = reader.get(HOUSE, "device", device_id)
    return None if stored is None else decode(stored.body, Device)


def _moved(reader: Reader, device: Device) -> bool:
    """Whether a device that is known was another role, or stood elsewhere, until now."""
    was = _known(reader, device.id)
    return was is not None and (was.ward, was.role, was.place) != (
        device.ward,
        device.role,
        device.place,
    )


def _like(reader: Reader, device: Device) -> list[str]:
    """The other screens of this role at this place."""
    known = [decode(stored.body, Device) for stored in reader.all(HOUSE, "device")]
    same = (device.ward, device.role, device.place)
    return sorted(
        one.id for one in known if (one.ward, one.role, one.place) == same and one.id != device.id
    )


def role_of(text: Any) -> ScreenRole:
    """The role called so. Raises Misconfigured."""
    try:
        return ScreenRole(text)
    except ValueError as error:
        roles = ", ".join(ScreenRole)
        raise Misconfigured("enrol.bad_role", str(text), role=str(text), roles=roles) from error


def find_place(
    reader: Reader, settings: Settings, role: ScreenRole, wanted: str | None
) -> str | None:
    """The id of the bed or room called `wanted`: its number or name, or its id.

    An id of the HIS (`SOURCE.…`) is taken as it is, also before the HIS has told of any bed.
    Raises Misconfigured with the remedy when there is no such place, or more than one, or when a
    place is given for a role that belongs to the whole ward.
    """
    if role in WARD_WIDE_ROLES:
        if wanted is not None and wanted.strip():
            raise Misconfigured("enrol.no_place_wanted", wanted, role=str(role), place=wanted)
        return None
    if wanted is None or not wanted.strip():
        raise Misconfigured("enrol.no_place", role, role=str(role))
    wanted = wanted.strip()
    beds = [decode(stored.body, Bed) for stored in reader.all(settings.ward, "bed")]
    if role is ScreenRole.DOOR:
        found = {b.room_id for b in beds if wanted in (b.room, b.room_id)}
    else:
        found = {b.id for b in beds if wanted in (b.number, b.id)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise Misconfigured("enrol.ambiguous", wanted, place=wanted, ids=", ".join(sorted(found)))
    if wanted.startswith(f"{settings.his_source}."):
        return wanted
    key = "enrol.unknown_place" if beds else "enrol.no_beds"
    raise Misconfigured(key, wanted, place=wanted, source=settings.his_source)
