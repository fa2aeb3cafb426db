"""A call that goes straight from its bed to station and door while no hub answers.

Documents, from the hub while it is there: who may be called from a bed (`peer_way`), whose call is
believed (`peer_key`), and that a ward does this at all (`peer_terms`). Messages, over TCP between
two screens, one exchange for each connection:

1. receiver: `Hello`, signed, with a fresh challenge and a fresh X25519 key.
2. sender: `Sealed` with a `DirectCall`, signed over all that went before.
3. receiver: `Sealed` with a `DirectReceipt`, signed likewise.

A signature holds for one challenge only, and a challenge for one connection: what was recorded
proves nothing a second time, whatever was switched off in between and whatever a clock says. Each
message is one line of JSON of at most `MOST_BYTES`.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallClass, CallReason

VERSION = 1
_CALL = b"smartward direct call 1: call\0"
MOST_BYTES = 16 * 1024
"""Longest line that is read; a call with all its touches is far below."""
MOST_TOUCHES = 32
"""So many touches of a call are told at most: its first ones and its newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTerms:
    """Document kind `peer_terms`, id "peer_terms": there while the ward has direct calls."""

    port: int
    """Which port stations and doors listen at; 0: any that is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerKey:
    """Document kind `peer_key`, id = device id of a bedside: whose calls are believed."""

    device_id: str
    bed_id: str
    public_key: str
    other_beds: tuple[str, ...] = ()
    """Where its calls may come from besides, as `NurseCall.other_beds`: which bed it is, is in
    doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """A station or door that listens for direct calls."""

    device_id: str
    role: ScreenRole
    address: str
    port: int
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerWay:
    """Document kind `peer_way`, id = bed id: who is called from this bed when no hub answers."""

    bed_id: str
    receivers: tuple[Receiver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAddress:
    """Document kind `peer` in the ward `house`, id = device id: what a device told of itself. A
    bedside listens nowhere: no address, port 0."""

    device_id: str
    address: str
    port: int
    public_key: str
    told_at: datetime


# --------------------------------------------------------------------------------------- messages


def word_digest(said: bytes, body: bytes) -> bytes:
    """What a bed signs of a call; `said`: the digest of all that went before in its connection."""
    made = sha256()
    for part in (_CALL, said, body):
        # None of the parts can be taken for a part of another.
        made.update(len(part).to_bytes(4, "big") + part)
    return made.digest()


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver's first word. `key` is its X25519 key for this connection alone."""

    version: int
    receiver: str
    challenge: bytes
    key: bytes
    signature: bytes


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What follows, for the other side's eyes only. `key`: the sender's X25519 key, in its word."""

    box: bytes
    key: bytes = b""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a box."""

    body: msgspec.Raw
    signature: bytes


class DirectTouch(msgspec.Struct, frozen=True, kw_only=True):
    """One touch at the bed that no hub has answered. `kind`: an `ActionKind` about calls;
    `age_ms`: how long ago it was; `family`: of whom it was, where they had said so."""

    id: str
    kind: str
    age_ms: int
    reason: CallReason | None = None
    family: str | None = None


class DirectCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as its bed has it, whole: a later one takes the place of what came before.

    `number` grows with each message of this device; its receipt names it. `touches` empty: a hub
    has it. `coming`: what the bed was told by another receiver, to be passed on.
    """

    sender: str
    receiver: str
    number: int
    sent_at: datetime
    call_id: str
    bed_id: str
    call_class: CallClass
    encounter_id: str | None = None
    estimated: bool = False
    touches: tuple[DirectTouch, ...] = ()
    coming: str | None = None
    present: bool = False
    closed: bool = False
    start: str = ""
    """Names the run of the program that says it."""
    call_point_id: str | None = None
    """The call point at which its touches were made, where it was one."""


class DirectReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver has done with it. `kept`: on its disk; `shown`: in a frame that an awake
    display drew; `coming`: family name of who said "I go" there, "" where it is not known."""

    receiver: str
    call_id: str
    number: int
    kept: bool
    shown: bool
    coming: str | None = None
    present: bool = False
    closed: bool = False
