"""A search of a folder for names and identifiers, however they are written there.

`search(folder, words)` reads every file: as text (UTF-8, UTF-16, with JSON, percent, HTML and
base64 escapes), SQLite files with their journals row by row as well, text chunks of PNG files,
streams and texts of PDF files, and what is compressed with gzip. A name that was drawn as pixels is
not found: pages are looked through on their item tree.
"""

import base64
import gzip
import html
import re
import shutil
import sqlite3
import struct
import tempfile
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_SQLITE, _PNG, _PDF, _GZIP = b"SQLite format 3\0", b"\x89PNG\r\n\x1a\n", b"%PDF-", b"\x1f\x8b"
_LEAST_BASE64 = 6
_MOST_NESTED = 3


@dataclass(frozen=True, order=True)
class Found:
    """One word in one part of one file."""

    path: Path
    where: str
    word: str


def search(
    folder: Path, words: Iterable[str], may_hold: Callable[[Path], bool] = lambda path: False
) -> list[Found]:
    """Where any of `words` stands in a file of `folder`, its name included, without regard to
    case. Files for which `may_hold` is true are left out.

    Raises ValueError for a word of one character: it would be found everywhere.
    """
    wanted = [_Word(word) for word in dict.fromkeys(words)]
    found: set[Found] = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or may_hold(path):
            continue
        name = str(path.relative_to(folder)).encode()
        for where, data in (("file name", name), *_parts(path)):
            found |= {Found(path, where, one.word) for one in _in(wanted, data)}
    return sorted(found)


class _Word:
    """A word with the forms in which bytes are searched for it."""

    def __init__(self, word: str) -> None:
        if len(word.strip()) < 2:
            raise ValueError(f"too short to be searched for: {word!r}")
        self.word = word
        self.plain = _plain(word)
        cases = {word, word.lower(), word.upper(), word.title()}
        forms = {unicodedata.normalize(form, one) for one in cases for form in ("NFC", "NFD")}
        self.bytes = {
            encoded
            for form in forms
            for encoded in (form.encode("utf-16-le"), form.encode("utf-16-be"), *in_base64(form))
        }


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def in_base64(text: str) -> Iterator[bytes]:
    """The part of the text's base64 that does not depend on what stands around it."""
    data = text.encode()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data)
        core = coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(core) >= _LEAST_BASE64:
            yield core


def _in(words: Iterable[_Word], data: bytes) -> Iterator[_Word]:
    text = data.decode("utf-8", "replace")
    texts = {_plain(text)}
    for _ in range(_MOST_NESTED):
        unescaped = _unescaped(text)
        if unescaped == text:
            break
        text = unescaped
        texts.add(_plain(text))
    for word in words:
        if any(word.plain in one for one in texts) or any(form in data for form in word.bytes):
            yield word


_CODE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\U[0-9a-fA-F]{8}")
_BYTES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|(?:\\[0-3][0-7]{2})+")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);")


def _unescaped(text: str) -> str:
    r"""One layer of JSON's and Python's `\u`, `\x` and octal, of percent and of HTML taken off."""
    if "\\" in text:
        text = _CODE.sub(_of_codes, text.replace("\\\\", "\\"))
        text = _BYTES.sub(_of_bytes, text)
    if "%" in text:
        text = _PERCENT.sub(lambda m: urllib.parse.unquote(m[0], errors="replace"), text)
    if "&" in text:
        text = _ENTITY.sub(lambda m: html.unescape(m[0]), text)
    return text


