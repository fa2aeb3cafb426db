"""The ward's next call as door and bedhead read it, while somebody is in their room."""

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.beds_presence import ElsewhereText

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
@QmlUncreatable("part of a screen's model")
class ElsewhereModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The next call of another bed."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._text = ElsewhereText()

    def show(self, text: ElsewhereText) -> None:
        """Say `text` from now on."""
        if text != self._text:
            self._text = text
            self.changed.emit()

    @property
    def text(self) -> ElsewhereText:
        """What is shown."""
        return self._text

    @Property(str, notify=changed)
    def priority(self) -> str:
        """high or medium while the ward's next call is repeated here, else empty."""
        return self._text.priority

    @Property(bool, notify=changed)
    def strong(self) -> bool:
        """Whether that call is an emergency."""
        return self._text.strong

    @Property(str, notify=changed)
    def lead(self) -> str:
        """That it is another bed, and how many more wait."""
        return self._text.lead

    @Property(str, notify=changed)
    def bed(self) -> str:
        """Which bed calls elsewhere."""
        return self._text.bed

    @Property(str, notify=changed)
    def kind(self) -> str:
        """What kind of call that is."""
        return self._text.kind
