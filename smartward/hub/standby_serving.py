"""What a standby hub serves its screens with: the replica alone, or a hub of its own."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData, Misconfigured, StorageFault
from smartward.hub import fleet_admin
from smartward.hub.access import HOUSE, Access
from smartward.hub.admin import Admin, plain
from smartward.hub.admin_socket import AdminSocket
from smartward.hub.app import Hub
from smartward.hub.beats import HisAge
from smartward.hub.certificates import Certificates
from smartward.hub.decider import DeciderFactory
from smartward.hub.feed import Feed
from smartward.hub.fleet import Fleet
from smartward.hub.gate import Gate
from smartward.hub.line import TAKE, header_values
from smartward.hub.options import admin_socket, lock
from smartward.hub.presence import Presence
from smartward.hub.replica_log import Frame
from smartward.hub.right_bed import RightBed
from smartward.hub.standby_folder import FILE
from smartward.hub.store.model import Committed
from smartward.hub.store.rebuilt import last_row, rebuilt
from smartward.hub.store.sqlite import SqliteStore
from smartward.hub.store.tx import Tx
from smartward.wire.envelope import ActionKind, ActionRequest, Answer

_ADMIN = ("devices", "settings", "fleet", "fleet_show")
"""What a standby answers whoever looks after it, as far as it knows."""
_SECRETS = frozenset({ActionKind.PATIENT_PIN})
"""What is never on a disk as it was touched cannot be handed over: it waits for the hub."""


class Empty:
    """What a standby is without a copy to serve: nobody's hub, which says so to whoever asks."""

    def __init__(self, settings: Settings, folder: Path, mode: Callable[[], str]) -> None:
        """As Following."""
        self._settings = settings
        self._folder = folder
        self._mode = mode
        self._lock: IO[bytes] | None = None
        self._admin = AdminSocket(admin_socket(folder))
        self._admin.handle("fleet", self._fleet)
        self._admin.handle("settings", self._show_settings)
        self._admin.handle("devices", self._nothing)
        self._admin.handle("fleet_show", self._nothing)
        self._admin.only(*_ADMIN)

    async def start(self) -> None:
        """Answer from now on. Raises Misconfigured, also where a hub has the folder."""
        self._lock = lock(self._folder)
        await self._admin.start()

    async def stop(self) -> None:
        """The folder is somebody else's, if it was this one's."""
        if self._lock is not None:
            await self._admin.stop()
            self._lock.close()
            self._lock = None

    async def _fleet(self, request: dict[str, Any]) -> dict[str, Any]:
        return fleet_admin.nothing_known(self._settings, self._mode())

    async def _show_settings(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"settings": plain(self._settings)}

    async def _nothing(self, request: dict[str, Any]) -> dict[str, Any]:
        raise Misconfigured("standby.empty")


