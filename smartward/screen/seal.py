"""Bodies as they lie in the cache file: sealed with the key of the stay that they are about.

A sealed body is a nonce and what ChaCha20-Poly1305 makes of the body. It opens only at its place:
the row's number, its kind and its sequence go into its check, and the key is the stay's, so that no
row can be moved to another stay or put back where an older one was. The id of a document is sealed
with its body; beside it stands only the mark of the key.
"""

import os
from collections.abc import Iterable
from typing import Any

import msgspec

from smartward.screen.seal_keys import Key, KeyFile
from smartward.wire.envelope import Document, Seen
from smartward.wrapping import NONCE_BYTES, cipher_of, invalid_tag

STAY_KIND = "encounter"
"""The kind of document that is a stay itself: a stay is here as long as the mirror has its own."""

BED_KIND = "bed"


class Sealed(ValueError):
    """It cannot be opened: its key was overwritten, or it is not what was sealed there."""


class _About(msgspec.Struct):
    """Of a document's body, whose stay it is about."""

    encounter_id: str | None = None


class _Subject(msgspec.Struct):
    kind: str
    id: str


class _AboutAlert(_About):
    """The same of an alert: a patient's own has an encounter, a station's a subject."""

    subject: _Subject | None = None


_ALERT = "alert"
_SUBJECT_STAY = "encounter"
"""What an alert's subject is where it is a stay (`clinical.alert_document.SubjectKind`, which a
bedside need not load before its first frame)."""


class _Lies(msgspec.Struct):
    """Of a bed, who lies there."""

    occupants: frozenset[str] = frozenset()


class _Touched(msgspec.Struct):
    """Of an action, whose stay was looked at, or is its subject."""

    subject: str = ""
    seen: Seen = Seen()


_about: msgspec.json.Decoder[_About] = msgspec.json.Decoder(_About)
_about_alert: msgspec.json.Decoder[_AboutAlert] = msgspec.json.Decoder(_AboutAlert)
_lies: msgspec.json.Decoder[_Lies] = msgspec.json.Decoder(_Lies)
_touched: msgspec.json.Decoder[_Touched] = msgspec.json.Decoder(_Touched)


def stay_of(document: Document) -> str | None:
    """Whose stay a document is about, None where it is about none."""
    if document.kind == STAY_KIND:
        return document.id
    try:
        if document.kind != _ALERT:
            return _about.decode(document.body).encounter_id
        alert = _about_alert.decode(document.body)
        subject = alert.subject
        if subject is not None and subject.kind == _SUBJECT_STAY:
            return subject.id
        return alert.encounter_id
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def occupants_of(document: Document) -> frozenset[str]:
    """The stays that a bed's document tells of; none for any other."""
    if document.kind != BED_KIND:
        return frozenset()
    try:
        return _lies.decode(document.body).occupants
    except (msgspec.DecodeError, msgspec.ValidationError):
        return frozenset()


class Seal:
    """Seals and opens with the keys of one file."""

    def __init__(self, keys: KeyFile) -> None:
        self.keys = keys

    def key_of(self, document: Document) -> Key:
        """The key for a document, made where its stay has none."""
        stay = stay_of(document)
        return self.keys.nobody() if stay is None else self.keys.of_stay(stay)

    def stay_of_touch(self, body: bytes) -> str | None:
        """Whose stay an action (JSON) is about: the one that was looked at, else its subject if
        this screen has a key of that; None where it is about none."""
        try:
            touched = _touched.decode(body)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return None
        if touched.seen.encounter_id is not None:
            return touched.seen.encounter_id
        return None if self.keys.find(touched.subject) is None else touched.subject

    # ------------------------------------------------------------------------------- documents

    def document(self, key: Key, number: int, document: Document) -> bytes:
        """A document for the row `number` of the mirror."""
        plain = document.id.encode() + b"\0" + bytes(document.body)
        return _sealed(key, plain, _place(number, document.kind, document.seq))

    def open_documents(
        self, rows: Iterable[tuple[int, str, int, bytes, bytes]]
    ) -> list[tuple[int, Document]]:
        """The documents of rows (number, kind, seq, mark, sealed), each with its number. Raises
        Sealed where one cannot be opened."""
        # In one loop without a call of ours: all of a ward is opened before the first frame.
        open_by = {key.mark: _cipher(key).decrypt for key in self.keys.all()}
        found = []
        try:
            for number, kind, seq, mark, sealed in rows:
                plain = open_by[mark](
                    sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(number, kind, seq)
                )
                id, _, body = plain.partition(b"\0")
                found.append((number, Document(kind, id.decode(), seq, msgspec.Raw(body))))
        except KeyError as error:
            raise Sealed("its key is gone") from error
        except (invalid_tag(), ValueError) as error:  # looked up only where there is one
            raise Sealed("it was not sealed there") from error
        return found

    # --------------------------------------------------------------------------------- touches

    def touch(self, key: Key, id: str, body: bytes) -> bytes:
        """An action for the row `id` of the outbox."""
        return _sealed(key, body, _of_touch(id))

    def open_touch(self, mark: bytes, id: str, sealed: bytes) -> bytes:
        """The action of that row. Raises Sealed."""
        return _opened(self.keys.of_mark(mark), sealed, _of_touch(id))

    # ------------------------------------------------------------------------------ both again

    def document_anew(self, key: Key, row: tuple[int, str, int, bytes, bytes]) -> bytes:
        """A row of the mirror (number, kind, seq, mark, sealed) under another key. Raises
        Sealed."""
        number, kind, seq, mark, sealed = row
        place = _place(number, kind, seq)
        return _sealed(key, _opened(self.keys.of_mark(mark), sealed, place), place)

    def touch_anew(self, key: Key, row: tuple[str, bytes, bytes]) -> bytes:
        """A row of the outbox (id, mark, sealed) under another key. Raises Sealed."""
        id, mark, sealed = row
        return self.touch(key, id, self.open_touch(mark, id, sealed))


def _place(number: int, kind: str, seq: int) -> bytes:
    return b"mirror\0%d\0%b\0%d" % (number, kind.encode(), seq)


def _of_touch(id: str) -> bytes:
    return f"outbox\0{id}".encode()


def _cipher(key: Key) -> Any:
    if key.cipher is None:
        key.cipher = cipher_of(key.secret)
    return key.cipher


def _sealed(key: Key, plain: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    sealed: bytes = _cipher(key).encrypt(nonce, plain, place)
    return nonce + sealed


def _opened(key: Key | None, sealed: bytes, place: bytes) -> bytes:
    if key is None:
        raise Sealed("its key is gone")
    try:
        plain: bytes = _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (invalid_tag(), ValueError) as error:  # looked up only where there is one
        raise Sealed("it was not sealed there") from error
    return plain
