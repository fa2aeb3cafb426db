"""When each call point and each gateway was last heard of: in memory, for it is said often.

A heartbeat of a point that is well needs no write: the deadline on the disk is looked at when it
comes, and moved by what is known here. After a restart everything counts as heard at the start, so
that a hub that was away raises no storm of lost lines.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import inf

from smartward.clinical.alert import Alert
from smartward.clinical.call_point import CallPoint, CallPointEvent
from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clock import Clock
from smartward.hub.gateway_alert import RULE
from smartward.hub.store.lease_table import HeardRow
from smartward.hub.store.model import Committed, Stored, decode, instant
from smartward.hub.store.reader import Reader
from smartward.wire.envelope import ActionKind, ActionRequest, Answer

log = logging.getLogger("smartward.call_point")

POINT, DEVICE = "point", "device"
"""What is told of to the other hubs of a store."""
_TOLD_WITHIN_S = 3.0
"""By so much the store may be behind what another hub has heard: it tells each 2 s."""
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
        self._spoke_at: dict[str, float] = {}
        """Of who told of a point that is none of its own."""
        self._missed: set[str] = set()
        """Gateways that the ward is told to be away."""
        self.here: Callable[[str], bool] = lambda device_id: False
        """Whether a device has a feed open."""
        self.shared = False
        """Whether other hubs hear of this ward's points too."""
        self._news: set[tuple[str, str]] = set()
        self._elsewhere: dict[tuple[str, str], float] = {}

    def load(self, reader: Reader) -> None:
        """Take over what the store knows, and nothing else."""
        self._points, self._away, self._missed = {}, {}, set()
        for kind in ("call_point", "alert", "screen"):
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
            elif kind == "screen":
                self._missed.discard(id)

    def _take(self, stored: Stored) -> None:
        if stored.kind == "call_point":
            self._points[stored.id] = decode(stored.body, CallPoint)
        elif stored.kind == "alert":
            alert = decode(stored.body, Alert)
            if alert.rule == RULE:
                self._away[stored.id] = alert.subject.id
        elif stored.kind == "screen":
            status = decode(stored.body, ScreenStatus)
            gone = status.role is ScreenRole.GATEWAY and not status.online
            (self._missed.add if gone else self._missed.discard)(stored.id)

    # ------------------------------------------------------------------ other hubs

    def begin(self) -> None:
        """This hub decides from now on: what nobody has told of counts as heard now."""
        self._started = self._clock.monotonic()

    def news(self) -> set[tuple[str, str]]:
        """Kind and id of what was heard since this was asked last, for the other hubs."""
        via = {point.via for point in self._points.values()}
        news, self._news = self._news, set()
        return news | {(DEVICE, id) for id in via if self.here(id)}

    def not_told(self, news: set[tuple[str, str]]) -> None:
        """The store did not take it: it is told the next time."""
        self._news |= news

    def rows(self, news: Iterable[tuple[str, str]], now: datetime) -> list[HeardRow]:
        """When these were heard; `now` by the store."""
        return [
            HeardRow(self._ward, kind, id, instant(now - timedelta(seconds=self._ago(kind, id))))
            for kind, id in sorted(news)
        ]

    def _ago(self, kind: str, id: str) -> float:
        return self.point_silent_s(id) if kind == POINT else self.device_silent_s(id)

    def take_over(self, reader: Reader, now: datetime) -> None:
        """What the hubs of this store have heard, this one included; `now` by the store. They tell
        it from time to time: each counts as heard so much later."""
        if not self.shared:
            return
        monotonic = self._clock.monotonic()
        for row in reader.heard_of(self._ward):
            ago = (now - datetime.fromisoformat(row.at)).total_seconds() - _TOLD_WITHIN_S
            self._elsewhere[row.kind, row.id] = monotonic - max(ago, 0.0)

    # ------------------------------------------------------------------ asked

    def has_no_feed(self, device_id: str) -> bool:
        """Whether a device listens nowhere, as far as this hub can know by itself."""
        return not (self.shared or self.here(device_id))

    def point_silent_s(self, point_id: str) -> float:
        """Seconds since a call point was heard of, or since the hub started."""
        return self._clock.monotonic() - self._last(self._point_at, POINT, point_id)

    def has_told(self, device_id: str) -> bool:
        """Whether a device has told of any of its points since the hub started."""
        return device_id in self._device_at or (DEVICE, device_id) in self._elsewhere

    def speaks(self, device_id: str, within_s: float) -> bool | None:
        """Whether a device told of any point, its own or not, within so many seconds, or has its
        feed open; None: it did not, and this hub does not listen for so long yet."""
        now = self._clock.monotonic()
        last = max(self._spoke_at.get(device_id, -inf), self._device_at.get(device_id, -inf))
        if self.here(device_id) or now - last < within_s:
            return True
        return None if now - self._started < within_s else False

    def device_silent_s(self, device_id: str) -> float:
        """Seconds since a device told of any of its points, 0 while its feed is open; at most
        since the hub started."""
        if self.here(device_id):
            return 0.0
        return self._clock.monotonic() - self._last(self._device_at, DEVICE, device_id)

    def _last(self, here: dict[str, float], kind: str, id: str) -> float:
        """When it was last heard of, here or elsewhere; at the start, where it never was."""
        heard = max(here.get(id, -inf), self._elsewhere.get((kind, id), -inf))
        return heard if heard > -inf else self._started

    # ------------------------------------------------------------------ told

    def feed_ended(self, device: Device) -> None:
        """Until now its feed was open."""
        self._note(DEVICE, device.id, self._clock.monotonic())

    def quick(self, device: Device, request: ActionRequest) -> Answer | None:
        """Take note of whatever a device tells of its call points. Gives the answer where that is
        all there is to do (a heartbeat of a point that is well), None where the store is needed.
        """
        action = request.action
        if action.kind != ActionKind.CALL_POINT_EVENT or device.ward != self._ward:
            return None
        point = self._points.get(action.subject)
        if point is None or point.via != device.id:
            self._spoke_at[device.id] = self._clock.monotonic()
            self._stranger(device, action.subject)
            return None
        now = self._clock.monotonic()
        self._note(DEVICE, device.id, now)
        event = action.data.get("event")
        if event != CallPointEvent.LOST:
            heard = now - max(request.age_ms or 0, 0) / 1000
            self._note(POINT, point.id, heard)
        missed = device.id in self._missed or device.id in self._away.values()
        well = point.lost_since is None and not missed
        if event != CallPointEvent.BEAT or not well:
            return None
        return Answer(id=action.id, outcome="applied")

    def _note(self, kind: str, id: str, at: float) -> None:
        known = self._point_at if kind == POINT else self._device_at
        known[id] = max(at, known.get(id, at))
        if self.shared:
            self._news.add((kind, id))

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
