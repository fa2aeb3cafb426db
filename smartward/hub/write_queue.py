"""What the ward tells its hospital system, queued in the very write that did it.

One row for each thing holds how it should stand there: a state that comes before the last one was
told takes its place, so each thing is told in its own order and the last word is always ours. What
was refused or contradicted is a document (`his_write`) until a person has settled it.
"""

import dataclasses
import logging
import sqlite3
from collections.abc import Iterable

import msgspec

from smartward.clinical.his_write import HisWrite, Trouble, WriteKind
from smartward.config import Settings
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.store.model import Stored, decode, encode
from smartward.hub.store.tx import Tx
from smartward.hub.store.write_table import QueuedWrite, QueueState
from smartward.hub.write_drafts import KINDS, Note, Queued, drafts

log = logging.getLogger("smartward.write_queue")

NOTHING = b"[]"
"""No body was sent yet."""
_STANDS = {
    QueueState.CONFLICT: QueueState.CONFLICT,
    QueueState.THEIRS: QueueState.THEIRS,
    QueueState.DROPPED: QueueState.DROPPED,
    QueueState.NOT_TAKEN: QueueState.NOT_TAKEN,
}
"""Where a newer state changes nothing about what a person decided, or must decide."""


def kinds(settings: Settings) -> frozenset[WriteKind]:
    """What the settings let the hub tell. Raises Misconfigured for a word that is no kind."""
    words = [word.strip() for word in settings.his_write.split(",") if word.strip()]
    for word in words:
        if word not in tuple(WriteKind):
            raise Misconfigured(
                "config.no_choice",
                setting="his_write",
                value=word,
                choices=", ".join(WriteKind),
            )
    return frozenset(WriteKind(word) for word in words)


class WriteQueue:
    """Queues what one ward's writes make; `note` belongs into `Store.in_write`."""

    def __init__(self, ward: str, source: str, wanted: frozenset[WriteKind]) -> None:
        self._ward = ward
        self._source = source
        self._wanted = wanted
        self.failing = False

    def note(self, tx: Tx) -> None:
        """Queue what this write changed. A defect here stops no call: it is told in the log and in
        the hub's health. Raises what the store raises."""
        for stored in tx.changed(self._ward):
            if stored.kind in KINDS:
                self._note(tx, stored)

    def _note(self, tx: Tx, stored: Stored) -> None:
        try:
            self._queue(tx, stored)
        except (StorageFault, sqlite3.Error, OSError):
            raise
        except Exception:  # whatever it is: the ward goes on
            if not self.failing:
                log.exception("a %s could not be queued for the hospital system", stored.kind)
            self.failing = True

    def catch_up(self, tx: Tx) -> None:
        """Queue what was written while nobody noted it."""
        for kind in KINDS:
            for stored in tx.all(self._ward, kind):
                self._note(tx, stored)

    def catch_up_with(self, tx: Tx, keys: Iterable[tuple[str, str]]) -> None:
        """Queue these, by kind and id, where nobody noted them."""
        for kind, id in keys:
            stored = tx.get(self._ward, kind, id)
            if stored is not None:
                self._note(tx, stored)

    def _queue(self, tx: Tx, stored: Stored) -> None:
        for one in drafts(tx, self._ward, self._source, stored):
            if one[0] in self._wanted:
                queue(tx, self._ward, one)


def queue(tx: Tx, ward: str, queued: Queued) -> None:
    """Keep how a thing should stand; nothing where that is known already."""
    kind, draft, note = queued
    body = encode(draft)
    known = tx.queue_get(ward, kind, draft.id)
    if known is not None and known.body == body:
        return
    if known is None:
        entry = QueuedWrite(
            ward, kind, draft.id, tx.queue_last(ward) + 1, tx.now, tx.now, 0,
            QueueState.WAITING, body, NOTHING, encode(note),
        )  # fmt: skip
    else:
        entry = _later(tx, ward, known, body, encode(note))
    tx.queue_put(entry)


def _later(tx: Tx, ward: str, known: QueuedWrite, body: bytes, note: bytes) -> QueuedWrite:
    """A newer state of a thing: at its old place where it still waits, else behind all others."""
    entry = dataclasses.replace(known, body=body, note=note)
    if known.state in _STANDS or known.state is QueueState.WAITING:
        return entry
    if known.state is QueueState.REFUSED:
        tx.delete(ward, "his_write", document_id(known))
    return dataclasses.replace(
        entry, n=tx.queue_last(ward) + 1, at=tx.now, not_before=tx.now, attempts=0,
        state=QueueState.WAITING,
    )  # fmt: skip


def document_id(entry: QueuedWrite) -> str:
    """Id of the document that tells of trouble with it."""
    return f"{entry.kind}.{entry.id}"


def trouble(tx: Tx, entry: QueuedWrite, what: Trouble, key: str, reason: str) -> None:
    """Keep an entry for a person to look at, and show it."""
    note = decode(entry.note, Note)
    state = QueueState.REFUSED if what is Trouble.REFUSED else QueueState.CONFLICT
    tx.queue_put(dataclasses.replace(entry, state=state))
    document = HisWrite(
        id=document_id(entry),
        kind=WriteKind(entry.kind),
        trouble=what,
        key=key,
        since=tx.now,
        made_at=entry.at,
        by=note.by,
        encounter_id=note.encounter_id,
        bed_id=note.bed_id,
        reason=reason,
    )
    tx.put(entry.ward, "his_write", document.id, document)


def bodies(tried: bytes) -> list[msgspec.Raw]:
    """The bodies that were sent."""
    return msgspec.json.decode(tried, type=list[msgspec.Raw])


def with_tried(entry: QueuedWrite) -> QueuedWrite:
    """The entry, knowing that its body is on its way."""
    sent = bodies(entry.tried)
    if any(bytes(one) == entry.body for one in sent):
        return entry
    kept = [*sent, msgspec.Raw(entry.body)][-_MOST_TRIED:]
    return dataclasses.replace(entry, tried=msgspec.json.encode(kept))


_MOST_TRIED = 20
