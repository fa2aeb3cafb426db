"""`smartward bench chaos`: how many calls were lost, doubled, at a wrong bed or late."""

import argparse
import dataclasses
import json
import shutil
import signal
import tempfile
import threading
from pathlib import Path
from random import Random

from smartward.bench.chaos import disks, plan
from smartward.bench.chaos.faults import Faults, pause
from smartward.bench.chaos.house import House, Size
from smartward.bench.chaos.judge import Judge, Verdict
from smartward.bench.chaos.proxy import ONCE
from smartward.bench.figures import percentile
from smartward.clock import SystemClock
from smartward.errors import SmartWardError

LATE_S = 30.0
"""A screen tries again after 15 s at the longest, twice where its first try is spoiled as well."""
ROUND = 2500
"""Calls of one round: what the outboxes keep is sent again at each restored backup."""
DRAIN_S = 120.0
_LOOK_S = 0.25
_FIRST_S, _AGAIN_S, _REQUEST_S = 0.7, 8.0, 0.4
"""Mean seconds between two faults of machines, disks and lines, the first time and later, and
between two spoiled requests. Screens that were cut off need a while to be back."""
_BEDS_WEIGH = 8
"""How many requests of a group of beds are spoiled for one of the stations."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    args = argparse.ArgumentParser(
        prog="smartward bench chaos",
        description="Calls through real processes while everything between them fails.",
    )
    args.add_argument("--calls", type=int, default=1000, metavar="N")
    args.add_argument("--seed", type=int, default=1, metavar="S")
    args.add_argument("--minutes", type=float, metavar="M", help="begin no round after M minutes")
    args.add_argument("--faults", default="all", metavar="NAMES", help=", ".join(plan.GROUPS))
    args.add_argument("--beds", type=int, default=60, metavar="N")
    args.add_argument("--spread", type=float, default=20.0, metavar="S", help="seconds of a round")
    args.add_argument("--stations", type=int, default=1, metavar="N")
    args.add_argument("--late", type=float, default=LATE_S, metavar="S", help="limit in seconds")
    args.add_argument("--keep", type=Path, metavar="DIR", help="where what failed is kept")
    args.add_argument("--json", type=Path, metavar="FILE", help="the figures for further work")
    return args


class Round:
    """One ward, driven from its first call to its last."""

    def __init__(self, folder: Path, size: Size, seed: int, faults: tuple[str, ...]) -> None:
        self._folder, self._size, self._seed = folder, size, seed
        self._slow = tuple(one for one in faults if one not in ONCE)
        self._quick = tuple(one for one in faults if one in ONCE)
        self._clock = SystemClock()
        self._over = threading.Event()
        self.met: dict[str, int] = {}
        self.took_s = 0.0
        self.stuck = ""

    def run(self, late_s: float) -> Verdict:
        """Drive it and judge it. Raises SmartWardError when a program does not start."""
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
        judge = Judge(self._folder, house.devices, house.outages, house.hub_clock, late_s)
        return judge.judge(house.file)

    def _until_placed(self, house: House, faults: Faults) -> None:
        """Each fault once in close order, then one now and then for as long as calls are made."""
        for n, event in enumerate(plan.drawn(Random(self._seed), self._slow)):
            again = n >= len(self._slow)
            if self._wait(house, event.wait * (_AGAIN_S if again else _FIRST_S), again):
                return
            faults.befall(event)
            self.met[event.fault] = self.met.get(event.fault, 0) + 1
        while not self._wait(house, _LOOK_S, True):
            continue

    def _wait(self, house: House, seconds: float, until_placed: bool) -> bool:
        """Wait for the next fault. True: all calls are made, and none is needed any more."""
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0:
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
            states = house.states()
            if all(one["at_rest"] and not one["unsent"] for one in states):
                return
            pause(_LOOK_S)
        self.stuck = f"not at rest after {DRAIN_S:g} s: {house.states()}"


def main(argv: list[str]) -> int:
    """Run the rounds and tell; 1 when any part of the promise did not hold."""
    args = parser()
    options = args.parse_args(argv)
    try:
        faults = plan.chosen(options.faults)
    except ValueError as error:
        args.error(str(error))
    if disks.missing() and set(faults) & set(plan.DISKS):
        print(f"left out {', '.join(plan.DISKS)}: {disks.missing()}")
        faults = tuple(one for one in faults if one not in plan.DISKS)
    # Ended from outside, it ends what it started, as by Ctrl-C: those are in sessions of their own.
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    return _Run(options, faults).go()


class _Run:
    """All rounds of one command."""

    def __init__(self, options: argparse.Namespace, faults: tuple[str, ...]) -> None:
        self._options = options
        self._faults = faults
        self._clock = SystemClock()
        self._met: dict[str, int] = {}
        self._total = Verdict()
        self._took_s = 0.0
        self._failed = False

    def go(self) -> int:
        """Give the exit code."""
        left, n, began = self._options.calls, 0, self._clock.monotonic()
        minutes = self._options.minutes
        while left > 0 and not self._failed:
            if minutes is not None and n and self._clock.monotonic() - began > minutes * 60:
                break
            count = min(left, ROUND)
            with tempfile.TemporaryDirectory(prefix="smartward-chaos-") as folder:
                self._one(Path(folder) / "round", count, self._options.seed + n)
            left, n = left - count, n + 1
        self._tell()
        return 1 if self._failed else 0

    def _one(self, folder: Path, calls: int, seed: int) -> None:
        options = self._options
        size = Size(options.beds, options.stations, calls, options.spread)
        one = Round(folder, size, seed, self._faults)
        stuck = ""
        try:
            verdict = one.run(self._options.late)
        except SmartWardError as error:
            verdict, stuck = Verdict(), str(error)
        stuck = stuck or one.stuck
        self._total.add(verdict)
        self._took_s += one.took_s
        for name, count in one.met.items():
            self._met[name] = self._met.get(name, 0) + count
        broken = ", ".join(f"{name} {len(getattr(verdict, name))}" for name in Verdict.FAILURES)
        rate = verdict.calls / max(one.took_s, 0.001)
        print(
            f"seed {seed}: {verdict.calls} calls in {one.took_s:.0f} s ({rate:.0f}/s); {broken}",
            flush=True,
        )
        if verdict.broken or stuck:
            self._failed = True
            self._keep(folder, seed, calls, verdict, stuck)

    def _keep(self, folder: Path, seed: int, calls: int, verdict: Verdict, stuck: str) -> None:
        kept = (self._options.keep or Path.cwd()) / f"chaos-{seed}"
        for name in Verdict.FAILURES:
            for each in getattr(verdict, name)[:5]:
                print(f"  {name}: {each}")
        if stuck:
            print(f"  {stuck}")
        shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=_no_sockets)
        print(f"kept: {kept} (trace.jsonl, logs, every file); again: smartward bench chaos "
              f"--seed {seed} --calls {calls} --faults {self._options.faults}")  # fmt: skip

    def _tell(self) -> None:
        total = self._total
        for name in Verdict.FAILURES:
            print(f"{name.replace('_', ' '):<24} {len(getattr(total, name)):>8}")
        for name in ("calls", "presses", "answered_already", "trespasses", "not_taken",
                     "taken_after_all"):  # fmt: skip
            print(f"{name.replace('_', ' '):<24} {getattr(total, name):>8}")
        rate = total.calls / max(self._took_s, 0.001)
        print(f"{'calls a second':<24} {rate:>8.1f}")
        for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0)):
            if total.reach_s:
                print(
                    f"{'press to station ' + name:<24} {percentile(total.reach_s, share):>8.2f} s"
                )
        print(f"{'first time off by':<24} {total.worst_time_s:>8.2f} s")
        print("faults: " + ", ".join(f"{name} {n}" for name, n in sorted(self._met.items())))
        if self._options.json is not None:
            figures = {
                **dataclasses.asdict(total),
                "faults": self._met,
                "took_s": self._took_s,
                "seed": self._options.seed,
            }
            self._options.json.write_text(json.dumps(figures))


def _no_sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]
