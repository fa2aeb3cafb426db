"""Heartbeats of call points: when one is missed, who is told, and how often.

One deadline for each watched point, in the store. When it comes and the point was heard meanwhile,
it is moved. A point that is silent is told at its bed, once; the points behind a gateway that is
silent as a whole are lost together, those without a heartbeat too, and told by one alert. A gateway
has a deadline of its own, whatever its points have; without any it is no alert, but its state.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from uuid6 import uuid7

from smartward.clinical.alert import Alert
from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole, ScreenStatus
from smartward.clinical.nurse_call import CallSettings
from smartward.hub import gateway_alert
from smartward.hub.access import HOUSE, reaches
from smartward.hub.heard import Heard
from smartward.hub.presence import put_status
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.ward_calls import line_lost

log = logging.getLogger("smartward.call_point")

KIND = "call_point"
"""Kind of the document, and of the deadline at which it must have been heard of."""

GATEWAY = "gateway"
"""Kind of the deadline at which a gateway must have been heard of."""

_TELL_AGAIN_S = 600.0
"""A point that is lost still after this, its call closed meanwhile, is told again."""
_LOOK_AGAIN_S = 60.0
"""After this a lost point is looked at again whose bed had another call open."""
_AWAY_LOOK_S = 10.0
"""After this a gateway that is away is looked at again: nobody tells that its feed is open."""
_LEAST_S = 1.0


def find_point(reader: Reader, ward: str, id: str) -> CallPoint | None:
    """A call point of the ward, or None."""
    stored = reader.get(ward, KIND, id)
    return None if stored is None else decode(stored.body, CallPoint)


def put_point(tx: Tx, ward: str, point: CallPoint) -> None:
    """Store a call point at its bed, so that the bedside knows whether it can be trusted."""
    tx.put(ward, KIND, point.id, point, bed=point.bed_id, room=point.room_id)


def expect(tx: Tx, ward: str, point: CallPoint, within_s: float | None = None) -> None:
    """Look at the point after `within_s`, its own heartbeat by default; never, where it has none
    and none is given."""
    seconds = point.heartbeat_s if within_s is None else within_s
    if seconds is None:
        tx.deadline_clear(ward, KIND, point.id)
    else:
        at = tx.now + timedelta(seconds=max(seconds, _LEAST_S))
        tx.deadline_set(ward, KIND, point.id, at)


def lose(tx: Tx, ward: str, point: CallPoint, silent_s: float, *, wire: bool) -> CallPoint:
    """The point cannot be trusted since `silent_s` seconds ago; an older loss keeps its time."""
    since = point.lost_since or tx.now - timedelta(seconds=max(silent_s, 0))
    lost = replace(point, lost_since=since, wire_lost=point.wire_lost or wire)
    put_point(tx, ward, lost)
    return lost


def find_again(tx: Tx, ward: str, point: CallPoint, *, wire: bool) -> CallPoint:
    """The point gave a sign of life. With `wire` its wire is whole too; a cut wire is not mended
    by a heartbeat."""
    if point.wire_lost and not wire:
        return point
    well = replace(point, lost_since=None, wire_lost=False)
    if well != point:
        put_point(tx, ward, well)
        expect(tx, ward, well)
        log.info("call point %s is there again", point.id)
    return well


def tell(tx: Tx, ward: str, point: CallPoint, settings: CallSettings) -> None:
    """Tell the ward of a lost point: by a call at its bed, once. While the bed has another normal
    call open somebody comes anyway; then it is looked at again. Told and closed, it is told again
    while it stays lost: a closed call mends no wire."""
    told = line_lost(tx, ward, point, str(uuid7()), tx.now, settings)
    expect(tx, ward, point, _TELL_AGAIN_S if told else _LOOK_AGAIN_S)


def expect_gateway(tx: Tx, ward: str, device: Device, within_s: float) -> None:
    """A gateway must be heard of within so many seconds."""
    if device.role is ScreenRole.GATEWAY:
        tx.deadline_set(ward, GATEWAY, device.id, tx.now + timedelta(seconds=within_s))


def gateway_heard(tx: Tx, ward: str, device_id: str) -> None:
    """A gateway that was away tells again: its alert is over. Its lost points that have a heartbeat
    must be heard within it; the others were lost for the gateway's sake alone."""
    device = _device(tx, device_id)
    _tell_whether_here(tx, device, here=True)
    if not gateway_alert.clear(tx, ward, device_id):
        return
    log.info("gateway %s is there again", device_id)
    for point in points_of(tx, ward, device_id):
        if point.lost_since is None or point.wire_lost:
            continue
        if device is None or not reported_by(device, point):
            expect(tx, ward, point, 0)  # it came back elsewhere: the point is told of alone
        elif point.heartbeat_s is None:
            find_again(tx, ward, point, wire=False)
        else:
            expect(tx, ward, point)


