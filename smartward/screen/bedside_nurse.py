"""What a proved nurse sets at the bed: the profile, the patient's PIN, silence."""

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from smartward.clinical.patient_key import PatientKey
from smartward.clinical.profile import Profile, effective
from smartward.clinical.silence import SilenceReason
from smartward.screen.bedside_pin import SETS
from smartward.screen.bedside_setup import FIELDS, SetupRow, setup_rows, step, touched_profile
from smartward.screen.list_model import KeyedListModel
from smartward.screen.screen_model import ScreenModel
from smartward.wire.envelope import ActionKind, Seen
from smartward.wire.views import BedsideEncounter, ProfileView

QML_IMPORT_NAME = "SmartWard.Screen"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class SetupModel(QObject):
    """The page of settings for one patient. Every touch is a staff action: it asks for proof."""

    changed = Signal()
    pinWanted = Signal(str)
    """A nurse is about to set a PIN."""

    def __init__(self, screen: ScreenModel) -> None:
        super().__init__(screen)
        self._screen = screen
        self._stay: BedsideEncounter | None = None
        self._note = Profile()
        self._has_pin = False
        self._reason: SilenceReason | None = None
        self._rows = KeyedListModel(SetupRow, self)
        screen.languageChanged.connect(self.renew)

    def show(self, stay: BedsideEncounter | None) -> None:
        """The patient at hand has become `stay`, or something is known of them anew."""
        if stay is None or (self._stay is not None and stay.id != self._stay.id):
            self._reason = None
        self._stay = stay
        self.renew()

    @Slot()
    def renew(self) -> None:
        """Bring the page up to date."""
        stay = self._stay
        rows: tuple[SetupRow, ...] = ()
        if stay is not None:
            told = self._screen.replica.get("profile", stay.id, ProfileView)
            key = self._screen.replica.get("patient_key", stay.id, PatientKey)
            self._has_pin = key is not None and key.pin is not None
            touches = self._screen.pending(ActionKind.PROFILE_SET)
            mine = [touch for touch in touches if touch.subject == stay.id]
            self._note = touched_profile(Profile() if told is None else told.profile, mine)
            note = ProfileView(encounter_id=stay.id, profile=self._note)
            rows = setup_rows(self._screen.staff_texts, self._note, effective(stay.profile, note))
        self._rows.update(rows)
        self.changed.emit()

    @Property(QObject, constant=True)
    def rows(self) -> KeyedListModel[SetupRow]:
        """The profile: key, icon, text, tone."""
        return self._rows

    @Property("QVariantMap", notify=changed)  # type: ignore[arg-type]  # the stub wants a class
    def labels(self) -> dict[str, str]:
        """The page's fixed words."""
        text = self._screen.staff_texts.text
        words = {
            name: text(f"bedside.setup.{name}")
            for name in ("title", "silence", "deceased", "wish", "cancel", "pin_clear")
        }
        pin = "pin_change" if self._has_pin else "pin_set"
        if self._pin_waits():
            pin = "pin_waiting"
        return words | {"pin": text(f"bedside.setup.{pin}")}

    @Property(bool, notify=changed)
    def hasPin(self) -> bool:
        """Whether the patient has a PIN that can be taken away."""
        return self._has_pin

    @Property(str, notify=changed)
    def silenceReason(self) -> str:
        """The reason chosen for silence, to be confirmed by holding; empty while none is."""
        return "" if self._reason is None else self._reason.value

    @Property(str, notify=changed)
    def holdText(self) -> str:
        """What holding does, with the reason chosen; empty while none is."""
        if self._reason is None:
            return ""
        text = self._screen.staff_texts.text
        why = text(f"bedside.setup.{self._reason.value}")
        return str(text("bedside.setup.hold", reason=why))

    @Slot(str)
    def next(self, field: str) -> None:
        """Go on to the field's next value. Raises ValueError for no field of a profile."""
        if field not in FIELDS:
            raise ValueError(f"no such field: {field}")
        if self._stay is not None:
            data = step(field, self._note)
            self._screen.act_as_staff(ActionKind.PROFILE_SET, self._stay.id, data, self._seen())
            self.renew()

    @Slot()
    def setPin(self) -> None:
        """Ask for a new PIN of the patient's."""
        self.pinWanted.emit(SETS)

    @Slot()
    def clearPin(self) -> None:
        """The patient shall have no PIN."""
        self.send_pin(None)

    def send_pin(self, pin: str | None) -> None:
        """The PIN that was touched, or None to take it away."""
        if self._stay is not None:
            data = {"pin": pin}
            self._screen.act_as_staff(
                ActionKind.PATIENT_PIN, self._stay.id, dict(data), self._seen()
            )

    def _pin_waits(self) -> bool:
        """Whether a PIN was touched that the hub has not answered: it is not set before."""
        touches = self._screen.pending(ActionKind.PATIENT_PIN)
        stay = None if self._stay is None else self._stay.id
        return any(touch.subject == stay and touch.data.get("pin") for touch in touches)

    @Slot(str)
    def chooseSilence(self, reason: str) -> None:
        """Why there shall be silence; empty takes the choice back. Raises ValueError for no
        reason."""
        self._reason = SilenceReason(reason) if reason else None
        self.changed.emit()

    @Slot()
    def silence(self) -> None:
        """The reason was held: silence from now on."""
        reason, self._reason = self._reason, None
        if reason is not None and self._stay is not None:
            data = {"reason": reason.value}
            self._screen.act_as_staff(
                ActionKind.SILENCE_START, self._stay.id, dict(data), self._seen()
            )
        self.changed.emit()

    def _seen(self) -> Seen:
        return Seen(encounter_id=None if self._stay is None else self._stay.id)
