"""A search of a whole partition, also of what no file is any more: for texts however they are
written there, and for keys."""

import json
import os
import subprocess
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from tests.image.vm import run
from tests.privacy_search import in_base64, search

_GZIP = b"\x1f\x8b\x08"
_LEAST = 6
"""Bytes of a text as UTF-8 and as UTF-16: a shorter one is found by chance in what is sealed, of
which there are some million bytes."""


def long_enough(texts: Iterable[str]) -> list[str]:
    """Those that are not found by chance."""
    return [one for one in texts if min(len(one.encode()), 2 * len(one)) >= _LEAST]


def found_on(partition: Path, texts: Iterable[str], work: Path) -> set[str]:
    """Which of these texts stand anywhere on it: in a file or a row, in what was a file, packed by
    gzip, in another encoding. `work` is a new folder."""
    wanted = list(texts)
    work.mkdir()
    _files(partition, work)
    found = set()
    for number, piece in enumerate(_written(partition)):
        found |= {one for one in wanted if any(form in piece for form in _forms(one))}
        for nth, text in enumerate(_unpacked(piece)):
            (work / f"unpacked-{number}-{nth}").write_bytes(text)
    return found | {one.word for one in search(work, wanted)}


def _forms(text: str) -> set[bytes]:
    """How it may stand in bytes that are no file: a whole partition as text takes minutes."""
    return {
        form
        for one in {text, text.lower(), text.upper()}
        for form in (
            *(one.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")),
            *(json.dumps(one)[1:-1].encode(), quote(one).encode()),
            *in_base64(one),
        )
    }


def holds(partition: Path, secret: bytes) -> bool:
    """Whether these bytes stand anywhere on it, plain or as hexadecimal digits."""
    forms = (secret, secret.hex().encode(), secret.hex().upper().encode())
    return any(form in piece for piece in _written(partition) for form in forms)


def _written(partition: Path) -> Iterator[bytes]:
    """What is not hole, in pieces as they lie behind each other."""
    with partition.open("rb") as file:
        at, size = 0, partition.stat().st_size
        while at < size:
            try:
                begin = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                return  # nothing but hole to the end
            at = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
            yield os.pread(file.fileno(), at - begin, begin)


def _unpacked(data: bytes) -> Iterator[bytes]:
    """What anything that looks like a gzip's beginning unpacks to, as far as it goes."""
    at = -1
    while (at := data.find(_GZIP, at + 1)) >= 0:
        packed = zlib.decompressobj(wbits=31)
        text = bytearray()
        try:
            for begin in range(at, len(data), 4096):
                text += packed.decompress(data[begin : begin + 4096])
                if packed.eof:
                    break
        except zlib.error:
            pass  # what came before it counts
        if text:
            yield bytes(text)


def _files(partition: Path, work: Path) -> None:
    """The files that are there at the next start, with their names."""
    mended, files = work.with_suffix(".mended"), work / "files"
    run("cp", "--sparse=always", partition, mended)
    # 1: it mended something, as the start of a machine does after a cut.
    done = subprocess.run(["e2fsck", "-fy", mended], capture_output=True, check=False)
    assert done.returncode in (0, 1)
    files.mkdir()
    run("debugfs", "-R", f"rdump / {files}", mended, stderr=subprocess.DEVNULL)
    mended.unlink()
