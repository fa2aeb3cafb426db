"""What the hospital system would not have, for QML: rows, and a person's word on each."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_writes import (
    HOW,
    WriteRow,
    more,
    of_stay,
    ordered,
    place,
    waiting,
    what,
    why,
    write_rows,
)
from smartward.wire.envelope import ActionKind

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
@QmlUncreatable("made by StationModel")
class WritesModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """What was written on the ward and is not in the hospital system as it should be."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._rows = KeyedListModel(WriteRow, self)
        self._more = self._waiting = self._sheet = ""

    def show(self, now: datetime, stay_id: str) -> None:
        """Bring it to the documents; `stay_id` is whose sheet is open, for who may read it."""
        desk = self._desk
        state, words, hidden = desk.ward_state, desk.words, desk.near.hidden
        rows = write_rows(state, words, now, hidden=hidden)
        sent = {touch.subject for touch in desk.pending(ActionKind.HIS_WRITE_RESOLVE)}
        self._rows.update([row for row in rows if row.key not in sent])
        sheet = "" if hidden else of_stay(ordered(state), stay_id, words, now)
        found = (more(state, words), waiting(state, words, now), sheet)
        if found != (self._more, self._waiting, self._sheet):
            self._more, self._waiting, self._sheet = found
            self.changed.emit()

    @Slot(str)
    def settle(self, key: str) -> None:
        """Ask what is to become of one; nothing where it was settled meanwhile."""
        state, words = self._desk.ward_state, self._desk.words
        one = state.his_writes.get(key)
        if one is None or self._desk.near.hidden:
            return

        def deed(choice: str) -> None:
            how = choice.partition("_")[0]
            data = {"how": how, "why": words.text(f"write.how.{choice}")}
            self._desk.act_as_staff(ActionKind.HIS_WRITE_RESOLVE, key, dict(data))

        self._desk.ask_beside(
            Question(
                title=words.text(
                    "write.title", place=place(state, one, words), what=what(one, words)
                ),
                hint=why(one, words),
                answers=[
                    Answer(key=choice, name=words.text(f"write.how.{choice}"))
                    for choice in HOW[one.trouble]
                ],
                deed=deed,
            )
        )

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[WriteRow]:
        """key, title, who, reason."""
        return self._rows

    @Property(str, notify=changed)
    def more(self) -> str:
        """How many there are beside the rows; empty: none."""
        return self._more

    @Property(str, notify=changed)
    def waiting(self) -> str:
        """What waits to be told; empty while nothing is late."""
        return self._waiting

    @Property(str, notify=changed)
    def sheet(self) -> str:
        """The lines for the open sheet; empty: none."""
        return self._sheet

    @Property(str, notify=changed)
    def sheetTitle(self) -> str:
        """What stands above those lines."""
        return self._desk.words.text("write.sheet")

    @Property(str, notify=changed)
    def verb(self) -> str:
        """The word on the button of a row."""
        return self._desk.words.text("write.verb")
