"""What becomes of call points when the device that reports them is replaced, moved or taken away.

No point is left behind in silence: it goes on with the device that stands there instead, or it is
lost, and the ward is told.
"""

import logging
from dataclasses import replace

from smartward.clinical.call_point import CallPoint
from smartward.clinical.device import Device
from smartward.hub import gateway_alert, point_watch
from smartward.hub.store.tx import Tx

log = logging.getLogger("smartward.call_point")

_LOOK_AGAIN_S = 60.0


def put_moved(tx: Tx, ward: str, before: CallPoint, point: CallPoint) -> CallPoint:
    """Store a point that hangs elsewhere or is told of by another device. One that is lost goes on
    being told of as before; its old device may be away once it has no points."""
    if (before.via, before.bed_id) != (point.via, point.bed_id):
        point = point_watch.behind(tx, ward, point)
    point_watch.put_point(tx, ward, point)
    if point.lost_since is None:
        point_watch.expect(tx, ward, point)
    elif before.via != point.via:
        # Behind a silent gateway nobody looked at it; behind another one it is told alone.
        own = point.heartbeat_s
        point_watch.expect(tx, ward, point, _LOOK_AGAIN_S if own is None else own)
    forget_device(tx, ward, before.via)
    return point


def forget_device(tx: Tx, ward: str, device_id: str) -> None:
    """A device without call points may be away."""
    if not point_watch.points_of(tx, ward, device_id):
        gateway_alert.clear(tx, ward, device_id)


def hand_over(tx: Tx, old_id: str, new: Device) -> list[CallPoint]:
    """The points of a device are told of by the one that stands in its place from now on."""
    points = point_watch.points_of(tx, new.ward, old_id)
    return [put_moved(tx, new.ward, one, replace(one, via=new.id)) for one in points]


def device_gone(tx: Tx, ward: str, device_id: str) -> list[str]:
    """A device is none of ours any more: nobody can call with its points. One alert tells it; it
    is over when they are given to another device, or when this one is back. Gives their ids."""
    points = sorted(point.id for point in point_watch.points_of(tx, ward, device_id))
    if points:
        log.warning("no device reports the call points %s any more", ", ".join(points))
        point_watch.gateway_away(tx, ward, device_id, 0)
        point_watch.look_at_gateway_soon(tx, ward, device_id)
    return points


def screen_moved(tx: Tx, device: Device) -> list[str]:
    """A device stands elsewhere: of what hangs out of its reach it can tell no more, and a call at
    that bed says so. Gives those points' ids."""
    lost = []
    for point in point_watch.points_of(tx, device.ward, device.id):
        if not point_watch.reported_by(device, point):
            point_watch.lose(tx, device.ward, point, 0, wire=False)
            point_watch.expect(tx, device.ward, point, 0)
            lost.append(point.id)
    return sorted(lost)
