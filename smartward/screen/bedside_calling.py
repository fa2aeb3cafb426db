"""The patient's call at its bed: the touch, what becomes of it, and what is said of it."""

from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster, is_night
from smartward.screen.beds import bed_label, elapsed
from smartward.screen.beds_panel import PanelCall
from smartward.screen.beds_units import Units
from smartward.screen.bedside_asked_model import BedsideAsked
from smartward.screen.bedside_board import reason_for
from smartward.screen.bedside_call import CallContext, CallText, OwnCall, call_text, stage_of
from smartward.screen.bedside_reasons import reason_text
from smartward.screen.bedside_state import CallWatch, Unseen
from smartward.screen.bedside_voice import EXPIRES_S, Heard, prompts, unanswered_count
from smartward.screen.link import Phase
from smartward.screen.peer_words import direct_text
from smartward.screen.services import Services
from smartward.wire.call_view import BedsideCall
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

BOUNCE_S = 0.5
"""A second touch of the call this soon is the same finger."""


@QmlElement
class BedsideCalling(BedsideAsked):
    """The one call of this bed."""

    awakeWanted = Signal()
    """Somebody is here, or the call has news: the screen is not to rest."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._pressed_at = float("-inf")
        self._pressed = 0
        self._watch = CallWatch(self.clock.monotonic)
        self._heard = Heard()
        self.callWanted.connect(self.callWith)

    # ---------------------------------------------------------------------------- what is touched

    @Slot()
    def placeCall(self) -> None:
        """The call was touched: place it, or press again; awake or resting, on every page."""
        moment = self.clock.monotonic()
        if moment - self._pressed_at < BOUNCE_S:
            return
        self.awakeWanted.emit()
        if self._press() is None:
            # Nothing was stored: the next touch, however soon, is a touch of its own.
            return
        self._pressed_at = moment
        self._pressed += 1
        if self.ward_night and self._speaker is not None:
            # At night no word is said: the button glows, and one soft tick tells that it was felt.
            self._speaker.tick()
        self.services.soon(lambda: self.pageWanted.emit("home" if self._silent else "call"))

    def _press(self) -> str | None:
        """The action of a press, durable; None when there is no bed or it could not be stored."""
        if self._watch.call_id is not None:
            return self.act(ActionKind.CALL_AGAIN, self._watch.call_id, seen=self._seen())
        if self.place is None:
            self.tell_words(lambda texts: texts.text("bedside.no_place"), urgent=True)
            return None
        data = {"bed_id": self.place, "class": CallClass.NORMAL.value}
        return self.act(ActionKind.CALL_PLACE, None, dict(data), self._seen())

    @Slot(str)
    def chooseReason(self, reason: str) -> None:
        """What the patient needs. Raises ValueError for an unknown reason."""
        if self._watch.call_id is not None:
            data = {"reason": CallReason(reason).value}
            self.act(ActionKind.CALL_REASON, self._watch.call_id, dict(data), self._seen())

    @Slot()
    def sayMistake(self) -> None:
        """ "Pressed by mistake": told as words, closes nothing."""
        if self._watch.call_id is not None and not self._call.text.mistake_said:
            self.act(ActionKind.CALL_NOT_NEEDED, self._watch.call_id, seen=self._seen())

    @Slot(str)
    def callWith(self, picture: str) -> None:
        """Call, and give the picture as the reason. Raises ValueError for an unknown one."""
        reason = reason_for(picture)
        self.placeCall()
        self.chooseReason(reason.value)

    # ------------------------------------------------------------------------------- how it comes

    def _renew_call(self, now: datetime, hub_now: datetime) -> None:
        """What has become of the call: on its page, for staff, and aloud."""
        was_open = self._call.is_open
        calls = self.replica.all("nurse_call", BedsideCall)
        mine = [call for call in calls if call.bed_id == self.place]
        live_at = now if self.services.link.live else None
        answered = self.services.direct.answered
        own = self._watch.look(
            mine, self.pending(), live_at, self._stay_id, answered, self._unseen(now)
        )
        if own is None:
            self._call.show(None)
        else:
            about = CallContext(
                catalogue=self.texts,
                bed="" if self._bed is None else self._bed.number,
                team=() if self._stay is None else self._stay.team,
                roster=self.replica.one("roster", Roster),
                link_up=self.services.link.live,
                falls=self._stay is not None and self._stay.falls_risk,
                fasting=self._stay is not None and self._stay.nil_by_mouth,
                wire_lost=self._units is not Units.WELL,
            )
            self._call.show(self._call_page(own, about, now if own.told is None else hub_now))
        self._panel.show(self._panel_call(own, hub_now))
        self._speak(own, now)
        if own is not None and not was_open:
            self.awakeWanted.emit()
            self.pageWanted.emit("home" if self._silent else "call")
        elif own is None and self._page == "call":
            self.pageWanted.emit("home")

    def _unseen(self, now: datetime) -> Unseen | None:
        """What a hub took of this screen while it shows it nothing."""
        if self.services.link.phase is not Phase.BLOCKED:
            return None
        return Unseen(applied=self.services.applied(), now=now)

    def _call_page(self, own: OwnCall, about: CallContext, now: datetime) -> CallText:
        """The page, by what a hub told, and by what was answered where none does."""
        page = call_text(own, about, now)
        if own.direct is None or stage_of(own.told) == 4:
            return page
        return direct_text(page, own, own.direct, about, elapsed(own.placed_at, now))

    def _panel_call(self, own: OwnCall | None, hub_now: datetime) -> PanelCall | None:
        """The call as staff are told it in the room, with its reason."""
        if own is None or (own.told is None and own.direct is None):
            return None
        texts = self.staff_texts
        bed = bed_label(texts, "" if self._bed is None else self._bed.number)
        span = elapsed(own.placed_at, hub_now)
        line = texts.text("bedside.panel.call_line", bed=bed, span=span)
        if own.reason is not None:
            reason = reason_text(texts, own.reason)
            line = texts.text("bedside.panel.call_reason", bed=bed, span=span, reason=reason)
        call_id = self._watch.call_id or ""
        present = stage_of(own.told) == 4 or (own.direct is not None and own.direct.present)
        return PanelCall(id=call_id, line=line, present=present, call_class=CallClass.NORMAL)

    def _speak(self, own: OwnCall | None, now: datetime) -> None:
        """Prompts after receipts; silent in the ward's night, when the screen glows instead."""
        heard = Heard()
        well = self._units is Units.WELL
        straight = None if own is None else own.direct
        if own is not None and (own.told is not None or straight is not None):
            heard = Heard(
                call_id=self._watch.call_id or "",
                presses=1 if own.told is None else own.told.presses,
                stage=max(stage_of(own.told), 0 if straight is None else straight.stage),
                reason=own.reason,
                unanswered=unanswered_count(self._watch.open_s) if well else 0,
                falls=self._stay is not None and self._stay.falls_risk,
            )
        due = prompts(self._heard, heard)
        self._heard = heard
        if self._speaker is None or self._silent or is_night(self.ward, now):
            return
        for prompt in due:
            self._speaker.announce(prompt, {}, Priority.LOW, self.texts.language, EXPIRES_S)

    def _seen(self) -> Seen:
        return Seen(encounter_id=self._stay_id)
