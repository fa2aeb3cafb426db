"""`smartward hub`: everything of a hub wired together."""

import contextlib
import ssl
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub import (
    call_actions,
    call_point_actions,
    call_points,
    care_actions,
    drill,
    drill_actions,
    entrust_actions,
    entry_actions,
    expected_screens,
    fleet_admin,
    mark_actions,
    masking_actions,
    offered,
    other_actions,
    pairing_admin,
    peers,
    person_actions,
    presence_actions,
    question_actions,
    right_bed_admin,
    right_bed_writes,
    staff_actions,
    staff_admin,
    write_actions,
)
from smartward.hub.access import Access
from smartward.hub.actions import Actions, rules
from smartward.hub.admin import Admin
from smartward.hub.authority import Authority
from smartward.hub.certificates import Certificates
from smartward.hub.decider import DeciderFactory, default_decider
from smartward.hub.device_bundles import Bundles
from smartward.hub.device_orders import DeviceOrders
from smartward.hub.door import application
from smartward.hub.feed import Feed
from smartward.hub.fleet import Fleet
from smartward.hub.following import Following
from smartward.hub.heard import Heard
from smartward.hub.hung import HungWatch
from smartward.hub.identity import Identity
from smartward.hub.lease import LeasedDecider
from smartward.hub.metrics import Metrics
from smartward.hub.options import admin_socket, lock
from smartward.hub.order_desk import OrderDesk
from smartward.hub.out_of_scope import OutOfScope
from smartward.hub.pairing import Pairing
from smartward.hub.peers import Peers
from smartward.hub.placing import PlacingDesk
from smartward.hub.presence import Presence
from smartward.hub.replica_log import ReplicaSource
from smartward.hub.right_bed import RightBed
from smartward.hub.store.opening import open_store
from smartward.hub.tally import Tally
from smartward.hub.update_door import Downloads
from smartward.hub.updates import Updates
from smartward.hub.updates_admin import UpdatesAdmin
from smartward.hub.witness import Witness
from smartward.tasks import Tasks


