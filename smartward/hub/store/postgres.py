"""The hub's store on PostgreSQL, which several hubs of a ward may write.

Each ward has tables of its own (a schema), so that wards never wait for each other and one can be
kept or put back alone. Whoever writes a ward has its turn from before it reads anything until its
commit is done: the sequence numbers are those in which commits become visible, so that nobody who
follows them skips a change whose commit came late. The numbers are read within the turn, never
from memory.

What other hubs wrote is put together again from the history and told to `on_commit` in its place,
before what was written here after it. They say when they have written (NOTIFY); whoever misses that
finds it at the next look, `POLL_S` seconds later at most.
"""

import asyncio
import json
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from smartward.clock import Clock
from smartward.errors import StorageFault
from smartward.hub.store.base import Job, Store, new_epoch
from smartward.hub.store.model import Committed
from smartward.hub.store.postgres_link import (
    Address,
    Connection,
    Link,
    Speaking,
    fault_of,
    listening,
    notify,
)
from smartward.hub.store.postgres_tables import migrate
from smartward.hub.store.reader import Reader
from smartward.hub.store.rebuilt import reach, rebuilt
from smartward.hub.store.tx import Tx
from smartward.tasks import Tasks

T = TypeVar("T")


log = logging.getLogger("smartward.store")

AT_ONCE = 200
"""So many writes of others, and so many of their documents, are read at one time: meanwhile the
ward's turn is held, and what was read is told to everybody here."""
PEEK_S = 0.5
"""Nobody waits longer for what is read at once, whatever the server is about."""
POLL_S = 2.0
"""Seconds between two looks for what other hubs wrote and nobody told."""
_AGAIN_S = 1.0
_SNAPSHOT = "begin isolation level repeatable read read only"
_HEADS = (
    "select s.ward, s.seq, (select value from meta where key = 'epoch')"
    " from (select 1) as one left join sequence as s on true"
)


class PostgresTx(Tx):
    """A write of one of several hubs."""

    def store_time(self) -> datetime:
        """The database's own time: no hub's clock gives or takes a lease."""
        found: datetime = self._execute("select clock_timestamp()", ()).fetchone()[0]
        return found


