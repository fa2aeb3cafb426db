"""The hub's store, whatever keeps it: one writer thread, durable commits, several writes in one.

Writes that queue up while a commit is on its way to the disk share the next one; each is a
savepoint of its own, so one that fails takes nothing with it. The answer to a write leaves before
its fan-out: the awaiting task is resumed first, `on_commit` is called after.
"""

import asyncio
import logging
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.hub.store.model import Committed, OnCommit, Stored
from smartward.hub.store.reader import Reader
from smartward.hub.store.tx import Tx
from smartward.hub.store.ward_time import WardTime
from smartward.storage import Writer
from smartward.tasks import Tasks

__all__ = ["Committed", "Job", "Reader", "Store", "Stored", "Tx", "new_epoch"]

T = TypeVar("T")

log = logging.getLogger("smartward.store")

_MOST_WRITES_A_COMMIT = 64


class Job(Generic[T]):
    """One write on its way: its work, who waits for it, and what came of it."""

    __slots__ = ("committed", "error", "result", "waiting", "work")

    def __init__(self, work: Callable[[Tx], T]) -> None:
        self.work = work
        self.waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.result: T | None = None
        self.error: BaseException | None = None
        self.committed: list[Committed] = []


def new_epoch() -> str:
    """A name for a history that no screen knows yet."""
    return uuid.uuid4().hex[:12]


