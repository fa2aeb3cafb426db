"""The list of work for QML: what is due, as a list of the ward and on a patient's sheet."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.care_event import CareKind
from smartward.screen.list_model import KeyedListModel
from smartward.screen.station_desk import Desk
from smartward.screen.station_names import Names, board_names
from smartward.screen.station_task_deeds import TaskDeeds
from smartward.screen.station_tasks import TaskRow, View, Work, amount, chosen, counts, rows, work
from smartward.screen.station_words import Words
from smartward.wire.envelope import ActionKind

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_MARKS = (ActionKind.TASK_MARK, ActionKind.ADMINISTRATION_MARK)
_SETS = (ActionKind.OBSERVATION_ENTER,)
_NO_NAMES = Names(shown={}, same=frozenset())
_COUNTED_AFTER_MS = 5000
"""While nobody looks at a list of work, its count follows the documents by so much at most: all of
the ward's work is worked out for it."""


@QmlElement
@QmlUncreatable("made by StationModel")
class TasksModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """What is due on the ward, as rows with one verb each."""

    changed = Signal()
    observe = Signal(str)
    """A set of observations is to be typed for this stay, by somebody who is known."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._rows = KeyedListModel(TaskRow, self)
        self._sheet = KeyedListModel(TaskRow, self)
        self._found: list[Work] = []
        self._at: object = None
        self._by: object = None
        self._stay_id = ""
        self._lookers = 0
        self._wanted: Callable[[], None] | None = None
        self._counted = False
        self._later = QTimer(self, singleShot=True, interval=_COUNTED_AFTER_MS)
        self._later.timeout.connect(self._count)
        self._deeds = TaskDeeds(desk, self.observe.emit)
        self._mine = self._by_patient = False
        self._texts: tuple[str, ...] = ("",) * 7

    # --------------------------------------------------------------------------- bringing it up

    def stale(self) -> None:
        """Documents have changed that work depends on."""
        self._at = None

    def begin(self) -> None:
        """The page's name alone, without a count: the next `show` works out what is due."""
        self._at = self._by = None
        page = self._desk.words.text("tasks.page")
        if self._texts[0] != page:
            self._texts = (page, *self._texts[1:])
            self.changed.emit()

    def show(self, now: datetime, stay_id: str, *, live: bool) -> None:
        """Bring it to documents and time; `stay_id` is whose sheet is open to a known person."""
        desk = self._desk
        minute = now.replace(second=0, microsecond=0)
        touched = tuple(one.id for one in desk.pending(*_MARKS, *_CARE, *_SETS))
        hidden, language = desk.near.hidden, desk.words.catalogue.language
        who = None if desk.person is None else desk.person.id
        by = (who, hidden, live, touched, language, stay_id, self._mine, self._by_patient)
        if (minute, by) == self._at:
            return
        # What somebody here has done is answered at once, whatever they look at.
        only_documents = by == self._by
        self._at, self._by, self._stay_id = (minute, by), by, stay_id
        self._wanted, self._counted = partial(self._show, now, stay_id, live=live), False
        if only_documents and not self._lookers and not stay_id:
            if not self._later.isActive():
                self._later.start()
        else:
            self._catch_up()

    @Slot()
    def _catch_up(self) -> None:
        wanted, self._wanted = self._wanted, None
        self._later.stop()
        if wanted is not None:
            wanted()

    @Slot()
    def _count(self) -> None:
        """While nobody looks at a list only its amount is told, in the page's name: the rows are
        made for who comes."""
        self._counted = True
        self._later.stop()
        left = amount(self._desk.ward_state, self._desk.hub_now())
        self._say((_page(left, self._desk.words), *self._texts[1:]))

    def _show(self, now: datetime, stay_id: str, *, live: bool) -> None:
        desk = self._desk
        state, words, person = desk.ward_state, desk.words, desk.person
        if self._mine and person is None:
            self._mine = False
        hidden = desk.near.hidden
        self._found = work(state, now)
        view = View(
            names=_NO_NAMES if hidden else board_names(state, words),
            opened=person is not None,
            hidden=hidden,
            by_patient=self._by_patient,
            mine=(person.id or "") if self._mine and person is not None else "",
            sent=self._sent(live=live),
        )
        mine = chosen(self._found, view)
        self._rows.update(rows(state, mine, view, words, now))
        whole = replace(view, mine="", by_patient=False)
        own = [one for one in self._found if stay_id and one.stay.id == stay_id]
        self._sheet.update(rows(state, own, whole, words, now))
        self._tell(mine, whole=self._found)

    def _tell(self, mine: list[Work], whole: list[Work]) -> None:
        words = self._desk.words
        overdue, due = counts(mine)
        texts = (
            _page(sum(counts(whole)), words),
            words.text("tasks.title"),
            words.text("tasks.summary", overdue=overdue, due=due),
            "" if mine else words.text("tasks.none_mine" if self._mine else "tasks.none"),
            words.text("tasks.sheet"),
            "" if self._sheet.rows else words.text("tasks.none_sheet"),
            words.text("care.record"),
        )
        self._say(texts)

    def _say(self, texts: tuple[str, ...]) -> None:
        if texts != self._texts:
            self._texts = texts
            self.changed.emit()

    def _text(self, index: int) -> str:
        self._catch_up()
        return self._texts[index]

    def _sent(self, *, live: bool) -> dict[str, str]:
        """What is on its way, by the row it is about."""
        told = self._desk.words.text("status.sending" if live else "status.waiting_for_hub")
        sent = {f"plan:{one.subject}": told for one in self._desk.pending(*_MARKS)}
        sent |= {f"observations:{one.subject}": told for one in self._desk.pending(*_SETS)}
        for one in self._desk.pending(*_CARE):
            kind = one.data.get("kind")
            if one.kind == ActionKind.CARE_CORRECT:
                sent[f"care:{one.subject}"] = told
            elif kind == CareKind.LIMITS_ASKED:
                continue  # the page that asked says so
            elif kind in (CareKind.TURN, CareKind.ROUND):
                sent[f"{kind}:{one.subject}"] = told
            elif kind == CareKind.REVIEWED:
                sent[f"{one.data.get('about')}:{one.subject}"] = told
        return sent

    # ------------------------------------------------------------------------------- gestures

    @Slot()
    def look(self) -> None:
        """A list is on the screen: it follows the documents at once."""
        self._lookers += 1
        self._catch_up()

    @Slot()
    def lookAway(self) -> None:
        """It is gone again."""
        self._lookers -= 1

    @Slot(str)
    def touch(self, key: str) -> None:
        """The verb of a row: say what became of it, or take back what was said. Somebody has to
        be known first; where nobody may read the patient's name, nothing is marked."""
        if self._desk.near.hidden:
            self._desk.tell("station.private.no_sheet")
            return
        self._desk.as_staff(lambda: self._ask(key))

    def _ask(self, key: str) -> None:
        self._catch_up()
        one = next((one for one in self._found if one.key == key), None)
        if one is None:
            self._desk.tell("station.tasks.gone")
        else:
            self._deeds.ask(one)

    @Slot()
    def recordCare(self) -> None:
        """Record something that was done for the patient whose sheet is open."""
        stay = self._desk.ward_state.encounters.get(self._stay_id)
        if stay is not None and not self._desk.near.hidden:
            known = stay
            self._desk.as_staff(lambda: self._deeds.record(known))

    @Slot(bool)
    def setMine(self, mine: bool) -> None:
        """Only the patients of whoever is known here, or all."""
        if mine:
            self._desk.as_staff(lambda: self._look(mine=True))
        else:
            self._look(mine=False)

    @Slot(bool)
    def setByPatient(self, by_patient: bool) -> None:
        """Patient after patient, or by the time."""
        self._look(by_patient=by_patient)

    def _look(self, *, mine: bool | None = None, by_patient: bool | None = None) -> None:
        self._mine = self._mine if mine is None else mine
        self._by_patient = self._by_patient if by_patient is None else by_patient
        self._desk.show_all()
        self.changed.emit()

    # ----------------------------------------------------------------------------- for the page

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[TaskRow]:
        """The list: key, section, time, bed, icon, title, who, status, verb, undo, late, done."""
        self._catch_up()
        return self._rows

    @Property(QObject, constant=True)
    def sheetRows(self) -> KeyedListModel[TaskRow]:
        """The same of the patient whose sheet is open."""
        self._catch_up()
        return self._sheet

    @Property(str, notify=changed)
    def label(self) -> str:
        """The page's name with how much is to be done."""
        if self._wanted is not None and not self._counted:
            self._count()
        return self._texts[0]

    @Property(str, notify=changed)
    def title(self) -> str:
        """The page's heading."""
        return self._text(1)

    @Property(str, notify=changed)
    def summary(self) -> str:
        """How many are overdue and due."""
        return self._text(2)

    @Property(str, notify=changed)
    def none(self) -> str:
        """What is said where there is nothing to do."""
        return self._text(3)

    @Property(str, notify=changed)
    def sheetTitle(self) -> str:
        """The heading on a sheet."""
        return self._text(4)

    @Property(str, notify=changed)
    def sheetNone(self) -> str:
        """What is said on a sheet where there is nothing to do."""
        return self._text(5)

    @Property(str, notify=changed)
    def recordVerb(self) -> str:
        """What the button says that records something done."""
        return self._text(6)

    @Property(bool, notify=changed)
    def mine(self) -> bool:
        """Whether only the patients of whoever is known are listed."""
        return self._mine

    @Property(bool, notify=changed)
    def byPatient(self) -> bool:
        """Whether it stands patient after patient."""
        return self._by_patient

    @Property(list, notify=changed)
    def choices(self) -> list[str]:
        """What can be looked at: all, mine, by time, by patient."""
        words = self._desk.words
        return [words.text(f"tasks.look.{one}") for one in ("all", "mine", "time", "patient")]


_CARE: Iterable[str] = (ActionKind.CARE_RECORD, ActionKind.CARE_CORRECT)


def _page(left: int, words: Words) -> str:
    return words.text("tasks.page_n", n=left) if left else words.text("tasks.page")
