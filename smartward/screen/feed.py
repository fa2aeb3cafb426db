"""The feed's events, applied: to the replica at once, to the mirror in whole transactions.

Nothing here knows how events travel. Raises BadData for what no hub of ours says: the connection
is then dropped and taken up again.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from smartward.clock import Clock
from smartward.errors import BadData
from smartward.screen.cache import Mirrored
from smartward.screen.cache_rows import PLACE
from smartward.screen.hub_clock import HubClock
from smartward.screen.hubs import of_text
from smartward.screen.link import LinkState, Phase
from smartward.screen.mirror import MirrorQueue
from smartward.screen.outbox import Outbox
from smartward.screen.replica import Replica
from smartward.wire.envelope import Beat, Document, Hello, Write
from smartward.wire.start import Blocked
from smartward.wire.start import credential_mark as credential_mark

log = logging.getLogger("smartward.screen.feed")

T = TypeVar("T")

UNKNOWN_THERE = "screen.link.unknown_there"
"""The first hub is away, and one that answers does not know this screen: it may have nothing of it,
or not yet. Who is none of the ward's any more is told so by the first."""

_SAVE_BEAT_EVERY_S = 60.0
_SET = timedelta(seconds=1)
"""So far no two clocks drift between two beats: one of them was set."""


def cursor_of(event_id: str) -> tuple[str, int]:
    """Epoch and sequence of an event id. Raises BadData."""
    epoch, dash, seq = event_id.rpartition("-")
    if not dash or not epoch or not seq.isdigit():
        raise BadData("screen.bad_feed", "an event without EPOCH-SEQ as its id")
    return epoch, int(seq)


