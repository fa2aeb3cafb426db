"""Documents down: the feed of Server-Sent Events, as `wire/envelope.py` describes it.

A connection is a cursor and nothing is queued for it: it holds the first sequence it has yet to
look at, and takes what there is when its line has room. Stations are served first. No task stands
behind a screen that is up to date: a write to the ward is a plain loop of writes to sockets.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta

from starlette.types import Receive, Send

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub.access import Rights
from smartward.hub.beats import Beats, HisAge
from smartward.hub.catch_up import CHUNK_BYTES, CatchUp
from smartward.hub.connection import Connection
from smartward.hub.line import AsgiLine, Line
from smartward.hub.places import Places
from smartward.hub.ring import Entry, Ring, sse
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed
from smartward.hub.turns import Turns
from smartward.hub.views import Terms
from smartward.tasks import Tasks

log = logging.getLogger("smartward.feed")

_AT_ONCE = 256
"""So many screens are written to before the event loop looks at requests again."""


class Feed:
    """All connections of a hub, and the last writes of each ward."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, his: HisAge) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self.beats = Beats(store, clock, settings, his)
        self._rings: dict[str, Ring] = {}
        self._newest: dict[str, Entry] = {}
        self._heads: dict[str, int] = {}
        self._news: Entry | None = None
        """The last write, where nobody was told of it yet: that is done with the next writing."""
        self._told: dict[str, int] = {}
        """The last sequence of each ward that was told to whoever listens."""
        self._connections: dict[Connection, None] = {}
        self._places = Places()
        self._terms = Terms.of(clock.now(), settings.tz, settings.language)
        self._tasks = Tasks()
        self._stopped = False
        self._turns = Turns()
        self._writing = False
        self.on_presence: Callable[[Device, bool], None] = lambda device, here: None
        """Told when a screen's feed comes and goes."""
        self.on_fan_out: Callable[[float], None] = lambda seconds: None
        """Told the seconds that waking the screens of one write took."""
        self.rights: Callable[[Device], Rights] = lambda of: (of.ward, of.role, of.place, b"")
        """What a device is given its feed by."""

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Follow the store and begin to beat."""
        self._heads = await self._store.read(lambda r: {ward: r.head(ward) for ward in r.wards()})
        self._told = dict(self._heads)
        self._store.on_commit.append(self.committed)
        self._tasks.keep(self._keep_beating, "feed beats", self._clock)
        self._tasks.keep(self._midnights, "feed days", self._clock)

    async def stop(self) -> None:
        """End every feed, and take no more."""
        self._stopped = True
        if self.committed in self._store.on_commit:
            self._store.on_commit.remove(self.committed)
        for connection in list(self._connections):
            connection.close()
        await self._tasks.stop()

    @property
    def failing(self) -> frozenset[str]:
        """Tasks that have failed and are not well again."""
        return self._tasks.failing

    def head(self, ward: str) -> int:
        """The last sequence of a ward that was fanned out."""
        return self._heads.get(ward, 0)

    def connected(self) -> dict[ScreenRole, int]:
        """How many screens of each role listen now."""
        counts = dict.fromkeys(ScreenRole, 0)
        for connection in self._connections:
            counts[connection.device.role] += not connection.looks
        return counts

    def send(self, device_id: str, event: str, data: bytes) -> bool:
        """Send an event to this one device, past its view: it is no part of the ward's state, and
        whoever cannot take it now never gets it. False where that is so."""
        sent = False
        for connection in self._connections:
            away = connection.closed or connection.looks or connection.line.full
            if connection.device.id == device_id and not away:
                connection.line.write(sse(event, data))
                sent = True
        return sent

    def here(self) -> list[Device]:
        """Who listens here now; a screen with two lines twice."""
        return [one.device for one in self._connections if not one.looks]

    def begin_anew(self) -> None:
        """The store's history is another one: whoever listens comes again and fetches it whole."""
        self._rings.clear()
        self._heads.clear()
        self._told.clear()
        self._news = None
        for connection in list(self._connections):
            connection.close()

    def drop(self, device_id: str) -> None:
        """End a device's feeds, all of them: it is no longer one of ours, or it begins anew."""
        for connection in list(self._connections):
            if connection.device.id == device_id:
                connection.close()

    def keep_rightful(self, rights: Mapping[str, Rights]) -> None:
        """End the feeds of whoever has other rights now than their feed was given by, or none. A
        feed that was opened since, by what the device is now, goes on."""
        for connection in list(self._connections):
            if rights.get(connection.device.id) != connection.rights:
                connection.close()

    # ------------------------------------------------------------------ fan-out

    def committed(self, committed: Committed) -> None:
        """A write is on the disk: wake exactly the screens that may see some of it."""
        self._tell_news()  # who has not been told of the one before is behind, and catches up
        entry = Entry(committed, self._store.epoch)
        self._rings.setdefault(committed.ward, Ring()).add(entry)
        self._newest[committed.ward] = entry
        self._heads[committed.ward] = committed.seq
        self._news = entry
        if entry.shifts:
            self._tell_news()
        self._write_soon()

    def _tell_news(self) -> None:
        """Note of each screen that it has something to look at."""
        entry, self._news = self._news, None
        if entry is not None:
            for group in self._places.concerned(entry):
                self._tell(group, entry)
            self._told[entry.committed.ward] = entry.committed.seq

    def _send_news(self) -> None:
        """What nearly every write is to nearly every screen: the next thing it is sent. Each is
        looked at once, and told by being sent it; the others are told as in `_tell_news`."""
        entry, self._news = self._news, None
        if entry is None:
            return
        started, room = self._clock.monotonic(), _AT_ONCE
        for group in self._places.concerned(entry):
            others: Iterable[Connection] = group
            if len(group) <= room:
                room -= len(group)
                others = [one for one in group if not self._sent(one, entry)]
            self._tell(others, entry)
        self._told[entry.committed.ward] = entry.committed.seq
        self.on_fan_out(self._clock.monotonic() - started)

    @staticmethod
    def _sent(connection: Connection, entry: Entry) -> bool:
        """Whether this screen had seen all before, and has now been sent this, or needs nothing."""
        lens, seq = connection.lens, entry.committed.seq
        if lens is None or seq <= connection.sent or not connection.wants_only(None):
            return False
        try:
            event = entry.event(lens, connection.view)
            if event:
                connection.sent = seq
                connection.line.write(event)
        except Exception:  # whatever it is: the other screens must get theirs
            log.exception("the feed of device %s failed", connection.device.id)
            connection.close()
        return True

    def _tell(self, group: Iterable[Connection], entry: Entry) -> None:
        """One place's screens note that there is something to look at."""
        for connection in group:
            try:
                self._tell_one(connection, entry)
            except Exception:  # whatever it is: the other screens must get theirs
                log.exception("the feed of device %s failed", connection.device.id)
                connection.close()

    def _tell_one(self, connection: Connection, entry: Entry) -> None:
        lens, seq = connection.lens, entry.committed.seq
        if lens is None:
            # Its view is being read: it looks for itself at what came meanwhile.
            connection.reset |= entry.shifts
        elif seq <= connection.sent:
            return
        elif entry.shifts and lens.after(entry.committed) != lens:
            self._reset([connection])
        elif connection.pending is not None or entry.event(lens, connection.view):
            connection.pending = connection.pending or seq
            self._turns.note(connection)

    def _reset(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            connection.reset = True
            self.wake(connection)

    def wake(self, connection: Connection) -> None:
        """There may be something to send to this screen."""
        self._turns.note(connection)
        self._write_soon()

    def _write_soon(self) -> None:
        """One turn of the event loop later: the answers to whoever wrote leave before, and what
        is written meanwhile goes along."""
        if not self._writing and (self._news or self._turns.wanted):
            self._writing = True
            asyncio.get_running_loop().call_soon(self._write_out)

    def _write_out(self) -> None:
        """Stations first, then some others; requests are looked at in between."""
        self._send_news()
        newest = self._newest
        for connection in self._turns.take(_AT_ONCE):
            try:
                entry = newest.get(connection.device.ward)
                if entry is not None and connection.wants_only(entry.committed.seq):
                    self._send_newest(connection, entry)
                else:
                    self._pump(connection)
            except Exception:  # whatever it is: the other screens must get theirs
                log.exception("the feed of device %s failed", connection.device.id)
                connection.close()
        self._writing = False
        self._write_soon()

    # ------------------------------------------------------------------ one screen

    async def serve(
        self, device: Device, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        """Serve a screen's feed through an ASGI server until either side ends it."""
        line = AsgiLine(receive, send)
        self.listen(device, headers, line)
        await line.serve()

    def listen(self, device: Device, headers: dict[str, str], line: Line) -> None:
        """Serve a screen's feed on `line` until either side ends it."""
        looks = headers.get("look", "") != ""
        connection = Connection(self, device, line, self.rights(device), looks=looks)
        self._connections[connection] = None
        self._places.add(connection)
        if not connection.looks:
            self.on_presence(device, True)
        line.begin(connection)
        if self._stopped:
            connection.close()
        if not connection.closed:
            self._bring(connection, headers.get("after", ""), headers.get("view", ""))

    def forget(self, connection: Connection) -> None:
        """A screen's line is no more."""
        del self._connections[connection]
        self._places.remove(connection)
        self._turns.forget(connection)
        if not connection.looks:
            self.on_presence(connection.device, False)

    def _pump(self, connection: Connection) -> None:
        """Send what this screen has yet to see while its line has room, then the beat that is
        due."""
        while not (connection.closed or connection.catching or connection.line.full):
            since = connection.pending
            if connection.reset:
                self._bring(connection, "", "")
            elif since is not None:
                entry = self._newest.get(connection.device.ward)
                if entry is not None and entry.committed.seq == since:
                    self._send_newest(connection, entry)
                else:
                    self._send_since(connection, since)
            elif connection.beat:
                connection.beat = False
                connection.line.write(self._beat("beat", connection))
            else:
                return

    @staticmethod
    def _send_newest(connection: Connection, entry: Entry) -> None:
        """What nearly every screen is sent nearly always: one write, the same to all of a view."""
        assert connection.lens is not None
        event = entry.event(connection.lens, connection.view)
        connection.pending, connection.sent = None, entry.committed.seq
        if event:
            connection.line.write(event)

    def _send_since(self, connection: Connection, since: int) -> None:
        """As much as fits in one chunk; the screen's line is asked before the next."""
        ring = self._rings.get(connection.device.ward)
        entries = None if ring is None else ring.since(since)
        if entries is None:
            self._bring(connection, f"{self._store.epoch}-{since - 1}", connection.view)
            return
        assert connection.lens is not None
        data, size = [], 0
        connection.pending = None
        for entry in entries:
            if size >= CHUNK_BYTES:
                connection.pending = entry.committed.seq
                break
            event = entry.event(connection.lens, connection.view)
            connection.sent = entry.committed.seq
            data.append(event)
            size += len(event)
        if size:
            connection.line.write(b"".join(data))

    def _bring(self, connection: Connection, cursor: str, view: str) -> None:
        """Bring a screen from `cursor` to now out of the store, or from nothing."""
        connection.catching = True
        connection.lens, connection.pending, connection.reset = None, None, False
        self._tasks.spawn(self._catch_up(connection, cursor, view), "feed catch-up")

    async def _catch_up(self, connection: Connection, cursor: str, view: str) -> None:
        try:
            await self._send_view(connection, cursor, view)
        except BaseException:
            connection.close()  # it comes again
            raise
        connection.catching = False
        self.wake(connection)

    async def _send_view(self, connection: Connection, cursor: str, view: str) -> None:
        terms, epoch = self._terms, self._store.epoch
        run = await self._store.read(
            lambda reader: CatchUp.read(reader, connection.device, terms, epoch, cursor, view)
        )
        if run.ahead:
            log.warning(
                "device %s has seen later writes than this hub; after a restore of its whole"
                " folder run: smartward hub --restored",
                connection.device.id,
            )
        connection.lens, connection.view, connection.sent = run.lens, run.view, run.head
        connection.reset |= terms != self._terms
        if self.head(connection.device.ward) > run.head:
            connection.pending = run.head + 1
        hello = self.beats.hello(connection.device, connection.view)
        for chunk in (sse("reset" if run.whole else "hello", hello), *run.chunks):
            await connection.wait_for_room()
            if connection.closed:
                return
            connection.line.write(chunk)
        await connection.wait_for_room()
        if not connection.closed:
            connection.line.write(self._beat("current", connection))

    def _beat(self, event: str, connection: Connection) -> bytes:
        if connection.pending is None:
            # A snapshot may hold more than was fanned out yet.
            connection.sent = max(connection.sent, self._told.get(connection.device.ward, 0))
        return sse(event, self.beats.now(), f"{self._store.epoch}-{connection.sent}")

    # ------------------------------------------------------------------ time

    async def _keep_beating(self) -> None:
        while True:
            await self._clock.sleep(self._settings.beat_s)
            for connection in self._connections:
                connection.beat = True
                self.wake(connection)

    async def _midnights(self) -> None:
        """At the ward's midnight ages and "surgery today" change with no write."""
        zone = self._settings.tz
        while True:
            tomorrow = self._terms.today + timedelta(days=1)
            await self._clock.wait_until(datetime.combine(tomorrow, time(0), zone))
            self._terms = Terms.of(self._clock.now(), zone, self._settings.language)
            self._reset(
                one for one in self._connections if one.device.role is not ScreenRole.STATION
            )
