"""What a feed says besides documents: who it speaks as and to whom, and the beat that shows that
both the hub and the way to it are well."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub.store.base import Store
from smartward.wire.envelope import Beat, Hello

_SAME_BEAT_S = 0.02

HisAge = Callable[[], tuple[datetime | None, bool]]
"""When the last completed HIS census was, and whether the HIS answers."""


class Beats:
    """The hub's own words on all its feeds."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, his: HisAge) -> None:
        self._store = store
        self._clock = clock
        self._his = his
        self._hubs = tuple(u.strip() for u in settings.hub_urls.split(",") if u.strip())
        self.standby: Literal["", "following", "alone", "handing_over"] = ""
        """What the standby hub tells its screens of itself."""
        self._beat: tuple[float, bytes] | None = None

    def hello(self, device: Device, view: str) -> bytes:
        """The first word to a device, whose view has this fingerprint."""
        told = Hello(
            epoch=self._store.epoch,
            view=view,
            device_id=device.id,
            role=device.role,
            ward=device.ward,
            place=device.place,
            label=device.label,
            now=self._clock.now(),
            hubs=self._hubs,
        )
        return msgspec.json.encode(told)

    def now(self) -> bytes:
        """The beat: one text for all who are told at the same time."""
        now = self._clock.monotonic()
        if self._beat is None or not 0 <= now - self._beat[0] < _SAME_BEAT_S:
            as_of, up = self._his()
            stores = "storage" not in self._store.ailing
            told = Beat(self._clock.now(), as_of, up, self.standby, stores)
            self._beat = (now, msgspec.json.encode(told))
        return self._beat[1]
