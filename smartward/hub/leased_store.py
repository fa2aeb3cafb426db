"""The store as the deciding part of a hub is handed it: a lease guards each write."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from smartward.errors import SmartWardError, StorageFault
from smartward.hub.store.base import Job, Reader, Store, Tx

T = TypeVar("T")


class LeaseLost(SmartWardError):
    """Another hub decides for the ward by now: nothing was written."""


class LeasedStore(Store):
    """The store as the deciding part is handed it: a write is done only while its lease holds."""

    def __init__(self, store: Store, ward: str, holder: str) -> None:
        # Nothing of its own: what is queued, told and at fault is the store's.
        self._store = store
        self._ward = ward
        self._holder = holder
        self.number = 0
        """Of the lease; 0: none was taken yet."""
        self.shared = store.shared
        self.epoch = store.epoch
        self.on_commit = store.on_commit
        self.in_write = store.in_write
        self._over = asyncio.Event()

    @property
    def answered(self) -> int:
        return self._store.answered

    async def read(self, fn: Callable[[Reader], T]) -> T:
        return await self._store.read(fn)

    def peek(self, fn: Callable[[Reader], T]) -> T:
        return self._store.peek(fn)

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """As the store's. Raises LeaseLost, too; nothing is written then. Who waits is told once
        the deciding part has stopped: its tasks end without a word of it."""
        try:
            return await self._store.write(lambda tx: self._checked(tx, fn))
        except LeaseLost:
            if self.shared:
                await self._over.wait()
            raise

    def over(self) -> None:
        """The deciding part has stopped."""
        self._over.set()

    def _checked(self, tx: Tx, fn: Callable[[Tx], T]) -> T:
        lease = tx.lease(self._ward)
        if lease is None or (lease.holder, lease.number) != (self._holder, self.number):
            raise LeaseLost("hub.lease_lost", f"number {self.number} of ward {self._ward}")
        return fn(tx)

    async def finish(self) -> None:
        await self._store.finish()

    def close(self) -> None:
        """Whoever opened the store closes it."""

    def _look(self, fn: Callable[[Reader], T]) -> T:
        return self._store._look(fn)

    def _transact(self, batch: Sequence[Job[Any]]) -> bool:
        return self._store._transact(batch)

    def _fault(self, error: BaseException) -> StorageFault | None:
        return self._store._fault(error)
