"""My care for QML: asked first, closed after a minute, and empty while it is closed."""

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.i18n import Catalogue
from smartward.screen.bedside_care import OPEN_S, ReadingRow
from smartward.screen.list_model import KeyedListModel

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class CareModel(QObject):
    """The patient's own readings; QML holds none of them while they are closed."""

    changed = Signal()
    wanted = Signal()
    """Emitted when the readings were opened or closed by a touch."""

    def __init__(self, monotonic: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._monotonic = monotonic
        self._until: float | None = None
        self._closes = ""
        self._rows = KeyedListModel(ReadingRow, self)

    @property
    def is_open(self) -> bool:
        """Whether the readings are shown."""
        return self._until is not None

    def shut(self) -> None:
        """Close, as the minute is over or the bed has changed."""
        self._until = None

    def show(self, catalogue: Catalogue, rows: Sequence[ReadingRow]) -> None:
        """Bring the page up to date; `rows` are dropped while it is closed."""
        if self._until is not None and self._monotonic() >= self._until:
            self._until = None
        closes = ""
        if self._until is not None:
            left = math.ceil(self._until - self._monotonic())
            closes = catalogue.text("bedside.reading.closes", n=left)
        self._rows.update(rows if self._until is not None else ())
        self._closes = closes
        self.changed.emit()

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether the readings are shown; else the question is."""
        return self._until is not None

    @Property(bool, notify=changed)
    def empty(self) -> bool:
        """Whether it is open and there is nothing to show."""
        return self._until is not None and not self._rows.rows

    @Property(str, notify=changed)
    def closesText(self) -> str:
        """In how many seconds it closes."""
        return self._closes

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[ReadingRow]:
        """Readings: key, icon, label, value, taken, stale."""
        return self._rows

    @Slot()
    def confirm(self) -> None:
        """The patient wants to see the readings although others may be near."""
        self._until = self._monotonic() + OPEN_S
        self.wanted.emit()

    @Slot()
    def close(self) -> None:
        """The patient has seen enough."""
        self._until = None
        self.wanted.emit()
