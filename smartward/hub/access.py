"""Who is asking, and what may they ask for: request to Device, device to action.

A device is a document of the ward `house`; its credential is one replaceable part beside it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable

from smartward.clinical.device import Device, ScreenRole
from smartward.errors import Misconfigured, Refused
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.hub.views import scope_of
from smartward.wire.envelope import ActionKind

HOUSE = "house"
"""The ward that holds what belongs to the whole house: devices, settings."""
_ID_LEAST = 6
"""Characters by which a device can be named; fewer would be a slip of the hand."""

_BED_SIDE = frozenset({ScreenRole.BEDSIDE})
_IN_ROOM = frozenset({ScreenRole.BEDSIDE, ScreenRole.DOOR})
_AT_STATION = frozenset({ScreenRole.STATION})
_AT_A_PLACE = _IN_ROOM | {ScreenRole.BEDHEAD}
_STAFF_SCREENS = _AT_STATION | _IN_ROOM

MAY: dict[str, frozenset[ScreenRole]] = {
    ActionKind.CALL_PLACE: _BED_SIDE,
    ActionKind.CALL_AGAIN: _BED_SIDE,
    ActionKind.CALL_REASON: _BED_SIDE,
    ActionKind.CALL_NOT_NEEDED: _BED_SIDE,
    ActionKind.CALL_SHOWN: _AT_STATION,
    ActionKind.CALL_HEARD: _AT_STATION,
    ActionKind.CALL_ACCEPT: _AT_STATION,
    ActionKind.CALL_REINFORCE: _AT_STATION | _IN_ROOM,
    ActionKind.CALL_HAND_OVER: _AT_STATION,
    ActionKind.CALL_ARRIVE: _IN_ROOM,
    ActionKind.CALL_CLOSE: _AT_STATION | _IN_ROOM,
    ActionKind.ALERT_ACKNOWLEDGE: _AT_STATION,
    ActionKind.ALERT_SNOOZE: _AT_STATION,
    ActionKind.ALERT_DONE: _AT_STATION,
    ActionKind.SCREEN_FAULTS: frozenset(ScreenRole),
    ActionKind.PEER_TELL: _STAFF_SCREENS,
    ActionKind.PEER_CALL: _AT_STATION | {ScreenRole.DOOR},
    ActionKind.CALL_LOWER: _STAFF_SCREENS,
    ActionKind.SESSION_END: _STAFF_SCREENS,
    ActionKind.SHEET_OPEN: _AT_STATION,
    ActionKind.NAME_UNMASK: _AT_STATION,
    ActionKind.CALL_POINT_EVENT: _IN_ROOM | {ScreenRole.GATEWAY},
    ActionKind.PRESENCE_ENTER: _IN_ROOM,
    ActionKind.PRESENCE_LEAVE: _IN_ROOM,
    ActionKind.ENTRUST_ASK: _AT_STATION,
    ActionKind.ENTRUST_TAKE: _AT_STATION,
    ActionKind.ENTRUST_END: _AT_STATION,
    ActionKind.PROFILE_SET: _AT_STATION | _BED_SIDE,
    ActionKind.SILENCE_START: _AT_STATION | _BED_SIDE,
    ActionKind.SILENCE_END: _AT_STATION | _BED_SIDE,
    ActionKind.PATIENT_PIN: _BED_SIDE,
    ActionKind.LAYER_OPENED: _BED_SIDE,
    ActionKind.WRISTBAND_OTHER: _BED_SIDE,
    ActionKind.MASKING_SET: _AT_STATION,
    ActionKind.OBSERVATION_ENTER: _AT_STATION | _BED_SIDE,
    ActionKind.OBSERVATION_CORRECT: _AT_STATION | _BED_SIDE,
    ActionKind.ADMINISTRATION_MARK: _AT_STATION | _BED_SIDE,
    ActionKind.TASK_MARK: _AT_STATION | _BED_SIDE,
    ActionKind.CARE_RECORD: _AT_STATION | _BED_SIDE,
    ActionKind.CARE_CORRECT: _AT_STATION | _BED_SIDE,
    ActionKind.ANSWER_GIVE: _BED_SIDE,
    ActionKind.QUESTION_ASK: _AT_STATION | _BED_SIDE,
    ActionKind.QUESTION_LATER: _BED_SIDE,
    ActionKind.HIS_WRITE_RESOLVE: _AT_STATION,
    ActionKind.DRILL_START: _AT_STATION,
    ActionKind.DRILL_STOP: _AT_STATION,
    ActionKind.DRILL_PLACE: _BED_SIDE,
    ActionKind.DRILL_SHOWN: _AT_STATION | {ScreenRole.DOOR},
    ActionKind.DRILL_CALL: _AT_STATION,
    ActionKind.PLACE_CONFIRM: _AT_A_PLACE,
}
"""Which role may ask for which action."""

NEEDS_PERSON = frozenset(
    {
        ActionKind.CALL_HEARD,
        ActionKind.CALL_ACCEPT,
        ActionKind.CALL_REINFORCE,
        ActionKind.CALL_HAND_OVER,
        ActionKind.CALL_LOWER,
        ActionKind.CALL_ARRIVE,
        ActionKind.CALL_CLOSE,
        ActionKind.ALERT_ACKNOWLEDGE,
        ActionKind.ALERT_SNOOZE,
        ActionKind.ALERT_DONE,
        ActionKind.SHEET_OPEN,
        ActionKind.NAME_UNMASK,
        ActionKind.PRESENCE_ENTER,
        ActionKind.PRESENCE_LEAVE,
        ActionKind.ENTRUST_ASK,
        ActionKind.ENTRUST_TAKE,
        ActionKind.ENTRUST_END,
        ActionKind.PROFILE_SET,
        ActionKind.SILENCE_START,
        ActionKind.SILENCE_END,
        ActionKind.PATIENT_PIN,
        ActionKind.MASKING_SET,
        ActionKind.OBSERVATION_ENTER,
        ActionKind.OBSERVATION_CORRECT,
        ActionKind.ADMINISTRATION_MARK,
        ActionKind.TASK_MARK,
        ActionKind.CARE_RECORD,
        ActionKind.CARE_CORRECT,
        ActionKind.HIS_WRITE_RESOLVE,
        ActionKind.QUESTION_ASK,
        ActionKind.DRILL_START,
        ActionKind.DRILL_STOP,
    }
)
"""What nobody does anonymously: a person stands for it, and the audit names them. A patient's call
needs nobody, nor does what a screen tells of itself."""

AUDITED = NEEDS_PERSON | {
    ActionKind.LAYER_OPENED,
    ActionKind.WRISTBAND_OTHER,
    ActionKind.ANSWER_GIVE,
    ActionKind.PLACE_CONFIRM,
    ActionKind.DRILL_CALL,
}
"""What the audit tells of, done or refused. The ends of sessions tell it themselves."""


Rights = tuple[str, str, str | None, bytes]
"""What decides which feed is given: ward, role, place, and the credential's mark."""


