"""What a station costs: idle, and with 60 beds while the queue changes."""

import itertools
import os
import threading
from pathlib import Path

from smartward.bench.figures import Figures, percentile
from smartward.clock import SystemClock
from smartward.harness import House, Program

IDLE_S = 10.0
SETTLE_S = 5.0
FRAMES_AT_LEAST = 58.0
IDLE_CPU_PERCENT = 1.0


def run(folder: Path, count: int, clients: int) -> int:
    """Print frames a second and processor share; 1 when a limit is missed."""
    figures = Figures()
    with House(folder / "idle") as house:
        _idle(_station(house, "empty"), figures)
    with House(folder / "busy") as house:
        _busy(_station(house, "sixty"), count, figures)
    return figures.exit_code


def _station(house: House, scene: str) -> Program:
    """A station of a ward as `scene` has it."""
    house.start_his("--scene", scene, "--seed", "7")
    house.start_hub().wait("his_up", True)
    station = house.start_screen("station", "station", "", "--size", "1920x1080")
    station.wait("link", "live")
    threading.Event().wait(SETTLE_S)
    return station


def _idle(station: Program, figures: Figures) -> None:
    """Nobody waits for anything: nothing changes but the clock's minute."""
    clock = SystemClock()
    station.ask("frames")
    cpu = processor_s(station)
    begin = clock.monotonic()
    threading.Event().wait(IDLE_S)  # real time passes: this measures, it does not test
    frames = station.ask("frames")["frames"]
    share = 100 * (processor_s(station) - cpu) / (clock.monotonic() - begin)
    figures.show("idle: frames in 10 s (one may be the minute)", len(frames), "", 2)
    figures.show("idle: processor share", share, "%", IDLE_CPU_PERCENT)


def processor_s(program: Program) -> float:
    """Seconds of processor time a program has used (user and system)."""
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _busy(station: Program, count: int, figures: Figures) -> None:
    """Rows enter, move and leave the queue without a pause, by the station's own animations."""
    clock = SystemClock()
    station.ask("churn", changes=count)
    station.ask("frames")
    cpu = processor_s(station)
    begin = clock.monotonic()
    station.ask("wait", state="churning", value=False, within_s=120)
    length = clock.monotonic() - begin
    frames = [float(at) for at in station.ask("frames")["frames"]]
    gaps = [(b - a) * 1000 for a, b in itertools.pairwise(frames)]
    share = 100 * (processor_s(station) - cpu) / length
    figures.show(
        "60 beds, queue changing: frames a second",
        len(frames) / length,
        "/s",
        FRAMES_AT_LEAST,
        at_least=True,
    )
    figures.show("60 beds, queue changing: frame gap p50", percentile(gaps, 0.5), "ms")
    figures.show("60 beds, queue changing: frame gap p99", percentile(gaps, 0.99), "ms")
    figures.show("60 beds, queue changing: processor share", share, "%")
