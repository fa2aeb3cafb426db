"""`smartward bench chaos`: how many calls were lost, doubled, at a wrong bed or late."""

import argparse
import dataclasses
import json
import shutil
import signal
import sqlite3
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smartward.bench.chaos import disks, plan
from smartward.bench.chaos.house import Size
from smartward.bench.chaos.judge import Verdict
from smartward.bench.chaos.results import Found, Results
from smartward.bench.chaos.round import Round
from smartward.bench.figures import percentile
from smartward.clock import SystemClock
from smartward.errors import SmartWardError

LATE_S = 30.0
"""A screen tries again after 15 s at the longest, twice where its first try is spoiled as well."""
ROUND = 2500
"""Calls of one round: what the outboxes keep is sent again at each restored backup."""


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
    args.add_argument(
        "--side-by-side", type=int, default=1, metavar="N", help="wards that are driven at once"
    )
    args.add_argument(
        "--results",
        type=Path,
        metavar="FILE",
        help="one line for each ward; a run that was ended goes on where it was",
    )
    args.add_argument(
        "--again",
        action="store_true",
        help="drive the wards of FILE again in which something broke",
    )
    args.add_argument("--keep", type=Path, metavar="DIR", help="where what failed is kept")
    args.add_argument("--json", type=Path, metavar="FILE", help="the figures for further work")
    return args


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
    try:
        run = _Run(options, faults)
    except ValueError as error:
        args.error(str(error))
    return run.go()


