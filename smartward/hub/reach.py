"""What a hub's settings name outside of it, tried before it starts: its certificate, its database,
the ward's hubs. For `smartward check`, in its words; nothing is changed anywhere."""

import http.client
import json
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from smartward.config import Settings
from smartward.errors import SmartWardError
from smartward.hub.store.opening import tried

FAULTS = ("MISSING", "UNREADABLE", "EXPIRED", "SOON", "STRANGE", "REFUSED", "AWAY", "UNTRUSTED")
"""What the result of a trial begins with that found something wrong."""

_WITHIN_S = 3.0
_SOON = timedelta(days=30)
_LONGEST = 65536


def reached(settings: Settings, ca: Path | None, now: datetime) -> Iterator[tuple[str, str]]:
    """What was tried, with what was found. `ca`: the authority that the screens trust."""
    if settings.tls_cert:
        yield "certificate", _certificate(Path(settings.tls_cert), ca, now)
    if settings.store_url:
        yield "database", _database(settings)
    for url in filter(None, (one.strip() for one in settings.hub_urls.split(","))):
        yield url, _hub(url, ca)


def _certificate(file: Path, ca: Path | None, now: datetime) -> str:
    if not file.is_file():
        return f"MISSING: {file}; make it with smartward hub --init"
    try:
        own = x509.load_pem_x509_certificate(file.read_bytes())
        house = None if ca is None else x509.load_pem_x509_certificate(ca.read_bytes())
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        return f"UNREADABLE: {error}"
    until = own.not_valid_after_utc
    told = f"until {until:%Y-%m-%d}, for {', '.join(str(name.value) for name in names)}"
    if house is not None and not _signed(own, house):
        return f"STRANGE: {ca} has not signed it, so no screen believes it; {told}"
    if until <= now:
        return f"EXPIRED: {told}; make a new one with smartward hub --init"
    if until - now < _SOON:
        return f"SOON: only {told}; make a new one with smartward hub --init"
    return told


def _signed(own: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        own.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _database(settings: Settings) -> str:
    try:
        return f"reached, {tried(settings)}"
    except SmartWardError as error:
        kind = "AWAY" if error.key == "storage.away" else "REFUSED"
        return f"{kind}: {error.detail or error.key}"


def _hub(url: str, ca: Path | None) -> str:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=ca)
            line: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=_WITHIN_S, context=context
            )
        else:
            line = http.client.HTTPConnection(host, port, timeout=_WITHIN_S)
        try:
            line.request("GET", "/health")
            told = json.loads(line.getresponse().read(_LONGEST))
        finally:
            line.close()
    except ssl.SSLCertVerificationError as error:
        return f"UNTRUSTED: {error.verify_message}; name its authority with --ca"
    except (OSError, http.client.HTTPException) as error:
        return f"AWAY: {error}"
    except ValueError:
        told = None
    if not isinstance(told, dict) or "ok" not in told:
        return "STRANGE: what answers there is no hub"
    return "answers" if told["ok"] else "answers, and is not well: see its /health"
