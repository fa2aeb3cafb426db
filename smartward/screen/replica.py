"""The part of the ward that this screen may see, decoded, as of the last whole write."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec

from smartward.clinical.device import ScreenRole
from smartward.wire.envelope import Document, Gone
from smartward.wire.views import BODY

log = logging.getLogger("smartward.screen.replica")

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Doc:
    """One document: `body` is of the role's type for its kind."""

    id: str
    seq: int
    body: Any


@dataclass(slots=True)
class Changes:
    """What one notification is about: ids by kind. `reset`: everything may have changed."""

    ids: dict[str, set[str]] = field(default_factory=dict)
    reset: bool = False

    def add(self, kind: str, document_id: str) -> None:
        """Count a document in."""
        self.ids.setdefault(kind, set()).add(document_id)

    def touches(self, *kinds: str) -> bool:
        """Whether any of `kinds` may have changed."""
        return self.reset or any(kind in self.ids for kind in kinds)

    def touches_others(self, *kinds: str) -> bool:
        """Whether anything else than `kinds` may have changed."""
        return self.reset or not self.ids.keys() <= set(kinds)


class Replica:
    """Documents by kind. Before `current` writes gather unseen; after it each one is told."""

    def __init__(self, role: ScreenRole) -> None:
        self.role = role
        self.seq = 0
        """Sequence of the newest write held."""
        self.late: tuple[str, ...] = ()
        """Kinds that are taken out of the cache only once the first frame is drawn."""
        self.without_persons = False
        """A picture is made of it that leaves this device: nobody is on it."""
        self.rejected: dict[str, int] = {}
        """Kind to how many bodies could not be read."""
        self._docs: dict[str, dict[str, Doc]] = {}
        self._coming: dict[str, dict[str, Doc]] | None = None
        """What gathers, to take the place of `_docs` at `current`."""
        self._pending = Changes()
        self._live = False
        self._listeners: list[Callable[[Changes], None]] = []
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {
            kind: msgspec.json.Decoder(body_type) for kind, body_type in BODY[role].items()
        }

    def subscribe(self, listener: Callable[[Changes], None]) -> None:
        """Call `listener` after each write, once per write."""
        self._listeners.append(listener)

    def get(self, kind: str, document_id: str | None, body: type[B]) -> B | None:
        """The body of one document, None when this screen has none. `body` names its type."""
        doc = self.doc(kind, document_id)
        return None if doc is None else cast(B, doc.body)

    def doc(self, kind: str, document_id: str | None) -> Doc | None:
        """One document with its sequence."""
        return None if document_id is None else self._docs.get(kind, {}).get(document_id)

    def all(self, kind: str, body: type[B]) -> list[B]:
        """The bodies of a kind, in the order they came. `body` names their type."""
        return [cast(B, doc.body) for doc in self._docs.get(kind, {}).values()]

    def docs(self, kind: str) -> Mapping[str, Doc]:
        """The documents of a kind by id."""
        return self._docs.get(kind, {})

    def one(self, kind: str, body: type[B]) -> B | None:
        """The only document of a kind (ward, roster), None when it has not come."""
        return next(iter(self.all(kind, body)), None)

    def load(self, documents: Iterable[Document], seq: int) -> None:
        """Take the cache's mirror before the first frame, and tell."""
        self.begin_reset()
        self.apply(seq, documents)
        self.current(seq)

    def begin_reset(self) -> None:
        """What follows up to `current` replaces everything; until then the old is shown."""
        self._coming = {}
        self._pending = Changes(reset=True)
        self._live = False

    def begin_catch_up(self) -> None:
        """What follows up to `current` is shown and told in one piece; until then the old is."""
        self._coming = {kind: dict(docs) for kind, docs in self._docs.items()}
        self._pending = Changes()
        self._live = False

    def apply(self, seq: int, documents: Iterable[Document], gone: Iterable[Gone] = ()) -> None:
        """Apply one write as a whole."""
        target = self._docs if self._coming is None else self._coming
        if self.without_persons:
            from smartward.screen.no_persons import without_persons

            documents = without_persons(documents)
        for document in documents:
            of_kind = target.setdefault(document.kind, {})
            doc = self._decode(document)
            if doc is not None:
                of_kind[document.id] = doc
            else:
                # What was true before need not be true now: nothing is better than a guess.
                of_kind.pop(document.id, None)
            self._pending.add(document.kind, document.id)
        for each in gone:
            if target.get(each.kind, {}).pop(each.id, None) is not None:
                self._pending.add(each.kind, each.id)
        if self._coming is None:
            self.seq = max(self.seq, seq)
        if self._live:
            self._tell()

    def current(self, seq: int) -> None:
        """Caught up: swap in what has gathered, tell, and from now on tell each write."""
        if self._coming is not None:
            self._docs, self._coming = self._coming, None
            if self._pending.reset:
                self.seq = seq
        self.seq = max(self.seq, seq)
        self._live = True
        self._tell()

    def clear(self) -> None:
        """Forget everything, and tell."""
        self._docs, self._coming = {}, None
        self._pending.reset = True
        self.seq = 0
        self._tell()

    def _decode(self, document: Document) -> Doc | None:
        decoder = self._decoders.get(document.kind)
        if decoder is None:
            # A newer hub may know kinds that this screen does not.
            return None
        try:
            return Doc(document.id, document.seq, decoder.decode(document.body))
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            count = self.rejected.get(document.kind, 0) + 1
            self.rejected[document.kind] = count
            if count == 1:
                log.error("a %s document cannot be read: %s", document.kind, type(error).__name__)
            return None

    def _tell(self) -> None:
        changes, self._pending = self._pending, Changes()
        if not changes.ids and not changes.reset:
            return
        for listener in self._listeners:
            listener(changes)
