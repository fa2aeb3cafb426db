"""`smartward demo`: a living ward on this machine.

With a display: a simulated hospital, a hub and five screens in one arrangement, until they are
closed. Without one: the same programs offscreen, through a told story, with measured times and a
picture of each screen at each step. With `--day`: a day of alerts, played at speed.
"""

import argparse
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from smartward.demo import chapters, day
from smartward.demo.stage import Stage
from smartward.harness.house import House

MORNING = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
"""10:05 on the ward."""


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(argv: list[str]) -> int:
    """Show or tell; 1 when the story did not go as it should."""
    parser = argparse.ArgumentParser(prog="smartward demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="folder of the pictures")
    parser.add_argument("--language", choices=("zh_CN", "en"), default="zh_CN")
    parser.add_argument("--told", action="store_true", help="tell the story even with a display")
    parser.add_argument(
        "--day",
        action="store_true",
        help="play a day of alerts at speed, in both languages (a few minutes)",
    )
    options = parser.parse_args(argv)
    if options.day:
        _fresh(options.out)
        return day.tell(options.out)
    with tempfile.TemporaryDirectory(prefix="smartward-demo-") as folder:
        if _has_display() and not options.told:
            return _show(Path(folder), options.language)
        return _tell(Path(folder), options.out, options.language)


def _show(folder: Path, language: str) -> int:
    """Five windows, until the first of them is closed."""
    from smartward.demo.arrangement import arrange
    from smartward.device.display import area

    with House(folder, origin=MORNING, rate=6.0, display=True) as house:
        stage = Stage(house, language)
        stage.build(arrange(*area()))
        print("A ward at six times the speed of life. Touch what a patient or nurse would touch.")
        print("Whoever acts proves it: touch a name above and type its PIN (all are made up).")
        print("Close a window, or press Ctrl-C here, to end it.")
        try:
            stage.until_one_ends()
        except KeyboardInterrupt:
            print()
    return 0


def _fresh(out: Path) -> None:
    """An empty folder, whatever was there."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)


def _tell(folder: Path, out: Path, language: str) -> int:
    _fresh(out)
    with House(folder, origin=MORNING) as house:
        stage = Stage(house, language, out.resolve())
        stage.build()
        for chapter in chapters.STORY:
            stage.tell(chapter)
            if stage.failed:
                break
        stage.print_table()
        stage.keep_logs()
    return 1 if stage.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
