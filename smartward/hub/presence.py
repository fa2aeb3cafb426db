"""Which screens are there: a `screen` document, written only when one goes or comes back."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from smartward.clinical.device import Device, ScreenRole, ScreenStatus
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import StorageFault
from smartward.hub import entrusting
from smartward.hub.access import Access
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import decode, instant
from smartward.tasks import Tasks

log = logging.getLogger("smartward.presence")

_NO_SCREENS = frozenset({ScreenRole.GATEWAY, ScreenRole.STANDBY})


def put_status(
    tx: Tx,
    device: Device,
    *,
    online: bool,
    since: datetime,
    hung: bool = False,
    placed: bool = False,
) -> bool:
    """Write whether a screen is there; its faults stay. False when that was known. The calls that
    were entrusted to a station that is away are back in the same write. `hung`: it is away, and its
    connection stands; whether it does, or no more, changes nothing of since when it is away.
    `placed`: it was placed just now."""
    if not online:
        entrusting.holder_gone(tx, device.ward, device.id)
    stored = tx.get(device.ward, "screen", device.id)
    old = None if stored is None else decode(stored.body, ScreenStatus)
    status = ScreenStatus(
        device_id=device.id,
        role=device.role,
        place=device.place,
        label=device.label,
        online=online,
        since=since,
        faults=() if old is None else old.faults,
        faults_since={} if old is None else old.faults_since,
        hung=hung,
        came=not placed and (online or old is None or old.came),
    )
    if old is not None and replace(old, since=since, hung=hung) == status:
        status = replace(status, since=old.since)
    if old is not None and replace(old, since=since) == status:
        return False
    return tx.put(device.ward, "screen", device.id, status)


class Presence:
    """Counts each device's feeds; a screen without one for `link_stale_s` is offline."""

    def __init__(self, store: Store, access: Access, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._stale_s = settings.link_stale_s
        self._feeds: dict[str, int] = {}
        self._hung: set[str] = set()
        """Whose feed is open, and who say nothing."""
        self._at_standby: dict[str, dict[str, Device]] = {}
        """Who listens at each standby hub, as that told."""
        self.hub = ""
        """The id of this hub among those of its store; empty: there are no others."""
        self._tasks = Tasks()
        self._stopped = False

    def start(self) -> None:
        """Give every known screen its time to come back, then tell who did not."""
        for device in self._access.devices():
            if device.role is ScreenRole.GATEWAY:
                continue  # it has no feed: who watches call points tells of it
            self._tasks.spawn(self._gone(device), "presence")

    async def stop(self) -> None:
        """Stop watching. Feeds that end only now are told to nobody: the store is being closed."""
        self._stopped = True
        await self._tasks.stop()

    def left(self, device_id: str) -> None:
        """The hub at which this device listened is gone: it has its time to come to another."""
        device = self._access.device(device_id)
        if device is not None and not self.here(device_id):
            self._tasks.spawn(self._gone(device), "presence")

    def tell_again(self) -> None:
        """For the other hubs this one was gone: whoever listens here is there all the same."""
        for device_id in self._feeds:
            device = self._access.device(device_id)
            if self.here(device_id) and device is not None:
                self._tasks.spawn(self._tell(device, online=True), "presence")

    def here(self, device_id: str) -> bool:
        """Whether this device has a feed open, here or at a standby hub that follows this one, and
        does not hang."""
        return self.listens(device_id) and device_id not in self._hung

    def listens(self, device_id: str) -> bool:
        """Whether it has a feed open, and be it that it hangs."""
        return self._feeds.get(device_id, 0) > 0

    def hangs(self, device: Device, hung: bool, since: datetime) -> None:
        """Its feed stands and it says nothing since then; or it speaks again."""
        if hung:
            self._hung.add(device.id)
        else:
            self._hung.discard(device.id)
        if not self._stopped and (hung or self.here(device.id)):
            telling = self._tell(device, online=not hung, since=since, hung=hung)
            self._tasks.spawn(telling, "presence")

    def changed(self, device: Device, here: bool) -> None:
        """A feed of `device` opened or ended."""
        self._feeds[device.id] = self._feeds.get(device.id, 0) + (1 if here else -1)
        if self._feeds[device.id] == 0:
            self._hung.discard(device.id)
        if self._stopped:
            return
        if here and self._feeds[device.id] == 1:
            self._tasks.spawn(self._tell(device, online=True), "presence")
        elif not here and not self.here(device.id):
            self._tasks.spawn(self._gone(device), "presence")

    def at_standby(self, standby_id: str, device_ids: Iterable[str]) -> list[tuple[Device, bool]]:
        """These listen at a standby hub that follows this one, and no others. Gives whose feed
        there opened or ended. Who is none of ours, and another standby, does not count."""
        known = (self._access.device(id) for id in device_ids)
        now = {one.id: one for one in known if one is not None and one.role not in _NO_SCREENS}
        before = self._at_standby.get(standby_id, {})
        self._at_standby[standby_id] = now
        came = [(now[id], True) for id in now.keys() - before.keys()]
        return came + [(before[id], False) for id in before.keys() - now.keys()]

    async def _gone(self, device: Device) -> None:
        since = self._clock.now()
        await self._clock.sleep(self._stale_s)
        if not self.here(device.id):
            hung = device.id in self._hung
            await self._tell(device, online=False, since=since, hung=hung)

    async def _tell(
        self,
        device: Device,
        *,
        online: bool,
        since: datetime | None = None,
        hung: bool = False,
    ) -> None:
        def write(tx: Tx) -> bool:
            elsewhere = self.hub != "" and self._elsewhere(tx, device.id, online)
            if tx.get("house", "device", device.id) is None or (elsewhere and not online):
                return False
            return put_status(tx, device, online=online, since=since or tx.now, hung=hung)

        try:
            changed = await self._store.write(write)
        except StorageFault as error:
            log.error("the status of screen %s is not stored: %s", device.id, error)
            return
        if changed:
            log.info("screen %s is %s", device.id, "here" if online else "away")

    def _elsewhere(self, tx: Tx, device_id: str, here: bool) -> bool:
        """Note whether the device listens here; gives whether it does so at another hub that is
        there. Nobody listens at one that is gone."""
        now, hubs = instant(tx.store_time()), tx.hubs()
        tx.listening_set(device_id, self.hub, here=here)
        others = tx.listening_at(device_id) - {self.hub}
        alive = {hub for hub in others if hubs.get(hub, "") > now}
        for hub in others - alive:
            tx.listening_set(device_id, hub, here=False)
        return bool(alive)
