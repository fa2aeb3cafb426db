"""The key that is not on this disk, and files that are wrapped with it.

Where the service manager has one for this run (of this machine's TPM:
packaging/data-on-screens.md), what proves who a device is lies wrapped: whoever has the disk alone
cannot speak as the device. Without one such a file lies as it is.
"""

import logging
import os
from pathlib import Path
from typing import Any

from smartward import storage

log = logging.getLogger("smartward.wrapping")

KEY_BYTES = 32
NONCE_BYTES = 12
"""A nonce is drawn at random for each sealing. At 2^32 sealings with one key two of them are the
same with a probability below 2^-32 (NIST SP 800-38D, 8.3, sets this bound); a station that seals 60
rows in each second of a stay gets there after 2.2 years."""
CREDENTIAL = "smartward-keys"
"""What the service manager calls it (systemd credentials)."""

_MAGIC = b"SmartWard wrapped 1\n"
_FORMER = ".plain"
"""Of the name of a file that lay here unwrapped, until it is overwritten."""


class Closed(OSError):
    """A file is wrapped with a key that this run was not given."""


def cipher_of(secret: bytes) -> Any:
    """What seals with this key: ChaCha20-Poly1305 (RFC 8439): fast also on small boards that have
    no AES of their own, and it tells nothing by its timing there."""
    # Not by the public name, whose package loads every other cipher, too: 5 ms before the first
    # frame instead of 10. Nor before there is something to open.
    from cryptography.hazmat.bindings._rust import openssl

    return openssl.aead.ChaCha20Poly1305(secret)


def invalid_tag() -> type[Exception]:
    """What opening raises where something was not sealed so."""
    from cryptography.exceptions import InvalidTag

    return InvalidTag


def wrapping_key() -> bytes | None:
    """The key that the service manager took out of this machine's TPM for this run (a systemd
    credential: packaging/data-on-screens.md); None where there is none."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        return None
    try:
        found = Path(folder, CREDENTIAL).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        log.error("the key that wraps the key file cannot be read: %s", error)
        return None
    if len(found) != KEY_BYTES:
        log.error("the key that wraps the key file has %d bytes, not %d", len(found), KEY_BYTES)
        return None
    return found


def read(file: Path) -> bytes:
    """What a file holds, wrapped or not. Raises Closed where this run lacks its key, and OSError.
    A wrapped one that has been changed cannot be told from one whose key is not here."""
    raw = file.read_bytes()
    if not raw.startswith(_MAGIC):
        return raw
    key, body = wrapping_key(), raw[len(_MAGIC) :]
    if key is None:
        raise Closed(f"{file.name} is wrapped, and the key for it is not here")
    try:
        opened: bytes = cipher_of(key).decrypt(
            body[:NONCE_BYTES], body[NONCE_BYTES:], file.name.encode()
        )
    except (invalid_tag(), ValueError) as error:
        raise Closed(f"{file.name} is wrapped with a key that is not here") from error
    return opened


def write(file: Path, content: bytes) -> None:
    """Write all of it or nothing, wrapped where there is a key for it. Raises OSError."""
    key = wrapping_key()
    if key is not None:
        nonce = os.urandom(NONCE_BYTES)
        content = _MAGIC + nonce + cipher_of(key).encrypt(nonce, content, file.name.encode())
    storage.write_whole(file, content)


def is_wrapped(file: Path) -> bool:
    """Whether more than this disk is needed to read it. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC


def former(file: Path) -> Path:
    """Where a file that lay here unwrapped is found until it is overwritten: the same bytes, as
    long as the file itself is not wrapped."""
    return file.with_name(file.name + _FORMER)


def take_over(file: Path) -> None:
    """A file that lies here unwrapped is wrapped from now on where there is a key for it, and what
    it was is overwritten where it lay; after a power cut the next time goes on with it. What the
    disk does not take now is tried again then."""
    if wrapping_key() is None:
        return
    lay = former(file)
    try:
        if not is_wrapped(file):
            # Under two names, so that it can be found once its own is the wrapped one's.
            lay.unlink(missing_ok=True)
            os.link(file, lay)
            write(file, file.read_bytes())
        if lay.exists():
            storage.overwrite(lay)
            storage.sync(file.parent)
    except FileNotFoundError:
        return  # none yet
    except OSError as error:
        log.error("%s cannot be wrapped: %s", file.name, error)
