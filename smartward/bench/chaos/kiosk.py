"""A screen without its pages: its real file, outbox, feed and link to the hub."""

import secrets
from hashlib import sha256
from pathlib import Path
from random import Random

import msgspec
from uuid6 import uuid7

from smartward.bench.chaos.ledger import Entry, Ledger, read
from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.device_key import DeviceKey
from smartward.errors import StorageFault
from smartward.screen.feed import Feed, credential_mark
from smartward.screen.hub_address import Hub
from smartward.screen.hub_link import HubLink
from smartward.screen.hubs import of_text
from smartward.screen.kept import open_cache
from smartward.screen.link import LinkState
from smartward.screen.mirror import MirrorQueue
from smartward.screen.replica import Replica
from smartward.tasks import Tasks
from smartward.wire import start
from smartward.wire.envelope import Action, Answer, Person

NURSE = Person(known="name", id="nurse-1", name="李红", family="李")
STALE_S = 5.0


class Enrolled(msgspec.Struct, frozen=True):
    """One device of the ward: who it is, and how it proves that."""

    id: str
    role: ScreenRole
    place: str | None
    token: str
    calls: int = 0
    """How many calls are to be made at it."""
    state: str = ""
    """Name of its folder, where it is not its id: a second machine with the same credential."""

    @property
    def folder(self) -> str:
        """The name of its folder and of its ledger."""
        return self.state or self.id


def _start(device: Enrolled, folder: Path) -> dict[str, str]:
    """What its requests say of its machine: each screen here stands for a machine of its own."""
    machine = sha256(device.folder.encode()).hexdigest()[:32]
    key = DeviceKey.load_or_make(folder)
    credential = start.credential_mark(device.token)
    return start.started(str(uuid7()), machine, key, credential).headers()


class Kiosk:
    """One screen. `start`, then `touch`."""

    def __init__(self, device: Enrolled, url: str, folder: Path, clock: SystemClock) -> None:
        """`url`: of its hub, or of several in order, with commas."""
        self.device = device
        self.clock = clock
        self.replica = Replica(device.role)
        self.link = LinkState()
        self._written = folder / f"{device.folder}.ledger"
        self.past: tuple[Entry, ...] = ()
        """What happened here before this process began."""
        self.again()
        self.ledger = Ledger(self._written)
        kept = open_cache(
            folder=folder / device.folder,
            token=device.token,
            place=device.place,
            replica=self.replica,
            link=self.link,
            clock=clock,
            rate=1.0,
        )
        self.cache, self.outbox = kept.cache, kept.outbox
        self._mirror = MirrorQueue(kept.cache, clock)
        self.feed = Feed(
            replica=self.replica,
            link=self.link,
            mirror=self._mirror,
            outbox=kept.outbox,
            clock=clock,
            credential=credential_mark(device.token),
            meta=kept.meta,
        )
        url, *others = of_text(url)
        self.hub_link = HubLink(
            hub=Hub(
                url=url,
                others=tuple(others),
                token=device.token,
                start=_start(device, folder / device.folder),
            ),
            feed=self.feed,
            outbox=kept.outbox,
            link=self.link,
            clock=clock,
            stale_s=STALE_S,
            tell=self._told,
            noise=Random(secrets.randbits(32)),
        )
        self.refused = 0
        """Touches of which the person was told that they came to nothing."""

    def again(self) -> None:
        """Read once more what happened here."""
        self.past = tuple(read(self._written))

    def _told(self, action: Action, answer: Answer) -> None:
        self.refused += 1

    def start(self, tasks: Tasks) -> None:
        """Begin to write, to hear and to send."""
        tasks.keep(self._mirror.run, "screen mirror", self.clock)
        tasks.keep(self.outbox.run, "screen outbox", self.clock)
        self.hub_link.start(tasks)

    def touch(
        self,
        kind: str,
        subject: str | None = None,
        *,
        by: Person | None = None,
        foreign: bool = False,
        data: dict[str, str | int | None] | None = None,
    ) -> Action | None:
        """One touch; None when the screen's disk did not take it."""
        id = str(uuid7())
        action = Action(
            id=id,
            kind=kind,
            subject=subject or str(uuid7()),
            made_at=self.clock.now(),
            by=by or Person(),
            data=data or {},
        )
        self.ledger.touch(id, kind, action.subject, foreign)
        try:
            self.outbox.put(action)
        except StorageFault:
            self.ledger.tell("not_taken", id)
            return None
        self.ledger.tell("durable", id)
        return action

    async def close(self) -> None:
        """Let go, after the tasks were stopped."""
        await self.hub_link.close()
        self.cache.close()
        self.ledger.close()