def _of_codes(match: re.Match[str]) -> str:
    if match[0].startswith("\\U"):
        number = int(match[0][2:], 16)
        return chr(number) if number < 0x110000 else match[0]
    units = bytes.fromhex(match[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def _of_bytes(match: re.Match[str]) -> str:
    base, width = (16, 2) if match[0].startswith("\\x") else (8, 3)
    parts = match[0].replace("\\x", "\\").split("\\")[1:]
    return bytes(int(part[:width], base) for part in parts).decode("utf-8", "replace")


# ---------------------------------------------------------------------- kinds of files


def _parts(path: Path) -> Iterator[tuple[str, bytes]]:
    """What is in a file, part by part, each with its name."""
    data = path.read_bytes()
    if data.startswith(_SQLITE):
        yield "bytes", data
        yield from _rows(path)
    else:
        yield from _parts_of(data)


def _parts_of(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(_PNG):
        yield from _png(data)
    elif data.startswith(_GZIP):
        for where, part in _parts_of(gzip.decompress(data)):
            yield f"gzip, {where}", part
    else:
        yield "bytes", data
        if data.startswith(_PDF):
            yield from _pdf(data)


def _rows(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every table: long ones lie in pieces in the file. A copy is opened, with its
    write-ahead log, so that nothing is changed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.sqlite"
        for suffix in ("", "-wal", "-journal"):
            if (beside := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(beside, copy.with_name(copy.name + suffix))
        with closing(sqlite3.connect(copy)) as database:
            database.text_factory = bytes
            tables = database.execute("select name from sqlite_master where type = 'table'")
            for (table,) in tables.fetchall():
                yield from _values(database, table.decode())


def _values(database: sqlite3.Connection, table: str) -> Iterator[tuple[str, bytes]]:
    quoted = table.replace('"', '""')
    rows = database.execute(f'select * from "{quoted}"')
    columns = [column[0] for column in rows.description]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, bytes):
                yield f"{table}.{column}", value


def _png(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Texts and other side matter of a PNG; not its pixels, in whose packed bytes anything short
    is found by chance."""
    at = len(_PNG)
    while at + 8 <= len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        chunk = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IEND":
            break
        if kind in (b"IDAT", b"PLTE"):
            continue
        name = f"PNG {kind.decode('ascii', 'replace')}"
        yield name, chunk
        yield from ((name, part) for part in _inflated(chunk, b"\0"))
    yield "PNG, behind its end", data[at:]


def _inflated(chunk: bytes, after: bytes) -> Iterator[bytes]:
    """What is packed somewhere behind a separator (zTXt, iTXt)."""
    start = -1
    while (start := chunk.find(after, start + 1)) >= 0:
        for skip in (1, 2):
            try:
                yield zlib.decompress(chunk[start + skip :])
            except zlib.error:
                continue


_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_LITERAL = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]+>|\[[^\]]*\])")
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


def _pdf(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Streams unpacked, strings of the document's own (titles), and the text that is shown: by
    every font's table of characters, whichever the text is set in."""
    streams = [_unpacked(match[1]) for match in _STREAM.finditer(data)]
    for stream in streams:
        yield "PDF stream", stream
    for part in (data, *streams):
        for match in _LITERAL.finditer(part):
            yield "PDF string", _literal(match[0][1:-1])
    shown = [b"".join(m[1] for m in _HEX.finditer(stream)) for stream in streams]
    for table in filter(None, map(_characters_of, streams)):
        for text in shown:
            yield "PDF text", _decoded(table, text).encode()


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


_ESCAPED = re.compile(rb"\\([0-3][0-7]{2}|.)", re.S)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _literal(text: bytes) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if len(code) == 3 else _CONTROLS.get(code, code)

    return _ESCAPED.sub(one, text)


def _characters_of(stream: bytes) -> dict[int, str]:
    """A font's table from its codes to characters (ToUnicode)."""
    table: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.S):
        table |= {int(code, 16): _unicode(text) for code, text in _PAIR.findall(block)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", stream, re.S):
        for first, last, to in _RANGE.findall(block):
            codes = range(int(first, 16), min(int(last, 16), 0xFFFF) + 1)
            listed = [_unicode(text) for text in _HEX.findall(to)]
            if to.startswith(b"<"):
                start = listed[0]
                listed = [start[:-1] + chr(ord(start[-1]) + n) for n in range(len(codes))]
            table |= dict(zip(codes, listed, strict=False))
    return table


def _unicode(hex: bytes) -> str:
    return bytes.fromhex(hex.decode()).decode("utf-16-be", "replace") or "\ufffd"


def _decoded(table: dict[int, str], hex: bytes) -> str:
    digits = b"".join(hex.split())
    codes = (int(digits[n : n + 4], 16) for n in range(0, len(digits) - 3, 4))
    return "".join(table.get(code, "") for code in codes)
