"""What a durable commit costs: beside the disk's own sync, and shared by many writers.

Operation by operation in turn, in a drawn order: a block of 4 KiB written over a file of fixed size
and synced, one row committed by SQLite as it is set up for a hub, one write through the hub's store
with its threads and its answer. Then, round by round in turn: one writer that waits for each
answer, and many at once.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from smartward.bench.figures import Figures, percentile
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.hub.store.opening import open_store
from smartward.storage import connect, pre_grow_wal

COMMIT_LIMIT = 1.3
GROUP_LIMIT = 8.0
_WRITERS = 50
_BLOCK = 4096
_BLOCKS = 2048
_SEED = 7
_CLOCK = SystemClock()

Once = Callable[[], Awaitable[None]]


class RawSync:
    """One block written in place and synced: the least that a durable write can be."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        self._block = os.urandom(_BLOCK)
        for n in range(_BLOCKS):
            os.pwrite(self._descriptor, self._block, n * _BLOCK)
        os.fsync(self._descriptor)
        self._turn = 0

    def once(self) -> None:
        """The next block, round and round."""
        self._turn = (self._turn + 1) % _BLOCKS
        os.pwrite(self._descriptor, self._block, self._turn * _BLOCK)
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class BareCommit:
    """One row, as SQLite is set up for a hub: full sync, a log that has grown before."""

    def __init__(self, file: Path) -> None:
        self._db: sqlite3.Connection = connect(file)
        self._db.execute("create table kept (number integer primary key, body blob)")
        pre_grow_wal(self._db)
        self._body = os.urandom(256)

    def once(self) -> None:
        """Insert it and commit."""
        self._db.execute("insert into kept (body) values (?)", (self._body,))
        self._db.commit()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


async def _timed(once: Once) -> float:
    started = _CLOCK.monotonic()
    await once()
    return (_CLOCK.monotonic() - started) * 1000


async def _singles(ways: dict[str, Once], count: int) -> dict[str, list[float]]:
    """Milliseconds of `count` of each, in a drawn order."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    order = [name for name in ways for _ in range(count)]
    random.Random(_SEED).shuffle(order)
    for name in order:
        taken[name].append(await _timed(ways[name]))
    return taken


async def _rate(once: Once, writers: int, count: int) -> float:
    """Writes a second of so many writers, each of whom waits for its answer."""

    async def write() -> None:
        for _ in range(count // writers):
            await once()

    started = _CLOCK.monotonic()
    await asyncio.gather(*(write() for _ in range(writers)))
    return count // writers * writers / (_CLOCK.monotonic() - started)


async def measure(folder: Path, count: int, rounds: int) -> dict[str, Any]:
    """All figures, by name."""
    raw, bare = RawSync(folder / "raw"), BareCommit(folder / "bare.sqlite")
    store = open_store(Settings(), folder, _CLOCK)
    await store.start()

    async def of_raw() -> None:
        raw.once()

    async def of_bare() -> None:
        bare.once()

    async def of_store() -> None:
        await store.write(lambda tx: tx.meta_set("bench", "x"))

    ways: dict[str, Once] = {"raw": of_raw, "commit": of_bare, "store": of_store}
    await _singles(ways, 20)
    taken = await _singles(ways, count)
    alone, together = [], []
    for _ in range(rounds):
        alone.append(await _rate(of_store, 1, count))
        together.append(await _rate(of_store, _WRITERS, 10 * count))
    await store.finish()
    await store.stop()
    store.close()
    bare.close()
    raw.close()
    found: dict[str, Any] = {"load_before": os.getloadavg(), "writers": _WRITERS}
    for name, values in taken.items():
        found[f"{name}_p50_ms"] = percentile(values, 0.5)
        found[f"{name}_p99_ms"] = percentile(values, 0.99)
    found["alone_a_second"] = percentile(alone, 0.5)
    found["together_a_second"] = percentile(together, 0.5)
    return found


def main(argv: list[str]) -> int:
    """Measure and print; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="smartward bench commit")
    parser.add_argument("--count", type=int, default=500, help="operations of each kind")
    parser.add_argument("--rounds", type=int, default=5, help="of one writer and of many")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--json", type=Path, help="the figures, into this file")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smartward-commit-", dir=options.folder) as folder:
        found = asyncio.run(measure(Path(folder), options.count, options.rounds))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    figures = Figures()
    for name, words in (
        ("raw", "raw write and fdatasync"),
        ("commit", "one row by SQLite"),
        ("store", "one write through the hub's store"),
    ):
        figures.show(f"{words}, p50", found[f"{name}_p50_ms"], "ms")
        figures.show(f"{words}, p99", found[f"{name}_p99_ms"], "ms")
    ratio = found["commit_p50_ms"] / found["raw_p50_ms"]
    figures.show("one row by SQLite: raw syncs", ratio, "", COMMIT_LIMIT)
    figures.show("one writer", found["alone_a_second"], "/s")
    figures.show(f"{_WRITERS} writers at once", found["together_a_second"], "/s")
    gain = found["together_a_second"] / found["alone_a_second"]
    figures.show("commits shared: times one writer", gain, "", GROUP_LIMIT, at_least=True)
    return figures.exit_code
