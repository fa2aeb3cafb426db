"""Where a hub is, how this device is known to it, and who is believed to be one."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from smartward.errors import Misconfigured
from smartward.screen import enrolled

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Where the hub is and how this device is known to it."""

    url: str
    token: str
    ca: Path | tuple[Path, ...] = ()
    """Certificates of the authorities that speak for the hubs; without any the machine's."""
    others: tuple[str, ...] = ()
    """Addresses of the ward's further hubs, in order."""
    silent_s: float = 2.5
    """One hub of several that says nothing for so long is left."""
    certificate: Path | None = None
    """This device's certificate with its key (PEM), where it was paired. While the file is not
    there, none is shown."""
    start: Mapping[str, str] = field(default_factory=dict)
    """Headers that tell this start of this program on this machine (`wire/start.py`)."""

    def at(self, url: str) -> "Hub":
        """Another hub of the ward, to which this device is known in the same way."""
        return replace(self, url=url, others=())

    def check(self) -> None:
        """Raises Misconfigured for an address or a certificate that can never work."""
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL as error:
            raise Misconfigured("screen.bad_hub", str(error), url=self.url) from error
        if url.scheme not in ("http", "https") or not url.host:
            raise Misconfigured("screen.bad_hub", "no http(s)://host", url=self.url)
        self.trust()

    def trust(self) -> ssl.SSLContext | bool:
        """Who is believed, and what is shown to them. Raises Misconfigured."""
        files = (self.ca,) if isinstance(self.ca, Path) else self.ca
        if not files and self.certificate is None:
            return True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not files:
            context.load_default_certs()
        if self.certificate is not None:
            self.show(context)
        for file in files:
            try:
                context.load_verify_locations(cafile=file)
            except (OSError, ssl.SSLError, ValueError) as error:
                raise Misconfigured("screen.bad_ca", str(error), file=str(file)) from error
        return context

    def show(self, context: ssl.SSLContext) -> None:
        """Have new connections show the certificate as it is kept now. Raises Misconfigured."""
        if self.certificate is None or not self.certificate.exists():
            return
        try:
            enrolled.show(context, self.certificate)
        except (OSError, ValueError) as error:
            file = str(self.certificate)
            raise Misconfigured("screen.bad_ca", str(error), file=file) from error

    def client(self, trust: ssl.SSLContext | bool | None = None) -> httpx.AsyncClient:
        """A client for few connections; `trust` where it is shared with others. Raises
        Misconfigured for a bad address or certificate."""
        self.check()
        verify = self.trust() if trust is None else trust
        try:
            return httpx.AsyncClient(
                base_url=self.url,
                headers={"Authorization": f"Bearer {self.token}", **self.start},
                timeout=_TIMEOUT_S,
                limits=httpx.Limits(max_connections=4, keepalive_expiry=60.0),
                verify=verify,
                trust_env=False,
            )
        except (OSError, ValueError) as error:
            raise Misconfigured("screen.bad_hub", str(error), url=self.url) from error
