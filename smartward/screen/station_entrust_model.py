"""Entrusting (托管) for QML: the line that says who answers for the calls, and the verbs."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.screen.station_ask import Answer, Question
from smartward.screen.station_desk import Desk
from smartward.screen.station_entrust import Entrusted, entrusted, others
from smartward.wire.envelope import ActionKind

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_SUBJECT = "entrustment"
_VERBS = (ActionKind.ENTRUST_ASK, ActionKind.ENTRUST_TAKE, ActionKind.ENTRUST_END)


@QmlElement
@QmlUncreatable("made by StationModel")
class EntrustModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """Who answers for the ward's calls."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._now = Entrusted()
        self._sending = self._nobody = False
        self._read: datetime | None = None
        self._shown: tuple[object, ...] = ()

    def show(self, now: datetime, *, live: bool) -> None:
        """Bring the line and the verbs to the documents, the link and the time."""
        state, desk = self._desk.ward_state, self._desk
        found = entrusted(state, desk.device_id, self._read, desk.words, now, live=live)
        sending = bool(desk.pending(*_VERBS))
        nobody = not others(state, desk.device_id)
        shown = (found, sending, nobody, desk.words.catalogue.language)
        if shown != self._shown:
            self._shown = shown
            self._now, self._sending, self._nobody = found, sending, nobody
            self.changed.emit()

    @Property(str, notify=changed)
    def line(self) -> str:
        """Who holds the calls and since when, or why they are here again."""
        return self._now.line

    @Property(str, notify=changed)
    def status(self) -> str:
        """The same for the page of links, where nothing entrusted is told too."""
        words = self._desk.words
        if self._sending:
            return words.text("status.sending")
        if self._now.line:
            return self._now.line
        return words.text("entrust.nobody" if self._nobody else "entrust.here")

    @Property(bool, notify=changed)
    def asks(self) -> bool:
        """Whether another station can be asked."""
        return self._now.asks and not self._nobody and not self._sending

    @Property(bool, notify=changed)
    def takes(self) -> bool:
        """Whether this station is asked to answer for the calls."""
        return self._now.takes and not self._sending

    @Property(bool, notify=changed)
    def gives(self) -> bool:
        """Whether this station holds them."""
        return self._now.gives and not self._sending

    @Property(bool, notify=changed)
    def ends(self) -> bool:
        """Whether what was asked of or given to another station can be taken back."""
        return self._now.ends and not self._sending

    @Property(bool, notify=changed)
    def told(self) -> bool:
        """Whether the line tells of something over, to be put away."""
        return self._now.told

    @Slot()
    def askAnother(self) -> None:
        """Ask which station shall answer for the calls."""
        words, state = self._desk.words, self._desk.ward_state
        answers = [
            Answer(key=one.device_id, name=one.label or words.text("screen.role.station"))
            for one in others(state, self._desk.device_id)
        ]

        def deed(device: str) -> None:
            self._desk.act_as_staff(ActionKind.ENTRUST_ASK, _SUBJECT, {"to_device": device})

        self._desk.ask_beside(
            Question(
                title=words.text("entrust.title"),
                hint=words.text("entrust.hint"),
                answers=answers,
                deed=deed,
                about=_SUBJECT,
            )
        )

    @Slot()
    def take(self) -> None:
        """Answer for the calls from now on."""
        self._desk.act_as_staff(ActionKind.ENTRUST_TAKE, _SUBJECT)

    @Slot()
    def end(self) -> None:
        """Give them back, or take them back."""
        self._desk.act_as_staff(ActionKind.ENTRUST_END, _SUBJECT)

    @Slot()
    def putAway(self) -> None:
        """Somebody has read that the calls are here again."""
        known = self._desk.ward_state.entrustment
        self._read = None if known is None else known.returned_at
        self._desk.show_all()
