"""What a standby tells its hub of itself: what is wrong here, and which screens listen here.

Of screens it tells their device ids and nothing else. Each connection begins with all of them: the
hub forgets them with the connection.
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress

from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.errors import Unreachable
from smartward.hub.standby_source import NotTaken, Source
from smartward.tasks import Tasks

log = logging.getLogger("smartward.standby")

_AGAIN_S = 1.0


class Telling:
    """The standby's words to its hub."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self.faults: str | None = None
        """What the hub was told last to be wrong here: text keys with commas."""
        self._feeds: Counter[str] = Counter()
        self._connection: int | None = None
        """Which connection to the hub stands; None: none does."""
        self._connections = 0
        self._not_taken: int | None = None
        """The connection on which the hub said that it does not want to know."""
        self._listening: frozenset[str] | None = None
        """Who listens here, as the hub was told on this connection; None: nothing yet, and it may
        believe what it was told on the last one."""
        self._news = asyncio.Event()
        self._tasks = Tasks()

    def start(self) -> None:
        """Tell from now on who listens here."""
        self._tasks.keep(self._tell, "who listens here", self._clock)

    async def stop(self) -> None:
        """Tell no more."""
        await self._tasks.stop()

    async def report(self, *found: str) -> None:
        """Have the station show what is wrong here, unless it was told so. `found`: text keys, or
        empty ones."""
        faults = ",".join(filter(None, found))
        if faults == self.faults:
            return
        with suppress(Unreachable):  # it is told at the next connection
            await self._source.report(faults, self._clock.now())
            self.faults = faults

    def begin_anew(self) -> None:
        """The hub may know nothing of what it was told."""
        self.faults = None

    # ------------------------------------------------------------------ who listens here

    def changed(self, device: Device, here: bool) -> None:
        """A feed of the replica opened or ended."""
        self._feeds[device.id] += 1 if here else -1
        if self._feeds[device.id] <= 0:
            del self._feeds[device.id]
        self._news.set()

    def connected(self) -> None:
        """The hub was heard on a connection: once on each it is told who listens here, also that
        nobody does."""
        if self._connection is not None:
            return
        self._connections += 1
        self._connection = self._connections
        self._listening = None
        self._news.set()

    def hung_up(self) -> None:
        """The connection is over: the hub forgets who listens here."""
        self._connection = None

    async def _tell(self) -> None:
        """All there are, whenever it is others: of many changes at once the last is told."""
        while True:
            await self._news.wait()
            self._news.clear()
            here, connection = frozenset(self._feeds), self._connection
            if connection in (None, self._not_taken) or here == self._listening:
                continue
            try:
                await self._source.listening(sorted(here))
            except NotTaken as error:
                log.info("the hub does not follow who listens here: %s", error.key)
                self._not_taken = connection
            except Unreachable:
                await self._clock.sleep(_AGAIN_S)
                self._news.set()
            else:
                if connection == self._connection:  # it may be another one meanwhile
                    self._listening = here
