"""The staff panel of bedside and door: who is here, and what they do about the bed's call."""

from dataclasses import dataclass

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

CALM_S = 1.0
"""For so long after "I am here" no touch closes a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCall:
    """The call that the panel is about: `line` tells bed, wait and (bedside only) reason."""

    id: str
    line: str
    present: bool


@QmlElement
class StaffPanel(QObject):
    """Touch a name, then "I am here" or "close".

    On a bedside the name is kept until the shift ends. A door is everybody's: there the name is
    asked each time and forgotten with the panel.
    """

    changed = Signal()

    def __init__(self, screen: ScreenModel, *, keeps_name: bool) -> None:
        super().__init__(screen)
        self._screen = screen
        self._keeps_name = keeps_name
        self._open = False
        self._nobody = False
        self._call: PanelCall | None = None
        self._arrived_at = float("-inf")
        screen.staffChanged.connect(self.changed)
        screen.languageChanged.connect(self.changed)

    def show(self, call: PanelCall | None) -> None:
        """The call at hand has become `call`."""
        if call != self._call:
            self._call = call
            self.changed.emit()

    @property
    def is_open(self) -> bool:
        """Whether the panel is shown."""
        return self._open

    @property
    def _actor(self) -> str:
        return str(self._screen.actorText)

    # ------------------------------------------------------------------------------ what it says

    @Property(bool, notify=changed)
    def open(self) -> bool:
        """Whether the panel is shown."""
        return self._open

    @Property(bool, notify=changed)
    def asking(self) -> bool:
        """Whether it asks for a name first."""
        return not self._nobody and not self._actor

    @Property(str, notify=changed)
    def title(self) -> str:
        """The question, or who acts."""
        text = self._screen.texts.text
        if self._nobody:
            return text("bedside.panel.acting_nobody")
        if self._actor:
            return text("bedside.panel.acting", name=self._actor)
        return text("bedside.panel.who")

    @Property(str, notify=changed)
    def detail(self) -> str:
        """How long the name is kept."""
        key = "who_detail" if self._keeps_name else "who_door"
        return self._screen.texts.text(f"bedside.panel.{key}")

    @Property(str, notify=changed)
    def callText(self) -> str:
        """The bed's call, or that there is none."""
        if self._call is None:
            return self._screen.texts.text("bedside.panel.no_call")
        return self._call.line

    @Property(bool, notify=changed)
    def canArrive(self) -> bool:
        """Whether there is a call at which nobody is marked present."""
        return self._call is not None and not self._call.present and not self._sent("arrive")

    @Property(bool, notify=changed)
    def canClose(self) -> bool:
        """Whether there is a call to close."""
        return self._call is not None and not self._sent("close")

    @Property(str, notify=changed)
    def doneText(self) -> str:
        """What has been done already, as words and never as a control."""
        text = self._screen.texts.text
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
        """Put the panel away; at a door the name goes with it."""
        self._nobody = False
        if not self._keeps_name:
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
    def arrive(self) -> None:
        """ "I am here"."""
        self._arrived_at = self._screen.clock.monotonic()
        self._act(ActionKind.CALL_ARRIVE)

    @Slot()
    def close(self) -> None:
        """ "Close call": done in the room, by a person.

        The button comes to where "I am here" was: the second touch of a double tap closes nothing.
        """
        if self._screen.clock.monotonic() - self._arrived_at >= CALM_S:
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
