"""A device's own key: made on the device at its first start, and it never leaves it. It lies
wrapped where this machine has a key for that (`wrapping.py`).

Ed25519. The hub binds the public half to the device's place at the first use; whoever is told of it
by the hub knows what this device signed. The token proves an enrolment, the key the very device.
"""

import base64
import binascii
import logging
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from smartward import storage, wrapping
from smartward.errors import StorageFault

log = logging.getLogger("smartward.device_key")

FILE = "device.key"
"""Its name in the data folder of a screen: 32 bytes, wrapped or not, that nobody else may read."""

_BYTES = 32


class DeviceKey:
    """The private key of this device."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = _text(private.public_key().public_bytes_raw())
        """The public half, as base64url without padding: 43 characters."""

    @classmethod
    def load_or_make(cls, folder: Path) -> "DeviceKey":
        """The key of the device whose data folder this is; made, once and for good, where there is
        none. A file that holds no key (a disk that failed) is set aside and a new one made: the
        hub tells of it. One that is wrapped with a key that this run was not given stays: a run
        that has it is the device again. Raises StorageFault when it can be neither read nor
        kept."""
        file = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            kept = _read(file)
            if kept is None:
                kept = Ed25519PrivateKey.generate().private_bytes_raw()
                wrapping.write(file, kept)
            wrapping.take_over(file)
        except OSError as error:
            raise storage.fault_of(error, file) from error
        return cls(Ed25519PrivateKey.from_private_bytes(kept))

    @classmethod
    def to_be_paired(cls, folder: Path) -> "DeviceKey":
        """The same for a device that asks to be paired: where its key is wrapped with one that is
        not here (a TPM that was cleared, a disk in another machine) it gets another. Raises
        StorageFault."""
        try:
            return cls.load_or_make(folder)
        except StorageFault as fault:
            if not isinstance(fault.__cause__, wrapping.Closed):
                raise
            log.error("%s: a new key is made", fault.__cause__)
            return cls.anew(folder)

    @classmethod
    def anew(cls, folder: Path) -> "DeviceKey":
        """A new key, for a device whose last one another machine has as well. Raises
        StorageFault."""
        file = folder / FILE
        secret = Ed25519PrivateKey.generate().private_bytes_raw()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            wrapping.write(file, secret)
        except OSError as error:
            raise storage.fault_of(error, file) from error
        return cls(Ed25519PrivateKey.from_private_bytes(secret))

    @classmethod
    def passing(cls) -> "DeviceKey":
        """A key that is kept nowhere."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, data: bytes) -> bytes:
        """64 bytes that `verify` knows to be of this device."""
        return self._private.sign(data)


def tls_request() -> tuple[str, str]:
    """A fresh key for TLS (EC P-256, which every terminator knows) and the request for its
    certificate, both as PEM. Its name does not matter: who issues it says whose it is."""
    # What certificates need is 2 MiB of others' modules, and a screen asks once in months.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    asked = request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return secret.decode(), asked.decode()


def verify(public: str, data: bytes, signature: bytes) -> bool:
    """Whether the device with this public key signed exactly this. False too for a key that is
    none."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public))
        key.verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(file: Path) -> bytes | None:
    """The bytes of the key, None where there are none yet. Raises OSError."""
    try:
        kept = wrapping.read(file)
    except FileNotFoundError:
        return None
    except PermissionError:  # of another owner, as after a folder was put back by hand
        kept = b""
    # Nothing but zeros is what a wipe leaves that the power ended, and anybody knows that key.
    if len(kept) != _BYTES or not any(kept):
        aside = file.with_name(f"{FILE}.damaged")
        log.error("%s holds no key: it is set aside as %s, a new one is made", FILE, aside.name)
        file.replace(aside)
        return None
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return kept


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64url") from error
