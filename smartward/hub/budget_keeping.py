"""Keeps the station's board of the ward's alerts, counted at most once a minute."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from smartward.clinical.alert_budget import Budget
from smartward.clinical.budget_board import BudgetBoard
from smartward.clock import Clock
from smartward.hub.alert_counts import BOARD, budget_board
from smartward.hub.store.base import Store
from smartward.hub.store.model import encode

EVERY_S = 60.0
SHADOW_EVERY = 10
"""A week of what rules in shadow said is counted anew each so many times."""


class BudgetKeeping:
    """Counts what the log holds and stores it where it differs from what stood there."""

    def __init__(self, store: Store, clock: Clock, ward: str, budget: Callable[[], Budget]) -> None:
        self._store = store
        self._clock = clock
        self._ward = ward
        self._budget = budget
        self._board: BudgetBoard | None = None
        self._turn = 0

    async def run(self) -> None:
        """Count for as long as the ward is decided for."""
        while True:
            await self._minute()
            await self.count()

    async def _minute(self) -> None:
        """Rest a minute of the ward's time: where its clock was set on, another shift may be on.
        Never longer than a real one: where the clock was set back."""
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await self._clock.wait_until(self._clock.now() + timedelta(seconds=EVERY_S))

    async def count(self) -> None:
        """Count once; a ward without beds has no board."""
        now, ward = self._clock.now(), self._ward
        before = None if self._turn % SHADOW_EVERY == 0 else self._board
        self._turn += 1
        budget = self._budget()
        if not await self._store.read(lambda reader: reader.all(ward, "bed")):
            return
        found = await self._store.read(
            lambda reader: budget_board(reader, ward, now, budget, before)
        )
        stored = await self._store.read(lambda reader: reader.get(ward, BOARD, BOARD))
        self._board = found
        if stored is None or stored.body != encode(found):
            await self._store.write(lambda tx: tx.put(ward, BOARD, BOARD, found))
