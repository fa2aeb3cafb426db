"""The hub's own authority for screens: it signs a short-lived certificate for the key of a device.

Nothing outside a house trusts it, and what it signs is worth something only while the store knows
of it (`hub/certificates.py`).
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from smartward.errors import BadData, StorageFault
from smartward.hub import tls

log = logging.getLogger("smartward.authority")

STEM = "device-ca"
"""Name of its two files in the folder `tls` of the hub's data folder."""

_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate of a device."""

    pem: str
    fingerprint: str
    """SHA-256 over the whole of it, in hexadecimal digits."""
    not_after: datetime
    authority: str
    """The certificate (PEM) of who signed it."""


class Authority:
    """Signs for the devices of one hub. Its key is made at the first use."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the hub's data folder."""
        self._folder = folder / "tls"
        self._kept: tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None = None

    def issue(self, asked: str, device_id: str, now: datetime, days: float) -> Issued:
        """A certificate for the key of a certificate request (PEM), as the device `device_id`,
        whatever name the request has. Raises BadData for a request that is none, or of another kind
        of key than EC P-256, StorageFault where our own key can be neither read nor kept."""
        public = _key_of(asked)
        key, ca = self._own(now)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device_id)])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        signed = (
            tls.builder(name, ca.subject, public, now, days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(tls.usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
            .add_extension(issuer, critical=False)
            .sign(key, hashes.SHA256())
        )
        return Issued(
            pem=tls.pem(signed).decode(),
            fingerprint=signed.fingerprint(hashes.SHA256()).hex(),
            not_after=signed.not_valid_after_utc,
            authority=tls.pem(ca).decode(),
        )

    def certificate(self) -> str | None:
        """Ours (PEM), as it is kept; None before the first use, and where it cannot be read."""
        file = self._folder / f"{STEM}.pem"
        try:
            found = x509.load_pem_x509_certificate(file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.error("our own authority for screens cannot be read: %s: %s", file.name, error)
            return None
        return tls.pem(found).decode()

    def _own(self, now: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        if self._kept is None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._kept = tls.authority(self._folder, now, STEM, "SmartWard device CA")
            except (OSError, ValueError) as error:
                raise StorageFault("pairing.authority", str(error)) from error
        return self._kept


def _key_of(asked: str) -> ec.EllipticCurvePublicKey:
    if len(asked) > _LONGEST:
        raise BadData("pairing.bad_request", "the certificate request is too long")
    try:
        request = x509.load_pem_x509_csr(asked.encode())
        key = request.public_key()
        genuine = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise BadData("pairing.bad_request", type(error).__name__) from error
    if not genuine:
        raise BadData("pairing.bad_request", "the certificate request is not signed by its key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadData("pairing.bad_request", "the key is of another kind than EC P-256")
    return key
