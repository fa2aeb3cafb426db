"""A window with one word, drawn as our screens draw: what Qt and Python cost without us.

Run by `smartward bench start` as a process of its own; tells as a screen does when its first frame
was drawn.
"""

import json
import os
import sys
import time

from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlEngine
from PySide6.QtQuick import QQuickWindow

_PAGE = b"""
import QtQuick
Window { width: 1920; height: 1080; visible: true
    Text { anchors.centerIn: parent; text: "SmartWard" } }
"""


def main() -> int:
    """Draw it and stay until killed."""
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    app = QGuiApplication(sys.argv)
    engine = QQmlEngine()
    component = QQmlComponent(engine)
    component.setData(_PAGE, "plain.qml")
    window = component.create()
    if not isinstance(window, QQuickWindow):
        print(component.errorString(), file=sys.stderr)
        return 1
    window.frameSwapped.connect(_drawn)
    return app.exec()


def _drawn() -> None:
    drawn_at = time.clock_gettime(time.CLOCK_BOOTTIME)  # noqa: TID251  # nothing of ours is loaded
    processor_s = time.process_time()
    print(json.dumps({"drawn_at": drawn_at, "processor_s": processor_s}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
