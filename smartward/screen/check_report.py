"""The commissioning report as a PDF file: of a check that was made here, or, as another machine has
printed it, elsewhere (`smartward check --report`)."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from smartward.clinical.device_check import CheckReport
from smartward.errors import Misconfigured
from smartward.i18n import LANGUAGES, of_terminal
from smartward.screen.device_sheet import in_languages, sheet
from smartward.screen.pdf_target import may_be_written

_MOST_BYTES = 1 << 20


def parser() -> argparse.ArgumentParser:
    """The command line."""
    args = argparse.ArgumentParser(
        prog="smartward check --report",
        description="Draw the commissioning report of a screen that was checked from its hub, where"
        " the hub's machine has no part that draws.",
    )
    args.add_argument(
        "report", type=Path, help="what `smartward fleet --json check DEVICE` printed, as a file"
    )
    args.add_argument("--to", type=Path, metavar="FILE", required=True, help="the PDF file")
    args.add_argument("--language", choices=LANGUAGES, help="one alone; else all of staff")
    return args


def main(argv: list[str]) -> int:
    """Draw it. Raises Misconfigured for no report, and for a file that cannot be written."""
    options = parser().parse_args(argv)
    may_be_written(options.to)
    write(read(options.report), options.to, languages(options.language))
    return 0


def languages(chosen: str | None) -> Sequence[str]:
    """Those of a report."""
    return LANGUAGES if chosen is None else (chosen,)


def read(file: Path) -> CheckReport:
    """A report from a file. Raises Misconfigured for what is none."""
    try:
        with file.open("rb") as opened:
            return msgspec.json.decode(opened.read(_MOST_BYTES), type=CheckReport)
    except OSError as error:
        raise Misconfigured("cli.file", error.strerror or str(error), file=str(file)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Misconfigured("check.no_report", str(error), file=str(file)) from error


def write(report: CheckReport, file: Path, languages: Sequence[str]) -> None:
    """Draw it, and say where it is. Raises Misconfigured where it cannot be written."""
    # The display belongs to the screen's own program, and a file needs none.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from smartward.screen.drill_pdf import write_pdf

    write_pdf(sheet(report, in_languages(languages)), file)
    print(of_terminal().text("check.written", file=str(file)), file=sys.stderr)