def look_at_gateway_soon(tx: Tx, ward: str, device_id: str) -> None:
    """See whether a device that is away is there again."""
    tx.deadline_set(ward, GATEWAY, device_id, tx.now + timedelta(seconds=_AWAY_LOOK_S))


def gateway_away(tx: Tx, ward: str, device_id: str, silent_s: float) -> bool:
    """A device is away since `silent_s` seconds: none of its points can call, and one alert tells
    of them all. False where that was told before; what was made known since is lost with it."""
    _tell_whether_here(tx, _device(tx, device_id), here=False, silent_s=silent_s)
    points = points_of(tx, ward, device_id)
    for point in points:
        if point.lost_since is None:
            lose(tx, ward, point, silent_s, wire=False)
        tx.deadline_clear(ward, KIND, point.id)
    return gateway_alert.open_one(tx, ward, device_id, silent_s, len(points))


def _device(reader: Reader, device_id: str) -> Device | None:
    """A device that is enrolled; None: it is not, or no longer."""
    stored = reader.get(HOUSE, "device", device_id)
    return None if stored is None else decode(stored.body, Device)


def _tell_whether_here(tx: Tx, device: Device | None, *, here: bool, silent_s: float = 0) -> None:
    """A gateway has no feed: it is there while it tells of its points."""
    if device is not None and device.role is ScreenRole.GATEWAY:
        put_status(tx, device, online=here, since=tx.now - timedelta(seconds=silent_s))


def behind(reader: Reader, ward: str, point: CallPoint) -> CallPoint:
    """The point as it is once another device reports it: lost, where that one is away; one that was
    lost for its old device's sake alone is well elsewhere."""
    if point.heartbeat_s is None and not point.wire_lost:
        point = replace(point, lost_since=None)
    stored = gateway_alert.find(reader, ward, point.via)
    if point.lost_since is None and stored is not None:
        point = replace(point, lost_since=decode(stored.body, Alert).opened_at)
    return point


def reported_by(device: Device, point: CallPoint) -> bool:
    """Whether a device may tell of a point: a screen only of what hangs in its own place."""
    return device.role in WARD_WIDE_ROLES or reaches(device, point.bed_id, point.room_id)


def points_of(reader: Reader, ward: str, device_id: str) -> list[CallPoint]:
    """The call points that a device reports."""
    points = (decode(stored.body, CallPoint) for stored in reader.all(ward, KIND))
    return [point for point in points if point.via == device_id]