class Hub:
    """One hub on one folder, without its process: `start`, serve `application`, `stop`."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        clock: Clock,
        decider_factory: DeciderFactory | None = default_decider,
    ) -> None:
        """Open the folder. `decider_factory` None: this hub decides nothing.

        Raises Misconfigured when another hub has the folder or the settings are wrong, StorageFault
        when its file is bad; nothing stays open then.
        """
        self.settings = settings
        self.clock = clock
        self.id = uuid.uuid4().hex
        """Of this start of this hub, among the hubs of its store."""
        with contextlib.ExitStack() as opened:
            self._lock = opened.enter_context(lock(folder))
            self.store = open_store(settings, folder, clock)
            opened.callback(self.store.close)
            self._decider = (
                None
                if decider_factory is None
                else LeasedDecider(decider_factory, self.store, clock, settings, self.id)
            )
            opened.pop_all()
        self.witness = Witness(folder, self.store, clock)
        self.metrics = Metrics()
        self.access = Access()
        self.tally = Tally(settings.ward)
        self.feed = Feed(self.store, clock, settings, self.his)
        self.feed.rights = self.access.rights
        self.right_bed = RightBed(self.store, self.access, clock, settings)
        self.right_bed.dropped = self.feed.drop
        self.presence = Presence(self.store, self.access, clock, settings)
        self.peers = Peers(self.store, clock, settings)
        self._watch_screens(settings, folder)
        self.identity = Identity(self.store, settings, clock)
        self.heard = Heard(settings.ward, clock)
        self.following = Following(
            self.store, self.access, self.presence, self.heard, self.feed, clock, self.id
        )
        self._tasks = Tasks()
        if self._decider is not None:
            self._decider.heard = self.heard
        self.out_of_scope = OutOfScope(self.store, clock)
        self.actions = Actions(
            self.store,
            self.access,
            clock,
            settings,
            rules(
                call_actions.RULES,
                call_point_actions.RULES,
                care_actions.RULES,
                drill_actions.rules(settings.drill_limit_s),
                entrust_actions.RULES,
                entry_actions.RULES,
                mark_actions.RULES,
                masking_actions.RULES,
                other_actions.RULES,
                peers.RULES,
                person_actions.RULES,
                presence_actions.RULES,
                question_actions.RULES,
                right_bed_writes.RULES,
                staff_actions.RULES,
                write_actions.RULES,
            ),
            self.out_of_scope,
        )
        self.admin = Admin(admin_socket(folder), self.store, self.access, settings, self.feed.drop)
        right_bed_admin.register(self.admin, self.store, settings)
        self.certificates = Certificates(self.store, clock)
        self.certificates.dropped = self.feed.drop
        self.pairing = Pairing(
            self.store,
            self.access,
            self.certificates,
            Authority(folder),
            clock,
            settings,
            offered.authorities(settings, folder),
        )
        self._take_commands(settings)
        self._take_updates(settings, folder)
        if self._decider is not None:
            reload_rules = fleet_admin.reloading(self._decider.reload_rules, self.fleet)
            self.admin.handle("alert_rules.reload", reload_rules)
        call_points.register(self.admin, self.store, self.access, self.heard, settings)
        drill_actions.register(self.admin, self.store, settings)
        self.store.in_write.append(lambda tx: drill.heed(tx, settings.ward))
        self.replica = ReplicaSource(self, folder)
        self.application = application(self)

    def _watch_screens(self, settings: Settings, folder: Path) -> None:
        self.fleet = Fleet(self.store, self.access, self.presence, self.clock, settings)
        self.hung = HungWatch(self.clock, self.feed.here)
        self.fleet.spoke = self.hung.spoke
        self.hung.told = self._hangs
        self.orders = DeviceOrders(self.store, self.clock, settings.ward, self.feed.send)
        self.bundles = Bundles(folder, self.clock)
        self.order_desk = OrderDesk(self.store, self.orders, self.bundles, settings)

    def _take_commands(self, settings: Settings) -> None:
        expected_screens.register(self.admin, self.store, settings)
        pairing_admin.register(self.admin, self.store, settings, self.clock)
        self.placing = PlacingDesk(self.store, self.admin, settings)
        self.order_desk.register(self.admin)
        fleet_admin.register(self.admin, self.store, self.fleet, settings, self.clock)
        staff_admin.register(self.admin, self.store, settings)
        masking_actions.register(self.admin, self.store, settings)

    def _take_updates(self, settings: Settings, folder: Path) -> None:
        self.updates = Updates(self.store, self.access, self.clock, settings, folder)
        self.downloads = Downloads(folder, settings.update_mbit_s, self.access, self.clock)
        UpdatesAdmin(self.access, self.updates, settings, folder).register(self.admin, self.store)

    async def count_screens(self) -> None:
        """Have the metrics tell how the screens are, and how far with their updates."""
        self.metrics.fleet.set(await self.fleet.entries())
        self.metrics.updates.set(await self.store.read(self.updates.members))

    def his(self) -> tuple[datetime | None, bool]:
        """When the last completed HIS census was, and whether the HIS answers."""
        if self._decider is None:
            return None, False
        return self._decider.his_as_of, self._decider.his_up

    def his_writes(self) -> tuple[dict[str, Any], float]:
        """How what the HIS is told stands, and for how many seconds the oldest has waited."""
        if self._decider is None:
            return {}, 0.0
        return self._decider.his_writes or {}, self._decider.his_writes_age_s

    def guard(self, context: ssl.SSLContext) -> None:
        """Have a TLS listener ask screens for their certificates."""
        self.certificates.guard(context)

    def hint(self, authorization: str | None) -> bool | None:
        """Take a hint of the HIS: False when it does not prove itself, None: none is expected."""
        return None if self._decider is None else self._decider.hint(authorization)

    async def start(self) -> None:
        """Take up where the last process stopped. Where that fails nothing stays open: the folder
        can be opened again."""
        try:
            await self._begin()
        except BaseException:
            await self.stop()
            raise

    async def _begin(self) -> None:
        self.store.on_timing = self.metrics.committed
        self.store.on_listener_failed = self.metrics.listener_failed
        self.actions.on_answer = self.metrics.answered
        self.feed.on_fan_out = self.metrics.fanned_out
        self.feed.on_presence = self._feed_changed
        self.heard.here = self.presence.here
        self.actions.quick = self.heard.quick
        await self.replica.start()
        await self.witness.start()
        # Who is told of each write first: what another hub writes meanwhile is not missed then.
        self.store.on_commit += [self.tally.committed, self.heard.committed]
        self.store.on_epoch.append(self._other_history)
        await self.feed.start()
        await self.store.start()
        await self._load()
        await self.right_bed.start()
        await self.certificates.start()
        self.pairing.start()
        self.fleet.start()
        self.hung.start(await self.fleet.who_tells())
        await self.orders.start()
        self.bundles.start()
        await self.identity.start()
        await self.following.start()
        self.presence.start()
        await self.peers.start()
        await self.admin.start()
        if self._decider is not None:
            await self._decider.start()

    async def _load(self) -> None:
        await self.store.read(self.access.load)
        await self.store.read(self.tally.load)
        await self.store.read(self.heard.load)

    def _other_history(self) -> None:
        """Another hub, or who restored a backup, began an epoch: all that is in memory is old."""
        self.feed.begin_anew()
        self._tasks.keep(self._take_over, "another history", self.clock)

    async def _take_over(self) -> None:
        await self._load()
        await self.store.read(self.right_bed.load)
        await self.store.read(self.certificates.load)
        if self._decider is not None:
            self._decider.begin_anew()

    async def stop(self) -> None:
        """Stop deciding, then everything else, and close the file."""
        try:
            await self._end()
        finally:
            self.store.close()
            self._lock.close()

    async def _end(self) -> None:
        if self._decider is not None:
            await self._decider.stop()
        await self._tasks.stop()
        await self.admin.stop()
        await self.feed.stop()
        await self.right_bed.stop()
        await self.certificates.stop()
        await self.pairing.stop()
        await self.orders.stop()
        await self.bundles.stop()
        await self.hung.stop()
        await self.fleet.stop()
        await self.presence.stop()
        await self.peers.stop()
        await self.identity.stop()
        await self.out_of_scope.stop()
        await self.following.stop()
        await self.store.stop()
        await self.store.finish()
        await self.witness.stop()

    async def hang_up(self) -> None:
        """End what is being told to screens and standby."""
        await self.feed.stop()
        self.replica.stop()
        self.downloads.hang_up()

    def _feed_changed(self, device: Device, here: bool) -> None:
        if not here:
            self.heard.feed_ended(device)
        self.presence.changed(device, here)
        if not self.presence.listens(device.id):
            self.hung.line_ended(device)

    def _hangs(self, device: Device, hung: bool, since: datetime) -> None:
        if hung:
            self.heard.feed_ended(device)
        self.presence.hangs(device, hung, since)

    def _failing(self) -> list[str]:
        """Names of what does not work now: the disk, and parts of the hub."""
        deciding = frozenset[str]() if self._decider is None else self._decider.failing
        parts = self.feed.failing | self.right_bed.failing | self.witness.failing
        parts |= self.following.failing | self._tasks.failing | self.fleet.failing
        parts |= self.hung.failing | self.bundles.failing
        return sorted(self.store.ailing | parts | deciding)

    def connected(self) -> dict[ScreenRole, int]:
        """How many screens of each role listen here now, and how many standby hubs follow."""
        known = (one for one in self.access.devices() if one.role is ScreenRole.STANDBY)
        following = sum(self.presence.here(one.id) for one in known)
        return self.feed.connected() | {ScreenRole.STANDBY: following}

    def state(self) -> dict[str, Any]:
        """The hub's named states, for /health and the harness."""
        as_of, up = self.his()
        failing = self._failing()
        return {
            "ok": not failing,
            "failing": failing,
            "epoch": self.store.epoch,
            "seq": self.feed.head(self.settings.ward),
            "now": self.clock.now().isoformat(),
            "his_up": up,
            "his_as_of": None if as_of is None else as_of.isoformat(),
            "his_rejected": sum(self.tally.rejected.values()),
            "audit_to_his": None if self._decider is None else self._decider.write_back,
            "his_writes": None if self._decider is None else self._decider.his_writes,
            "his_hints": None if self._decider is None else self._decider.his_hints,
            "hub": self.id,
            "deciding": self._decider is not None and self._decider.deciding,
            "other_hubs": self.following.others,
            "feeds": sum(self.feed.connected().values()),
            "screens": self.tally.count("screen"),
            "beds": self.tally.count("bed"),
            "encounters": self.tally.count("encounter"),
            "open_calls": self.tally.count("nurse_call"),
            "open_calls_by_class": self.tally.open_calls,
            "call_points": self.tally.count("call_point"),
            "call_points_lost": self.tally.lost_points,
            "alerts": self.tally.count("alert"),
        }
