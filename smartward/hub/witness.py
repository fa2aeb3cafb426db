"""What the hub's file must hold at least: kept beside it, so that a restored one is noticed.

A restored file is an older past: what was acknowledged since is not in it, and numbers of writes
will be given a second time. Its epoch is renewed then, so that every screen fetches anew and sends
again what it has kept of its last day.
"""

import asyncio
import logging
import os
from pathlib import Path

import msgspec

from smartward.clock import Clock
from smartward.errors import Misconfigured
from smartward.hub.options import lock
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.model import Committed, instant
from smartward.hub.store.reader import Reader
from smartward.storage import Writer
from smartward.tasks import Tasks

log = logging.getLogger("smartward.witness")

_EVERY_S = 1.0
"""The file is at most so far behind the store, in seconds."""


_NO_EPOCH = ""
"""Of a witness that is to be believed by nobody: the epoch is renewed whoever else is there."""


class _Seen(msgspec.Struct):
    epoch: str
    heads: dict[str, int]


def witness_file(folder: Path) -> Path:
    """The witness of the hub whose folder this is."""
    return folder / "hub.heads"


def restored(folder: Path) -> Path:
    """Say that the hub's file in `folder` is from a backup: the next start renews its epoch.

    Gives the file; of a hub that has its store in a database, its witness. Raises Misconfigured
    when there is none, or a hub has it open.
    """
    file, seen = folder / "hub.sqlite", witness_file(folder)
    if not file.is_file() and not seen.is_file():
        raise Misconfigured("hub.not_restored", str(file), file=str(file))
    with lock(folder):
        if file.is_file():
            seen.unlink(missing_ok=True)
            return file
        seen.write_bytes(msgspec.json.encode(_Seen(_NO_EPOCH, {})))
    return seen


class Witness:
    """Follows a store, and judges it at start."""

    def __init__(self, folder: Path, store: Store, clock: Clock) -> None:
        self._path = witness_file(folder)
        self._store = store
        self._clock = clock
        self._heads: dict[str, int] = {}
        self._news = asyncio.Event()
        self._tasks = Tasks()
        self._writer = Writer("hub-witness")
        self.may_be_new = False
        """It is known that this store begins here: that nothing was seen of it is no warning."""

    @property
    def failing(self) -> frozenset[str]:
        """Names the witness when it cannot be written."""
        return self._tasks.failing

    async def start(self) -> None:
        """Renew the epoch of a store that is behind what was seen of it, or of which nothing was
        seen; then follow it. Raises StorageFault when the epoch cannot be written."""
        self._heads = await self._store.read(_heads)
        alone = not self._store.shared or not await self._store.write(_others)
        doubt = self._doubt(alone=alone) if self._heads else None
        if doubt is not None:
            new = self.may_be_new and not self._path.exists()
            level = logging.INFO if new else logging.WARNING
            log.log(level, "%s: new epoch %s", doubt, await self._store.renew_epoch())
        self._store.on_commit.append(self._committed)
        self._news.set()
        self._tasks.keep(self._follow, "witness", self._clock)

    async def stop(self) -> None:
        """Follow no more, once all that is on the disk is written down."""
        await self._tasks.stop()
        if self._committed in self._store.on_commit:
            self._store.on_commit.remove(self._committed)
            try:
                await self._write()
            except OSError as error:
                log.warning("%s cannot be written: %s", self._path.name, error)
        self._writer.close()

    def _doubt(self, *, alone: bool) -> str | None:
        """Why the store may be an older past than was told to screens. Where other hubs write too
        (not `alone`), one that is new has seen nothing; and an epoch may be theirs."""
        try:
            seen = msgspec.json.decode(self._path.read_bytes(), type=_Seen)
        except (OSError, msgspec.DecodeError):
            # A new epoch that was not needed costs each screen one catching up.
            return f"{self._path.name} is missing or cannot be read" if alone else None
        behind = any(self._heads.get(ward, 0) < head for ward, head in seen.heads.items())
        told = self._store.shared and seen.epoch != _NO_EPOCH
        other = seen.epoch != self._store.epoch and not told
        return "the hub's file is older than what it held before" if behind or other else None

    def _committed(self, committed: Committed) -> None:
        self._heads[committed.ward] = committed.seq
        self._news.set()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._write()
            await self._clock.sleep(_EVERY_S)

    async def _write(self) -> None:
        """Not synced: after a power cut it may say less than it did, never more than is true."""
        data = msgspec.json.encode(_Seen(self._store.epoch, self._heads))
        await self._writer.run(lambda: self._replace(data))

    def _replace(self, data: bytes) -> None:
        new = self._path.with_suffix(".new")
        new.write_bytes(data)
        os.replace(new, self._path)


def _heads(reader: Reader) -> dict[str, int]:
    return {ward: reader.head(ward) for ward in reader.wards()}


def _others(tx: Tx) -> bool:
    """Whether another hub of this store is there."""
    return max(tx.hubs().values(), default="") > instant(tx.store_time())
