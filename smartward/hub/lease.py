"""One hub at a time decides for a ward: the lease it holds, and what begins and ends with it.

The lease is a row in the store with the time of the store. Its holder renews it each 2 s; 4 s after
the last renewal any other hub of the ward may take it, with the next number; so it may once it has
seen no renewal for 4 s of its own clock, wherever the store's clock was set to. Each write of the
deciding part looks at the number first: of a hub that was held up and has been replaced meanwhile
nothing is written. Who has it and cannot begin to decide leaves it to the others for a while. A
store that no other hub writes is held by whoever has opened it.
"""

import asyncio
import dataclasses
import logging
import random
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from math import inf
from typing import Any, TypeVar

import msgspec

from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.decider import Deciding, RulesReader
from smartward.hub.heard import Heard
from smartward.hub.leased_store import LeasedStore
from smartward.hub.store.base import Store, Tx
from smartward.hub.store.lease_table import LeaseRow
from smartward.hub.store.model import instant
from smartward.hub.unchanged import Unchanged
from smartward.tasks import Tasks

T = TypeVar("T")

log = logging.getLogger("smartward.lease")

RENEW_S = 2.0
"""How often the holder renews its lease."""
HELD_S = 4.0
"""How long a lease holds from its last renewal on."""
LOOK_S = 0.5
"""How often the other hubs look whether it is over: with HELD_S a ward is without a deciding hub
for at most 5 s."""
BEGIN_S = 20.0
"""How long a hub that has the lease may take to begin to decide, before it lets another one try.
Twice as long the next time, so that a ward that is slow to read is decided for in the end."""
OFF_S = 2.0
"""How long a hub that could not begin leaves the lease to the others: four looks of theirs. Twice
as long each further time, up to OFF_AT_MOST_S."""
OFF_AT_MOST_S = 30.0


class Told(msgspec.Struct):
    """What the deciding hub tells the others, for their screens and their health."""

    his_as_of: datetime | None = None
    his_up: bool = False
    write_back: dict[str, Any] | None = None
    his_writes: dict[str, Any] | None = None
    his_writes_age_s: float = 0.0


def _known(lease: LeaseRow) -> tuple[str, int, str]:
    """What changes with each renewal."""
    return lease.holder, lease.number, lease.until


class _Term:
    """One deciding part with the store it was made on."""

    def __init__(self, store: LeasedStore, decider: Deciding) -> None:
        self.store = store
        self.decider = decider

    async def stop(self) -> None:
        """Stop deciding; who waited for a write that was refused is told."""
        try:
            await self.decider.stop()
        finally:
            self.store.over()


