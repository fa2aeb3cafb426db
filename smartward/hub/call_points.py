"""What an administrator does about call points, through the hub's admin socket."""

import re
from dataclasses import asdict, replace
from typing import Any

from smartward.clinical.bed import Bed
from smartward.clinical.call_point import CallPoint, CallPointKind
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.nurse_call import CallClass
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import administrator, gateway_alert, point_moves, point_watch, room_presence
from smartward.hub.access import Access
from smartward.hub.admin import Admin, find_place
from smartward.hub.administrator import Told
from smartward.hub.heard import Heard
from smartward.hub.point_watch import KIND, expect, find_point, put_point
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode, instant
from smartward.hub.store.reader import Reader
from smartward.hub.ward_calls import open_calls_of

_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_REPORTERS = frozenset({ScreenRole.GATEWAY, ScreenRole.BEDSIDE, ScreenRole.DOOR})
_HEARTBEAT_S = (1.0, 86_400.0)


_ADD = Told("call_point.add", KIND, "id")
_MOVE = Told("call_point.move", KIND, "id")
_REMOVE = Told("call_point.remove", KIND, "id")


def register(admin: Admin, store: Store, access: Access, heard: Heard, settings: Settings) -> None:
    """Let `admin` take the commands on call points."""
    commands = _Commands(store, access, heard, settings)
    admin.handle("call_point.add", commands.add, _ADD)
    admin.handle("call_point.move", commands.move, _MOVE)
    admin.handle("call_point.list", commands.list)
    admin.handle("call_point.remove", commands.remove, _REMOVE)


