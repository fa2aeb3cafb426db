"""The pixel that has a compositor answer: behind a frame, clear, in nobody's way, and ended."""

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtQuick import QQuickWindow

from smartward.screen.frame_nudge import FrameNudge, frame_nudge


def _shown_pixel(window: QQuickWindow) -> QWindow | None:
    """The window's child window, once there is one; None where none comes within two seconds."""
    loop = QEventLoop()
    look = QTimer(interval=10)
    look.timeout.connect(lambda: loop.quit() if window.findChildren(QWindow) else None)
    look.start()
    QTimer.singleShot(2000, loop.quit)
    loop.exec()
    return next(iter(window.findChildren(QWindow)), None)


@pytest.fixture
def window(app: QGuiApplication) -> QQuickWindow:
    made = QQuickWindow()
    made.resize(64, 64)
    return made


def test_a_frame_is_followed_by_one_clear_pixel_that_takes_no_touch(window: QQuickWindow) -> None:
    nudge = FrameNudge(window)
    window.show()
    pixel = _shown_pixel(window)
    assert pixel is not None
    assert (pixel.width(), pixel.height()) == (1, 1)
    assert pixel.flags() & Qt.WindowType.WindowTransparentForInput
    assert pixel.format().alphaBufferSize() == 8
    nudge.end()
    assert not window.findChildren(QWindow)
    window.close()


def test_a_display_without_a_compositor_needs_none(window: QQuickWindow) -> None:
    assert frame_nudge(window) is None
