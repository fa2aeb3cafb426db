"""A screen shows which it is: in a frame that covers no call, under which nothing is touched, and
which goes by itself."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRectF, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, qmlEngine
from PySide6.QtQuick import QQuickItem

from smartward.screen.orders import Orders
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind
from tests.fakes.fake_clock import ManualClock
from tests.project.repo import ROOT
from tests.ui.bed_scenes import SCENES
from tests.ui.bed_stage import application, box, stage

UI = ROOT / "ui"
ID = "01a205e4-4e7f-7607-84a3-a098c40c2775"
LONG = "bedside screen · Bed 12-34 A · by the window at the end of the corridor"


@pytest.fixture(scope="module", autouse=True)
def app() -> QGuiApplication:
    return application()


def calls(role: str, items: list[QQuickItem]) -> list[QRectF]:
    """Where the page says that somebody calls, and where one calls."""
    named = {"bedside": ("callButton",), "bedhead": ("lamp",), "door": ("lamp", "bed-")}
    if role == "corridor":
        return [box(one) for one in items if "CallRow" in one.metaObject().className()]
    found = [one for one in items if one.objectName().startswith(named[role])]
    lit = [one for one in found if not one.objectName().startswith("bed-") or one.property("lit")]
    return [box(one) for one in lit]


@pytest.mark.parametrize(
    "role, scene, more",
    [
        ("bedside", "home", {}),
        ("bedside", "longest-called", {"size": (1024, 600), "text_scale": 1.6, "language": "en"}),
        ("bedside", "silent-called", {"appearance": "night"}),
        ("bedhead", "longest-called", {"size": (800, 1280)}),
        ("bedhead", "offline", {"language": "en", "appearance": "night"}),
        ("door", "called", {"size": (1080, 1920)}),
        ("door", "calm", {"size": (1080, 1920), "language": "en", "appearance": "night"}),
        ("corridor", "thirty-high", {"size": (1920, 1080)}),
    ],
)
def test_the_frame_stands_beside_every_call(role: str, scene: str, more: dict[str, Any]) -> None:
    with stage(role, SCENES[role][scene], **more) as on:
        assert not on.has("identifyFrame")
        on.model.identifies.show(LONG, ID, 20)
        on.settle()
        frame = box(on.find("identifyFrame"))
        window = QRectF(0, 0, on.window.width(), on.window.height())
        assert window.contains(frame)
        assert frame.contains(box(on.find("identifyPlace")))
        shapes = calls(role, list(on.shown()))
        assert shapes or scene == "offline", "nothing here to be covered"
        assert not [shape for shape in shapes if shape.intersects(frame)]
        if role == "bedside" and on.has("callButton"):
            on.tap("callButton")
            assert {one.kind for one in on.actions} & {ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN}
        on.model.identifies.end()
        on.settle()
        assert not on.has("identifyFrame")
        assert on.warnings == []


BUTTON = b"""
import QtQuick
import "components"
Item {
    property int touched: 0
    anchors.fill: parent
    Touch { onTapped: parent.touched += 1 }
}
"""


def test_what_lies_under_the_frame_is_not_touched() -> None:
    with stage("bedside", SCENES["bedside"]["home"]) as on:
        loader = on.find("identify")
        engine = qmlEngine(loader)
        assert engine is not None
        component = QQmlComponent(engine)
        component.setData(BUTTON, QUrl.fromLocalFile(f"{UI}/"))
        button = component.createWithInitialProperties({"parent": loader.parentItem()})
        assert isinstance(button, QQuickItem), component.errorString()
        on.model.identifies.show(LONG, ID, 20)
        on.settle()
        place = box(on.find("identifyFrame")).center()
        on.tap("identifyFrame")
        assert button.property("touched") == 0
        on.model.identifies.end()
        on.settle()
        on.tap_at(place.x(), place.y())
        assert button.property("touched") == 1
        button.deleteLater()


@pytest.mark.parametrize("language, words", [("en", "please touch here"), ("zh_CN", "请触摸此处")])
def test_a_screen_that_is_checked_asks_for_a_touch_beside_the_call_button(
    language: str, words: str, tmp_path: Path
) -> None:
    with stage("bedside", SCENES["bedside"]["home"], language=language) as on:
        orders = Orders(on.model, nobody, ManualClock(), Tasks())
        orders.ask_touch(60)
        on.settle()
        assert words in on.find("identifyPlace").property("text")
        assert not box(on.find("identifyFrame")).intersects(box(on.find("callButton")))
        on.grab(tmp_path / f"touch-{language}.png")
        orders.ask_touch(0)
        on.settle()
        assert not on.has("identifyFrame")
        assert on.actions == []


async def nobody(path: str, body: bytes) -> None:
    """There is no hub."""
