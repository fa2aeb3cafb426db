"""How a screen that nobody knows becomes one of the ward's: what it asks, what it is told.

`POST /pairing` with `Ask`, again and again, until a person has said whose it is. The first answer
brings a salt of the hub; key and salt together give the six characters that the screen shows. So
nobody can look for a key that gives the code of another screen: the salt is known only afterwards.
With the code stands a proof that whoever asks has the key, over the salt.

A screen that has found its hub by DNS, and was told by nobody whom to believe, fetches the hub's
authorities by `GET /pairing` and believes them only once a person has carried two short strings
between screen and hub: the code to the hub, by which the screen is placed there, and the number
that the hub shows then to the screen, where it is typed. Both are made of what the two sides said
to each other (short authentication strings), and each side bound itself to its part before it knew
the other's:

1. screen: its key, the authorities it was shown, the hash of a nonce (`commitment`)
2. hub: the hash of a word (`promise`), which is the salt
3. screen: the nonce. Now there is a code: of key, authorities, nonce, salt
4. a person says this code at the hub, and where the screen stands
5. hub: the word. Now there is a number: of key, authorities, nonce, word. The hub shows it to that
   person, who types it at the screen; another number, or none, and the screen keeps nothing

Who stands between has two such talks, one with each side, of different authorities, and wants both
to give the same strings. It chooses no part of either after it has seen the other's. What it may
try:

- Say "paired" although nobody approved anything: the hub shows no number then, and whoever types
  one guesses. One number in 10 000; three tries (`NUMBER_TRIES`) are at the same number, so 3 in
  10 000 until the screen begins anew, and each such time it lets more time pass before.
- Have its own request approved in the screen's place: its code would have to be the one on the
  screen, 1 in 2^30 for each that waits. Where a person placed another code than the screen shows,
  the number is what is left: 1 in 10 000, as it hears the hub's word only with the approval. From
  then until somebody types it may have the screen begin anew, which takes a minute each, and hope:
  one more in 10 000 for each minute.
- Pass on every word: what the screen signs names the authorities that it was shown.

A number that was not typed rightly the screen tells to whichever hub it asks next (`denied`).
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

NUMBER_LENGTH = 4
"""Digits of the number that is typed at a screen that does not know its hub."""
NUMBER_TRIES = 3
"""So often a person may type it; then the screen begins anew."""
NUMBER_S = 600.0
"""For so long the screen asks for it after it was approved, and the hub shows it: time to go there,
to several of them."""

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
    authority: str = ""
    """`fingerprint` of the authorities that this screen was shown and does not know; empty where it
    knew them before."""
    commitment: str = ""
    """With `authority`: `commitment` to the nonce that it shows next."""
    nonce: str = ""
    """With `authority`, once there is a salt: 32 hexadecimal digits that nobody knew before."""
    denied: str = ""
    """With `authority`: the authorities (`fingerprint`) of the hub whose number this screen was not
    told rightly, or of which a person said that it shows none; empty where that never happened."""

    def signed(self) -> bytes:
        """What the proof is of."""
        request = sha256(self.csr.encode()).hexdigest()
        parts = ["smartward pairing", self.salt, self.machine, self.serial, request]
        if self.authority:
            parts += [self.authority, self.commitment, self.nonce, self.denied]
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
    word: str = ""
    """With `paired`, to a screen that does not know its hub: what the salt was the `promise` of."""
    enrolment: Enrolment | None = None


class Renew(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /certificate`: a screen that has a certificate asks for the next."""

    csr: str


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """The next certificate; the one before counts until this one is there."""

    certificate: str
    renew_at: datetime


class Compared(msgspec.Struct, frozen=True):
    """What goes into a code that a person compares because the screen does not know its hub."""

    authority: str = ""
    """`fingerprint` of the authorities that the screen was shown; empty where it knew them."""
    nonce: str = ""
    """The screen's own."""


KNOWN = Compared()
"""The screen knew before whom to believe."""


def asked(
    key: Signing,
    csr: str,
    machine: str,
    *,
    serial: str,
    version: str,
    salt: str,
    compared: Compared = KNOWN,
    denied: str = "",
) -> Ask:
    """A screen's request with its proof."""
    bare = Ask(
        public_key=key.public,
        csr=csr,
        machine=machine,
        serial=serial,
        version=version,
        salt=salt,
        authority=compared.authority,
        commitment=commitment(compared.nonce) if compared.authority else "",
        nonce=compared.nonce if salt else "",
        denied=denied if compared.authority else "",
    )
    return msgspec.structs.replace(bare, proof=key.sign(bare.signed()).hex())


def fingerprint(authorities: str) -> str:
    """What names these certificates (PEM), as they are given: SHA-256 in hexadecimal digits."""
    return sha256(authorities.encode()).hexdigest()


def commitment(nonce: str) -> str:
    """What a screen says of its nonce before it shows it."""
    return sha256(f"smartward nonce\0{nonce}".encode()).hexdigest()


def promise(word: str) -> str:
    """What a hub says of its word before it tells it: the salt, 64 hexadecimal digits."""
    return sha256(f"smartward word\0{word}".encode()).hexdigest()


def number_of(public_key: str, compared: Compared, word: str) -> str:
    """The digits that a person reads at the hub and types at the screen: 1 in 10 000."""
    parts = ["smartward number", public_key, compared.authority, compared.nonce, word]
    number = int.from_bytes(sha256("\0".join(parts).encode()).digest()[:8])
    return f"{number % 10**NUMBER_LENGTH:0{NUMBER_LENGTH}}"


def code_of(public_key: str, salt: str, compared: Compared = KNOWN) -> str:
    """The six characters by which people name a waiting screen: 30 bits."""
    parts = ["smartward code", public_key, salt]
    if compared.authority:
        parts += [compared.authority, compared.nonce]
    number = int.from_bytes(sha256("\0".join(parts).encode()).digest()[:4])
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """A code as a person typed or a reader read it: the code alone, empty where there is none in
    it. A QR code is `SMARTWARD:CODE:KEY`."""
    parts = text.strip().upper().split(":")
    said = parts[1] if parts[0] == QR_BEGIN and len(parts) > 1 else parts[0]
    said = re.sub(r"[\s-]", "", said)
    return said if _SAID.fullmatch(said) else ""


def qr_text(public_key: str, salt: str, compared: Compared = KNOWN) -> str:
    """What the QR code on the screen says: the code, and so much of the key's hash that no other
    key has it. Capitals and digits alone make the code small."""
    whole = sha256(public_key.encode()).hexdigest()[:32].upper()
    return f"{QR_BEGIN}:{code_of(public_key, salt, compared)}:{whole}"