class Store(ABC):
    """The one home of the ward's state. Opened by its kind, then `start`, `write` and `read`,
    then `stop`, `finish` and `close`."""

    shared: bool = False
    """Whether other hubs write here too."""

    epoch: str
    """Which history the sequence numbers belong to."""

    def __init__(self, clock: Clock, keep: timedelta) -> None:
        self._clock = clock
        self._keep = keep
        self._ward_time = WardTime(clock, shared=self.shared)
        self._writer = Writer("hub-write")
        self._reader = Writer("hub-read")
        self._queue: deque[Job[Any]] = deque()
        self._committing: asyncio.Task[None] | None = None
        self._tasks = Tasks()
        self._answered = 0
        self.on_commit: list[OnCommit] = []
        """Called on the event loop for each ward of each write, after the write's answer."""
        self.in_write: list[Callable[[Tx], None]] = []
        """Called at the end of each write, within it: what they add is one with it."""
        self.on_timing: Callable[[float, int], None] = lambda seconds, writes: None
        """Told the seconds of each commit and how many writes it held."""
        self.failing = False
        """Fault for tests and drills: every write fails as on a full disk."""
        self.faulty = False
        """The disk or the file refused a write, and nothing has been written since."""
        self.on_listener_failed: Callable[[str], None] = lambda listener: None
        """Told the name of a listener each time it fails."""
        self._failing_listeners: set[str] = set()
        self._stale = False
        """Other hubs may have written what nobody here was told of."""
        self._theirs: list[Committed] = []
        """What other hubs wrote before the batch that is being settled."""
        self.on_epoch: list[Callable[[], None]] = []
        """Called on the event loop when another hub, or a restored backup, began an epoch."""

    async def start(self) -> None:  # noqa: B027 what is not shared has nobody to follow
        """Begin to tell `on_commit` what other hubs write."""

    async def stop(self) -> None:  # noqa: B027
        """Follow other hubs no more."""

    # ------------------------------------------------------------------ what each kind does

    @abstractmethod
    def peek(self, fn: Callable[[Reader], T]) -> T:
        """As `read`, but at once, on the caller's thread: for what is read in a millisecond or
        two."""

    @abstractmethod
    def _look(self, fn: Callable[[Reader], T]) -> T:
        """Run `fn` on one snapshot, on the reader thread. Raises StorageFault."""

    @abstractmethod
    def _transact(self, batch: Sequence[Job[Any]]) -> bool:
        """All of `batch` in one durable commit, on the writer thread; whether it changed anything.
        Raises what `_fault` knows when nothing was written."""

    @abstractmethod
    def _fault(self, error: BaseException) -> StorageFault | None:
        """The fault that an error of the disk or the database means; None for one of ours."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the data. `finish` first: what still waits would fail."""

    # ------------------------------------------------------------------ reading

    @property
    def answered(self) -> int:
        """How many writes of this hub have been answered: while it is the same, what was read
        still holds as far as this hub knows."""
        return self._answered

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Run `fn` on one snapshot. Raises StorageFault when the data cannot be read."""
        return await self._reader.run(lambda: self._look(fn))

    # ------------------------------------------------------------------ writing

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` in one transaction; when this returns, what it did is on the disk.

        Raises what `fn` raised (nothing is written then), or StorageFault.
        """
        job = Job(fn)
        self._queue.append(job)
        self._go_on()
        return await job.waiting

    def _go_on(self) -> None:
        if self._committing is None:
            self._committing = self._tasks.spawn(self._commit_queued(), "commit")

    async def _commit_queued(self) -> None:
        try:
            while self._queue or self._stale:
                self._stale = False
                count = min(len(self._queue), _MOST_WRITES_A_COMMIT)
                batch = [self._queue.popleft() for _ in range(count)]
                started = self._clock.monotonic()
                try:
                    await self._writer.run(partial(self._commit, batch))
                except Exception as error:
                    # Ours to mend; but whoever waits must be told that nothing was written.
                    self._refuse(batch, StorageFault("storage.unreadable", repr(error)))
                    raise
                finally:
                    self._settle(batch)
                if batch:
                    self.on_timing(self._clock.monotonic() - started, len(batch))
                await self._announce()
        finally:
            self._committing = None

    def _commit(self, batch: list[Job[Any]]) -> None:
        """On the writer thread: all of `batch` in one durable commit, or told that it is not."""
        try:
            if self.failing:
                raise StorageFault("storage.full", "fault raised on purpose")
            changed = self._transact(batch)
        except Exception as error:
            self._ward_time.settled(written=False)
            fault = self._fault(error)
            if fault is None:
                raise
            self._refuse(batch, fault)
        else:
            self._ward_time.settled(written=True)
            if any(isinstance(job.error, StorageFault) for job in batch):
                self.faulty = True
            elif changed and any(job.error is None for job in batch):
                self.faulty = False

    def _refuse(self, batch: Sequence[Job[Any]], fault: StorageFault) -> None:
        for job in batch:
            job.error, job.committed = fault, []
        self.faulty = True

    async def _announce(self) -> None:  # noqa: B027
        """Tell other hubs that something was written. Those who waited have their answers."""

    def _work(self, job: Job[Any], tx: Tx) -> None:
        """What one write does, with what is to be one with it."""
        job.result = job.work(tx)
        for note in self.in_write:
            note(tx)
        if tx.touched:
            self._ward_time.keep(tx)
        tx.finish()

    def _settle(self, batch: Sequence[Job[Any]]) -> None:
        """Resume who waits, then, behind them in the loop's queue, fan out."""
        loop = asyncio.get_running_loop()
        self._answered += len(batch)
        for job in batch:
            if not job.waiting.done():
                if job.error is not None:
                    job.waiting.set_exception(job.error)
                else:
                    job.waiting.set_result(job.result)
        theirs, self._theirs = self._theirs, []
        for committed in (*theirs, *(one for job in batch for one in job.committed)):
            loop.call_soon(self._fan_out, committed)

    def _fan_out(self, committed: Committed) -> None:
        """Tell every listener; one that fails hides nothing from the others."""
        for listener in list(self.on_commit):
            name = getattr(listener, "__qualname__", type(listener).__name__)
            try:
                listener(committed)
            except Exception:  # whatever it is: the others must hear of the write
                if name not in self._failing_listeners:
                    log.exception("%s failed at a write", name)
                self._failing_listeners.add(name)
                self.on_listener_failed(name)
            else:
                self._failing_listeners.discard(name)

    @property
    def ailing(self) -> frozenset[str]:
        """What does not work now: `storage`, and listeners that failed at the last write."""
        storage = {"storage"} if self.failing or self.faulty else set()
        return frozenset(storage | self._failing_listeners)

    async def renew_epoch(self) -> str:
        """Take a new epoch: every screen then gets a reset and sends its last day again."""
        epoch = new_epoch()
        await self.write(lambda tx: tx.epoch_set(epoch))
        self.epoch = epoch
        return epoch

    async def finish(self) -> None:
        """Wait until everything that was asked for is on the disk and fanned out."""
        while self._committing is not None:
            await asyncio.wait((self._committing,))
