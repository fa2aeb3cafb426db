"""When each call point and each gateway was last heard of: in memory, for it is said often.

A heartbeat of a point that is well needs no write: the deadline on the disk is looked at when it
comes, and moved by what is known here. After a restart everything counts as heard at the start, so
that a hub that was away raises no storm of lost lines.
"""

import logging
from collections.abc import Callable

from smartward.clinical.alert import Alert
from smartward.clinical.call_point import CallPoint, CallPointEvent
from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.hub.gateway_alert import RULE
from smartward.hub.store.model import Committed, Stored, decode
from smartward.hub.store.reader import Reader
from smartward.wire.envelope import ActionKind, ActionRequest, Answer

log = logging.getLogger("smartward.call_point")

_MOST_TOLD = 1000
"""How many strangers are told of in the log, one line each."""


class Heard:
    """What this hub has heard of one ward's call points since it started."""

    def __init__(self, ward: str, clock: Clock) -> None:
        self._ward = ward
        self._clock = clock
        self._started = clock.monotonic()
        self._points: dict[str, CallPoint] = {}
        self._away: dict[str, str] = {}
        self._point_at: dict[str, float] = {}
        self._device_at: dict[str, float] = {}
        self._strangers: set[tuple[str, str]] = set()
        self.here: Callable[[str], bool] = lambda device_id: False
        """Whether a device has a feed open."""

    def load(self, reader: Reader) -> None:
        """Take over what the store knows."""
        for kind in ("call_point", "alert"):
            for stored in reader.all(self._ward, kind):
                self._take(stored)

    def committed(self, committed: Committed) -> None:
        """Follow a write."""
        if committed.ward != self._ward:
            return
        for stored in committed.changed:
            self._take(stored)
        for kind, id in committed.gone:
            if kind == "call_point":
                self._points.pop(id, None)
                self._point_at.pop(id, None)
            elif kind == "alert":
                self._away.pop(id, None)

    def _take(self, stored: Stored) -> None:
        if stored.kind == "call_point":
            self._points[stored.id] = decode(stored.body, CallPoint)
        elif stored.kind == "alert":
            alert = decode(stored.body, Alert)
            if alert.rule == RULE:
                self._away[stored.id] = alert.subject.id

    # ------------------------------------------------------------------ asked

    def point_silent_s(self, point_id: str) -> float:
        """Seconds since a call point was heard of, or since the hub started."""
        return self._clock.monotonic() - self._point_at.get(point_id, self._started)

    def has_told(self, device_id: str) -> bool:
        """Whether a device has told of any of its points since the hub started."""
        return device_id in self._device_at

    def device_silent_s(self, device_id: str) -> float:
        """Seconds since a device told of any of its points, 0 while its feed is open; at most
        since the hub started."""
        if self.here(device_id):
            return 0.0
        return self._clock.monotonic() - self._device_at.get(device_id, self._started)

    # ------------------------------------------------------------------ told

    def feed_ended(self, device: Device) -> None:
        """Until now its feed was open."""
        self._device_at[device.id] = self._clock.monotonic()

    def quick(self, device: Device, request: ActionRequest) -> Answer | None:
        """Take note of whatever a device tells of its call points. Gives the answer where that is
        all there is to do (a heartbeat of a point that is well), None where the store is needed.
        """
        action = request.action
        if action.kind != ActionKind.CALL_POINT_EVENT or device.ward != self._ward:
            return None
        point = self._points.get(action.subject)
        if point is None or point.via != device.id:
            self._stranger(device, action.subject)
            return None
        now = self._clock.monotonic()
        self._device_at[device.id] = now
        event = action.data.get("event")
        if event != CallPointEvent.LOST:
            heard = now - max(request.age_ms or 0, 0) / 1000
            self._point_at[point.id] = max(heard, self._point_at.get(point.id, heard))
        well = point.lost_since is None and device.id not in self._away.values()
        if event != CallPointEvent.BEAT or not well:
            return None
        return Answer(id=action.id, outcome="applied")

    def _stranger(self, device: Device, point_id: str) -> None:
        """A press that goes nowhere must be found by somebody: once for each, in the log."""
        pair = (device.id, point_id)
        if pair not in self._strangers and len(self._strangers) < _MOST_TOLD:
            self._strangers.add(pair)
            log.warning(
                "device %s tells of call point %s, which is not one of its own; make it known"
                " with: smartward call-point add",
                device.id,
                point_id[:64].encode("ascii", "backslashreplace").decode(),
            )
