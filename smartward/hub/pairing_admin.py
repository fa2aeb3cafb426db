"""What a person says of screens that wait to be paired, over the admin socket.

Commands: `waiting` (who asks), `approve` (CODE is the screen of this role at this place), `refuse`.
"""

from dataclasses import replace
from typing import Any

from uuid6 import uuid7

from smartward.clinical.device import Device, ScreenRole
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator
from smartward.hub.access import HOUSE, new_token
from smartward.hub.admin import Admin, Enrolled
from smartward.hub.administrator import Told
from smartward.hub.pairing import KIND, Request, of_store, waiting
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.wire.pairing import typed_code

_APPROVE = Told("device.approve", "pairing", "code")
_REFUSE = Told("device.refuse", "pairing", "code")

_NO_PAGES = frozenset({ScreenRole.GATEWAY, ScreenRole.STANDBY})

Answer = dict[str, Any]


def register(admin: Admin, store: Store, settings: Settings) -> None:
    """Have the admin socket take these commands."""

    async def who_waits(request: Answer) -> Answer:
        found = await store.read(lambda reader: list(waiting(of_store(reader, settings.ward))))
        return {"waiting": [_plain(one) for one in found]}

    async def approve(request: Answer) -> Answer:
        done, code = await store.write(lambda tx: approved(admin, tx, settings, request))
        await admin.reload(done.device.id, *done.replaced)
        return done.answer() | {"code": code, "role": str(done.device.role)}

    async def refuse(request: Answer) -> Answer:
        def write(tx: Tx) -> Request:
            found = named(tx, settings.ward, str(request.get("code") or ""))
            tx.origin("admin", None, None)
            tx.put(settings.ward, KIND, found.id, replace(found, refused=True))
            administrator.record(tx, settings.ward, request, _REFUSE, id=found.id, code=found.code)
            return found

        found = await store.write(write)
        return {"code": found.code}

    admin.handle("waiting", who_waits)
    admin.handle("approve", approve, _APPROVE)
    admin.handle("refuse", refuse, _REFUSE)


def named(reader: Reader, ward: str, said: str) -> Request:
    """The waiting screen with this code, typed or read from its QR code. Raises Misconfigured."""
    code = typed_code(said)
    found = [one for one in waiting(of_store(reader, ward)) if one.code == code]
    if not found:
        raise Misconfigured("enrol.no_such_code", code, code=code or said)
    return found[0]


def approved(admin: Admin, tx: Tx, settings: Settings, request: Answer) -> tuple[Enrolled, str]:
    """Make the waiting screen one of ours; it fetches what it needs itself. What was not said about
    a screen that was one of ours before stays as it was. Raises Misconfigured."""
    found = named(tx, settings.ward, str(request.get("code") or ""))
    was = _device(tx, found.was)
    wanted = dict(request)
    if not wanted.get("role"):
        wanted["role"] = str(ScreenRole.BEDSIDE if was is None else was.role)
    if wanted["role"] in _NO_PAGES:
        raise Misconfigured("enrol.no_screen", wanted["role"], role=str(wanted["role"]))
    if was is not None and not wanted.get("place") and wanted["role"] == was.role:
        wanted |= {"place": was.place, "second": was.second}
        wanted["label"] = wanted.get("label") or was.label
    device_id = str(uuid7()) if was is None else was.id
    # A token that nobody has: the screen's own is made when it comes for it.
    done = admin.enrol_in(tx, wanted, device_id, new_token(device_id))
    tx.put(settings.ward, KIND, found.id, replace(found, approved_as=device_id))
    place = done.device.place or done.device.ward
    detail = {"code": found.code, "role": str(done.device.role), "place": place}
    administrator.record(tx, settings.ward, request, _APPROVE, id=found.id, **detail)
    return done, found.code


def _device(reader: Reader, id: str | None) -> Device | None:
    stored = None if id is None else reader.get(HOUSE, "device", id)
    return None if stored is None else decode(stored.body, Device)


def _plain(one: Request) -> dict[str, Any]:
    return {
        "code": one.code,
        "serial": one.serial,
        "version": one.version,
        "address": one.address,
        "since": one.asked_at.isoformat(),
        "was": one.was,
    }
