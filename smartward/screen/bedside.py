"""View model of the bedside: what happens next, is the drip all right, who looks after me, help."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.priority import Priority
from smartward.screen.beds import Presence, occupants, own_bed, presence
from smartward.screen.beds_drip import drip_text
from smartward.screen.beds_units import units
from smartward.screen.bedside_calling import BedsideCalling
from smartward.screen.bedside_care import team_rows
from smartward.screen.bedside_comfort import REST
from smartward.screen.bedside_day import day
from smartward.screen.bedside_pin import SETS
from smartward.screen.bedside_reach import SIZES
from smartward.screen.bedside_state import home_text
from smartward.screen.bedside_voice import EXPIRES_S, Speaker
from smartward.screen.light import Light
from smartward.screen.link import Phase
from smartward.screen.replica import Changes
from smartward.screen.services import Services
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
WAKING_S = 3.0
"""For so long after the touch that wakes only the call acts, unless a frame was drawn."""


@QmlElement
class BedsideModel(BedsideCalling):
    """One patient's screen. Its call button works in every state of it."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._shown: tuple[object, ...] = ()
        self._rests_by_itself = False
        self._appearance_awake = services.appearance
        self._woke_at = float("-inf")
        self._awaits: float | None = None
        """What was `due` when the clock asked last."""
        self.pageWanted.connect(self._show)
        self.awakeWanted.connect(self.wake)
        self.linkChanged.connect(self._renew_now)
        services.direct.listeners.append(self._renew_now)
        self.faultsChanged.connect(self.voiceChanged)

    # ---------------------------------------------------------------------------- what is touched

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
        self._look_sooner()

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

    def _says_who(self) -> bool:
        """What staff read has the name of whoever acts; the patient's pages have not."""
        return not self._of_staff(self._page) and not self._care_for_staff

    def _judge_idle(self, now: datetime) -> None:
        idle_s = self.clock.monotonic() - self._idle_since
        if idle_s >= IDLE_S and self._page not in ("home", "call"):
            self._show("call" if self._call.is_open else "home")
        if self._rests_soon(now) and idle_s >= self.settings.rest_after_s:
            self._rests_by_itself = True
            self._set_resting(True)
        elif self._resting and self._rests_by_itself and not self.screen_night(now):
            self._set_resting(False)

    def _rests_soon(self, now: datetime) -> bool:
        """Whether it goes dark unless somebody touches it."""
        free = self._page == "home" and not self._call.is_open and not self._resting
        return free and self.screen_night(now) and not self._staff_here()

    def due(self) -> float | None:
        """As on every screen, and when it goes dark: at that second, not at the minute behind."""
        dues = [super().due()]
        if self._rests_soon(self.clock.now()):
            dues.append(self._idle_since + self.settings.rest_after_s)
        return min((one for one in dues if one is not None), default=None)

    def next_boundary(self) -> datetime:
        """As on every screen; what was `due` then is what the clock waits for."""
        self._awaits = self.due()
        return super().next_boundary()

    def _look_sooner(self) -> None:
        """Have the clock look again where what is `due` now comes before what it waits for."""
        due = self.due()
        if due is not None and (self._awaits is None or due < self._awaits):
            self._pace_changed()

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
        self._look_sooner()
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
