"""The last writes of a ward, each encoded once for all screens that see the same of it."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from smartward.hub.lens import SHIFTS, Lens
from smartward.hub.store.model import Committed, Delta, Departure, Stored
from smartward.wire.envelope import Document, Gone, Write

_ENCODER = msgspec.json.Encoder()

RING_WRITES = 512
"""A screen further behind than this is served from the store: it gets newer documents."""


def sse(event: str, data: bytes, id: str = "") -> bytes:
    """One server-sent event. `data` is JSON without line breaks."""
    head = f"event: {event}\nid: {id}\n" if id else f"event: {event}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def write_event(
    lens: Lens,
    epoch: str,
    write: tuple[int, datetime],
    changed: Iterable[Stored],
    departed: Iterable[tuple[str, str]] | None,
) -> bytes:
    """The event of one write (sequence, hub time) for one lens; empty when it shows nothing.

    A document that the lens no longer shows, though it concerns the place, is gone for it.
    `departed` is None for a screen that holds nothing yet.
    """
    documents: dict[tuple[str, str], Document] = {}
    gone = dict.fromkeys(departed or ())
    for stored in changed:
        key = (stored.kind, stored.id)
        body = lens.body(stored)
        if body is None:
            gone[key] = None
        else:
            documents[key] = Document(stored.kind, stored.id, stored.seq, msgspec.Raw(body))
    left = (
        ()
        if departed is None
        else tuple(Gone(kind, id) for kind, id in gone if (kind, id) not in documents)
    )
    if not documents and not left:
        return b""
    seq, at = write
    whole = Write(seq, at, tuple(documents.values()), left)
    return sse("write", _ENCODER.encode(whole), f"{epoch}-{seq}")


def delta_events(lens: Lens, epoch: str, delta: Delta, *, whole: bool) -> Iterator[bytes]:
    """The run of events that brings a screen to `delta.head`; `whole`: from nothing, so that
    there is nothing to be told gone."""
    changed: dict[int, list[Stored]] = {}
    departed: dict[int, list[Departure]] = {}
    times: dict[int, str] = {}
    for stored in delta.documents:
        if lens.concerns(stored.kind, stored.bed, stored.room):
            changed.setdefault(stored.seq, []).append(stored)
            times[stored.seq] = stored.at
    for one in () if whole else delta.departures:
        if one.kind in lens.kinds:
            departed.setdefault(one.seq, []).append(one)
            times[one.seq] = one.at
    for seq in sorted(times):
        event = write_event(
            lens,
            epoch,
            (seq, datetime.fromisoformat(times[seq])),
            changed.get(seq, ()),
            None if whole else [(one.kind, one.id) for one in departed.get(seq, ())],
        )
        if event:
            yield event


class Entry:
    """One write in the ring. What a lens sees of it is encoded at the first asking."""

    __slots__ = ("_epoch", "_events", "committed", "kinds", "shifts")

    def __init__(self, committed: Committed, epoch: str) -> None:
        self.committed = committed
        self.kinds = {stored.kind for stored in committed.changed} | {k for k, _ in committed.gone}
        self.shifts = not self.kinds.isdisjoint(SHIFTS)
        """Whether some place may now see other things of the same documents."""
        self._epoch = epoch
        self._events: dict[str, bytes] = {}

    def event(self, lens: Lens, view: str) -> bytes:
        """What `lens` (with the fingerprint `view`) is told of this write; empty for nothing."""
        event = self._events.get(view)
        if event is None:
            event = self._events[view] = self._encode(lens)
        return event

    def _encode(self, lens: Lens) -> bytes:
        committed = self.committed
        changed = [s for s in committed.changed if lens.concerns(s.kind, s.bed, s.room)]
        scope, place = lens.scope
        departed = [key for key in committed.gone if lens.shares(key[0])]
        departed += [
            (one.kind, one.id)
            for one in committed.departures
            if one.scope == scope and one.place == place and one.kind in lens.kinds
        ]
        return write_event(lens, self._epoch, (committed.seq, committed.at), changed, departed)


class Ring:
    """The last writes of one ward."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=RING_WRITES)

    def add(self, entry: Entry) -> None:
        """Keep a write; the oldest goes when the ring is full."""
        self._entries.append(entry)

    def since(self, seq: int) -> list[Entry] | None:
        """All writes from `seq` on, or None when the ring no longer holds them all."""
        if not self._entries or self._entries[0].committed.seq > seq:
            return None
        first = max(0, seq - self._entries[0].committed.seq)
        return [self._entries[i] for i in range(first, len(self._entries))]