class Following:
    """Feeds out of the replica. Nothing writes it but the hub's own writes, done again."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        clock: Clock,
        his: HisAge,
        mode: Callable[[], str],
    ) -> None:
        """`mode`: what the standby is about. Raises Misconfigured when a hub has the folder or the
        rules' settings are wrong, StorageFault when its file is bad."""
        self._lock = lock(folder)
        try:
            self.store = SqliteStore.open(folder / FILE, clock, settings.answer_keep_days)
        except BaseException:
            self._lock.close()
            raise
        self.access = Access()
        self.feed = Feed(self.store, clock, settings, his)
        self.feed.rights = self.access.rights
        self.feed.beats.standby = "following"
        self.right_bed = RightBed(self.store, self.access, clock, settings)
        self.right_bed.may_write = lambda: False
        self.right_bed.dropped = self.feed.drop
        self.certificates = Certificates(self.store, clock)
        self.certificates.dropped = self.feed.drop
        try:
            self.admin = self._asked(settings, admin_socket(folder), clock, mode)
        except BaseException:
            self.store.close()
            self._lock.close()
            raise
        self.gate = Gate(
            self.serve_feed, self.certificates, self.access, trusts=settings.trusts_terminator
        )

    def _asked(
        self, settings: Settings, path: Path, clock: Clock, mode: Callable[[], str]
    ) -> Admin:
        """What whoever looks after it can ask. Who is there is what the hub has told."""
        admin = Admin(path, self.store, self.access, settings, self.feed.drop)
        nobody = Presence(self.store, self.access, clock, settings)
        known = Fleet(self.store, self.access, nobody, clock, settings)
        fleet_admin.register(admin, self.store, known, settings, clock, mode)
        admin.only(*_ADMIN)
        return admin

    async def start(self) -> None:
        """Serve from now on."""
        await self.store.read(self.access.load)
        await self.right_bed.start()
        await self.certificates.start()
        await self.feed.start()
        await self.admin.start()

    async def stop(self) -> None:
        """End the feeds and close the file."""
        await self.admin.stop()
        await self.feed.stop()
        await self.right_bed.stop()
        await self.certificates.stop()
        await self.store.finish()
        self.store.close()
        self._lock.close()

    def guard(self, context: ssl.SSLContext) -> None:
        """Have a TLS listener ask screens for their certificates."""
        self.certificates.guard(context)

    async def place(self) -> tuple[str, str, int]:
        """The log that is followed, its epoch, and the last write that is here."""
        log, last = await self.store.read(lambda r: (r.replica_log_id(), r.replica_last()))
        return log or "", self.store.epoch, last

    async def repeat(self, frames: Sequence[Frame]) -> None:
        """Do the hub's writes again, all or none of them, and tell the screens.

        Raises BadData where one is missing before them, StorageFault."""
        try:
            told = await self.store.write(lambda tx: _again(tx, frames))
        except msgspec.DecodeError as error:
            raise BadData("standby.bad_copy", str(error)) from error
        if any(one.ward == HOUSE for one in told):
            await self._take_over_devices()
        for one in told:
            for listener in list(self.store.on_commit):
                listener(one)

    async def _take_over_devices(self) -> None:
        """Whoever is another now, or none of ours any more, has to come anew before it is told
        anything."""
        await self.store.read(self.access.load)
        self.feed.keep_rightful(self.access.all_rights())

    async def serve_feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One screen's feed, at the epoch and the sequences of the hub."""
        request = Request(scope)
        device, blocked = await self.right_bed.for_feed(request.headers)
        if device is None:
            unknown = JSONResponse({"error": "access.unknown_device"}, status_code=401)
            await unknown(scope, receive, send)
            return
        if blocked is not None:
            refused = Response(msgspec.json.encode(blocked), 409, media_type="application/json")
            await refused(scope, receive, send)
            return
        values = header_values(scope)
        take = scope.get("extensions", {}).get(TAKE)
        line = take() if take is not None else None
        if line is None:
            await self.feed.serve(device, values, receive, send)
        else:
            self.feed.listen(device, values, line)


def _again(tx: Tx, frames: Sequence[Frame]) -> list[Committed]:
    told: list[Committed] = []
    for frame in frames:
        last = tx.replica_last()
        if frame.n != last + 1:
            raise BadData("standby.bad_copy", f"write {frame.n} behind {last}")
        row = last_row(tx.statements)
        for ward, seq in tx.replica_repeat(frame.n, frame.body).items():
            told += rebuilt(tx.statements, ward, seq - 1, seq, tx.now, row)
    return told


class AloneHub(Hub):
    """A hub on what was the replica. What it takes it keeps, in the write that does it."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        clock: Clock,
        decider_factory: DeciderFactory | None,
        his_as_of: Callable[[], datetime | None],
        boot: str,
        mode: Callable[[], str],
    ) -> None:
        """As Hub. `his_as_of`: when the hub that is away had its last census; `boot`: which run of
        the machine it is, empty: nobody knows; `mode`: what the standby is about."""
        self._boot = boot
        self._as_of = his_as_of
        # It never speaks to the hospital system: two hubs would tell it two truths.
        own = replace(settings, his_url="", his_hook_url="")
        super().__init__(own, folder, clock, decider_factory)
        self.feed.beats.standby = "alone"
        self.witness.may_be_new = True
        self.actions.note = self._note
        # Who may call whom without a hub stays as the hub that is away has said.
        self.peers.follows = False
        fleet_admin.register(self.admin, self.store, self.fleet, settings, clock, mode)
        self.admin.only(*_ADMIN)
        self.taking = True
        """Whether it takes actions still; else they wait for the hub."""

    def his(self) -> tuple[datetime | None, bool]:
        """What the hub that is away knew last."""
        return self._as_of(), False

    def _note(self, tx: Tx, device: Device, request: ActionRequest, answer: Answer) -> None:
        if not self.taking or request.action.kind in _SECRETS:
            raise StorageFault("standby.waits")
        at, estimated = self.actions.touched_at(tx, request)
        body = msgspec.json.encode(request)
        age_s = (tx.now - at).total_seconds() / self.clock.rate
        moment = self.clock.monotonic() - age_s
        tx.taken_put(device.id, request.action.id, at, estimated, body, moment, self._boot)
