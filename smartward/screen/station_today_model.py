"""The page *Ward today* for QML: the ward's alerts against its budget, and who is asked to tailor
whose limits."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.care_event import CareKind
from smartward.screen.list_model import KeyedListModel
from smartward.screen.services import Data
from smartward.screen.station_desk import Desk
from smartward.screen.station_names import Names, board_names
from smartward.screen.station_today import (
    BedBar,
    Looked,
    PatientRow,
    ShadowRow,
    ShiftRow,
    TodayTexts,
    asked_today,
    bars,
    patients,
    scale,
    shadow,
    shifts,
    texts,
)
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_NO_NAMES = Names(shown={}, same=frozenset())


@QmlElement
@QmlUncreatable("made by StationModel")
class TodayModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """What the shift has brought of alerts, as rows."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._beds = KeyedListModel(BedBar, self)
        self._patients = KeyedListModel(PatientRow, self)
        self._shifts = KeyedListModel(ShiftRow, self)
        self._shadow = KeyedListModel(ShadowRow, self)
        self._label = ""
        self._texts = TodayTexts()
        self._limit = 0.0
        self._at: object = None
        self._lookers = 0
        self._wanted: Callable[[], None] | None = None

    def stale(self) -> None:
        """Documents have changed that the page depends on."""
        self._at = None

    def show(self, now: datetime, *, live: bool) -> None:
        """Bring it to documents and time. The rows only while somebody looks at the page: they take
        the words of all rules, and are worked out of the whole ward."""
        desk = self._desk
        minute = now.replace(second=0, microsecond=0)
        sent, hidden = self._sent(live=live), desk.near.hidden
        at = (minute, hidden, tuple(sent.items()), desk.words.catalogue.language)
        if at == self._at:
            return
        self._at = at
        if (label := desk.words.text("today.page")) != self._label:
            self._label = label
            self.changed.emit()
        self._wanted = partial(self._show, now, sent, hidden=hidden)
        if self._lookers:
            self._catch_up()

    def _catch_up(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted()

    def _show(self, now: datetime, sent: dict[str, str], *, hidden: bool) -> None:
        state, words = self._desk.ward_state, self._desk.words
        board = state.budget
        looked = Looked(_NO_NAMES if hidden else board_names(state, words), hidden, sent)
        self._beds.update([] if board is None else bars(state, board, words))
        self._patients.update([] if board is None else patients(state, board, looked, words, now))
        self._shifts.update([] if board is None else shifts(board, words, now))
        self._shadow.update([] if board is None else shadow(board, words, now))
        found = texts(state, board, words, now)
        limit = 0.0 if board is None else board.limit / scale(board)
        if (found, limit) != (self._texts, self._limit):
            self._texts, self._limit = found, limit
            self.changed.emit()

    def _sent(self, *, live: bool) -> dict[str, str]:
        """Whose question is on its way."""
        told = self._desk.words.text("status.sending" if live else "status.waiting_for_hub")
        pending = self._desk.pending(ActionKind.CARE_RECORD)
        return {a.subject: told for a in pending if a.data.get("kind") == CareKind.LIMITS_ASKED}

    @Slot()
    def look(self) -> None:
        """The page is on the screen: it follows the documents at once."""
        self._lookers += 1
        self._catch_up()

    @Slot()
    def lookAway(self) -> None:
        """It is gone again."""
        self._lookers -= 1

    @Slot(str)
    def ask(self, stay_id: str) -> None:
        """Have a doctor fit the limits to this patient: a task, by whoever is known here."""
        if self._desk.near.hidden:
            self._desk.tell("station.private.no_sheet")
            return
        self._desk.as_staff(lambda: self._ask(stay_id))

    def _ask(self, stay_id: str) -> None:
        state, words, now = self._desk.ward_state, self._desk.words, self._desk.hub_now()
        board = state.budget
        loads = () if board is None else board.patients
        one = next((load for load in loads if load.encounter_id == stay_id), None)
        if one is None or stay_id not in state.encounters:
            self._desk.tell("station.today.gone")
            return
        if asked_today(state, stay_id, words, now) is not None:
            self._desk.tell("care.limits_asked")
            return
        about = ",".join(rule.rule for rule in one.rules)
        data: Data = {"kind": CareKind.LIMITS_ASKED, "about": about}
        self._desk.act_as_staff(ActionKind.CARE_RECORD, stay_id, data, Seen(encounter_id=stay_id))
        self._desk.show_all()

    # ----------------------------------------------------------------------------- for the page

    @Property(QObject, constant=True)
    def beds(self) -> KeyedListModel[BedBar]:
        """key, number, count, share, over, spoken."""
        return self._beds

    @Property(QObject, constant=True)
    def patients(self) -> KeyedListModel[PatientRow]:
        """key, bed, name, count, rules, over, verb, status, spoken."""
        return self._patients

    @Property(QObject, constant=True)
    def shifts(self) -> KeyedListModel[ShiftRow]:
        """key, time, total, mean, over."""
        return self._shifts

    @Property(QObject, constant=True)
    def shadow(self) -> KeyedListModel[ShadowRow]:
        """key, says, said, night, perBedDay."""
        return self._shadow

    @Property(float, notify=changed)
    def limit(self) -> float:
        """Where on a bar the budget is, 0 to 1."""
        return self._limit

    @Property(str, notify=changed)
    def label(self) -> str:
        """The page's name."""
        return self._label

    @Property("QVariantMap", notify=changed)  # type: ignore[arg-type]  # the stub wants a class
    def texts(self) -> dict[str, Any]:
        """title, summary, over, none, limit, patients, noPatients, shifts, shiftHeads, shadow,
        noShadow, shadowHeads."""
        told = self._texts
        return {
            "title": told.title,
            "summary": told.summary,
            "over": told.over,
            "none": told.none,
            "limit": told.limit,
            "patients": told.patients,
            "noPatients": told.noPatients,
            "shifts": told.shifts,
            "shiftHeads": list(told.shiftHeads),
            "shadow": told.shadow,
            "noShadow": told.noShadow,
            "shadowHeads": list(told.shadowHeads),
        }
