"""`smartward fleet check`: a screen looks itself over where it hangs, and the report of it."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from smartward.check_words import in_columns
from smartward.clinical.device_check import CheckReport, How
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.terminal_words import said
from smartward.i18n import LANGUAGES, Catalogue
from smartward.wire.order import CHECK_LIVES_S

COMMAND = "check"
_PATIENCE_S = CHECK_LIVES_S + 30.0
"""The hub waits for what is found as long as the order lives."""

Row = dict[str, Any]
Name = Callable[[Row], str]


class Draws:
    """What draws a report, where there is any: a hub's package has none."""

    def ready(self, file: Path) -> None:
        """Raises Misconfigured where nothing draws here, or `file` cannot be written."""
        raise Misconfigured("check.draws_elsewhere", str(file))

    def write(self, report: CheckReport, file: Path, language: str | None) -> None:
        """Draw it into `file` (PDF), in that language or in all of staff. Raises Misconfigured."""
        raise Misconfigured("check.draws_elsewhere", str(file))


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to those of `smartward fleet`."""
    check = commands.add_parser(
        COMMAND, parents=[common], help="a screen looks itself over; 1 where something is at fault"
    )
    check.add_argument("device", help="its id, or how that begins: smartward fleet")
    check.add_argument("--bed", default="", help="the number of the bed or room it shall hang at")
    check.add_argument("--to", type=Path, metavar="FILE", help="write the report there (PDF)")
    check.add_argument("--language", choices=LANGUAGES, help="of the report; else all of staff")
    check.add_argument(
        "--touch", action="store_true", help="it asks for a touch: somebody stands before it"
    )
    check.add_argument(
        "--sound", action="store_true", help="it sounds the tone of an alarm: nobody sleeps there"
    )
    check.add_argument("--no-call", action="store_true", help="no test call")


def main(
    options: argparse.Namespace, path: Path, words: Catalogue, name: Name, draws: Draws
) -> int:
    """Have it look itself over, print each line, write the report. 1 where something is at fault,
    or it did not do it. Raises Unreachable, Misconfigured: for a file that cannot be written before
    anything is tested."""
    if options.to is not None:
        draws.ready(options.to)
    row = ask(path, do="fleet_show", device_id=options.device)["device"]
    begins = "order.told.checks_touch" if options.touch else "order.told.checks"
    print(words.text(begins, name=name(row)), file=sys.stderr)
    answer = ask(
        path,
        _PATIENCE_S,
        do="device_check",
        device_id=row["device_id"],
        place=options.bed,
        call=not options.no_call,
        sound=options.sound,
        touch=options.touch,
    )
    if "report" not in answer:
        _say_why(answer, options, words, name(row))
        return 1
    report = msgspec.convert(answer["report"], CheckReport)
    if options.json:
        print(json.dumps(answer["report"], ensure_ascii=False))
    else:
        for line in report.lines:
            print(*in_columns(line, words), sep="\n")
    if options.to is not None:
        draws.write(report, options.to, options.language)
    return 1 if any(line.how is How.FAULT for line in report.lines) else 0


def _say_why(answer: Row, options: argparse.Namespace, words: Catalogue, name: str) -> None:
    if options.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif answer["outcome"] == "refused":
        why = said(answer["why"], words)
        print(words.text("order.told.refused", name=name, why=why))
    else:
        print(words.text("order.told.no_report", name=name))
