"""Documents down: the feed of Server-Sent Events, as `wire/envelope.py` describes it.

A connection is a cursor and nothing is queued for it: it holds the first sequence it has yet to
look at, and takes what there is when its socket has room. Stations are woken first.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta

import msgspec
from starlette.types import Receive, Scope, Send

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import Clock
from smartward.config import Settings
from smartward.hub.catch_up import CHUNK_BYTES, CatchUp
from smartward.hub.lens import SHIFTS, Lens
from smartward.hub.ring import Entry, Ring, sse
from smartward.hub.store.base import Store
from smartward.hub.store.model import Committed
from smartward.hub.views import WARD_WIDE, Terms, scope_of
from smartward.tasks import Tasks
from smartward.wire.envelope import Beat, Hello

log = logging.getLogger("smartward.feed")

Place = tuple[str, str, str]
"""Ward, scope and place: the address of a group of screens."""

_FOR_ALL = WARD_WIDE | (SHIFTS - {"bed"})

HisAge = Callable[[], tuple[datetime | None, bool]]


class Connection:
    """One screen that listens."""

    def __init__(self, device: Device, *, looks: bool = False) -> None:
        self.device = device
        self.looks = looks
        """It draws one picture and goes: nobody stands before it."""
        self.lens: Lens | None = None
        self.view = ""
        self.pending: int | None = None
        """The first sequence this screen has yet to look at; None: it has seen all."""
        self.sent = 0
        self.reset = False
        self.beat = False
        self.closed = False
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is something to look at."""
        self._wake.set()

    def close(self) -> None:
        """End the feed."""
        self.closed = True
        self._wake.set()

    async def woken(self) -> None:
        """Wait for `wake`."""
        await self._wake.wait()
        self._wake.clear()