class PostgresStore(Store):
    """The state of one ward in a PostgreSQL database."""

    shared = True

    def __init__(self, address: Address, writing: Link, clock: Clock, keep: timedelta) -> None:
        super().__init__(clock, keep)
        self._address = address
        self._writing = writing
        self._peeking = threading.Lock()
        self._id = uuid.uuid4().hex
        self._known: dict[str, int] = {}
        """Up to which write of each ward `on_commit` was told. Of the writer thread."""
        self._to_tell: dict[str, int] = {}
        self._following: Tasks | None = None
        self._renewing = ""
        self._other_epoch = False
        self._away = False
        with writing.transaction(f"{address.taking_turns}; {_HEADS}") as (
            connection,
            speaking,
            rows,
        ):
            self._known, self.epoch = _heads(rows)
            if self.epoch == "":
                self.epoch = new_epoch()
                PostgresTx(speaking, {}, clock.now(), keep).epoch_set(self.epoch)
            speaking.flush()
            connection.execute("commit")
        self._reading = Link(address, writing.dialect)
        self._peeks = self._opened_for_peeks()
        self._reach = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub-reach")
        self._reached: Future[None] | None = None

    @classmethod
    def open(
        cls, url: str, ward: str, clock: Clock, keep_days: int = 30, secret: str | None = None
    ) -> "PostgresStore":
        """Open or make a ward's tables. Raises Misconfigured for an address that is none, and
        StorageFault when the server is away, refuses, or has tables newer than us."""
        address = Address(url, ward, secret)
        link = Link(address)
        try:
            migrate(link, address)
            return cls(address, link, clock, timedelta(days=keep_days))
        except StorageFault:
            link.close()
            raise

    def _fault(self, error: BaseException) -> StorageFault | None:
        return error if isinstance(error, StorageFault) else None

    # ------------------------------------------------------------------ reading

    def peek(self, fn: Callable[[Reader], T]) -> T:
        """As `read`, but at once, on the caller's thread. It waits for no connection to be made,
        and `PEEK_S` for the server: without one that answers it raises StorageFault."""
        with self._peeking:
            if not self._peeks.up:
                raise StorageFault("storage.away", "no connection at hand")
            with self._peeks.at_most(PEEK_S):
                return self._snapshot(fn, self._peeks)

    def _look(self, fn: Callable[[Reader], T]) -> T:
        found = self._snapshot(fn, self._reading)
        self._reach_for_peeks()  # the server is there
        return found

    def _reach_for_peeks(self) -> None:
        """Have a connection at hand again. A server that takes its time for it has nobody wait."""
        if self._peeks.up:
            return
        if self._reached is None or self._reached.done():
            self._reached = self._reach.submit(self._renew_peeks)
        wait((self._reached,), PEEK_S)

    def _renew_peeks(self) -> None:
        if self._peeks.up:
            return
        try:
            fresh = self._opened_for_peeks()
        except StorageFault as error:  # it is tried again at the next look
            log.info("no connection for what is read at once: %s", error.detail)
            return
        with self._peeking:
            lost, self._peeks = self._peeks, fresh
        lost.close()

    def _opened_for_peeks(self) -> Link:
        link = Link(self._address, self._writing.dialect, reopens=False)
        link.open()
        return link

    def _snapshot(self, fn: Callable[[Reader], T], link: Link) -> T:
        with link.transaction(_SNAPSHOT) as (_, speaking, _rows):
            return fn(Reader(speaking.execute))

    # ------------------------------------------------------------------ writing

    def _transact(self, batch: Sequence[Job[Any]]) -> bool:
        begin = f"{self._address.taking_turns if batch else _SNAPSHOT}; {_HEADS}"
        follows = self._following is not None
        with self._writing.transaction(begin) as (connection, speaking, rows):
            heads, epoch = _heads(rows)
            others = epoch not in (self.epoch, self._renewing)
            told = self._within_reach(speaking, heads) if follows and not others else {}
            theirs = self._missed(speaking, told)
            later = {ward: last for ward, last in told.items() if last < heads[ward]}
            alone = not self._behind(heads)
            before, begun_at = speaking.changes, dict(heads)
            for job in batch:
                self._run(connection, speaking, job, heads, beside=len(batch) > 1)
            if any(job.error is None for job in batch):
                _commit(connection)
                self._to_tell |= {w: n for w, n in heads.items() if n != begun_at.get(w)}
        if follows or alone or others:
            self._known = heads | later
        for job in batch:  # what is behind others' writes that are still to be told waits for them
            job.committed = [one for one in job.committed if one.ward not in later]
        self._stale |= bool(later)
        self._theirs = theirs
        if others:
            self.epoch, self._other_epoch = epoch, True
        self._there_again()
        if not batch:
            self._reach_for_peeks()
        return speaking.changes > before

    def _behind(self, heads: dict[str, int]) -> dict[str, int]:
        """The wards of which something was written that nobody here was told of, with the last
        write that was told."""
        known = {ward: self._known.get(ward, 0) for ward in heads}
        return {ward: last for ward, last in known.items() if heads[ward] > last}

    def _within_reach(self, speaking: Speaking, heads: dict[str, int]) -> dict[str, int]:
        """Of each ward that others wrote, up to which write it is told of now."""
        return {
            ward: reach(speaking.execute, ward, last, heads[ward], AT_ONCE)
            for ward, last in self._behind(heads).items()
        }

    def _missed(self, speaking: Speaking, until: dict[str, int]) -> list[Committed]:
        """What others wrote since, in the order of each ward."""
        now = self._clock.now()
        return [
            committed
            for ward, last in until.items()
            for committed in rebuilt(speaking.execute, ward, self._known.get(ward, 0), last, now)
        ]

    def _run(
        self,
        connection: Connection,
        speaking: Speaking,
        job: Job[Any],
        heads: dict[str, int],
        *,
        beside: bool,
    ) -> None:
        """One write of a batch. `beside`: it is not the only one, so it fails for itself."""
        tx = PostgresTx(speaking, heads, self._clock.now(), self._keep)
        self._ward_time.tell(tx)
        sent = speaking.sent
        if beside:
            speaking.later(b"savepoint job")
        try:
            self._work(job, tx)
            speaking.flush()
            if connection.info.transaction_status != TransactionStatus.INTRANS:
                raise StorageFault("storage.refused", "a write went on after it was refused")
        except Exception as error:  # whatever it is, it belongs to this job
            if connection.closed:  # its neighbours are lost with it
                raise StorageFault("storage.away", repr(error)) from error
            speaking.forget()
            if beside and speaking.sent > sent:
                connection.execute("rollback to savepoint job")
            job.error = error
        else:
            heads.update(tx.touched)
            job.committed = tx.committed()

    def _refuse(self, batch: Sequence[Job[Any]], fault: StorageFault) -> None:
        super()._refuse(batch, fault)
        if fault.key == "storage.away" and not self._away:
            log.warning("the database is away: %s", fault.detail)
            self._away = True

    def _there_again(self) -> None:
        if self._away:
            log.warning("the database is there again")
            self._away = self.faulty = False

    async def _announce(self) -> None:
        if self._to_tell:
            await self._writer.run(self._notify)

    def _notify(self) -> None:
        """Wake the other hubs. It need not be durable: they look by themselves as well."""
        told, self._to_tell = self._to_tell, {}
        payload = json.dumps({"hub": self._id, "heads": told})
        try:
            notify(self._writing.connection(), self._address.channel, payload)
        except psycopg.Error as error:
            log.info("other hubs were not told of a write: %s", fault_of(error).detail)
            self._writing.close()

    def _settle(self, batch: Sequence[Job[Any]]) -> None:
        if self._other_epoch:
            self._other_epoch = False
            for told in self.on_epoch:
                asyncio.get_running_loop().call_soon(told)
        super()._settle(batch)

    async def renew_epoch(self) -> str:
        """Take a new epoch, also for the other hubs: every screen then gets a reset."""
        self._renewing = new_epoch()
        epoch = self._renewing
        await self.write(lambda tx: tx.epoch_set(epoch))
        self.epoch = epoch
        return epoch

    # ------------------------------------------------------------------ other hubs

    async def start(self) -> None:
        """Begin to tell `on_commit` what other hubs write, from where the store was opened on."""
        self._following = Tasks()
        self._following.spawn(self._listen(), "store: listen")
        self._following.spawn(self._poll(), "store: poll")
        self._look_around()

    async def stop(self) -> None:
        """Follow other hubs no more."""
        following, self._following = self._following, None
        if following is not None:
            await following.stop()

    def _look_around(self) -> None:
        self._stale = True
        self._go_on()

    async def _poll(self) -> None:
        while True:
            await self._clock.sleep(POLL_S)
            self._look_around()

    async def _listen(self) -> None:
        deaf = False
        while True:
            try:
                async with listening(self._address) as connection:
                    deaf = False
                    self._look_around()
                    async for note in connection.notifies():
                        if self._id not in note.payload:
                            self._look_around()
            except psycopg.Error as error:
                if not deaf:
                    log.info("other hubs are not heard: %s", fault_of(error).detail)
                deaf = True
            await self._clock.sleep(_AGAIN_S)

    def close(self) -> None:
        """Let go of the connections. `finish` first: what still waits would fail."""
        self._writer.close()
        self._reader.close()
        self._reach.shutdown()
        for link in (self._writing, self._reading, self._peeks):
            link.close()


def _heads(rows: Sequence[Any]) -> tuple[dict[str, int], str]:
    """The wards' last writes, and the epoch; empty: none has begun."""
    return {ward: seq for ward, seq, _ in rows if ward is not None}, rows[0][2] or ""


def _commit(connection: Connection) -> None:
    done = connection.execute("commit").statusmessage
    if done != "COMMIT":
        raise StorageFault("storage.refused", f"a commit ended with {done}")
