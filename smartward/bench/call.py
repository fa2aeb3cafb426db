"""Press at a bedside to pixels at a station: real processes, loopback HTTP, both writes on disk."""

import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from smartward.bench.figures import Figures, fsync_ms, percentile
from smartward.clock import SystemClock
from smartward.demo.hands import Hands
from smartward.harness import House

AIM_P99_MS = 100.0
NEVER_MS = 1000.0
BED = "12"
BADGE = "04A2197F"
PAUSE_S = 0.6


def _feed_clients(house: House, count: int, folder: Path) -> subprocess.Popen[str]:
    """`count` more screens: one station in ten, the others bedsides over the whole ward."""
    assert house.hub is not None
    beds = [None if n % 10 == 0 else str(n % 40 + 1) for n in range(count)]
    tokens = [
        house.enrol("station" if bed is None else "bedside", bed or "", second=True) for bed in beds
    ]
    listed = folder / "tokens"
    listed.write_text("\n".join(token.read_text() for token in tokens))
    process = subprocess.Popen(
        [sys.executable, "-m", "smartward.bench.feed_clients", house.hub.ready["url"], str(listed)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    if "connected" not in process.stdout.readline():
        raise RuntimeError("the feed clients did not connect")
    return process


def run(folder: Path, count: int, clients: int) -> int:
    """Print p50 and p99 beside the disk's own fsync time; 1 when a limit is missed."""
    figures = Figures()
    with House(folder / "house") as house:
        house.start_his("--seed", "7")
        hub = house.start_hub()
        hub.wait("his_up", True)
        station = house.start_screen("station", "station")
        bedside = house.start_screen("bedside", "bedside", BED)
        for screen in (station, bedside):
            screen.wait("link", "live")
        token = house.enrol("door", str(house.bed(BED)["room"])).read_text()
        house.badge(house.person("nurse")["id"], BADGE)
        door = Hands(hub.ready["url"], token, SystemClock())
        door.sign_in(BADGE)
        crowd = _feed_clients(house, clients, folder)
        before = fsync_ms(folder)
        taken = [_one_press(house, door) for _ in range(count)]
        after = fsync_ms(folder)
        crowd.kill()
        crowd.wait()
        door.hang_up()
    fsync = before + after
    host = urlsplit(hub.ready["url"]).hostname
    print(f"{count} presses, {clients} feed clients beside 2 real screens, hub on {host}")
    figures.show("raw fdatasync of 4 KiB, p50", percentile(fsync, 0.5), "ms")
    figures.show("raw fdatasync of 4 KiB, p99", percentile(fsync, 0.99), "ms")
    figures.show("press to station pixels, p50", percentile(taken, 0.5), "ms")
    figures.show("press to station pixels, p99", percentile(taken, 0.99), "ms", AIM_P99_MS)
    figures.show("press to station pixels, worst", max(taken), "ms", NEVER_MS)
    return figures.exit_code


def _one_press(house: House, door: Hands) -> float:
    """Milliseconds from the touch to the first station frame that holds its call."""
    bedside, station = house.screens["bedside"], house.screens["station"]
    bedside.wait("call", None)
    # A finger that comes down again at once is the same press to the bedside.
    threading.Event().wait(PAUSE_S)
    touched = float(bedside.ask("tap", objectName="callButton")["at"])
    call_id = bedside.ask("wait", state="call", within_s=5)["value"]
    drawn = float(station.ask("wait", state=f"drawn.{call_id}", within_s=5)["value"])
    door.close_call(call_id)
    return (drawn - touched) * 1000
