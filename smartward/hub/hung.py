"""Screens whose connection stands and who say nothing: a program that hangs keeps its line open for
as long as its machine runs, and nobody can call with it.

Life is what a screen says of itself (`POST /screen/health`). Who never did so, as an older release,
is not judged; nor is who listens at a standby hub, which takes no reports.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.device import Device
from smartward.clock import Clock
from smartward.tasks import Tasks

log = logging.getLogger("smartward.hung")

LOOK_EVERY_S = 10.0
LOOKS = 7
"""So many looks without a word and it hangs: two of its reports (`wire.health.EVERY_S`) are missing
then, and it is told within 80 s. Looks are counted, not seconds: a hub that itself stood still for
a while, with its machine, finds nobody hung for that."""


@dataclass(slots=True)
class _Heard:
    """What is known of one screen's life."""

    at: datetime
    """When it spoke last, or opened its feed."""
    looks: int = 0
    """Looks since."""


class HungWatch:
    """Watches the screens that listen at this hub."""

    def __init__(self, clock: Clock, here: Callable[[], Iterable[Device]]) -> None:
        """`here`: whose feed this hub serves now."""
        self._clock = clock
        self._here = here
        self._tells: set[str] = set()
        """Who says how it is."""
        self._heard: dict[str, _Heard] = {}
        self._hung: set[str] = set()
        self.told: Callable[[Device, bool, datetime], None] = lambda device, hung, since: None
        """Told when a screen is found to hang, and when it speaks again; since when."""
        self._tasks = Tasks()

    def start(self, tells: Iterable[str]) -> None:
        """Begin. `tells`: ids of those that have ever told how they are."""
        self._tells |= set(tells)
        self._tasks.keep(self._watch, "screens that hang", self._clock)

    async def stop(self) -> None:
        """End it."""
        await self._tasks.stop()

    @property
    def failing(self) -> frozenset[str]:
        """Tasks that have failed and are not well again."""
        return self._tasks.failing

    def spoke(self, device: Device) -> None:
        """It told how it is."""
        now = self._clock.now()
        self._tells.add(device.id)
        self._heard[device.id] = _Heard(now)
        if device.id in self._hung:
            self._hung.discard(device.id)
            log.info("screen %s answers again", device.id)
            self.told(device, False, now)

    def line_ended(self, device: Device) -> None:
        """Its last feed here ended: what opens next is judged anew, however soon it does."""
        self._hung.discard(device.id)
        self._heard.pop(device.id, None)

    def look(self) -> None:
        """Who has said nothing for too long?"""
        now = self._clock.now()
        here = {one.id: one for one in self._here()}
        for id in self._heard.keys() - here.keys():
            del self._heard[id]
        self._hung &= here.keys()
        for id in here.keys() & self._tells - self._hung:
            heard = self._heard.setdefault(id, _Heard(now))
            heard.looks += 1
            if heard.looks > LOOKS:
                self._hung.add(id)
                log.warning("screen %s does not answer, though its connection stands", id)
                self.told(here[id], True, heard.at)

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            self.look()
