"""Screens of tests that listen to a `Feed` without a socket: one may be slow, or hang up."""

import asyncio
from collections.abc import Callable
from typing import Any

from smartward.clinical.device import WARD_WIDE_ROLES, Device, ScreenRole
from smartward.clinical.name_policy import NamePolicy
from smartward.hub.feed import Feed
from smartward.hub.lens import Lens
from smartward.hub.store.base import Store
from smartward.hub.store.model import decode
from smartward.hub.views import DOCUMENTS, OF_PATIENT, Terms
from smartward.tasks import Tasks
from tests.hub.mirror import EventParser, Key, Mirror
from tests.hub.ward_docs import WARD, bed_id, room_id


def device(role: ScreenRole, bed: int = 1, id: str = "") -> Device:
    """A device at bed `bed`, or at its room's door."""
    places = {**dict.fromkeys(WARD_WIDE_ROLES), ScreenRole.DOOR: room_id(bed)}
    place = places.get(role, bed_id(bed))
    return Device(id=id or f"dev-{role}-{bed}", role=role, ward=WARD, place=place)


class TestScreen:
    """One screen: a mirror, and a connection that comes and goes."""

    __test__ = False

    def __init__(self, device: Device) -> None:
        self.device = device
        self.mirror = Mirror()
        self._tasks = Tasks()
        self._served: asyncio.Task[Any] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._hung_up = asyncio.Event()
        self._news = asyncio.Event()
        self.status: int | None = None

    def connect(self, feed: Feed, *, look: str = "") -> None:
        """Open a feed from where the mirror stands; `look`: for a picture only."""
        self._hung_up = asyncio.Event()
        self._room.set()
        parser, hung_up = EventParser(), self._hung_up

        async def receive() -> dict[str, Any]:
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            await self._room.wait()
            if hung_up.is_set():
                return
            if message["type"] == "http.response.start":
                self.status = message["status"]
                return
            for event in parser.feed(message["body"]):
                self.mirror.apply(event)
            self._news.set()

        wanted = {"after": self.mirror.cursor, "view": self.mirror.view, "look": look}
        self._served = self._tasks.spawn(
            feed.serve(self.device, wanted, receive, send), f"screen {self.device.id}"
        )

    @property
    def connected(self) -> bool:
        return self._served is not None

    def stop_reading(self) -> None:
        """The socket is full from now on."""
        self._room.clear()

    def read_on(self) -> None:
        self._room.set()

    async def hang_up(self) -> None:
        """End the connection, whatever was under way."""
        self._hung_up.set()
        self._room.set()
        if self._served is not None:
            await self._served
        self._served = None
        self.mirror.lost_link()

    async def until(self, met: Callable[[Mirror], bool], within_s: float = 10.0) -> None:
        """Wait until the mirror is as wanted."""
        async with asyncio.timeout(within_s):
            while not met(self.mirror):
                self._news.clear()
                await self._news.wait()

    async def caught_up(self, seq: int) -> None:
        """Wait until the screen draws what write `seq` left."""

        def met(mirror: Mirror) -> bool:
            return mirror.current and int(mirror.cursor.rpartition("-")[2] or 0) >= seq

        await self.until(met)


def _belongs(
    lens: Lens,
    kind: str,
    place: tuple[str | None, str | None],
    encounter: str | None,
    silenced: set[str],
) -> bool:
    """What the contract says of a place, written down a second time."""
    if lens.role in WARD_WIDE_ROLES or kind in ("ward", "roster"):
        return True
    bed, room = place
    if kind in OF_PATIENT and encounter in silenced:
        return False
    if kind in OF_PATIENT and encounter not in [
        id
        for state in lens.beds
        if state.id == bed and not state.doubtful
        for id in state.occupants
    ]:
        return False
    return (room if lens.role is ScreenRole.DOOR else bed) == lens.place


async def view_of(store: Store, of: Device, terms: Terms) -> dict[Key, bytes]:
    """All that a device may read of the store's present state, straight from the documents."""

    def read(reader: Any) -> dict[Key, bytes]:
        beds = [
            stored
            for stored in reader.all(of.ward, "bed")
            if of.place in ((stored.room,) if of.role is ScreenRole.DOOR else (stored.bed,))
        ]
        chosen = reader.get(of.ward, "masking", "masking")
        policy = None if chosen is None else decode(chosen.body, NamePolicy)
        silenced = {stored.id for stored in reader.all(of.ward, "silence")}
        lens = Lens.of(of, beds, terms, policy, silenced)
        found: dict[Key, bytes] = {}
        whose = {
            (stored.kind, stored.id): stay.id
            for stay in reader.all(of.ward, "encounter")
            for stored in reader.of_encounter(of.ward, stay.id)
        }
        for kind in DOCUMENTS:
            for stored in reader.all(of.ward, kind):
                of_whom = whose.get((kind, stored.id))
                if kind not in lens.kinds or not _belongs(
                    lens, kind, (stored.bed, stored.room), of_whom, silenced
                ):
                    continue
                body = lens.body(stored)
                if body is not None:
                    found[(kind, stored.id)] = body
        return found

    return await store.read(read)
