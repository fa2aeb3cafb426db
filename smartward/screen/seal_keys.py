"""The key file: a key for each stay that a screen keeps anything of, and one for what is nobody's.

All that a screen keeps of a patient is sealed with the key of that stay, so to overwrite these few
bytes is to forget all of it, wherever a disk may still have a copy of the rows. The file is written
in place, slot by slot. A slot stands in it twice, in different pages: one that a power cut or a bad
block has spoilt is read from the other.

A key file may be wrapped with a key that is not on this disk (`wrapping_key`). Without one the keys
lie beside what they seal: whoever takes the whole disk can read what is kept of who is there now.
"""

import logging
import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from smartward.storage import sync
from smartward.wrapping import KEY_BYTES, NONCE_BYTES, cipher_of, invalid_tag, wrapping_key

log = logging.getLogger("smartward.screen.seal")

FILE = "screen.keys"
NOBODY, STAY, DIRECT = b"N", b"S", b"D"
"""What a key is for: what is nobody's, one stay, one direct call."""
MARK_BYTES = 8

_MAGIC = b"SmartWard keys 1"
_SLOT = struct.Struct("<cB8s16sI60s34sI")
"""What for, how kept, mark, tag, turn, the key (wrapped with its nonce), nothing, CRC-32."""
_PAGE = 4096
_IN_PAGE = _PAGE // _SLOT.size
_PAIRS = 4
"""Pairs of pages at first, 128 keys; where more stays are at once the file gets one more."""
_FREE = bytes(_SLOT.size)
_PLAIN, _WRAPPED = 0, 1


@dataclass(slots=True, eq=False)
class Key:
    """One key. `mark` stands beside what it seals, and tells nothing."""

    use: bytes
    mark: bytes
    tag: bytes
    turn: int
    """Of several for the same the newest, by this number, is the one that seals."""
    secret: bytes = field(repr=False)
    slot: int
    name: str | None = None
    """Of whom, once somebody has asked."""
    young: bool = False
    """Made in this run of the program, and its stay has never been here meanwhile; that of nobody:
    nothing was sealed with it yet."""
    cipher: Any = field(default=None, repr=False)


def lie_open(path: Path) -> bool | None:
    """Whether any key of this file can be read with this disk alone; None where it has none that
    is whole. Raises OSError."""
    with path.open("rb") as file:
        how = {slot[1] for slot in _whole_slots(_pages(file.fileno()))}
    return _PLAIN in how if how else None


