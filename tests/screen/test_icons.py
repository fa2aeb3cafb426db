"""Every icon that a page names is in the font, and is drawn."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication, QRawFont

from smartward.config import asset
from smartward.screen.icons import IconFont, font_family, glyphs

_IN_QML = re.compile(r"(?:\bname|\biconName|\bicon)\s*:\s*(.+)")
_WORD = re.compile(r'"([a-z][a-z0-9-]+)"')


def named_in_qml() -> set[str]:
    """Every quoted word on a line that sets an icon's name."""
    found: set[str] = set()
    for path in Path(asset("ui")).rglob("*.qml"):
        for line in path.read_text("utf-8").splitlines():
            if match := _IN_QML.search(line):
                found |= set(_WORD.findall(match[1]))
    return found - {"his", "fault", "hub"}


def test_every_icon_of_the_pages_is_in_the_font() -> None:
    names = named_in_qml()
    assert "lan-disconnect" in names
    assert sorted(names - glyphs().keys()) == []


def test_the_font_draws_them(app: QGuiApplication) -> None:
    font = QFont(font_family())
    font.setPixelSize(40)
    raw = QRawFont.fromFont(font)
    metrics = QFontMetricsF(font)
    for name in sorted(named_in_qml()):
        assert raw.supportsCharacter(ord(glyphs()[name])), name
        assert metrics.tightBoundingRect(glyphs()[name]).width() > 10, name


@pytest.mark.expects_log("no icon named")
def test_an_unknown_icon_is_told_and_seen(app: QGuiApplication) -> None:
    font = IconFont()
    assert font.glyph("no-such-icon") == glyphs()["help-rhombus-outline"]
    assert font.glyph("bed") == glyphs()["bed"]
    assert font.family == font_family()
