"""A durable action to the last of many screens, beside the least that any system can do.

One run, block by block in turn: our hub as it is delivered (access, filtering, numbers of writes),
a C program that only writes, syncs and sends, and PostgreSQL, Redis Streams and Mosquitto where
they are installed. One sink in C reads the sockets of all of them. Everything is on loopback, on
the disk of `--folder`.
"""

import argparse
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartward.bench.commit import BareCommit
from smartward.bench.fanout_others import others
from smartward.bench.fanout_systems import (
    Floor,
    HubSystem,
    Postgres,
    System,
    compiled,
    postgres_installed,
)
from smartward.bench.figures import Figures, percentile
from smartward.bench.process_cost import processor_s_of
from smartward.clock import SystemClock
from smartward.harness.house import House

_CLOCK = SystemClock()
NOTE = struct.Struct("=IId")
"""What the sink notes: system, number, seconds."""
_BLOCK_S = 1.0
_MOST_POSTGRES = 500
_DELIVERED_S = 2.0
MANY = 1000
"""From so many screens on the limits are those of 2,000."""


@dataclass(slots=True)
class Taken:
    """What one system took, in milliseconds."""

    ack: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    missed: int = 0
    processor_ms: float = 0.0
    sent: list[tuple[float, int]] = field(default_factory=list)


