"""View model of the bedside: what happens next, is the drip all right, who looks after me, help."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster, is_night
from smartward.screen.beds import Presence, bed_label, elapsed, occupants, own_bed, presence
from smartward.screen.beds_drip import drip_text
from smartward.screen.beds_panel import PanelCall
from smartward.screen.beds_units import Units, units
from smartward.screen.bedside_asked_model import BedsideAsked
from smartward.screen.bedside_board import reason_for
from smartward.screen.bedside_call import CallContext, CallText, OwnCall, call_text, stage_of
from smartward.screen.bedside_care import team_rows
from smartward.screen.bedside_comfort import REST
from smartward.screen.bedside_day import day
from smartward.screen.bedside_pin import SETS
from smartward.screen.bedside_reach import SIZES
from smartward.screen.bedside_reasons import reason_text
from smartward.screen.bedside_state import CallWatch, Unseen, home_text
from smartward.screen.bedside_voice import EXPIRES_S, Heard, Speaker, prompts, unanswered_count
from smartward.screen.light import Light
from smartward.screen.link import Phase
from smartward.screen.peer_words import direct_text
from smartward.screen.replica import Changes
from smartward.screen.services import Services
from smartward.wire.call_view import BedsideCall
from smartward.wire.envelope import ActionKind, Seen
from smartward.wire.views import (
    BedsideEncounter,
    CallPointView,
    InfusionView,
    PlanView,
    PresenceView,
)

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

PAGES = (
    *("home", "call", "care", "pin", "team", "comfort", "board", "staff", "setup", "turns"),
    *("question", "observations"),
)
PERSONAL = frozenset({"care", "pin", "team", "setup", "turns", "question", "observations"})
"""Pages that need a known patient."""
IDLE_S = 120.0
"""Seconds without a touch after which a page goes back home."""
BOUNCE_S = 0.5
"""A second touch of the call this soon is the same finger."""
WAKING_S = 3.0
"""For so long after the touch that wakes only the call acts, unless a frame was drawn."""


@QmlElement
class BedsideModel(BedsideAsked):
    """One patient's screen. Its call button works in every state of it."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._shown: tuple[object, ...] = ()
        self._rests_by_itself = False
        self._appearance_awake = services.appearance
        self._woke_at = float("-inf")
        self._pressed_at = float("-inf")
        self._pressed = 0
        self._watch = CallWatch(self.clock.monotonic)
        self._heard = Heard()
        self.pageWanted.connect(self._show)
        self.callWanted.connect(self.callWith)
        self.linkChanged.connect(self._renew_now)
        services.direct.listeners.append(self._renew_now)
        self.faultsChanged.connect(self.voiceChanged)

    # ---------------------------------------------------------------------------- what is touched

    @Slot()
    def placeCall(self) -> None:
        """The call was touched: place it, or press again; awake or resting, on every page."""
        moment = self.clock.monotonic()
        if moment - self._pressed_at < BOUNCE_S:
            return
        self.wake()
        if self._press() is None:
            # Nothing was stored: the next touch, however soon, is a touch of its own.
            return
        self._pressed_at = moment
        self._pressed += 1
        if self.ward_night and self._speaker is not None:
            # At night no word is said: the button glows, and one soft tick tells that it was felt.
            self._speaker.tick()
        self.services.soon(lambda: self._show("home" if self._silent else "call"))

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

    @Slot(str)
    def chooseComfort(self, key: str) -> None:
        """A language, a text size, or rest. Raises ValueError for anything else."""
        kind, _, value = key.partition("-")
        if key == REST:
            self.rest()
        elif kind == "language":
            self.setLanguage(value)
        elif kind == "textSize":
            self.setTextScale(SIZES[int(value) - 1])
        else:
            raise ValueError(f"no such choice: {key}")
        self._renew_now()

    @Slot(str)
    def show(self, page: str) -> None:
        """Go to a page. Raises ValueError for an unknown one."""
        if page not in PAGES:
            raise ValueError(f"no such page: {page}")
        self.touched()
        self._show(page)

    @Slot()
    def back(self) -> None:
        """Leave a page."""
        before = {"pin": "care", "setup": "staff", "turns": "staff", "observations": "turns"}
        if self._page == "question":
            self.put_off()
        elif self._page == "pin" and self._patient_pin.purpose == SETS:
            self.show("setup")
        elif self._pad.core.is_open:
            self._pad.core.leave()
        else:
            self.show(before.get(self._page, "home"))

    @Slot()
    def touched(self) -> None:
        """Somebody is here."""
        self._idle_since = self.clock.monotonic()
        self._layer.touched()

    @Slot()
    def rest(self) -> None:
        """The patient wants the dark."""
        self._rests_by_itself = False
        self._set_resting(True)

    @Slot()
    def wake(self) -> None:
        """A touch, or news of the call."""
        self.touched()
        if self._resting:
            self._woke_at = self.clock.monotonic()
            self._set_waking(True)
        self._set_resting(False)

    @Slot()
    def drawn(self) -> None:
        """A frame was drawn: whoever woke the screen sees what they touch."""
        self._set_waking(False)

    @Slot(str)
    def readAloud(self, card: str) -> None:
        """Read `today` or `drip` aloud. Raises ValueError for another card."""
        if card not in ("today", "drip"):
            raise ValueError(f"no such card: {card}")
        words = self._day.spoken
        if card == "drip":
            words = self.texts.text("bedside.say.drip", headline=self._drip.text.headline)
        if self._speaker is not None:
            self._speaker.say(words, Priority.INFORMATION, self.texts.language, EXPIRES_S)

    def set_speaker(self, speaker: Speaker | None) -> None:
        """Give the screen its voice, or take it away."""
        self._speaker = speaker
        self.voiceChanged.emit()

    # ------------------------------------------------------------------------------- how it comes

    def refresh(self, changes: Changes) -> None:
        """Bring everything up to date; a bedside holds one bed only."""
        self._renew(self.clock.now())

    def tick(self, now: datetime) -> None:
        """Ages, waits and the patience of an open page go on."""
        if self.clock.monotonic() - self._woke_at >= WAKING_S:
            self._set_waking(False)
        self._judge_idle(now)
        self._renew(now)

    def relabel(self) -> None:
        """The language has changed: every text of the page is new."""
        super().relabel()
        self.labelsChanged.emit()
        self.homeChanged.emit()
        self.reachChanged.emit()
        self.voiceChanged.emit()

    @property
    def light(self) -> Light:
        """As the night is, and almost none at rest; an open call is to be seen to be one."""
        if self._resting and not self._call.is_open:
            return Light.REST
        return Light.NIGHT if self._night else Light.DAY

    def fault_words(self, key: str) -> str:
        """A patient is not asked to mend a loudspeaker: what still works is said."""
        return "bedside.no_sound" if key.startswith(("sound.", "voice.")) else key

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        return {
            "page": self._page,
            "pressed": self._pressed,
            "resting": self._resting,
            "bed_state": self._state.value,
            "silent": self._silent,
            "layer_open": self._layer.is_open,
            "call_left": self.callLeft,
            "text_scale": self.textScale,
            "call": self._watch.call_id,
            "call_title": self._call.text.title,
            "truth": self._call.text.truth,
            "receipts": [receipt.status for receipt in self._call.text.receipts],
        }

    def _renew_now(self) -> None:
        self._renew(self.clock.now())

    def _renew(self, now: datetime) -> None:
        hub_now = self.services.link.hub_now(now)
        self._bed = own_bed(self.replica, self.place)
        self._silent = self.is_silenced()
        self._state = presence(
            self._bed, self.replica.docs("encounter"), current=self._banner.identity_current
        )
        stays = occupants(self.replica, self._bed, BedsideEncounter)
        known = self._state is Presence.KNOWN and not self._silent
        self._stay = stays[0] if stays and known else None
        self._judge_patient()
        self._renew_person(now)
        self._renew_home(now, hub_now)
        self._renew_call(now, hub_now)
        self.renew_asked(now, hub_now)
        if self.renew_kind():
            self.wake()
        counts = self._call.is_open or self._page != "home" or self._waking or self.asks_soon
        self.want_seconds(counts)

    def _renew_home(self, now: datetime, hub_now: datetime) -> None:
        stay = self._stay
        checking = self.services.link.phase in (Phase.STARTING, Phase.CONNECTING)
        home = home_text(self.texts, self._bed, stay, self._state, now, checking=checking)
        stay_id = None if stay is None else stay.id
        items = [i for i in self.replica.all("plan_item", PlanView) if i.encounter_id == stay_id]
        today = day(self.texts, stay, items, hub_now, comfort=self._reach.comfort)
        drips = [i for i in self.replica.all("infusion", InfusionView) if i.encounter_id == stay_id]
        live = self.services.link.live
        self._drip.show(drip_text(self.texts, drips, live, hub_now))
        self._plan.update(today.rows)
        self._team.update(team_rows(self.texts, stay.team) if stay is not None else ())
        self._renew_care(stay_id, hub_now)
        self._units = units(self.place, self.replica.all("call_point", CallPointView))
        flags = (self._state, self._silent, self._units, self.place, self.services.link.live)
        shown = (home, today, self._drip.text, *flags)
        if shown != self._shown:
            self._home, self._day, self._shown = home, today, shown
            self.homeChanged.emit()

    def _renew_call(self, now: datetime, hub_now: datetime) -> None:
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
            self.wake()
            self._show("home" if self._silent else "call")
        elif own is None and self._page == "call":
            self._show("home")

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

    def _says_who(self) -> bool:
        """What staff read has the name of whoever acts; the patient's pages have not."""
        return not self._of_staff(self._page) and not self._care_for_staff

    def _seen(self) -> Seen:
        return Seen(encounter_id=self._stay_id)

    def _judge_idle(self, now: datetime) -> None:
        idle_s = self.clock.monotonic() - self._idle_since
        night = self.screen_night(now)
        if idle_s >= IDLE_S and self._page not in ("home", "call"):
            self._show("call" if self._call.is_open else "home")
        may_rest = self._page == "home" and not self._call.is_open and not self._staff_here()
        if night and may_rest and not self._resting and idle_s >= self.settings.rest_after_s:
            self._rests_by_itself = True
            self._set_resting(True)
        elif self._resting and self._rests_by_itself and not night:
            self._set_resting(False)

    def _staff_here(self) -> bool:
        """Whether somebody is marked present at the bed or in its room: they need light."""
        return any(there.families for there in self.replica.all("presence", PresenceView))

    def _show(self, page: str) -> None:
        unknown = page in PERSONAL and self._stay is None
        if self._silent or unknown or (page == "call" and not self._call.is_open):
            page = "home"
        if page != "care":
            self._leave_care()
        if page == self._page:
            return
        left = self._of_staff(self._page)
        self._page = page
        self.choosePicture("")
        if page == "staff":
            self._panel.start()
        elif left and not self._of_staff(page):
            self._panel.dismiss()
        self._renew_now()
        self.openPad()
        self.pageChanged.emit()
        self._say_change()

    def _set_waking(self, waking: bool) -> None:
        if waking != self._waking:
            self._waking = waking
            self.restingChanged.emit()
            self._renew_now()

    def _set_resting(self, resting: bool) -> None:
        if resting == self._resting:
            return
        self._resting = resting
        if resting:
            self._appearance_awake = self.services.appearance
            self._show("home")
        self.set_appearance("night" if resting else self._appearance_awake)
        self.restingChanged.emit()
