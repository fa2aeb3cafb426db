"""The bedside's person: what a profile changes, and that nothing of the last one stays."""

from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.observation import VitalSign
from smartward.clinical.priority import Priority
from smartward.screen.beds import Presence, bed_label
from smartward.screen.bedside_board import BoardRow, board
from smartward.screen.bedside_comfort import comfort_rows
from smartward.screen.bedside_day import greeting
from smartward.screen.bedside_nurse import SetupModel
from smartward.screen.bedside_pin import SETS
from smartward.screen.bedside_private import BedsidePrivate
from smartward.screen.bedside_reach import (
    Place,
    Reach,
    orientation,
    orientation_briefly,
    reach,
    screen_language,
)
from smartward.screen.bedside_spoken import call_words, home_words, joined
from smartward.screen.bedside_turns import TurnsModel
from smartward.screen.bedside_voice import EXPIRES_S
from smartward.screen.list_model import KeyedListModel
from smartward.screen.observation_pad import ObservationPad
from smartward.screen.observation_pad_draft import PadPatient
from smartward.screen.services import Services
from smartward.wire.envelope import Action, ActionKind, Answer
from smartward.wire.views import ProfileView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

_SPOKEN_TITLE = {
    "care": "bedside.care",
    "pin": "bedside.care",
    "team": "bedside.team_page",
    "comfort": "bedside.comfort.title",
    "board": "bedside.board_page",
    "staff": "bedside.staff",
    "setup": "bedside.setup.title",
    "turns": "bedside.turns.title",
    "observations": "observation_pad.title",
}
"""What a page is called aloud. What is in the private layer is never spoken."""


