"""From exec to the first useful frame: a screen out of its cache, beside a plain Qt window and
Chromium with the same board; and a hub with a year of history beside one with none.

All are started in turn, so that what else the machine does hits all of them.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from smartward.bench import chromium
from smartward.bench.figures import Figures, percentile
from smartward.bench.process_cost import processor_s, pss_mib
from smartward.bench.year import fill
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.harness.house import House

BED = "12"
FIRST_FRAME_MS = 2000.0
OVER_PLAIN = 1.6
OF_CHROMIUM = 0.5
MEMORY_OF_CHROMIUM = 0.25
HUB_WITH_HISTORY = 1.5
_SETTLE_S = 4.0
_REST_S = 1.0


@dataclass(slots=True)
class _Costs:
    """What the starts of one program cost: milliseconds to its first frame, and to the line by
    which it says that it takes touches and keys; memory, processor."""

    wall_ms: list[float] = field(default_factory=list)
    ready_ms: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def wall(self) -> float:
        return percentile(self.wall_ms, 0.5)

    def memory(self) -> float:
        return percentile(self.pss, 0.5)


def run(folder: Path, count: int, clients: int) -> int:
    """Print what `count` starts of each take; 1 when a limit is missed."""
    count = min(count, 15)
    figures = Figures()
    arguments, cards = _caches(folder)
    starts = {name: _Costs() for name in ("plain", *arguments, "chromium")}
    web = chromium.PageServer(chromium.page(cards)) if chromium.program() else None
    for turn in range(count):
        _one(starts["plain"], [sys.executable, "-m", "smartward.screen.plain_window"])
        for name, argv in arguments.items():
            _one(starts[name], [sys.executable, "-m", "smartward", *argv])
        if web is not None:
            _browser(starts["chromium"], web, folder / f"profile-{turn}")
    if web is not None:
        web.shutdown()
        web.server_close()
    _show(figures, starts, list(arguments), count)
    _hubs(folder, figures, count)
    return figures.exit_code


def _caches(folder: Path) -> tuple[dict[str, list[str]], list[list[str]]]:
    """Screens that know their ward and whose hub is away; and the board's cards as texts."""
    with House(folder / "house") as house:
        house.start_his("--scene", "sixty", "--seed", "7")
        hub = house.start_hub()
        hub.wait("his_up", True)
        for name, role, place in (("station", "station", ""), ("bedside", "bedside", BED)):
            screen = house.start_screen(name, role, place, "--size", "1920x1080")
            screen.wait("link", "live")
        threading.Event().wait(_SETTLE_S)  # real time passes: this measures, it does not test
        for screen in house.screens.values():
            screen.stop()
        found = {name: house.screen_arguments(name) for name in house.screens}
        return found, _cards(house)


def _cards(house: House) -> list[list[str]]:
    """Each bed with a dozen texts, as many as a card of ours has."""
    beds = house.documents("bed").values()
    lines = [
        "HR 82",
        "RR 16",
        "SpO2 97 %",
        "BP 124/78",
        "T 36.8",
        "NEWS2 1",
        "I",
        "20:15",
        "·",
        "—",
    ]
    return [[str(bed["number"]), f"Patient {bed['number']}", *lines] for bed in beds]


def _one(costs: _Costs, argv: Sequence[str]) -> None:
    """Start a program that tells when it drew its first frame, by the clock that all programs of
    this machine have, and what processor time it took until then, in the line that it prints once
    it can be used; look at it, end it."""
    clock = SystemClock()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    began = clock.monotonic()
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended before its first frame: {' '.join(argv[:4])}")
        costs.ready_ms.append((clock.monotonic() - began) * 1000)
        told = json.loads(line)
        costs.wall_ms.append((told["drawn_at"] - began) * 1000)
        costs.cpu_ms.append(told["processor_s"] * 1000)
        threading.Event().wait(_REST_S)
        costs.pss.append(pss_mib(process.pid))
        process.kill()


def _browser(costs: _Costs, web: chromium.PageServer, profile: Path) -> None:
    browser = chromium.Browser(web, profile)
    try:
        costs.wall_ms.append(browser.took_ms)
        costs.cpu_ms.append(processor_s(browser.process.pid) * 1000)
        threading.Event().wait(_REST_S)
        costs.pss.append(pss_mib(browser.process.pid))
    finally:
        browser.stop()


def _show(figures: Figures, starts: dict[str, _Costs], screens: Sequence[str], count: int) -> None:
    print(f"{count} starts of each, in turn; the hub is away, the cache is there")
    plain, web = starts["plain"], starts["chromium"]
    for name, costs in starts.items():
        if costs.wall_ms:
            limit = FIRST_FRAME_MS if name in screens else None
            figures.show(f"{name}: exec to first frame, p50", costs.wall(), "ms", limit)
            if name in screens:
                ready = percentile(costs.ready_ms, 0.5)
                figures.show(f"{name}: exec to taking touches, p50", ready, "ms", limit)
            figures.show(f"{name}: processor until then, p50", percentile(costs.cpu_ms, 0.5), "ms")
            figures.show(f"{name}: memory (PSS)", costs.memory(), "MiB")
    for name in screens:
        costs = starts[name]
        figures.show(f"{name} beside a plain window", costs.wall() / plain.wall(), "x", OVER_PLAIN)
    if not web.wall_ms:
        print("chromium is not installed: not compared (Debian package chromium)")
        return
    station = starts["station"]
    # Frame to frame: a page takes touches as soon as it is painted, a station some time later.
    first = station.wall() / web.wall()
    figures.show("station's first frame beside Chromium's", first, "x", OF_CHROMIUM)
    memory = station.memory() / web.memory()
    figures.show("station's memory beside Chromium's", memory, "x", MEMORY_OF_CHROMIUM)


def _hubs(folder: Path, figures: Figures, count: int) -> None:
    """A hub's start, exec to serving, with a year of the ward behind it and without."""
    houses = {"new": folder / "new", "a year old": folder / "year"}
    taken: dict[str, list[float]] = {name: [] for name in houses}
    rows = fill(houses["a year old"] / "hub" / "hub.sqlite", Settings().ward, timedelta(days=365))
    print(f"a year of history: {rows:,} rows")
    for where in houses.values():
        with House(where) as house:
            house.start_his("--scene", "sixty", "--seed", "7")
            house.start_hub().wait("his_up", True)
    for _ in range(min(count, 5)):
        for name, where in houses.items():
            taken[name].append(_timed(partial(_start_hub, where)))
    for name, times in taken.items():
        figures.show(f"hub, {name}: exec to serving, p50", percentile(times, 0.5), "ms")
    ratio = percentile(taken["a year old"], 0.5) / percentile(taken["new"], 0.5)
    figures.show("hub with a year of history beside a new one", ratio, "x", HUB_WITH_HISTORY)


def _start_hub(where: Path) -> None:
    with House(where) as house:
        house.start_hub()


def _timed(work: Callable[[], None]) -> float:
    clock = SystemClock()
    began = clock.monotonic()
    work()
    return (clock.monotonic() - began) * 1000