@contextmanager
def _sink(program: Path, systems: list[System], out: Path) -> Iterator[None]:
    """Read all subscribers' sockets until the block ends; the notes are in `out` then."""
    numbered = [(n, one.fileno()) for n, each in enumerate(systems) for one in each.subscribers]
    process = subprocess.Popen(
        [str(program), "sink", str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[number for _, number in numbered],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(f"{n} {number}\n" for n, number in numbered) + "\n")
    process.stdin.flush()
    if process.stdout.readline() != "ready\n":
        raise RuntimeError("the sink did not start")
    try:
        yield
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _block(system: System, taken: Taken, count: int, rate: float) -> None:
    """`count` messages, `rate` a second; a system that is slower gets fewer."""
    used = processor_s_of(system.pids)
    for _ in _spaced(count, rate):
        sent, answered, number = system.publish()
        taken.ack.append((answered - sent) * 1000)
        taken.sent.append((sent, number))
    threading.Event().wait(0.1)
    taken.processor_ms += (processor_s_of(system.pids) - used) * 1000


def deliveries(out: Path, systems: list[System], taken: list[Taken]) -> None:
    """First and last delivery of each message: when each subscriber had seen its number."""
    notes: list[dict[int, list[float]]] = [{} for _ in systems]
    for n, number, at in NOTE.iter_unpack(out.read_bytes()):
        notes[n].setdefault(number, []).append(at)
    for system, of, seen in zip(systems, taken, notes, strict=True):
        screens = len(system.subscribers)
        for sent, number in of.sent:
            times = seen.get(number, [])
            of.missed += screens - len(times)
            if len(times) == screens:
                of.first.append((min(times) - sent) * 1000)
                of.last.append((max(times) - sent) * 1000)


def _spaced(count: int, rate: float) -> Iterator[int]:
    """`count` turns, `rate` a second."""
    started = _CLOCK.monotonic()
    for turn in range(count):
        wait = started + turn / rate - _CLOCK.monotonic()
        if wait > 0:
            threading.Event().wait(wait)
        yield turn


def _commits(bare: BareCommit, count: int, rate: float) -> list[float]:
    """Milliseconds of each, spaced as the messages are: a disk, a processor and their caches that
    have rested are slower than those that are kept at it."""
    taken = []
    for _ in _spaced(count, rate):
        started = _CLOCK.monotonic()
        bare.once()
        taken.append((_CLOCK.monotonic() - started) * 1000)
    return taken


def measure(
    program: Path, folder: Path, systems: list[System], options: argparse.Namespace
) -> tuple[list[Taken], list[float]]:
    """Block by block in turn, the order turned round each time."""
    taken, commits = [Taken() for _ in systems], list[float]()
    out = folder / "notes"
    bare = BareCommit(folder / "bare.sqlite")
    with _sink(program, systems, out):
        for turn in range(options.warm_up + options.rounds):
            order = list(zip(systems, taken, strict=True))
            count = max(int(options.rate * _BLOCK_S), 1)
            for system, of in order if turn % 2 == 0 else reversed(order):
                _block(system, of, count, options.rate)
            commits += _commits(bare, count, options.rate)
            if turn < options.warm_up:
                for n in range(len(taken)):
                    taken[n] = Taken()
                commits.clear()
        threading.Event().wait(_DELIVERED_S)
    bare.close()
    deliveries(out, systems, taken)
    return taken, commits


def _row(name: str, of: Taken) -> dict[str, Any]:
    if not of.last:
        raise RuntimeError(f"{name}: no message reached all subscribers, {of.missed} are missing")
    return {
        "system": name,
        "messages": len(of.sent),
        "ack_p50_ms": percentile(of.ack, 0.5),
        "ack_p99_ms": percentile(of.ack, 0.99),
        "first_p50_ms": percentile(of.first, 0.5),
        "last_p50_ms": percentile(of.last, 0.5),
        "last_p99_ms": percentile(of.last, 0.99),
        "processor_ms_a_message": of.processor_ms / len(of.sent),
        "missed": of.missed,
    }


def _table(rows: list[dict[str, Any]]) -> None:
    names = [name for name in rows[0] if name != "system"]
    print("system    " + " ".join(f"{name.replace('_', ' '):>22}" for name in names))
    for row in rows:
        cells = [
            f"{row[n]:>22.2f}" if isinstance(row[n], float) else f"{row[n]:>22}" for n in names
        ]
        print(f"{row['system']:<9} " + " ".join(cells), flush=True)


def _judge(found: dict[str, Any], options: argparse.Namespace) -> int:
    """The figures that have a limit, beside it."""
    figures = Figures()
    of = {row["system"]: row for row in found["systems"]}
    hub, floor = of["hub"], of["floor"]
    many = options.screens >= MANY
    last = hub["last_p50_ms"] / floor["last_p50_ms"]
    tail = hub["last_p99_ms"] / floor["last_p99_ms"]
    figures.show("last screen, p50: times the floor", last, "", 1.25 if many else 1.5)
    figures.show("last screen, p99: times the floor", tail, "", 2.0)
    if "postgres" in of:
        share = hub["last_p50_ms"] / of["postgres"]["last_p50_ms"]
        figures.show("last screen, p50: of PostgreSQL NOTIFY", share, "", None if many else 0.65)
    answer = hub["ack_p50_ms"] / found["bare_commit_p50_ms"]
    figures.show("bare durable commit, p50", found["bare_commit_p50_ms"], "ms")
    figures.show("answer to the sender, p50: bare commits", answer, "", 2.0)
    figures.show("memory for each screen, plain", found["kib_a_screen"], "KiB", 16.0)
    if "kib_a_screen_tls" in found:
        figures.show("memory for each screen, TLS in the hub", found["kib_a_screen_tls"], "KiB")
    figures.show("deliveries missed by the hub", hub["missed"], "", 0)
    return figures.exit_code


def _tls_memory(folder: Path, screens: int) -> float:
    """KiB for each screen where the hub itself speaks TLS."""
    command = [sys.executable, "-m", "smartward", "hub", "--data-dir", str(folder / "hub")]
    made = subprocess.run([*command, "--init"], check=True, stdout=subprocess.PIPE).stdout
    tls = {name: value for name, value in json.loads(made).items() if name != "ca"}
    with House(folder) as house:
        hub = HubSystem(house, "corridor", screens, **tls)
        found = (hub.connected_kib - hub.before_kib) / screens
        hub.close()
    return found


def _systems(
    stack: ExitStack, program: Path, folder: Path, options: argparse.Namespace
) -> list[System]:
    """Those that this machine has; the hub first."""
    house = stack.enter_context(House(folder / "house"))
    systems: list[System] = [HubSystem(house, options.role, options.screens)]
    systems.append(Floor(program, folder, options.screens))
    if postgres_installed() and options.screens <= _MOST_POSTGRES and not options.bare:
        systems.append(Postgres(options.screens))
    if not options.bare:
        systems += others(folder, options.screens)
    for one in systems:
        stack.callback(one.close)
    return systems


def _run(folder: Path, options: argparse.Namespace) -> int:
    program = compiled(folder)
    if program is None:
        print("the floor and the sink need a C compiler: apt-get install gcc", file=sys.stderr)
        return 2
    found: dict[str, Any] = {"screens": options.screens, "rate": options.rate, "role": options.role}
    found["load_before"] = os.getloadavg()
    with ExitStack() as stack:
        systems = _systems(stack, program, folder, options)
        taken, commits = measure(program, folder, systems, options)
    hub = systems[0]
    assert isinstance(hub, HubSystem)
    found["kib_a_screen"] = (hub.connected_kib - hub.before_kib) / options.screens
    found["bare_commit_p50_ms"] = percentile(commits, 0.5)
    names = [one.name for one in systems]
    found["systems"] = [_row(name, of) for name, of in zip(names, taken, strict=True)]
    if not options.bare:
        found["kib_a_screen_tls"] = _tls_memory(folder / "tls", min(options.screens, 200))
    load = ", ".join(f"{one:.1f}" for one in found["load_before"])
    print(f"{options.screens} screens ({options.role}), {options.rate:g} actions a second, in turn")
    print(f"this machine's load before: {load} (1, 5, 15 min), {os.cpu_count()} cores")
    _table(found["systems"])
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return _judge(found, options)


def main(argv: list[str]) -> int:
    """Measure and print; 1 when a limit is missed, 2 when this machine cannot measure it."""
    parser = argparse.ArgumentParser(prog="smartward bench fanout")
    parser.add_argument("--screens", type=int, default=200, help="up to 2,000")
    parser.add_argument("--role", default="corridor", help="station or corridor: one view for all")
    parser.add_argument("--rate", type=float, help="actions a second; 50, from 1,000 screens on 2")
    parser.add_argument("--rounds", type=int, default=20, help="blocks of a second of each system")
    parser.add_argument("--warm-up", type=int, default=2, help="blocks before that")
    parser.add_argument("--bare", action="store_true", help="only the hub and the floor")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--json", type=Path, help="the figures, into this file")
    options = parser.parse_args(argv)
    if options.rate is None:
        options.rate = 2.0 if options.screens >= MANY else 50.0
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="smartward-fanout-", dir=options.folder) as folder:
        return _run(Path(folder), options)
