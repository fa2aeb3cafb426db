"""A ward at its worst: 64 calls at once, then minutes of presses while every screen listens.

Real processes over loopback HTTP: the simulated hospital, a hub, one real station screen; the other
screens of the ward are feeds in this process, and the presses are sent from here, each on its
bedside's own connection. `smartward bench load --seconds 300` is the load that a hub is promised
for.
"""

import argparse
import asyncio
import json
import os
import tempfile
import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from uuid6 import uuid7

from smartward.bench.figures import Figures, percentile
from smartward.clock import SystemClock
from smartward.harness.house import House
from smartward.harness.program import Control, Program

BEDS = 64
LIMIT_P99_MS = 250.0
_STATIONS = 10
_WITHIN_S = 30.0
_LONGEST_LINE = 1 << 24
_CLOCK = SystemClock()


@dataclass(slots=True)
class Seen:
    """When stations were told of each write."""

    last: dict[int, float] = field(default_factory=dict)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at each write that a station is told of."""

    def note(self, number: int, at: float) -> None:
        """One station was told of write `number`, or of all up to it."""
        self.last[number] = at
        self.reached.set()

    def at(self, numbers: list[int]) -> list[float]:
        """When the last station knew of each: with it, or with one that came behind."""
        known = sorted(self.last)
        return [self.last[known[bisect_left(known, number)]] for number in numbers]


class Screen:
    """One device of the ward: its feed, and where it is a bedside the connection it acts on."""

    def __init__(self, port: int, token: str, bed: str = "") -> None:
        self._port = port
        self._token = token
        self.bed = bed
        self.call = str(uuid7())
        self.current = asyncio.Event()
        self.told = 0
        """The last write that its feed has told of."""
        self._up: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._busy = asyncio.Lock()

    def _head(self, method: str, path: str, more: str = "") -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {self._token}\r\n"
        return f"{head}{more}\r\n".encode()

    async def listen(self, seen: Seen | None) -> None:
        """Read its feed until it is cancelled; `seen` is told of each write."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=_LONGEST_LINE)
        try:
            writer.write(self._head("GET", "/feed"))
            await self._read(reader, seen)
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, seen: Seen | None) -> None:
        event = b""
        while line := await reader.readline():
            if line.startswith(b"event: "):
                event = line
                if event == b"event: current\n":
                    self.current.set()
            elif seen is None or not line.startswith(b"id: "):
                continue
            elif event == b"event: write\n" and self.current.is_set():
                self.told = int(line.rpartition(b"-")[2])
                seen.note(self.told, _CLOCK.monotonic())
        raise RuntimeError("the hub ended a feed")

    async def act(self, kind: str, **data: str) -> dict[str, Any]:
        """One action, answered. Raises RuntimeError for another status than 200."""
        now = datetime.now(UTC).isoformat()
        action = {"id": str(uuid7()), "kind": kind, "subject": self.call, "made_at": now}
        body = json.dumps({"action": {**action, "data": data}, "age_ms": 0}).encode()
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        async with self._busy:
            if self._up is None:
                self._up = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._up
            writer.write(self._head("POST", "/actions", more) + body)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            answer: dict[str, Any] = json.loads(await reader.readexactly(size))
        return answer

    def hang_up(self) -> None:
        """Let go of the connection it acts on."""
        if self._up is not None:
            self._up[1].close()


