"""What a paired screen keeps of its pairing, beside its cache: files that nobody else may read.

`screen.pem` is certificate and key, wrapped where there is a key for that (`wrapping.py`), `token`
the credential, `hub-ca.pem` who is believed to be a hub, `enrolment.json` the rest. The last one is
written last: without it the screen is not paired.
"""

import logging
import os
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from smartward import storage, wrapping
from smartward.screen.house import House
from smartward.wire.pairing import Enrolment, Renewed

log = logging.getLogger("smartward.screen.enrolled")

CERTIFICATE = "screen.pem"
TOKEN = "token"  # a file's name
AUTHORITIES = "hub-ca.pem"
REST = "enrolment.json"
ASKS_DNS = "asks-dns"
"""Empty, beside those of a pairing that is to be made anew: this screen looks for its hub by DNS
again, and the image's firewall (`open_firewall.py`) lets it through to whom DNS names."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The files of a paired screen in its data folder."""

    folder: Path
    what: Enrolment
    bare: bool = False
    """It has no certificate that it could show: most hubs tell it nothing."""

    @property
    def certificate(self) -> Path:
        """Certificate and key (PEM)."""
        return self.folder / CERTIFICATE

    @property
    def shown(self) -> Path | None:
        """The certificate, also where it is yet to come; None where its file can be neither used
        nor set aside."""
        return None if self.bare and self.certificate.exists() else self.certificate

    @property
    def ca(self) -> tuple[Path, ...]:
        """Authorities of the hubs; none where they are reached without TLS."""
        return authorities(self.folder)

    @property
    def token(self) -> Path:
        """The credential."""
        return self.folder / TOKEN


def authorities(folder: Path) -> tuple[Path, ...]:
    """Who was believed to be a hub at the last pairing, whatever else is left of it."""
    file = folder / AUTHORITIES
    return (file,) if file.is_file() and file.stat().st_size else ()


def kept(folder: Path) -> Enrolled | None:
    """What is kept; None where this screen was never paired, or what is kept cannot be read: it is
    paired anew then. It may lack its certificate alone (`bare`)."""
    try:
        what = msgspec.json.decode(folder.joinpath(REST).read_bytes(), type=Enrolment)
        found = Enrolled(folder, what, bare=not _can_show(folder / CERTIFICATE))
        token = found.token.read_text(encoding="ascii").strip()
    except (OSError, ValueError, msgspec.DecodeError):
        return None
    return found if token else None


def ask_dns(folder: Path, *, asks: bool) -> None:
    """Say to the firewall whether this screen, which was paired, looks for its hub by DNS."""
    mark = folder / ASKS_DNS
    try:
        if not asks:
            mark.unlink(missing_ok=True)
        elif (folder / REST).exists():
            mark.touch(mode=0o600)
    except OSError as error:
        log.warning("the firewall is not told whether DNS is asked: %s", error)


def show(context: ssl.SSLContext, certificate: Path) -> None:
    """Have a TLS context show this certificate with its key. Raises OSError, ValueError where they
    cannot be used."""
    if not wrapping.is_wrapped(certificate):
        _show(context, certificate)
        return
    # OpenSSL takes a file alone: one that is in memory, and gone with this.
    with os.fdopen(os.memfd_create(CERTIFICATE), "wb") as opened:
        opened.write(wrapping.read(certificate))
        opened.flush()
        _show(context, Path(f"/proc/self/fd/{opened.fileno()}"))


def _show(context: ssl.SSLContext, certificate: Path) -> None:
    # A key with a password is none of ours: without this somebody would be asked for it.
    context.load_cert_chain(certificate, password=lambda: b"")


def _can_show(certificate: Path) -> bool:
    try:
        show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate)
    except (OSError, ValueError):
        return False
    return True


def keep(folder: Path, what: Enrolment, key: str, house: House) -> None:
    """Keep what the hub gave, with the key of the certificate (PEM), and where it was and who was
    believed. Raises StorageFault."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What it was before is over: no half of it must be taken for a half of what it is now.
        (folder / REST).unlink(missing_ok=True)
        wrapping.write(folder / CERTIFICATE, (what.certificate + key).encode())
        storage.write_whole(folder / TOKEN, what.token.encode())
        storage.write_whole(folder / AUTHORITIES, house.authorities.encode())
        hubs = what.hubs or house.hubs
        bare = msgspec.structs.replace(what, token="", certificate="", hubs=hubs)
        storage.write_whole(folder / REST, msgspec.json.encode(bare))
    except OSError as error:
        raise storage.fault_of(error, folder) from error


def renew(found: Enrolled, given: Renewed, key: str) -> Enrolled:
    """Keep the next certificate. Raises StorageFault."""
    what = _until(found.what, given.renew_at)
    try:
        wrapping.write(found.certificate, (given.certificate + key).encode())
        storage.write_whole(found.folder / REST, msgspec.json.encode(what))
    except OSError as error:
        raise storage.fault_of(error, found.folder) from error
    return Enrolled(found.folder, what)


def _until(what: Enrolment, at: datetime) -> Enrolment:
    return msgspec.structs.replace(what, renew_at=at)
