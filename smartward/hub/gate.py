"""What stands before a hub's application: which certificate a connection has shown, and whether
that is enough (`hub/certificates.py`)."""

from hashlib import sha256

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smartward.clinical.device import ScreenRole
from smartward.hub.access import Access
from smartward.hub.certificates import EXPIRED, Certificates

PEER = "smartward.certificate"
"""Name in a scope's extensions of the fingerprint of the certificate the other end has shown."""
RELAY = "smartward-standby"
"""Header in which a standby hub proves itself where it asks in the name of a screen."""
SHOWN = "smartward-shown"
"""Header in which it says which certificate that screen has shown to it."""
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
    was shown to a standby hub is believed of the standby."""

    def __init__(self, app: ASGIApp, certificates: Certificates, access: Access) -> None:
        self._application = app
        self._certificates = certificates
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or say why not."""
        answer = self.refusal(scope)
        await (answer or self._application)(scope, receive, send)

    def refusal(self, scope: Scope) -> Response | None:
        """What is answered to a device that does not show its certificate; None where nothing
        speaks against it, and where it may be a call (`CALLS_ONLY`)."""
        if scope["type"] != "http" or scope.get("scheme", "http") != "https":
            return None
        headers = Headers(scope=scope)
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


def refused(key: str) -> Response:
    """What is answered to a device that is not believed, with the text key of why."""
    return JSONResponse({"error": key}, 401, headers={"WWW-Authenticate": "Bearer"})


def shown_in(scope: Scope) -> str:
    """The fingerprint of the certificate the other end of this connection has shown."""
    shown: str = scope.get("extensions", {}).get(PEER, "")
    return shown
