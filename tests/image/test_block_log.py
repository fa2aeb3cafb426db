"""The log of what a machine wrote, and what of it a power cut leaves."""

import struct
from pathlib import Path
from random import Random

import pytest

from tests.image.block_log import (
    SECTOR,
    Drive,
    Loss,
    NoLog,
    entries_of,
    flushed_before,
    kept,
    within,
)

_FLUSH, _FUA, _DISCARD = 1, 2, 4


def _log(file: Path, *entries: tuple[int, bytes, int]) -> Path:
    """A log as QEMU writes it: sector, letters that fill a sector each, flags."""
    out = bytearray(struct.pack("<QQQI", 0x6A736677736872, 1, len(entries), SECTOR))
    out += bytes(-len(out) % SECTOR)
    for first, letters, flags in entries:
        out += struct.pack("<QQQQ", first, len(letters), flags, 0)
        out += bytes(-len(out) % SECTOR)
        out += b"".join(bytes([letter]) * SECTOR for letter in letters)
    file.write_bytes(out)
    return file


def _letters(file: Path) -> bytes:
    """The first byte of each sector."""
    return file.read_bytes()[::SECTOR]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return _log(
        tmp_path / "log",
        (0, b"----", 0),
        (10, b"ab", 0),
        (0, b"", _FLUSH),
        (11, b"c", 0),
        (12, b"de", 0),
        (13, b"", _FLUSH),
        (10, b"f", 0),
        (11, b"g", _FUA),
    )


def test_a_partition_has_its_own_writes_and_every_flush(log: Path) -> None:
    entries = within(entries_of(log), 10, 6)
    assert [(one.first, one.count, one.flush) for one in entries] == [
        (0, 2, False),
        (0, 0, True),
        (1, 1, False),
        (2, 2, False),
        (13, 0, True),
        (0, 1, False),
        (1, 1, False),
    ]
    assert entries[-1].end == log.stat().st_size
    assert [flushed_before(entries, point) for point in range(8)] == [0, 0, 2, 2, 2, 5, 5, 5]


def test_a_drive_has_what_was_flushed_and_any_part_of_the_rest(log: Path, tmp_path: Path) -> None:
    begin, left = tmp_path / "begin", tmp_path / "left"
    begin.write_bytes(b"." * (6 * SECTOR))
    entries = within(entries_of(log), 10, 6)
    random = Random(1)

    def after(point: int, loss: Loss) -> bytes:
        drive.cut(left, point, loss, random)
        return _letters(left)

    with Drive(begin, log, entries, tmp_path / "medium") as drive:
        assert after(1, Loss.NONE) == b"ab...."
        assert after(1, Loss.ALL) == b"......"
        assert after(3, Loss.ALL) == b"ab...."
        assert after(4, Loss.NONE) == b"acde.."
        some = {after(4, Loss.WRITES) for _ in range(30)}
        assert some == {b"ab....", b"ac....", b"abde..", b"acde.."}
        torn = {after(4, Loss.SECTORS) for _ in range(80)}
        assert torn == some | {b"abd...", b"ab.e..", b"acd...", b"ac.e.."}
        # What was to be on the medium before it was answered is.
        assert after(7, Loss.ALL) == b"agde.."
        with pytest.raises(ValueError, match="is at entry 5 already, not at 2"):
            after(3, Loss.ALL)
    with Drive(begin, log, entries, tmp_path / "medium") as drive:
        drive.cut(left, 7, Loss.ALL, random, flushed=0)
        assert _letters(left) == b".g....", "a drive that forgets what it flushed"


def test_nothing_is_kept_of_a_write_before_its_time(log: Path) -> None:
    entries = within(entries_of(log), 10, 6)
    for seed in range(20):
        pieces = list(kept(entries[:1], Loss.SECTORS, Random(seed)))
        assert all(0 <= piece.first < 2 and piece.at >= 2 * SECTOR for piece in pieces)


def test_what_is_no_log_is_said(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"")
    with pytest.raises(NoLog, match="nothing was flushed"):
        entries_of(file)
    file.write_bytes(bytes(SECTOR))
    with pytest.raises(NoLog, match="no log of version 1"):
        entries_of(file)
    with pytest.raises(NoLog, match="neither a write nor a flush"):
        entries_of(_log(file, (0, b"", _DISCARD)))
    _log(file, (9, b"ab", 0))
    with pytest.raises(NoLog, match="over the edge"):
        within(entries_of(file), 10, 6)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(NoLog, match="ends within entry 0 of 1"):
        entries_of(file)
