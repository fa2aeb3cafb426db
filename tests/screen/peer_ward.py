"""A bed, a door and a station that were told of each other, and no hub: real ports on loopback,
real files, a clock that moves when told."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from uuid6 import uuid7

from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallReason
from smartward.clock import SystemClock
from smartward.device_key import DeviceKey
from smartward.screen.cache import Cache
from smartward.screen.link import LinkState, Phase
from smartward.screen.outbox import Outbox
from smartward.screen.peer import PeerNet, ToHub
from smartward.screen.peer_records import Answered, DirectCalls
from smartward.screen.replica import Replica
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Answer, Document, Outcome, Person
from smartward.wire.peer import PeerKey, PeerTerms, PeerWay, Receiver
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import document

REAL = SystemClock()
BED, ROOM = "his.bed-1", "his.room-1"
LI = Person(known="pin", id="his.li", name="Li Min", family="Li")


class Side:
    """Everything of a screen that direct calls need; the hub of its link is not there."""

    def __init__(self, folder: Path, role: ScreenRole, device_id: str, clock: ManualClock) -> None:
        self.folder, self.role, self.clock = folder, role, clock
        self.replica = Replica(role)
        self.link = LinkState(phase=Phase.OFFLINE, device_id=device_id, place=BED)
        self.direct = DirectCalls()
        self.cache = Cache(folder / "screen.sqlite3")
        self.outbox = Outbox(self.cache, clock, "boot-1")
        self.key = DeviceKey.load_or_make(folder)
        self.tasks = Tasks()
        self.posted: list[Action] = []
        self.answers: Outcome = "applied"
        self.seq = 1
        hub = ToHub(url=lambda: "http://127.0.0.1:9", post=self._post, epoch=lambda: "e1")
        self.net = PeerNet(
            folder=folder,
            outbox=self.outbox,
            replica=self.replica,
            link=self.link,
            clock=clock,
            direct=self.direct,
            hub=hub,
        )

    async def _post(self, action: Action) -> Answer | None:
        self.posted.append(action)
        return Answer(id=action.id, outcome=self.answers)

    def start(self) -> None:
        self.net.start(self.tasks)

    def tell(self, *documents: Document) -> None:
        """As the hub told while it was there."""
        self.seq += 1
        if self.replica.seq == 0:
            self.replica.load(documents, self.seq)
        else:
            self.replica.apply(self.seq, documents)

    def coming(self, call: Action) -> str | None:
        """Who goes, as this screen was told."""
        record = self.direct.records.get(call.subject)
        return None if record is None else record.coming

    def hub_there(self, there: bool = True) -> None:
        self.link.phase = Phase.LIVE if there else Phase.OFFLINE
        self.link.changed()

    def touch(
        self, kind: str, subject: str | None = None, by: Person | None = None, **data: Any
    ) -> Action:
        """One touch, on the disk."""
        made = Action(
            id=str(uuid7()),
            kind=kind,
            subject=subject or str(uuid7()),
            made_at=self.clock.now(),
            by=by or Person(),
            data=data,
        )
        self.outbox.put(made)
        return made

    async def taken(self, *actions: Action) -> None:
        """A hub has answered, and the feed has brought what became of it."""
        for touch in self.outbox.unanswered():
            if touch.action in actions:
                await self.outbox.answered(
                    touch, Answer(id=touch.action.id, outcome="applied", seq=5, epoch="e1")
                )
        await self.outbox.passed("e1", 9)

    async def close(self) -> None:
        await self.tasks.stop()
        assert self.tasks.failures == {}
        await self.net.close()
        self.cache.close()


class PeerWard:
    """One bed with its door, and two stations."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.clock = clock
        self.folder = folder
        roles = {
            "bed": ScreenRole.BEDSIDE,
            "door": ScreenRole.DOOR,
            "station": ScreenRole.STATION,
            "second": ScreenRole.STATION,
        }
        self.sides = {name: Side(folder / name, role, name, clock) for name, role in roles.items()}
        self.bed, self.door = self.sides["bed"], self.sides["door"]
        self.station, self.second = self.sides["station"], self.sides["second"]

    async def start(self, *names: str) -> None:
        """Those screens run, and listen; the bed is told of all of them."""
        self.terms()
        for name in names:
            self.sides[name].start()
        await self.until(
            lambda: all(self.sides[n].net.listens for n in names if n != "bed"), step=0.0
        )
        self.way()

    def terms(self) -> None:
        on = document("peer_terms", "peer_terms", 1, PeerTerms(port=0))
        key = PeerKey(device_id="bed", bed_id=BED, public_key=self.bed.key.public)
        for side in self.sides.values():
            known = [document("peer_key", "bed", 1, key)] if side is not self.bed else []
            side.tell(on, *known)

    def way(self, **changed: Receiver) -> None:
        """The bed's list of receivers; `changed`: what of it is another by name."""
        listed = [self.receiver(name) for name in ("door", "station", "second")]
        found = {one.device_id: one for one in listed if one is not None} | changed
        way = PeerWay(bed_id=BED, receivers=tuple(found.values()))
        self.bed.tell(document("peer_way", BED, 1, way))

    def receiver(self, name: str) -> Receiver | None:
        side = self.sides[name]
        at = side.net.listens
        if at is None:
            return None
        return Receiver(
            device_id=name,
            role=side.role,
            address=at[0],
            port=at[1],
            public_key=side.key.public,
        )

    async def until(
        self, condition: Callable[[], object], *, step: float = 0.5, within_s: float = 10.0
    ) -> float:
        """Let time pass until it is so; how much has passed by the ward's clock."""
        end, began = REAL.monotonic() + within_s, self.clock.monotonic()
        while not condition():
            assert REAL.monotonic() < end, "it did not come to be in time"
            await REAL.sleep(0.01)
            self.clock.advance(step)
        return self.clock.monotonic() - began

    def answered(self, call: Action) -> Answered:
        """What the bed knows of its call."""
        return self.bed.direct.answered.get(call.subject, Answered())

    async def call(self) -> Action:
        """A press at the bed."""
        return self.bed.touch(ActionKind.CALL_PLACE, bed_id=BED, **{"class": "normal"})

    async def reason(self, call: Action, reason: CallReason) -> Action:
        return self.bed.touch(ActionKind.CALL_REASON, call.subject, reason=reason.value)

    def copied(self) -> Side:
        """A second device with the bed's disk, as the bed is now; it is told what the bed is."""
        folder = self.folder / "copy"
        shutil.copytree(self.bed.folder, folder)
        copy = self.sides["copy"] = Side(folder, self.bed.role, "bed", self.clock)
        receivers = tuple(one for one in (self.receiver("station"),) if one is not None)
        way = PeerWay(bed_id=BED, receivers=receivers)
        terms = document("peer_terms", "peer_terms", 1, PeerTerms(port=0))
        copy.tell(terms, document("peer_way", BED, 1, way))
        copy.start()
        return copy

    async def again(self, name: str, *, broken: bool = False) -> Side:
        """That screen's program is started anew on the same folder. `broken`: nobody can read its
        file of direct calls any more."""
        old = self.sides[name]
        await old.close()
        if broken:
            (old.folder / "direct.sqlite3").write_bytes(b"no database at all" * 300)
        new = Side(old.folder, old.role, name, self.clock)
        self.sides[name] = new
        setattr(self, name, new)
        self.terms()
        new.start()
        await self.until(lambda: new.net.listens or name == "bed", step=0.0)
        self.way()
        return new

    async def close(self) -> None:
        for side in self.sides.values():
            await side.close()


def lied(receiver: Receiver | None, **changed: Any) -> Receiver:
    """A receiver that is not what the list says."""
    assert receiver is not None
    return replace(receiver, **changed)


def raw(line: bytes, kind: type) -> Any:
    return msgspec.json.decode(line, type=kind)
