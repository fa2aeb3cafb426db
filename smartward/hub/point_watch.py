"""Heartbeats of call points: when one is missed, who is told, and how often.

One deadline for each watched point, in the store. When it comes and the point was heard meanwhile,
it is moved. A point that is silent is told at its bed, once; the points behind a gateway that is
silent as a whole are told together, by one alert.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from uuid6 import uuid7

from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.nurse_call import CallSettings
from smartward.hub import gateway_alert
from smartward.hub.heard import Heard
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.ward_calls import line_lost

log = logging.getLogger("smartward.call_point")

KIND = "call_point"
"""Kind of the document, and of the deadline at which it must have been heard of."""

_TELL_AGAIN_S = 600.0
"""A point that is lost still after this, its call closed meanwhile, is told again."""
_LOOK_AGAIN_S = 60.0
"""After this a lost point is looked at again whose bed had another call open."""
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


def gateway_heard(tx: Tx, ward: str, device_id: str) -> None:
    """A gateway that was away tells again: its alert is over, and each of its lost points has one
    heartbeat's time to be heard."""
    if not gateway_alert.clear(tx, ward, device_id):
        return
    log.info("gateway %s is there again", device_id)
    for point in points_of(tx, ward, device_id):
        if point.lost_since is not None and not point.wire_lost:
            expect(tx, ward, point)


def points_of(reader: Reader, ward: str, device_id: str) -> list[CallPoint]:
    """The call points that a device reports."""
    points = (decode(stored.body, CallPoint) for stored in reader.all(ward, KIND))
    return [point for point in points if point.via == device_id]


class PointWatch:
    """Looks at a ward's call points when their deadlines come."""

    def __init__(self, ward: str, heard: Heard, settings: CallSettings) -> None:
        self._ward = ward
        self._heard = heard
        self._settings = settings

    def rearm(self, tx: Tx) -> None:
        """The wall clock was set: what is due counts from what was really heard."""
        for stored in tx.all(self._ward, KIND):
            point = decode(stored.body, CallPoint)
            if point.heartbeat_s is not None and point.lost_since is None:
                expect(tx, self._ward, point, self._left_s(point, point.heartbeat_s))

    def due(self, tx: Tx, point_ids: Iterable[str]) -> None:
        """The deadlines of these points have come."""
        for point_id in point_ids:
            self._look(tx, point_id)

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
                self._away(tx, point, silent, via_silent)
                return
            if via_silent > silent - heartbeat_s:
                soon = min(heartbeat_s - via_silent, heartbeat_s / 6)
                expect(tx, self._ward, point, soon)
                return
        log.warning("call point %s has not been heard for %.0f s", point.id, silent)
        tell(tx, self._ward, lose(tx, self._ward, point, silent, wire=False), self._settings)

    def _away(self, tx: Tx, point: CallPoint, silent_s: float, via_silent_s: float) -> None:
        lose(tx, self._ward, point, silent_s, wire=False)
        tx.deadline_clear(self._ward, KIND, point.id)
        points = len(points_of(tx, self._ward, point.via))
        if gateway_alert.open_one(tx, self._ward, point.via, via_silent_s, points):
            log.warning("gateway %s has not been heard for %.0f s", point.via, via_silent_s)

    def _is_gateway(self, reader: Reader, device_id: str) -> bool:
        """Also a device that is no longer enrolled: whatever it was, all its points are silent."""
        stored = reader.get(self._ward, "screen", device_id)
        return stored is None or decode(stored.body, ScreenStatus).role is ScreenRole.GATEWAY