class Feed:
    """Where the screen stands in its ward's feed."""

    def __init__(
        self,
        *,
        replica: Replica,
        link: LinkState,
        mirror: MirrorQueue,
        outbox: Outbox,
        clock: Clock,
        credential: str,
        meta: dict[str, str],
        machine: str = "",
    ) -> None:
        """`meta` is what the cache kept; `credential` the mark of the token in use, `machine` that
        of the machine, empty where it is not asked."""
        self._replica = replica
        self._link = link
        self._mirror = mirror
        self._outbox = outbox
        self._clock = clock
        self._hub_clock = HubClock(clock)
        self._url = self._greeted_by = ""
        """Of the hub that is heard or tried, and of the one that greeted last."""
        self._credential = credential
        self._machine = machine
        self._meta = dict(meta)
        self.census_old = timedelta(0)
        """From this age of the hospital's data on each beat is told to those who judge whether they
        are late: below it no limit is near."""
        self._hello: Hello | None = None
        self._catching_up: list[Mirrored] = []
        self._resetting = False
        self.caught_up = False
        self.hubs_told: Callable[[tuple[str, ...]], None] = lambda urls: None
        """Told the addresses of the ward's hubs, in their order."""
        self.ordered: Callable[[str], None] = lambda data: None
        """Told what the hub orders this one screen to do (`wire/order.py`, as JSON). Raises
        msgspec.DecodeError."""
        self._beat_saved = -_SAVE_BEAT_EVERY_S

    # --------------------------------------------------------------------------- where we stand

    @property
    def cursor(self) -> str | None:
        """What to send as Last-Event-ID, None to ask for the whole view."""
        epoch, seq = self._meta.get("epoch"), self._meta.get("cursor")
        if epoch is None or seq is None or self._mirror.lost:
            return None
        return f"{epoch}-{seq}"

    @property
    def view(self) -> str | None:
        """The view's fingerprint as of the last Hello."""
        return self._meta.get("view")

    @property
    def device_id(self) -> str | None:
        """Who this device is, as the hub said."""
        return self._meta.get("device")

    @property
    def epoch(self) -> str | None:
        """The hub's history that was last heard of, and that the outbox knows of."""
        return self._meta.get("epoch") if self._hello is None else self._hello.epoch

    @property
    def place(self) -> str | None:
        """Where this screen is, as a hub said last, empty for no bed or room; None: none did."""
        return self._meta.get("place")

    @property
    def hubs(self) -> tuple[str, ...]:
        """The ward's hubs in their order, as a hub told last."""
        return of_text(self._meta.get("hubs", ""))

    def forget(self) -> None:
        """Ask for the whole view next time."""
        self._meta.pop("cursor", None)

    def at(self, url: str) -> None:
        """The next connection is to this hub."""
        self._url = url

    def dropped(self) -> None:
        """The connection ended: what was half caught up comes again."""
        self._catching_up = []
        self._resetting = self.caught_up = False

    async def not_enrolled(self) -> None:
        """The hub does not know this device (any more): show and keep no patient. Calls that are
        open go on here, as calls that nobody has yet."""
        if self._link.phase is not Phase.NOT_ENROLLED:
            await self._send_open_calls_again()
        self._link.phase = Phase.NOT_ENROLLED
        self._wipe()
        self._link.changed()

    async def refused(self, key: str) -> None:
        """No hub tells this screen anything; `key` is the text key of why one that answers does
        not, empty where none answers. What was kept is shown, as far as it is without a hub."""
        if key == self._link.refused:
            return
        if key == UNKNOWN_THERE:
            await self._send_open_calls_again()
        self._link.refused = key
        self._link.changed()

    async def _send_open_calls_again(self) -> None:
        calls = self._replica.docs("nurse_call").values()
        open_ids = [one.id for one in calls if getattr(one.body, "closed_at", None) is None]
        await self._outbox.forgotten(open_ids)

    async def blocked(self, told: Blocked) -> None:
        """The hub shows this screen nothing: it shows and keeps no patient. What is touched here
        all the same is sent: whoever calls needs somebody."""
        link = self._link
        if told.role is not self._replica.role:
            await self._wrong_role(told)
            return
        again = link.phase is Phase.BLOCKED and (link.blocked, link.place) == (
            told.error,
            told.place,
        )
        await self._whose(told)
        link.phase, link.blocked, link.blocked_values = Phase.BLOCKED, told.error, told.values
        link.place, link.label, link.device_id = told.place, told.label, told.device_id
        if not again:
            self._wipe()
        if told.epoch:
            # A hub that came back from a backup may not have what it had taken here.
            await self._outbox.another_epoch(told.epoch)
        self._outbox.held = False
        self._outbox.wake()
        link.changed()

    async def _wrong_role(self, told: Hello | Blocked) -> None:
        self._link.enrolled_as = told.role.value
        self._link.phase = Phase.WRONG_PLACE
        self._wipe()
        self._link.changed()

    def _wipe(self) -> None:
        self._replica.clear()
        self.forget()
        self._link.his_as_of = None
        self._mirror.add(Mirrored(replace=True, meta=(("cursor", None), ("his_as_of", None))))

    # --------------------------------------------------------------------------------- events

    async def event(self, name: str, event_id: str, data: str) -> None:
        """Apply one event. Raises BadData."""
        try:
            if name in ("hello", "reset"):
                await self._greeted(msgspec.json.decode(data, type=Hello), name == "reset")
            elif name == "write":
                await self._written(event_id, msgspec.json.decode(data, type=Write))
            elif name == "current":
                await self._current(event_id, msgspec.json.decode(data, type=Beat))
            elif name == "beat":
                self._beat(msgspec.json.decode(data, type=Beat))
                await self._so_far(event_id)
            elif name == "order":
                self.ordered(data)
            # Anything else is of a newer hub, which may say more than we know.
        except msgspec.DecodeError as error:
            raise BadData("screen.bad_feed", f"event {name}: {type(error).__name__}") from error

    async def _greeted(self, hello: Hello, reset: bool) -> None:
        self._link.enrolled_as = hello.role.value
        if hello.role is not self._replica.role:
            await self._wrong_role(hello)
            raise BadData("screen.bad_feed", f"enrolled as {hello.role.value}")
        await self._whose(hello)
        if not reset and self._meta.get("epoch") != hello.epoch:
            raise BadData("screen.bad_feed", "another epoch without a reset")
        if self._machine:
            self._remember(machine=self._machine)
        self._hello = hello
        # Also in a stream that was caught up: the hub sends its view anew where another is due.
        self._resetting, self.caught_up = reset, False
        self._catching_up = []
        if reset:
            self._replica.begin_reset()
        else:
            self._replica.begin_catch_up()
        if self._meta.get("epoch") not in (None, hello.epoch):
            await self._outbox.another_epoch(hello.epoch)
        self._outbox.held = False
        self._outbox.wake()
        if hello.hubs:
            self._remember(hubs=",".join(hello.hubs))
            self.hubs_told(hello.hubs)
        self._link.place, self._link.label = hello.place, hello.label
        self._link.device_id = hello.device_id
        known = self._link.skew
        if self._greeted_by not in ("", self._url):
            # Another hub has another clock: nothing that was known tells of it.
            self._hub_clock, known = HubClock(self._clock), None
        self._greeted_by = self._url
        self._link.skew = self._hub_clock.heard(hello.now, known)

    async def _whose(self, hello: Hello | Blocked) -> None:
        """A cache of another place or device is thrown away before anything of it is used. What was
        touched goes with the place alone: paired anew at the same bed, as where the hub came back
        from an older backup, this machine is another device to the hub, and its call still one of
        that bed."""
        now = {
            "device": hello.device_id,
            "role": hello.role.value,
            "ward": hello.ward,
            "place": hello.place or "",
        }
        before = {key: self._meta[key] for key in now if key in self._meta}
        if before and before != now:
            log.warning("the cache is of another place or device: it is thrown away")
            self._wipe()
            if any(before.get(key, now[key]) != now[key] for key in PLACE):
                await self._outbox.disown(now)
        self._remember(**now, credential=self._credential, label=hello.label)

    def _remember(self, **values: str) -> None:
        changed = {k: v for k, v in values.items() if self._meta.get(k) != v}
        if changed:
            self._meta.update(changed)
            self._mirror.add(Mirrored(meta=tuple(changed.items())))

    async def _written(self, event_id: str, write: Write) -> None:
        hello = self._spoken_to()
        epoch, _ = cursor_of(event_id)
        if epoch != hello.epoch:
            raise BadData("screen.bad_feed", "a write of another epoch")
        self._replica.apply(write.seq, write.documents, write.gone)
        cursor = (("cursor", str(write.seq)),)
        if not self.caught_up:
            self._catching_up.append(Mirrored(write.documents, write.gone))
            return
        self._meta.update(cursor)
        self._mirror.add(Mirrored(write.documents, write.gone, cursor))
        await self._outbox.passed(epoch, write.seq)

    async def _current(self, event_id: str, beat: Beat) -> None:
        hello = self._spoken_to()
        epoch, seq = cursor_of(event_id)
        if epoch != hello.epoch:
            raise BadData("screen.bad_feed", "current of another epoch")
        # The view only now: a reset that was cut short must be asked for again.
        place = (("epoch", epoch), ("cursor", str(seq)), ("view", hello.view))
        self._meta.update(place)
        if self._resetting:
            self._mirror.add(_one_event(self._catching_up, place))
        else:
            for each in self._catching_up:
                self._mirror.add(each)
            self._mirror.add(Mirrored(meta=place))
        self._catching_up, self._resetting, self.caught_up = [], False, True
        # The links first: whether a name may be shown depends on the age of the census.
        self._beat(beat, first=True)
        self._replica.current(seq)
        await self._outbox.passed(epoch, seq)

    async def _so_far(self, event_id: str) -> None:
        """A beat tells how far the feed is: touches answered up to there need wait no longer."""
        if not (self.caught_up and event_id):
            return
        epoch, seq = cursor_of(event_id)
        if epoch == self._spoken_to().epoch:
            await self._outbox.passed(epoch, seq)

    def _spoken_to(self) -> Hello:
        if self._hello is None:
            raise BadData("screen.bad_feed", "a write before hello")
        return self._hello

    def _beat(self, beat: Beat, *, first: bool = False) -> None:
        """What it says of both links is told where it is news, where the census could be late or is
        of a time to come, as where the hub's clock was set back, where a clock was set, and always
        of the `first`."""
        link, now = self._link, self._clock.now()
        edge = link.his_up != beat.his_up
        before = (link.standby, link.hub_stores, link.his_up, link.his_as_of)
        told = (beat.standby, beat.stores, beat.his_up, beat.his_as_of)
        link.standby, link.hub_stores, link.his_up, link.his_as_of = told
        known = link.skew
        link.skew = self._hub_clock.heard(beat.now, known)
        link.clock_known = _known
        set_anew = known is None or abs(link.skew - known) >= _SET
        as_of = beat.his_as_of
        fresh = as_of is not None and timedelta(0) <= beat.now - as_of < self.census_old
        if first or set_anew or not fresh or told != before:
            link.changed()
        due = self._clock.monotonic() - self._beat_saved >= _SAVE_BEAT_EVERY_S
        if due or edge:
            self._beat_saved = self._clock.monotonic()
            self._save_links(now)

    def _save_links(self, now: datetime) -> None:
        link = self._link
        values = {"last_heard": now.isoformat(), "boot": self._outbox.boot}
        if link.his_as_of is not None:
            values["his_as_of"] = link.his_as_of.isoformat()
        if link.skew is not None:
            values["skew_s"] = repr(link.skew.total_seconds())
        self._remember(**values)


