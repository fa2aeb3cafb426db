"""A PIN touched digit by digit at the bedside: by the patient to open, by a nurse to set it."""

from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.i18n import Catalogue
from smartward.screen.screen_model import ScreenModel

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

LEAST, MOST = 4, 8
"""Digits of a patient's PIN."""

OPENS, SETS = "open", "set"


class PinCheck(QObject):
    """Compares a PIN with its argon2id hash beside the window: slow on purpose."""

    checked = Signal(str, bool)
    """Whose PIN it was (the encounter), and whether it was right."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = ThreadPoolExecutor(max_workers=1, thread_name_prefix="patient pin")

    def begin(self, encounter_id: str, encoded: str, pin: str) -> None:
        """Check it; `checked` tells the outcome in the thread of this object."""
        self._work.submit(self._check, encounter_id, encoded, pin)

    def _check(self, encounter_id: str, encoded: str, pin: str) -> None:
        # argon2 is not needed for the first frame.
        from smartward.secret import pin_matches

        self.checked.emit(encounter_id, pin_matches(encoded, pin))


@QmlElement
class PatientPin(QObject):
    """The digits touched so far. A patient's are shown as dots, a new PIN is shown to be read."""

    changed = Signal()
    entered = Signal(str)
    """The digits, when they were confirmed."""

    def __init__(self, screen: ScreenModel) -> None:
        super().__init__(screen)
        self._screen = screen
        self._purpose = OPENS
        self._digits = ""
        self._busy = False
        self._refusal = ""
        screen.languageChanged.connect(self.changed)

    def begin(self, purpose: str) -> None:
        """Ask for a PIN: `open` or `set`."""
        self._purpose, self._digits, self._busy, self._refusal = purpose, "", False, ""
        self.changed.emit()

    def refuse(self, words: str) -> None:
        """It was not right, or cannot be one: the digits go, the words stay until the next."""
        self._digits, self._busy, self._refusal = "", False, words
        self.changed.emit()

    def wait(self) -> None:
        """It is being checked."""
        self._busy = True
        self.changed.emit()

    @property
    def purpose(self) -> str:
        """`open` or `set`."""
        return self._purpose

    @Property(str, notify=changed)
    def title(self) -> str:
        """What is asked, or what is wrong."""
        key = "bedside.pin.checking" if self._busy else f"bedside.pin.{self._purpose}"
        return self._refusal or self._texts.text(key)

    @Property(str, notify=changed)
    def confirmText(self) -> str:
        """The word on the key that confirms."""
        return self._texts.text("bedside.pin.confirm")

    @Property(str, notify=changed)
    def eraseText(self) -> str:
        """What the key that takes a digit back is called."""
        return self._texts.text("bedside.pin.erase")

    @property
    def _texts(self) -> Catalogue:
        """A nurse who sets a PIN reads the ward's language, the patient who opens their own."""
        return self._screen.staff_texts if self._purpose == SETS else self._screen.texts

    @Property(str, notify=changed)
    def shown(self) -> str:
        """A mark for each digit; a new PIN as it is."""
        return self._digits if self._purpose == SETS else "●" * len(self._digits)

    @Property(bool, notify=changed)
    def busy(self) -> bool:
        """Whether it is being checked."""
        return self._busy

    @Property(bool, notify=changed)
    def ready(self) -> bool:
        """Whether there are digits enough to confirm."""
        return len(self._digits) >= LEAST and not self._busy

    @Slot(int)
    def press(self, digit: int) -> None:
        """One digit more, up to eight."""
        if not self._busy and len(self._digits) < MOST:
            self._digits += str(digit)
            self._refusal = ""
            self.changed.emit()

    @Slot()
    def erase(self) -> None:
        """The last digit goes."""
        if self._digits and not self._busy:
            self._digits = self._digits[:-1]
            self.changed.emit()

    @Slot()
    def confirm(self) -> None:
        """These are all."""
        if not bool(self.ready):
            return
        digits, self._digits = self._digits, ""
        self.changed.emit()
        self.entered.emit(digits)
