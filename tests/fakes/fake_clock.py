"""A clock that moves only when told. It implements `smartward.clock.Clock`."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

from smartward.clock import to_milliseconds

MORNING = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
"""08:30 in Asia/Shanghai."""


class ManualClock:
    """Stands still until `advance` (time passes) or `step` (somebody sets the wall clock).

    All methods belong to the event loop's thread.
    """

    rate = 1.0

    def __init__(self, now: datetime = MORNING, monotonic: float = 1000.0) -> None:
        self._now = to_milliseconds(now)
        self._monotonic = monotonic
        self.run = uuid.uuid4().hex
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._waiters: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._monotonic + seconds, woken))
        await woken

    async def wait_until(self, when: datetime) -> None:
        if when <= self._now:
            return
        woken = asyncio.get_running_loop().create_future()
        self._waiters.append((when, woken))
        await woken

    @property
    def waiting(self) -> int:
        """How many sleep or wait now: a test advances once its subject has come to rest."""
        self._forget_done()
        return len(self._sleepers) + len(self._waiters)

    def advance(self, seconds: float) -> None:
        """Let time pass, for wall and monotonic clock alike."""
        self._monotonic += seconds
        self.step(seconds)
        for at, woken in self._sleepers:
            if at <= self._monotonic and not woken.done():
                woken.set_result(None)
        self._forget_done()

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self._now = to_milliseconds(self._now + timedelta(seconds=seconds))
        for when, woken in self._waiters:
            if when <= self._now and not woken.done():
                woken.set_result(None)
        self._forget_done()

    def _forget_done(self) -> None:
        self._sleepers = [pair for pair in self._sleepers if not pair[1].done()]
        self._waiters = [pair for pair in self._waiters if not pair[1].done()]