class Feed:
    """All connections of a hub, and the last writes of each ward."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, his: HisAge) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._his = his
        self._rings: dict[str, Ring] = {}
        self._heads: dict[str, int] = {}
        self._connections: dict[Connection, None] = {}
        self._at: dict[Place, dict[Connection, None]] = {}
        self._terms = Terms.of(clock.now(), settings.tz, settings.language)
        self._tasks = Tasks()
        self._stopped = False
        self.on_presence: Callable[[Device, bool], None] = lambda device, here: None
        """Told when a screen's feed comes and goes."""
        self.on_fan_out: Callable[[float], None] = lambda seconds: None
        """Told the seconds that waking the screens of one write took."""

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Follow the store and begin to beat."""
        self._heads = await self._store.read(lambda r: {ward: r.head(ward) for ward in r.wards()})
        self._store.on_commit.append(self.committed)
        self._tasks.keep(self._beats, "feed beats", self._clock)
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

    def drop(self, device_id: str) -> None:
        """End a device's feeds: its place changed, or it is no longer one of ours."""
        for connection in self._connections:
            if connection.device.id == device_id:
                connection.close()

    # ------------------------------------------------------------------ fan-out

    def committed(self, committed: Committed) -> None:
        """A write is on the disk: wake exactly the screens that may see some of it."""
        started = self._clock.monotonic()
        entry = Entry(committed, self._store.epoch)
        self._rings.setdefault(committed.ward, Ring()).add(entry)
        self._heads[committed.ward] = committed.seq
        for connection in self._concerned(entry):
            self._tell(connection, entry)
        self.on_fan_out(self._clock.monotonic() - started)

    def _concerned(self, entry: Entry) -> Iterator[Connection]:
        """Stations first, then the screens at each bed and room of the write. What holds for the
        ward, or shifts what others see wherever they lie, is for each place to look at."""
        committed = entry.committed
        ward = committed.ward
        yield from self._at.get((ward, "ward", ""), ())
        if entry.kinds & _FOR_ALL:
            for (of, scope, _), group in self._at.items():
                if of == ward and scope != "ward":
                    yield from group
            return
        places = {(one.scope, one.place): None for one in committed.departures}
        for stored in committed.changed:
            places |= {("bed", stored.bed or ""): None, ("room", stored.room or ""): None}
        for scope, place in places:
            yield from self._at.get((ward, scope, place), ())

    def _tell(self, connection: Connection, entry: Entry) -> None:
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
            connection.wake()

    @staticmethod
    def _reset(connections: Iterable[Connection]) -> None:
        for connection in connections:
            connection.reset = True
            connection.wake()

    # ------------------------------------------------------------------ one screen

    async def serve(
        self, device: Device, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        """Serve a screen's feed until either side ends it."""
        connection = Connection(device, looks=headers.get("look", "") != "")
        connection.closed = self._stopped
        place = (device.ward, *scope_of(device))
        self._connections[connection] = None
        self._at.setdefault(place, {})[connection] = None
        if not connection.looks:
            self.on_presence(device, True)
        watcher = self._tasks.spawn(self._watch(receive), "feed watcher")
        # However it ends, the hub's own end included: nobody listens for the other side then.
        watcher.add_done_callback(lambda ended: connection.close())
        try:
            await self._start_response(send)
            cursor, view = headers.get("after", ""), headers.get("view", "")
            if not connection.closed:
                await self._catch_up(connection, send, cursor, view)
            while not connection.closed:
                await connection.woken()
                await self._pump(connection, send)
        finally:
            del self._connections[connection]
            del self._at[place][connection]
            if not connection.looks:
                self.on_presence(device, False)
            watcher.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    @staticmethod
    async def _watch(receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue

    @staticmethod
    async def _start_response(send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    @staticmethod
    async def _send(send: Send, data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _pump(self, connection: Connection, send: Send) -> None:
        """Send what this screen has yet to see, then the beat that is due."""
        while not connection.closed and (connection.reset or connection.pending is not None):
            if connection.reset:
                await self._catch_up(connection, send, "", "")
                continue
            since = connection.pending
            ring = self._rings.get(connection.device.ward)
            entries = ring.since(since) if ring is not None and since is not None else None
            if entries is None:
                cursor = f"{self._store.epoch}-{(since or 1) - 1}"
                await self._catch_up(connection, send, cursor, connection.view)
                continue
            await self._send_entries(connection, send, entries)
        if connection.beat and not connection.closed:
            connection.beat = False
            await self._send(send, self._beat("beat", connection))

    async def _send_entries(self, connection: Connection, send: Send, entries: list[Entry]) -> None:
        """As much as fits in one chunk; the screen's socket is asked before the next."""
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
            await self._send(send, b"".join(data))

    async def _catch_up(self, connection: Connection, send: Send, cursor: str, view: str) -> None:
        """Bring a screen from `cursor` to now out of the store, or from nothing."""
        connection.lens, connection.pending, connection.reset = None, None, False
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
        hello = msgspec.json.encode(self._hello(connection))
        await self._send(send, sse("reset" if run.whole else "hello", hello))
        for chunk in run.chunks:
            if connection.closed:
                return
            await self._send(send, chunk)
        await self._send(send, self._beat("current", connection))
        connection.wake()

    def _hello(self, connection: Connection) -> Hello:
        device = connection.device
        return Hello(
            epoch=self._store.epoch,
            view=connection.view,
            device_id=device.id,
            role=device.role,
            ward=device.ward,
            place=device.place,
            label=device.label,
            now=self._clock.now(),
        )

    def _beat(self, event: str, connection: Connection) -> bytes:
        as_of, up = self._his()
        data = msgspec.json.encode(Beat(self._clock.now(), as_of, up))
        if connection.pending is None:
            # A snapshot may hold more than was fanned out yet.
            connection.sent = max(connection.sent, self.head(connection.device.ward))
        return sse(event, data, f"{self._store.epoch}-{connection.sent}")

    # ------------------------------------------------------------------ time

    async def _beats(self) -> None:
        while True:
            await self._clock.sleep(self._settings.beat_s)
            for connection in self._connections:
                connection.beat = True
                connection.wake()

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


def header_values(scope: Scope) -> dict[str, str]:
    """Cursor (`after`) and view fingerprint (`view`) of a feed request; `look`: it is for one
    picture, no screen that is there."""
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return {
        "after": found.get("last-event-id", ""),
        "view": found.get("smartward-view", ""),
        "look": found.get("smartward-look", ""),
    }
