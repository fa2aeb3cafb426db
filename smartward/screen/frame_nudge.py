"""A picture that stands still under Debian 12's compositor is set going again.

Where a frame changes no pixel, Qt's software renderer tells the compositor of a new picture without
a damaged region, and draws no other before that one is answered. wlroots 0.15 (cage 0.1.4) answers
only when something else is drawn, so that the page would stand still until somebody touched it. One
pixel of a surface of its own that is told to be new, and is clear, has it answer.
"""

import shiboken6
from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QBackingStore, QGuiApplication, QPainter, QRegion, QWindow
from PySide6.QtQuick import QQuickWindow

_AFTER_MS = 40
"""Behind the last frame: those of an animation that goes on follow sooner."""


class FrameNudge(QObject):
    """Keeps a window's frames coming until `end`."""

    def __init__(self, window: QQuickWindow) -> None:
        super().__init__(window)
        self._window = window
        self._pixel: QWindow | None = None
        self._store: QBackingStore | None = None
        self._timer = QTimer(self, interval=_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self._nudge)
        window.frameSwapped.connect(self._timer.start)

    def _shown(self) -> QBackingStore:
        # Here: to name it loads all of Qt's names, which no first frame waits for (list_model.py).
        from PySide6.QtCore import Qt

        pixel = self._pixel = QWindow(self._window)
        pixel.setFlags(
            Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowTransparentForInput
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        form = pixel.requestedFormat()
        form.setAlphaBufferSize(8)
        pixel.setFormat(form)
        pixel.setGeometry(0, 0, 1, 1)
        store = QBackingStore(pixel)
        store.resize(QSize(1, 1))
        pixel.show()
        return store

    def _nudge(self) -> None:
        from PySide6.QtCore import Qt

        if self._store is None:
            self._store = self._shown()
        all_of_it = QRegion(0, 0, 1, 1)
        self._store.beginPaint(all_of_it)
        painter = QPainter(self._store.paintDevice())
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.fillRect(0, 0, 1, 1, Qt.GlobalColor.transparent)
        painter.end()
        self._store.endPaint()
        self._store.flush(all_of_it)

    def end(self) -> None:
        """Before the window goes: what is drawn into goes before what it is drawn on."""
        self._timer.stop()
        self._window.frameSwapped.disconnect(self._timer.start)
        self._store = None
        pixel, self._pixel = self._pixel, None
        if pixel is not None:
            shiboken6.delete(pixel)


def frame_nudge(window: QQuickWindow) -> FrameNudge | None:
    """What keeps its frames coming where the display is a compositor's; others need none."""
    return FrameNudge(window) if QGuiApplication.platformName() == "wayland" else None
