"""What people do at a bed and at a station, as fast as the system lets them."""

import asyncio
from collections.abc import Callable
from random import Random

from smartward.bench.chaos.kiosk import NURSE, Kiosk
from smartward.clinical.call_mark import MarkKind
from smartward.clinical.nurse_call import CallState, NurseCall, is_open
from smartward.screen.replica import Changes
from smartward.screen.reports import Reports
from smartward.tasks import Tasks
from smartward.wire.call_view import BedsideCall
from smartward.wire.envelope import ActionKind

KIND = "nurse_call"
OVER = (CallState.COMPLETED, CallState.CANCELLED)
AGAIN, TRESPASS, ACCEPT = 0.1, 0.02, 0.25
"""How often a patient presses again, somebody tries to close another bed's call, and a nurse says
at the station that they are coming."""
_LOOK_AGAIN_S = 2.0
"""Whoever waits for the screen looks at it as often, should nothing have moved."""
_DISK_S = 0.2
_REPORT_S = 2.0


class Moved:
    """Wakes who waits for a screen to change."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._event = asyncio.Event()
        kiosk.replica.subscribe(lambda _: self._event.set())
        kiosk.outbox.moved = self._event.set

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds()`."""
        while not holds():
            await self.once()

    async def once(self) -> None:
        """Wait for the next change, or a while."""
        self._event.clear()
        try:
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._event.wait()
        except TimeoutError:
            return


class Bed:
    """A patient who calls, and the nurse who comes once the station has it."""

    def __init__(
        self,
        kiosk: Kiosk,
        random: Random,
        pace_s: float,
        neighbour: Callable[["Bed"], str | None],
    ) -> None:
        """`neighbour` gives the id of some call of another bed."""
        self.kiosk = kiosk
        self._random = random
        self._pace_s = pace_s
        self._neighbour = neighbour
        self._moved = Moved(kiosk)
        self.placed = _placed(kiosk)
        self.at_rest = False

    def open_call(self) -> BedsideCall | None:
        """The call this screen shows."""
        calls = self.kiosk.replica.all(KIND, BedsideCall)
        return next((one for one in calls if one.state not in OVER), None)

    async def live(self) -> None:
        """Make this bed's calls, one after the other, and see each of them to its end."""
        await self._see_to_its_end()
        while self.placed < self.kiosk.device.calls:
            await self.kiosk.clock.sleep(self._random.uniform(0.0, 2.0) * self._pace_s)
            if not await self._call():
                await self.kiosk.clock.sleep(_DISK_S)
                continue
            self.placed += 1
            await self._see_to_its_end()
        while True:
            self.at_rest = self._quiet()
            await self._moved.once()
            await self._see_to_its_end()

    async def _call(self) -> bool:
        bed = self.kiosk.device.place or ""
        placed = self.kiosk.touch(ActionKind.CALL_PLACE, data={"bed_id": bed, "class": "normal"})
        if placed is None:
            return False
        if self._random.random() < AGAIN:
            await self.kiosk.clock.sleep(self._random.random() * 0.2)
            self.kiosk.touch(ActionKind.CALL_AGAIN, placed.subject)
        if self._random.random() < TRESPASS and (other := self._neighbour(self)) is not None:
            self.kiosk.touch(ActionKind.CALL_CLOSE, other, by=NURSE, foreign=True)
        return True

    async def _see_to_its_end(self) -> None:
        """Until nothing is open here and nothing is on its way. Who closes has seen the call."""
        while not self._quiet():
            call = self.open_call()
            if call is not None and call.seen_by_station and not self._on_its_way():
                self.kiosk.touch(ActionKind.CALL_CLOSE, call.id, by=NURSE)
            await self._moved.once()

    def _on_its_way(self) -> bool:
        return bool(self.kiosk.outbox.pending())

    def _quiet(self) -> bool:
        heard = self.kiosk.feed.caught_up
        return heard and not self._on_its_way() and self.open_call() is None


class Twin:
    """A second machine with a bed's identity: it is shown nothing, and somebody calls at it. The
    bed's own screen shows that call, and it is ended there."""

    def __init__(self, kiosk: Kiosk) -> None:
        self.kiosk = kiosk

    @property
    def at_rest(self) -> bool:
        """Whether the hub has its call."""
        return _placed(self.kiosk) > 0 and self.kiosk.outbox.waiting == 0

    async def live(self) -> None:
        """Call once."""
        bed = self.kiosk.device.place or ""
        while not _placed(self.kiosk):
            self.kiosk.touch(ActionKind.CALL_PLACE, data={"bed_id": bed, "class": "normal"})
            self.kiosk.again()
            await self.kiosk.clock.sleep(_DISK_S)


def _placed(kiosk: Kiosk) -> int:
    """How many calls were made here before this process began."""
    kept = {one.action for one in kiosk.past if one.told == "durable"}
    placed = (one for one in kiosk.past if one.kind == ActionKind.CALL_PLACE)
    return sum(one.action in kept for one in placed)


class Station:
    """A station that draws every call, reports that it did, and says of some who is coming."""

    def __init__(self, kiosk: Kiosk, random: Random) -> None:
        self.kiosk = kiosk
        self._random = random
        self._drawn = {one.action for one in kiosk.past if one.told == "drawn"}
        self.reports = Reports(
            kiosk.hub_link.post, kiosk.clock, lambda: kiosk.feed.device_id, _REPORT_S
        )
        self._not_shown: dict[str, NurseCall] = {}
        kiosk.replica.subscribe(self._changed)
        kiosk.link.listeners.append(self._report)
        self._changed(Changes(reset=True))

    def start(self, tasks: Tasks) -> None:
        """Begin to report."""
        tasks.keep(self.reports.run, "reports", self.kiosk.clock)

    def _changed(self, changes: Changes) -> None:
        known = self.kiosk.replica.docs(KIND)
        ids = known.keys() | self._not_shown.keys() if changes.reset else changes.ids.get(KIND, ())
        for id in list(ids):
            call = self.kiosk.replica.get(KIND, id, NurseCall)
            if call is None or not is_open(call) or _shown(call):
                self._not_shown.pop(id, None)
            else:
                self._not_shown[id] = call
            if call is not None and is_open(call) and id not in self._drawn:
                self._draw(call)
        self._report()

    def _draw(self, call: NurseCall) -> None:
        self._drawn.add(call.id)
        self.kiosk.ledger.tell("drawn", call.id)
        if self._random.random() < ACCEPT:
            self.kiosk.touch(ActionKind.CALL_ACCEPT, call.id, by=NURSE)

    def _report(self) -> None:
        if self.kiosk.link.live:
            self.reports.drawn(tuple(self._not_shown))


def _shown(call: NurseCall) -> bool:
    return any(mark.kind is MarkKind.SHOWN for mark in call.marks)
