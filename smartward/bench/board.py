"""What a station costs: idle, and with 60 beds while the queue changes."""

import itertools
import threading
from pathlib import Path

from smartward.bench.figures import Figures, percentile
from smartward.bench.process_cost import processor_s, pss_mib
from smartward.clock import SystemClock
from smartward.harness.house import House
from smartward.harness.program import Program
from smartward.screen.churn import EACH_S

IDLE_S = 60.0
"""The system counts processor time in hundredths of a second."""
SETTLE_S = 5.0
FRAMES_AT_LEAST = 58.0
IDLE_CPU_PERCENT = 0.1
CARDS_CPU_PERCENT = 1.5
CARDS_S = 20


def run(folder: Path, count: int, clients: int) -> int:
    """Print frames a second and processor share; 1 when a limit is missed."""
    figures = Figures()
    with House(folder / "idle") as house:
        _idle(_station(house, "empty"), figures)
    with House(folder / "busy") as house:
        station = _station(house, "sixty")
        _cards(station, figures)
        _busy(station, count, figures)
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
    cpu = processor_s(station.process.pid)
    begin = clock.monotonic()
    threading.Event().wait(IDLE_S)  # real time passes: this measures, it does not test
    frames = station.ask("frames")["frames"]
    share = 100 * (processor_s(station.process.pid) - cpu) / (clock.monotonic() - begin)
    figures.show(f"idle: frames in {IDLE_S:.0f} s (one is the minute)", len(frames), "", 2)
    figures.show("idle: processor share", share, "%", IDLE_CPU_PERCENT)


def _cards(station: Program, figures: Figures) -> None:
    """Every card of the board changes each second by its stay's level of care; of each level there
    are as many as before, or the header would change with them, as on no ward. Before it, the same
    ward at rest: what waits there counts its seconds, which is part of the second figure too."""
    clock = SystemClock()
    pid = station.process.pid
    cpu, begin = processor_s(pid), clock.monotonic()
    threading.Event().wait(CARDS_S)
    share = 100 * (processor_s(pid) - cpu) / (clock.monotonic() - begin)
    figures.show("60 beds, two alerts counting seconds: processor share", share, "%")
    cards = station.ask("churn.cards", changes=CARDS_S)["cards"]
    cpu, begin = processor_s(pid), clock.monotonic()
    # Nobody asks it meanwhile: whoever waits for a state has all of them told at each frame.
    threading.Event().wait(CARDS_S)
    station.ask("wait", state="churning", value=False, within_s=3 * CARDS_S)
    share = 100 * (processor_s(pid) - cpu) / (clock.monotonic() - begin)
    figures.show(
        f"{cards} cards changing each second: processor share", share, "%", CARDS_CPU_PERCENT
    )
    figures.show("station of 60 beds, connected: memory (PSS)", pss_mib(pid), "MiB")


def _busy(station: Program, count: int, figures: Figures) -> None:
    """Rows enter, move and leave the queue without a pause, by the station's own animations."""
    clock = SystemClock()
    station.ask("churn", changes=count)
    station.ask("frames")
    cpu = processor_s(station.process.pid)
    begin = clock.monotonic()
    # As above: nobody asks it meanwhile.
    threading.Event().wait(count * EACH_S)
    station.ask("wait", state="churning", value=False, within_s=120)
    length = clock.monotonic() - begin
    frames = [float(at) for at in station.ask("frames")["frames"]]
    gaps = [(b - a) * 1000 for a, b in itertools.pairwise(frames)]
    share = 100 * (processor_s(station.process.pid) - cpu) / length
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
