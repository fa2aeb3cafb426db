"""What the store hands out: stored documents, committed writes, and small rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar

import msgspec

B = TypeVar("B")

Scope = Literal["ward", "bed", "room"]


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


Execute = Callable[[str, Sequence[Any]], Rows]
"""One statement with its values, within a transaction."""


class Statements(Protocol):
    """What takes statements in SQLite's words within a transaction: a connection, or what puts them
    into another database's words."""

    def execute(self, statement: str, values: Sequence[Any], /) -> Rows:
        """One statement with its values."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """The same statement with the values of each row."""


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}


def encode(body: object) -> bytes:
    """A document's body as it is stored and sent."""
    return _ENCODER.encode(body)


def decode(body: bytes, cls: type[B]) -> B:
    """A stored body as `cls`. Raises msgspec.DecodeError when it is something else."""
    decoder = _DECODERS.get(cls)
    if decoder is None:
        decoder = _DECODERS[cls] = msgspec.json.Decoder(cls)
    found: B = decoder.decode(body)
    return found


def instant(moment: datetime) -> str:
    """A time as it stands in a column: UTC with milliseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Stored:
    """One document as it is stored. `bed` and `room` say which places may see it.

    `at` is the hub's time of its last change, as text.
    """

    kind: str
    id: str
    seq: int
    bed: str | None
    room: str | None
    body: bytes
    at: str = ""
    encounter: str | None = None
    """The stay it follows from bed to bed."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A document left the view of a place: deleted, or living on elsewhere."""

    kind: str
    id: str
    scope: Scope
    place: str
    seq: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class Committed:
    """One write of one ward, durable on disk.

    `gone` are the documents deleted from the ward; `departures` the beds and rooms that a
    document left, those deleted among them. `bereft` are the encounters that `gone` belonged to.
    """

    ward: str
    seq: int
    at: datetime
    changed: list[Stored]
    gone: list[tuple[str, str]]
    departures: list[Departure]
    bereft: frozenset[str] = frozenset()


OnCommit = Callable[[Committed], None]


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is to be looked at again, in hub wall time."""

    ward: str
    kind: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A thing of the HIS that is set aside, with the reason (a text key)."""

    resource_type: str
    source_id: str
    key: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an action was answered, and the hash of the body it had."""

    hash: bytes
    answer: bytes


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves a device: the SHA-256 of its token."""

    device_id: str
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class Delta:
    """What a place must be told to get from one sequence to `head`, read from one snapshot."""

    head: int
    documents: list[Stored]
    departures: list[Departure]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One person at one screen, from a proof on. `body` holds how they are called."""

    id: str
    ward: str
    device: str
    person: str
    known: str
    began_at: str
    until: str
    ended_at: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class GrantRow:
    """From when to when a screen may check a person by itself."""

    since: str
    until: str


@dataclass(frozen=True, slots=True)
class StaffProof:
    """A badge or PIN of a person: kind, where it came from, and its hash."""

    person: str
    kind: str
    source: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the audit: `hash` is over `before`, the number, the time and the body."""

    seq: int
    at: str
    body: bytes
    before: bytes
    hash: bytes
