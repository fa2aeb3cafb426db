"""What the bedside says, as properties for QML; `bedside.py` gathers it and takes the touches."""

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from smartward.clinical.priority import Priority
from smartward.clinical.profile import Hand
from smartward.i18n import LANGUAGES, TABLE, Catalogue
from smartward.screen.beds import Presence, bed_label
from smartward.screen.beds_drip_model import DripModel
from smartward.screen.beds_panel import StaffPanel
from smartward.screen.beds_units import Units
from smartward.screen.bedside_call_model import CallModel
from smartward.screen.bedside_care import TeamRow
from smartward.screen.bedside_care_model import CareModel
from smartward.screen.bedside_comfort import ComfortRow
from smartward.screen.bedside_day import Day, PlanRow
from smartward.screen.bedside_reach import Reach
from smartward.screen.bedside_state import LABELS, STAFF_LABELS, HomeText
from smartward.screen.bedside_voice import EXPIRES_S, KindWords, Speaker
from smartward.screen.list_model import KeyedListModel
from smartward.screen.replica import Changes
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import Services
from smartward.wire.views import BedsideEncounter, BedView, KindView

_WIRE = {Units.LOST: "bedside.wire_lost", Units.OTHER: "bedside.wire_other"}

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class BedsideTexts(ScreenModel):
    """Everything that the pages of one bedside are bound to."""

    labelsChanged = Signal()
    homeChanged = Signal()
    pageChanged = Signal()
    restingChanged = Signal()
    voiceChanged = Signal()
    reachChanged = Signal()
    testChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._home = HomeText()
        self._day = Day(rows=(), next_index=-1, fasting="", empty="", spoken="")
        self._state = Presence.NO_BED
        self._bed: BedView | None = None
        self._stay: BedsideEncounter | None = None
        self._reach = Reach()
        self._orientation: tuple[str, ...] = ()
        self._orientation_briefly: tuple[str, ...] = ()
        self._silent = False
        self._kind: KindView | None = None
        self._kind_words = KindWords(self.clock.monotonic)
        self._units = Units.WELL
        self._page = "home"
        self._resting = False
        self._waking = False
        self._speaker: Speaker | None = None
        self._plan = KeyedListModel(PlanRow, self)
        self._team = KeyedListModel(TeamRow, self)
        self._comfort = KeyedListModel(ComfortRow, self)
        self._drip = DripModel(self)
        self._call = CallModel(self)
        self._care = CareModel(self)
        self._panel = StaffPanel(self, keeps_name=True)
        services.replica.subscribe(self._tested)
        self.languageChanged.connect(self.testChanged)

    @property
    def staff_texts(self) -> Catalogue:
        """Staff read the ward's language, whatever the patient reads."""
        return self.services.catalogue(self.services.language)

    # ------------------------------------------------------------------------------ what it says

    def _tested(self, changes: Changes) -> None:
        if changes.touches("drill_call"):
            self.testChanged.emit()

    @Property(str, notify=testChanged)
    def testText(self) -> str:
        """That the call button is being tested, so that nobody is in doubt about it."""
        tested = bool(self.replica.docs("drill_call")) and not self._silent
        return self.texts.text("bedside.test_call") if tested else ""

    @Property(QObject, constant=True)
    def plan(self) -> KeyedListModel[PlanRow]:
        """Today: key, time, icon, title, status, note, when."""
        return self._plan

    @Property(QObject, constant=True)
    def team(self) -> KeyedListModel[TeamRow]:
        """Who looks after the patient: key, icon, name, role."""
        return self._team

    @Property(QObject, constant=True)
    def comfort(self) -> KeyedListModel[ComfortRow]:
        """Languages, text sizes and rest: key, icon, text, tone."""
        return self._comfort

    @Property(DripModel, constant=True)
    def drip(self) -> DripModel:
        """The drip card."""
        return self._drip

    @Property(CallModel, constant=True)
    def call(self) -> CallModel:
        """The bed's call."""
        return self._call

    @Property(CareModel, constant=True)
    def care(self) -> CareModel:
        """The patient's own readings, behind wristband, PIN or staff."""
        return self._care

    @Property(StaffPanel, constant=True)
    def panel(self) -> StaffPanel:
        """Where staff mark that they are here."""
        return self._panel

    @Property("QVariantMap", notify=labelsChanged)  # type: ignore[arg-type]  # the stub wants a class
    def labels(self) -> dict[str, str]:
        """The page's fixed words: the patient's in their language, the staff's in the ward's."""
        patients = {name: self.texts.text(key) for name, key in LABELS.items()}
        return patients | {name: self.staff_texts.text(key) for name, key in STAFF_LABELS.items()}

    @Property(str, notify=labelsChanged)
    def comfortText(self) -> str:
        """Another language's name (the ward's own, or one beside it), text size and rest."""
        others = (self.services.language, *LANGUAGES)
        other = next(code for code in others if code != self.texts.language)
        return self.texts.text("bedside.settings", language=TABLE.languages[other].name)

    # ---------------------------------------------------------------------------------- the home

    @Property(str, notify=homeChanged)
    def title(self) -> str:
        """The greeting, or what is true of an empty bed."""
        return self._home.title

    @Property(str, notify=homeChanged)
    def subtitle(self) -> str:
        """Bed and team."""
        return self._home.subtitle

    @Property(str, notify=homeChanged)
    def bedText(self) -> str:
        """The bed alone."""
        return "" if self._bed is None else bed_label(self.texts, self._bed.number)

    @Property(str, notify=homeChanged)
    def message(self) -> str:
        """What stands in place of the day: free bed, "please check"; empty for a known patient."""
        return self._home.message

    @Property(str, notify=homeChanged)
    def messageDetail(self) -> str:
        """Why, and that the call works."""
        return self._home.message_detail

    @Property(str, notify=homeChanged)
    def dripWords(self) -> str:
        """Everything about the drip as lines, for where its card has no room."""
        drip = self._drip.text
        title = f"{self.texts.text('bedside.drip.title')}: {drip.headline}"
        return "\n".join(filter(None, (title, drip.detail, drip.more, drip.advice)))

    @Property(str, notify=homeChanged)
    def dripAdvice(self) -> str:
        """What to look out for, for where the drip's card has room for the rest only."""
        return f"{self.texts.text('bedside.drip.title')}: {self._drip.text.advice}"

    @Property(bool, notify=homeChanged)
    def vacant(self) -> bool:
        """Whether the bed is known to be free."""
        return self._state is Presence.FREE

    @Property(bool, notify=homeChanged)
    def personal(self) -> bool:
        """Whether this is a known patient's screen: only then there are care and team pages."""
        return self._state is Presence.KNOWN

    @Property(bool, notify=homeChanged)
    def silent(self) -> bool:
        """Whether silence holds here: the bed's number and the call, nothing else."""
        return self._silent

    @Property(bool, notify=homeChanged)
    def canCall(self) -> bool:
        """Whether a touch of the call can be told to anybody: this screen knows its bed."""
        return self.place is not None

    @Property(str, notify=homeChanged)
    def wireText(self) -> str:
        """That the wired call unit, or one of them, is dead and this screen is to be used; empty
        while they live."""
        if self._silent or self._units is Units.WELL:
            return ""
        return self.texts.text(_WIRE[self._units])

    @Property(str, notify=homeChanged)
    def kindText(self) -> str:
        """What the patient is asked now, kindly; empty: nothing."""
        if self._kind is None:
            return ""
        key = f"bedside.kind.{self._kind.word}"
        return self.texts.text(f"{key}_coming" if self._kind.coming else key)

    def renew_kind(self) -> bool:
        """Bring what the patient is asked to the documents, and say it; whether it is to be seen
        now. It is said at night too, as softly as the night is: nobody shall fall."""
        stay_id = None if self._stay is None else self._stay.id
        told = [one for one in self.replica.all("alert", KindView) if one.encounter_id == stay_id]
        kind = min(told, key=lambda one: one.id, default=None)
        if kind != self._kind:
            self._kind = kind
            self.homeChanged.emit()
        due = self._kind_words.due("" if kind is None else kind.id)
        if due and kind is not None and self._speaker is not None and self._reach.hears:
            lang = self.texts.language
            self._speaker.announce(kind.word.value, {}, Priority.MEDIUM, lang, EXPIRES_S)
        return due

    @Property(str, notify=homeChanged)
    def fastingText(self) -> str:
        """The fasting line when no line of the plan carries it."""
        return self._day.fasting

    @Property(str, notify=homeChanged)
    def emptyText(self) -> str:
        """That nothing is planned."""
        return self._day.empty

    @Property(int, notify=homeChanged)
    def nextIndex(self) -> int:
        """Which line of the plan comes next; -1 for none."""
        return self._day.next_index

    @Property(str, notify=homeChanged)
    def planAsOf(self) -> str:
        """From when the plan is, while the hub is not heard."""
        heard = self.services.link.last_heard
        if self.services.link.live or heard is None:
            return ""
        return self.texts.text("bedside.as_of", at=heard.isoformat())

    @Property(str, notify=pageChanged)
    def page(self) -> str:
        """Which page is shown: one of `bedside.PAGES`."""
        return self._page

    @Property(bool, notify=restingChanged)
    def resting(self) -> bool:
        """Whether only a dim clock and the call shape are shown."""
        return self._resting

    @Property(bool, notify=restingChanged)
    def waking(self) -> bool:
        """Whether a touch has woken the screen and nothing was drawn since: only the call acts."""
        return self._waking

    # ---------------------------------------------------------------------------------- the person

    @Property(bool, notify=reachChanged)
    def callLeft(self) -> bool:
        """Whether call and main controls are on the left: the hand that reaches them, else where
        the language ends its lines."""
        hand = self._reach.hand
        return hand is Hand.LEFT or (hand is None and bool(self.rightToLeft))

    @Property("QStringList", notify=reachChanged)  # type: ignore[arg-type]  # the stub wants a class
    def orientation(self) -> list[str]:
        """Day, place and who comes, for a confused patient; else empty."""
        return list(self._orientation)

    @Property("QStringList", notify=reachChanged)  # type: ignore[arg-type]  # the stub wants a class
    def orientationBriefly(self) -> list[str]:
        """The same in the fewest words, for a small panel with large letters."""
        return list(self._orientation_briefly)

    @Property(bool, notify=reachChanged)
    def pictures(self) -> bool:
        """Whether this patient speaks by pictures."""
        return not self._reach.speaks

    @Property(bool, notify=reachChanged)
    def highContrast(self) -> bool:
        """Whether this patient sees badly: highest contrast, and any corner held calls."""
        return not self._reach.sees

    @Property(bool, notify=voiceChanged)
    def canReadAloud(self) -> bool:
        """Whether a card can be read aloud in this language now, to somebody who hears it."""
        return self._reach.hears and self._can_say()

    @Property(bool, notify=voiceChanged)
    def spoken(self) -> bool:
        """Whether the screen tells what is held or focused, to somebody who hears it and cannot
        see it."""
        return self._is_spoken()

    @Property(bool, notify=voiceChanged)
    def tellsHeld(self) -> bool:
        """Whether a thing that is held is told on this page now, so that holding it is no touch."""
        return self._is_spoken() and self._tells_items()

    def _is_spoken(self) -> bool:
        return not self._reach.sees and self._reach.hears and self._can_say()

    def _tells_items(self) -> bool:
        """Whether this page is one whose things may be told: which are not (what staff read, what
        is measured) `BedsidePerson` knows."""
        return True

    def _can_say(self) -> bool:
        if self._silent or self._speaker is None:
            return False
        return self._speaker.can_say(self.texts.language)
