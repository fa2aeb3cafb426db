"""How a screen that nobody knows becomes one of the ward's: what it asks, what it is told.

`POST /pairing` with `Ask`, again and again, until a person has said whose it is. The first answer
brings a salt of the hub; key and salt together give the six characters that the screen shows. So
nobody can look for a key that gives the code of another screen: the salt is known only afterwards.
With the code stands a proof that whoever asks has the key, over the salt.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Literal

import msgspec

from smartward.clinical.device import ScreenRole
from smartward.wire.start import Signing

PATH = "/pairing"
RENEW_PATH = "/certificate"

WAITING = "waiting"
PAIRED = "paired"
CLONE = "clone"
"""Another machine has this key: whoever was given this answer is the later one."""
FULL = "full"
"""Too many are waiting, or ask too often: later."""
WIPED = "wiped"
"""Somebody at the hub had this screen forget all it has."""
REFUSED = "refused"
"""A person said that this screen is none of ours."""

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0 and O, 1 and I: people read these aloud."""
CODE_LENGTH = 6
QR_BEGIN = "SMARTWARD"

_SAID = re.compile(rf"[{ALPHABET}]{{{CODE_LENGTH}}}")


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A screen asks to be known."""

    public_key: str
    """Ed25519, base64url: the device's own key (`smartward/device_key.py`)."""
    csr: str
    """The request for a certificate (PEM, EC P-256)."""
    machine: str
    """`smartward/machine.py`."""
    serial: str = ""
    """The number on its box, where the machine tells it."""
    version: str = ""
    salt: str = ""
    """What the hub said last; empty in the beginning."""
    proof: str = ""
    """The key's signature over `signed`, as hexadecimal digits."""

    def signed(self) -> bytes:
        """What the proof is of."""
        request = sha256(self.csr.encode()).hexdigest()
        parts = ("smartward pairing", self.salt, self.machine, self.serial, request)
        return "\0".join(parts).encode()


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen is from now on. Kept on its disk; nobody else may read it."""

    device_id: str
    token: str
    certificate: str
    """PEM, for the key of the request."""
    renew_at: datetime
    """From when on it shall ask for the next one."""
    role: ScreenRole
    ward: str
    place: str | None
    hubs: tuple[str, ...] = ()
    """Addresses of the ward's hubs, in their order; empty: the one it asked."""
    settings: Mapping[str, str] = {}
    """The hub's settings that are a screen's too, as `--set NAME=VALUE` takes them."""


class PairingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's answer to `Ask`."""

    state: Literal["waiting", "paired", "clone", "full", "refused", "wiped"]
    salt: str = ""
    poll_s: float = 2.0
    """When to ask again."""
    enrolment: Enrolment | None = None


class Renew(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /certificate`: a screen that has a certificate asks for the next."""

    csr: str


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """The next certificate; the one before counts until this one is there."""

    certificate: str
    renew_at: datetime


def asked(key: Signing, csr: str, machine: str, *, serial: str, version: str, salt: str) -> Ask:
    """A screen's request with its proof."""
    bare = Ask(
        public_key=key.public, csr=csr, machine=machine, serial=serial, version=version, salt=salt
    )
    return msgspec.structs.replace(bare, proof=key.sign(bare.signed()).hex())


def code_of(public_key: str, salt: str) -> str:
    """The six characters by which people name a waiting screen: 30 bits."""
    number = int.from_bytes(sha256(f"smartward code\0{public_key}\0{salt}".encode()).digest()[:4])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """A code as a person typed or a reader read it: the code alone, empty where there is none in
    it. A QR code is `SMARTWARD:CODE:KEY`."""
    parts = text.strip().upper().split(":")
    said = parts[1] if parts[0] == QR_BEGIN and len(parts) > 1 else parts[0]
    said = re.sub(r"[\s-]", "", said)
    return said if _SAID.fullmatch(said) else ""


def qr_text(public_key: str, salt: str) -> str:
    """What the QR code on the screen says: the code, and so much of the key's hash that no other
    key has it. Capitals and digits alone make the code small."""
    whole = sha256(public_key.encode()).hexdigest()[:32].upper()
    return f"{QR_BEGIN}:{code_of(public_key, salt)}:{whole}"
