"""`smartward drill`: test calls of the ward through the running hub, and their printed record.

A record is drawn here and not in the hub, which has no part in drawing: of a hub that runs, or,
where only the screens' part is installed, from what a hub's machine has printed (`record --json`).
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from smartward.arguments import which_hub
from smartward.clinical.drill import DrillFault, DrillRecord, DrillResult, DrillState
from smartward.clock import SystemClock
from smartward.errors import Misconfigured
from smartward.i18n import LANGUAGES, Catalogue
from smartward.parts import installed

_LOOK_S = 0.5
_MOST_BYTES = 16 << 20
"""Longest file with a record that is read."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A record with all that its page needs, as the hub tells it and as one file."""

    record: DrillRecord
    seq: int
    """The audit's row that proves it, and its `hash`."""
    hash: str
    zone: str
    """Of the ward's clock (IANA)."""
    language: str


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward drill",
        description="Silent test calls: one from every bed's screen, over the road that a patient's"
        " call takes. Refused while a call is open, and ended at once by one.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run", help="begin, wait for the end; 1 unless every bed that has a screen passed"
    )
    commands.add_parser("stop", help="end the test calls that run")
    commands.add_parser("list", help="the records there are, oldest first")
    record = commands.add_parser("record", help="a record, as JSON or as a PDF file")
    record.add_argument("drill", nargs="?", help="id from the list; else the last one")
    as_file = "all of it as one document, for `draw` where the screens' part is installed"
    record.add_argument("--json", action="store_true", help=as_file)
    draw = commands.add_parser("draw", help="a PDF file of what `record --json` printed; no hub")
    draw.add_argument("kept", type=Path, metavar="RECORD", help="the file with it")
    for each in (run, record, draw):
        to = each.add_argument("--to", type=Path, metavar="FILE", help="write it there as PDF")
        to.required = each is draw
        each.add_argument("--language", choices=LANGUAGES, help="of the PDF; else the ward's own")
    which_hub(parser, commands.choices.values())
    return parser


def main(argv: list[str]) -> int:
    """Do one of these. Gives the exit code; raises what the hub refuses it with, and Misconfigured
    where nothing draws here or the file cannot be written, before anything is done."""
    options = _parser().parse_args(argv)
    if getattr(options, "to", None) is not None:
        _may_be_drawn(options.to)
    if options.command == "draw":
        _draw(_of_file(options.kept), options)
        return 0
    path = _admin(options)
    if options.command == "run":
        return _run(path, options)
    if options.command == "stop":
        print(json.dumps({"stopped": _ask(path, do="drill_stop")["stopped"]}))
        return 0
    if options.command == "list":
        for one in _ask(path, do="drill_list")["drills"]:
            print(json.dumps(one))
        return 0
    kept = _record(path, options.drill)
    if options.json:
        print(msgspec.json.encode(kept).decode())
    if options.to is not None or not options.json:
        _show(kept, options)
    return 0


def _admin(options: argparse.Namespace) -> Path:
    """The hub's admin socket. Raises Misconfigured where nothing of a hub is installed."""
    if not installed("hub"):
        raise Misconfigured("cli.left_out", "hub", command=f"drill {options.command}")
    from smartward.hub.options import admin_socket, data_dir

    given: Path | None = options.admin
    return given or admin_socket(data_dir(options.data_dir))


def _ask(path: Path, **request: Any) -> dict[str, Any]:
    # Imported when wanted: the screens' part draws, and has no hub beside it.
    from smartward.hub.enrol import ask

    return ask(path, **request)


def _run(path: Path, options: argparse.Namespace) -> int:
    """Begin and wait for the end. 0 when the record says PASSED: every bed that has a screen."""
    drill = str(_ask(path, do="drill_start")["drill"])
    asyncio.run(_wait(path, drill))
    kept = _record(path, drill)
    try:
        _show(kept, options)
    except Misconfigured as error:
        raise Misconfigured("drill.kept", str(options.to), file=options.to, id=drill) from error
    record = kept.record
    through = all(
        bed.result is DrillResult.PASSED or bed.faults == (DrillFault.NO_SCREEN,)
        for bed in record.beds
    )
    passed = through and record.count(DrillResult.PASSED) > 0
    return 0 if passed and record.state is DrillState.DONE else 1


def _may_be_drawn(file: Path) -> None:
    """Raises Misconfigured where nothing draws here, or no file can be made there."""
    if not installed("screen"):
        raise Misconfigured("drill.draws_elsewhere", str(file))
    # Imported when wanted: the hub's part runs test calls, and has no screen beside it.
    from smartward.screen.pdf_target import may_be_written

    may_be_written(file)


async def _wait(path: Path, drill: str) -> None:
    """Until it is over and its record is kept; how far it is stands on standard error."""
    clock, told = SystemClock(), ""
    while True:
        state = await asyncio.to_thread(_ask, path, do="drill_state")
        listed = await asyncio.to_thread(_ask, path, do="drill_list")
        now = f"{state['through']}/{state['beds']}"
        if now != told:
            told = now
            sys.stderr.write(f"{told}\n")
        if any(one["id"] == drill for one in listed["drills"]):
            return
        await clock.sleep(_LOOK_S)


def _record(path: Path, drill: str | None) -> Kept:
    asked = {} if drill is None else {"drill": drill}
    return msgspec.convert(_ask(path, do="drill_record", **asked), Kept)


def _of_file(file: Path) -> Kept:
    """Raises Misconfigured for a file that is no record."""
    try:
        with file.open("rb") as opened:
            kept = msgspec.json.decode(opened.read(_MOST_BYTES), type=Kept)
        ZoneInfo(kept.zone)
    except OSError as error:
        raise Misconfigured("cli.file", error.strerror or str(error), file=str(file)) from error
    except (ValueError, ZoneInfoNotFoundError) as error:  # msgspec's errors are ValueErrors
        raise Misconfigured("drill.no_file", str(error), file=str(file)) from error
    return kept


def _show(kept: Kept, options: argparse.Namespace) -> None:
    """The record as a PDF file where one is named, else as JSON: one line for each bed, in
    the order of the ward."""
    if options.to is not None:
        _draw(kept, options)
        return
    for bed in sorted(kept.record.beds, key=lambda one: one.order):
        print(msgspec.json.encode(bed).decode())
    print(json.dumps({**_counts(kept.record), "audit": kept.seq, "hash": kept.hash}))


def _counts(record: DrillRecord) -> dict[str, Any]:
    found = {str(result): record.count(result) for result in DrillResult}
    return {"drill": record.id, "state": str(record.state), **found}


def _draw(kept: Kept, options: argparse.Namespace) -> None:
    # Imported when wanted: whoever only begins test calls needs nothing that draws.
    from smartward.screen.drill_pdf import write_pdf
    from smartward.screen.drill_sheet import Proof, sheet

    # A hub's machine has no display, and a file needs none.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    proof = Proof(seq=kept.seq, hash=kept.hash)
    texts = Catalogue(options.language or kept.language, ZoneInfo(kept.zone))
    pages = write_pdf(sheet(kept.record, proof, texts), options.to)
    print(json.dumps({"file": str(options.to), "pages": pages, **_counts(kept.record)}))
