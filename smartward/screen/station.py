"""The nurse station's model: the gestures on bed board, Now queue, sheet and pages."""

from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.call_mark import MarkKind
from smartward.clinical.nurse_call import is_open
from smartward.screen.list_model import KeyedListModel
from smartward.screen.observation_pad import ObservationPad
from smartward.screen.services import Services
from smartward.screen.station_alert_deeds import card_data, done_note, snooze_length
from smartward.screen.station_amount import AmountPad
from smartward.screen.station_ask import Answer, AskModel, Question
from smartward.screen.station_asked import SheetAsked
from smartward.screen.station_board import BedCell
from smartward.screen.station_core import StationCore
from smartward.screen.station_drill_model import DrillModel
from smartward.screen.station_entrust_model import EntrustModel
from smartward.screen.station_head_model import StationHead
from smartward.screen.station_header import Figure
from smartward.screen.station_links_model import LinksModel
from smartward.screen.station_placing_model import PlacingModel
from smartward.screen.station_privacy_model import PrivacyModel
from smartward.screen.station_queue import QueueItem
from smartward.screen.station_rows import QueueRow
from smartward.screen.station_sheet_deeds import SheetDeeds
from smartward.screen.station_sheet_model import SheetModel
from smartward.screen.station_sound import Announcer
from smartward.screen.station_tasks_model import TasksModel
from smartward.screen.station_today_model import TodayModel
from smartward.screen.station_writes_model import WritesModel
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
@QmlUncreatable("made by screen/app.py")
class StationModel(StationCore):  # type: ignore[operator]  # QmlUncreatable: the stub is wrong
    """Everything the station shows and does. QML binds to it and calls one method per gesture."""

    sheetChanged = Signal()
    hiddenChanged = Signal()
    lettersChanged = Signal()
    # A property of a subclass cannot notify by its base's signal: this one follows that.
    wordsChanged = Signal()

    def __init__(
        self,
        services: Services,
        announcer: Announcer | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(services, announcer, parent)
        self.languageChanged.connect(self.wordsChanged)
        self.slotLettersChanged.connect(self.lettersChanged)
        self._tasks.observe.connect(self._observe)

    # ----------------------------------------------------------------------- gestures on the queue

    @Slot(str)
    def accept(self, key: str) -> None:
        """我去: go to a call, or see to an alert."""
        item = self._item(key)
        if item is None:
            return
        if item.call is not None:
            self.act_as_staff(ActionKind.CALL_ACCEPT, item.call.id, seen=self._seen(item))
        else:
            data = card_data(item)
            self.act_as_staff(
                ActionKind.ALERT_ACKNOWLEDGE, item.the_alert.id, data, self._seen(item)
            )

    @Slot(str)
    def beginSnooze(self, key: str) -> None:
        """推迟: ask for how long, then why."""
        item = self._item(key)
        if item is not None and item.alert is not None:
            self.ask_beside(snooze_length(self, item, self._seen(item)))

    @Slot(str)
    def beginDone(self, key: str) -> None:
        """已处理: ask what was done."""
        item = self._item(key)
        if item is not None and item.alert is not None:
            self.ask_beside(done_note(self, item, self._seen(item)))
        elif item is not None and item.call is not None:
            call_id = item.call.id
            self.as_staff(lambda: self._put_away(call_id))

    def _put_away(self, call_id: str) -> None:
        """A direct call whose bed is silent has been seen to by whoever is here."""
        by = self.person
        self.services.direct.drop(call_id, None if by is None else by.id)

    @Slot(str)
    def reinforce(self, key: str) -> None:
        """请人支援: ask for one more person."""
        item = self._item(key)
        if item is not None and item.call is not None:
            self.act_as_staff(ActionKind.CALL_REINFORCE, item.call.id, seen=self._seen(item))

    @Slot(str)
    def beginHandOver(self, key: str) -> None:
        """转交: ask to whom. Whoever goes already is not asked."""
        item = self._item(key)
        if item is None or item.call is None:
            return
        there = item.call.accepted_by
        busy = there.person_id if there is not None else None
        bed = self.words.text("bed", bed=item.bed.number) if item.bed is not None else ""
        self.ask_beside(
            Question(
                title=self.words.text("hand_over.title", bed=bed),
                hint=self.words.text("hand_over.hint"),
                answers=[
                    Answer(key=row.key, name=row.name, detail=row.roleText)
                    for row in self._staff.rows
                    if row.key != busy
                ],
                deed=lambda staff_id: self._hand_over(key, staff_id),
                about=key,
            )
        )

    def _hand_over(self, key: str, staff_id: str) -> None:
        item = self._item(key)
        if item is not None and item.call is not None:
            self.act_as_staff(
                ActionKind.CALL_HAND_OVER, item.call.id, {"staff_id": staff_id}, self._seen(item)
            )

    @Slot()
    def mute(self) -> None:
        """Stop the sound of everything that sounds now. The light stays, new things sound."""
        self.as_staff(self._mute)

    def _mute(self) -> None:
        now = self.hub_now()
        hushed = self._hushed(now)
        ringing = [item for item in self._items if self._sound.sounds.sounds(item, hushed, now)]
        self._sound.sounds.mute_alerts(self._items, now)
        for item in ringing:
            if item.call is not None:
                self.act_as_staff(ActionKind.CALL_HEARD, item.call.id, seen=self._seen(item))
        self.show_all()

    def _item(self, key: str) -> QueueItem | None:
        return next((item for item in self._items if item.key == key), None)

    def _seen(self, item: QueueItem) -> Seen:
        return Seen(encounter_id=item.encounter_id, seq=self.ward_state.seqs.get(item.document))

    # ------------------------------------------------------------------------------------ sheet

    @Slot(str)
    def openSheet(self, bed_id: str) -> None:
        """Show a bed's sheet beside the queue: what the board shows, and all of it to a proved
        person. While the near tier is hidden there is no sheet."""
        if bed_id not in self.ward_state.beds:
            return
        if self.near.hidden:
            self.tell("station.private.no_sheet")
            return
        self.close_sheet()
        self._sheet.bed_id = bed_id
        self._sheet.settle(self.ward_state)
        self.open_near()
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
            self.close_sheet()

    # ------------------------------------------------------------------------------ observations

    @Slot()
    def enterObservations(self) -> None:
        """Type a set of observations for the patient whose sheet is open."""
        self.as_staff(lambda: self._pad.enter(self._sheet.stay_id))

    @Slot()
    def correctObservations(self) -> None:
        """Put right the last set that whoever is known here entered for them."""
        self.as_staff(lambda: self._pad.enter(self._sheet.stay_id, correct=True))

    @Slot(str)
    def observeBed(self, bed_id: str) -> None:
        """The same from elsewhere: the sheet of the bed is opened first."""
        self.openSheet(bed_id)
        if self._sheet.bed_id == bed_id:
            self.enterObservations()

    @Slot(str)
    def _observe(self, encounter_id: str) -> None:
        """The same of one patient of a bed, which another may share."""
        bed = self.ward_state.bed_of_encounter(encounter_id)
        if bed is None:
            return
        self.openSheet(bed.id)
        self.chooseOccupant(encounter_id)
        if self._sheet.stay_id == encounter_id:
            self.enterObservations()

    @Property(ObservationPad, constant=True)
    def pad(self) -> ObservationPad:
        """The set of observations that is typed."""
        return self._pad

    @Slot()
    def forgetStaff(self) -> None:
        """Whoever acted has gone, and nothing stays of what they typed."""
        self._pad.core.signed_out()
        super().forgetStaff()

    def close_sheet(self) -> None:
        """Nobody looks at a sheet any more."""
        super().close_sheet()
        self.sheetChanged.emit()

    # ------------------------------------------------------------------------------ privacy key

    @Slot()
    def hideNear(self) -> None:
        """The privacy key: names, reasons, drugs, scores and the sheet are gone at once."""
        if not self.near.hidden:
            self.near.hidden = True
            self.near.mask()
            self.close_sheet()
            self._near_changed()

    @Slot()
    def showNear(self) -> None:
        """Show them again: for whoever proves now who they are. Somebody who signed in before may
        have turned away, and the hand on the key is another's."""
        if self.near.hidden:
            self._end_acting("left")
            self.as_staff(self._show_near)

    @Slot()
    def turnPrivacyKey(self) -> None:
        """The same key hides and, for a proved person, shows."""
        if self.near.hidden:
            self.showNear()
        else:
            self.hideNear()

    def _show_near(self) -> None:
        self.near.hidden = False
        self._near_changed()

    def _near_changed(self) -> None:
        self._quiet_at = None
        self.show_all()
        self.hiddenChanged.emit()

    @Property(bool, notify=hiddenChanged)
    def nearHidden(self) -> bool:
        """Whether the privacy key was pressed."""
        return self.near.hidden

    # ------------------------------------------------------------------------- for the other parts

    def shown_call_ids(self) -> tuple[str, ...]:
        """Open calls that no station has reported as shown."""
        return tuple(
            item.call.id
            for item in self._items
            if item.call is not None
            and item.call.id not in self.ward_state.direct
            and all(mark.kind is not MarkKind.SHOWN for mark in item.call.marks)
        )

    def direct_call_ids(self) -> tuple[str, ...]:
        """Calls in the queue that came straight from their beds."""
        return tuple(self.ward_state.direct)

    def calls_beside_drill(self) -> tuple[str, ...]:
        """Open direct calls while a drill runs: it ends for them, as for calls that a hub knows."""
        if self.ward_state.running_drill() is None:
            return ()
        return tuple(call.id for call in self.ward_state.direct.values() if is_open(call))

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        alarm = self._sound.now.alarm
        return {
            "queue": [row.key for row in self._queue.rows],
            "numbers": [row.number for row in self._queue.rows],
            "marks": [row.mark for row in self._queue.rows],
            "open_calls": sum(item.call is not None for item in self._items),
            "open_alerts": sum(item.alert is not None for item in self._items),
            "alarm": None if alarm is None else alarm.value,
            "sheet": self._sheet.bed_id,
            "sheet_open": self._opened is not None,
            "near_hidden": self.near.hidden,
            "entrusted": self._entrust.line,
            "drill": self._drill.chip,
            "asking": self.pickerOpen,
            "question": self._ask.title,
        }

    # ------------------------------------------------------------------------------- texts

    @Property(bool, notify=sheetChanged)
    def sheetOpen(self) -> bool:
        """Whether a bed's sheet covers the board."""
        return self._sheet.bed_id != ""

    @Property(str, notify=sheetChanged)
    def sheetBed(self) -> str:
        """The bed whose sheet is open, empty for none."""
        return self._sheet.bed_id

    @Property(list, notify=lettersChanged)
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

    @Property(SheetAsked, constant=True)
    def asked(self) -> SheetAsked:
        """What the patient of the open sheet answered, and their relatives."""
        return self._asked

    @Property(SheetDeeds, constant=True)
    def deeds(self) -> SheetDeeds:
        """What is done from the sheet."""
        return self._deeds

    @Property(AskModel, constant=True)
    def question(self) -> AskModel:
        """What is asked beside the queue."""
        return self._ask

    @Property(AmountPad, constant=True)
    def amount(self) -> AmountPad:
        """The exact amount that is asked for beside the queue."""
        return self._amount

    @Property(EntrustModel, constant=True)
    def entrust(self) -> EntrustModel:
        """Who answers for the ward's calls."""
        return self._entrust

    @Property(WritesModel, constant=True)
    def writes(self) -> WritesModel:
        """What the hospital system would not have."""
        return self._writes

    @Property(TasksModel, constant=True)
    def tasks(self) -> TasksModel:
        """What is due on the ward."""
        return self._tasks

    @Property(TodayModel, constant=True)
    def today(self) -> TodayModel:
        """The ward's alerts against its budget."""
        return self._today

    @Property(DrillModel, constant=True)
    def drill(self) -> DrillModel:
        """The ward's test calls."""
        return self._drill

    @Property(PrivacyModel, constant=True)
    def privacy(self) -> PrivacyModel:
        """What may be shown."""
        return self._privacy

    @Property(PlacingModel, constant=True)
    def placing(self) -> PlacingModel:
        """The screens that wait for a place."""
        return self._placing

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

    @Property(LinksModel, constant=True)
    def links(self) -> LinksModel:
        """The ward's screens, and the link to the hospital system."""
        return self._links
