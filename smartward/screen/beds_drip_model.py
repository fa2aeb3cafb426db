"""The drip card for QML: one object that tells when any of its texts has changed."""

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from smartward.screen.beds_drip import DripText

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class DripModel(QObject):
    """What `DripText` says."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = DripText()

    def show(self, text: DripText) -> None:
        """Say `text` from now on."""
        if text != self._text:
            self._text = text
            self.changed.emit()

    @property
    def text(self) -> DripText:
        """What is shown."""
        return self._text

    @Property(bool, notify=changed)
    def running(self) -> bool:
        """Whether a drip hangs."""
        return self._text.running

    @Property(str, notify=changed)
    def headline(self) -> str:
        """About how long it still runs, or a dash."""
        return self._text.headline

    @Property(str, notify=changed)
    def estimated(self) -> str:
        """The word "estimated", empty for a live sensor."""
        return self._text.estimated

    @Property(float, notify=changed)
    def fraction(self) -> float:
        """Share left, 0 to 1; -1 when it is not known."""
        return self._text.fraction

    @Property(str, notify=changed)
    def detail(self) -> str:
        """When it ends, or what is wrong with the sensor."""
        return self._text.detail

    @Property(str, notify=changed)
    def advice(self) -> str:
        """What a patient looks out for."""
        return self._text.advice

    @Property(str, notify=changed)
    def more(self) -> str:
        """That other drips run too; empty when none does."""
        return self._text.more

    @Property(bool, notify=changed)
    def attention(self) -> bool:
        """Whether the detail matters more than the advice."""
        return self._text.attention
