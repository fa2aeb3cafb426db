"""Calls without a hub, put together for one screen: its key, its port, who calls and who listens.

The port is open only while the ward has direct calls, as the hub said last; a screen that was never
told of them, or is no device of the ward any more, opens none.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from uuid6 import uuid7

from smartward.clinical.device import ScreenRole
from smartward.clock import Clock
from smartward.device_key import DeviceKey
from smartward.errors import StorageFault
from smartward.screen.link import LinkState
from smartward.screen.outbox import Outbox
from smartward.screen.peer_caller import PeerCaller
from smartward.screen.peer_probe import PeerProbe
from smartward.screen.peer_receiver import WITH_PORT, PeerReceiver
from smartward.screen.peer_records import DirectCalls
from smartward.screen.peer_store import FILE, PeerStore
from smartward.screen.peer_wire import Port
from smartward.screen.replica import Changes, Replica
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Answer
from smartward.wire.peer import PeerTerms

log = logging.getLogger("smartward.screen.peer")

ROLES = WITH_PORT | {ScreenRole.BEDSIDE}
_AGAIN_S = 10.0
"""After so long a port that could not be opened, or a hub that did not answer, is tried again; an
open one is looked at as often: the machine may have another address by then."""
_ANY = socket.AF_INET, socket.AF_INET6


@dataclass(frozen=True, slots=True, kw_only=True)
class ToHub:
    """What is needed of the link to the hub. `epoch`: of the history that it tells of now."""

    url: Callable[[], str]
    post: Callable[[Action], Awaitable[Answer | None]]
    epoch: Callable[[], str | None]


class PeerNet:
    """From `start` to `close`. Nothing here raises: what fails is a fault, and is tried again."""

    def __init__(
        self,
        *,
        folder: Path,
        outbox: Outbox,
        replica: Replica,
        link: LinkState,
        clock: Clock,
        direct: DirectCalls,
        hub: ToHub,
    ) -> None:
        self._folder = folder
        self._outbox = outbox
        self._replica = replica
        self._link = link
        self._clock = clock
        self._direct = direct
        self._hub = hub
        self._tasks = Tasks()
        self._store: PeerStore | None = None
        self._key: DeviceKey | None = None
        self._caller: PeerCaller | None = None
        self._receiver: PeerReceiver | None = None
        self._port: Port | None = None
        self._at: tuple[str, int] = ("", 0)
        self._told: tuple[object, ...] = ()
        self._linked: tuple[object, ...] = ()
        self._news = asyncio.Event()
        self.faults: frozenset[str] = frozenset()
        """Text keys of what is wrong with direct calls here."""
        self.faults_changed: Callable[[], None] = lambda: None

    def start(self, tasks: Tasks) -> None:
        """Begin; a role that has no part in it does nothing."""
        if self._replica.role not in ROLES:
            return
        self._tasks = tasks
        self._replica.subscribe(self._changed)
        self._link.listeners.append(self._link_changed)
        if self._is_wanted():
            self._set_up()
        tasks.keep(self._attend, "direct calls' port", self._clock)

    def _is_wanted(self) -> bool:
        """Whether the ward has direct calls, or had some that nobody has taken yet."""
        return self._terms() is not None or (self._folder / FILE).exists()

    def _set_up(self) -> bool:
        """Take up what was kept, and call or listen from now on. Whether it could."""
        try:
            self._key = DeviceKey.load_or_make(self._folder)
        except StorageFault as fault:
            if "peer.fault.key" not in self.faults:
                log.error("no direct calls: %s", fault)
            self._fault("peer.fault.key", there=True)
            return False
        self._fault("peer.fault.key", there=False)
        self._store = PeerStore(self._folder / FILE)
        self._fault("peer.fault.file", there=self._store.fault is not None)
        if self._replica.role in WITH_PORT:
            self._listen(self._store)
        else:
            self._call(self._key, self._store)
        return True

    def _call(self, key: DeviceKey, store: PeerStore) -> None:
        self._caller = PeerCaller(
            key=key,
            store=store,
            outbox=self._outbox,
            replica=self._replica,
            link=self._link,
            clock=self._clock,
            direct=self._direct,
        )
        probe = PeerProbe(
            key=key,
            store=store,
            link=self._link,
            clock=self._clock,
            way=self._caller.way,
            told=lambda reached: self._fault("peer.fault.way", there=not reached),
            noise=Random(),
        )
        self._tasks.keep(self._caller.run, "direct calls", self._clock)
        self._tasks.keep(probe.run, "tries of direct calls", self._clock)

    def _listen(self, store: PeerStore) -> None:
        self._receiver = PeerReceiver(
            store=store,
            replica=self._replica,
            link=self._link,
            clock=self._clock,
            direct=self._direct,
            pending=self._outbox.pending,
            wake=lambda: self._outbox.wake(),
            post=lambda action: self._hub.post(action),
        )
        self._outbox.waits = self._receiver.holds
        self._tasks.keep(self._receiver.run, "direct calls", self._clock)
        self._tasks.keep(self._receiver.hand_over, "direct calls to the hub", self._clock)
        self._direct.changed()

    async def close(self) -> None:
        """End everything, after the tasks were stopped."""
        self._shut()
        if self._store is not None:
            self._store.close()

    @property
    def listens(self) -> tuple[str, int] | None:
        """Address and port that are open now."""
        return None if self._port is None else self._at

    @property
    def receivers(self) -> int:
        """How many stations and doors this bed would call."""
        return 0 if self._caller is None else len(self._caller.way())

    @property
    def refused(self) -> int:
        """Calls and connections that were not believed."""
        refused = 0 if self._receiver is None else self._receiver.refused
        return refused + (0 if self._port is None else self._port.turned_away)

    def drawn(self, call_ids: tuple[str, ...]) -> None:
        """A frame of an awake display holds these direct calls."""
        self._direct.drawn |= self._direct.records.keys() & set(call_ids)

    # ------------------------------------------------------------------------------------- the port

    def _changed(self, changes: Changes) -> None:
        if changes.touches("peer_terms"):
            self._news.set()

    def _link_changed(self) -> None:
        """The link tells of each beat: here it matters who this device is, and which hub hears."""
        linked = (self._link.device_id, self._link.live, self._hub.epoch())
        if linked != self._linked:
            self._linked = linked
            self._news.set()

    async def _attend(self) -> None:
        while True:
            self._news.clear()
            ready = self._store is not None or not self._is_wanted() or self._set_up()
            done = ready and await self._judge_port() and await self._tell()
            try:
                settled = done and self._port is None
                async with asyncio.timeout(None if settled else _AGAIN_S):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _terms(self) -> PeerTerms | None:
        """On what terms the ward has direct calls; None: it has none, or this is none of its
        devices."""
        terms = self._replica.one("peer_terms", PeerTerms)
        return terms if self._link.device_id else None

    async def _judge_port(self) -> bool:
        """Open or close the port as it has to be. Whether it is."""
        terms = self._terms()
        if terms is None or self._receiver is None:
            self._shut()
            self._fault("peer.fault.port", there=False)
            return True
        try:
            address = await asyncio.get_running_loop().run_in_executor(
                None, own_address, self._hub.url()
            )
        except OSError as error:
            if self._port is not None:
                return True  # a name server is away: the port that is open stays open
            return self._not_open(error)
        wanted = (address, terms.port or self._at[1])
        if self._port is not None and self._at == wanted:
            return True
        self._shut()
        return await self._open(*wanted)

    async def _open(self, address: str, port: int) -> bool:
        assert self._key is not None
        assert self._receiver is not None
        made = Port(self._key, self._link.device_id, self._receiver.take, self._clock)
        try:
            bound = await made.open(address, port)
        except OSError as error:
            return self._not_open(error)
        self._port, self._at = made, (address, bound)
        log.info("direct calls are heard at %s port %d", address, bound)
        self._fault("peer.fault.port", there=False)
        return True

    def _not_open(self, error: OSError) -> bool:
        if "peer.fault.port" not in self.faults:
            log.error("direct calls cannot be heard here: %s", error)
        self._fault("peer.fault.port", there=True)
        return False

    def _shut(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None
            log.info("direct calls are not heard any more")

    def _fault(self, key: str, *, there: bool) -> None:
        new = self.faults | {key} if there else self.faults - {key}
        if new != self.faults:
            self.faults = new
            self.faults_changed()

    # ---------------------------------------------------------------------------------- the hub

    async def _tell(self) -> bool:
        """Tell the hub the key and where this device listens, once for each of its histories.
        Whether it knows."""
        if self._terms() is None or not self._link.live or self._key is None:
            return True
        address, port = self._at if self._port is not None else ("", 0)
        device = self._link.device_id
        now = (device, self._hub.epoch(), self._key.public, address, port)
        if now == self._told:
            return True
        action = Action(
            id=str(uuid7()),
            kind=ActionKind.PEER_TELL,
            subject=device,
            made_at=self._clock.now(),
            data={"key": self._key.public, "address": address, "port": port},
        )
        answer = await self._hub.post(action)
        if answer is None or answer.outcome == "later":
            return False
        if answer.outcome != "applied":
            log.error("the hub does not take where direct calls are heard: %s", answer.key)
        self._told = now
        return True


def own_address(url: str) -> str:
    """This machine's address on the way to the hub: the network on which the ward's screens are.
    Nothing is sent. Raises OSError where no way is known."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_DGRAM)
    why = OSError(f"no address of {parts.hostname}")
    for family, kind, protocol, _, there in found:
        if family not in _ANY:
            continue
        with socket.socket(family, kind, protocol) as probe:
            try:
                probe.connect(there)
            except OSError as error:
                why = error
                continue
            return str(probe.getsockname()[0])
    raise why
