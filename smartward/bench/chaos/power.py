"""`smartward bench chaos-power`: the power goes at each sync; what was promised is there after it.

A hub and a process of screens run under `strace`, which records what they write and what they tell.
For each moment around a sync the disk is built as a power cut would leave it, and opened by the
code of the real program: all that had been told by then must be there.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from smartward.bench.chaos import ward
from smartward.bench.chaos.disks import STRACE, missing
from smartward.bench.chaos.screens import Crowd
from smartward.bench.chaos.written import WATCHED, Call, Disk, cuts, recorded
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.errors import StorageFault
from smartward.harness.program import Program
from smartward.hub.store.opening import open_store
from smartward.screen.cache import Cache
from smartward.screen.kept import FILE

READY_S = 60.0
_APPLIED = re.compile(rb'"id":"([0-9a-f-]{36})","outcome":"applied"')
_DURABLE = re.compile(rb'"told":"durable","action":"([0-9a-f-]{36})"')


def record_of(folder: Path, name: str) -> Path:
    """Where the calls of a watched program are recorded."""
    return folder / f"{name}.strace"


def watched(name: str, arguments: list[str], folder: Path) -> Program:
    """A program of ours under `strace` from its first call on; the record is NAME.strace. Raises
    Misconfigured when it does not get ready."""
    assert STRACE is not None
    watch = (STRACE, "-f", "--seccomp-bpf", "-y", "-xx", "-s", "10000000")
    into = ("-o", str(record_of(folder, name)), "-e", "trace=" + ",".join(WATCHED))
    return Program(name, arguments, folder, {}, (*watch, *into))


def end(program: Program) -> None:
    """End it in order; its watcher, which takes no signal, ends with it."""
    os.kill(int(program.ready["pid"]), signal.SIGTERM)
    program.ended_within(READY_S)
    program.stop()


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def run_ward(folder: Path, beds: int, calls: int) -> dict[str, bytes]:
    """Run a hub and its screens under watch until all calls are made; gives what was in the hub's
    folder before."""
    devices = ward.enrolled(beds, 1, calls)
    ward.furnish(folder / "hub", beds, devices)
    before = contents(folder / "hub")
    settings = {**ward.SETTINGS, "port": "0"}
    given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    hub = watched("hub", ["hub", "--data-dir", str(folder / "hub"), *given], folder)
    try:
        crowd = Crowd(hub.ready["url"], str(folder), 1, 0.0, tuple(devices))
        (folder / "screens.json").write_bytes(msgspec.json.encode(crowd))
        arguments = ["bench", "chaos-screens", str(folder / "screens.json")]
        screens = watched("screens", arguments, folder)
        try:
            screens.wait("placed", calls, READY_S)
            screens.wait("at_rest", True, READY_S)
        finally:
            end(screens)
    finally:
        end(hub)
    return before


def promised_by_hub(calls: list[Call]) -> list[tuple[int, str]]:
    """Which actions were answered `applied`, and at which line of the record that began."""
    return [
        (call.began, id.decode())
        for call in calls
        if not call.path.startswith("/")
        for id in _APPLIED.findall(call.data)
    ]


def promised_by_screen(calls: list[Call], ledger: Path) -> list[tuple[int, str]]:
    """Which touches a screen was told are kept."""
    return [
        (call.began, id.decode())
        for call in calls
        if call.path == str(ledger)
        for id in _DURABLE.findall(call.data)
    ]


def missing_in_hub(folder: Path, ids: set[str]) -> set[str]:
    """Actions a hub that is started on this folder does not know; all where it does not start."""

    async def open_and_close() -> None:
        open_store(Settings(ward=ward.WARD), folder, SystemClock()).close()

    try:
        asyncio.run(open_and_close())
    except StorageFault as fault:
        return ids | {str(fault)}
    db = sqlite3.connect(folder / "hub.sqlite")
    try:
        found = db.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            return ids | {str(found)}
        return ids - {str(row[0]) for row in db.execute("select action from answer")}
    except sqlite3.DatabaseError as fault:
        return ids | {str(fault)}
    finally:
        db.close()


def missing_in_screen(folder: Path, ids: set[str]) -> set[str]:
    """Touches a screen that is started on this folder does not have, or cannot open."""
    cache = Cache(folder / FILE)
    try:
        if cache.fault is not None:
            raise cache.fault
        return ids - {row.id for row in cache.touches() if row.body}
    finally:
        cache.close()


class Tried:
    """How many disks were looked at, and what was missing."""

    def __init__(self) -> None:
        self.disks = 0
        self.promised = 0
        self.lost: list[str] = []


def try_cuts(
    record: list[Call],
    folder: Path,
    before: dict[str, bytes],
    promised: list[tuple[int, str]],
    look: Callable[[Path, set[str]], set[str]],
    most: int,
    random: Random,
) -> Tried:
    """Let the power go at up to `most` moments; at each the disk has what was synced, all that was
    written, and a part of it drawn from `random`."""
    tried, disk, done = Tried(), Disk(before), 0
    scratch = folder.with_name(f"{folder.name}-after")
    for cut in cuts(record, folder, most, random):
        for call in record[done:cut]:
            if call.path.startswith(f"{folder}/"):
                disk.take(call)
        done = cut
        last = record[cut].began if cut < len(record) else record[-1].ended + 1
        ids = {id for at, id in promised if at < last}
        for files in (
            disk.after_a_cut(None),
            disk.after_a_cut(None, everything=True),
            disk.after_a_cut(random),
        ):
            _lay_out(files, folder, scratch)
            gone = look(scratch, ids)
            tried.disks, tried.promised = tried.disks + 1, max(tried.promised, len(ids))
            tried.lost += [f"cut {cut} of {folder.name}: {id}" for id in sorted(gone)]
    shutil.rmtree(scratch, ignore_errors=True)
    return tried


def _lay_out(files: dict[str, bytes], folder: Path, scratch: Path) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for path, data in files.items():
        if path.startswith(f"{folder}/") and not path.endswith("-shm"):
            target = scratch / Path(path).relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def run(folder: Path, beds: int, calls: int, most: int, seed: int) -> dict[str, Tried]:
    """A run, and the power cuts of its hub and of one of its screens."""
    before = run_ward(folder, beds, calls)
    random = Random(seed)
    hub = recorded(record_of(folder, "hub"))
    screens = recorded(record_of(folder, "screens"))
    bed = "bedside-0"
    kept = promised_by_screen(screens, folder / f"{bed}.ledger")
    return {
        "hub": try_cuts(
            hub, folder / "hub", before, promised_by_hub(hub), missing_in_hub, most, random
        ),
        "screen": try_cuts(screens, folder / bed, {}, kept, missing_in_screen, most, random),
    }


def main(argv: list[str]) -> int:
    """Print what was tried; 1 when anything that was promised is missing after a power cut."""
    args = argparse.ArgumentParser(prog="smartward bench chaos-power")
    args.add_argument("--calls", type=int, default=60, metavar="N")
    args.add_argument("--beds", type=int, default=2, metavar="N")
    args.add_argument("--seed", type=int, default=1, metavar="S")
    args.add_argument("--cuts", type=int, default=200, metavar="N", help="moments for each disk")
    args.add_argument("--json", type=Path, metavar="FILE", help="the figures for further work")
    options = args.parse_args(argv)
    if missing():
        args.error(missing())
    with tempfile.TemporaryDirectory(prefix="smartward-power-") as folder:
        path = Path(folder)
        found = run(path, options.beds, options.calls, options.cuts, options.seed)
    for name, tried in found.items():
        print(
            f"{name}: {tried.disks} disks after a power cut, up to {tried.promised} promises: "
            f"{len(tried.lost)} missing"
        )
        for lost in tried.lost[:5]:
            print(f"  {lost}")
    if options.json is not None:
        size = {"seed": options.seed, "beds": options.beds, "calls": options.calls}
        each = {name: vars(tried) for name, tried in found.items()}
        options.json.write_text(json.dumps(size | each))
    return 1 if any(tried.lost for tried in found.values()) else 0
