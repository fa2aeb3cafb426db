"""The nurse station's model: bed board, Now queue, sheet, screens and links, and who acts."""

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.encounter import PrecautionSlot
from smartward.clinical.nurse_call import MUTE
from smartward.screen.list_model import KeyedListModel
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel, StaffRow
from smartward.screen.services import Data, Services
from smartward.screen.station_board import BedCell, lit, quiet_cells
from smartward.screen.station_head import head
from smartward.screen.station_head_model import StationHead
from smartward.screen.station_header import Figure, Links, census
from smartward.screen.station_links import RejectionRow, ScreenRow, rejection_rows, screen_rows
from smartward.screen.station_queue import QueueItem, QueueRow, items, rows, sending
from smartward.screen.station_sheet_model import SheetModel
from smartward.screen.station_sound import Announcer, Silence, StationSound
from smartward.screen.station_state import KINDS, WardState
from smartward.screen.station_words import Words
from smartward.screen.who_acts import shift_end
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_STAFF_ACTIONS = (
    ActionKind.CALL_ACCEPT,
    ActionKind.CALL_HAND_OVER,
    ActionKind.CALL_REINFORCE,
    ActionKind.ALERT_ACKNOWLEDGE,
)
_SHEET_ONLY = ("vital_sign",)
"""Changes of these are seen on a sheet and nowhere else."""
_QUEUED = ("nurse_call", "alert")
"""Changes of these light beds up and fill the queue; nothing else on the page depends on them."""