class LeasedDecider:
    """The deciding part of a hub while this hub holds the lease of its ward; else what the hub
    that holds it tells. It is a `Deciding` itself."""

    def __init__(
        self,
        factory: Callable[[Store, Clock, Settings], Deciding],
        store: Store,
        clock: Clock,
        settings: Settings,
        holder: str,
    ) -> None:
        """`holder` names this start of this hub: no two processes ever have the same.

        Raises Misconfigured for settings with which nothing can be decided.
        """
        self._factory = factory
        self._store = store
        self._clock = clock
        self._settings = settings
        self._ward = settings.ward
        self.holder = holder
        self._heard = Heard(settings.ward, clock)
        self._next: _Term | None = self._make()
        self._term: _Term | None = None
        self._lease: LeaseRow | None = None
        """Who holds it, as far as this hub knows."""
        self._held_until = 0.0
        self._unchanged = Unchanged(clock)
        self._begun_by = inf
        self._cannot = False
        self._failed = 0
        """How often in turn it had the lease and could not begin to decide."""
        self._off_until = -inf
        self._anew = False
        self._tasks = Tasks()
        self._beginning = Tasks()

    def _make(self) -> _Term:
        leased = LeasedStore(self._store, self._ward, self.holder)
        return _Term(leased, self._factory(leased, self._clock, self._settings))

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Decide from now on, or as soon as the lease can be had."""
        if not self._store.shared:
            self._lease = await self._store.write(lambda tx: self._take(tx, alone=True))
            await self._begin()
            return
        # It was made to see that it can be; by the time it decides the rules may be others.
        await self._close_next()
        self._tasks.keep(self._hold, "lease of the ward", self._clock)

    async def stop(self) -> None:
        """Decide no more, and let another hub do so at once."""
        await self._tasks.stop()
        await self._end()
        await self._close_next()
        if self._store.shared:
            await self._let_go()

    async def _close_next(self) -> None:
        unused, self._next = self._next, None
        if unused is not None:
            await unused.stop()

    def begin_anew(self) -> None:
        """The store's history is another one: whoever decides begins with what is in it now."""
        self._anew = True

    @property
    def deciding(self) -> bool:
        """Whether this hub decides for its ward now."""
        return self._term is not None

    @property
    def decided_by(self) -> tuple[str, int] | None:
        """Holder and number of the ward's lease, as this hub knows it."""
        return None if self._lease is None else (self._lease.holder, self._lease.number)

    # ------------------------------------------------------------------ the lease

    async def _hold(self) -> None:
        """Take the lease when it is free and renew it while it is ours, for ever."""
        try:
            while True:
                if not self._is_mine():
                    await self._try()
                await self._clock.sleep(RENEW_S if self.deciding else LOOK_S)
                if self._anew:
                    await self._give_up()
                elif self._is_mine() and self._is_stuck():
                    await self._leave_to_others()
                elif self._is_mine():
                    await self._renew()
        finally:
            self._lease = None
            await self._end()

    def _is_mine(self) -> bool:
        return self._lease is not None and self._lease.holder == self.holder

    async def _try(self) -> None:
        asked = self._clock.monotonic()
        try:
            if asked < self._off_until:
                await self._watch()
                return
            over = self._unchanged.for_so_long(HELD_S).get(self._ward)
            lease = await self._store.write(lambda tx: self._take(tx, alone=False, over=over))
        except StorageFault:
            return  # told by the store; asked again soon
        self._lease = lease
        self._unchanged.note({self._ward: _known(lease)})
        if self._is_mine():
            self._held_until = asked + HELD_S
            self._cannot = False
            self._begun_by = asked + BEGIN_S * 2 ** min(self._failed, 4)
            log.info("decides for ward %s: number %d", self._ward, lease.number)
            self._beginning.keep(self._begin, "begin to decide", self._clock)

    async def _watch(self) -> None:
        """See who holds it, and leave it where it is."""
        lease = await self._store.read(lambda reader: reader.lease(self._ward))
        self._lease = None if lease is None or lease.holder == self.holder else lease

    def _take(self, tx: Tx, *, alone: bool, over: object = None) -> LeaseRow:
        """The lease: ours by now where it was free, or nobody else can have it (`alone`). `over`:
        the one that nobody has renewed while it should have been."""
        now, before = tx.store_time(), tx.lease(self._ward)
        free = before is None or before.holder == self.holder or before.until <= instant(now)
        if alone or free or (before is not None and _known(before) == over):
            tx.lease_take(self._ward, self.holder, now + timedelta(seconds=HELD_S))
        found = tx.lease(self._ward)
        assert found is not None
        return found

    async def _renew(self) -> None:
        """Hold the lease for longer; decide no more once it is another's or may be so."""
        asked = self._clock.monotonic()
        held = await self._within(self._held_until - asked, self._renewed())
        if held is None and asked < self._held_until:
            return  # not told yes or no: it is asked again while it still holds
        if held:
            self._held_until = asked + HELD_S
            return
        log.warning("another hub may decide for ward %s by now: this one stops", self._ward)
        await self._give_up()

    def _is_stuck(self) -> bool:
        """It is ours, and nobody decides by it."""
        return not self.deciding and (self._cannot or self._clock.monotonic() >= self._begun_by)

    async def _leave_to_others(self) -> None:
        """Let go of the lease, for a hub that can begin to decide; try again if there is none."""
        if self._failed == 0:
            log.warning("cannot begin to decide for ward %s: another hub may", self._ward)
        await self._give_up()
        await self._let_go()
        off = min(OFF_S * 2 ** min(self._failed, 4), OFF_AT_MOST_S) * random.uniform(0.8, 1.2)
        self._off_until = self._clock.monotonic() + off
        self._failed += 1

    async def _give_up(self) -> None:
        self._lease, self._anew = None, False
        await self._end()

    async def _renewed(self) -> bool | None:
        """Whether it is ours for longer; None where the store does not say."""
        told = msgspec.json.encode(self._told())
        assert self._lease is not None
        ward, holder, number = self._lease.ward, self._lease.holder, self._lease.number

        def write(tx: Tx) -> bool:
            until = tx.store_time() + timedelta(seconds=HELD_S)
            return tx.lease_renew(LeaseRow(ward, holder, number, instant(until), told))

        try:
            return await self._store.write(write)
        except StorageFault:
            return None

    async def _within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` gives, or None where that takes longer: it goes on by itself then."""
        asked = self._tasks.spawn(work, "renew the lease")
        timer = self._tasks.spawn(self._timer(seconds), "lease timer")
        try:
            await asyncio.wait((asked, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        if not asked.done():
            return None
        found: T = asked.result()
        return found

    async def _timer(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def _let_go(self) -> None:
        """The next hub need not wait until the lease runs out."""

        def write(tx: Tx) -> None:
            lease = tx.lease(self._ward)
            if lease is not None and lease.holder == self.holder:
                tx.lease_renew(dataclasses.replace(lease, until=instant(tx.store_time())))

        try:
            await self._store.write(write)
        except StorageFault as error:
            log.warning("the lease of ward %s runs out by itself: %s", self._ward, error)

    # ------------------------------------------------------------------ deciding

    async def _begin(self) -> None:
        """Decide, by the lease that is ours."""
        try:
            await self._begin_term()
        except Exception:
            self._cannot = True
            raise
        self._failed = 0

    async def _begin_term(self) -> None:
        assert self._lease is not None
        term, self._next = self._next or self._make(), None
        term.store.number = self._lease.number
        term.decider.heard = self._heard
        if self._store.shared:
            self._heard.begin()
        try:
            await term.decider.start()
        except BaseException:
            await term.stop()
            raise
        else:
            self._term = term

    async def _end(self) -> None:
        """Decide no more."""
        await self._beginning.stop()
        term, self._term = self._term, None
        if term is not None:
            await term.stop()

    # ------------------------------------------------------------------ Deciding

    @property
    def heard(self) -> Heard:
        """When call points were last heard of."""
        return self._heard

    @heard.setter
    def heard(self, heard: Heard) -> None:
        self._heard = heard

    def _told(self) -> Told:
        """What is known of the HIS: by deciding, or as the hub told that decides."""
        if self._term is not None:
            part = self._term.decider
            return Told(
                part.his_as_of, part.his_up, part.write_back, part.his_writes, part.his_writes_age_s
            )
        if self._lease is None:
            return Told()
        return msgspec.json.decode(self._lease.told, type=Told)

    @property
    def his_as_of(self) -> datetime | None:
        """When the last completed census was."""
        return self._told().his_as_of

    @property
    def his_up(self) -> bool:
        """Whether the HIS answers."""
        return self._told().his_up

    @property
    def write_back(self) -> dict[str, Any] | None:
        """How far the HIS was told the audit; None: no HIS."""
        return self._told().write_back

    @property
    def his_writes(self) -> dict[str, Any] | None:
        """How what the HIS is told stands; None: no HIS."""
        return self._told().his_writes

    @property
    def his_writes_age_s(self) -> float:
        """Seconds for which the oldest thing waits to be told."""
        return self._told().his_writes_age_s

    @property
    def his_hints(self) -> dict[str, Any] | None:
        """How the HIS's hints stand; None: none were asked for, or another hub gets them."""
        return None if self._term is None else self._term.decider.his_hints

    @property
    def failing(self) -> frozenset[str]:
        """What of deciding does not work now."""
        own = self._tasks.failing | self._beginning.failing
        return own if self._term is None else own | self._term.decider.failing

    def hint(self, authorization: str | None) -> bool | None:
        """Take a hint of the HIS: one for another hub does not prove itself here."""
        if self._term is None:
            return False if self._settings.his_hook_url else None
        return self._term.decider.hint(authorization)

    async def reload_rules(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read the rules' settings anew. Raises Misconfigured where they are wrong, or where
        another hub decides: that one has to be told, and the file is to be the same on both."""
        part: object = None if self._term is None else self._term.decider
        if not isinstance(part, RulesReader):
            raise Misconfigured("hub.decides_elsewhere", ward=self._ward)
        return await part.reload_rules(request)
