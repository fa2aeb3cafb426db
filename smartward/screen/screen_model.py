"""What every screen has beside its own content: time, links, language, night, notices, who acts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable
from uuid6 import uuid7

from smartward.clinical.ward import Roster, Ward, is_night
from smartward.errors import StorageFault
from smartward.screen.banner import Banner, banner, his_age
from smartward.screen.late import Question
from smartward.screen.list_model import KeyedListModel
from smartward.screen.replica import Changes
from smartward.screen.services import Data, Services
from smartward.screen.who_acts import WhoActs, Wish
from smartward.wire.envelope import Action, Person, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

__all__ = ["ScreenModel", "Services", "StaffRow"]

log = logging.getLogger("smartward.screen.model")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A name in the staff picker."""

    key: str
    name: str
    roleText: str


@QmlElement
@QmlUncreatable("made by screen/app.py")
class ScreenModel(QObject):  # type: ignore[operator]  # of QmlUncreatable: the stub is wrong
    """Base of every role's model. Subclasses override `refresh`, `tick` and `state`."""

    timeChanged = Signal()
    ticked = Signal()
    """A boundary of the clock: flashes keep in phase with it."""
    paceChanged = Signal()
    languageChanged = Signal()
    appearanceChanged = Signal()
    textScaleChanged = Signal()
    linkChanged = Signal()
    noticeChanged = Signal()
    faultsChanged = Signal()
    staffChanged = Signal()
    pickerChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.services = services
        self.clock = services.clock
        self.replica = services.replica
        self.settings = services.settings
        self.texts = services.catalogue(services.language)
        self._time_text = self._date_text = ""
        self._night = False
        self._text_scale = 1.0
        self._banner = Banner()
        self._faults: frozenset[str] = frozenset()
        self._ward_night = False
        self._notice = ""
        self._questions: list[Question] = []
        self._wants_seconds = False
        self._seconds_changed: Callable[[], None] = lambda: None
        self._who = WhoActs()
        self._picker_open = False
        self._staff = KeyedListModel(StaffRow, self)
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

    def shown_call_ids(self) -> tuple[str, ...]:
        """Calls on this screen whose `shown` mark is missing; stations only."""
        return ()

    # ------------------------------------------------------------------------- running the clock

    def start(self) -> None:
        """Bring everything up to date, before the first frame."""
        self.services.use_zone(self.ward.zone)
        self._roster_changed()
        self._link_changed()
        self.clock_moved()
        self.refresh(Changes(reset=True))

    def clock_moved(self) -> None:
        """Read the time: called at each boundary, and after a step of the clock."""
        now = self.clock.now()
        texts = (self.texts.time(now), self.texts.date(now))
        if texts != (self._time_text, self._date_text):
            self._time_text, self._date_text = texts
            self.timeChanged.emit()
        self._judge_night(now)
        if self._who.expired(now):
            self.forgetStaff()
        self._link_changed()
        self.tick(now)
        self.ticked.emit()

    def next_boundary(self) -> datetime:
        """When `clock_moved` is due next: the next second if one is shown, else the minute."""
        now = self.clock.now()
        if self._wants_seconds:
            return now.replace(microsecond=0) + timedelta(seconds=1)
        return now.replace(second=0, microsecond=0) + timedelta(minutes=1)

    def want_seconds(self, wanted: bool) -> None:
        """Tell whether anything on the screen counts seconds; ticks come as often as needed."""
        if wanted != self._wants_seconds:
            self._wants_seconds = wanted
            self.paceChanged.emit()
            self._seconds_changed()

    def on_pace_changed(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when `next_boundary` has become another one."""
        self._seconds_changed = callback

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
        self._roster_changed()
        self._link_changed()
        self.clock_moved()
        self.relabel()

    @Property(bool, notify=languageChanged)
    def rightToLeft(self) -> bool:
        """Whether the language is written from right to left: the page is mirrored."""
        return self.texts.language.split("_")[0] in ("ar", "fa", "he", "ug", "ur")

    def set_appearance(self, appearance: str) -> None:
        """`auto`, `day` or `night`. Raises ValueError for anything else."""
        if appearance not in ("auto", "day", "night"):
            raise ValueError(f"appearance is auto, day or night, not {appearance}")
        self.services.appearance = appearance
        self._judge_night(self.clock.now())

    @property
    def ward(self) -> Ward:
        """The ward, or what the settings say of it before its document has come."""
        ward = self.replica.one("ward", Ward)
        if ward is not None:
            return ward
        settings = self.settings
        return Ward(
            id=settings.ward,
            name="",
            zone=settings.zone,
            night_start=settings.night_start,
            night_end=settings.night_end,
        )

    def _judge_night(self, now: datetime) -> None:
        ward_night = is_night(self.ward, now)
        night = self.services.appearance == "night" or (
            self.services.appearance == "auto" and ward_night
        )
        if (night, ward_night) != (self._night, self._ward_night):
            self._night, self._ward_night = night, ward_night
            self.appearanceChanged.emit()

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
        before = self._banner
        self._banner = banner(self.services.link, self.settings, self.texts, now)
        if self._banner == before:
            return
        self.linkChanged.emit()
        if self._banner.identity_current != before.identity_current:
            self.refresh(Changes(reset=True))

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

    # --------------------------------------------------------------------------------- notices

    @Property(str, notify=noticeChanged)
    def noticeText(self) -> str:
        """What a person must be told or asked now, until they say that they have read it."""
        if self._notice or not self._questions:
            return self._notice
        return self._questions[0].text

    @Property(bool, notify=noticeChanged)
    def noticeAsks(self) -> bool:
        """Whether the notice asks if an action that came too late shall be done now."""
        return self._asking()

    def _asking(self) -> bool:
        return not self._notice and bool(self._questions)

    @Slot()
    def dismissNotice(self) -> None:
        """The person has read the notice, or leaves what it asks about."""
        if self._asking():
            self._questions.pop(0)
            self.noticeChanged.emit()
        self.tell_text("")

    @Slot()
    def doItNow(self) -> None:
        """Yes: what came too late is done anew, now, by whoever acts now."""
        if not self._asking():
            return
        late = self._questions.pop(0).action
        self.noticeChanged.emit()
        self.act_as_staff(late.kind, late.subject, late.data, late.seen)

    def ask(self, question: Question) -> None:
        """Show a question; it waits for what is shown before it."""
        self._questions.append(question)
        self.noticeChanged.emit()

    def tell(self, key: str, **values: str | int | float) -> None:
        """Show the text of `key` until it is dismissed."""
        self.tell_text(self.texts.text(key, **values))

    def tell_text(self, text: str) -> None:
        """Show a finished text; an empty one takes the notice away."""
        if text != self._notice:
            self._notice = text
            self.noticeChanged.emit()

    # --------------------------------------------------------------------------------- actions

    def act(
        self,
        kind: str,
        subject: str | None,
        data: Data | None = None,
        seen: Seen | None = None,
        by: Person | None = None,
    ) -> str | None:
        """Store a touch, durable, then show it. `subject` None: a new thing with a new id.

        Gives the subject's id, or None when the touch could not be stored: the person is told
        so, and pointed to the wired call button.
        """
        action = Action(
            id=str(uuid7()),
            kind=kind,
            subject=str(uuid7()) if subject is None else subject,
            made_at=self.clock.now(),
            by=Person() if by is None else by,
            seen=Seen() if seen is None else seen,
            data={} if data is None else data,
        )
        try:
            self.services.outbox.put(action)
        except StorageFault as fault:
            log.error("a touch could not be stored: %s", fault)
            self.tell("screen.not_stored")
            return None
        self.refresh(Changes(reset=True))
        return action.subject

    def act_as_staff(
        self, kind: str, subject: str, data: Data | None = None, seen: Seen | None = None
    ) -> None:
        """The same for a member of staff; asks who it is when nobody said so this shift."""
        wish = Wish(kind=kind, subject=subject, data=data or {}, seen=seen or Seen())
        if not self._who.known and self._staff.rows:
            self._who.wish = wish
            self._set_picker(True)
        else:
            self._fulfil(wish)

    def pending(self, *kinds: str) -> tuple[Action, ...]:
        """Touches of this screen that the feed has not brought back yet, of the given kinds."""
        return tuple(a for a in self.services.outbox.pending() if not kinds or a.kind in kinds)

    def _fulfil(self, wish: Wish) -> None:
        self.act(wish.kind, wish.subject, wish.data, wish.seen, self._who.person)

    # ------------------------------------------------------------------------------- who acts

    @Property(QObject, constant=True)
    def staff(self) -> KeyedListModel[StaffRow]:
        """Names to choose from: key, name, roleText."""
        return self._staff

    @Property(bool, notify=pickerChanged)
    def pickerOpen(self) -> bool:
        """Whether the screen asks who acts."""
        return self._picker_open

    @Property(str, notify=staffChanged)
    def actorText(self) -> str:
        """Who acts on this screen now, empty when nobody said so."""
        return self._who.person.name or ""

    @Slot()
    def openPicker(self) -> None:
        """Ask who acts, without an action waiting for it."""
        self._set_picker(True)

    @Slot()
    def closePicker(self) -> None:
        """Ask no more; an action that waited is not done."""
        self._who.take_wish()
        self._set_picker(False)

    @Slot(str)
    def chooseStaff(self, staff_id: str) -> None:
        """Somebody touched their name; empty: acts as the nurse station."""
        roster = self.replica.one("roster", Roster)
        self._who.choose(staff_id, roster, self.ward, self.clock.now())
        self.staffChanged.emit()
        self._set_picker(False)
        wish = self._who.take_wish()
        if wish is not None:
            self._fulfil(wish)

    @Slot()
    def forgetStaff(self) -> None:
        """Whoever acted has gone; the next staff action asks again."""
        self._who.forget()
        self.staffChanged.emit()

    def _set_picker(self, is_open: bool) -> None:
        if is_open != self._picker_open:
            self._picker_open = is_open
            self.pickerChanged.emit()

    def _roster_changed(self) -> None:
        roster = self.replica.one("roster", Roster)
        members = () if roster is None else roster.members
        self._staff.update(
            [
                StaffRow(m.id, m.name, self.texts.text(f"screen.staff_role.{m.role.value}"))
                for m in members
            ]
        )

    # ---------------------------------------------------------------------------------- replica

    def _replica_changed(self, changes: Changes) -> None:
        if changes.touches("roster"):
            self._roster_changed()
        if changes.touches("ward"):
            self.services.use_zone(self.ward.zone)
            self.clock_moved()
        self.refresh(changes)
