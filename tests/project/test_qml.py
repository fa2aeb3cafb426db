"""QML: types of our view models, form, and what the architecture keeps out of it."""

import re
import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from tests.project.qml_types import Sources, lint, write_types
from tests.project.repo import ROOT, UI, files, must, place

SCREEN = ROOT / "smartward" / "screen"


def test_lint() -> None:
    qml = files(".qml", "ui")
    assert qml
    build = ROOT / "build" / "qml"
    write_types(SCREEN, build)
    code, said = lint(qml, build, UI)
    assert code == 0, said


def test_form(tmp_path: Path) -> None:
    """Each file is as qmlformat writes it (`make format`)."""
    qml = files(".qml", "ui")
    copies = []
    for path in qml:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
        copies.append(copy)
    assert copies
    must(["pyside6-qmlformat", "--ignore-settings", "--inplace", *copies])
    other = [
        str(path.relative_to(ROOT))
        for path, copy in zip(qml, copies, strict=True)
        if path.read_bytes() != copy.read_bytes()
    ]
    assert not other, "not as qmlformat writes it; run `make format`: " + ", ".join(other)


def literals(pattern: str, allowed: Path) -> list[str]:
    """Lines of QML outside `allowed` that match, comments left out."""
    return [
        f"{place(path, number)}: {line.strip()}"
        for path in files(".qml", "ui")
        if not path.is_relative_to(allowed)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(pattern, re.sub(r"(?<![:\"'])//.*", "", line))
    ]


COLOUR = r"""["']\#[0-9a-fA-F]{3,8}["']|\bQt\.(?:rgba|hsla|hsva)\("""
NAMES = "|".join(name for name in QColor.colorNames() if name != "transparent")
NAMED_COLOUR = rf"""\b(?:color|[a-z]\w*Color)\s*:.*["'](?:{NAMES})["']"""
SIZE = r"\bpixelSize\s*:\s*[\d.]|\bpointSize\s*:"


def test_colours_come_from_the_theme() -> None:
    found = literals(COLOUR, UI / "theme") + literals(NAMED_COLOUR, UI / "theme")
    assert not found, "\n".join(found)


def test_text_sizes_come_from_the_theme() -> None:
    found = literals(SIZE, UI / "theme")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "pattern, line",
    [
        (COLOUR, 'color: "#12211D"'),
        (COLOUR, "color: on ? '#fff' : Theme.ink"),
        (COLOUR, "border.color: Qt.rgba(0, 0, 0, 0.5)"),
        (NAMED_COLOUR, 'color: "red"'),
        (NAMED_COLOUR, 'color: on ? "white" : Theme.ink'),
        (SIZE, "font.pixelSize: 12"),
        (SIZE, "font { pixelSize: 12 }"),
    ],
)
def test_literals_are_found(pattern: str, line: str) -> None:
    assert re.search(pattern, line)


@pytest.mark.parametrize(
    "pattern, line",
    [
        (COLOUR, "color: Theme.ink"),
        (NAMED_COLOUR, 'color: "transparent"'),
        (NAMED_COLOUR, 'text: root.color === "x" ? "a" : "b"'),
        (NAMED_COLOUR, 'color: root.kind === "plain" ? Theme.ink : "transparent"'),
        (SIZE, "font.pixelSize: Theme.body"),
    ],
)
def test_theme_values_are_not(pattern: str, line: str) -> None:
    assert not re.search(pattern, line)


def test_no_context_properties() -> None:
    """Roots take view models as required properties, which qmllint can check."""
    found = [
        place(path, number)
        for path in files(".py", "smartward")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "setContextProperty" in line or "setContextObject" in line
    ]
    assert not found, found


def touches_by_length(source: str) -> list[str]:
    """What answers to a tap and lets Qt say how long one may be: nothing longer than 0.8 s."""
    handlers = re.findall(r"\n( *)TapHandler \{\n(.*?)\n\1\}", source, re.S)
    return [body for _, body in handlers if "onTapped" in body and "longPressThreshold" not in body]


def test_a_touch_may_be_slow() -> None:
    """Components' `Touch` is what a finger touches; who wants another length says so."""
    found = [path.name for path in files(".qml", "ui") if touches_by_length(path.read_text())]
    assert not found, found
    tapped = "Item {\n    TapHandler {\n        onTapped: a()\n    }\n}\n"
    assert touches_by_length(tapped)
    assert not touches_by_length(tapped.replace("onT", "longPressThreshold: 0\n        onT"))


# ------------------------------------------------------------------- the linter's own proof

BASE = """
from typing import Generic, TypeVar
from PySide6.QtCore import Property, QAbstractListModel, Signal

R = TypeVar("R")

class KeyedModel(QAbstractListModel, Generic[R]):
    countChanged: Signal = Signal()

    @Property(int, notify=countChanged)
    def count(self): return 0
"""

MODELS = """
from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton
from smartward.screen.z_base import KeyedModel

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

@QmlElement
class QueueModel(KeyedModel[str]):
    @Slot(str, result=bool)
    def accept(self, call): return True

@QmlElement
class StationModel(QObject):
    titleChanged = Signal()

    @Property(str, notify=titleChanged)
    def title(self): return ""

    @Property(QueueModel, constant=True)
    def queue(self): return None

@QmlElement
@QmlSingleton
class Link(QObject):
    ageChanged = Signal()

    @Property(int, notify=ageChanged)
    def ageSeconds(self): return 3
"""

STATION = """
pragma ComponentBehavior: Bound
import QtQuick
import SmartWard.Screen
import "theme"

Item {
    id: root

    required property StationModel station

    ListView {
        model: root.station.queue
        delegate: Text {
            text: root.station.title + root.station.queue.count + Link.ageSeconds
            color: Theme.ink

            TapHandler {
                onTapped: root.station.queue.accept("1")
            }
        }
    }
}
"""

THEME = """pragma Singleton
import QtQuick
QtObject { readonly property color ink: "black" }
"""


def lint_sample(tmp_path: Path, station: str) -> tuple[int, str]:
    screen, ui = tmp_path / "smartward" / "screen", tmp_path / "ui"
    (ui / "theme").mkdir(parents=True)
    screen.mkdir(parents=True)
    (screen / "a_models.py").write_text(MODELS)
    (screen / "z_base.py").write_text(BASE)
    (ui / "theme" / "Theme.qml").write_text(THEME)
    (ui / "theme" / "qmldir").write_text("module SmartWard.Theme\nsingleton Theme 1.0 Theme.qml\n")
    (ui / "Station.qml").write_text(station)
    assert [path.name for path in Sources(screen).order()] == ["z_base.py", "a_models.py"]
    write_types(screen, tmp_path / "build")
    return lint([ui / "Station.qml"], tmp_path / "build", ui)


def test_lint_knows_our_models(tmp_path: Path) -> None:
    code, said = lint_sample(tmp_path, STATION)
    assert code == 0, said


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("station.title", "station.titel"),
        ("queue.count", "queue.cuont"),
        ("queue.accept(", "queue.acept("),
        ("Link.ageSeconds", "Link.ageSecond"),
        ("Theme.ink", "Theme.inkk"),
        ("property StationModel", "property StationModle"),
        ("QtQuick", "QtQuik"),
    ],
)
def test_misspelling_is_found(right: str, wrong: str, tmp_path: Path) -> None:
    assert right in STATION
    code, said = lint_sample(tmp_path, STATION.replace(right, wrong))
    assert code != 0, said
    assert "Warning" in said
