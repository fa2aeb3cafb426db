"""Opening the display: what Qt cannot draw on is told in words, before Qt ends the process."""

import os
import sys

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication

from smartward.errors import Misconfigured
from smartward.i18n import of_terminal

_GIVEN = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")


def open_display() -> QGuiApplication:
    """The application on its display. Raises Misconfigured where none is given.

    One that is given but cannot be reached (no such display, not this user's, a library of its
    missing) ends the process with 1, told with what Qt found: Qt leaves no way back from there.
    """
    given = [f"{name}={os.environ[name]}" for name in _GIVEN if os.environ.get(name)]
    if sys.platform == "linux" and not given:
        raise Misconfigured("screen.no_display")
    found: list[str] = []

    def message(kind: QtMsgType, _context: object, text: str | None) -> None:
        if kind in (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg):
            found.append(text or "")
        elif kind == QtMsgType.QtFatalMsg:
            why = "; ".join(found) or text or "Qt"
            told = of_terminal().text("screen.display_refused", display=", ".join(given), why=why)
            sys.stderr.write(f"smartward screen: {told}\n")
            sys.stderr.flush()
            os._exit(1)

    # Rectangles of a card are small: spread over threads they cost more in waking than in filling.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    qInstallMessageHandler(message)
    app = QGuiApplication(sys.argv[:1])
    qInstallMessageHandler(None)
    for warning in found:
        sys.stderr.write(f"qt: {warning}\n")
    return app