class _Commands:
    """The commands, on one store. Each raises Misconfigured with the remedy."""

    def __init__(self, store: Store, access: Access, heard: Heard, settings: Settings) -> None:
        self._store = store
        self._access = access
        self._heard = heard
        self._settings = settings
        self._ward = settings.ward

    async def add(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make a call point known. Refused where its id is known already: whoever hangs it
        elsewhere says so (`move`), and two things on the walls need two ids."""
        id = self._id(request["id"])
        kind = _kind(request["kind"])
        heartbeat_s = _heartbeat(request.get("heartbeat_s"))
        via = self._via(request.get("via"))

        def write(tx: Tx) -> CallPoint:
            known = find_point(tx, self._ward, id)
            if known is not None:
                place = self._place_of(tx, known)
                raise Misconfigured("call_points.refused.exists", id, id=id, place=place)
            bed = self._bed(tx, request.get("bed"), request.get("room"))
            _check_reach(via, bed.id, bed.room_id)
            point = CallPoint(
                id=id,
                kind=kind,
                bed_id=bed.id,
                room_id=bed.room_id,
                label=str(request.get("label") or ""),
                via=via.id,
                heartbeat_s=heartbeat_s,
            )
            tx.origin("admin", None, None)
            point = point_watch.behind(tx, self._ward, point)
            put_point(tx, self._ward, point)
            expect(tx, self._ward, point)
            self._watch(tx, via)
            _tell(tx, self._ward, request, _ADD, point, kind=kind, via=via.id)
            return point

        return _told(await self._store.write(write))

    async def move(self, request: dict[str, Any]) -> dict[str, Any]:
        """A known call point hangs elsewhere, or is told of by another device. What is not named
        stays as it is: its heartbeat, and since when it is lost."""
        id = str(request["id"])
        beat = request.get("heartbeat_s")
        heartbeat_s = _heartbeat(beat)
        given = request.get("via")
        via = None if given is None else self._via(given)

        def write(tx: Tx) -> CallPoint:
            before = self._known(tx, id)
            bed, room = request.get("bed"), request.get("room")
            place = (before.bed_id, before.room_id)
            if bed is not None or room is not None:
                found = self._bed(tx, bed, room)
                place = (found.id, found.room_id)
            reporter = via or self._access.device(before.via)
            if reporter is not None:
                _check_reach(reporter, *place)
            point = replace(
                before,
                bed_id=place[0],
                room_id=place[1],
                via=before.via if via is None else via.id,
                heartbeat_s=before.heartbeat_s if beat is None else heartbeat_s,
                label=str(request.get("label") or before.label),
            )
            tx.origin("admin", None, None)
            point = point_moves.put_moved(tx, self._ward, before, point)
            if via is not None:
                self._watch(tx, via)
            source = {"from": before.bed_id, "via": point.via}
            _tell(tx, self._ward, request, _MOVE, point, **source)
            return point

        return _told(await self._store.write(write))

    def _watch(self, tx: Tx, via: Device) -> None:
        point_watch.expect_gateway(tx, self._ward, via, self._settings.gateway_silent_s)

    def _known(self, reader: Reader, id: str) -> CallPoint:
        point = find_point(reader, self._ward, id)
        if point is None:
            raise Misconfigured("call_points.refused.unknown", id, id=id)
        return point

    def _place_of(self, reader: Reader, point: CallPoint) -> str:
        """The number of its bed, as the ward says it."""
        stored = reader.get(self._ward, "bed", point.bed_id)
        return point.bed_id if stored is None else decode(stored.body, Bed).number

    async def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """Every call point of the ward, and how its device is: behind one that is silent a point
        without a heartbeat looks well and cannot call."""
        return await self._store.read(self._listed)

    def _listed(self, reader: Reader) -> dict[str, Any]:
        points = (decode(one.body, CallPoint) for one in reader.all(self._ward, KIND))
        told = [
            _told(point)
            | {
                "via_silent_since": gateway_alert.silent_since(reader, self._ward, point.via),
                "via_silent_s": round(self._heard.device_silent_s(point.via)),
            }
            for point in sorted(points, key=lambda one: one.id)
        ]
        return {"call_points": told}

    async def remove(self, request: dict[str, Any]) -> dict[str, Any]:
        """It is no longer one of ours. Refused while a call is open there that only it can end."""
        id = str(request["id"])

        def write(tx: Tx) -> None:
            point = self._known(tx, id)
            calls = open_calls_of(tx, self._ward, id)
            if any(call.call_class is not CallClass.NORMAL for call in calls):
                raise Misconfigured("call_points.refused.open_call", id, id=id)
            tx.origin("admin", None, None)
            tx.delete(self._ward, KIND, id)
            tx.deadline_clear(self._ward, KIND, id)
            point_moves.forget_device(tx, self._ward, point.via)
            _tell(tx, self._ward, request, _REMOVE, point)

        await self._store.write(write)
        return {"id": id}

    # ------------------------------------------------------------------ what was asked for

    def _id(self, given: Any) -> str:
        id = str(given)
        if not _ID.fullmatch(id):
            raise Misconfigured("call_points.refused.bad_id", id, id=id)
        if self._access.device(id) is not None:
            raise Misconfigured("call_points.refused.device_id", id, id=id)
        return id

    def _via(self, given: Any) -> Device:
        """The device that reports the point; where none is named, the ward's only gateway."""
        ours = [device for device in self._access.devices() if device.ward == self._ward]
        if given:
            found = [device for device in ours if device.id == str(given)]
        else:
            found = [device for device in ours if device.role is ScreenRole.GATEWAY]
        if len(found) == 1 and found[0].role in _REPORTERS:
            return found[0]
        if not given:
            raise Misconfigured("call_points.refused.no_via")
        raise Misconfigured("call_points.refused.bad_via", str(given), device=str(given))

    def _bed(self, reader: Reader, bed: Any, room: Any) -> Bed:
        """The bed whose calls are made there; of a room its first."""
        if (bed is None) == (room is None):
            raise Misconfigured("call_points.refused.no_place")
        role = ScreenRole.BEDSIDE if room is None else ScreenRole.DOOR
        wanted = str(bed if room is None else room)
        place = find_place(reader, self._settings, role, wanted)
        if room is None:
            stored = reader.get(self._ward, "bed", place or "")
            beds = [] if stored is None else [decode(stored.body, Bed)]
        else:
            beds = room_presence.beds_of(reader, self._ward, place or "")
        if not beds:
            raise Misconfigured("call_points.refused.unknown_place", wanted, place=wanted)
        return beds[0]


def _check_reach(via: Device, bed_id: str, room_id: str) -> None:
    """A screen reports only what hangs in its own place."""
    own = {ScreenRole.BEDSIDE: bed_id, ScreenRole.DOOR: room_id}.get(via.role)
    if own is not None and via.place != own:
        raise Misconfigured("call_points.refused.elsewhere", via.id, device=via.id)


def _kind(given: Any) -> CallPointKind:
    try:
        return CallPointKind(given)
    except ValueError as error:
        kinds = ", ".join(CallPointKind)
        raise Misconfigured(
            "call_points.refused.bad_kind", str(given), kind=str(given), kinds=kinds
        ) from error


def _heartbeat(given: Any) -> float | None:
    if given is None:
        return None
    least, most = _HEARTBEAT_S
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = 0.0
    if not least <= seconds <= most:
        raise Misconfigured(
            "call_points.refused.bad_heartbeat", str(given), value=str(given), least=1, most=86400
        )
    return seconds


def _tell(
    tx: Tx, ward: str, request: dict[str, Any], told: Told, point: CallPoint, **detail: str
) -> None:
    administrator.record(tx, ward, request, told, id=point.id, bed=point.bed_id, **detail)


def _told(point: CallPoint) -> dict[str, Any]:
    since = point.lost_since
    return {
        **asdict(point),
        "kind": str(point.kind),
        "lost_since": None if since is None else instant(since),
    }
