"""`smartward hub --init`: a certificate authority of the house, and the hub's certificate."""

import ipaddress
import os
import re
import socket
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from smartward.errors import Misconfigured
from smartward.hub.options import Options
from smartward.storage import write_whole

_CA_DAYS = 3650
_HUB_DAYS = 825
"""The longest that common TLS clients accept of a server's certificate."""
_PURPOSES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
"""The second one is for what stands on a hub's host and speaks to another hub's: nginx."""
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def make_certificates(options: Options, now: datetime) -> dict[str, str]:
    """Make `tls/` in the data folder; gives the paths. The CA, once made, is kept and signs a new
    certificate of the hub each time: screens that trust it need not be told again.

    Raises Misconfigured when the folder cannot be written, its CA cannot be read, or a name is
    none by which a screen can call the hub.
    """
    folder = options.data_dir / "tls"
    for name in options.names:
        _may_be_called(name)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ca_key, ca = authority(folder, now)
        key, certificate = _hub(ca_key, ca, _names(options), now)
        write_key(folder / "hub.key", key)
        folder.joinpath("hub.pem").write_bytes(pem(certificate))
    except (OSError, ValueError) as error:
        raise Misconfigured("hub.data_dir", str(error), folder=str(folder)) from error
    return {
        "ca": str(folder / "ca.pem"),
        "tls_cert": str(folder / "hub.pem"),
        "tls_key": str(folder / "hub.key"),
    }


def _names(options: Options) -> list[str]:
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), *options.names]
    if options.settings.host not in ("0.0.0.0", "::"):
        names.append(options.settings.host)
    return list(dict.fromkeys(names))


def _may_be_called(name: str) -> None:
    """Raises Misconfigured for an address with its https:// or port, and the like: such a
    certificate would be made, and fit nothing."""
    try:
        ipaddress.ip_address(name)
    except ValueError as error:
        if not _HOST_NAME.fullmatch(name):
            raise Misconfigured("hub.tls_name", name, name=name) from error


def authority(
    folder: Path, now: datetime, stem: str = "ca", called: str = "SmartWard house CA"
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The authority kept in `folder` under the name `stem`, made where there is none. Raises
    OSError, and ValueError where what is kept there is none."""
    key_file, file = folder / f"{stem}.key", folder / f"{stem}.pem"
    if key_file.exists() and file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the CA's key is of another kind")
        return key, x509.load_pem_x509_certificate(file.read_bytes())
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    certificate = (
        builder(name, name, made.public_key(), now, _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .sign(made, hashes.SHA256())
    )
    # One cut short would be in the way of every pairing.
    write_whole(key_file, _secret(made))
    write_whole(file, pem(certificate), 0o644)
    return made, certificate


def _hub(
    ca_key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, names: list[str], now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SmartWard hub")])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    certificate = (
        builder(name, ca.subject, key.public_key(), now, _HUB_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        .add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return key, certificate


def builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: float,
) -> x509.CertificateBuilder:
    """A certificate that begins a day before `now`, for clocks that go behind."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def usage(*, signs: bool) -> x509.KeyUsage:
    """What a key is for: to sign certificates, or to prove who speaks."""
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate as it is written."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a key that nobody else may read. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_secret(key))


def _secret(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
