"""What is set about the person in a bed: profile, silence, what opens their layer.

All of it belongs to a stay: it follows the patient to another bed and ends with the stay
(`his_stays`). Nothing is set for a patient who is no longer where the person touching sees them.
"""

import hmac
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from uuid6 import uuid7

from smartward.clinical import alert as alerts
from smartward.clinical.alert import Alert, Cause, Finding, Subject, SubjectKind
from smartward.clinical.bed import Bed
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.encounter import Encounter
from smartward.clinical.patient_key import PatientKey, wristband_hash
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Hand, Profile, ProfileNote
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.words import Wording
from smartward.errors import BadData
from smartward.hub.access import Forbidden, reaches
from smartward.hub.actions import Done, Request, Rule
from smartward.hub.his_stays import begin_silence, put_key
from smartward.hub.store.base import Stored, Tx
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.views import scope_of
from smartward.secret import hash_pin, pin_fault
from smartward.wire.envelope import Action, ActionKind

WRISTBAND = "wristband"
"""The rule of the alert that a wristband raises: not a state but an event, over when taken on."""

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LEAST_SCALE, _MOST_SCALE = 1.0, 1.6


def stay_of(request: Request, encounter_id: str | None = None) -> Stored | Done:
    """The stay the action is about (its subject, where no other is given), or why it is refused.

    Raises Forbidden where the device neither sees nor saw it: it learns nothing.
    """
    tx, ward, device = request.tx, request.ward, request.device
    id = request.action.subject if encounter_id is None else encounter_id
    stored = tx.get(ward, "encounter", id)
    if stored is None or not reaches(device, stored.bed, stored.room):
        if not tx.departed(ward, *scope_of(device), "encounter", id):
            raise Forbidden
        if stored is None:
            return Done("gone", "person.stay_over")
        return Done("refused", "action.other_patient")
    seen = request.action.seen.encounter_id
    if (seen is not None and seen != id) or not _lies_there(request, stored):
        return Done("refused", "action.other_patient")
    return stored


def _lies_there(request: Request, stay: Stored) -> bool:
    """Whether the patient is in the bed the stay is placed at; for a screen in the room, with no
    doubt about it."""
    if stay.bed is None:
        return True
    found = request.tx.get(request.ward, "bed", stay.bed)
    if found is None:
        return False
    bed = decode(found.body, Bed)
    certain = bed.conflict is None or request.device.role is ScreenRole.STATION
    return certain and stay.id in bed.occupants


# ------------------------------------------------------------------------------ profile


def _profile(request: Request) -> Done:
    """What a nurse knows of how to reach the person; a null takes her word back."""
    told = _told(request.action)
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    tx, ward = request.tx, request.ward
    stored = tx.get(ward, "profile", stay.id)
    before = Profile() if stored is None else decode(stored.body, ProfileNote).profile
    after = replace(before, **told)
    if after == before:
        return Done(seq=None if stored is None else stored.seq)
    if after == Profile():
        tx.delete(ward, "profile", stay.id)
        return Done()
    note = ProfileNote(encounter_id=stay.id, profile=after, by=request.by, at=request.at)
    tx.put(ward, "profile", stay.id, note, bed=stay.bed, room=stay.room)
    return Done()


def _told(action: Action) -> dict[str, Any]:
    """The fields that are set. Raises BadData for one that is none, or has no such value."""
    if not action.data:
        raise BadData("action.bad_request", f"{action.kind} needs a field of a profile")
    told = {}
    for name, value in action.data.items():
        read = _FIELDS.get(name)
        if read is None:
            raise BadData("action.bad_request", "data has what is no field of a profile")
        told[name] = None if value is None else read(name, value)
    return told


def _wrong(name: str) -> BadData:
    return BadData("action.bad_request", f"data.{name} has no value of a profile")


def _flag(name: str, value: str | int) -> bool:
    """1 or 0: an action's data holds no booleans."""
    if value not in (0, 1):
        raise _wrong(name)
    return value == 1


def _language(name: str, value: str | int) -> str:
    if not isinstance(value, str) or _TAG.fullmatch(value) is None:
        raise _wrong(name)
    return value


def _scale(name: str, value: str | int) -> float:
    """A number as text ("1.3"): an action's data holds no fractions."""
    try:
        scale = float(value)
    except (ValueError, OverflowError) as error:
        raise _wrong(name) from error
    if not math.isfinite(scale) or not _LEAST_SCALE <= scale <= _MOST_SCALE:
        raise _wrong(name)
    return scale


def _hand(name: str, value: str | int) -> Hand:
    if value not in tuple(Hand):
        raise _wrong(name)
    return Hand(value)


_FIELDS: dict[str, Callable[[str, str | int], object]] = {
    field.name: _flag for field in fields(Profile)
} | {"language": _language, "text_scale": _scale, "hand": _hand}


# ------------------------------------------------------------------------------ silence


