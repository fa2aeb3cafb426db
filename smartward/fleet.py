"""`smartward fleet`: the hub's commands for the ward's devices, with what draws the report of one.

A report is drawn here and not in the hub, which has no part in drawing.
"""

from pathlib import Path

from smartward.clinical.device_check import CheckReport
from smartward.hub import fleet_cli
from smartward.hub.fleet_check_cli import Draws
from smartward.parts import installed


class Drawn(Draws):
    """Draws with the screens' part of SmartWard, where it is installed."""

    def ready(self, file: Path) -> None:
        """Raises Misconfigured where nothing draws here, or `file` cannot be written."""
        if not installed("screen"):
            super().ready(file)
        # Imported when wanted: whoever only looks needs nothing that draws.
        from smartward.screen.pdf_target import may_be_written

        may_be_written(file)

    def write(self, report: CheckReport, file: Path, language: str | None) -> None:
        """Draw it."""
        from smartward.screen.check_report import languages, write

        write(report, file, languages(language))


def main(argv: list[str]) -> int:
    """Do one of them. Raises Unreachable where no hub runs, Misconfigured."""
    return fleet_cli.main(argv, Drawn())
