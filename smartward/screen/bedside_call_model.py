"""The call page for QML: texts, three receipts and the reasons."""

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from smartward.screen.bedside_call import CallText, Receipt
from smartward.screen.bedside_reasons import ReasonRow
from smartward.screen.list_model import KeyedListModel

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class CallModel(QObject):
    """What `CallText` says; `open` while this bed has a call."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = False
        self._text = CallText()
        self._receipts = KeyedListModel(Receipt, self)
        self._reasons = KeyedListModel(ReasonRow, self)

    def show(self, text: CallText | None) -> None:
        """Say `text` from now on; None: this bed has no call."""
        shown = CallText() if text is None else text
        if (text is not None, shown) == (self._open, self._text):
            return
        self._open, self._text = text is not None, shown
        self._receipts.update(shown.receipts)
        self._reasons.update(shown.reasons)
        self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether this bed has an open call."""
        return self._open

    @property
    def text(self) -> CallText:
        """What is shown."""
        return self._text

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether this bed has an open call."""
        return self._open

    @Property(str, notify=changed)
    def title(self) -> str:
        """What has become of the call, in a few words."""
        return self._text.title

    @Property(str, notify=changed)
    def subtitle(self) -> str:
        """Bed, and for how long it has been calling."""
        return self._text.subtitle

    @Property(str, notify=changed)
    def brief(self) -> str:
        """Title and time in one line, for the button on the other pages."""
        return self._text.brief

    @Property(int, notify=changed)
    def current(self) -> int:
        """Which receipt is told where only one has room."""
        return self._text.current

    @Property(str, notify=changed)
    def truth(self) -> str:
        """What is honest to say now."""
        return self._text.truth

    @Property(bool, notify=changed)
    def warning(self) -> bool:
        """Whether `truth` points to the wired call unit."""
        return self._text.warning

    @Property(bool, notify=changed)
    def mustTell(self) -> bool:
        """Whether `truth` is shown however little room there is."""
        return self._text.must_tell

    @Property(str, notify=changed)
    def answer(self) -> str:
        """The answer to the reason touched."""
        return self._text.answer

    @Property(bool, notify=changed)
    def answered(self) -> bool:
        """Whether a reason was touched."""
        return any(row.status for row in self._text.reasons)

    @Property(bool, notify=changed)
    def mistakeSaid(self) -> bool:
        """Whether the patient said that it was a mistake."""
        return self._text.mistake_said

    @Property(str, notify=changed)
    def mistake(self) -> str:
        """The words of the mistake control, or what has become of it."""
        return self._text.mistake

    @Property(QObject, constant=True)
    def receipts(self) -> KeyedListModel[Receipt]:
        """The three receipts: key, status, text, icon."""
        return self._receipts

    @Property(QObject, constant=True)
    def reasons(self) -> KeyedListModel[ReasonRow]:
        """The eight reasons: key, icon, text, tone, status."""
        return self._reasons
