"""What a machine wrote onto its disk, in order, and the disk as a power cut would have left it.

The log is the one of QEMU's driver `blklogwrites`, in the form of Linux's `dm-log-writes`: a sector
with the log's head, then for each write a sector that names its place and behind it what was
written. A flush is an entry too. QEMU notes a write when its own disk has it and before the machine
hears so; what the machine knew to be written when it asked for a flush stands before that flush.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random
from types import TracebackType

from tests.image.vm import run

SECTOR = 512
"""Bytes: what a drive writes whole or not at all."""
_HEAD = struct.Struct("<QQQI")
_MAGIC, _VERSION = 0x6A736677736872, 1
_ENTRY = struct.Struct("<QQQQ")
_FLUSH, _FUA, _DISCARD, _MARK = 1, 2, 4, 8


class NoLog(ValueError):
    """The file is no log of writes, or not one that QEMU has finished."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write, or one flush. `at`: where its bytes stand in the log; `end`: where the next entry
    begins there. `first` and `count` are sectors of the disk."""

    first: int
    count: int
    flush: bool
    sure: bool
    """The drive was to have it on its medium before it answered (FUA)."""
    at: int
    end: int


def entries_of(log: Path) -> list[Entry]:
    """All entries of a log. Raises NoLog."""
    with log.open("rb") as file:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise NoLog(f"{log.name} is empty: nothing was flushed while it was written")
        magic, version, count, sector = _HEAD.unpack(head)
        if (magic, version, sector) != (_MAGIC, _VERSION, SECTOR):
            raise NoLog(f"{log.name} is no log of version {_VERSION} with sectors of {SECTOR} B")
        found, at, size = [], SECTOR, os.fstat(file.fileno()).st_size
        for number in range(count):
            raw = os.pread(file.fileno(), _ENTRY.size, at)
            if len(raw) < _ENTRY.size:
                raise NoLog(f"{log.name} ends before entry {number} of {count}")
            first, sectors, flags, _ = _ENTRY.unpack(raw)
            if flags & (_DISCARD | _MARK) or (flags & _FLUSH and sectors):
                raise NoLog(f"entry {number} of {log.name} is neither a write nor a flush")
            end = at + SECTOR + sectors * SECTOR
            if end > size:
                raise NoLog(f"{log.name} ends within entry {number} of {count}")
            flush, sure = bool(flags & _FLUSH), bool(flags & _FUA)
            found.append(Entry(first, sectors, flush, sure, at + SECTOR, end))
            at = end
    return found


def within(entries: Sequence[Entry], first: int, count: int) -> list[Entry]:
    """The writes of one partition (`first` and `count` in sectors of the disk), by sectors of the
    partition, and all flushes. Raises NoLog for a write over its edge."""
    found = []
    for one in entries:
        if one.count == 0:
            found.append(one)
            continue
        begin, end = one.first - first, one.first - first + one.count
        if end <= 0 or begin >= count:
            continue
        if begin < 0 or end > count:
            raise NoLog(f"a write at sector {one.first} goes over the edge of the partition")
        found.append(Entry(begin, one.count, one.flush, one.sure, one.at, one.end))
    return found


def flushed_before(entries: Sequence[Entry], point: int) -> int:
    """How many of the first `point` entries a drive that keeps its word has on its medium."""
    flushes = (n + 1 for n in range(point - 1, -1, -1) if entries[n].flush)
    return next(flushes, 0)


class Loss(StrEnum):
    """What a drive loses of the writes that no flush came after."""

    ALL = "all"
    NONE = "none"
    WRITES = "some writes"
    SECTORS = "some sectors"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a write: `count` sectors from `first` on are those in the log from `at` on."""

    first: int
    count: int
    at: int


def kept(unflushed: Sequence[Entry], loss: Loss, random: Random) -> Iterator[Piece]:
    """What of those writes is on the medium after the cut, in their order: a drive keeps any of
    them, whatever came first, and of one that it was writing any sectors."""
    for one in unflushed:
        whole = Piece(one.first, one.count, one.at)
        if one.sure or loss is Loss.NONE:
            yield whole
        elif loss is Loss.ALL:
            continue
        elif loss is Loss.WRITES:
            if random.random() < 0.5:
                yield whole
        elif (fate := random.randrange(3)) == 1:
            yield whole
        elif fate == 2:
            for n in range(one.count):
                if random.random() < 0.5:
                    yield Piece(one.first + n, 1, one.at + n * SECTOR)


class Drive:
    """One partition while its log is played; goes forward only."""

    def __init__(self, begin: Path, log: Path, entries: Sequence[Entry], medium: Path) -> None:
        """`begin`: the partition as it was before the first entry; `entries`: of that partition;
        `medium`: a new file for what is flushed."""
        self._entries = entries
        copy_sparse(begin, medium)
        self._path, self._done = medium, 0
        self._medium = os.open(medium, os.O_RDWR | os.O_CLOEXEC)
        self._log = os.open(log, os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self) -> "Drive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._medium)
        os.close(self._log)

    def cut(
        self, to: Path, point: int, loss: Loss, random: Random, flushed: int | None = None
    ) -> None:
        """Write into a new file what is left when the power goes after `point` entries. `flushed`:
        how many of them are on the medium for sure; of a drive that keeps its word those up to the
        last flush. Raises ValueError for one before what is there already."""
        sure = flushed_before(self._entries, point) if flushed is None else flushed
        if sure < self._done:
            raise ValueError(f"the medium is at entry {self._done} already, not at {sure}")
        for one in self._entries[self._done : sure]:
            self._write(self._medium, Piece(one.first, one.count, one.at))
        self._done = sure
        copy_sparse(self._path, to)
        left = os.open(to, os.O_RDWR | os.O_CLOEXEC)
        try:
            for piece in kept(self._entries[sure:point], loss, random):
                self._write(left, piece)
        finally:
            os.close(left)

    def _write(self, file: int, piece: Piece) -> None:
        data = os.pread(self._log, piece.count * SECTOR, piece.at)
        os.pwrite(file, data, piece.first * SECTOR)


def copy_sparse(source: Path, to: Path) -> None:
    """A copy in which what was never written takes no room."""
    run("cp", "--sparse=auto", "--reflink=auto", source, to)
