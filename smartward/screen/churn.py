"""A queue that never rests: rows enter, move and leave, to measure what a station can draw.

Only the control socket starts it, and only the screen's memory changes: nothing reaches the cache
or the hub.
"""

import dataclasses
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from smartward.clinical.bed import Bed
from smartward.clinical.encounter import Encounter, EncounterStatus, NursingLevel
from smartward.clinical.nurse_call import CallClass, CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.clock import Clock
from smartward.screen.replica import Replica
from smartward.tasks import Tasks
from smartward.wire.envelope import Document, Gone

EACH_S = 0.1
"""Shorter than a row's movement, so that something always moves."""
_LEVELS = (NursingLevel.ONE, NursingLevel.TWO, NursingLevel.THREE)
_TURNS = 6
"""After so many all levels are as in the first: two in turn, and three."""
_AT_ONCE = 9
_CARDS_EACH_S = 1.0


def levels(stays: int, turn: int) -> list[NursingLevel]:
    """Levels of care for so many stays, each another one than the turn before, and of each level as
    many as ever: a ward's census does not come and go with a second. One stay alone changes it."""
    three = min(stays, 3) if stays % 2 else 0
    pairs = [_LEVELS[(at + turn) % 2] for at in range(stays - three)]
    return pairs + [_LEVELS[(at + turn) % 3] for at in range(three)]


class Churn:
    """Places, raises and takes away calls on the beds of the replica."""

    def __init__(
        self,
        replica: Replica,
        clock: Clock,
        changed: Callable[[], None],
        each_s: float = EACH_S,
        cards_each_s: float = _CARDS_EACH_S,
    ) -> None:
        """`changed` is called at the end; `each_s` is the time between two changes of the queue,
        `cards_each_s` that between two of all cards."""
        self._each_s = each_s
        self._cards_each_s = cards_each_s
        self._replica = replica
        self._clock = clock
        self._changed = changed
        self._tasks = Tasks()
        self._open: list[NurseCall] = []
        self.running = False

    async def start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make `changes` changes. Raises ValueError when there are no beds or it runs already."""
        beds = self._replica.all("bed", Bed)
        if not beds or self.running:
            raise ValueError("no beds to call from" if not beds else "it runs already")
        self.running = True
        self._tasks.spawn(self._run(beds, int(request["changes"])), "churn")
        return {}

    async def start_cards(self, request: dict[str, Any]) -> dict[str, Any]:
        """Change the card of everybody who is here `changes` times, all in one write, one a second.
        Raises ValueError when nobody is or it runs already."""
        known = self._replica.all("encounter", Encounter)
        stays = [one for one in known if one.status is not EncounterStatus.PLANNED]
        if not stays or self.running:
            raise ValueError("no stays to change" if not stays else "it runs already")
        self.running = True
        # Made before they are needed: a station has them from its hub, and makes none itself.
        turns = [
            self._documents(
                dataclasses.replace(stay, nursing_level=level)
                for stay, level in zip(stays, levels(len(stays), turn), strict=True)
            )
            for turn in range(_TURNS)
        ]
        run = self._run_cards(turns, self._documents(stays), int(request["changes"]))
        self._tasks.spawn(run, "churn of cards")
        return {"cards": len(stays)}

    async def _run_cards(
        self, turns: list[tuple[Document, ...]], before: tuple[Document, ...], changes: int
    ) -> None:
        try:
            for turn in itertools.islice(itertools.cycle(turns), changes):
                self._apply(turn, ())
                await self._clock.sleep(self._cards_each_s)
        finally:
            self._apply(before, ())
            self.running = False
            self._changed()

    def _documents(self, stays: Iterable[Encounter]) -> tuple[Document, ...]:
        seq = self._replica.seq
        return tuple(
            Document("encounter", one.id, seq, msgspec.Raw(msgspec.json.encode(one)))
            for one in stays
        )

    async def _run(self, beds: list[Bed], changes: int) -> None:
        bed = itertools.cycle(beds)
        try:
            for number in range(changes):
                self._change(number, next(bed))
                await self._clock.sleep(self._each_s)
        finally:
            self._apply((), tuple(Gone("nurse_call", call.id) for call in self._open))
            self._open.clear()
            self.running = False
            self._changed()

    def _change(self, number: int, bed: Bed) -> None:
        """In turn: one comes, one becomes urgent and moves up, one goes."""
        if number % 3 == 0 or not self._open:
            self._put(self._call(number, bed))
        elif number % 3 == 1:
            waiting = [call for call in self._open if call.priority is Priority.MEDIUM]
            if waiting:
                self._put(dataclasses.replace(waiting[-1], priority=Priority.HIGH))
        elif len(self._open) > _AT_ONCE:
            self._apply((), (Gone("nurse_call", self._open.pop(0).id),))

    def _call(self, number: int, bed: Bed) -> NurseCall:
        now = self._clock.now()
        return NurseCall(
            id=f"churn-{number}",
            bed_id=bed.id,
            device_id="churn",
            call_class=CallClass.NORMAL,
            priority=Priority.MEDIUM,
            state=CallState.REQUESTED,
            placed_at=now,
            received_at=now,
        )

    def _put(self, call: NurseCall) -> None:
        self._open = [each for each in self._open if each.id != call.id] + [call]
        body = msgspec.Raw(msgspec.json.encode(call))
        self._apply((Document("nurse_call", call.id, self._replica.seq, body),), ())

    def _apply(self, documents: tuple[Document, ...], gone: tuple[Gone, ...]) -> None:
        self._replica.apply(self._replica.seq, documents, gone)
