"""What a screen says of who acts: their name, what they are asked, and why they were refused."""

import logging
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Property, QObject, Signal

from smartward.clinical.ward import Ward
from smartward.errors import BadData
from smartward.screen.list_model import KeyedListModel
from smartward.screen.services import Services
from smartward.screen.touches import TouchModel
from smartward.screen.who_acts import PIN_FEWEST, NotProved, PinEntry, WhoActs

log = logging.getLogger("smartward.screen.actor_texts")

_LABELS = {
    "title": "who.title",
    "cancel": "who.cancel",
    "station": "who.station",
    "back": "who.back",
    "ok": "who.ok",
    "erase": "who.erase",
}


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A name in the staff picker."""

    key: str
    name: str
    roleText: str


class ActorTexts(TouchModel):
    """The state of who acts, and everything a page reads of it. `ActingModel` changes it."""

    staffChanged = Signal()
    pickerChanged = Signal()
    identityChanged = Signal()

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(services, parent)
        self._who = WhoActs()
        self._pin_entry = PinEntry()
        self._picker_open = False
        self._proof_refusal: NotProved | None = None
        self._proving = False
        self._staff = KeyedListModel(StaffRow, self)

    @property
    def ward(self) -> Ward:
        """The ward, or what the settings say of it before its document has come."""
        ward = self.replica.one("ward", Ward)
        return self.settings.ward_so_far() if ward is None else ward

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
        """Who acts on this screen now, empty when nobody did say so or it is over."""
        return self._who.person.name or ""

    @property
    def actor_family(self) -> str:
        """The family name of whoever acts, empty when it is not known."""
        return self._who.person.family or ""

    @property
    def actor_id(self) -> str:
        """Who acts as the ward wants them known, by their id; empty while nobody does."""
        return "" if self._is_locked else self._who.person.id or ""

    @property
    def _proof_required(self) -> bool:
        return self.ward.staff_proof == "required"

    @Property(bool, notify=identityChanged)
    def proofRequired(self) -> bool:
        """Whether staff prove who they are by badge or PIN; else they touch their name."""
        return self._proof_required

    @property
    def _is_locked(self) -> bool:
        return self._proof_required and not self._who.proved

    @Property(bool, notify=identityChanged)
    def locked(self) -> bool:
        """Whether nobody is proved now: a staff action asks first. It hides nothing shown."""
        return self._is_locked

    @Property(str, notify=identityChanged)
    def lockedText(self) -> str:
        """That nobody is proved now, and what to do; empty while somebody is."""
        return self.staff_texts.text("who.locked") if self._is_locked else ""

    @Property(bool, notify=identityChanged)
    def identityBusy(self) -> bool:
        """Whether a badge or PIN is being checked."""
        return self._proving

    @Property(str, notify=identityChanged)
    def identityText(self) -> str:
        """What to do to be known, that it is being checked, or why it was refused."""
        if self._proving:
            return self.staff_texts.text("who.busy")
        if self._proof_refusal is not None:
            return self._refusal_words(self._proof_refusal)
        if not self._proof_required:
            return self.staff_texts.text("who.hint_name")
        return self.staff_texts.text("who.hint_pin" if self._pin_entry.staff_id else "who.hint")

    @Property(bool, notify=identityChanged)
    def identityRefused(self) -> bool:
        """Whether `identityText` is a refusal."""
        return self._proof_refusal is not None and not self._proving

    @Property(str, notify=identityChanged)
    def pinFor(self) -> str:
        """Whose PIN is asked for, as a finished text; empty while names are."""
        if not self._pin_entry.staff_id:
            return ""
        names = {row.key: row.name for row in self._staff.rows}
        return self.staff_texts.text("who.pin_of", name=names.get(self._pin_entry.staff_id, ""))

    @Property(int, notify=identityChanged)
    def pinLength(self) -> int:
        """How many digits were typed. Which ones, no page ever knows."""
        return len(self._pin_entry)

    @Property(bool, notify=identityChanged)
    def pinReady(self) -> bool:
        """Whether so many digits can be a PIN."""
        return len(self._pin_entry) >= PIN_FEWEST and not self._proving

    @Property("QVariantMap", notify=identityChanged)  # type: ignore[arg-type]  # the stub wants a class
    def whoLabels(self) -> dict[str, str]:
        """The fixed words of picker and PIN pad: title, cancel, station, back, ok, erase."""
        return {name: self.staff_texts.text(key) for name, key in _LABELS.items()}

    def _refusal_words(self, refused: NotProved) -> str:
        try:
            return self.staff_texts.text(refused.key, **refused.values)
        except BadData:
            log.warning("the hub's text %s is unknown here", refused.key)
            return self.staff_texts.text("who.refused")

    def identity_state(self) -> dict[str, Any]:
        """Named states for the control socket: who acts, how they are known, what is asked."""
        return {
            "actor": self._who.person.name or "",
            "known": self._who.person.known,
            "session": self._who.person.session is not None,
            "locked": self._is_locked,
            "asking_who": self._picker_open,
            "identity": self._proof_refusal.key if self._proof_refusal is not None else "",
            "identity_busy": self._proving,
        }
