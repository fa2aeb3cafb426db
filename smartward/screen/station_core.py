"""What the station shows and sounds: documents and time brought to its lists, and who stands there.

`StationModel` adds the gestures.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from smartward.clinical.encounter import PrecautionSlot
from smartward.clinical.nurse_call import MUTE
from smartward.screen.list_model import KeyedListModel
from smartward.screen.observation_pad import ObservationPad
from smartward.screen.peer_rows import direct_rows
from smartward.screen.peer_station import station_calls
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Data, Services
from smartward.screen.station_amount import AmountPad, AmountQuestion
from smartward.screen.station_ask import AskModel, Question
from smartward.screen.station_asked import SheetAsked
from smartward.screen.station_board import BedCell, far, lit, quiet_cells
from smartward.screen.station_drill_model import DrillModel
from smartward.screen.station_entrust import came_back, held_elsewhere
from smartward.screen.station_entrust_model import EntrustModel
from smartward.screen.station_head import corridor_sounds, head
from smartward.screen.station_head_model import StationHead
from smartward.screen.station_header import Figure, Links, census
from smartward.screen.station_links_model import LinksModel
from smartward.screen.station_names import Names, NearTier, board_names
from smartward.screen.station_observations import pad_patient
from smartward.screen.station_placing_model import Asker, PlacingModel
from smartward.screen.station_privacy_model import PrivacyModel
from smartward.screen.station_queue import QueueItem, items
from smartward.screen.station_rows import QueueRow, private, rows, sending
from smartward.screen.station_sheet_deeds import SheetDeeds
from smartward.screen.station_sheet_head import SheetView
from smartward.screen.station_sheet_model import SheetModel
from smartward.screen.station_sound import Announcer, Silence, StationSound
from smartward.screen.station_state import KINDS, WardState
from smartward.screen.station_tasks_model import TasksModel
from smartward.screen.station_today_model import TodayModel
from smartward.screen.station_words import Words
from smartward.screen.station_writes_model import WritesModel
from smartward.wire.envelope import Action, ActionKind, Answer, Person, Seen

_STAFF_ACTIONS = (
    ActionKind.CALL_ACCEPT,
    ActionKind.CALL_HAND_OVER,
    ActionKind.CALL_REINFORCE,
    ActionKind.CALL_LOWER,
    ActionKind.ALERT_ACKNOWLEDGE,
    ActionKind.ALERT_SNOOZE,
    ActionKind.ALERT_DONE,
)
_SHEET_ONLY = ("vital_sign",)
"""Changes of these are seen on a sheet at once; the list of work takes them with the next of
anything else, or the next minute."""
_PATIENTS_ONLY = ("encounter", "infusion", "plan_item", *_SHEET_ONLY)
"""Changes of these, the most there are, say nothing of the ward's screens and links."""
_SCREENS_ONLY = ("screen", "screen_health", "screen_update")
"""Changes of these, a hundred within seconds after a power cut, say nothing of beds or stays."""
_DRILLED = ("drill", "own_test", "drill_call")
_QUEUED = ("nurse_call", "alert", *_DRILLED)
"""Changes of these light beds up and fill the queue, or go through the beds one by one; nothing
else on the page depends on them."""