def _known() -> bool:
    """The hub was heard in this run of the machine: its time and ours can be compared."""
    return True


def _one_event(events: list[Mirrored], place: tuple[tuple[str, str | None], ...]) -> Mirrored:
    """What a reset brought, as the one event that replaces the mirror."""
    documents: dict[tuple[str, str], Document] = {}
    for event in events:
        documents.update({(d.kind, d.id): d for d in event.documents})
        for gone in event.gone:
            documents.pop((gone.kind, gone.id), None)
    return Mirrored(tuple(documents.values()), (), place, replace=True)


def _kept(meta: dict[str, str], key: str, read: Callable[[str], T]) -> T | None:
    """One value of the cache; None when it has none, or one that nobody can read."""
    text = meta.get(key)
    if text is None:
        return None
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        log.error("the cache's %s cannot be read: %s", key, error)
        return None


def _instant(text: str) -> datetime:
    """A moment with its zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def links_from(meta: dict[str, str], link: LinkState) -> None:
    """What the cache knows of the links, for the first frame; a broken value is not known."""
    link.last_heard = _kept(meta, "last_heard", _instant)
    link.his_as_of = _kept(meta, "his_as_of", _instant)
    link.skew = _kept(meta, "skew_s", lambda text: timedelta(seconds=float(text)))
    link.place = meta.get("place") or None
    link.label = meta.get("label", "")
    link.device_id = meta.get("device", "")
