"""My care for QML: how it can be opened, and what is in it; empty while it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from smartward.screen.bedside_care import ReadingRow
from smartward.screen.list_model import KeyedListModel

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CareText:
    """What the page says. `question`, `detail`: how it opens; `refusal`: why it did not. `by_pin`:
    this patient has a PIN that may be tried. `name`, `closes`: only while it is open."""

    is_open: bool = False
    question: str = ""
    detail: str = ""
    refusal: str = ""
    by_pin: bool = False
    name: str = ""
    closes: str = ""


@QmlElement
class CareModel(QObject):
    """The patient's own layer; QML holds nothing of it while it is closed."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = CareText()
        self._rows = KeyedListModel(ReadingRow, self)

    def show(self, text: CareText, rows: Sequence[ReadingRow]) -> None:
        """Bring the page up to date; `rows` are dropped while it is closed."""
        changed = self._rows.update(rows if text.is_open else ())
        if changed or text != self._text:
            self._text = text
            self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether the readings are shown."""
        return self._text.is_open

    @property
    def text(self) -> CareText:
        """What is shown."""
        return self._text

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether the readings are shown; else how to open them."""
        return self._text.is_open

    @Property(bool, notify=changed)
    def empty(self) -> bool:
        """Whether it is open and there is nothing to show."""
        return self._text.is_open and not self._rows.rows

    @Property(str, notify=changed)
    def question(self) -> str:
        """What to do to open it."""
        return self._text.question

    @Property(str, notify=changed)
    def detail(self) -> str:
        """That others may see it, and that it closes by itself."""
        return self._text.detail

    @Property(str, notify=changed)
    def refusal(self) -> str:
        """Why it did not open; names nobody."""
        return self._text.refusal

    @Property(bool, notify=changed)
    def byPin(self) -> bool:
        """Whether the patient's PIN can be touched."""
        return self._text.by_pin

    @Property(str, notify=changed)
    def name(self) -> str:
        """The patient's name as the policy allows it here; empty where it allows none."""
        return self._text.name

    @Property(str, notify=changed)
    def closesText(self) -> str:
        """In how many seconds it closes."""
        return self._text.closes

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[ReadingRow]:
        """Readings: key, icon, label, value, taken, stale."""
        return self._rows
