"""An exact amount by key pad at a station: so many mL, within the bounds of its form."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.care_event import Amount
from smartward.screen.station_words import Words

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountQuestion:
    """What is asked. `hint`: what to do first; `typed`: what was touched already."""

    title: str
    hint: str
    form: Amount
    deed: Callable[[int, bool], None]
    """Done with the amount, and whether an unusual one was confirmed."""
    typed: str = ""


@QmlElement
@QmlUncreatable("made by StationModel")
class AmountPad(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The amount that is typed now, if any. An unusual one is asked about once."""

    changed = Signal()

    def __init__(self, words: Callable[[], Words], parent: QObject) -> None:
        super().__init__(parent)
        self._words = words
        self._question: AmountQuestion | None = None
        self._text = ""
        self._sure = False

    def ask(self, question: AmountQuestion) -> None:
        """Ask this, in place of what was asked before."""
        self._question, self._text = question, question.typed
        self._sure = bool(question.typed) and self._unusual
        self.changed.emit()

    @property
    def _number(self) -> int | None:
        """What was typed, where it can be."""
        if self._question is None or not self._text:
            return None
        number, form = int(self._text), self._question.form
        return number if form.low <= number <= form.high else None

    @property
    def _unusual(self) -> bool:
        question, number = self._question, self._number
        return question is not None and number is not None and number > question.form.ask

    # ------------------------------------------------------------------------------------ gestures

    @Slot(str)
    def press(self, key: str) -> None:
        """One more digit; what is more than the largest amount can have is left out."""
        question = self._question
        if question is not None and key in _DIGITS:
            text = (self._text + key).lstrip("0") or "0"
            if len(text) <= len(str(question.form.high)):
                self._text, self._sure = text, False
            self.changed.emit()

    @Slot()
    def erase(self) -> None:
        """Take the last digit back."""
        self._text, self._sure = self._text[:-1], False
        self.changed.emit()

    @Slot()
    def submit(self) -> None:
        """It is that much; an unusual amount only when it is said twice."""
        question, number = self._question, self._number
        if question is None or number is None:
            return
        if self._unusual and not self._sure:
            self._sure = True
            self.changed.emit()
            return
        sure = self._sure
        self.cancel()
        question.deed(number, sure)

    @Slot()
    def cancel(self) -> None:
        """Ask no more; nothing is done."""
        if self._question is not None:
            self._question, self._text, self._sure = None, "", False
            self.changed.emit()

    # --------------------------------------------------------------------------------- for the page

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether an amount is asked for."""
        return self._question is not None

    @Property(str, notify=changed)
    def title(self) -> str:
        """What, and whose."""
        return "" if self._question is None else self._question.title

    @Property(str, notify=changed)
    def hint(self) -> str:
        """What to do first."""
        return "" if self._question is None else self._question.hint

    @Property(str, notify=changed)
    def text(self) -> str:
        """What was typed."""
        return self._text

    @Property(str, notify=changed)
    def unit(self) -> str:
        """Of what."""
        return "" if self._question is None else self._question.form.unit

    @Property(str, notify=changed)
    def bounds(self) -> str:
        """From and to what it can be, or whether an unusual amount is right."""
        if self._question is None:
            return ""
        form, words = self._question.form, self._words().catalogue
        if self._sure:
            return words.text("observation_pad.amount.sure", n=self._text, unit=form.unit)
        return words.text(
            "observation_pad.amount.bounds", low=form.low, high=form.high, unit=form.unit
        )

    @Property(bool, notify=changed)
    def ready(self) -> bool:
        """Whether it can be that much."""
        return self._number is not None

    @Property("QVariantMap", notify=changed)  # type: ignore[arg-type]  # the stub wants a class
    def labels(self) -> dict[str, str]:
        """The fixed words: save, erase, back."""
        words = self._words().catalogue
        return {
            "save": words.text("observation_pad.save"),
            "erase": words.text("observation_pad.erase"),
            "back": words.text("observation_pad.back"),
        }
