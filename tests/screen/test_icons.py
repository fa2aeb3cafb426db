"""Every icon that a page names is in the font, and is drawn."""

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication, QRawFont

import smartward
from smartward.config import asset
from smartward.screen.icons import IconFont, font_family, glyph_of

_IN_QML = re.compile(r"(?:\bname|\biconName|\bicon)\s*:\s*(.+)")
_COMPARED = re.compile(r'[=!]==?\s*"[^"]*"')
_WORD = re.compile(r'"([a-z][a-z0-9-]+)"')


def glyph(name: str) -> str:
    found = glyph_of(name)
    assert found is not None, name
    return found


def named_in_qml() -> set[str]:
    """Every quoted word that a page sets as an icon's name."""
    found: set[str] = set()
    for path in Path(asset("ui")).rglob("*.qml"):
        for line in path.read_text("utf-8").splitlines():
            if match := _IN_QML.search(line):
                found |= set(_WORD.findall(_COMPARED.sub("", match[1])))
    return found


def named_in_models() -> set[str]:
    """Values of the tables called …ICON…, and what is given as `icon=`."""
    found: set[str] = set()
    for path in (Path(smartward.__file__).parent / "screen").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and "ICON" in ast.unparse(node.targets[0]):
                found |= strings(node.value.values if isinstance(node.value, ast.Dict) else [])
            elif isinstance(node, ast.keyword) and node.arg == "icon":
                found |= strings([node.value])
    return found


def strings(nodes: list[ast.expr]) -> set[str]:
    """The texts in some expressions, conditions left out."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            found.add(node.value)
        elif isinstance(node, ast.IfExp):
            found |= strings([node.body, node.orelse])
    return found


def test_the_search_finds_them() -> None:
    assert "lan-disconnect" in named_in_qml()
    assert "iv-bag" in named_in_models()


def test_every_icon_is_in_the_font() -> None:
    named = named_in_qml() | named_in_models()
    assert sorted(name for name in named if glyph_of(name) is None) == []


def test_the_font_draws_them(app: QGuiApplication) -> None:
    font = QFont(font_family())
    font.setPixelSize(40)
    raw = QRawFont.fromFont(font)
    metrics = QFontMetricsF(font)
    for name in sorted(named_in_qml() | named_in_models()):
        assert raw.supportsCharacter(ord(glyph(name))), name
        assert metrics.tightBoundingRect(glyph(name)).width() > 5, name


@pytest.mark.expects_log("no icon named")
def test_an_unknown_icon_is_told_and_seen(app: QGuiApplication) -> None:
    font = IconFont()
    assert font.glyph("no-such-icon") == glyph("help-rhombus-outline")
    assert font.glyph("bed") == glyph("bed")
    assert font.family == font_family()
