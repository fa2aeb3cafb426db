"""The search for names finds every name that was planted, and no other."""

import base64
import gzip
import html
import json
import sqlite3
import struct
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QGuiApplication, QImage, QPageLayout, QPainter, QPdfWriter
from pytestqt.qtbot import QtBot

from tests.privacy_search import search

HAN, LATIN, NUMBER = "慕容清越", "Zimmermann", "ZY0042-77"
WORDS = [HAN, LATIN, NUMBER]


def ascii_json(word: str) -> bytes:
    return json.dumps({"name": f"Frau {word}!"}).encode()


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda word: f"INFO name={word};".encode(),
    "utf-8 decomposed": lambda word: unicodedata.normalize("NFD", word).encode(),
    "utf-16 little": lambda word: b"x" + word.encode("utf-16-le") + b"yz",
    "utf-16 big": lambda word: word.encode("utf-16"),
    "upper case": lambda word: word.upper().encode(),
    "json": ascii_json,
    "json, capital digits": lambda w: b"".join(b"\\u%04X" % ord(c) for c in w),
    "json in json": lambda word: json.dumps(ascii_json(word).decode()).encode(),
    "percent": lambda word: f"GET /bed?name={urllib.parse.quote(word)}".encode(),
    "percent, small": lambda word: urllib.parse.quote(word).lower().encode(),
    "percent twice": lambda word: urllib.parse.quote(urllib.parse.quote(word)).encode(),
    "html": lambda w: "".join(f"&#{ord(c)};" for c in w).encode(),
    "html, hex": lambda w: "".join(f"&#x{ord(c):x};" for c in w).encode(),
    "html, named": lambda word: html.escape(f"<{word}>").encode(),
    "python": lambda word: repr(word.encode()).encode(),
    "octal": lambda word: (
        "".join(f"\\{byte:03o}" for byte in word.encode()).encode()
        if not word.isascii()
        else word.encode()
    ),
    "gzip": lambda word: gzip.compress(f"old log: {word}".encode()),
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("form", WRITTEN)
def test_a_planted_word_is_found(tmp_path: Path, form: str, word: str) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    folder.joinpath("day.log").write_bytes(b"before\n" + WRITTEN["utf-8"]("nobody"))
    planted = folder / "planted.bin"
    planted.write_bytes(WRITTEN[form](word))
    assert {(one.path, one.word) for one in search(tmp_path, WORDS)} == {(planted, word)}


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_it_is_found_in_base64_at_any_place(tmp_path: Path, shift: int) -> None:
    for word in WORDS:
        coded = base64.b64encode(b"a" * shift + word.encode() + b"bcd")
        tmp_path.joinpath("body.txt").write_bytes(coded)
        assert {one.word for one in search(tmp_path, WORDS)} == {word}


def test_what_is_clean_is_clean(tmp_path: Path) -> None:
    tmp_path.joinpath("a.log").write_text("慕容＊越 called, Z＊n came; 慕 容 ZY0042", "utf-8")
    tmp_path.joinpath("b.bin").write_bytes(bytes(range(256)) * 64)
    assert search(tmp_path, WORDS) == []


def test_a_file_may_hold_it_or_be_called_by_it(tmp_path: Path) -> None:
    held, named = tmp_path / "hub.sqlite.txt", tmp_path / f"{LATIN}.png.txt"
    held.write_text(HAN, "utf-8")
    named.write_text("", "utf-8")
    found = search(tmp_path, WORDS, may_hold=lambda path: path == held)
    assert [(one.path, one.where) for one in found] == [(named, "file name")]


@pytest.mark.parametrize("word", ["", " ", "王"])
def test_what_is_found_everywhere_is_not_searched_for(tmp_path: Path, word: str) -> None:
    with pytest.raises(ValueError, match="too short"):
        search(tmp_path, [word])


# ---------------------------------------------------------------------- databases


