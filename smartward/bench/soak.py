"""`smartward bench soak`: days of a living ward at speed, and what of the machine they use up.

The clocks of all programs run `--rate` times as fast; memory, descriptors and files are looked at
all the while. Flat means: the last third needs no more than the first, behind a warm-up.
"""

import argparse
import statistics
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from smartward.bench.figures import Figures, kept
from smartward.bench.process_cost import open_files, pss_mib
from smartward.clock import SystemClock
from smartward.demo.hands import Hands
from smartward.harness.house import House
from smartward.harness.program import Program

MEMORY_GROWTH = 1.1
"""Last third beside first: allocators keep some of what they once needed."""
MORE_FILES = 2
CACHE_GROWTH = 1.5
"""A cache holds what its screen may see, not what it ever saw; its pages are used again."""
BED = "12"
BADGE = "04A2197F"
_ORIGIN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
_WARM_UP = 0.15
_LOOKS = 60
_SOON_S = 10.0


@dataclass(slots=True)
class _Watched:
    """One program through the days: memory in MiB, descriptors, and its file in MiB."""

    program: Program
    file: Path
    memory: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)
    disk: list[float] = field(default_factory=list)

    def look(self) -> None:
        pid = self.program.process.pid
        self.memory.append(pss_mib(pid))
        self.files.append(open_files(pid))
        sizes = [one.stat().st_size for one in self.file.parent.glob(f"{self.file.name}*")]
        self.disk.append(sum(sizes) / (1 << 20))


def main(argv: list[str]) -> int:
    """Print what grew; 1 when something did that should not."""
    parser = argparse.ArgumentParser(prog="smartward bench soak", description=__doc__)
    parser.add_argument("--hours", type=float, default=72.0, help="of the ward's time")
    parser.add_argument("--rate", type=float, default=360.0, help="how much faster time runs")
    parser.add_argument("--json", type=Path, help="the figures, into this file as well")
    options = parser.parse_args(argv)
    if options.hours <= 0 or options.rate < 1:
        parser.error("--hours must be above 0 and --rate at least 1")
    with kept(options.json), tempfile.TemporaryDirectory(prefix="smartward-soak-") as folder:
        return _soak(Path(folder), options.hours, options.rate)


def _soak(folder: Path, hours: float, rate: float) -> int:
    figures = Figures()
    with House(folder, origin=_ORIGIN, rate=rate) as house:
        house.start_his("--seed", "7")
        hub = house.start_hub()
        hub.wait("his_up", True)
        station = house.start_screen("station", "station")
        bedside = house.start_screen("bedside", "bedside", BED)
        for screen in (station, bedside):
            screen.wait("link", "live")
        watched = {
            "hub": _Watched(hub, folder / "hub" / "hub.sqlite"),
            "station": _Watched(station, folder / "station" / "screen.sqlite3"),
            "bedside": _Watched(bedside, folder / "bedside" / "screen.sqlite3"),
        }
        calls = _live(house, watched, hours * 3600 / rate)
    print(f"{hours:g} hours of the ward at {rate:g} times the speed, {calls} calls at bed {BED}")
    for name, one in watched.items():
        _show(figures, name, one, hours / 24)
    return figures.exit_code


def _live(house: House, watched: dict[str, _Watched], seconds: float) -> int:
    """Let the ward live: a call is pressed and ended again between two looks. Gives the calls."""
    clock = SystemClock()
    token = house.enrol("door", str(house.bed(BED)["room"])).read_text()
    house.badge(house.person("nurse")["id"], BADGE)
    assert house.hub is not None
    door = Hands(house.hub.ready["url"], token, clock)
    bedside, calls = house.screens["bedside"], 0
    begin = clock.monotonic()
    for look in range(1, _LOOKS + 1):
        bedside.ask("tap", objectName="callButton")
        call_id = bedside.ask("wait", state="call", within_s=_SOON_S)["value"]
        house.screens["station"].ask("wait", state=f"drawn.{call_id}", within_s=_SOON_S)
        door.sign_in(BADGE)  # anew: hours have passed since the last time
        door.close_call(call_id)
        bedside.wait("call", None)
        calls += 1
        due = begin + seconds * look / _LOOKS
        threading.Event().wait(max(0.0, due - clock.monotonic()))  # it measures, it tests nothing
        for one in watched.values():
            one.look()
    door.hang_up()
    return calls


def _thirds(values: Sequence[float]) -> tuple[float, float]:
    """The medians of the first and the last third, behind the warm-up."""
    warm = values[int(len(values) * _WARM_UP) :]
    third = max(1, len(warm) // 3)
    return statistics.median(warm[:third]), statistics.median(warm[-third:])


def _show(figures: Figures, name: str, one: _Watched, days: float) -> None:
    first, last = _thirds(one.memory)
    figures.show(f"{name}: memory (PSS), last third", last, "MiB")
    figures.show(f"{name}: memory, last third beside first", last / first, "x", MEMORY_GROWTH)
    first, last = _thirds(one.files)
    figures.show(f"{name}: more open files than in the first third", last - first, "", MORE_FILES)
    first, last = _thirds(one.disk)
    if name == "hub":
        grown = (one.disk[-1] - one.disk[0]) / days
        figures.show("hub: file grows by (history is kept)", grown, "MiB/d")
    else:
        figures.show(
            f"{name}: cache file, last third beside first", last / first, "x", CACHE_GROWTH
        )
