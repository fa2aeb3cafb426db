"""A page read ahead of its window: what was read is drawn, and what fails leaves nothing."""

from contextlib import suppress
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEventLoop
from PySide6.QtQml import QQmlComponent, QQmlEngine

from smartward.clock import SystemClock
from smartward.screen.event_loop import ScreenLoop
from smartward.screen.page_ahead import PageAhead
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.screen.window import MessageCounter, ScreenWindow

_PAGE = """
import QtQuick
import SmartWard.Screen
Window {
    required property ScreenModel model
    title: "%s"
}
"""


def _read(engine: QQmlEngine) -> QQmlComponent:
    """Wait until its page is read and compiled, by Qt's own signal."""
    component = engine.findChild(QQmlComponent)
    assert isinstance(component, QQmlComponent)
    if component.isLoading():
        waiting = QEventLoop()
        component.statusChanged.connect(waiting.quit)
        waiting.exec()
    return component


def test_a_window_is_made_of_what_was_read_ahead(
    loop: ScreenLoop, services: Services, tmp_path: Path
) -> None:
    page = tmp_path / "Page.qml"
    page.write_text(_PAGE % "read ahead")
    model, messages = ScreenModel(services), MessageCounter()
    model.start()
    with PageAhead(page) as ahead:
        assert ahead._engine is not None
        assert _read(ahead._engine).isReady()
        page.write_text(_PAGE % "read when it was loaded")
        window = ScreenWindow(page, model, SystemClock(), messages)
        window.load((100, 100), False, ahead)
    assert window.window.title() == "read ahead"
    with pytest.raises(RuntimeError, match="taken already"):
        ahead.take()
    window.close()
    assert messages.texts == []


def test_what_fails_in_between_leaves_no_engine(loop: ScreenLoop, tmp_path: Path) -> None:
    page = tmp_path / "Page.qml"
    page.write_text(_PAGE % "never shown")
    engine = None
    with suppress(KeyError), PageAhead(page) as ahead:
        engine = ahead._engine
        ahead.go_on()
        raise KeyError("the cache")
    assert engine is not None
    assert not shiboken6.isValid(engine)