@QmlElement
@QmlUncreatable("made by screen/app.py")
class StationModel(ScreenModel):  # type: ignore[operator]  # QmlUncreatable: the stub is wrong
    """Everything the station shows and does. QML binds to it and calls one method per gesture."""

    sheetChanged = Signal()
    slotLettersChanged = Signal()
    handOverChanged = Signal()
    # A property of a subclass cannot notify by its base's signal: these follow those.
    askingChanged = Signal()
    actorChanged = Signal()
    wordsChanged = Signal()

    def __init__(
        self,
        services: Services,
        announcer: Announcer | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(services, parent)
        self._ward_state = WardState()
        self._items: list[QueueItem] = []
        self._sound = StationSound(announcer if announcer is not None else Silence())
        self._head = StationHead(self)
        self._slot_letters: list[str] = []
        self._handing_over = ""
        self._nobody_until: datetime | None = None
        self._quiet: list[BedCell] = []
        self._quiet_at: datetime | None = None
        self._board = KeyedListModel(BedCell, self)
        self._queue = KeyedListModel(QueueRow, self)
        self._census = KeyedListModel(Figure, self)
        self._screens = KeyedListModel(ScreenRow, self)
        self._rejections = KeyedListModel(RejectionRow, self)
        self._colleagues = KeyedListModel(StaffRow, self)
        self._sheet = SheetModel(self)
        self.linkChanged.connect(self._link_told)
        self.pickerChanged.connect(self.askingChanged)
        self.staffChanged.connect(self.actorChanged)
        self.languageChanged.connect(self.wordsChanged)
        self.languageChanged.connect(self.actorChanged)

    # --------------------------------------------------------------------------- bringing it up

    @property
    def words(self) -> Words:
        """The station's phrases in the language shown."""
        return Words(self.texts)

    def hub_now(self) -> datetime:
        """The hub's time: everything whose age is told was stamped by it."""
        return self.services.link.hub_now(self.clock.now())

    def connect_sound(self, announcer: Announcer) -> None:
        """Use this device's sound from now on; it starts after the first frame."""
        self._sound.connect(announcer)

    def refresh(self, changes: Changes) -> None:
        """Take the changed documents over and show what follows."""
        if changes.reset:
            self._ward_state = WardState()
            for kind in KINDS:
                for document_id, doc in self.replica.docs(kind).items():
                    self._ward_state.put(kind, document_id, doc.seq, doc.body)
        else:
            self._take(changes)
        now = self.hub_now()
        if changes.reset or set(changes.ids) - set(_QUEUED) - set(_SHEET_ONLY):
            self._quiet_at = None
        if changes.reset or set(changes.ids) - set(_SHEET_ONLY):
            self._show_all(now)
        else:
            self._show_sheet(now)

    def tick(self, now: datetime) -> None:
        """Renew every age."""
        if self._nobody_until is not None and now >= self._nobody_until:
            self._nobody_until = None
            self.staffChanged.emit()
        self._show_all(self.services.link.hub_now(now))

    def _link_told(self) -> None:
        self._show_all(self.hub_now())

    def _take(self, changes: Changes) -> None:
        for kind, ids in changes.ids.items():
            if kind not in KINDS:
                continue
            for document_id in ids:
                doc = self.replica.doc(kind, document_id)
                if doc is None:
                    self._ward_state.gone(kind, document_id)
                else:
                    self._ward_state.put(kind, document_id, doc.seq, doc.body)

    def _show_all(self, now: datetime) -> None:
        state, words = self._ward_state, self.words
        self._items = items(state)
        waiting = {action.subject: action.kind for action in self.pending(*_STAFF_ACTIONS)}
        live = self.services.link.live
        told = rows(state, self._items, words, now)
        self._queue.update([sending(row, waiting, live, words) for row in told])
        self._show_quiet(now)
        self._board.update(lit(self._quiet, self._items, words, now))
        self._show_sheet(now)
        self._sound.step(self._items, self._hushed(now), self.texts.language, now)
        self._show_head(now)
        self.want_seconds(bool(self._items))

    def _show_quiet(self, now: datetime) -> None:
        """What changes by the minute, or with documents that come seldom."""
        minute = now.replace(second=0, microsecond=0)
        if minute == self._quiet_at:
            return
        self._quiet_at = minute
        state, words = self._ward_state, self.words
        self._quiet = quiet_cells(state, words, now)
        self._census.update(census(state, words, now))
        self._screens.update(screen_rows(state, words, now))
        self._rejections.update(rejection_rows(state.his_link, words))
        self._show_letters()

    def _show_letters(self) -> None:
        letters = [self.words.text(f"letter.{slot.value}") for slot in PrecautionSlot]
        if letters != self._slot_letters:
            self._slot_letters = letters
            self.slotLettersChanged.emit()

    def _show_sheet(self, now: datetime) -> None:
        if not self._sheet.bed_id:
            return
        if self._sheet.bed_id not in self._ward_state.beds:
            self.closeSheet()
            return
        window = self.settings.news2_window_min
        self._sheet.show(self._ward_state, self._items, self.words, now, window)

    def _show_head(self, now: datetime) -> None:
        first = next(iter(self._queue.rows), None)
        links, sound, words = self._links(), self._sound.now, self.words
        found = head(self._ward_state, self.ward, self._items, first, links, sound, words, now)
        self._head.show(found)

    def _links(self) -> Links:
        link = self.services.link
        late = timedelta(seconds=self.settings.his_late_s)
        return Links(
            hub_up=link.live, his_up=link.his_up, his_as_of=link.his_as_of, his_late_after=late
        )

    # ------------------------------------------------------------------------------------ sound

    def _hushed(self, now: datetime) -> dict[str, datetime]:
        """Calls whose mute was touched here and has not come back yet, with when it ends."""
        ends = {a.subject: a.made_at + MUTE for a in self.pending(ActionKind.CALL_HEARD)}
        return {call: end for call, end in ends.items() if now < end}

    @Slot()
    def mute(self) -> None:
        """Stop the sound of everything that sounds now. The light stays, new things sound."""
        now = self.hub_now()
        self._sound.sounds.mute_alerts(self._items, now)
        hushed = self._hushed(now)
        for item in self._items:
            if item.call is not None and self._sound.sounds.sounds(item, hushed, now):
                self.act(
                    ActionKind.CALL_HEARD, item.call.id, seen=self._seen(item), by=self._who.person
                )
        self._show_all(now)

    # ----------------------------------------------------------------------- gestures on the queue

    @Slot(str)
    def accept(self, key: str) -> None:
        """我去: go to a call, or see to an alert."""
        item = self._item(key)
        if item is None:
            return
        if item.call is not None:
            self.act_as_staff(ActionKind.CALL_ACCEPT, item.call.id, seen=self._seen(item))
        elif item.alert is not None:
            self.act_as_staff(ActionKind.ALERT_ACKNOWLEDGE, item.alert.id, seen=self._seen(item))

    @Slot(str)
    def reinforce(self, key: str) -> None:
        """请人支援: ask for one more person."""
        item = self._item(key)
        if item is not None and item.call is not None:
            self.act_as_staff(ActionKind.CALL_REINFORCE, item.call.id, seen=self._seen(item))

    @Slot(str)
    def beginHandOver(self, key: str) -> None:
        """转交: ask to whom."""
        item = self._item(key)
        if item is None or item.call is None:
            return
        there = item.call.accepted_by
        busy = there.person_id if there is not None else None
        self._colleagues.update([row for row in self._staff.rows if row.key != busy])
        self._set_handing_over(key)

    @Slot(str)
    def handOverTo(self, staff_id: str) -> None:
        """Hand the call over to a colleague."""
        item = self._item(self._handing_over)
        self._set_handing_over("")
        if item is not None and item.call is not None:
            self.act_as_staff(
                ActionKind.CALL_HAND_OVER, item.call.id, {"staff_id": staff_id}, self._seen(item)
            )

    @Slot()
    def cancelHandOver(self) -> None:
        """Keep the call where it is."""
        self._set_handing_over("")

    def _set_handing_over(self, key: str) -> None:
        if key != self._handing_over:
            self._handing_over = key
            self.handOverChanged.emit()

    def _item(self, key: str) -> QueueItem | None:
        return next((item for item in self._items if item.key == key), None)

    def _seen(self, item: QueueItem) -> Seen:
        return Seen(encounter_id=item.encounter_id, seq=self._ward_state.seqs.get(item.document))

    # ------------------------------------------------------------------------------------ sheet

    @Slot(str)
    def openSheet(self, bed_id: str) -> None:
        """Show a bed's sheet beside the queue."""
        if bed_id not in self._ward_state.beds:
            return
        self._sheet.bed_id, self._sheet.chosen = bed_id, ""
        self._show_sheet(self.hub_now())
        self.sheetChanged.emit()

    @Slot(str)
    def chooseOccupant(self, encounter_id: str) -> None:
        """Show another patient of the same bed."""
        self._sheet.chosen = encounter_id
        self._show_sheet(self.hub_now())

    @Slot()
    def closeSheet(self) -> None:
        """Back to the board."""
        if self._sheet.bed_id:
            self._sheet.bed_id = ""
            self.sheetChanged.emit()

    # ---------------------------------------------------------------------------------- who acts

    def act_as_staff(
        self, kind: str, subject: str, data: Data | None = None, seen: Seen | None = None
    ) -> None:
        """Asks who it is, once per shift; "the nurse station" is an answer that is kept too."""
        if self._nobody_until is not None:
            self.act(kind, subject, data, seen, self._who.person)
        else:
            super().act_as_staff(kind, subject, data, seen)

    @Slot(str)
    def chooseStaff(self, staff_id: str) -> None:
        """A name, or empty for the nurse station; either is kept until the shift ends."""
        now = self.clock.now()
        self._nobody_until = None if staff_id else shift_end(self.ward, now)
        super().chooseStaff(staff_id)

    # ------------------------------------------------------------------------- for the other parts

    def shown_call_ids(self) -> tuple[str, ...]:
        """Open calls that no station has reported as shown."""
        return tuple(
            item.call.id
            for item in self._items
            if item.call is not None
            and all(mark.kind is not MarkKind.SHOWN for mark in item.call.marks)
        )

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        alarm = self._sound.now.alarm
        return {
            "queue": [row.key for row in self._queue.rows],
            "numbers": [row.number for row in self._queue.rows],
            "open_calls": sum(item.call is not None for item in self._items),
            "open_alerts": sum(item.alert is not None for item in self._items),
            "alarm": None if alarm is None else alarm.value,
            "sheet": self._sheet.bed_id,
            "asking": self.asking,
        }

    # ------------------------------------------------------------------------------- texts

    @Property(bool, constant=True)
    def pickerOpen(self) -> bool:
        """The station asks who acts beside its queue (`asking`), never over the whole window."""
        return False

    @Property(bool, notify=askingChanged)
    def asking(self) -> bool:
        """Whether it asks who acts."""
        return self._picker_open

    @Property(bool, notify=handOverChanged)
    def handingOver(self) -> bool:
        """Whether it asks to whom a call is handed over."""
        return self._handing_over != ""

    @Property(str, notify=handOverChanged)
    def handOverText(self) -> str:
        """Which call is handed over."""
        item = self._item(self._handing_over)
        number = item.bed.number if item is not None and item.bed is not None else ""
        return self.words.text("bed", bed=number) if number else ""

    @Property(str, notify=actorChanged)
    def actor(self) -> str:
        """Who acts here now: a name, the nurse station, or empty while nobody was asked."""
        if self._who.person.name is not None:
            return self._who.person.name
        return self.words.text("who.station") if self._nobody_until is not None else ""

    @Property(bool, notify=sheetChanged)
    def sheetOpen(self) -> bool:
        """Whether a bed's sheet covers the board."""
        return self._sheet.bed_id != ""

    @Property(str, notify=sheetChanged)
    def sheetBed(self) -> str:
        """The bed whose sheet is open, empty for none."""
        return self._sheet.bed_id

    @Property(list, notify=slotLettersChanged)
    def slotLetters(self) -> list[str]:
        """The six places' letters, in their order."""
        return self._slot_letters

    @Property(bool, notify=wordsChanged)
    def uprightWords(self) -> bool:
        """Whether a word may be written from top to bottom: Han can, Latin is turned."""
        return self.texts.language.startswith("zh")

    # ------------------------------------------------------------------------------- parts

    @Property(StationHead, constant=True)
    def head(self) -> StationHead:
        """Texts around board and queue."""
        return self._head

    @Property(SheetModel, constant=True)
    def sheet(self) -> SheetModel:
        """The open sheet."""
        return self._sheet

    @Property(QObject, constant=True)
    def board(self) -> KeyedListModel[BedCell]:
        """One cell per bed."""
        return self._board

    @Property(QObject, constant=True)
    def queue(self) -> KeyedListModel[QueueRow]:
        """Calls and alerts in their order."""
        return self._queue

    @Property(QObject, constant=True)
    def census(self) -> KeyedListModel[Figure]:
        """key, value, label."""
        return self._census

    @Property(QObject, constant=True)
    def screens(self) -> KeyedListModel[ScreenRow]:
        """Every screen of the ward, faults first."""
        return self._screens

    @Property(QObject, constant=True)
    def rejections(self) -> KeyedListModel[RejectionRow]:
        """What the hospital system sent that could not be used, by reason."""
        return self._rejections

    @Property(QObject, constant=True)
    def colleagues(self) -> KeyedListModel[StaffRow]:
        """To whom the call can be handed over."""
        return self._colleagues
