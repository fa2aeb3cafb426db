"""The display of this machine, as far as a program that starts screens must know it."""

import json
import subprocess
import sys

from PySide6.QtGui import QGuiApplication


def area() -> tuple[int, int]:
    """Width and height of the primary display's free area, in its own pixels.

    Asked in a process of its own, so that the asking program needs no connection to the display.
    """
    told = subprocess.run(
        [sys.executable, "-m", __name__], capture_output=True, check=True, timeout=30
    )
    width, height = json.loads(told.stdout.splitlines()[-1])
    return int(width), int(height)


def _tell() -> None:
    application = QGuiApplication([])
    screen = application.primaryScreen()
    free = screen.availableGeometry()
    ratio = screen.devicePixelRatio()
    print(json.dumps([round(free.width() * ratio), round(free.height() * ratio)]))


if __name__ == "__main__":
    _tell()
