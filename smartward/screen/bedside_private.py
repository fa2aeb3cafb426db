"""The bedside's private layer: opened by wristband, PIN or staff, closed by itself."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.call_mark import PROVED
from smartward.clinical.observation import VitalSign
from smartward.clinical.patient_key import PatientKey
from smartward.screen.acting import PROOF, Proof
from smartward.screen.bedside_care import readings
from smartward.screen.bedside_care_model import CareText
from smartward.screen.bedside_layer import Layer, Opened, is_wristband
from smartward.screen.bedside_pin import OPENS, PatientPin, PinCheck
from smartward.screen.bedside_texts import BedsideTexts
from smartward.screen.replica import Changes
from smartward.screen.services import Services
from smartward.screen.who_acts import NotProved
from smartward.wire.envelope import ActionKind, Seen

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1

UNKNOWN_CODE = "identity.refused.badge"
"""What the hub says of a code that nobody knows: it is told here, and alarms nobody."""

OTHER_WRISTBAND = "identity.refused.wristband"
"""What it says of the wristband of a patient who lies elsewhere on the ward."""

UNASKED = frozenset({"who.no_hub", "who.no_answer"})
"""Nobody could be asked whose a code is: where a wristband is waited for, that is no word of
staff."""


@QmlElement
class BedsidePrivate(BedsideTexts):
    """What of a bedside is for its patient only."""

    pageWanted = Signal(str)
    """A page is to be shown: one of `bedside.PAGES`."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        settings = services.settings
        self._layer = Layer(
            self.clock.monotonic, settings.layer_open_s, settings.staff_tries, settings.staff_lock_s
        )
        self._care_refusal = ""
        self._care_for_staff = False
        self._patient_pin = PatientPin(self)
        self._pin_check = PinCheck(self)
        self._pin_check.checked.connect(self.pinChecked)
        self._patient_pin.entered.connect(self.pinEntered)
        self.staffChanged.connect(self._staff_came)

    # ---------------------------------------------------------------------------------- wristband

    def handle_code(self, code: str) -> bool:
        """This patient's wristband opens their layer; every other code may be a badge."""
        stay = self._stay
        if stay is None or not is_wristband(self._key(), stay.id, code):
            return False
        self._open(Opened.WRISTBAND)
        return True

    def _proof_told(self, trial: int, proof: Proof) -> None:
        unasked = trial == self._proof_trial and not self._picker_open
        super()._proof_told(trial, proof)
        if not unasked or not isinstance(proof, NotProved):
            return
        if proof.key == UNKNOWN_CODE:
            self.tell_words(lambda texts: texts.text("bedside.layer.unknown"), of=PROOF)
        elif proof.key == OTHER_WRISTBAND:
            # Said calmly, naming nobody; a nurse is asked to look who lies here.
            self.tell_words(lambda texts: texts.text("bedside.layer.other"), of=PROOF)
            if self.place is not None:
                self.act(ActionKind.WRISTBAND_OTHER, self.place)
        elif proof.key in UNASKED and self._page == "care":
            self.tell("bedside.layer.unread")

    # ------------------------------------------------------------------------------ PIN and staff

    @Property(PatientPin, constant=True)
    def pin(self) -> PatientPin:
        """The PIN that is being touched."""
        return self._patient_pin

    @Slot()
    def askPin(self) -> None:
        """The patient wants to open their layer by PIN."""
        if self._may_try_pin():
            self._patient_pin.begin(OPENS)
            self.pageWanted.emit("pin")

    @Slot(str)
    def pinEntered(self, digits: str) -> None:
        """All digits of a PIN were touched; a subclass takes those that a nurse sets."""
        stay, key = self._stay, self._key()
        if stay is None or key is None or key.pin is None or not self._may_try_pin():
            self.pageWanted.emit("care")
            return
        self._patient_pin.wait()
        self._pin_check.begin(stay.id, key.pin, digits)

    @Slot(str, bool)
    def pinChecked(self, encounter_id: str, right: bool) -> None:
        """A PIN was compared; whose it was may have left the bed meanwhile."""
        mine = self._stay is not None and self._stay.id == encounter_id
        if not mine or self._page != "pin":
            return
        self._patient_pin.begin(OPENS)
        if right:
            self._open(Opened.PIN)
            return
        self._layer.wrong()
        if self._layer.locked_s:
            self.pageWanted.emit("care")
        else:
            self._patient_pin.refuse(self.texts.text("bedside.pin.wrong"))

    @Slot()
    def openAsStaff(self) -> None:
        """A member of staff opens it with the patient: at once when proved, else proof is asked."""
        self._care_for_staff = True
        if self._who.person.known in PROVED:
            self._staff_came()
        else:
            self.openPicker()

    @Slot()
    def _staff_came(self) -> None:
        wanted = self._care_for_staff and self._page == "care" and self._stay is not None
        if wanted and self._who.person.known in PROVED:
            self._open(Opened.STAFF)

    @Slot()
    def closeLayer(self) -> None:
        """Whoever read has seen enough."""
        self._layer.close()
        self.refresh(Changes(reset=True))

    def _open(self, how: Opened) -> None:
        stay = self._stay
        if stay is None:
            return
        by = self._who.person if how is Opened.STAFF else None
        seen = Seen(encounter_id=stay.id)
        self.act(ActionKind.LAYER_OPENED, stay.id, {"how": how.value}, seen, by)
        self._care_for_staff = False
        self.tell_no_more(PROOF)
        self._layer.open()
        self.pageWanted.emit("care")
        self.refresh(Changes(reset=True))

    def _key(self) -> PatientKey | None:
        if self._stay is None:
            return None
        return self.replica.get("patient_key", self._stay.id, PatientKey)

    def _may_try_pin(self) -> bool:
        """Whether there is a PIN and nobody guesses. A confused patient is not asked for one."""
        key = self._key()
        has = key is not None and key.pin is not None
        return has and not self._reach.confused and not self._layer.locked_s

    # ----------------------------------------------------------------------------------- the page

    def _leave_care(self) -> None:
        """The page is left: closed, and nobody is waited for."""
        self._layer.close()
        self._care_for_staff = False

    def _renew_care(self, stay_id: str | None, hub_now: datetime) -> None:
        if self._layer.is_open and stay_id is not None and self._stay is not None:
            of_stay = self.replica.all("vital_sign", VitalSign)
            signs = [sign for sign in of_stay if sign.encounter_id == stay_id]
            closes = self.texts.text("bedside.reading.closes", n=self._layer.left_s)
            text = CareText(is_open=True, name=self._stay.opened_name, closes=closes)
            self._care.show(text, readings(self.texts, signs, hub_now))
            return
        self._layer.close()
        self._care.show(self._closed_care(), ())

    def _closed_care(self) -> CareText:
        text = self.texts.text
        key = self._key()
        band = key is not None and key.wristband is not None
        by_pin = self._may_try_pin()
        how = "wristband_or_pin" if band and by_pin else "wristband" if band else ""
        how = how or ("pin" if by_pin else "staff")
        locked = self._layer.locked_s
        return CareText(
            question=text(f"bedside.layer.{how}"),
            detail=text("bedside.layer.detail"),
            refusal=text("bedside.layer.locked", n=-(-locked // 60)) if locked else "",
            by_pin=by_pin,
        )
