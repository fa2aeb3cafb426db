"""View model of the door: the room's call, its beds, what to wear; staff mark presence here."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.ward import Roster
from smartward.screen.beds import bed_label, waited
from smartward.screen.beds_elsewhere import ElsewhereModel
from smartward.screen.beds_panel import PanelCall, StaffPanel
from smartward.screen.beds_presence import elsewhere_text, inside_text, overdue
from smartward.screen.door_rows import (
    BedRow,
    Room,
    RoomLamp,
    SentenceRow,
    bed_rows,
    room_lamp,
    sentences,
)
from smartward.screen.light import Light
from smartward.screen.list_model import KeyedListModel
from smartward.screen.peer_station import door_calls
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.wire.call_view import CallView
from smartward.wire.views import BedView, DoorEncounter, DrillCallView, PresenceView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

IDLE_S = 30.0
"""Seconds after which an open panel closes and forgets the name."""

LABELS = {
    "panelNobody": "bedside.panel.nobody",
    "panelChange": "bedside.panel.change",
    "panelArrive": "bedside.panel.arrive",
    "panelClose": "bedside.panel.close",
    "back": "bedside.back",
    "staff": "door.mark",
}


@QmlElement
class DoorModel(ScreenModel):
    """One room, read from the corridor."""

    labelsChanged = Signal()
    roomChanged = Signal()
    insideChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._lamp = RoomLamp()
        self._number = self._ward_name = self._empty = ""
        self._inside, self._overdue = "", False
        self._inside_shown: tuple[object, ...] = ()
        self._elsewhere = ElsewhereModel(self)
        self._open_bed: str | None = None
        self._touched_at = self.clock.monotonic()
        self._beds = KeyedListModel(BedRow, self)
        self._sentences = KeyedListModel(SentenceRow, self)
        self._panel = StaffPanel(self, keeps_name=False)
        services.link.listeners.append(self._link_turned)
        services.direct.listeners.append(self._link_turned)

    # ------------------------------------------------------------------------------ what it says

    @Property(QObject, constant=True)
    def beds(self) -> KeyedListModel[BedRow]:
        """The room's beds; the fields of `BedRow`."""
        return self._beds

    @Property(QObject, constant=True)
    def sentences(self) -> KeyedListModel[SentenceRow]:
        """Instructions: key, icon, lead, text."""
        return self._sentences

    @Property(StaffPanel, constant=True)
    def panel(self) -> StaffPanel:
        """Where staff mark that they are here."""
        return self._panel

    @Property("QVariantMap", notify=labelsChanged)  # type: ignore[arg-type]  # the stub wants a class
    def labels(self) -> dict[str, str]:
        """The page's fixed words."""
        return {name: self.texts.text(key) for name, key in LABELS.items()}

    @Property(str, notify=roomChanged)
    def number(self) -> str:
        """The room's number."""
        return self._number

    @Property(str, notify=roomChanged)
    def wardName(self) -> str:
        """The ward's name."""
        return self._ward_name

    @Property(str, notify=roomChanged)
    def emptyText(self) -> str:
        """Why there are no beds to show."""
        return self._empty

    @Property(str, notify=roomChanged)
    def lampPriority(self) -> str:
        """high or medium while a bed of the room calls, else empty."""
        return self._lamp.priority

    @Property(bool, notify=roomChanged)
    def lampFlashing(self) -> bool:
        """Whether a call of the room waits for somebody to accept it."""
        return self._lamp.flashing

    @Property(bool, notify=roomChanged)
    def lampWalking(self) -> bool:
        """Whether somebody known is on the way."""
        return self._lamp.walking

    @Property(str, notify=roomChanged)
    def lampTitle(self) -> str:
        """Which bed calls."""
        return self._lamp.title

    @Property(str, notify=roomChanged)
    def lampText(self) -> str:
        """Who is on the way; or that nothing calls."""
        return self._lamp.text

    @Property(str, notify=roomChanged)
    def lampIcon(self) -> str:
        """The picture of what calls."""
        return self._lamp.icon

    @Property(bool, notify=roomChanged)
    def blind(self) -> bool:
        """Whether it is not known if a bed calls: nothing here may look like calm."""
        return self._lamp.blind

    @Property(str, notify=insideChanged)
    def insideText(self) -> str:
        """Who is in the room since when; or that nobody is marked, or that nobody knows."""
        live = self.services.link.live
        nobody = "door.nobody_inside" if live else "door.inside_unknown"
        return self._inside or self.texts.text(nobody)

    @Property(bool, notify=insideChanged)
    def inside(self) -> bool:
        """Whether somebody is marked present."""
        return self._inside != ""

    @Property(bool, notify=insideChanged)
    def overdue(self) -> bool:
        """Whether it is asked if they still are."""
        return self._overdue

    @Property(ElsewhereModel, constant=True)
    def elsewhere(self) -> ElsewhereModel:
        """The ward's next call."""
        return self._elsewhere

    # ---------------------------------------------------------------------------- what is touched

    @Slot()
    def openPanel(self) -> None:
        """Staff mark that they are here, or leave, also where nothing calls."""
        self._touched_at = self.clock.monotonic()
        self._open_bed = self._lamp.bed_id or None
        self._panel.start()
        self._renew(self.clock.now())

    @Slot(str)
    def touchBed(self, bed_id: str) -> None:
        """A bed's card was touched: the panel opens where there is a call to answer."""
        self._touched_at = self.clock.monotonic()
        row = next((row for row in self._beds.rows if row.key == bed_id), None)
        if row is not None and row.call:
            self._open_bed = bed_id
            self._panel.start()
            self._renew(self.clock.now())

    @Slot()
    def touched(self) -> None:
        """Somebody is here."""
        self._touched_at = self.clock.monotonic()

    # ------------------------------------------------------------------------------- how it comes

    def _says_who(self) -> bool:
        """The panel has the name of whoever acts; the page has not."""
        return not self._panel.is_open

    def refresh(self, changes: Changes) -> None:
        """Bring everything up to date; a door holds one room only."""
        self._renew(self.clock.now())

    def tick(self, now: datetime) -> None:
        """The calls' times go on; a forgotten panel closes."""
        if self._panel.is_open and self.clock.monotonic() - self._touched_at >= IDLE_S:
            self._panel.dismiss()
        self._renew(now)

    def relabel(self) -> None:
        """The language has changed: every text of the page is new."""
        super().relabel()
        self.labelsChanged.emit()
        self.roomChanged.emit()
        self.insideChanged.emit()

    @property
    def light(self) -> Light:
        """As the night is; a call lamp that nobody sees is none."""
        return Light.NIGHT if self._night and self._lamp.priority == "" else Light.DAY

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        return {
            "room": self._number,
            "lamp": self._lamp.priority,
            "flashing": self._lamp.flashing,
            "title": self._lamp.title,
            "answer": self._lamp.text,
            "inside": self._inside,
            "elsewhere": self._elsewhere.text.bed,
            "calls_elsewhere": self._elsewhere.text.bed != "",
            "overdue": self._overdue,
            "panel": self._panel.is_open,
        }

    def _link_turned(self) -> None:
        """Without the hub new calls do not show here, and that is said."""
        self._renew(self.clock.now())

    def _renew(self, now: datetime) -> None:
        link = self.services.link
        direct = door_calls(self, link.hub_now(now))
        hub_now, calls_at = link.hub_now(now), link.hub_now(link.known_until(now))
        beds = [
            bed for bed in self.replica.all("bed", BedView) if self.place in (None, bed.room_id)
        ]
        room = Room(
            ward=self.ward,
            beds=beds,
            stays={stay.id: stay for stay in self.replica.all("encounter", DoorEncounter)},
            calls=[
                *self.replica.all("nurse_call", CallView),
                *self.replica.all("possible_call", CallView),
                *direct,
            ],
            current=self._banner.identity_current,
            live=link.live,
            stores=link.hub_stores,
            direct=frozenset(call.id for call in direct),
            now=hub_now,
            tests=self._tests(),
        )
        self._beds.update(bed_rows(self.texts, room, calls_at))
        self._sentences.update(sentences(self.texts, room))
        light = room_lamp(self.texts, room, calls_at)
        empty = "" if beds else self._why_empty()
        new = (light, beds[0].room if beds else "", self.ward.name, empty)
        if new != (self._lamp, self._number, self._ward_name, self._empty):
            self._lamp, self._number, self._ward_name, self._empty = new
            self.roomChanged.emit()
        self._renew_inside(room, hub_now)
        at_hand = self._panel_call(room, calls_at)
        self._panel.show(at_hand, possible=bool(self._open_bed and room.calls_of(self._open_bed)))
        counts = light.priority != "" and (link.live or bool(direct))
        self.want_seconds(counts or self._panel.is_open)

    def _tests(self) -> list[DrillCallView]:
        return [test for test in self.replica.all("drill_call", DrillCallView) if test.placed]

    def shown_test_ids(self) -> tuple[str, ...]:
        """Test calls of the room that this door has not told of; a lamp that is lit, or that knows
        nothing of calls, does not show them."""
        own = self.services.link.device_id
        if self._lamp.priority or self._lamp.blind:
            return ()
        return tuple(test.id for test in self._tests() if own not in test.lamps)

    def _why_empty(self) -> str:
        why = "" if self.services.link.live else str(self.linkText)
        return "\n".join(part for part in (self.texts.text("door.no_beds"), why) if part)

    def _renew_inside(self, room: Room, now: datetime) -> None:
        here = {bed.id for bed in room.beds}
        presences = [v for v in self.replica.all("presence", PresenceView) if v.bed_id in here]
        roster = self.replica.one("roster", Roster)
        late = overdue(presences, now, self.settings.presence_reminder_s)
        inside = inside_text(self.texts, presences, room.team, roster, overdue=late)
        self._elsewhere.show(elsewhere_text(self.texts, presences, live=room.live))
        new = (inside, late, room.live)
        if new != self._inside_shown:
            self._inside_shown = new
            self._inside, self._overdue = inside, late
            self.insideChanged.emit()

    def _panel_call(self, room: Room, now: datetime) -> PanelCall | None:
        bed = next((bed for bed in room.beds if bed.id == self._open_bed), None)
        # One that may be this bed's is answered and ended where it was placed.
        calls = [] if bed is None else [c for c in room.calls_of(bed.id) if not c.possible]
        if bed is None or not calls:
            return None
        line = self.texts.text(
            "bedside.panel.call_line",
            bed=bed_label(self.texts, bed.number),
            span=waited(calls[0], room.time_of(calls, now)),
        )
        return PanelCall(
            id=calls[0].id,
            line=line,
            present=calls[0].present and not calls[0].asks_again,
            call_class=calls[0].call_class,
        )

    def direct_call_ids(self) -> tuple[str, ...]:
        """Calls of the room that came straight from their beds."""
        return tuple(self.services.direct.records)
