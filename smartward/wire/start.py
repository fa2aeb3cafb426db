"""What every request of a screen says of who sends it: this start of this program, on this machine,
with the device's own key. And what the hub answers to whom it shows no patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import msgspec

from smartward.clinical.device import ScreenRole

START = "SmartWard-Start"
MACHINE = "SmartWard-Machine"
KEY = "SmartWard-Key"
PROOF = "SmartWard-Proof"

SECOND = "right_bed.second"
"""Text key: another machine has this device's identity, and it was there first."""
DUPLICATE = "right_bed.duplicate"
"""Text key: two screens of one role are enrolled for one place, and nobody said that is meant."""
UNCONFIRMED = "right_bed.unconfirmed"
"""Text key: it was moved, and nobody has said at the new place that it stands there."""
ELSEWHERE = "right_bed.elsewhere"
"""Text key, for whoever looks after screens: this one's machine speaks as another screen."""
FAULTS = frozenset({SECOND, DUPLICATE, UNCONFIRMED, ELSEWHERE})
"""Faults of a screen that the hub finds, not the screen itself."""

_LONGEST = 200


def credential_mark(token: str) -> str:
    """Tells one credential from another without keeping it."""
    return sha256(token.encode()).hexdigest()[:16]


class Signing(Protocol):
    """A device's own key."""

    public: str

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of a screen's program. It is the same over every reconnect, and never again."""

    id: str
    machine: str
    """`smartward/machine.py`."""
    public_key: str
    proof: str = ""
    """The key's signature over the rest and over the credential, as hexadecimal digits."""

    def signed(self, credential: str) -> bytes:
        """What the proof is of. `credential`: a mark of the token, not the token."""
        return "\0".join(("smartward start", self.id, self.machine, credential)).encode()

    def headers(self) -> dict[str, str]:
        """As they go with every request."""
        return {
            START: self.id,
            MACHINE: self.machine,
            KEY: self.public_key,
            PROOF: self.proof,
        }


def started(id: str, machine: str, key: Signing, credential: str) -> Start:
    """What this start of the program tells of itself."""
    bare = Start(id=id, machine=machine, public_key=key.public)
    proof = key.sign(bare.signed(credential)).hex()
    return Start(id=id, machine=machine, public_key=key.public, proof=proof)


def read(headers: Mapping[str, str]) -> Start | None:
    """What a request tells of who sends it; None where it tells nothing, or nonsense. Whether the
    proof holds is for the reader to see."""
    told = [headers.get(name, "") for name in (START, MACHINE, KEY, PROOF)]
    if not all(told) or max(map(len, told)) > _LONGEST:
        return None
    id, machine, key, proof = told
    return Start(id=id, machine=machine, public_key=key, proof=proof)


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """Why the hub shows a screen nothing (409): `error` is a text key with `values`. Who it is for
    the hub is told all the same: its patient can call."""

    error: str
    device_id: str
    role: ScreenRole
    ward: str
    place: str | None
    label: str
    values: dict[str, str] = {}
    detail: str = ""
    epoch: str = ""
    """The hub's history: what another one had taken of this screen is sent again. Empty: not
    told."""
