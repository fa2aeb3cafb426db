"""View model of the bedhead: who lies here and what to mind, read by somebody walking in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from smartward.clinical.profile import Profile, effective
from smartward.i18n import Catalogue
from smartward.screen.beds import (
    QUIET,
    Presence,
    SlotText,
    condition_word,
    free_text,
    kind_of,
    lamp,
    leaf,
    level_colour,
    level_word,
    occupants,
    open_calls,
    own_bed,
    slot_texts,
    told_presence,
    words,
)
from smartward.screen.beds_drip import drip_text
from smartward.screen.beds_drip_model import DripModel
from smartward.screen.beds_elsewhere import ElsewhereModel
from smartward.screen.beds_presence import elsewhere_text, inside_text, overdue
from smartward.screen.beds_profile import ReachRow, reach_rows
from smartward.screen.beds_units import Units, help_key, units
from smartward.screen.light import Light
from smartward.screen.list_model import KeyedListModel
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.wire.call_view import CallView
from smartward.wire.views import (
    BedheadEncounter,
    BedView,
    CallPointView,
    InfusionView,
    PresenceView,
    ProfileView,
)

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoRow:
    """One line of the card: doctor, nurse, diet."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """All single texts of the page. `state` is a `Presence`."""

    state: str = Presence.NO_BED.value
    number: str = ""
    level: str = ""
    colour: str = ""
    condition: str = ""
    name: str = ""
    person: str = ""
    also: str = ""


def person_text(catalogue: Catalogue, stay: BedheadEncounter) -> str:
    """`男 67岁`; without a recorded birth date the sex alone."""
    sex = catalogue.text(f"bedhead.sex.{leaf(stay.sex.value)}")
    if stay.age_years is None:
        return sex
    if stay.age_years < 1:
        age = catalogue.text("bedhead.age_infant")
    else:
        age = catalogue.text("bedhead.age", n=stay.age_years)
    return catalogue.text("bedhead.person", sex=sex, age=age)


def info_rows(catalogue: Catalogue, stay: BedheadEncounter) -> list[InfoRow]:
    """Doctor, nurse and diet: a line stays in its place when nobody is named."""
    rows = []
    for role, also in (("doctor", ()), ("nurse", ("head_nurse",))):
        names = [member.name for member in stay.team if member.role in (role, *also)]
        value = names[0] if names else catalogue.text("bedhead.nobody")
        rows.append(InfoRow(key=role, label=catalogue.text(f"bedhead.{role}"), value=value))
    diet = catalogue.text("bedhead.no_diet") if stay.diet is None else ""
    if stay.diet is not None:
        diet = words(catalogue, stay.diet.wording)
    rows.append(InfoRow(key="diet", label=catalogue.text("bedhead.diet"), value=diet))
    return rows


@QmlElement
class BedheadModel(ScreenModel):
    """One bed for whoever walks in; it becomes the call lamp when the bed calls."""

    headChanged = Signal()
    lampChanged = Signal()
    insideChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._head = Head()
        self._lamp = QUIET
        self._lamp_title = ""
        self._inside = ""
        self._units = Units.WELL
        self._help = Units.WELL.value
        self._elsewhere = ElsewhereModel(self)
        self._reach = KeyedListModel(ReachRow, self)
        self._slots = KeyedListModel(SlotText, self)
        self._info = KeyedListModel(InfoRow, self)
        self._drip = DripModel(self)
        self.linkChanged.connect(self._renew_now)

    # ------------------------------------------------------------------------------ what it says

    @Property(QObject, constant=True)
    def slots(self) -> KeyedListModel[SlotText]:
        """The six precaution places: key, mark, status, word."""
        return self._slots

    @Property(QObject, constant=True)
    def info(self) -> KeyedListModel[InfoRow]:
        """Doctor, nurse, diet: key, label, value."""
        return self._info

    @Property(QObject, constant=True)
    def reach(self) -> KeyedListModel[ReachRow]:
        """How to reach the person: key, icon, text."""
        return self._reach

    @Property(DripModel, constant=True)
    def drip(self) -> DripModel:
        """The drip card."""
        return self._drip

    @Property(str, notify=headChanged)
    def bedState(self) -> str:
        """known, free, doubt or no_bed."""
        return self._head.state

    @Property(str, notify=headChanged)
    def number(self) -> str:
        """The bed's number as the ward says it."""
        return self._head.number

    @Property(str, notify=headChanged)
    def levelText(self) -> str:
        """The nursing level's word."""
        return self._head.level

    @Property(str, notify=headChanged)
    def levelColor(self) -> str:
        """The hospital's colour of the level, empty for none."""
        return self._head.colour

    @Property(str, notify=headChanged)
    def conditionText(self) -> str:
        """病危 or 病重."""
        return self._head.condition

    @Property(str, notify=headChanged)
    def name(self) -> str:
        """The patient's name by the privacy policy; or "please check"; or that the bed is free."""
        return self._head.name

    @Property(str, notify=headChanged)
    def personText(self) -> str:
        """Sex and age; or why the name is hidden."""
        return self._head.person

    @Property(str, notify=headChanged)
    def alsoText(self) -> str:
        """Who else lies in this bed (mother and child)."""
        return self._head.also

    @Property(str, notify=insideChanged)
    def helpText(self) -> str:
        """How to ask for help now: never by a call unit that is known not to work."""
        return self.texts.text(self._help)

    @Property(bool, notify=insideChanged)
    def unitLost(self) -> bool:
        """Whether a call unit of this bed does not work."""
        return self._units is not Units.WELL

    @Property(str, notify=headChanged)
    def dripTitle(self) -> str:
        """The word for drip."""
        return self.texts.text("bedside.drip.title")

    @Property(str, notify=lampChanged)
    def lampPriority(self) -> str:
        """high or medium while the bed calls, else empty."""
        return self._lamp.priority

    @Property(bool, notify=lampChanged)
    def lampFlashing(self) -> bool:
        """Whether nobody has accepted the call yet."""
        return self._lamp.flashing

    @Property(str, notify=lampChanged)
    def lampTitle(self) -> str:
        """What calls: patient, bathroom, staff, emergency."""
        return self._lamp_title

    @Property(str, notify=lampChanged)
    def lampText(self) -> str:
        """Who is on the way, or that the call waits."""
        return self._lamp.text

    @Property(str, notify=lampChanged)
    def lampElapsed(self) -> str:
        """How long the bed has been calling."""
        return self._lamp.elapsed

    @Property(bool, notify=lampChanged)
    def lampWalking(self) -> bool:
        """Whether somebody known is on the way: a walking person is only ever that."""
        return self._lamp.walking

    @Property(str, notify=lampChanged)
    def lampIcon(self) -> str:
        """The picture of what calls."""
        return self._lamp.icon

    @Property(str, notify=insideChanged)
    def insideText(self) -> str:
        """Who is in the room since when; empty while nobody is marked."""
        return self._inside

    @Property(ElsewhereModel, constant=True)
    def elsewhere(self) -> ElsewhereModel:
        """The ward's next call."""
        return self._elsewhere

    # ------------------------------------------------------------------------------- how it comes

    def refresh(self, changes: Changes) -> None:
        """Bring everything up to date; a bedhead holds one bed only."""
        self._renew(self.clock.now())

    def tick(self, now: datetime) -> None:
        """Ages, the drip and the call's time go on."""
        self._renew(now)

    @property
    def light(self) -> Light:
        """As the night is; a call lamp that nobody sees is none."""
        return Light.NIGHT if self._night and self._lamp.priority == "" else Light.DAY

    def state(self) -> dict[str, Any]:
        """Named states for the control socket."""
        return {
            "bed_state": self._head.state,
            "lamp": self._lamp.priority,
            "flashing": self._lamp.flashing,
            "answer": self._lamp.text,
            "inside": self._inside,
            "elsewhere": self._elsewhere.text.bed,
            "calls_elsewhere": self._elsewhere.text.bed != "",
            "unit_lost": self._units is not Units.WELL,
            "reach": [row.key for row in self._reach.rows],
        }

    def _renew_now(self) -> None:
        self._renew(self.clock.now())

    def _renew(self, now: datetime) -> None:
        bed = own_bed(self.replica, self.place)
        stays = occupants(self.replica, bed, BedheadEncounter)
        current = self._banner.identity_current
        state = told_presence(bed, self.replica.docs("encounter"), current=current)
        shown = stays if state is Presence.KNOWN else []
        self._renew_head(bed, state, shown, doubted=bed is not None and bed.doubtful)
        first = shown[0] if shown else None
        self._slots.update(slot_texts(self.texts, first.precautions) if first else ())
        self._info.update(info_rows(self.texts, first) if first else ())
        self._reach.update(reach_rows(self.texts, self._profile(first)) if first else ())
        ids = {stay.id for stay in shown}
        infusions = [i for i in self.replica.all("infusion", InfusionView) if i.encounter_id in ids]
        live = self.services.link.live
        self._drip.show(drip_text(self.texts, infusions, live, self.services.link.hub_now(now)))
        self._renew_lamp(bed, stays, now)
        self._renew_inside(bed, stays, self.services.link.hub_now(now))

    def _calls(self) -> list[CallView]:
        """The bed's calls, and those of other beds that may be its own."""
        kinds = ("nurse_call", "possible_call")
        return [call for kind in kinds for call in self.replica.all(kind, CallView)]

    def _profile(self, stay: BedheadEncounter) -> Profile:
        note = self.replica.get("profile", stay.id, ProfileView)
        return effective(stay.profile, note)

    def _renew_inside(
        self, bed: BedView | None, stays: Sequence[BedheadEncounter], now: datetime
    ) -> None:
        views = self.replica.all("presence", PresenceView)
        presences = [view for view in views if bed is not None and view.bed_id == bed.id]
        team = [member for stay in stays for member in stay.team]
        late = overdue(presences, now, self.settings.presence_reminder_s)
        live = self.services.link.live
        self._elsewhere.show(elsewhere_text(self.texts, presences, live=live))
        how = units(self.place, self.replica.all("call_point", CallPointView))
        help_ = help_key(how, [call for call in self._calls() if call.bed_id == self.place])
        new = (inside_text(self.texts, presences, team, overdue=late), how, help_)
        if new != (self._inside, self._units, self._help):
            self._inside, self._units, self._help = new
            self.insideChanged.emit()

    def _renew_head(
        self,
        bed: BedView | None,
        state: Presence,
        stays: Sequence[BedheadEncounter],
        *,
        doubted: bool,
    ) -> None:
        text = self.texts.text
        head = Head(state=state.value, number="" if bed is None else bed.number)
        if state is Presence.NO_BED:
            why = "" if self.services.link.live else str(self.linkText)
            head = Head(state=state.value, name=text("bedhead.no_bed"), person=why)
        elif state is Presence.DOUBT:
            why = text("bedhead.check_detail" if doubted else "bedhead.check_age")
            head = Head(
                state=state.value,
                number=head.number,
                name=text("bedhead.please_check"),
                person=why,
            )
        elif state is Presence.FREE and bed is not None:
            head = Head(state=state.value, number=bed.number, name=free_text(self.texts, bed))
        elif stays:
            head = self._known(head.number, stays)
        if head != self._head:
            self._head = head
            self.headChanged.emit()

    def _known(self, number: str, stays: Sequence[BedheadEncounter]) -> Head:
        first = stays[0]
        others = ", ".join(stay.display_name for stay in stays[1:])
        return Head(
            state=Presence.KNOWN.value,
            number=number,
            level=level_word(self.texts, first.nursing_level),
            colour=level_colour(self.ward, first.nursing_level),
            condition=condition_word(self.texts, first.condition),
            name=first.display_name,
            person=person_text(self.texts, first),
            also=self.texts.text("bedhead.and_also", names=others) if others else "",
        )

    def _renew_lamp(
        self, bed: BedView | None, stays: Sequence[BedheadEncounter], now: datetime
    ) -> None:
        calls = [call for call in self._calls() if bed is not None and call.bed_id == bed.id]
        team = stays[0].team if stays else ()
        link = self.services.link
        new = lamp(self.texts, calls, team, link.hub_now(link.known_until(now)))
        if not link.live:
            # Whether it still waits is not known: as on door and corridor nothing flashes.
            new = replace(new, flashing=False)
        still = open_calls(calls)
        title = ""
        if still:
            title = self.texts.text(f"bedhead.call.{kind_of(still[0])}")
            title += "?" if still[0].which_bed else ""
        self.want_seconds(new.priority != "" and link.live)
        if (new, title) != (self._lamp, self._lamp_title):
            self._lamp, self._lamp_title = new, title
            self.lampChanged.emit()

    def relabel(self) -> None:
        """The language has changed: every text of the page is new."""
        super().relabel()
        self.headChanged.emit()
        self.insideChanged.emit()
