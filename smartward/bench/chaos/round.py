"""One ward of `smartward bench chaos`: driven through its faults from first call to last."""

import threading
from pathlib import Path
from random import Random

from smartward.bench.chaos import plan
from smartward.bench.chaos.faults import Faults, pause
from smartward.bench.chaos.house import House, Size
from smartward.bench.chaos.judge import Judge, Verdict
from smartward.bench.chaos.proxy import ONCE
from smartward.clock import SystemClock

DRAIN_S = 120.0
_LOOK_S = 0.25
_FIRST_S, _AGAIN_S, _REQUEST_S = 0.7, 8.0, 0.4
"""Mean seconds between two faults of machines, disks and lines, the first time and later, and
between two spoiled requests. Screens that were cut off need a while to be back."""
_BEDS_WEIGH = 8
"""How many requests of a group of beds are spoiled for one of the stations."""


class Ended(Exception):
    """The run was ended from outside."""


class Round:
    """One ward, driven from its first call to its last."""

    def __init__(
        self,
        folder: Path,
        size: Size,
        seed: int,
        faults: tuple[str, ...],
        end: threading.Event | None = None,
    ) -> None:
        """`end`: set from outside, it ends what it started and is judged no more."""
        self._folder, self._size, self._seed = folder, size, seed
        self._end = end or threading.Event()
        self._slow = tuple(one for one in faults if one not in ONCE)
        self._quick = tuple(one for one in faults if one in ONCE)
        self._clock = SystemClock()
        self._over = threading.Event()
        self.met: dict[str, int] = {}
        self.not_befallen: dict[str, int] = {}
        """Faults that could not be done here; why, the trace tells."""
        self.refused_starts = 0
        """How often a hub noticed at its start that a page of its file was broken."""
        self.took_s = 0.0
        self.stuck = ""

    def run(self, late_s: float) -> Verdict:
        """Drive it and judge it. Raises SmartWardError when a program does not start, and
        Ended."""
        with House(self._folder, self._size, self._seed) as house:
            began = self._clock.monotonic()
            faults = Faults(house, Random(f"{self._seed} noise"))
            quick = threading.Thread(target=self._spoil_requests, args=(house,))
            quick.start()
            try:
                self._until_placed(house, faults)
            finally:
                self._over.set()
                quick.join()
            faults.calm()
            self._drain(house)
            self.took_s = self._clock.monotonic() - began
            self.met |= house.network.met
            self.refused_starts = faults.refused_starts
        judge = Judge(
            *(self._folder, house.devices, house.outages, house.hub_clock, late_s),
            house.counted_before,
        )
        return judge.judge(house.file)

    def _until_placed(self, house: House, faults: Faults) -> None:
        """Each fault once in close order, then one now and then for as long as calls are made."""
        for n, event in enumerate(plan.drawn(Random(self._seed), self._slow)):
            again = n >= len(self._slow)
            if self._wait(house, event.wait * (_AGAIN_S if again else _FIRST_S), again):
                return
            count = self.met if faults.befall(event) else self.not_befallen
            count[event.fault] = count.get(event.fault, 0) + 1
        while not self._wait(house, _LOOK_S, True):
            continue

    def _wait(self, house: House, seconds: float, until_placed: bool) -> bool:
        """Wait for the next fault. True: all calls are made, and none is needed any more."""
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0:
            if self._end.is_set():
                raise Ended
            if until_placed and self._placed(house):
                return True
            pause(min(left, _LOOK_S))
        return until_placed and self._placed(house)

    def _placed(self, house: House) -> bool:
        return sum(int(one["placed"]) for one in house.states()) >= self._size.calls

    def _spoil_requests(self, house: House) -> None:
        """A request here and there; one of a station's delays all that it has to say."""
        random = Random(f"{self._seed} requests")
        for event in plan.drawn(random, self._quick):
            if self._over.wait(event.wait * _REQUEST_S):
                return
            groups = sorted(house.screens)
            weights = [1 if name == "stations" else _BEDS_WEIGH for name in groups]
            house.network.arm(random.choices(groups, weights)[0], event.fault)

    def _drain(self, house: House) -> None:
        end = self._clock.monotonic() + DRAIN_S
        while self._clock.monotonic() < end:
            if self._end.is_set():
                raise Ended
            states = house.states()
            # Who has not heard the hub again has not heard either that it is another history's.
            if all(one["at_rest"] and one["all_live"] and not one["unsent"] for one in states):
                return
            pause(_LOOK_S)
        self.stuck = f"not at rest after {DRAIN_S:g} s: {house.states()}"