@pytest.mark.parametrize("word", WORDS)
def test_it_is_found_across_the_pages_of_a_database(tmp_path: Path, word: str) -> None:
    """A long value lies in pieces, and no search of the file's bytes finds a word that is cut."""
    cut = 0
    for after in range(490, 511):
        file = tmp_path / "hub.sqlite"
        file.unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as database:
            database.execute("pragma page_size = 512")
            database.execute("create table document (body blob)")
            body = b"x" * 900 + word.encode() + b"y" * after
            database.execute("insert into document values (?)", (body,))
            database.commit()
        cut += word.encode() not in file.read_bytes()
        assert {one.word for one in search(tmp_path, WORDS)} == {word}
    assert cut


def test_it_is_found_in_the_log_ahead_and_in_what_was_deleted(tmp_path: Path) -> None:
    file = tmp_path / "hub.sqlite"
    database = sqlite3.connect(file)
    with closing(database):
        database.execute("pragma journal_mode = wal")
        database.execute("create table document (body text)")
        database.commit()
        database.execute("pragma wal_checkpoint(truncate)")
        database.execute("insert into document values (?)", (f"only ahead: {HAN}",))
        database.commit()
        found = search(tmp_path, WORDS)
        assert {(one.path.name, one.word) for one in found} == {
            ("hub.sqlite", HAN),
            ("hub.sqlite-wal", HAN),
        }
        database.execute("pragma secure_delete = off")
        database.execute("delete from document")
        database.commit()
        database.execute("pragma wal_checkpoint(truncate)")
        left = search(tmp_path, WORDS)
        assert {(one.path.name, one.where) for one in left} == {("hub.sqlite", "bytes")}
    assert file.exists()


# ---------------------------------------------------------------------- pictures and pages


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("word", WORDS)
def test_it_is_found_in_the_texts_of_a_picture(tmp_path: Path, word: str) -> None:
    picture = tmp_path / "shot.png"
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.setText("Title", f"bed 12, {word}")
    assert image.save(str(picture))
    assert {one.word for one in search(tmp_path, WORDS)} == {word}
    image.setText("Title", "bed 12")
    assert image.save(str(picture))
    clean = picture.read_bytes()
    assert search(tmp_path, WORDS) == []
    end = clean.index(b"IEND") - 4
    packed = zlib.compress(f"made for {word}".encode())
    for planted in (
        chunk(b"zTXt", b"Comment\0\0" + packed),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed),
        chunk(b"iTXt", b"Comment\0\0\0\0\0" + word.encode()),
        chunk(b"eXIf", word.encode("utf-16-le")),
    ):
        picture.write_bytes(clean[:end] + planted + clean[end:])
        assert {one.word for one in search(tmp_path, WORDS)} == {word}, planted[4:8]
    picture.write_bytes(clean + word.encode())
    assert [one.where for one in search(tmp_path, WORDS)] == ["PNG, behind its end"]


def page(file: Path, title: str, text: str) -> None:
    writer = QPdfWriter(str(file))
    writer.setPageMargins(QMarginsF(10, 10, 10, 10), QPageLayout.Unit.Millimeter)
    writer.setTitle(title)
    painter = QPainter(writer)
    painter.drawText(100, 400, text)
    painter.end()


def test_it_is_found_in_the_text_and_title_of_a_printed_page(tmp_path: Path, qtbot: QtBot) -> None:
    assert QGuiApplication.instance() is not None
    file = tmp_path / "ward.pdf"
    page(file, "Ward 1", "Bed 12, nobody")
    assert search(tmp_path, WORDS) == []
    page(file, f"Ward 1 {HAN}", "Bed 12")
    assert {one.word for one in search(tmp_path, WORDS)} == {HAN}
    for word in (LATIN, NUMBER):
        page(file, "Ward 1", f"Bed 12, {word}, 67")
        assert word.encode() not in file.read_bytes()
        assert {(one.where, one.word) for one in search(tmp_path, WORDS)} == {("PDF text", word)}
