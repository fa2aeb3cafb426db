"""What stands before a hub's application: which certificate a connection has shown, and whether
that is enough (`hub/certificates.py`).

Two may say what was shown to them: a standby hub, which proves who it is, and, with the setting
`trusts_terminator`, whatever speaks plain HTTP to this hub from this machine: a TLS terminator.
Whoever else says so is refused.
"""

import logging
import ssl
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smartward.clinical.device import ScreenRole
from smartward.hub.access import Access
from smartward.hub.certificates import EXPIRED, HEARSAY, Certificates
from smartward.hub.options import is_loopback

log = logging.getLogger("smartward.certificates")

PEER = "smartward.certificate"
"""Name in a scope's extensions of the fingerprint of the certificate the other end has shown."""
RELAY = "smartward-standby"
"""Header in which a standby hub proves itself where it asks in the name of a screen."""
SHOWN = "smartward-shown"
"""Header in which it says which certificate that screen has shown to it."""
CERTIFICATE = "smartward-certificate"
"""Header in which a TLS terminator passes the certificate itself (PEM, percent-encoded), since it
knows of no SHA-256 of it."""
ACTIONS = "/actions"
"""Where what is touched is posted to."""
CALLS_ONLY = "smartward.calls_only"
"""Key of a scope: who asks has shown its own certificate, and the time of that is over. Whoever
calls needs somebody; nothing but a call is taken from it."""


def fingerprint(certificate: bytes) -> str:
    """Of a certificate as it came over the wire (DER)."""
    return sha256(certificate).hexdigest()


class Gate:
    """Stands before a hub's application: a paired device without its certificate is unknown. What
    was shown to a standby hub is believed of the standby, what was shown to a terminator of the
    terminator where the house `trusts` it."""

    def __init__(
        self, app: ASGIApp, certificates: Certificates, access: Access, *, trusts: bool
    ) -> None:
        self._application = app
        self._certificates = certificates
        self._access = access
        self._trusts = trusts
        self._said = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or say why not."""
        answer = self.refusal(scope)
        await (answer or self._application)(scope, receive, send)

    def refusal(self, scope: Scope) -> Response | None:
        """What is answered to a device that does not show its certificate; None where nothing
        speaks against it, and where it may be a call (`CALLS_ONLY`)."""
        if scope["type"] != "http":
            return None
        headers = Headers(scope=scope)
        if self._terminated(scope):
            passed = _passed(headers.get(CERTIFICATE, ""))
            scope.setdefault("extensions", {})[PEER] = passed
        elif CERTIFICATE in headers:
            return self._hearsay()
        elif scope.get("scheme", "http") != "https":
            return None
        device_id = headers.get("authorization", "").partition(" ")[2].strip().rpartition(".")[0]
        shown = shown_in(scope)
        relay = headers.get(RELAY)
        if relay is not None:
            standby = self._access.authenticate(relay)
            trusted = standby is not None and standby.role is ScreenRole.STANDBY
            shown = headers.get(SHOWN, "") if trusted else ""
        key = self._certificates.refuses(device_id, shown)
        if key == EXPIRED and scope["path"] == ACTIONS and scope["method"] == "POST":
            scope[CALLS_ONLY] = True
            return None
        if key is None or self._access.authenticate(headers.get("authorization")) is None:
            return None  # who shows no token of ours is told so, and forgets its patients
        return refused(key)

    def _terminated(self, scope: Scope) -> bool:
        """Whether this is of a terminator that the house trusts. TLS ends at this hub otherwise,
        and who is not on this machine is no terminator, whatever stands in the settings."""
        client = scope.get("client")
        plain = scope.get("scheme", "http") == "http"
        return self._trusts and plain and client is not None and is_loopback(client[0])

    def _hearsay(self) -> Response:
        """What is answered to who says what was shown to it and is not to be believed."""
        if not self._said:
            self._said = True  # a stranger must not fill the log
            log.warning(
                "refused who says which certificate it was shown (SmartWard-Certificate): if that "
                "is your TLS terminator, let it speak plain HTTP to this hub from this machine and "
                "set trusts_terminator = true; otherwise a program tries to pass for a screen"
            )
        return refused(HEARSAY)


def _passed(escaped: str) -> str:
    """The fingerprint of the certificate that a terminator passes; empty: none, or no certificate
    that could be known."""
    try:
        pem = unquote_to_bytes(escaped).decode("ascii")
        return fingerprint(ssl.PEM_cert_to_DER_cert(pem)) if pem else ""
    except ValueError:
        return ""


def refused(key: str) -> Response:
    """What is answered to a device that is not believed, with the text key of why."""
    return JSONResponse({"error": key}, 401, headers={"WWW-Authenticate": "Bearer"})


def shown_in(scope: Scope) -> str:
    """The fingerprint of the certificate the other end of this connection has shown."""
    shown: str = scope.get("extensions", {}).get(PEER, "")
    return shown
