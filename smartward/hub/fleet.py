"""The ward's devices and how they are: what each told last, kept so that it can be told after a
restart, and what the hub finds wrong in it.

Twice a minute 120 screens tell: what is the same for a person who reads it stays in memory. A
document (`screen_health`) is written where it tells news; when each was heard last is one value of
the store, renewed once a minute and no part of the history.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal

from smartward.clinical.device import Device, ScreenRole, ScreenStatus, awaited, first_told
from smartward.clinical.night_hours import NightBy, NightRule
from smartward.clinical.rules.screens_sick import ScreensSickSettings
from smartward.clinical.screen_health import ScreenHealth, tells_news, troubles
from smartward.clinical.screen_update import ScreenUpdate
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import StorageFault
from smartward.hub import night_hours
from smartward.hub.access import Access
from smartward.hub.presence import Presence
from smartward.hub.rule_settings import load_rules
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode, instant
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.log import Edge
from smartward.tasks import Tasks
from smartward.wire.health import Heard, Report, read

log = logging.getLogger("smartward.fleet")

KIND = "screen_health"

State = Literal["online", "offline", "hung", "placed", "never"]

_KEEP_EVERY_S = 60.0
_SOONEST = timedelta(seconds=20)
"""No device has the hub write more often than that, whatever it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One device with all that is known of how it is."""

    device: Device
    status: ScreenStatus | None
    """None: of a device that was enrolled before a hub kept such."""
    health: ScreenHealth | None
    """None: it never told."""
    last_seen: datetime | None
    update: ScreenUpdate | None
    """How far it is with a new system; None: it never asked for one."""
    night: tuple[NightRule, NightBy]
    """When it is night on it, and by whose hours."""
    awaited: bool = False
    """It was placed lately and not heard since."""

    @property
    def moved(self) -> bool:
        """It was moved, and nobody has confirmed it at its new place: until then it has no feed."""
        return self.status is not None and not self.status.online and not self.device.confirmed

    @property
    def state(self) -> State:
        """Whether it is there; `hung`: its connection is, and it does not answer; `placed`: it has
        still time to come for the first time."""
        if self.status is None:
            return "never"
        if self.status.hung:
            return "hung"
        if self.status.online:
            return "online"
        # A file from before that was kept has since when alone: as it was enrolled, it never came.
        if self.status.came and self.status.since != self.device.enrolled_at:
            return "offline"
        return "placed" if self.awaited or self.moved else "never"


class Fleet:
    """Hears the devices of one ward."""

    def __init__(
        self,
        store: Store,
        access: Access,
        presence: Presence,
        clock: Clock,
        settings: Settings,
    ) -> None:
        """Raises Misconfigured where the rules' settings are wrong."""
        self._store = store
        self._access = access
        self._presence = presence
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self._latest: dict[str, ScreenHealth] = {}
        """What each told last, to this hub."""
        self._heard_kept: dict[str, datetime] = {}
        self.spoke: Callable[[Device], None] = lambda device: None
        """Told of each device that tells how it is."""
        self._edge = Edge(log, "keeping how the screens are")
        self._tasks = Tasks()
        self.reload_limits()

    def reload_limits(self) -> None:
        """Judge by the rules' settings as they are now. Raises Misconfigured."""
        self._limits = load_rules(self._settings).of(ScreensSickSettings)

    def start(self) -> None:
        """Keep, each minute, when each was heard last."""
        self._tasks.keep(self._keep, "when screens were heard", self._clock)

    async def stop(self) -> None:
        """Keep it once more and end."""
        await self._tasks.stop()
        await self._keep_heard()

    @property
    def failing(self) -> frozenset[str]:
        """Tasks that have failed and are not well again."""
        return self._tasks.failing

    # ------------------------------------------------------------------ hearing

    async def report(self, device: Device, body: bytes, address: str) -> Heard:
        """A device tells how it is. Raises BadData for what no screen of ours sends, StorageFault
        where news of it cannot be kept."""
        # It lives, whatever it says: one whose words this hub does not read can be called with.
        self.spoke(device)
        told = read(body)
        # The store says what is known of it: another hub may have heard it meanwhile, or it was
        # taken away and is here again.
        before = await self._store.read(lambda reader: _kept(reader, self._ward, device.id))
        health = self._health(device, told, address)
        health = _with_since(_newest(before, self._latest.get(device.id)), health)
        self._latest[device.id] = health
        if not _too_soon(before, health) and tells_news(before, health):
            await self._store.write(lambda tx: self._write(tx, health))
        return Heard()

    def _health(self, device: Device, told: Report, address: str) -> ScreenHealth:
        now = self._clock.now()
        touched = None if told.touched_s is None else now - timedelta(seconds=told.touched_s)
        health = ScreenHealth(
            device_id=device.id,
            heard_at=now,
            version=told.version,
            slot=told.slot,
            boot=told.boot,
            started_at=now - timedelta(seconds=told.up_s),
            network=network_of(address),
            skew_s=round((told.now - now).total_seconds()),
            disk_free=told.disk_free,
            memory_free=told.memory_free,
            touch_devices=told.touch_devices,
            last_touch_at=touched,
            sound=told.sound,
            reader=told.reader,
            cache_age_s=told.cache_age_s,
            outbox=told.outbox,
            keys=told.keys,
        )
        limits = self._limits
        found = troubles(health, device.role, limits.disk_percent, limits.clock_s)
        return replace(health, troubles=found)

    def _write(self, tx: Tx, health: ScreenHealth) -> None:
        """Not of a device that was taken away meanwhile."""
        if self._access.device(health.device_id) is None:
            return
        if tx.get("house", "device", health.device_id) is not None:
            tx.origin(health.device_id, None, None)
            tx.put(self._ward, KIND, health.device_id, health)

    # ------------------------------------------------------------------ keeping

    async def _keep(self) -> None:
        while True:
            await self._clock.sleep(_KEEP_EVERY_S)
            await self._keep_heard()

    async def _keep_heard(self) -> None:
        news = {id: one.heard_at for id, one in self._latest.items()}
        known = {one.id for one in self._access.devices()}
        self._latest = {id: one for id, one in self._latest.items() if id in known}
        if news == self._heard_kept:
            return
        try:
            await self._store.write(lambda tx: _put_heard(tx, self._ward, news, known))
        except StorageFault as error:
            self._edge.down(self._clock.monotonic(), str(error))
            return
        self._edge.up(self._clock.monotonic())
        self._heard_kept = news

    # ------------------------------------------------------------------ telling

    async def who_tells(self) -> list[str]:
        """Ids of the devices that have ever told how they are."""
        kept = await self._store.read(lambda reader: reader.all(self._ward, KIND))
        return [one.id for one in kept]

    async def entries(self) -> list[Entry]:
        """Every device of the ward, by role and place."""
        devices = [one for one in self._access.devices() if one.ward == self._ward]
        return await self._store.read(lambda reader: self._entries(reader, devices))

    def _entries(self, reader: Reader, devices: list[Device]) -> list[Entry]:
        heard = heard_of(reader, self._ward)
        kept = {one.id: one for one in reader.all(self._ward, KIND)}
        statuses = {one.id: one for one in reader.all(self._ward, "screen")}
        updates = {one.id: one for one in reader.all(self._ward, "screen_update")}
        nights = night_hours.of_store(reader, self._ward)
        ward = night_hours.ward_of(reader, self._settings)
        found = []
        for device in devices:
            stored, there = kept.get(device.id), statuses.get(device.id)
            old = None if stored is None else decode(stored.body, ScreenHealth)
            status = None if there is None else decode(there.body, ScreenStatus)
            health = _newest(old, self._latest.get(device.id))
            seen = self._last_seen(device, status, health, heard.get(device.id))
            asked = updates.get(device.id)
            update = None if asked is None else decode(asked.body, ScreenUpdate)
            found.append(
                Entry(
                    device=device,
                    status=status,
                    health=health,
                    last_seen=seen,
                    update=update,
                    night=nights.of(ward, device.role, device.id),
                    awaited=status is not None and awaited(status, self._clock.now()),
                )
            )
        roles = list(ScreenRole)
        return sorted(
            found,
            key=lambda one: (roles.index(one.device.role), one.device.place or "", one.device.id),
        )

    def _last_seen(
        self,
        device: Device,
        status: ScreenStatus | None,
        health: ScreenHealth | None,
        heard: datetime | None,
    ) -> datetime | None:
        if self._presence.here(device.id):
            return self._clock.now()
        seen = [heard, None if health is None else health.heard_at]
        if status is not None and status.online:
            seen.append(status.since)
        return max((one for one in seen if one is not None), default=None)


