"""Giving the hub what a standby took alone: in its order, with its age, and what the hub does not
take is kept for a person."""

import logging
from collections.abc import Callable
from functools import partial

import msgspec

from smartward.clock import Clock
from smartward.hub.replica_log import Taken
from smartward.hub.standby_folder import Folder, Refused
from smartward.hub.standby_serving import AloneHub
from smartward.hub.standby_source import NotTaken, Source
from smartward.hub.store.reader import Reader
from smartward.hub.store.replica_table import TakenRow
from smartward.wire.envelope import ActionRequest

log = logging.getLogger("smartward.standby")

_AT_ONCE = 100
_LATER_S = 1.0


class HandOver:
    """What was taken alone, on its way to the hub."""

    def __init__(self, source: Source, folder: Folder, clock: Clock, boot: str) -> None:
        """`boot`: which run of the machine it is, empty: nobody knows."""
        self._source = source
        self._folder = folder
        self._clock = clock
        self._boot = boot
        self.given = 0
        """The number of the last action of this branch that the hub has answered."""
        self.refused: list[Refused] = []
        """What hubs did not take and nobody has put away."""

    async def give(self, alone: AloneHub, after: int) -> None:
        """Everything taken behind number `after`. Raises Unreachable; what was answered by then
        needs not be given again."""
        taken: Callable[[Reader], list[TakenRow]]
        while True:
            taken = partial(Reader.taken_after, n=after, most=_AT_ONCE)
            rows = await alone.store.read(taken)
            if not rows:
                return
            for row in rows:
                await self._give(row)
                after = self.given = row.n

    async def _give(self, row: TakenRow) -> None:
        request = msgspec.json.decode(row.request, type=ActionRequest)
        while True:
            taken = Taken(row.device, self._aged(request, row))
            try:
                answer = await self._source.take(taken)
            except NotTaken as error:
                self._refuse(row, request, error.key)
                return
            if answer.outcome != "later":
                break
            await self._clock.sleep(answer.retry_after_s or _LATER_S)
        if answer.outcome != "applied":
            self._refuse(row, request, answer.key or answer.outcome)

    def _aged(self, request: ActionRequest, row: TakenRow) -> ActionRequest:
        """The request with its age now, whatever the clock was set to meanwhile; none where the
        machine was started anew. How much older the touch may be is told beside it: the moment that
        is kept has nothing of that. What the hub was known by belonged to another history."""
        age_ms = None
        if not row.estimated and row.moment is not None and row.boot and row.boot == self._boot:
            seconds = (self._clock.monotonic() - row.moment) * self._clock.rate
            age_ms = max(0, round(seconds * 1000))
        return msgspec.structs.replace(request, age_ms=age_ms, epoch=None)

    def _refuse(self, row: TakenRow, request: ActionRequest, key: str) -> None:
        refused = Refused(row.device, row.action, request.action.kind, key, row.at)
        if any((one.device, one.action) == (row.device, row.action) for one in self.refused):
            return
        log.error("the hub refused a %s that was taken alone: %s", refused.kind, key)
        self._folder.refuse(refused)
        self.refused.append(refused)
