"""Calls a second and their latency with 1, 2 and 4 hubs of one ward on PostgreSQL.

Each in turn on a fresh database of a server of the bench's own, and beside them one hub on SQLite.
First as many actions as go (each bed calls, a nurse closes the call there, and again), then a fixed
rate; the calls are spread over the hubs, and a station listens at each of them. On loopback, on
this machine's disk; hubs, database and bench share its cores.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import uvloop
from uuid6 import uuid7

from smartward.bench.chaos import ward
from smartward.bench.chaos.kiosk import NURSE, Enrolled
from smartward.bench.figures import percentile
from smartward.bench.postgres_server import PostgresServer
from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.harness.program import Program
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, ActionRequest

_CLOCK = SystemClock()
_SEEN_WITHIN_S = 5.0


class HubProcess:
    """One hub of several: a process on a store that others write too, at an address that stays."""

    def __init__(
        self, name: str, folder: Path, store_url: str, settings: Mapping[str, str]
    ) -> None:
        self._name = name
        self._folder = folder
        self._settings = {**settings, "store_url": store_url}
        self._program = self._start("0")
        self.url = str(self._program.ready["url"])

    def _start(self, port: str) -> Program:
        arguments = ["hub", "--data-dir", str(self._folder / self._name)]
        for key, value in {**self._settings, "port": port}.items():
            arguments += ["--set", f"{key}={value}"]
        return Program(self._name, arguments, self._folder, {})

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._program.process.pid

    def kill(self) -> None:
        """`kill -9`."""
        self._program.kill()

    def restart(self) -> None:
        """At its old address. Raises Misconfigured when it does not come up."""
        self._program = self._start(str(urlsplit(self.url).port))

    def stop(self) -> None:
        """Ask it to end."""
        self._program.stop()


@dataclass(slots=True)
class Taken:
    """What one turn showed, in milliseconds."""

    hubs: str
    actions_s: float = 0.0
    busy: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    missed: int = 0

    def row(self) -> dict[str, Any]:
        """For the table and the JSON."""
        shares = {"p50": 0.5, "p99": 0.99}
        figures = {
            f"{name}_{at}_ms": round(percentile(values, share), 2) if values else None
            for name, values in (("busy", self.busy), ("answer", self.answer), ("seen", self.seen))
            for at, share in shares.items()
        }
        return {
            "hubs": self.hubs, "actions_s": round(self.actions_s), **figures, "missed": self.missed,
        }  # fmt: skip


class _Client:
    """One keep-alive connection of one bedside."""

    def __init__(self, device: Enrolled, url: str) -> None:
        self.device = device
        self._parts = urlsplit(url)
        self._call = ""

    async def open(self) -> None:
        self._reader, self._writer = await _connect(self._parts.netloc)

    async def act(self) -> tuple[str, float]:
        """Call, or close the call; the call's id and the milliseconds until the answer."""
        if self._call:
            id, self._call = self._call, ""
            return id, await self._post(ActionKind.CALL_CLOSE, id, {})
        id = self._call = str(uuid7())
        data = {"bed_id": self.device.place or "", "class": "normal"}
        return id, await self._post(ActionKind.CALL_PLACE, id, data)

    async def _post(self, kind: str, subject: str, data: dict[str, Any]) -> float:
        action = Action(
            id=str(uuid7()), kind=kind, subject=subject, made_at=_CLOCK.now(), by=NURSE, data=data
        )
        body = msgspec.json.encode(ActionRequest(action=action, age_ms=0))
        head = (
            f"POST /actions HTTP/1.1\r\nHost: {self._parts.netloc}\r\n"
            f"Authorization: Bearer {self.device.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        started = _CLOCK.monotonic()
        self._writer.write(head.encode() + body)
        answer = await self._answer()
        taken = (_CLOCK.monotonic() - started) * 1000
        if answer.get("outcome") != "applied":
            raise RuntimeError(f"{kind} was not applied: {answer}")
        return taken

    async def _answer(self) -> dict[str, Any]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        found: dict[str, Any] = json.loads(await self._reader.readexactly(length))
        return found

    def close(self) -> None:
        self._writer.close()


class _Station:
    """A feed that notes when it first heard of each call."""

    def __init__(self, device: Enrolled, url: str) -> None:
        self.device = device
        self._netloc = urlsplit(url).netloc
        self.heard: dict[str, float] = {}
        self.live = asyncio.Event()

    async def listen(self) -> None:
        """Until cancelled."""
        reader, writer = await _connect(self._netloc)
        try:
            request = (
                f"GET /feed HTTP/1.1\r\nHost: {self._netloc}\r\n"
                f"Authorization: Bearer {self.device.token}\r\n\r\n"
            )
            writer.write(request.encode())
            while line := await reader.readline():
                if line.startswith(b"event: current"):
                    self.live.set()
                elif line.startswith(b"data: ") and b'"nurse_call"' in line:
                    self._note(line)
        finally:
            writer.close()

    def _note(self, line: bytes) -> None:
        now = _CLOCK.monotonic()
        for one in json.loads(line[6:]).get("documents", ()):
            if one["kind"] == "nurse_call":
                self.heard.setdefault(one["id"], now)


async def _connect(netloc: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = netloc.rpartition(":")
    return await asyncio.open_connection(host, int(port), limit=1 << 24)


async def _as_many_as_go(clients: Sequence[_Client], seconds: float, taken: Taken) -> None:
    """Each client waits for its answer and asks again."""
    ends = _CLOCK.monotonic() + seconds

    async def run(client: _Client) -> None:
        while _CLOCK.monotonic() < ends or client._call:
            taken.busy.append((await client.act())[1])

    started = _CLOCK.monotonic()
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(run(client))
    taken.actions_s = len(taken.busy) / (_CLOCK.monotonic() - started)


async def _at_a_rate(
    clients: Sequence[_Client], stations: Sequence[_Station], options: argparse.Namespace, of: Taken
) -> None:
    """Actions at fixed times, whoever is slow; calls until every station heard of them."""
    placed: dict[str, float] = {}

    async def one(client: _Client) -> None:
        due = _CLOCK.monotonic()
        new = not client._call
        id, ms = await client.act()
        of.answer.append(ms)
        if new:
            placed[id] = due

    started, count = _CLOCK.monotonic(), int(options.rate * options.seconds)
    async with asyncio.TaskGroup() as group:
        for n in range(count):
            await _CLOCK.sleep(started + n / options.rate - _CLOCK.monotonic())
            group.create_task(one(clients[n % len(clients)]))
    ends = _CLOCK.monotonic() + _SEEN_WITHIN_S
    for id, due in placed.items():
        while not all(id in one.heard for one in stations) and _CLOCK.monotonic() < ends:
            await _CLOCK.sleep(0.02)
        heard = [one.heard[id] for one in stations if id in one.heard]
        of.missed += len(stations) - len(heard)
        of.seen += [(at - due) * 1000 for at in heard]


async def _turn(urls: list[str], devices: list[Enrolled], options: argparse.Namespace) -> Taken:
    taken, tasks = Taken(str(len(urls))), Tasks()
    beds = [one for one in devices if one.role is ScreenRole.BEDSIDE]
    clients = [_Client(one, urls[n % len(urls)]) for n, one in enumerate(beds)]
    at_stations = [one for one in devices if one.role is ScreenRole.STATION]
    stations = [_Station(one, url) for one, url in zip(at_stations, urls, strict=False)]
    try:
        for station in stations:
            tasks.spawn(station.listen(), "station")
        for client in clients:
            await client.open()
        async with asyncio.timeout(30):
            for station in stations:
                await station.live.wait()
        await _as_many_as_go(clients, options.seconds, taken)
        await _at_a_rate(clients, stations, options, taken)
    finally:
        await tasks.stop()
        for client in clients:
            client.close()
    return taken


def _measured(
    folder: Path, count: int, store_url: str, name: str, options: argparse.Namespace
) -> Taken:
    """One number of hubs, from fresh processes on a fresh store."""
    devices = ward.enrolled(options.beds, count, 0)
    hubs: list[HubProcess] = []
    first = folder / "hub-0" if not store_url else folder / "first"
    ward.furnish(first, options.beds, devices, store_url)
    try:
        for n in range(count):
            hubs.append(HubProcess(f"hub-{n}", folder, store_url, ward.SETTINGS))
        urls = [hub.url for hub in hubs]
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            taken = runner.run(_turn(urls, devices, options))
    finally:
        for hub in hubs:
            hub.stop()
    taken.hubs = name
    return taken


def run(folder: Path, options: argparse.Namespace) -> list[Taken]:
    """All turns. Raises Misconfigured where this machine has no PostgreSQL."""
    (folder / "sqlite").mkdir()
    found = [_measured(folder / "sqlite", 1, "", "1, SQLite", options)]
    server = PostgresServer()
    try:
        for count in options.hubs:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(f"create database hubs_{count}".encode())
            place = folder / str(count)
            place.mkdir()
            found.append(
                _measured(place, count, server.url_of(f"hubs_{count}"), str(count), options)
            )
    finally:
        server.stop()
    return found


def _counts(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _show(found: Sequence[Taken], options: argparse.Namespace) -> None:
    head = (
        "hubs",
        "actions/s",
        "p50",
        "p99",
        f"at {options.rate:g}/s p50",
        "p99",
        "seen p50",
        "p99",
    )
    print(f"{head[0]:<10}" + "".join(f"{one:>13}" for one in head[1:]) + "   (ms)")
    for one in found:
        row = one.row()
        figures = [row[key] for key in row if key not in ("hubs", "missed")]
        print(f"{one.hubs:<10}" + "".join(f"{value!s:>13}" for value in figures))


def main(argv: list[str]) -> int:
    """Measure and print; 1 when a station did not hear of a call."""
    parser = argparse.ArgumentParser(prog="smartward bench hubs", description=__doc__)
    parser.add_argument("--hubs", type=_counts, default=[1, 2, 4], metavar="N,N", help="1,2,4")
    parser.add_argument("--beds", type=int, default=32, help="beds that call, all at once")
    parser.add_argument("--rate", type=float, default=50.0, help="actions a second, second part")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part of each turn")
    parser.add_argument("--folder", type=Path, help="whose disk is used; else the temporary one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smartward-hubs-", dir=options.folder) as folder:
        found = run(Path(folder), options)
    _show(found, options)
    if options.json is not None:
        told = {
            "cores": os.cpu_count(),
            "rate": options.rate,
            "turns": [one.row() for one in found],
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    missed = sum(one.missed for one in found)
    if missed:
        print(f"{missed} calls were not heard of at a station within {_SEEN_WITHIN_S:g} s: MISSED")
    return 1 if missed else 0
