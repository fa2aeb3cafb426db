"""What an administrator does about a screen's machine and place, over the admin socket.

Commands: `move` (another bed or room, with the same credential), `confirm` (it stands there, said
from here where its panel takes no touch), `trust` (whoever comes next is the device).
"""

from dataclasses import replace
from typing import Any

from smartward.clinical.device import Device
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, point_moves, right_bed_writes, sessions
from smartward.hub.access import HOUSE
from smartward.hub.admin import Admin, find_place
from smartward.hub.administrator import Told
from smartward.hub.presence import put_status
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.store.tx import Tx

_MOVE = Told("device.move", "device", "device_id")
_CONFIRM = Told("device.confirm", "device", "device_id")
_TRUST = Told("device.trust", "device", "device_id")

Answer = dict[str, Any]


def register(admin: Admin, store: Store, settings: Settings) -> None:
    """Have the admin socket take these commands."""

    async def move(request: Answer) -> Answer:
        def write(tx: Tx) -> tuple[Device, Device, list[str], list[str]]:
            return _moved(admin, tx, settings, request)

        was, device, replaced, lost = await store.write(write)
        await admin.reload(device.id, *replaced)
        return {
            "device_id": device.id,
            "place": device.place,
            "confirmed": device.confirmed,
            "label": device.label,
            "former_label": was.label,
            "replaced": replaced,
            "lost_points": lost,
        }

    async def confirm(request: Answer) -> Answer:
        def write(tx: Tx) -> Device:
            device = _known(tx, request)
            tx.origin("admin", None, None)
            if right_bed_writes.confirm(tx, device.id):
                _record(tx, device, request, _CONFIRM)
            return device

        device = await store.write(write)
        await admin.reload()
        return {"device_id": device.id, "place": device.place}

    async def trust(request: Answer) -> Answer:
        def write(tx: Tx) -> Device:
            device = _known(tx, request)
            tx.origin("admin", None, None)
            right_bed_writes.forget(tx, device.id)
            _record(tx, device, request, _TRUST)
            return device

        device = await store.write(write)
        await admin.reload(device.id)
        return {"device_id": device.id}

    admin.handle("move", move, _MOVE)
    admin.handle("confirm", confirm, _CONFIRM)
    admin.handle("trust", trust, _TRUST)


def _moved(
    admin: Admin, tx: Tx, settings: Settings, request: Answer
) -> tuple[Device, Device, list[str], list[str]]:
    """The device as it was and at its new place, who made room for it, and the call points left
    behind. Its label goes unless another is given: "Bed 12" is no name of what hangs at bed 14."""
    was = _known(tx, request)
    place = find_place(tx, settings, was.role, str(request.get("place") or ""))
    second = bool(request.get("second"))
    label = str(request.get("label") or "")
    wanted = replace(was, place=place, second=second, label=label)
    device = right_bed_writes.with_move(was, wanted)
    if device.place == was.place:
        return was, was, [], []
    tx.origin("admin", None, None)
    replaced = admin.make_room(tx, device, request)
    sessions.device_gone(tx, device.id)
    tx.put(HOUSE, "device", device.id, device)
    put_status(tx, device, online=False, since=tx.now, placed=True)
    right_bed_writes.moved(tx, device)
    lost = point_moves.screen_moved(tx, device)
    _record(tx, device, request, _MOVE, source=was.place or "")
    return was, device, replaced, lost


def _known(tx: Tx, request: Answer) -> Device:
    """Raises Misconfigured for a device that is none of ours."""
    id = str(request["device_id"])
    stored = tx.get(HOUSE, "device", id)
    if stored is None:
        raise Misconfigured("enrol.unknown_device", id, device=id)
    return decode(stored.body, Device)


def _record(tx: Tx, device: Device, request: Answer, told: Told, **detail: str) -> None:
    place = {"role": str(device.role), "place": device.place or device.ward}
    administrator.record(tx, device.ward, request, told, id=device.id, **place, **detail)