@QmlElement
class BedsidePerson(BedsidePrivate):
    """How this screen meets whoever lies here."""

    pictureChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self.pageChanged.connect(self.voiceChanged)
        self._started = False
        self._stay_id: str | None = None
        self._last_id: str | None = None
        """Who lay here for certain, last; doubt changes nothing of it."""
        self._person_shown: tuple[object, ...] = ()
        self._board = KeyedListModel(BoardRow, self)
        self._picture: BoardRow | None = None
        self._setup = SetupModel(self)
        self._turns = TurnsModel(self)
        self._pad = ObservationPad(
            self, self._pad_patient, knows=lambda stay: stay == self._last_id, tells=False
        )
        self._pad.closed.connect(self._pad_closed)
        self.staffChanged.connect(self._show_pad)
        self._setup.pinWanted.connect(self._ask_new_pin)

    # ------------------------------------------------------------------------- board and settings

    @Property(QObject, constant=True)
    def board(self) -> KeyedListModel[BoardRow]:
        """The picture board: key, icon, text, tone."""
        return self._board

    @Property(SetupModel, constant=True)
    def setup(self) -> SetupModel:
        """What a nurse sets for this patient."""
        return self._setup

    @Property(TurnsModel, constant=True)
    def turns(self) -> TurnsModel:
        """What staff record at this bed."""
        return self._turns

    @Property(ObservationPad, constant=True)
    def pad(self) -> ObservationPad:
        """The set of observations that is typed at this bed."""
        return self._pad

    def _pad_patient(self, stay_id: str) -> PadPatient | None:
        stay, bed = self._stay, self._bed
        if stay is None or bed is None or stay.id != stay_id:
            return None
        signs = self.replica.all("vital_sign", VitalSign)
        text = self.staff_texts.text
        return PadPatient(
            stay_id=stay.id,
            place=bed_label(self.staff_texts, bed.number),
            who=stay.opened_name or stay.display_name,
            check=text("observation_pad.identity"),
            scale=stay.news2_scale,
            exclusion=stay.news2_exclusion,
            every_min=stay.news2_every_min,
            signs=tuple(sign for sign in signs if sign.encounter_id == stay.id),
        )

    @Slot()
    def openPad(self) -> None:
        """Whoever is known types; what was measured before is for nobody else."""
        if self._stay is None or self._page != "observations":
            return
        if not self.actor_id:
            self.openPicker()
        elif not self._pad.core.is_open:
            self._pad.enter(self._stay.id)

    @Slot()
    def _pad_closed(self) -> None:
        """Left, kept, thrown away or done; where the session ended, the page asks who is here."""
        if self._page == "observations" and self.actor_id:
            self.pageWanted.emit("turns")

    @Slot()
    def _show_pad(self) -> None:
        if self._page != "observations":
            self._pad.core.close()
        elif self.actor_id and not self._pad.core.is_open:
            self.openPad()
        self._pad.offer("")

    def gives_back(self, action: Action) -> bool:
        """Whether a page has what it sent in its hands again."""
        return self._pad.gives_back(action)

    def took_refusal(self, action: Action, answer: Answer) -> bool:
        """The hub did not take a touch; True where its own page says so."""
        return self._pad.took_refusal(action, answer)

    @Slot(str)
    def choosePicture(self, key: str) -> None:
        """A picture was pointed at: it is shown large, and said where it can be. Empty: back."""
        self._picture = next((row for row in self._board.rows if row.key == key), None)
        self.pictureChanged.emit()
        if self._picture is not None and self._can_say() and self._speaker is not None:
            words = self._picture.text
            self._speaker.say(words, Priority.INFORMATION, self.texts.language, EXPIRES_S)

    @Property(str, notify=pictureChanged)
    def pictureKey(self) -> str:
        """The picture shown large; empty while all are offered."""
        return "" if self._picture is None else self._picture.key

    @Property(str, notify=pictureChanged)
    def pictureIcon(self) -> str:
        """Its icon."""
        return "" if self._picture is None else self._picture.icon

    @Property(str, notify=pictureChanged)
    def pictureWord(self) -> str:
        """Its word."""
        return "" if self._picture is None else self._picture.text

    @Slot(str)
    def _ask_new_pin(self, purpose: str) -> None:
        self._patient_pin.begin(purpose)
        self.pageWanted.emit("pin")

    @Slot(str)
    def pinEntered(self, digits: str) -> None:
        """All digits were touched: a nurse has set them, or the patient opens with them."""
        if self._patient_pin.purpose != SETS:
            super().pinEntered(digits)
            return
        # argon2 comes with it, and is not needed for the first frame.
        from smartward.secret import pin_fault

        fault = pin_fault(digits)
        if fault is not None:
            self._patient_pin.refuse(self.staff_texts.text(fault))
            return
        self.pageWanted.emit("setup")
        self._setup.send_pin(digits)

    def _of_staff(self, page: str) -> bool:
        """Whether a page is for staff: who acts is kept from one to the next."""
        return page in ("staff", "setup", "turns", "observations") or (
            page == "pin" and self._patient_pin.purpose == SETS
        )

    # ------------------------------------------------------------------------------ spoken screen

    def _tells_items(self) -> bool:
        """What staff read is not said in the patient's language when it is in another, and what is
        measured is never said."""
        if self._page == "observations":
            return False
        return not self._of_staff(self._page) or self.staff_texts.language == self.texts.language

    def _item_words(self, words: str) -> str:
        """A PIN is not said digit by digit, a greeting not by name where names may only be
        shown."""
        if not self._tells_items() or (self._page == "pin" and words.isdigit()):
            return ""
        return self._spoken_title() if words == self._home.title else words

    @Slot(str)
    def speakItem(self, words: str) -> None:
        """Something is focused: say what it is."""
        self._say(self._item_words(words))

    @Slot(str)
    def speakHeld(self, words: str) -> None:
        """Something was held: say what it is, and that the next touch, however long, chooses it."""
        if told := self._item_words(words):
            self._say(joined(self.texts, (told, self.texts.text("bedside.say.again"))))

    @Slot()
    def speakPage(self) -> None:
        """Say the page."""
        self._say(self.page_words())

    def page_words(self) -> str:
        """The page as it is spoken: nothing private."""
        if self._page == "call":
            call = self._call.text
            reasons = [row.text for row in call.reasons] if self._call.is_open else []
            return call_words(self.texts, call.title, call.truth, call.answer, reasons)
        if self._page in _SPOKEN_TITLE:
            hint = self.texts.text("bedside.say.corners")
            return joined(self.texts, (self.texts.text(_SPOKEN_TITLE[self._page]), hint))
        drip = self.texts.text("bedside.say.drip", headline=self._drip.text.headline)
        known = self._state is Presence.KNOWN
        words = (self._day.spoken, drip) if known else (self._home.message, "")
        return home_words(self.texts, self._orientation, self._spoken_title(), *words)

    def _spoken_title(self) -> str:
        """The page's title as it is said: names are said by a rule of their own."""
        stay = self._stay
        if stay is None or stay.spoken_family == stay.family:
            return self._home.title
        aloud = replace(stay, family=stay.spoken_family)
        return greeting(self.texts, aloud, self.clock.now(), known=True)

    def _say(self, words: str) -> None:
        if words and self._speaker is not None and self._can_say() and self._reach.hears:
            self._speaker.say(words, Priority.INFORMATION, self.texts.language, EXPIRES_S)

    def _say_change(self) -> None:
        """Another page is shown to somebody who does not see it; by night nothing is said
        unasked."""
        if not self._reach.sees and not self.ward_night:
            self.speakPage()

    # ----------------------------------------------------------------------------- who lies here

    def is_silenced(self) -> bool:
        """Whether silence holds, by the hub or by a touch that it has not answered yet."""
        if self._bed is None:
            return False
        if self._bed.silent:
            return True
        started = self.pending(ActionKind.SILENCE_START)
        return any(touch.subject in self._bed.occupants for touch in started)

    def _judge_patient(self) -> None:
        """Another patient, or none: nothing of the last one's choices stays."""
        stay_id = None if self._stay is None else self._stay.id
        if stay_id != self._stay_id or (self._silent and self._page != "home"):
            self._stay_id = stay_id
            self._close_pages()
        sure = stay_id is not None or self._silent or self._has_left()
        if not self._started:
            self._started, self._last_id = True, stay_id
            self._meet(anew=False)
        elif sure and stay_id != self._last_id:
            self._last_id = stay_id
            self._forget_person()
        elif stay_id is not None:
            self._meet(anew=False)

    def _has_left(self) -> bool:
        """Whether the bed says for certain that who lay here does so no more."""
        bed = self._bed
        return bed is not None and not bed.doubtful and self._last_id not in bed.occupants

    def _close_pages(self) -> None:
        """What was open for whoever lay here is shut: also where it is only not sure any more."""
        self._layer.close()
        self._care_for_staff = False
        self.choosePicture("")
        if self._page not in ("home", "call") or self._silent:
            self.pageWanted.emit("home")

    def _forget_person(self) -> None:
        """A bed is free, or another stay begins in it: nothing of the last one is left."""
        self._layer.forget()
        self._patient_pin.begin(SETS)
        self._questions.clear()
        self.tell_nothing()
        self.noticeChanged.emit()
        if self._picker_open:
            self.closePicker()
        self._meet(anew=True)

    def _meet(self, *, anew: bool) -> None:
        """Language and text size as the profile says. What the patient chose stays until the
        profile says something else; `anew`: nothing stays."""
        before = Reach() if anew else self._reach
        stay = self._stay
        note = None if stay is None else self.replica.get("profile", stay.id, ProfileView)
        now = self._reach = reach(stay, note)
        own = self.services.language
        if anew or now.language != before.language:
            self.setLanguage(screen_language(now.language, own))
        if anew or now.text_scale != before.text_scale:
            self.setTextScale(1.0 if now.text_scale is None else now.text_scale)

    def _renew_person(self, now: datetime) -> None:
        """What depends on the profile and the language."""
        lines: tuple[str, ...] = ()
        few: tuple[str, ...] = ()
        if self._reach.confused and self._bed is not None:
            bed = bed_label(self.texts, self._bed.number)
            team = () if self._stay is None else self._stay.team
            place = Place(ward=self.ward.name, bed=bed, team=team)
            lines = orientation(self.texts, place, now)
            few = orientation_briefly(self.texts, place, now)
        shown = (self._reach, lines, few, self.texts.language)
        if shown != self._person_shown:
            self._person_shown = shown
            self._orientation, self._orientation_briefly = lines, few
            self.reachChanged.emit()
            self.voiceChanged.emit()
        self._board.update(board(self.texts))
        self._comfort.update(comfort_rows(self.texts, float(self._text_scale)))
        self._setup.show(self._stay)
        self._turns.show(self._stay)
        self._show_pad()
