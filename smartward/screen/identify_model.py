"""Which screen this is, shown for a while when the hub orders it: to whoever looks for it."""

from PySide6.QtCore import Property, QObject, QTimer, Signal
from PySide6.QtQml import QmlElement, QmlUncreatable

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
@QmlUncreatable("made by ScreenModel")
class IdentifyModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """What stands in the frame; nothing while nobody looks for this screen."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._place = self._device = ""
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.timeout.connect(self.end)

    def show(self, place: str, device: str, seconds: float) -> None:
        """Show it for so long from now."""
        self._place, self._device = place, device
        self._over.start(round(seconds * 1000))
        self.changed.emit()

    def end(self) -> None:
        """Show it no more."""
        self._over.stop()
        if self._place:
            self._place = self._device = ""
            self.changed.emit()

    @Property(str, notify=changed)
    def place(self) -> str:
        """What it is and where; empty: nothing is shown."""
        return self._place

    @Property(str, notify=changed)
    def device(self) -> str:
        """Its id."""
        return self._device
