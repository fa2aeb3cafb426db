"""The staff panel of bedside and door: who is here, and what they do about the bed's call."""

from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.nurse_call import CallClass
from smartward.screen.beds_presence import overdue
from smartward.screen.screen_model import ScreenModel
from smartward.wire.call_view import BedsideCall, CallView
from smartward.wire.envelope import ActionKind, Seen
from smartward.wire.views import PresenceView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

CALM_S = 1.0
"""For so long after "Close call" came to another place, or to another call, no touch closes one."""
_DEEDS = (ActionKind.CALL_ARRIVE, ActionKind.CALL_CLOSE)
HOLD_MS = 1000
"""Milliseconds for which "in the room" is held: a sleeve or a passing hand marks nobody present."""

_ENDS_AT = {
    CallClass.BATHROOM: "who.ends_at_cord",
    CallClass.ASSIST: "who.ends_at_assist",
    CallClass.EMERGENCY: "who.ends_at_emergency",
}
"""Calls that end only where they were made, with the words for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCall:
    """The call that the panel is about: `line` tells bed, wait and (bedside only) reason."""

    id: str
    line: str
    present: bool
    call_class: CallClass | None = None
    """Of a call that no hub has told of."""


@QmlElement
class StaffPanel(QObject):
    """Hold to be marked present; say "I am here" at a call, close it, leave.

    Where staff prove who they are, that is asked when something is to be done, and forgotten with
    the panel. Where a name is enough it is asked first; a bedside keeps it until the shift ends, a
    door is everybody's and forgets it with the panel.
    """

    changed = Signal()

    def __init__(self, screen: ScreenModel, *, keeps_name: bool) -> None:
        super().__init__(screen)
        self._screen = screen
        self._keeps_name = keeps_name
        self._open = False
        self._nobody = False
        self._call: PanelCall | None = None
        self._possible = False
        self._shown: tuple[object, ...] = ()
        self._about = ""
        """Id of the last call that it was about."""
        self._could_arrive = False
        self._moved_at = float("-inf")
        """When "Close call" last came to where "I am here" was, or meant another call."""
        screen.staffChanged.connect(self.changed)
        screen.identityChanged.connect(self.changed)
        screen.languageChanged.connect(self.changed)

    def show(self, call: PanelCall | None, *, possible: bool = False) -> None:
        """The call at hand has become `call`; touches and who is present are looked at as well.
        `possible`: there is only one of another bed that may be from here."""
        kinds = (*_DEEDS, ActionKind.PRESENCE_ENTER, ActionKind.PRESENCE_LEAVE)
        touched = tuple(action.id for action in self._screen.pending(*kinds))
        shown = (call, possible, self._present, self._overdue, touched)
        if shown != self._shown:
            self._shown, self._call, self._possible = shown, call, possible
            about = self._about if call is None else call.id
            can_arrive = self._can_arrive
            if about != self._about != "" or (self._could_arrive and not can_arrive):
                self._moved_at = self._screen.clock.monotonic()
            self._about, self._could_arrive = about, can_arrive
            self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether the panel is shown."""
        return self._open

    @property
    def _actor(self) -> str:
        return str(self._screen.actorText)

    @property
    def _proves(self) -> bool:
        """Whether staff prove who they are here."""
        return bool(self._screen.proofRequired)

    @property
    def _present(self) -> PresenceView | None:
        """Who is in the room, None when nobody is."""
        place = self._screen.place
        for view in self._screen.replica.all("presence", PresenceView):
            if place in (view.bed_id, view.room_id) and view.families:
                return view
        return None

    @property
    def _overdue(self) -> bool:
        """Whether who is in the room has been for so long that the screen asks."""
        here = self._present
        hub_now = self._screen.services.link.hub_now(self._screen.clock.now())
        return here is not None and overdue(
            (here,), hub_now, self._screen.settings.presence_reminder_s
        )

    # ------------------------------------------------------------------------------ what it says

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether the panel is shown."""
        return self._open

    @Property(bool, notify=changed)
    def asking(self) -> bool:
        """Whether it asks for a name first."""
        return not self._proves and not self._nobody and not self._actor

    @Property(str, notify=changed)
    def title(self) -> str:
        """The question, or who acts."""
        text = self._screen.staff_texts.text
        if self._nobody:
            return text("bedside.panel.acting_nobody")
        if self._actor:
            return text("bedside.panel.acting", name=self._actor)
        return text("bedside.panel.title" if self._proves else "bedside.panel.who")

    @Property(str, notify=changed)
    def detail(self) -> str:
        """How long the name is kept, or how to prove it; empty once somebody has."""
        if self._proves:
            return "" if self._actor else str(self._screen.lockedText)
        key = "who_detail" if self._keeps_name else "who_door"
        return self._screen.staff_texts.text(f"bedside.panel.{key}")

    @Property(str, notify=changed)
    def callText(self) -> str:
        """The bed's call, or that there is none."""
        if self._call is None:
            key = "right_bed.call.possible" if self._possible else "bedside.panel.no_call"
            return self._screen.staff_texts.text(key)
        return self._call.line

    @Property(bool, notify=changed)
    def canArrive(self) -> bool:
        """Whether there is a call at which nobody is marked present."""
        return self._can_arrive

    @property
    def _can_arrive(self) -> bool:
        return self._call is not None and not self._call.present and not self._sent("arrive")

    @Property(bool, notify=changed)
    def canClose(self) -> bool:
        """Whether there is a call to close."""
        return self._call is not None and not self._sent("close") and not self._ends_at

    @property
    def _ends_at(self) -> str:
        """Text key of where the call ends when it is not here; empty when it is."""
        if self._call is None:
            return ""
        doc = self._screen.replica.doc("nurse_call", self._call.id)
        if doc is None or not isinstance(doc.body, CallView | BedsideCall):
            of = self._call.call_class
            return "" if of is None else _ENDS_AT.get(of, "")
        return _ENDS_AT.get(doc.body.call_class, "")

    @Property(str, notify=changed)
    def endsText(self) -> str:
        """Where the call ends: at its cord or button, never at a screen. Empty for other calls."""
        return self._screen.staff_texts.text(self._ends_at) if self._ends_at else ""

    @Property(int, constant=True)
    def holdMs(self) -> int:
        """How long "in the room" is held, in milliseconds."""
        return HOLD_MS

    @Property(bool, notify=changed)
    def canEnter(self) -> bool:
        """Whether whoever stands here can be marked present in the room: once, and once more when
        it is asked whether they still are."""
        if self._screen.pending(ActionKind.PRESENCE_ENTER):
            return False
        return self._overdue or not self._is_in

    @property
    def _is_in(self) -> bool:
        """Whether whoever acts is marked present, as far as the family name tells."""
        present = self._present
        family = self._screen.actor_family
        return present is not None and family != "" and family in present.families

    @Property(bool, notify=changed)
    def canLeave(self) -> bool:
        """Whether somebody is marked present and can leave."""
        waiting = self._screen.pending(ActionKind.PRESENCE_ENTER, ActionKind.PRESENCE_LEAVE)
        if waiting:
            return waiting[-1].kind == ActionKind.PRESENCE_ENTER
        return self._present is not None

    @Property(str, notify=changed)
    def enterText(self) -> str:
        """The verb that is held."""
        return self._screen.staff_texts.text("who.enter")

    @Property(str, notify=changed)
    def leaveText(self) -> str:
        """The verb of leaving."""
        return self._screen.staff_texts.text("who.leave")

    @Property(bool, notify=changed)
    def canChange(self) -> bool:
        """Whether somebody is known who can make place for another."""
        return self._nobody or self._actor != ""

    @Property(str, notify=changed)
    def changeText(self) -> str:
        """Make place for somebody else."""
        return self._screen.staff_texts.text(
            "who.sign_out" if self._proves else "bedside.panel.change"
        )

    @Property(str, notify=changed)
    def presentText(self) -> str:
        """Who is in the room since when; empty when nobody is."""
        present = self._present
        text = self._screen.staff_texts.text
        if present is None:
            entering = bool(self._screen.pending(ActionKind.PRESENCE_ENTER))
            return text("who.entering") if entering else ""
        people = [family or text("who.somebody") for family in present.families]
        names = text("door.separator").join(people)
        if present.since is None:
            return text("who.present", names=names)
        return text("who.present_since", names=names, since=present.since.isoformat())

    @Property(str, notify=changed)
    def doneText(self) -> str:
        """What has been done already, as words and never as a control."""
        text = self._screen.staff_texts.text
        if self._sent("close"):
            return text("bedside.panel.closing")
        arrived = self._call is not None and (self._call.present or self._sent("arrive"))
        return text("bedside.panel.arrived") if arrived else ""

    # ------------------------------------------------------------------------------ what it does

    @Slot()
    def start(self) -> None:
        """Show the panel."""
        self._set_open(True)

    @Slot()
    def dismiss(self) -> None:
        """Put the panel away; a proof goes with it, and at a door a name."""
        self._nobody = False
        if self._proves or not self._keeps_name:
            self._screen.closePicker()
            self._screen.forgetStaff()
        self._set_open(False)

    @Slot(str)
    def choose(self, staff_id: str) -> None:
        """Somebody touched their name."""
        self._screen.chooseStaff(staff_id)
        self.changed.emit()

    @Slot()
    def chooseNobody(self) -> None:
        """Whoever acts is not listed: told as the nurse station."""
        self._nobody = True
        self.changed.emit()

    @Slot()
    def change(self) -> None:
        """Somebody else acts now."""
        self._nobody = False
        self._screen.forgetStaff()
        self.changed.emit()

    @Slot()
    def enter(self) -> None:
        """Held long enough: "I am in the room". It stops the clock of every call there."""
        self._mark(ActionKind.PRESENCE_ENTER)

    @Slot()
    def leave(self) -> None:
        """ "I leave the room"."""
        self._mark(ActionKind.PRESENCE_LEAVE)

    def _mark(self, kind: str) -> None:
        place = self._screen.place
        if place is None:
            self._screen.tell("bedside.no_place")
            return
        if self._nobody:
            self._screen.act(kind, place)
        else:
            self._screen.act_as_staff(kind, place)
        self.changed.emit()

    @Slot()
    def arrive(self) -> None:
        """ "I am here"."""
        self._moved_at = self._screen.clock.monotonic()
        self._act(ActionKind.CALL_ARRIVE)

    @Slot()
    def close(self) -> None:
        """ "Close call": done in the room, by a person.

        The button comes to where "I am here" was: the second touch of a double tap closes nothing,
        nor does one that was meant for it while somebody said so elsewhere.
        """
        if self._screen.clock.monotonic() - self._moved_at >= CALM_S:
            self._act(ActionKind.CALL_CLOSE)

    def _act(self, kind: str) -> None:
        if self._call is None:
            return
        doc = self._screen.replica.doc("nurse_call", self._call.id)
        seen = Seen(seq=None if doc is None else doc.seq)
        if self._nobody:
            self._screen.act(kind, self._call.id, seen=seen)
        else:
            self._screen.act_as_staff(kind, self._call.id, seen=seen)
        self.changed.emit()

    def _sent(self, what: str) -> bool:
        """Whether this screen has sent that already and the feed has not brought it back."""
        if self._call is None:
            return False
        waiting = self._screen.pending(f"call.{what}")
        return any(action.subject == self._call.id for action in waiting)

    def _set_open(self, is_open: bool) -> None:
        if is_open != self._open:
            self._open = is_open
        self.changed.emit()
