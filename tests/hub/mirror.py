"""A screen's replica, as the envelope's text says it must behave; and a reader of event streams."""

from dataclasses import dataclass, field

import msgspec

from smartward.wire.envelope import Beat, Hello, Write


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    id: str
    data: bytes


class EventParser:
    """Bytes of a feed in, events out."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Event]:
        self._buffer += data
        *blocks, self._buffer = self._buffer.split(b"\n\n")
        return [self._event(block) for block in blocks]

    @staticmethod
    def _event(block: bytes) -> Event:
        fields: dict[str, bytes] = {}
        for line in block.split(b"\n"):
            name, _, value = line.partition(b": ")
            assert name.decode() not in fields, f"twice in one event: {line!r}"
            fields[name.decode()] = value
        assert set(fields) <= {"event", "id", "data"}
        return Event(fields["event"].decode(), fields.get("id", b"").decode(), fields["data"])


Key = tuple[str, str]


@dataclass
class Mirror:
    """What one screen knows. `documents` is what it draws; `coming` is not complete yet."""

    documents: dict[Key, tuple[int, bytes]] = field(default_factory=dict)
    coming: dict[Key, tuple[int, bytes]] | None = None
    cursor: str = ""
    view: str = ""
    hello: Hello | None = None
    beat: Beat | None = None
    current: bool = False
    live_from: int = 0
    events: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        self.events.append(event)
        if event.name in ("reset", "hello"):
            self._greet(event)
        elif event.name == "write":
            self._write(msgspec.json.decode(event.data, type=Write), event.id)
        else:
            self.beat = msgspec.json.decode(event.data, type=Beat)
            if event.name == "current":
                assert self.coming is not None, "current without reset or hello"
                self.documents, self.coming, self.current = self.coming, None, True
                # Not before: a reset that was cut short must not look like a finished one.
                assert self.hello is not None
                self.view = self.hello.view
        if event.id and self.coming is None:
            self._never_back(event)
            self.cursor = event.id

    def _never_back(self, event: Event) -> None:
        """What is live goes on from where `current` ended; a beat may repeat the last id."""
        seq = int(event.id.rpartition("-")[2])
        if event.name == "write":
            assert seq > self.live_from, f"write {seq} after {self.live_from}"
        self.live_from = seq

    def _greet(self, event: Event) -> None:
        self.hello = msgspec.json.decode(event.data, type=Hello)
        self.coming = {} if event.name == "reset" else dict(self.documents)
        self.current = False

    def _write(self, write: Write, id: str) -> None:
        assert self.hello is not None
        assert id == f"{self.hello.epoch}-{write.seq}"
        target = self.documents if self.coming is None else self.coming
        for document in write.documents:
            assert document.seq <= write.seq
            known = target.get((document.kind, document.id))
            assert known is None or known[0] <= document.seq, "an older document came later"
            target[(document.kind, document.id)] = (document.seq, bytes(document.body))
        for gone in write.gone:
            target.pop((gone.kind, gone.id), None)

    def lost_link(self) -> None:
        """The connection ended: what was not complete is thrown away."""
        self.coming, self.current = None, False

    def bodies(self) -> dict[Key, bytes]:
        """What the screen draws."""
        return {key: body for key, (_, body) in self.documents.items()}
