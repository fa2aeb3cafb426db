"""What every screen has beside its own content: time, links, language, night, notices, who acts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from smartward.clinical.night_hours import NightHours, is_screen_night
from smartward.clinical.ward import is_night
from smartward.i18n import TABLE
from smartward.screen.acting import ActingModel
from smartward.screen.actor_texts import StaffRow
from smartward.screen.banner import Banner, banner, his_age
from smartward.screen.blocked import NOTHING, block
from smartward.screen.identify_model import IdentifyModel
from smartward.screen.light import Light
from smartward.screen.replica import Changes
from smartward.screen.services import Services
from smartward.wire.envelope import ActionKind

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

__all__ = ["ScreenModel", "Services", "StaffRow"]

_NOTICE = {
    "do": "screen.notice.do",
    "leave": "screen.notice.leave",
    "understood": "screen.notice.understood",
}

_A_LITTLE = timedelta(milliseconds=5)
"""Wall time is told in milliseconds: so much later what was due is over for certain."""


@QmlElement
@QmlUncreatable("made by screen/app.py")
class ScreenModel(ActingModel):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """Base of every role's model. Subclasses override `refresh`, `tick` and `state`."""

    timeChanged = Signal()
    ticked = Signal()
    """A boundary of the clock: flashes keep in phase with it."""
    paceChanged = Signal()
    languageChanged = Signal()
    appearanceChanged = Signal()
    textScaleChanged = Signal()
    linkChanged = Signal()
    faultsChanged = Signal()
    blockChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._time_text = self._date_text = ""
        self._night = False
        self._text_scale = 1.0
        self._banner = Banner()
        self._block = NOTHING
        self._faults: frozenset[str] = frozenset()
        self.identifies = IdentifyModel(self)
        """Which screen this is, while somebody looks for it."""
        self._ward_night = False
        self._wants_seconds = False
        self._started = False
        services.link.listeners.append(self._link_changed)
        services.replica.subscribe(self._replica_changed)

    # ------------------------------------------------------------------ what subclasses override

    def refresh(self, changes: Changes) -> None:
        """Documents have changed (`changes.touches("bed", …)`): bring the model up to date."""

    def tick(self, now: datetime) -> None:
        """A minute (or, when seconds are wanted, a second) has begun: renew ages and waits."""

    def state(self) -> dict[str, Any]:
        """Named states of this role for the control socket."""
        return {}

    def relabel(self) -> None:
        """The language has changed: render every text again. By default as if all was new."""
        self.refresh(Changes(reset=True))

    @property
    def light(self) -> Light:
        """How bright the page is to be. A station and a corridor are read across the room, always;
        what hangs by a bed follows the night, unless a bed calls there."""
        return Light.DAY

    def shown_call_ids(self) -> tuple[str, ...]:
        """Calls on this screen whose `shown` mark is missing; stations only."""
        return ()

    def direct_call_ids(self) -> tuple[str, ...]:
        """Direct calls on this screen: those that came without a hub."""
        return ()

    def shown_test_ids(self) -> tuple[str, ...]:
        """Test calls on this screen that it has not told of; stations and doors only."""
        return ()

    def calls_beside_drill(self) -> tuple[str, ...]:
        """Direct calls on this screen beside which a drill runs; stations only."""
        return ()

    # ------------------------------------------------------------------------- running the clock

    def start(self) -> None:
        """Bring everything up to date, before the first frame."""
        self.services.use_zone(self.ward.zone)
        self._roster_changed()
        self._link_changed()
        self.clock_moved()
        self._started = True
        self.refresh(Changes(reset=True))

    def first_drawn(self) -> None:
        """The first frame is drawn and the whole cache read: bring up what had to wait for it."""
        if self.services.staged:
            self.services.staged = False
            self.clock_moved()

    @property
    def starting(self) -> bool:
        """Whether `start` is still to come, or to end: its last step renews all of the page, which
        need not be renewed before."""
        return not self._started

    def clock_moved(self) -> None:
        """Read the time: called at each boundary, and after a step of the clock."""
        now = self.clock.now()
        texts = (self.texts.time(now), self.texts.date(now))
        if texts != (self._time_text, self._date_text):
            self._time_text, self._date_text = texts
            self.timeChanged.emit()
        self._judge_night(now)
        self.judge_identity(now)
        self._link_changed()
        self.tick(now)
        self.ticked.emit()

    def next_boundary(self) -> datetime:
        """When `clock_moved` is due next: the next second if one is shown, else the minute, or what
        is `due` before."""
        now = self.clock.now()
        if self._wants_seconds:
            return now.replace(microsecond=0) + timedelta(seconds=1)
        minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        due = self.due()
        if due is None:
            return minute
        left = max(0.0, due - self.clock.monotonic()) * self.clock.rate
        return min(minute, now + timedelta(seconds=left) + _A_LITTLE)

    def due(self) -> float | None:
        """Monotonic second at which something of the page is over, None while nothing waits."""
        return self.identity_due()

    def want_seconds(self, wanted: bool) -> None:
        """Tell whether anything on the screen counts seconds; ticks come as often as needed."""
        if wanted != self._wants_seconds:
            self._wants_seconds = wanted
            self.paceChanged.emit()
            self._pace_changed()

    def on_pace_changed(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when `next_boundary` has become another one."""
        self._pace_changed = callback

    # ------------------------------------------------------------------------- time, night, text

    @Property(bool, notify=paceChanged)
    def countsSeconds(self) -> bool:
        """Whether `ticked` comes each second."""
        return self._wants_seconds

    @Property(str, notify=timeChanged)
    def timeText(self) -> str:
        """HH:MM in the ward's zone."""
        return self._time_text

    @Property(str, notify=timeChanged)
    def dateText(self) -> str:
        """Today as the language writes it."""
        return self._date_text

    @Property(str, constant=True)
    def role(self) -> str:
        """Which screen this is: sizes depend on it."""
        return self.services.role.value

    @Property(bool, notify=appearanceChanged)
    def night(self) -> bool:
        """Whether the night palette is drawn."""
        return self._night

    @Property(bool, constant=True)
    def reducedMotion(self) -> bool:
        """Whether things change places without moving there."""
        return self.services.reduced_motion

    @Property(float, notify=textScaleChanged)
    def textScale(self) -> float:
        """Size of the bedside's texts: 1, 1.3 or 1.6."""
        return self._text_scale

    @Slot(float)
    def setTextScale(self, scale: float) -> None:
        """Draw texts `scale` times their size; between 1 and 1.6."""
        bounded = min(1.6, max(1.0, scale))
        if bounded != self._text_scale:
            self._text_scale = bounded
            self.textScaleChanged.emit()

    @Property(str, notify=languageChanged)
    def language(self) -> str:
        """Language of this screen: zh_CN or en."""
        return self.texts.language

    @Slot(str)
    def setLanguage(self, language: str) -> None:
        """Change the language of everything shown. Raises Misconfigured for an unknown one."""
        if language == self.texts.language:
            return
        self.texts = self.services.catalogue(language)
        self._time_text = ""
        self.languageChanged.emit()
        self.faultsChanged.emit()
        self.identityChanged.emit()
        self.noticeChanged.emit()
        self._roster_changed()
        self._link_changed()
        self.clock_moved()
        self.relabel()

    @Property("QVariantMap", notify=languageChanged)  # type: ignore[arg-type]  # the stub wants a class
    def noticeLabels(self) -> dict[str, str]:
        """The words on a notice's buttons: do, leave, understood."""
        return {name: self.texts.text(key) for name, key in _NOTICE.items()}

    @Property(bool, notify=languageChanged)
    def rightToLeft(self) -> bool:
        """Whether the language is written from right to left: the page is mirrored."""
        return TABLE.languages[self.texts.language].right_to_left

    @Property(bool, notify=languageChanged)
    def staffRightToLeft(self) -> bool:
        """The same of what staff read on it."""
        language = TABLE.languages[self.staff_texts.language]
        return TABLE.languages[language.fallback or language.code].right_to_left

    def set_appearance(self, appearance: str) -> None:
        """`auto`, `day` or `night`. Raises ValueError for anything else."""
        if appearance not in ("auto", "day", "night"):
            raise ValueError(f"appearance is auto, day or night, not {appearance}")
        self.services.appearance = appearance
        self._judge_night(self.clock.now())

    def _judge_night(self, now: datetime) -> None:
        ward_night = is_night(self.ward, now)
        night = self.services.appearance == "night" or (
            self.services.appearance == "auto" and self.screen_night(now)
        )
        if (night, ward_night) != (self._night, self._ward_night):
            self._night, self._ward_night = night, ward_night
            self.appearanceChanged.emit()

    def screen_night(self, now: datetime) -> bool:
        """Whether it is night here: by this screen's own hours, where somebody set any, else by
        the ward's."""
        ward, services = self.ward, self.services
        nights = self.replica.one("night_hours", NightHours) or NightHours()
        hours, _ = nights.of(ward, services.role, services.link.device_id)
        return is_screen_night(ward, hours, now)

    @property
    def ward_night(self) -> bool:
        """Whether it is night on the ward, however this screen is drawn: sound follows it."""
        return self._ward_night

    # ----------------------------------------------------------------------------------- links

    @Property(str, notify=linkChanged)
    def linkText(self) -> str:
        """Names the broken link and since when; empty while both are well."""
        return self._banner.text

    @Property(str, notify=linkChanged)
    def linkKind(self) -> str:
        """Which link is broken: `hub`, `his` or empty."""
        return self._banner.kind

    @Property(str, notify=linkChanged)
    def asOfText(self) -> str:
        """From when the hospital's data are."""
        return self._banner.as_of

    @Property(bool, notify=linkChanged)
    def identityCurrent(self) -> bool:
        """Whether a census confirmed who lies here within `identity_max_age_s`: else no name."""
        return self._banner.identity_current

    @property
    def place(self) -> str | None:
        """The bed or room of this screen."""
        return self.services.link.place or self.services.place

    def his_age(self, now: datetime) -> timedelta | None:
        """How long ago the last completed census was, None when there was none."""
        return his_age(self.services.link, now)

    def _link_changed(self) -> None:
        now = self.clock.now()
        self._judge_block()
        before = self._banner
        self._banner = banner(
            self.services.link, self.settings, self.texts, now, self.services.role.value
        )
        if self._banner == before:
            return
        self.linkChanged.emit()
        if self._banner.identity_current != before.identity_current:
            self.refresh(Changes(reset=True))

    def _judge_block(self) -> None:
        found = block(self.services.link, self.texts, self.services.role)
        if found == self._block:
            return
        self._block = found
        self.blockChanged.emit()
        self.refresh(Changes(reset=True))

    @Property(str, notify=blockChanged)
    def blockTitle(self) -> str:
        """Why the hub shows this screen nothing; it covers the page. Empty while it does."""
        return self._block.title

    @Property(str, notify=blockChanged)
    def blockText(self) -> str:
        """What that means, and who sets it right."""
        return self._block.text

    @Property(str, notify=blockChanged)
    def blockIcon(self) -> str:
        """The icon above it."""
        return self._block.icon

    @Property(str, notify=blockChanged)
    def blockConfirm(self) -> str:
        """The words on the button that says that this is the place; empty: there is none."""
        return self._block.confirm

    @Slot()
    def confirmPlace(self) -> None:
        """Somebody who stands here says that this is the place the screen was moved to."""
        link = self.services.link
        if self._block.confirm and link.place is not None:
            self.act(ActionKind.PLACE_CONFIRM, link.device_id, {"place": link.place})

    @Property(IdentifyModel, constant=True)
    def identify(self) -> IdentifyModel:
        """The same for the page."""
        return self.identifies

    @Property(str, notify=faultsChanged)
    def faultText(self) -> str:
        """What is wrong with this screen itself (sound, disk); empty when nothing is."""
        told = {self.fault_words(key) for key in self._faults}
        return " ".join(self.texts.text(key) for key in sorted(told))

    def fault_words(self, key: str) -> str:
        """The text key in which this role's readers are told of a fault."""
        return key

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong with this screen now."""
        return self._faults

    def set_faults(self, keys: frozenset[str]) -> None:
        """Text keys of what is wrong with this screen now."""
        if keys != self._faults:
            self._faults = keys
            self.faultsChanged.emit()

    # ---------------------------------------------------------------------------------- replica

    def _replica_changed(self, changes: Changes) -> None:
        if changes.touches("roster"):
            self._roster_changed()
        if changes.touches("ward"):
            self._ward_changed()
            self.services.use_zone(self.ward.zone)
        if changes.touches("ward", "night_hours"):
            self.clock_moved()
        self.refresh(changes)