class PointWatch:
    """Looks at a ward's call points when their deadlines come."""

    def __init__(
        self, ward: str, heard: Heard, settings: CallSettings, gateway_silent_s: float
    ) -> None:
        """`gateway_silent_s`: seconds within which a gateway must be heard of."""
        self._ward = ward
        self._heard = heard
        self._settings = settings
        self._gateway_silent_s = gateway_silent_s

    def rearm(self, tx: Tx) -> None:
        """The wall clock was set: what is due counts from what was really heard."""
        self._heard.take_over(tx, tx.store_time())
        for stored in tx.all(self._ward, KIND):
            point = decode(stored.body, CallPoint)
            if point.heartbeat_s is not None and point.lost_since is None:
                expect(tx, self._ward, point, self._left_s(point, point.heartbeat_s))
        self.watch_gateways(tx)

    def watch_gateways(self, tx: Tx) -> None:
        """Look at every gateway and every device that reports call points: when the hub starts, and
        after its clock was set."""
        statuses = (decode(one.body, ScreenStatus) for one in tx.all(self._ward, "screen"))
        found = {one.device_id for one in statuses if one.role is ScreenRole.GATEWAY}
        found |= {decode(one.body, CallPoint).via for one in tx.all(self._ward, KIND)}
        for device_id in found:
            tx.deadline_set(self._ward, GATEWAY, device_id, tx.now)

    def due(self, tx: Tx, point_ids: Iterable[str]) -> None:
        """The deadlines of these points have come."""
        self._heard.take_over(tx, tx.store_time())
        for point_id in point_ids:
            self._look(tx, point_id)

    def gateways_due(self, tx: Tx, device_ids: Iterable[str]) -> None:
        """The deadlines of these gateways have come."""
        self._heard.take_over(tx, tx.store_time())
        for device_id in device_ids:
            self._look_at_gateway(tx, device_id)

    def _look_at_gateway(self, tx: Tx, device_id: str) -> None:
        """Also at a screen that was taken away: its points are well when it is back."""
        away = gateway_alert.find(tx, self._ward, device_id) is not None
        watched = away or self._is_gateway(tx, device_id)
        if not (watched and points_of(tx, self._ward, device_id)):
            self._look_at_bare(tx, device_id)
            return
        if away and self._heard.here(device_id):
            gateway_heard(tx, self._ward, device_id)
        elif self._silent(device_id):
            self._away(tx, device_id, self._heard.device_silent_s(device_id))
        elif not away and self._heard.has_told(device_id):
            _tell_whether_here(tx, _device(tx, device_id), here=True)
        if gateway_alert.find(tx, self._ward, device_id) is not None:
            look_at_gateway_soon(tx, self._ward, device_id)
        else:
            left = self._gateway_silent_s - self._heard.device_silent_s(device_id)
            at = tx.now + timedelta(seconds=max(left, _LEAST_S))
            tx.deadline_set(self._ward, GATEWAY, device_id, at)

    def _look_at_bare(self, tx: Tx, device_id: str) -> None:
        """A gateway that reports no point so far: nobody calls by it, and whoever sets it up sees
        whether it came. Where others hear of this ward too, only its feed would tell."""
        device = _device(tx, device_id)
        if device is None or device.role is not ScreenRole.GATEWAY:
            tx.deadline_clear(self._ward, GATEWAY, device_id)
            return
        speaks = self._heard.speaks(device_id, self._gateway_silent_s)
        if speaks or (speaks is False and not self._heard.shared):
            silent_s = 0 if speaks else self._gateway_silent_s
            _tell_whether_here(tx, device, here=speaks, silent_s=silent_s)
        expect_gateway(tx, self._ward, device, self._gateway_silent_s)

    def _silent(self, device_id: str) -> bool:
        return self._heard.device_silent_s(device_id) >= self._gateway_silent_s

    def _look(self, tx: Tx, point_id: str) -> None:
        point = find_point(tx, self._ward, point_id)
        if point is None:
            tx.deadline_clear(self._ward, KIND, point_id)
        elif point.lost_since is not None:
            self._still_lost(tx, point)
        elif point.heartbeat_s is None:
            tx.deadline_clear(self._ward, KIND, point_id)
        elif (left := self._left_s(point, point.heartbeat_s)) > 0:
            expect(tx, self._ward, point, left)
        else:
            self._missed(tx, point, point.heartbeat_s)

    def _left_s(self, point: CallPoint, heartbeat_s: float) -> float:
        return heartbeat_s - self._heard.point_silent_s(point.id)

    def _still_lost(self, tx: Tx, point: CallPoint) -> None:
        if gateway_alert.find(tx, self._ward, point.via) is not None:
            tx.deadline_clear(self._ward, KIND, point.id)
        else:
            tell(tx, self._ward, point, self._settings)

    def _missed(self, tx: Tx, point: CallPoint, heartbeat_s: float) -> None:
        """The point alone, or the gateway with all its points? Heard after this one was due, the
        gateway lives. Else that shows before it has been silent for a heartbeat itself."""
        silent = self._heard.point_silent_s(point.id)
        if self._is_gateway(tx, point.via):
            via_silent = self._heard.device_silent_s(point.via)
            if via_silent >= heartbeat_s:
                self._away(tx, point.via, via_silent)
                return
            if via_silent > silent - heartbeat_s:
                soon = min(heartbeat_s - via_silent, heartbeat_s / 6)
                expect(tx, self._ward, point, soon)
                return
        log.warning("call point %s has not been heard for %.0f s", point.id, silent)
        tell(tx, self._ward, lose(tx, self._ward, point, silent, wire=False), self._settings)

    def _away(self, tx: Tx, device_id: str, silent_s: float) -> None:
        if gateway_away(tx, self._ward, device_id, silent_s):
            log.warning("gateway %s has not been heard for %.0f s", device_id, silent_s)

    def _is_gateway(self, reader: Reader, device_id: str) -> bool:
        """Also a device that is no longer enrolled: whatever it was, all its points are silent."""
        stored = reader.get(self._ward, "screen", device_id)
        return stored is None or decode(stored.body, ScreenStatus).role is ScreenRole.GATEWAY
