"""What the hubs of one store must know of each other besides the documents, told and heard.

Each 2 s a hub says in the store that it is there, and when it heard of call points. It sees which
others are gone, so that screens that listened there and came back nowhere are told away; and it
takes over devices that were enrolled, moved or revoked at another hub. On a store of its own a hub
does none of it.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.hub.access import HOUSE, Access
from smartward.hub.feed import Feed
from smartward.hub.heard import Heard
from smartward.hub.lease import HELD_S, RENEW_S
from smartward.hub.presence import Presence
from smartward.hub.store.base import Committed, Store, Tx
from smartward.hub.store.model import instant
from smartward.hub.unchanged import Unchanged
from smartward.log import Edge
from smartward.tasks import Tasks

log = logging.getLogger("smartward.following")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a beat found."""

    others: dict[str, str]
    """Until when each other hub said it is there."""
    alive: dict[str, bool]
    left: list[str]
    """The devices that listened at hubs which are gone since the last beat."""
    late: bool
    """This hub itself counted as gone: what it had told of its screens may be taken back then."""


class Following:
    """One hub among those of its store."""

    def __init__(
        self,
        store: Store,
        access: Access,
        presence: Presence,
        heard: Heard,
        feed: Feed,
        clock: Clock,
        hub: str,
    ) -> None:
        """`hub`: the id of this start of this hub."""
        self._store = store
        self._access = access
        self._presence = presence
        self._heard = heard
        self._feed = feed
        self._clock = clock
        self._hub = hub
        self._others: dict[str, bool] = {}
        self._unchanged = Unchanged(clock)
        self._enrolled = asyncio.Event()
        self._edge = Edge(log, "telling the other hubs")
        self._tasks = Tasks()

    @property
    def failing(self) -> frozenset[str]:
        """Tasks that have failed and are not well again."""
        return self._tasks.failing

    @property
    def others(self) -> dict[str, bool]:
        """The other hubs of this store, and whether each is there."""
        return dict(self._others)

    async def start(self) -> None:
        """Say that this hub is there, then follow the others."""
        if not self._store.shared:
            return
        self._heard.shared = True
        self._presence.hub = self._hub
        self._store.on_commit.append(self.committed)
        self._enrolled.set()  # what another hub wrote since the devices were read
        await self._say()
        self._tasks.keep(self._beat, "telling the other hubs", self._clock)
        self._tasks.keep(self._follow_devices, "devices of the other hubs", self._clock)

    async def stop(self) -> None:
        """Be gone for the others at once: whoever listened here is looked for elsewhere."""
        if not self._store.shared:
            return
        await self._tasks.stop()
        self._store.on_commit.remove(self.committed)
        try:
            await self._store.write(lambda tx: tx.hub_put(self._hub, tx.store_time()))
        except StorageFault as error:
            log.warning("the other hubs notice by themselves that this one ends: %s", error)

    # ------------------------------------------------------------------ who is there

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(RENEW_S)
            news = self._heard.news()
            try:
                seen = await self._say(news)
            except StorageFault as error:
                self._heard.not_told(news)
                self._edge.down(self._clock.monotonic(), str(error))
                continue
            self._edge.up(self._clock.monotonic())
            if seen.late:
                self._presence.tell_again()
            for device_id in seen.left:
                self._presence.left(device_id)

    async def _say(self, news: Collection[tuple[str, str]] = ()) -> _Seen:
        """Be there for longer. What was seen counts once it is committed: who is gone is told of
        again by a beat that was not. Raises StorageFault."""
        stale = self._unchanged.for_so_long(HELD_S)
        seen = await self._store.write(lambda tx: self._tell(tx, news, stale))
        self._others = seen.alive
        self._unchanged.note(seen.others)
        return seen

    def _tell(
        self, tx: Tx, news: Collection[tuple[str, str]], stale: Mapping[str, object]
    ) -> _Seen:
        """`stale`: who should have said meanwhile that it is there, and until when it was."""
        now = tx.store_time()
        for id, until in tx.hubs().items():
            if id != self._hub and until > instant(now) and stale.get(id) == until:
                tx.hub_put(id, now)  # the database's clock was set back
        late = tx.hubs().get(self._hub, "") <= instant(now)
        tx.hub_put(self._hub, now + timedelta(seconds=HELD_S))
        tx.heard_put(self._heard.rows(news, now))
        others = {id: until for id, until in tx.hubs().items() if id != self._hub}
        here = {id: until > instant(now) for id, until in others.items()}
        gone = [id for id, alive in here.items() if not alive and self._others.get(id) is not False]
        left = [device for id in gone for device in tx.listeners(id)]
        for id, alive in list(here.items()):
            if not alive and not tx.listeners(id):
                tx.hub_drop(id)
                del here[id]
        return _Seen(others, here, left, late)

    # ------------------------------------------------------------------ who may speak

    def committed(self, committed: Committed) -> None:
        """Follow a write, of this hub or of another one."""
        keys = [(one.kind, one.id) for one in committed.changed] + committed.gone
        if committed.ward == HOUSE and any(kind == "device" for kind, _ in keys):
            self._enrolled.set()

    async def _follow_devices(self) -> None:
        """Also credentials, which are in no document; whoever is another now has to come anew."""
        while True:
            await self._enrolled.wait()
            self._enrolled.clear()
            try:
                await self._store.read(self._access.load)
            except Exception:
                self._enrolled.set()  # begun anew, it looks again, and waits for no further write
                raise
            self._feed.keep_rightful(self._access.all_rights())
