"""The authorities by which screens know this hub, given to those that nobody has told whom to
believe (`GET /pairing`). They believe them once a person has typed the hub's number
(`wire/pairing.py`).
"""

import logging
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub import tls

log = logging.getLogger("smartward.pairing")

_NO = (OSError, ValueError)


def authorities(settings: Settings, folder: Path) -> str:
    """Certificates (PEM) of the file that `tls_ca` names, else of what `hub --init` made in the
    hub's data folder; empty where there are none that signed our own certificate. Where a
    terminator speaks TLS for us nobody here knows which that is. Raises Misconfigured for a
    `tls_ca` that no screen could use."""
    file = Path(settings.tls_ca) if settings.tls_ca else folder / "tls" / "ca.pem"
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except FileNotFoundError as error:
        if not settings.tls_ca:
            return ""
        raise Misconfigured("hub.tls_file", str(error), setting="tls_ca", file=str(file)) from error
    except _NO as error:
        raise Misconfigured("hub.tls_ca", str(error), file=str(file)) from error
    if not settings.tls_cert or _signed(Path(settings.tls_cert), found):
        # Written anew: whatever else stands in the file is nobody's business.
        return "".join(tls.pem(one).decode() for one in found)
    if settings.tls_ca:
        raise Misconfigured("hub.tls_ca", "signed by none of them", file=str(file))
    log.info("screens that look for a hub by DNS are given no authority: set tls_ca")
    return ""


def _signed(file: Path, found: list[x509.Certificate]) -> bool:
    """Whether one of these signed the last certificate of the chain in the file, or is it."""
    try:
        last = x509.load_pem_x509_certificates(file.read_bytes())[-1]
    except _NO:
        return False  # the listener says what is wrong with it
    return last in found or any(_is_of(last, one) for one in found)


def _is_of(signed: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        signed.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