def _silence_start(request: Request) -> Done:
    """Nothing of this patient is shown or said from now on; their alerts go off at once."""
    reason = request.text("reason")
    if reason not in tuple(SilenceReason):
        raise BadData("action.bad_request", "data.reason is no reason of a silence")
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    stored = request.tx.get(request.ward, "silence", stay.id)
    if stored is not None:
        known = decode(stored.body, Silence)
        if known.reason in (reason, SilenceReason.DECEASED):
            return Done(seq=stored.seq)
    silence = Silence(
        encounter_id=stay.id,
        bed_id=stay.bed,
        reason=SilenceReason(reason),
        since=request.at,
        by=request.by,
    )
    begin_silence(request.tx, request.ward, silence, stay.bed, stay.room)
    return Done()


def _silence_end(request: Request) -> Done:
    """A person ends it, whoever began it."""
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    request.tx.delete(request.ward, "silence", stay.id)
    return Done()


# ------------------------------------------------------------------------------ the patient's layer


@dataclass(frozen=True, slots=True)
class _Pin:
    """A PIN on its way: its hash (None: taken away), or why it is none."""

    hash: str | None = None
    fault: str | None = None


def _hashed(action: Action) -> _Pin:
    """Slow on purpose. Raises BadData where no PIN is told; nothing repeats it."""
    if "pin" not in action.data:
        raise BadData("action.bad_request", f"{action.kind} needs data.pin")
    pin = action.data["pin"]
    if pin is None:
        return _Pin()
    fault = pin_fault(pin) if isinstance(pin, str) else "identity.pin_form"
    if fault is not None:
        return _Pin(fault=fault)
    return _Pin(hash=hash_pin(str(pin)))


def _patient_pin(request: Request) -> Done:
    """A nurse sets the patient's PIN, or takes it away."""
    pin = request.prepared
    assert isinstance(pin, _Pin)
    stay = stay_of(request)
    if isinstance(stay, Done):
        return stay
    if pin.fault is not None:
        return Done("refused", pin.fault)
    stored = request.tx.get(request.ward, "patient_key", stay.id)
    if stored is not None:
        key = decode(stored.body, PatientKey)
    else:
        number = decode(stay.body, Encounter).patient.identifier
        band = None if not number else wristband_hash(stay.id, number)
        key = PatientKey(encounter_id=stay.id, wristband=band)
    put_key(request.tx, request.ward, replace(key, pin=pin.hash), stay.bed, stay.room)
    return Done()


def another_wristband(reader: Reader, device: Device, code: str) -> bool:
    """Whether a code is on the wristband of a patient of the ward who lies elsewhere than at this
    screen. What a reader read wrong, or of another house, is nobody's and alarms nobody."""
    for stored in reader.all(device.ward, "patient_key"):
        band = decode(stored.body, PatientKey).wristband
        known = band is not None and hmac.compare_digest(band, wristband_hash(stored.id, code))
        if known and stored.bed != device.place:
            return True
    return False


def right_wristband(tx: Tx, ward: str, bed_id: str) -> None:
    """The wristband of the patient in this bed was read there: a doubt about it is over."""
    for stored in tx.of_bed(ward, "alert", bed_id):
        alert = decode(stored.body, Alert)
        if alert.rule == WRISTBAND and alert.subject.id == bed_id:
            over = alerts.clear(alert, tx.now)
            tx.put(ward, "alert", stored.id, over, bed=stored.bed, room=stored.room)
            tx.delete(ward, "alert", stored.id)


def _wristband_other(request: Request) -> Done:
    """Somebody else's wristband was read at a bed: a nurse must look who lies there."""
    tx, ward, id = request.tx, request.ward, request.action.subject
    stored = tx.get(ward, "bed", id)
    if stored is None or not reaches(request.device, stored.bed, stored.room):
        raise Forbidden
    subject = Subject(kind=SubjectKind.BED, id=id)
    for one in tx.of_bed(ward, "alert", id):
        known = decode(one.body, Alert)
        if (known.subject, known.rule) == (subject, WRISTBAND):
            return Done(seq=one.seq)
    number = decode(stored.body, Bed).number
    finding = Finding(
        subject=subject,
        rule=WRISTBAND,
        version="1",
        priority=Priority.MEDIUM,
        title=Wording(key="alert.wristband.title"),
        why=Wording(key="alert.wristband.why", values={"bed": number}),
        todo=Wording(key="alert.wristband.todo", values={"bed": number}),
        icon="account-alert",
        cause=(Cause(kind="bed", id=id, seq=stored.seq),),
    )
    alert = alerts.open_alert(finding, str(uuid7()), request.at)
    tx.put(ward, "alert", alert.id, alert, bed=stored.bed, room=stored.room)
    return Done()


RULES: dict[str, Rule] = {
    ActionKind.PROFILE_SET: Rule(_profile, staff=True),
    ActionKind.SILENCE_START: Rule(_silence_start, staff=True),
    ActionKind.SILENCE_END: Rule(_silence_end, staff=True),
    ActionKind.PATIENT_PIN: Rule(_patient_pin, staff=True, prepare=_hashed, secret="pin"),
    ActionKind.WRISTBAND_OTHER: Rule(_wristband_other, staff=False),
}