class _Run:
    """All wards of one command."""

    def __init__(self, options: argparse.Namespace, faults: tuple[str, ...]) -> None:
        """Raises ValueError for a file of results that is of another run."""
        self._options = options
        self._faults = faults
        self._clock = SystemClock()
        self._failed = False
        self._end = threading.Event()
        size = {name: getattr(options, name) for name in ("beds", "stations", "spread", "late")}
        self._results = Results(options.results, {"faults": list(faults), **size})
        counts = range(0, options.calls, ROUND)
        self._wards = [
            (options.seed + n, min(options.calls - before, ROUND))
            for n, before in enumerate(counts)
        ]
        self._began = self._clock.monotonic()
        self._missing = [ward for ward in self._wards if self._is_missing(ward)]
        self._known = len(self._wards) - len(self._missing)
        self._driven = 0

    def _is_missing(self, ward: tuple[int, int]) -> bool:
        found = self._results.found.get(ward)
        return found is None or (found.broken and self._options.again)

    @property
    def _done(self) -> list[Found]:
        known = (self._results.found.get(ward) for ward in self._wards)
        return [one for one in known if one is not None]

    def go(self) -> int:
        """Give the exit code."""
        if self._known:
            print(f"{self._known} of {len(self._wards)} wards are known from before", flush=True)
        with ThreadPoolExecutor(self._options.side_by_side) as pool:
            running = [pool.submit(self._unless_over, *ward) for ward in self._missing]
            try:
                for one in running:
                    one.result()
            except BaseException:
                self._end.set()
                pool.shutdown(cancel_futures=True)
                raise
        self._tell()
        return 1 if any(one.broken for one in self._done) else 0

    def _unless_over(self, seed: int, calls: int) -> None:
        """Drive a ward, unless something broke or the time is over."""
        minutes, passed = self._options.minutes, self._clock.monotonic() - self._began
        over = minutes is not None and passed > minutes * 60
        if not (self._failed or over or self._end.is_set()):
            with tempfile.TemporaryDirectory(prefix="smartward-chaos-") as folder:
                self._one(Path(folder) / "round", calls, seed)

    def _one(self, folder: Path, calls: int, seed: int) -> None:
        options = self._options
        size = Size(options.beds, options.stations, calls, options.spread)
        one = Round(folder, size, seed, self._faults, self._end)
        stuck = ""
        try:
            verdict = one.run(options.late)
        except (SmartWardError, sqlite3.Error) as error:  # a file broken by nobody is found, too
            if self._end.is_set():
                return  # who ended the run ended its programs too: nothing was found
            verdict, stuck = Verdict(), str(error)
        stuck = stuck or one.stuck
        found = Found(
            seed, calls, one.took_s, one.met, verdict, stuck, one.not_befallen, one.refused_starts
        )
        self._results.add(found)
        self._driven += 1
        broken = ", ".join(f"{name} {len(getattr(verdict, name))}" for name in Verdict.FAILURES)
        rate = verdict.calls / max(one.took_s, 0.001)
        told = f"seed {seed}: {verdict.calls} calls in {one.took_s:.0f} s ({rate:.0f}/s); {broken}"
        if found.broken:
            self._failed = True
            print(told, flush=True)
            self._keep(folder, seed, calls, verdict, stuck)
        else:
            print(told + self._progress(), flush=True)

    def _progress(self) -> str:
        done = self._known + self._driven
        passed = self._clock.monotonic() - self._began
        left = (len(self._wards) - done) * passed / self._driven
        calls = sum(one.verdict.calls for one in self._done)
        return f"; ward {done} of {len(self._wards)}, {calls} calls, {left / 60:.0f} min left"

    def _keep(self, folder: Path, seed: int, calls: int, verdict: Verdict, stuck: str) -> None:
        kept = (self._options.keep or Path.cwd()) / f"chaos-{seed}"
        for name in Verdict.FAILURES:
            for each in getattr(verdict, name)[:5]:
                print(f"  {name}: {each}")
        if stuck:
            print(f"  {stuck}")
        shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=_no_sockets)
        print(f"kept: {kept} (trace.jsonl, logs, every file); again: smartward bench chaos "
              + self._again(seed, calls))  # fmt: skip

    def _again(self, seed: int, calls: int) -> str:
        """The arguments that draw one ward of this run again: all that it depends on."""
        faults, options = self._options.faults, self._options
        if plan.chosen(faults) != self._faults:
            faults = ",".join(self._faults)
        return (
            f"--seed {seed} --calls {calls} --beds {options.beds} --stations {options.stations} "
            f"--spread {options.spread:g} --late {options.late:g} --faults {faults}"
        )

    def _tell(self) -> None:
        total, met, took_s = Verdict(), Counter[str](), 0.0
        not_befallen, refused_starts = Counter[str](), 0
        done = self._done
        for one in done:
            total.add(one.verdict)
            met.update(one.met)
            not_befallen.update(one.not_befallen)
            refused_starts += one.refused_starts
            took_s += one.took_s
        for name in Verdict.FAILURES:
            print(f"{name.replace('_', ' '):<24} {len(getattr(total, name)):>8}")
        for name in ("calls", "presses", "answered_already", "trespasses", "not_taken",
                     "taken_after_all"):  # fmt: skip
            print(f"{name.replace('_', ' '):<24} {getattr(total, name):>8}")
        print(f"{'wards':<24} {len(done):>8}")
        broken = sum(one.broken for one in done)
        if broken:
            print(f"{'wards that broke':<24} {broken:>8}")
        again = len(self._results.again.intersection(self._wards))
        if again:
            print(f"{'wards driven again':<24} {again:>8}, after something broke in them")
        print(f"{'calls a second, a ward':<24} {total.calls / max(took_s, 0.001):>8.1f}")
        for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0)):
            if total.reach_s:
                print(
                    f"{'press to station ' + name:<24} {percentile(total.reach_s, share):>8.2f} s"
                )
        print(f"{'first time off by':<24} {total.worst_time_s:>8.2f} s")
        if met["page_corrupt"]:
            noticed = f"{refused_starts:>8} of {met['page_corrupt']}, at the hub's start"
            print(f"{'broken pages noticed':<24} {noticed}")
        if not_befallen:
            told = ", ".join(f"{name} {n}" for name, n in sorted(not_befallen.items()))
            print(f"COULD NOT BE DONE (trace.jsonl of a kept ward says why): {told}")
        print("faults: " + ", ".join(f"{name} {n}" for name, n in sorted(met.items())))
        if self._options.json is not None:
            figures = {
                **dataclasses.asdict(total),
                "faults": dict(met),
                "not_befallen": dict(not_befallen),
                "refused_starts": refused_starts,
                "took_s": took_s,
                "seed": self._options.seed,
            }
            self._options.json.write_text(json.dumps(figures))


def _no_sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]