class Forbidden(Refused):
    """Out of this device's scope. It looks the same whether the thing exists or not."""

    def __init__(self) -> None:
        super().__init__("access.forbidden")


def reaches(device: Device, bed: str | None, room: str | None) -> bool:
    """Whether a document at this bed and room is in the device's scope."""
    scope, place = scope_of(device)
    if scope == "ward":
        return True
    return (bed if scope == "bed" else room) == place


def new_token(device_id: str) -> str:
    """A fresh token: the device's id and 256 random bits. It is told once and never stored."""
    return f"{device_id}.{secrets.token_urlsafe(32)}"


def meant(said: str, known: Collection[str]) -> str:
    """That of the known ids which is meant by it or by its beginning; what was said, where it is
    none's. Raises Misconfigured where it is the beginning of several."""
    if said in known or len(said) < _ID_LEAST:
        return said
    found = [id for id in known if id.startswith(said)]
    if len(found) > 1:
        raise Misconfigured("fleet.ambiguous", said, device=said)
    return found[0] if found else said


def token_hash(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def duplicates(devices: Iterable[Device]) -> frozenset[str]:
    """Screens that are one role at one place with another one, without anybody having said that
    this is meant."""
    there: dict[tuple[str, str, str], list[str]] = {}
    for one in devices:
        if one.place is not None and not one.second:
            there.setdefault((one.ward, one.role, one.place), []).append(one.id)
    return frozenset(id for ids in there.values() if len(ids) > 1 for id in ids)


class Access:
    """All devices with their credentials, in memory; `load` takes them from the store."""

    def __init__(self) -> None:
        self._devices: dict[str, Device] = {}
        self._hashes: dict[str, bytes] = {}
        self._twice: frozenset[str] | None = None

    def load(self, reader: Reader) -> None:
        """Take over what the store knows now."""
        self._devices = {s.id: decode(s.body, Device) for s in reader.all(HOUSE, "device")}
        self._hashes = {one.device_id: one.token_hash for one in reader.credentials()}
        self._twice = None

    def take(self, device: Device) -> None:
        """A device that is known was changed."""
        self._devices[device.id] = device
        self._twice = None

    @property
    def twice(self) -> frozenset[str]:
        """The ids of all `duplicates`."""
        if self._twice is None:
            self._twice = duplicates(self.devices())
        return self._twice

    def device(self, id: str) -> Device | None:
        """An enrolled device, or None."""
        return self._devices.get(id) if id in self._hashes else None

    def named(self, said: str) -> str:
        """The id that is meant by it or by its beginning; what was said, where it is none's. Raises
        Misconfigured where it is the beginning of several."""
        return meant(said, [one.id for one in self.devices()])

    def devices(self) -> list[Device]:
        """All enrolled devices."""
        return [device for id, device in self._devices.items() if id in self._hashes]

    def of_key(self, public_key: str) -> list[Device]:
        """The enrolled devices with this key."""
        return [one for one in self.devices() if one.public_key == public_key]

    def mark(self, id: str) -> bytes:
        """What is stored of a device's credential; it tells one from the next."""
        return self._hashes.get(id, b"")

    def rights(self, device: Device) -> Rights:
        """What a device has by what it was told to be, with the credential that it has now."""
        return device.ward, device.role, device.place, self.mark(device.id)

    def all_rights(self) -> dict[str, Rights]:
        """What each enrolled device has now."""
        return {one.id: self.rights(one) for one in self.devices()}

    def authenticate(self, authorization: str | None) -> Device | None:
        """The device that an `Authorization: Bearer TOKEN` header proves, or None."""
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        device_id = token.rpartition(".")[0]
        expected = self._hashes.get(device_id, b"")
        same = hmac.compare_digest(token_hash(token), expected)
        if scheme.lower() != "bearer" or not same:
            return None
        return self._devices.get(device_id)

    @staticmethod
    def check_kind(device: Device, kind: str) -> None:
        """Raises Forbidden when this device's role may not ask for this."""
        if device.role not in MAY.get(kind, frozenset()):
            raise Forbidden
