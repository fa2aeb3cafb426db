"""One question with a few answers, asked beside the queue: to whom, or why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.list_model import KeyedListModel

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to touch."""

    key: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `hold`: an answer is meant only when it is held for a second."""

    title: str
    hint: str
    answers: Sequence[Answer]
    deed: Callable[[str], None]
    """Done with the key of the answer."""
    hold: bool = False
    about: str = ""
    """The queue row or bed it is about; it is taken back when that has gone."""


@QmlElement
@QmlUncreatable("made by StationModel")
class AskModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The question that is open now, if any."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._answers = KeyedListModel(Answer, self)

    def ask(self, question: Question) -> None:
        """Ask this, in place of what was asked before."""
        self._question = question
        self._answers.update(list(question.answers))
        self.changed.emit()

    @property
    def about(self) -> str:
        """What the open question is about."""
        return self._question.about if self._question is not None else ""

    @Slot()
    def cancel(self) -> None:
        """Ask no more; nothing is done."""
        if self._question is not None:
            self._question = None
            self._answers.update([])
            self.changed.emit()

    @Slot(str)
    def choose(self, key: str) -> None:
        """An answer; one that is not offered does nothing."""
        question = self._question
        if question is None or all(row.key != key for row in self._answers.rows):
            return
        self.cancel()
        question.deed(key)

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether something is asked."""
        return self._question is not None

    @Property(str, notify=changed)
    def title(self) -> str:
        """The question."""
        return self._question.title if self._question is not None else ""

    @Property(str, notify=changed)
    def hint(self) -> str:
        """What follows from an answer."""
        return self._question.hint if self._question is not None else ""

    @Property(bool, notify=changed)
    def hold(self) -> bool:
        """Whether an answer must be held."""
        return self._question is not None and self._question.hold

    @Property(QObject, constant=True)
    def answers(self) -> KeyedListModel[Answer]:
        """key, name, detail."""
        return self._answers