def _kept(reader: Reader, ward: str, device_id: str) -> ScreenHealth | None:
    stored = reader.get(ward, KIND, device_id)
    return None if stored is None else decode(stored.body, ScreenHealth)


def _with_since(before: ScreenHealth | None, now: ScreenHealth) -> ScreenHealth:
    had = () if before is None else before.troubles
    since = {} if before is None else before.troubles_since
    return replace(now, troubles_since=first_told(had, since, now.troubles, now.heard_at))


def _too_soon(before: ScreenHealth | None, now: ScreenHealth) -> bool:
    """What is dated ahead, by a clock that was set since, holds nothing up."""
    return before is not None and timedelta(0) <= now.heard_at - before.heard_at < _SOONEST


def _newest(one: ScreenHealth | None, other: ScreenHealth | None) -> ScreenHealth | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda health: health.heard_at)


def forget(tx: Tx, device: Device) -> None:
    """It is none of ours any more, or begins anew elsewhere."""
    tx.delete(device.ward, KIND, device.id)


def heard_of(reader: Reader, ward: str) -> dict[str, datetime]:
    """When each device was heard last, as it was kept: up to a minute before that."""
    kept = reader.meta_get(_name(ward))
    return {} if kept is None else {id: _time(at) for id, at in json.loads(kept).items()}


def _put_heard(tx: Tx, ward: str, news: dict[str, datetime], known: set[str]) -> None:
    """Over what other hubs of the store have heard; who is none of ours is left out."""
    merged = heard_of(tx, ward)
    for id, at in news.items():
        merged[id] = max(at, merged.get(id, at))
    kept = {id: instant(at) for id, at in sorted(merged.items()) if id in known}
    tx.meta_set(_name(ward), json.dumps(kept))


def _name(ward: str) -> str:
    return f"fleet_heard:{ward}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def network_of(address: str) -> str:
    """The network that an address is in, as far as that is known: of IPv4 the /24, of IPv6 the /64.
    Empty for this machine, as behind a terminator."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return ""
    return str(ip_network((found, 24 if found.version == 4 else 64), strict=False))
