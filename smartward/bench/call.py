"""Press at a bedside to pixels at a station: real processes, loopback HTTP, both writes on disk.

By leg: the touch until it is durable in the bedside's own file; sent, until the hub begins its
write; that write with its sync until a feed has told it; and from there to the station's frame.
Where the write begins is the hub's own time, kept to a millisecond.
"""

import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from smartward.bench.figures import Figures, fsync_ms, percentile
from smartward.clock import SystemClock
from smartward.demo.hands import Hands
from smartward.harness.house import House

AIM_P99_MS = 100.0
NEVER_MS = 1000.0
BED = "12"
BADGE = "04A2197F"
PAUSE_S = 0.6
_CLOCK = SystemClock()


LEGS = (
    "touch to bedside's own file",
    "from there to the hub's write",
    "write, sync and feed",
    "feed to station pixels",
)


@dataclass(frozen=True, slots=True)
class Press:
    """When one press was where, in seconds of the machine's monotonic clock."""

    touched: float
    kept: float
    taken: float
    told: float
    drawn: float

    @property
    def whole_ms(self) -> float:
        """Milliseconds from the touch to the pixels."""
        return (self.drawn - self.touched) * 1000

    def legs_ms(self) -> tuple[float, ...]:
        """Milliseconds of each of LEGS."""
        times = (self.touched, self.kept, self.taken, self.told, self.drawn)
        return tuple((b - a) * 1000 for a, b in pairwise(times))


class Ear:
    """One more station's feed, for when it tells of a call."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port))
        head = f"GET /feed HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._socket.sendall(head.encode())
        self._heard: list[tuple[float, bytes]] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with suppress(OSError):
            while data := self._socket.recv(1 << 20):
                self._heard.append((_CLOCK.monotonic(), data))

    def told_of(self, id: str) -> float:
        """When this was first told of. Raises ValueError when it was not."""
        for at, data in self._heard:
            if id.encode() in data:
                return at
        raise ValueError(f"the feed did not tell of {id}")

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reading.join()
        self._socket.close()


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
        ear = Ear(hub.ready["url"], house.enrol("station", second=True).read_text())
        presses = [_one_press(house, door, ear) for _ in range(count)]
        after = fsync_ms(folder)
        crowd.kill()
        crowd.wait()
        door.hang_up()
        ear.close()
    taken = [one.whole_ms for one in presses]
    fsync = before + after
    host = urlsplit(hub.ready["url"]).hostname
    print(f"{count} presses, {clients} feed clients beside 2 real screens, hub on {host}")
    figures.show("raw fdatasync of 4 KiB, p50", percentile(fsync, 0.5), "ms")
    figures.show("raw fdatasync of 4 KiB, p99", percentile(fsync, 0.99), "ms")
    legs = zip(*(one.legs_ms() for one in presses), strict=True)
    for name, values in zip(LEGS, legs, strict=True):
        figures.show(f"{name}, p50", percentile(values, 0.5), "ms")
        figures.show(f"{name}, p99", percentile(values, 0.99), "ms")
    figures.show("press to station pixels, p50", percentile(taken, 0.5), "ms")
    figures.show("press to station pixels, p99", percentile(taken, 0.99), "ms", AIM_P99_MS)
    figures.show("press to station pixels, worst", max(taken), "ms", NEVER_MS)
    return figures.exit_code


def _one_press(house: House, door: Hands, ear: Ear) -> Press:
    """One touch, to the first station frame that holds its call."""
    bedside, station = house.screens["bedside"], house.screens["station"]
    bedside.wait("call", None)
    # A finger that comes down again at once is the same press to the bedside.
    threading.Event().wait(PAUSE_S)
    touched = float(bedside.ask("tap", objectName="callButton")["at"])
    call_id = bedside.ask("wait", state="call", within_s=5)["value"]
    kept = float(bedside.state()["outbox_stored_at"])
    drawn = float(station.ask("wait", state=f"drawn.{call_id}", within_s=5)["value"])
    received = datetime.fromisoformat(house.documents("nurse_call")[call_id]["received_at"])
    taken = _CLOCK.monotonic() - (_CLOCK.now() - received).total_seconds()
    door.close_call(call_id)
    return Press(touched, kept, taken, ear.told_of(call_id), drawn)