class KeyFile:
    """The keys of one data folder, and the file that keeps them.

    May be used from several threads. What a method makes is on the disk after `sync`. Whatever
    writes raises OSError.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        """Open or make `path`; None: in memory alone. A file that has neither the first page of a
        key file nor any whole slot is overwritten and begun anew: what it sealed is lost. Raises
        OSError."""
        self._lock = threading.RLock()
        self._keys: dict[bytes, Key] = {}
        self._newest: dict[str, Key] = {}
        self._nobody: Key | None = None
        self._taken: set[int] = set()
        self._pairs = _PAIRS
        self._unwritten: list[Key] = []
        self._spoilt: dict[int, bytes] = {}
        self.closed: set[bytes] = set()
        """Marks of keys that are whole, but wrapped with a key that this run was not given."""
        self._wrap = None if path is None else wrapping_key()
        self._file = -1
        if path is None:
            return
        if read_only:
            if path.exists():
                with path.open("rb") as file:
                    self._load(_pages(file.fileno()))
            return
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_mode & 0o077:
            os.fchmod(self._file, 0o600)
        raw = _pages(self._file)
        begun = raw.startswith(_MAGIC)
        if not begun and not any(_whole_slots(raw)):
            self._begin(path, raw)
            return
        plain = self._load(raw)
        self._mend(first_page=not begun)
        self._wrap_those(plain)

    @property
    def wrapped(self) -> bool:
        """Whether more than this disk is needed to read the keys."""
        return self._wrap is not None

    # ------------------------------------------------------------------------------------ keys

    def of_mark(self, mark: bytes) -> Key | None:
        """The key with this mark; None where it was overwritten, or cannot be read."""
        return self._keys.get(mark)

    def nobody(self) -> Key:
        """The key that seals what is nobody's."""
        with self._lock:
            return self._nobody or self.fresh(NOBODY)

    def find(self, name: str) -> Key | None:
        """The key that seals for a stay, None where there is none."""
        with self._lock:
            known = self._newest.get(name)
            if known is not None:
                return known
            for key in self._keys.values():
                if key.use == STAY and key.name is None and key.tag == _tag(key.secret, name):
                    key.name = name
                    if known is None or known.turn < key.turn:
                        known = self._newest[name] = key
            return known

    def of_stay(self, name: str) -> Key:
        """The key that seals for a stay, made where there is none."""
        with self._lock:
            return self.find(name) or self.fresh(STAY, name)

    def fresh(self, use: bytes, name: str = "") -> Key:
        """A new key, which seals from now on; older ones for the same still open."""
        with self._lock:
            secret, mark = os.urandom(KEY_BYTES), os.urandom(MARK_BYTES)
            turn = 1 + max((key.turn for key in self._keys.values()), default=0)
            slot = next(n for n in range(len(self._taken) + 1) if n not in self._taken)
            key = Key(use, mark, _tag(secret, name), turn, secret, slot, name, young=True)
            self._take(key)
            self._unwritten.append(key)
            return key

    def all(self, use: bytes | None = None) -> list[Key]:
        """The keys of one use, or of any."""
        with self._lock:
            return [key for key in self._keys.values() if use in (None, key.use)]

    def _take(self, key: Key) -> None:
        self._keys[key.mark] = key
        self._taken.add(key.slot)
        if key.use == NOBODY and (self._nobody is None or self._nobody.turn < key.turn):
            self._nobody = key
        if key.use == STAY and key.name is not None:
            self._newest[key.name] = key

    # ------------------------------------------------------------------------- on to the disk

    def sync(self) -> None:
        """Every key is on the disk when this returns: what is sealed with it may follow."""
        with self._lock:
            if not self._unwritten:
                return
            for key in self._unwritten:
                self._write(key, (0, 1))
            self._flush()
            self._unwritten = []

    def erase(self, keys: Iterable[Key]) -> None:
        """Overwrite them: nothing opens any more what they sealed. Off the disk when this
        returns."""
        with self._lock:
            gone = list(keys)
            for key in gone:
                if key not in self._unwritten:
                    self._put(key.slot, _FREE, (0, 1))
            if gone:
                self._flush()
            self._unwritten = [key for key in self._unwritten if key not in gone]
            for key in gone:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        del self._keys[key.mark]
        self._taken.discard(key.slot)
        if key.name is not None and self._newest.get(key.name) is key:
            del self._newest[key.name]
        if self._nobody is key:
            self._nobody = None

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, key: Key, copies: Iterable[int]) -> None:
        how, kept = _PLAIN, key.secret
        if self._wrap is not None:
            nonce = os.urandom(NONCE_BYTES)
            how, kept = _WRAPPED, nonce + cipher_of(self._wrap).encrypt(nonce, key.secret, key.mark)
        body = _SLOT.pack(key.use, how, key.mark, key.tag, key.turn, kept, b"", 0)[:-4]
        self._put(key.slot, body + zlib.crc32(body).to_bytes(4, "little"), copies)

    def _put(self, slot: int, data: bytes, copies: Iterable[int]) -> None:
        if self._file < 0:
            return
        while slot >= self._pairs * _IN_PAGE:
            os.pwrite(self._file, bytes(2 * _PAGE), _PAGE * (1 + 2 * self._pairs))
            self._pairs += 1
        for copy in copies:
            os.pwrite(self._file, data, _at(slot, copy))

    def _flush(self) -> None:
        if self._file >= 0:
            os.fdatasync(self._file)

    # ----------------------------------------------------------------------- from the disk

    def _begin(self, path: Path, raw: bytes) -> None:
        """A new file. It counts as one when its first page does, which is written last."""
        if raw.strip(b"\0"):
            log.error("the key file cannot be read and is begun anew: what it sealed is lost")
        whole = _PAGE * (1 + 2 * _PAIRS)
        os.pwrite(self._file, bytes(max(whole, len(raw))), 0)
        os.fdatasync(self._file)
        os.ftruncate(self._file, whole)
        os.pwrite(self._file, _MAGIC, 0)
        os.fsync(self._file)
        sync(path.parent)

    def _load(self, raw: bytes) -> list[Key]:
        """Take the keys of the file in. Gives those that lie there unwrapped."""
        self._pairs = max(_PAIRS, (len(raw) - _PAGE) // (2 * _PAGE))
        plain: list[Key] = []
        if not raw:
            return plain
        for slot in range(self._pairs * _IN_PAGE):
            found = [raw[at : at + _SLOT.size] for at in (_at(slot, 0), _at(slot, 1))]
            whole = next((one for one in found if _is_whole(one)), None)
            if found[0] != found[1]:
                self._spoilt[slot] = whole or _FREE
            if whole is None:
                continue
            self._taken.add(slot)
            key = self._read(slot, whole)
            if key is not None:
                self._take(key)
                if whole[1] == _PLAIN:
                    plain.append(key)
        return plain

    def _mend(self, *, first_page: bool) -> None:
        """Both copies of a slot are the same again; where the power went while one was written,
        the key counts as kept. What the disk does not take now is tried at the next start."""
        if first_page:
            log.warning("the first page of the key file was spoilt")
        if self._spoilt:
            log.warning("%d slots of the key file were written or kept in part", len(self._spoilt))
        try:
            if first_page:
                os.pwrite(self._file, _MAGIC, 0)
            for slot, whole in self._spoilt.items():
                self._put(slot, whole, (0, 1))
            if first_page or self._spoilt:
                self._flush()
        except OSError as error:
            log.error("the key file cannot be mended: %s", error)
        self._spoilt = {}

    def _read(self, slot: int, whole: bytes) -> Key | None:
        use, how, mark, tag, turn, kept, _, _ = _SLOT.unpack(whole)
        if how == _PLAIN:
            return Key(use, mark, tag, turn, kept[:KEY_BYTES], slot)
        try:
            if self._wrap is not None:
                nonce, sealed = kept[:NONCE_BYTES], kept[NONCE_BYTES:]
                secret = cipher_of(self._wrap).decrypt(nonce, sealed, mark)
                return Key(use, mark, tag, turn, secret, slot)
        except invalid_tag() as error:
            log.debug("slot %d of the key file: %s", slot, type(error).__name__)
        # It stays where it is, for a run that is given the right one again.
        log.error("slot %d of the key file is wrapped with a key that is not here", slot)
        self.closed.add(mark)
        return None

    def _wrap_those(self, keys: list[Key]) -> None:
        """Keys that were kept before there was one to wrap them are overwritten by their wrapped
        selves; one copy after the other, for the power may go."""
        if self._wrap is None or not keys:
            return
        for copy in (0, 1):
            for key in keys:
                self._write(key, (copy,))
            self._flush()


def _tag(secret: bytes, name: str) -> bytes:
    """Tells the key of a stay by the id of the stay; to whom lacks the key it tells nothing."""
    return blake2b(name.encode(), key=secret, digest_size=16, person=b"smartward stay").digest()


def _pages(file: int) -> bytes:
    """A file's bytes, page by page: one that the disk does not give (a bad block) is zeros. Raises
    OSError."""
    found = []
    for at in range(0, os.fstat(file).st_size, _PAGE):
        try:
            found.append(os.pread(file, _PAGE, at))
        except OSError as error:
            log.error("page %d of the key file cannot be read: %s", at // _PAGE, error)
            found.append(bytes(_PAGE))
    return b"".join(found)


def _whole_slots(raw: bytes) -> Iterator[bytes]:
    slots = (raw[at : at + _SLOT.size] for at in range(_PAGE, len(raw), _SLOT.size))
    return (slot for slot in slots if _is_whole(slot))


def _at(slot: int, copy: int) -> int:
    pair, place = divmod(slot, _IN_PAGE)
    return _PAGE * (1 + 2 * pair + copy) + place * _SLOT.size


def _is_whole(found: bytes) -> bool:
    return (
        len(found) == _SLOT.size
        and found[:1] in (NOBODY, STAY, DIRECT)
        and found[1] in (_PLAIN, _WRAPPED)
        and zlib.crc32(found[:-4]).to_bytes(4, "little") == found[-4:]
    )
