"""The icon font: Material Design Icons, from the files of the qtawesome package.

Only its font and its name table are used; its Python code is imported nowhere.
"""

import logging
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import Property, QObject, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtQml import QmlElement

from smartward.errors import Misconfigured

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

log = logging.getLogger("smartward.screen.icons")

_FALLBACK = "help-rhombus-outline"


def _font_folder() -> Path:
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise Misconfigured("screen.no_icon_font", "the package qtawesome is not installed")
    return Path(spec.origin).parent / "fonts"


@cache
def _charmap() -> bytes:
    """The font's table as it is written: a screen shows a hundred of its seven thousand icons, and
    to read it whole takes longer than to look each of them up in it, and a MiB."""
    tables = sorted(_font_folder().glob("materialdesignicons6-*charmap*.json"))
    if not tables:
        raise Misconfigured("screen.no_icon_font", "no charmap of Material Design Icons 6")
    return tables[-1].read_bytes()


@cache
def glyph_of(name: str) -> str | None:
    """The one character that draws an icon; None when the font has none of that name. Raises
    Misconfigured without the font."""
    table = _charmap()
    at = table.find(b'"%b":' % name.encode())
    if at < 0:
        return None
    begin = table.index(b'"0x', at) + 1
    return chr(int(table[begin : table.index(b'"', begin)], 16))


@cache
def font_family() -> str:
    """Load the font into Qt and give its family name. Needs a QGuiApplication."""
    fonts = sorted(_font_folder().glob("materialdesignicons6-*.ttf"))
    index = QFontDatabase.addApplicationFont(str(fonts[-1])) if fonts else -1
    families = QFontDatabase.applicationFontFamilies(index) if index >= 0 else []
    if not families:
        raise Misconfigured("screen.no_icon_font", "the icon font cannot be loaded")
    return families[0]


@QmlElement
class IconFont(QObject):
    """Gives QML the icon font's family and its glyphs by name; `Theme` holds the one instance."""

    @Property(str, constant=True)
    def family(self) -> str:
        """The family to set on a Text that shows a glyph."""
        return font_family()

    @Slot(str, result=str)
    def glyph(self, name: str) -> str:
        """The character for icon `name`; an unknown name is told and drawn as a question mark."""
        found = glyph_of(name)
        if found is None:
            log.error("there is no icon named %s", name)
            return glyph_of(_FALLBACK) or "?"
        return found
