"""What proves a person: PINs as argon2id, codes on badges as a keyed hash. Nothing is kept plain.

A PIN has few digits, so whoever may guess without an end finds it: its hash only makes the guessing
of a stolen file slow, and who asks must be counted (`hub/identity.py`). A badge's code is no secret
to whoever holds a reader; its hash is keyed, so that a stolen table alone names no badge.
"""

import hashlib
import hmac
import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
"""RFC 9106, the second recommended choice (64 MiB): about 0.1 s on a small machine."""

_FORM = re.compile(r"[0-9]{4,8}")
_DIGITS = "01234567890123456789"
"""Upwards, past the 9 once more."""


def pin_fault(pin: str) -> str | None:
    """Why this cannot be a PIN, as a text key; None for a good one.

    It has 4 to 8 digits, and is none of those that are tried first: one digit over and over, digits
    in a row, a part that repeats, a year.
    """
    if _FORM.fullmatch(pin) is None:
        return "identity.pin_form"
    row = pin in _DIGITS or pin[::-1] in _DIGITS
    repeats = any(pin == pin[:n] * (len(pin) // n) for n in (1, 2, 3, 4) if n < len(pin))
    year = len(pin) == 4 and pin[:2] in ("19", "20")
    return "identity.pin_trivial" if row or repeats or year else None


def hash_pin(pin: str) -> str:
    """The PIN as argon2id with a salt of its own. Slow on purpose: never on an event loop."""
    return _HASHER.hash(pin)


def pin_matches(encoded: str, pin: str) -> bool:
    """Whether `encoded` is of this PIN; False too for a hash that is none. Slow on purpose."""
    try:
        return _HASHER.verify(encoded, pin)
    except (VerificationError, InvalidHashError):
        return False


def new_key() -> str:
    """A fresh key for `keyed`: 256 random bits, in hexadecimal digits."""
    return secrets.token_hex(32)


def keyed(key: str, text: str) -> bytes:
    """HMAC-SHA256 of `text` under a key of `new_key`."""
    return hmac.digest(bytes.fromhex(key), text.encode(), hashlib.sha256)


def badge_hash(key: str, code: str) -> bytes:
    """What is kept of a badge's code. Readers differ in capitals and in what ends a code: neither
    counts."""
    return keyed(key, f"badge:{code.strip().casefold()}")


def same(one: bytes, other: bytes) -> bool:
    """Whether both are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)
