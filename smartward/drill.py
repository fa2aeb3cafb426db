"""`smartward drill`: test calls of the ward through the running hub, and their printed record.

A record is drawn here and not in the hub, which has no part in drawing.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from smartward.clinical.drill import DrillFault, DrillRecord, DrillResult, DrillState
from smartward.clock import SystemClock
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import LANGUAGES, Catalogue
from smartward.parts import installed

_LOOK_S = 0.5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward drill",
        description="Silent test calls: one from every bed's screen, over the road that a patient's"
        " call takes. Refused while a call is open, and ended at once by one.",
    )
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub")
    parser.add_argument("--admin", type=Path, help="the hub's admin socket")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run", help="begin, wait for the end; 1 unless every bed that has a screen passed"
    )
    commands.add_parser("stop", help="end the test calls that run")
    commands.add_parser("list", help="the records there are, oldest first")
    record = commands.add_parser("record", help="a record, as JSON or as a PDF file")
    record.add_argument("drill", nargs="?", help="id from the list; else the last one")
    for each in (run, record):
        each.add_argument("--to", type=Path, metavar="FILE", help="write it there as PDF")
        each.add_argument("--language", choices=LANGUAGES, help="of the PDF; else the ward's own")
    return parser


def main(argv: list[str]) -> int:
    """Do one of these. Gives the exit code; raises what the hub refuses it with, and Misconfigured
    where nothing draws here or the file cannot be written, before anything is done."""
    options = _parser().parse_args(argv)
    if getattr(options, "to", None) is not None:
        _may_be_drawn(options.to)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.command == "run":
        return _run(path, options)
    if options.command == "stop":
        print(json.dumps({"stopped": ask(path, do="drill_stop")["stopped"]}))
        return 0
    if options.command == "list":
        for one in ask(path, do="drill_list")["drills"]:
            print(json.dumps(one))
        return 0
    _show(_record(path, options.drill), options)
    return 0


def _run(path: Path, options: argparse.Namespace) -> int:
    """Begin and wait for the end. 0 when the record says PASSED: every bed that has a screen."""
    drill = str(ask(path, do="drill_start")["drill"])
    asyncio.run(_wait(path, drill))
    answer = _record(path, drill)
    try:
        _show(answer, options)
    except Misconfigured as error:
        raise Misconfigured("drill.kept", str(options.to), file=options.to, id=drill) from error
    record = _read(answer)
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
    there = file if file.exists() else file.parent
    if file.is_dir() or not there.exists() or not os.access(there, os.W_OK):
        raise Misconfigured("drill.not_written", str(file), file=str(file))


async def _wait(path: Path, drill: str) -> None:
    """Until it is over and its record is kept; how far it is stands on standard error."""
    clock, told = SystemClock(), ""
    while True:
        state = await asyncio.to_thread(ask, path, do="drill_state")
        listed = await asyncio.to_thread(ask, path, do="drill_list")
        now = f"{state['through']}/{state['beds']}"
        if now != told:
            told = now
            sys.stderr.write(f"{told}\n")
        if any(one["id"] == drill for one in listed["drills"]):
            return
        await clock.sleep(_LOOK_S)


def _record(path: Path, drill: str | None) -> dict[str, Any]:
    asked = {} if drill is None else {"drill": drill}
    return ask(path, do="drill_record", **asked)


def _read(answer: dict[str, Any]) -> DrillRecord:
    return msgspec.convert(answer["record"], DrillRecord)


def _show(answer: dict[str, Any], options: argparse.Namespace) -> None:
    """The record as a PDF file where one is named, else as JSON: one line for each bed, in
    the order of the ward."""
    record = _read(answer)
    if options.to is not None:
        language = options.language or answer["language"]
        pages = _draw(record, answer, language, options.to)
        print(json.dumps({"file": str(options.to), "pages": pages, **_counts(record)}))
        return
    for bed in sorted(answer["record"]["beds"], key=lambda one: int(one["order"])):
        print(json.dumps(bed, ensure_ascii=False))
    print(json.dumps({**_counts(record), "audit": answer["seq"], "hash": answer["hash"]}))


def _counts(record: DrillRecord) -> dict[str, Any]:
    found = {str(result): record.count(result) for result in DrillResult}
    return {"drill": record.id, "state": str(record.state), **found}


def _draw(record: DrillRecord, answer: dict[str, Any], language: str, file: Path) -> int:
    # Imported when wanted: whoever only begins test calls needs nothing that draws.
    from smartward.screen.drill_pdf import write_pdf
    from smartward.screen.drill_sheet import Proof, sheet

    # A hub's machine has no display, and a file needs none.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    proof = Proof(seq=answer["seq"], hash=answer["hash"])
    texts = Catalogue(language, ZoneInfo(answer["zone"]))
    return write_pdf(sheet(record, proof, texts), file)
