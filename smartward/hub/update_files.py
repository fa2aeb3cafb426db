"""Updates as files: what a RAUC bundle says of itself, and where the hub keeps them.

The manifest of a bundle in verity format is what its signature signs (CMS, RFC 5652): it stands at
the end of the file, with its length in the last eight bytes. The hub reads it and does not judge
it: whether the house signed it, each screen sees for itself before it writes a byte.
"""

import configparser
import fcntl
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smartward.errors import Misconfigured
from smartward.storage import sync
from smartward.wire.update import ID_LENGTH

FOLDER = "updates"
SUFFIX = ".raucb"
_NEW = ".new"
"""A copy that is being written; whoever writes it has it locked."""

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
"""1.2.840.113549.1.7.2, id-signedData."""
_SEQUENCE, _SET, _OID, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x06, 0x04, 0xA0
_MOST_SIGNATURE = 1 << 20
_NAME = re.compile(r"[\w.+~:-]{1,64}", re.ASCII)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself."""

    compatible: str
    version: str
    build: str


def manifest_of(file: Path) -> Manifest:
    """Read it. Raises Misconfigured, with the remedy, for what is no bundle of ours."""
    try:
        return _manifest(_content(_signature(file)))
    except (ValueError, IndexError, configparser.Error) as error:
        raise Misconfigured("updates.no_bundle", str(error), file=file.name) from error


def _signature(file: Path) -> bytes:
    with file.open("rb") as bundle:
        end = bundle.seek(0, os.SEEK_END)
        if end < 16:
            raise ValueError("it is too short")
        bundle.seek(end - 8)
        length = int.from_bytes(bundle.read(8), "big")
        if not 0 < length <= min(_MOST_SIGNATURE, end - 8):
            raise ValueError("no signature at its end")
        bundle.seek(end - 8 - length)
        return bundle.read(length)


def _content(signature: bytes) -> bytes:
    """What is signed: ContentInfo, SignedData (version, digests, EncapsulatedContentInfo)."""
    info = _inside(signature, _SEQUENCE)
    kind, rest = _one(info, _OID)
    if kind != _SIGNED_DATA:
        raise ValueError("its end is no signature")
    signed = _inside(_inside(rest, _CONTEXT_0), _SEQUENCE)
    _, rest = _one(signed, 0x02)
    _, rest = _one(rest, _SET)
    encapsulated, _ = _one(rest, _SEQUENCE)
    _, rest = _one(encapsulated, _OID)
    if not rest:
        raise ValueError("its manifest is not in its signature: bundle it in the format verity")
    return _inside(_inside(rest, _CONTEXT_0), _OCTETS)


def _inside(data: bytes, tag: int) -> bytes:
    return _one(data, tag)[0]


def _one(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The value that stands first, which has this tag, and what comes behind it (X.690, DER)."""
    if data[0] != tag:
        raise ValueError(f"its signature has {data[0]:#x} where {tag:#x} belongs")
    length, at = data[1], 2
    if length & 0x80:
        digits = length & 0x7F
        length, at = int.from_bytes(data[2 : 2 + digits], "big"), 2 + digits
    if at + length > len(data):
        raise ValueError("its signature is cut off")
    return data[at : at + length], data[at + length :]


def _manifest(text: bytes) -> Manifest:
    told = configparser.ConfigParser(interpolation=None, strict=False)
    told.read_string(text.decode("utf-8"))
    update = told["update"] if told.has_section("update") else {}
    found = Manifest(
        update.get("compatible", ""), update.get("version", ""), update.get("build", "")
    )
    if not (_NAME.fullmatch(found.compatible) and _NAME.fullmatch(found.version)):
        raise ValueError("its manifest names no compatible and version")
    return found


def id_of(sha256: str) -> str:
    """What an update is called."""
    return sha256[:ID_LENGTH]


def path_of(folder: Path, id: str) -> Path:
    """Where the hub whose folder this is keeps it."""
    return folder / FOLDER / f"{id}{SUFFIX}"


def take(source: Path, folder: Path, told: Callable[[int], None]) -> tuple[str, int]:
    """Copy a bundle to where the hub keeps them; gives its SHA-256 and its size in bytes. `told` is
    called with the bytes so far. Raises OSError."""
    target = folder / FOLDER
    target.mkdir(mode=0o700, exist_ok=True)
    _sweep(target)
    new, digest, size = target / f".{os.getpid()}{_NEW}", hashlib.sha256(), 0
    try:
        with source.open("rb") as bundle, new.open("wb") as copy:
            fcntl.flock(copy, fcntl.LOCK_EX)
            while block := bundle.read(_BLOCK):
                digest.update(block)
                copy.write(block)
                size += len(block)
                told(size)
            copy.flush()
            os.fsync(copy.fileno())
        new.replace(path_of(folder, id_of(digest.hexdigest())))
        sync(target)
    finally:
        new.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _sweep(target: Path) -> None:
    """Delete copies that were cut short: those that nobody is writing. Raises OSError."""
    for left in target.glob(f".*{_NEW}"):
        with left.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            left.unlink(missing_ok=True)