class StationCore(ScreenModel):
    """Everything the station shows. A locked screen shows the same queue as an open one."""

    slotLettersChanged = Signal()

    def __init__(
        self,
        services: Services,
        announcer: Announcer | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(services, parent)
        self.ward_state = WardState()
        self.near = NearTier()
        self._items: list[QueueItem] = []
        self._names = Names(shown={}, same=frozenset())
        self._sound = StationSound(announcer if announcer is not None else Silence())
        self._slot_letters: list[str] = []
        self._quiet: list[BedCell] = []
        self._quiet_at: tuple[datetime, bool] | None = None
        self._deed: Callable[[], None] | None = None
        self._opened: tuple[str, str, str | None] | None = None
        self._make_parts()
        self.linkChanged.connect(self.show_all)
        services.direct.listeners.append(self.show_all)
        self.staffChanged.connect(self._somebody_else)
        self.pickerChanged.connect(self._asked_no_more)
        self.languageChanged.connect(self._ask.cancel)
        self.languageChanged.connect(self._amount.cancel)

    def _make_parts(self) -> None:
        self._head = StationHead(self)
        self._ask = AskModel(self)
        self._amount = AmountPad(lambda: self.words, self)
        self._board = KeyedListModel(BedCell, self)
        self._queue = KeyedListModel(QueueRow, self)
        self._census = KeyedListModel(Figure, self)
        self._sheet = SheetModel(self)
        self._deeds = SheetDeeds(self, self._sheet, self)
        self._asked = SheetAsked(self, self._sheet, self)
        self._entrust = EntrustModel(self, self)
        self._privacy = PrivacyModel(self, self)
        self._placing = PlacingModel(self, self)
        self._writes = WritesModel(self, self)
        self._tasks = TasksModel(self, self)
        self._today = TodayModel(self, self)
        self._links = LinksModel(self, self.services.link, self)
        self._drill = DrillModel(self, self)
        self._pad = ObservationPad(
            self,
            lambda stay: pad_patient(self, stay),
            knows=lambda stay: stay in self.ward_state.encounters,
            tells=True,
        )

    # --------------------------------------------------------------------- what its parts need

    @property
    def words(self) -> Words:
        """The station's phrases in the language shown."""
        return Words(self.texts)

    @property
    def device_id(self) -> str:
        """Who this station is; empty before the hub ever said so."""
        return self.services.link.device_id

    @property
    def person(self) -> Person | None:
        """Who is known here now as the ward wants it; None while nobody is."""
        return self._who.person if self._who.known and not self._is_locked else None

    def hub_now(self) -> datetime:
        """The hub's time: everything whose age is told was stamped by it."""
        return self.services.link.hub_now(self.clock.now())

    def ask_beside(self, question: Question) -> None:
        """Ask beside the queue."""
        self._ask.ask(question)

    def ask_amount(self, question: AmountQuestion) -> None:
        """Ask for an exact amount beside the queue."""
        self._amount.ask(question)

    # ------------------------------------------------------------------------------ who acts

    def as_staff(self, deed: Callable[[], None]) -> None:
        """Do it as whoever is known here, else ask who it is and do it then. What is not answered
        is not done."""
        if self.person is not None:
            deed()
            return
        # A badge that is being checked without a wish was held there for this touch.
        checking = self._proving and self._who.wish is None and not self._pin_entry.staff_id
        self._who.take_wish()
        self._deed = deed
        self._set_picker(True, checking=checking)
        self._pace_changed()

    def act_as_staff(
        self, kind: str, subject: str, data: Data | None = None, seen: Seen | None = None
    ) -> None:
        """One action of a member of staff. It takes the place of what waited for a proof."""
        self._deed = None
        super().act_as_staff(kind, subject, data, seen)

    def _somebody_else(self) -> None:
        """Somebody has come or gone: what waited is done, and a sheet is theirs or nobody's."""
        deed, self._deed = self._deed, None
        if self.person is None:
            self._opened = None
            self.near.mask()
        elif deed is not None:
            deed()
        self.open_near()
        self.show_all()

    def _asked_no_more(self) -> None:
        if not self._picker_open and self.person is None:
            self._deed = None

    # --------------------------------------------------------------------------- bringing it up

    def refresh(self, changes: Changes) -> None:
        """Take the changed documents over and show what follows."""
        if self.starting:
            return
        if changes.reset:
            self.ward_state = WardState()
            for kind in KINDS:
                for document_id, doc in self.replica.docs(kind).items():
                    self.ward_state.put(kind, document_id, doc.seq, doc.body)
        else:
            self._take(changes)
        if changes.touches(*_DRILLED):
            self._drill.stale()
        if changes.touches_others(*_QUEUED, *_PATIENTS_ONLY):
            self._links.stale()
        if changes.touches_others(*_QUEUED):
            self._tasks.stale()
        if changes.touches_others(*_QUEUED, *_SHEET_ONLY, *_SCREENS_ONLY):
            self._quiet_at = None
            self._today.stale()
        if changes.touches_others(*_SHEET_ONLY):
            self.show_all()
        else:
            self._show_sheet(self.hub_now())

    def touches_moved(self) -> None:
        """Show what was touched here: each part knows of its own touches. The ward's documents are
        as they were, and nothing that follows from them alone is worked out anew."""
        self.show_all()

    def tick(self, now: datetime) -> None:
        """Renew every age."""
        del now  # in the device's time; everything here was stamped by the hub
        self.show_all()

    def _take(self, changes: Changes) -> None:
        for kind, ids in changes.ids.items():
            if kind not in KINDS:
                continue
            for document_id in ids:
                doc = self.replica.doc(kind, document_id)
                if doc is None:
                    self.ward_state.gone(kind, document_id)
                else:
                    self.ward_state.put(kind, document_id, doc.seq, doc.body)

    def show_all(self) -> None:
        """Bring everything to the documents, the link and the time."""
        if self.starting:
            return
        now, state, words = self.hub_now(), self.ward_state, self.words
        state.direct = station_calls(self, now)
        self._items = items(state)
        self._show_quiet(now)
        self._show_queue(now)
        self._board.update(lit(self._quiet, self._items, words, now, hidden=self.near.hidden))
        self._show_sheet(now)
        live = self.services.link.live
        elsewhere = live and held_elsewhere(state, self.device_id)
        language, back_at = self.texts.language, came_back(state)
        self._sound.step(
            self._items, self._hushed(now), language, now, elsewhere=elsewhere, back_at=back_at
        )
        self._entrust.show(now, live=live)
        self._privacy.show()
        self._placing.show(now)
        read = self._sheet.stay_id if self._opened is not None else ""
        self._writes.show(now, read)
        if self.services.staged:
            self._tasks.begin()
        else:
            self._tasks.show(now, read, live=live)
        self._today.show(now, live=live)
        self._links.show(now)
        self._drill.show(now, live=live)
        self._show_pad()
        self._show_head(now)
        seconds = bool(self._items) or self.near.counting(now) or self._pad.core.is_open
        self.want_seconds(seconds)

    def _show_queue(self, now: datetime) -> None:
        words, live = self.words, self.services.link.live
        waiting = {
            action.subject: action.kind
            for action in self.pending(*_STAFF_ACTIONS)
            # What was touched of a direct call is done here, and told to its bed.
            if action.subject not in self.ward_state.direct
        }
        told = rows(self.ward_state, self._items, words, now, self._names)
        told = direct_rows(self, told, words)
        if self.near.hidden:
            told = [private(row, item, words) for row, item in zip(told, self._items, strict=True)]
        self._queue.update([sending(row, waiting, live, words) for row in told])
        about = self._ask.about
        if about.startswith(("call:", "alert:")) and all(i.key != about for i in self._items):
            self._ask.cancel()

    def _show_quiet(self, now: datetime) -> None:
        """What changes by the minute, or with documents that come seldom."""
        minute = now.replace(second=0, microsecond=0)
        shown = (minute, self.services.link.live)
        if shown == self._quiet_at:
            return
        self._quiet_at = shown
        state, words = self.ward_state, self.words
        self._names = board_names(state, words)
        cells = quiet_cells(state, words, now, self._names)
        self._quiet = far(cells) if self.near.hidden else cells
        self._census.update(census(state, words, now))
        letters = [words.text(f"letter.{slot.value}") for slot in PrecautionSlot]
        if letters != self._slot_letters:
            self._slot_letters = letters
            self.slotLettersChanged.emit()

    def _show_head(self, now: datetime) -> None:
        first = next(iter(self._queue.rows), None)
        words, settings = self.words, self.settings
        links = Links.of(self.services.link, settings.his_late_s)
        heard = corridor_sounds(self.ward_state, self._items, settings.corridor_sounds)
        sound = replace(self._sound.now, corridor=heard)
        found = head(self.ward_state, self.ward, self._items, first, links, sound, words, now)
        self._head.show(found)

    def shown_test_ids(self) -> tuple[str, ...]:
        """Test calls that no station has reported as shown."""
        return self._drill.shown_test_ids()

    # ------------------------------------------------------------------------------------ sheet

    def close_sheet(self) -> None:
        """Nobody looks at a sheet any more."""
        self._opened = None
        self._sheet.bed_id = self._sheet.chosen = ""
        self._ask.cancel()
        self._amount.cancel()
        self._pad.core.close()

    def open_near(self) -> None:
        """Open what only a proved person reads, and tell the audit who reads whose sheet."""
        person, bed_id = self.person, self._sheet.bed_id
        if person is None or not bed_id or self.near.hidden:
            return
        key = (bed_id, self._sheet.stay_id, person.id)
        if key == self._opened:
            return
        self._opened = key
        seen = Seen(encounter_id=self._sheet.stay_id or None)
        self.act_as_staff(ActionKind.SHEET_OPEN, bed_id, seen=seen)

    def _show_pad(self) -> None:
        """The pad stands on the sheet of its patient, and goes with it."""
        read = self._sheet.stay_id if self._opened is not None else ""
        if self._pad.core.is_open and self._pad.core.stay_id != read:
            self._pad.core.close()
        self._pad.offer(read)

    def gives_back(self, action: Action) -> bool:
        """Whether a page has what it sent in its hands again."""
        return self._pad.gives_back(action)

    def took_refusal(self, action: Action, answer: Answer) -> bool:
        """The hub did not take a touch; True where its own page says so."""
        return self._pad.took_refusal(action, answer)

    def _show_sheet(self, now: datetime) -> None:
        if not self._sheet.bed_id:
            return
        if self._sheet.bed_id not in self.ward_state.beds:
            self.close_sheet()
            return
        self._sheet.settle(self.ward_state)
        if self._opened is not None and self._opened[1] != self._sheet.stay_id:
            # Somebody else lies here now: theirs is another sheet.
            self._opened = None
            self.open_near()
        stay_id, words = self._sheet.stay_id, self.words
        opened = self._opened is not None
        view = SheetView(names=self._names, opened=opened, full=self.near.full(stay_id, now))
        window = self.settings.news2_window_min
        answers = {row.key: row for row in self._queue.rows}
        self._sheet.show(self.ward_state, self._items, view, words, now, window, answers)
        self._deeds.show(opened=opened)
        self._asked.show(now, opened=opened)

    # ------------------------------------------------------------------------------------ sound

    def connect_sound(self, announcer: Announcer) -> None:
        """Use this device's sound from now on; it starts after the first frame."""
        self._sound.connect(announcer)

    def connect_placing(self, asker: Asker) -> None:
        """Ask this who waits for a place."""
        self._placing.asker = asker

    def _hushed(self, now: datetime) -> dict[str, datetime]:
        """Calls whose mute was touched here and has not come back yet, with when it ends."""
        ends = {a.subject: a.made_at + MUTE for a in self.pending(ActionKind.CALL_HEARD)}
        return {call: end for call, end in ends.items() if now < end}
