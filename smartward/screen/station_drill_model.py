"""The page *Test calls* for QML: what they showed, and the two verbs."""

from datetime import date, datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.drill import (
    Drill,
    DrillCall,
    DrillStage,
    bed_record,
)
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_desk import Desk
from smartward.screen.station_drill import (
    DrillRow,
    DrillTexts,
    FigureRow,
    chip,
    failed_rows,
    figure_rows,
    label,
    outcome,
    passed_rows,
    summary,
)
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_SUBJECT = "drill"
_VERBS = (ActionKind.DRILL_START, ActionKind.DRILL_STOP)


@QmlElement
@QmlUncreatable("made by StationModel")
class DrillModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """The ward's test calls."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._texts = DrillTexts()
        self._failed = KeyedListModel(DrillRow, self)
        self._passed = KeyedListModel(DrillRow, self)
        self._figures = KeyedListModel(FigureRow, self)
        self._at: object = None

    def stale(self) -> None:
        """Documents have changed that the page depends on."""
        self._at = None

    def show(self, now: datetime, *, live: bool) -> None:
        """Bring it to the documents, the link and the day."""
        desk = self._desk
        state, words = desk.ward_state, desk.words
        hint = self._hint(live=live)
        day: date = words.today(now)
        at = (day, words.catalogue.language, hint)
        if at == self._at:
            return
        self._at = at
        drill = state.drill
        calls = state.tests_of(drill)
        through = [call for call in calls if call.stage is DrillStage.CLOSED]
        records = [bed_record(call) for call in through]
        self._failed.update([] if drill is None else failed_rows(calls, words, drill))
        self._passed.update(passed_rows(calls, words))
        self._figures.update(figure_rows(records, words))
        texts = self._told(drill, calls, words, now, hint)
        if texts != self._texts:
            self._texts = texts
            self.changed.emit()

    def _told(
        self, drill: Drill | None, calls: list[DrillCall], words: Words, now: datetime, hint: str
    ) -> DrillTexts:
        state = self._desk.ward_state
        runs = state.running_drill()
        records = [bed_record(call) for call in calls if call.stage is DrillStage.CLOSED]
        passed = len(self._passed.rows)
        return DrillTexts(
            label=label(drill, calls, words),
            chip=chip(runs, state.tests_of(runs), words),
            title=words.text("drill.title"),
            summary="" if drill is None else summary(drill, calls, words, now),
            result=outcome(records, words) if records else "",
            none=words.text("drill.none") if drill is None else "",
            failures=words.text("drill.failures") if self._failed.rows else "",
            passed=words.text("drill.passed", n=passed) if passed else "",
            start="" if runs or hint else words.text("drill.start"),
            stop=words.text("drill.stop") if runs else "",
            hint="" if runs else hint,
        )

    def _hint(self, *, live: bool) -> str:
        """Why test calls cannot begin now; empty where they can."""
        desk = self._desk
        if desk.pending(*_VERBS):
            return desk.words.text("status.sending" if live else "status.waiting_for_hub")
        if not live:
            return desk.words.text("drill.no_hub")
        if not desk.ward_state.beds:
            return desk.words.text("drill.no_beds")
        return desk.words.text("drill.call_open") if desk.ward_state.open_calls() else ""

    def shown_test_ids(self) -> tuple[str, ...]:
        """Test calls at the hub that no station has told of; every page shows the mark of them."""
        return tuple(
            call.id
            for call in self._desk.ward_state.drill_calls.values()
            if call.stage is DrillStage.PLACED and call.shown_at is None
        )

    # ----------------------------------------------------------------------------- for the page

    @Slot()
    def start(self) -> None:
        """Begin; by whoever is known here."""
        desk = self._desk
        desk.as_staff(lambda: desk.act_as_staff(ActionKind.DRILL_START, _SUBJECT))

    @Slot()
    def stop(self) -> None:
        """End it now; by whoever is known here."""
        desk = self._desk
        desk.as_staff(lambda: desk.act_as_staff(ActionKind.DRILL_STOP, _SUBJECT))

    @Property(QObject, constant=True)
    def failed(self) -> KeyedListModel[DrillRow]:
        """Beds that did not pass: key, number, detail, failed, text, spoken."""
        return self._failed

    @Property(QObject, constant=True)
    def passed(self) -> KeyedListModel[DrillRow]:
        """Beds that did: key, number, text, reach, send, show, spoken."""
        return self._passed

    @Property(QObject, constant=True)
    def figures(self) -> KeyedListModel[FigureRow]:
        """key, name, median, most."""
        return self._figures

    @Property(str, notify=changed)
    def label(self) -> str:
        """The page's name."""
        return self._texts.label

    @Property(str, notify=changed)
    def chip(self) -> str:
        """What marks every page while a test runs; empty: none does."""
        return self._texts.chip

    @Property("QVariantMap", notify=changed)  # type: ignore[arg-type]  # the stub wants a class
    def texts(self) -> dict[str, str]:
        """title, summary, result, none, failures, passed, start, stop, hint, median, most."""
        told, words = self._texts, self._desk.words
        names = (
            "title",
            "summary",
            "result",
            "none",
            "failures",
            "passed",
            "start",
            "stop",
            "hint",
        )
        return {
            **{name: str(getattr(told, name)) for name in names},
            "median": words.text("drill.median"),
            "most": words.text("drill.most"),
        }