class Ward:
    """All screens of the ward but the one real station."""

    def __init__(self, hub: Program, screens: int) -> None:
        self._admin = Control(Path(hub.ready["admin"]))
        self._port = urlsplit(hub.ready["url"]).port or 0
        self.bedsides = [self._enrol("bedside", str(n)) for n in range(1, BEDS + 1)]
        self.stations = [self._enrol("station") for _ in range(_STATIONS)]
        bedheads = [self._enrol("bedhead", str(n)) for n in range(1, BEDS + 1)]
        rest = screens - 1 - len(self.bedsides) - len(self.stations) - len(bedheads)
        self.others = [*bedheads, *(self._enrol("corridor") for _ in range(max(rest, 0)))]
        self._admin.close()
        self.seen = Seen()
        self.refused: list[dict[str, Any]] = []
        self.sent: list[tuple[float, float, int]] = []
        """Of each press when it was sent and answered, and its write."""
        self.queue: list[str] = []
        """The real station's list while all calls were new."""

    def _enrol(self, role: str, place: str | None = None) -> Screen:
        answer = self._admin.ask("enrol", role=role, place=place, label=role, second=True)
        return Screen(self._port, answer["token"], str(answer.get("place") or place or ""))

    @property
    def count(self) -> int:
        """All screens, with the real one."""
        return len(self.bedsides) + len(self.stations) + len(self.others) + 1

    async def press(self, screen: Screen, kind: str, **data: str) -> None:
        """One press, and what came of it."""
        sent = _CLOCK.monotonic()
        answer = await screen.act(kind, **data)
        answered = _CLOCK.monotonic()
        if answer.get("outcome") != "applied":
            self.refused.append(answer)
        else:
            self.sent.append((sent, answered, int(answer["seq"])))

    async def run(self, beds: list[str], station: Program, options: argparse.Namespace) -> float:
        """All calls at once, then presses; gives the seconds until the station had drawn all."""
        async with asyncio.TaskGroup() as group:
            feeds = [group.create_task(one.listen(self.seen)) for one in self.stations]
            quiet = [*self.bedsides, *self.others]
            feeds += [group.create_task(one.listen(None)) for one in quiet]
            for one in (*self.stations, *quiet):
                await one.current.wait()
            drawn = await self._at_once(beds, station)
            await self._presses(group, options)
            for feed in feeds:
                feed.cancel()
        for one in self.bedsides:
            one.hang_up()
        return drawn

    async def _at_once(self, beds: list[str], station: Program) -> float:
        began = _CLOCK.monotonic()
        pairs = zip(self.bedsides, beds, strict=True)
        kind = {"class": "normal"}
        await asyncio.gather(
            *(self.press(one, "call.place", bed_id=bed, **kind) for one, bed in pairs)
        )
        await asyncio.to_thread(station.wait, "open_calls", BEDS, _WITHIN_S)
        self.queue = (await asyncio.to_thread(station.state))["queue"]
        return _CLOCK.monotonic() - began

    async def _presses(self, group: asyncio.TaskGroup, options: argparse.Namespace) -> None:
        """So many a second, bed after bed, whether or not the last one is answered."""
        began = _CLOCK.monotonic()
        pressed = []
        for turn in range(int(options.rate * options.seconds)):
            await asyncio.sleep(max(0.0, began + turn / options.rate - _CLOCK.monotonic()))
            bedside = self.bedsides[turn % BEDS]
            pressed.append(group.create_task(self.press(bedside, "call.again")))
        await asyncio.gather(*pressed)
        last = max((number for _, _, number in self.sent), default=0)
        async with asyncio.timeout(_WITHIN_S):
            while min(one.told for one in self.stations) < last:
                self.seen.reached.clear()
                await self.seen.reached.wait()


def in_order(calls: dict[str, dict[str, Any]], queue: list[str]) -> bool:
    """Whether a list shows all these calls, each behind those that were placed before."""
    listed = [key.removeprefix("call:") for key in queue]
    shown = [datetime.fromisoformat(calls[id]["placed_at"]) for id in listed if id in calls]
    return len(shown) == len(calls) and shown == sorted(shown)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All figures, by name."""
    with House(folder / "house") as house:
        house.start_his("--seed", "7", "--beds", str(BEDS))
        hub = house.start_hub()
        hub.wait("his_up", True)
        while hub.state()["beds"] < BEDS:
            threading.Event().wait(0.2)
        station = house.start_screen("station", "station")
        station.wait("link", "live")
        beds = [str(house.bed(str(n))["id"]) for n in range(1, BEDS + 1)]
        ward = Ward(hub, options.screens)
        drawn = asyncio.run(ward.run(beds, station, options))
        known = house.documents("nurse_call")
    answers = [(answered - sent) * 1000 for sent, answered, _ in ward.sent[BEDS:]]
    told = ward.seen.at([number for _, _, number in ward.sent])[BEDS:]
    last = [(at - one[0]) * 1000 for at, one in zip(told, ward.sent[BEDS:], strict=True)]
    return {
        "screens": ward.count,
        "presses": len(ward.sent) - BEDS,
        "load_before": os.getloadavg(),
        "drawn_s": drawn,
        "in_order": in_order(known, ward.queue),
        "open": len(known),
        "refused": len(ward.refused),
        "answer_p50_ms": percentile(answers, 0.5),
        "answer_p99_ms": percentile(answers, 0.99),
        "station_p50_ms": percentile(last, 0.5),
        "station_p99_ms": percentile(last, 0.99),
        "station_worst_ms": max(last),
    }


def main(argv: list[str]) -> int:
    """Measure and print; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="smartward bench load")
    parser.add_argument("--seconds", type=float, default=300.0, help="of presses")
    parser.add_argument("--rate", type=float, default=50.0, help="presses a second")
    parser.add_argument("--screens", type=int, default=200, help="that listen meanwhile")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--json", type=Path, help="the figures, into this file")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smartward-load-", dir=options.folder) as folder:
        found = measure(Path(folder), options)
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{found['screens']} screens, {found['presses']} presses, {options.rate:g} a second")
    figures = Figures()
    figures.show(f"{BEDS} calls at once: all on the station's list", found["drawn_s"], "s")
    figures.show("calls on its list, in order", float(found["in_order"]), "", 1.0, at_least=True)
    figures.show("presses refused", found["refused"], "", 0)
    figures.show("press to answer, p50", found["answer_p50_ms"], "ms")
    figures.show("press to answer, p99", found["answer_p99_ms"], "ms")
    figures.show(f"press to the last of {_STATIONS} stations, p50", found["station_p50_ms"], "ms")
    words = f"press to the last of {_STATIONS} stations, p99"
    figures.show(words, found["station_p99_ms"], "ms", LIMIT_P99_MS)
    figures.show("the slowest of all", found["station_worst_ms"], "ms")
    return figures.exit_code
