"""Whether a call without a hub would reach anybody: tried while all is well, and told when not.

What is needed only when all else fails must not be found broken then: a cable, an address or a
firewall may have been changed since.
"""

import asyncio
from collections.abc import Callable
from random import Random

from smartward.clinical.nurse_call import CallClass
from smartward.clock import Clock
from smartward.device_key import DeviceKey
from smartward.screen.link import LinkState
from smartward.screen.peer_store import PeerStore
from smartward.screen.peer_wire import Unreached, say
from smartward.wire.peer import DirectCall, Receiver

EVERY_S = 3600.0
"""How often the way is tried; once more soon after it failed."""
SOON_S = 60.0


class PeerProbe:
    """Tries the way of one bed for as long as it runs. `told`: whether somebody answers."""

    def __init__(
        self,
        *,
        key: DeviceKey,
        store: PeerStore,
        link: LinkState,
        clock: Clock,
        way: Callable[[], tuple[Receiver, ...]],
        told: Callable[[bool], None],
        noise: Random,
    ) -> None:
        self._key = key
        self._store = store
        self._link = link
        self._clock = clock
        self._way = way
        self._told = told
        self._noise = noise

    async def run(self) -> None:
        """Try for ever; a ward without direct calls has no way to be tried."""
        while True:
            # Not all beds of a ward at once, after a power cut least of all.
            await self._clock.sleep(SOON_S * self._noise.uniform(0.5, 1.5))
            way = self._way()
            if not way:
                self._told(True)
                continue
            if not self._link.live:
                continue  # what is said then is a call, and not a try
            reached = any(await asyncio.gather(*(self._reaches(one) for one in way)))
            self._told(reached)
            if reached:
                await self._clock.sleep(EVERY_S)

    async def _reaches(self, to: Receiver) -> bool:
        """A word without a call: signed, sealed and answered like one."""
        word = DirectCall(
            sender=self._link.device_id,
            receiver=to.device_id,
            number=await self._store.number(),
            sent_at=self._clock.now(),
            call_id="",
            bed_id=self._link.place or "",
            call_class=CallClass.NORMAL,
        )
        try:
            await say(self._key, word, to)
        except Unreached:
            return False
        return True
