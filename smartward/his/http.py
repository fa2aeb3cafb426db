"""HTTP to a hospital system: few connections, short waits, one kind of error for each fault.

Only logical ids and codes go into addresses, and no address is logged. Redirects are not followed
and no credentials go to another origin. What is secret is in no `repr` and in no error.
"""

import asyncio
import contextlib
import logging
import re
import ssl
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Protocol
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

import httpx

from smartward import __version__
from smartward.errors import BadData, Misconfigured, Unreachable
from smartward.his import tls
from smartward.his.reply import Reply, date_of, judged

FHIR_JSON = "application/fhir+json"
CONNECTIONS = 6
_TIMEOUT = httpx.Timeout(connect=5.0, read=20.0, write=10.0, pool=20.0)
_LONGEST_S = 60.0
"""An answer that comes drop by drop is none: each drop alone would be in time."""
_MOST_BYTES = 64 * 2**20
_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORM = "application/x-www-form-urlencoded"

# Whatever the level of the log is: their lines hold whole addresses, and httpcore's the headers.
for _noisy in ("httpx", "httpcore"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


def headers() -> dict[str, str]:
    """What every request to a FHIR server says."""
    return {"Accept": FHIR_JSON, "User-Agent": f"SmartWard/{__version__}"}


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port


def checked_address(url: str, setting: str) -> str:
    """The address of a setting. Raises Misconfigured when it is none, or holds a password: it
    would be seen in the process list and in settings files."""
    try:
        scheme, host, _ = origin(url)
    except ValueError:  # no port of a number
        scheme, host = "", ""
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise Misconfigured("his.url_password", setting, setting=setting)
    if scheme not in _DEFAULT_PORTS or not host:
        raise Misconfigured("his.url", setting, setting=setting, url=url)
    return url.rstrip("/")


class Line(Protocol):
    """Requests without credentials, for whoever fetches some."""

    base: str

    async def bare(
        self, method: str, url: str, form: Sequence[tuple[str, str]] | None = None
    ) -> Reply:
        """One request, whatever its status. Raises Unreachable and BadData."""


class Credentials(Protocol):
    """What goes with each request to the hospital system."""

    async def header(self, line: Line) -> str | None:
        """The Authorization header of the next request. Raises as `Http.send` does."""

    def refused(self, header: str) -> bool:
        """The server answered 401 to this header; whether the next one may be another."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a server is reached."""

    credentials: Credentials | None = field(default=None, repr=False)
    trust: tls.Trust = field(default_factory=tls.Trust)
    proxy: str = ""
    """Address of an HTTP proxy; empty: none."""
    proxy_login: tuple[str, str] | None = field(default=None, repr=False)
    rebase_links: bool = False
    """Whether a page link to another server is asked for at ours: a server behind a reverse proxy
    may know itself by another name."""


class Http:
    """A client for one base URL."""

    def __init__(
        self, base_url: str, headers: Mapping[str, str], access: Access | None = None
    ) -> None:
        """Raises Misconfigured when the address is none, or a file of TLS is not right."""
        self.base = checked_address(base_url, "his_url")
        self._access = access or Access()
        self._headers = dict(headers)
        secure = origin(self.base)[0] == "https"
        context = self._access.trust.context() if secure else tls.no_tls()
        self.new_client = partial(self._new_client, context, self._headers)
        """Makes what holds the connections to the server."""
        self._client = self.new_client()
        self._busy: Counter[httpx.AsyncClient] = Counter()
        self._elsewhere: httpx.AsyncClient | None = None
        self.requests = 0

    def _new_client(self, context: ssl.SSLContext, headers: Mapping[str, str]) -> httpx.AsyncClient:
        proxy = None
        if self._access.proxy:
            address = checked_address(self._access.proxy, "his_proxy")
            to_proxy = None
            if origin(address)[0] == "https":
                to_proxy = self._access.trust.context(ourselves=False)
            proxy = httpx.Proxy(address, auth=self._access.proxy_login, ssl_context=to_proxy)
        return httpx.AsyncClient(
            headers=dict(headers),
            verify=context,
            proxy=proxy,
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            follow_redirects=False,
            trust_env=False,
        )

    def same_origin(self, url: str) -> bool:
        """Whether an absolute address is on this server. Raises BadData when it is none."""
        try:
            return origin(url) == origin(self.base)
        except ValueError as error:
            raise BadData("his.bad.elsewhere", "a link is no address") from error

    async def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Reply:
        """GET below the base. Errors as in `send`."""
        return await self.send("GET", f"{self.base}/{path}", params)

    async def search(self, kind: str, params: Sequence[tuple[str, str]]) -> Reply:
        """A search whose conditions are in the body (`_search`): no id is in any address."""
        body = urlencode(list(params)).encode()
        url = f"{self.base}/{kind}/_search"
        return await self.send("POST", url, body=body, headers={"Content-Type": _FORM})

    async def follow(self, url: str) -> Reply:
        """GET an address the server gave; a relative one is below our base. Raises BadData when
        it is none, or leads to another server and is not to be asked for at ours."""
        url = self._absolute(url)
        if not self.same_origin(url):
            if not self._access.rebase_links:
                raise BadData("his.bad.elsewhere", "a page link leads to another server")
            url = self._at_ours(url)
        return await self.send("GET", url)

    def _absolute(self, url: str) -> str:
        """FHIR's addresses are relative to the base of the service (R4, 2.6.3)."""
        if url.startswith("?"):
            return f"{self.base}{url}"
        try:
            return urljoin(f"{self.base}/", url)
        except ValueError as error:
            raise BadData("his.bad.elsewhere", "a link is no address") from error

    def _at_ours(self, url: str) -> str:
        """The same page at our base: its query, below the resource type where it names one."""
        there, ours = urlsplit(url), urlsplit(self.base)
        path = there.path
        if path != ours.path and not path.startswith(f"{ours.path}/"):
            last = path.rstrip("/").rpartition("/")[2]
            path = f"{ours.path}/{last}" if re.fullmatch("[A-Z][A-Za-z]+", last) else ours.path
        return urlunsplit((ours.scheme, ours.netloc, path, there.query, ""))

    async def bare(
        self, method: str, url: str, form: Sequence[tuple[str, str]] | None = None
    ) -> Reply:
        """See Line. Another origin is told neither our headers nor our certificate."""
        headers = {"Accept": "application/json"}
        body = None
        if form is not None:
            headers["Content-Type"] = _FORM
            body = urlencode(list(form)).encode()
        client = self._client if self.same_origin(url) else self._other_client()
        return await _exchange(client, method, url, body=body, headers=headers)

    def _other_client(self) -> httpx.AsyncClient:
        if self._elsewhere is None:
            context = self._access.trust.context(ourselves=False)
            self._elsewhere = self._new_client(context, {})
        return self._elsewhere

    async def send(
        self,
        method: str,
        url: str,
        params: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request. Raises Unreachable (no answer, busy, 5xx), Refused (4xx), BadData."""
        self.requests += 1
        reply, used = await self._send_once(method, url, params, body, headers)
        if reply.status == 401 and self._renewed(used):
            # A token may end before its time. Refused so, nothing was done: it may be sent again.
            reply, _ = await self._send_once(method, url, params, body, headers)
        return judged(reply)

    def _renewed(self, used: str | None) -> bool:
        credentials = self._access.credentials
        return credentials is not None and used is not None and credentials.refused(used)

    async def _send_once(
        self,
        method: str,
        url: str,
        params: Sequence[tuple[str, str]],
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[Reply, str | None]:
        credentials = self._access.credentials
        used = await credentials.header(self) if credentials is not None else None
        own = dict(headers or {})
        if used is not None:
            own["Authorization"] = used
        client = self._client
        self._busy[client] += 1
        try:
            reply = await _exchange(client, method, url, params, body, own)
        finally:
            self._busy[client] -= 1
            await self._let_go(client)
        return reply, used

    async def hang_up(self) -> None:
        """Use none of the connections again: one gave an answer to something else. A stray answer
        in one of them shifts every later one, and nothing in an answer tells what was asked."""
        before, self._client = self._client, self.new_client()
        await self._let_go(before)

    async def _let_go(self, client: httpx.AsyncClient) -> None:
        """Close what is not to be used again, once nobody waits for it."""
        if self._busy[client] == 0:
            del self._busy[client]
            if client is not self._client:
                await client.aclose()

    async def close(self) -> None:
        """Let go of all connections."""
        with contextlib.suppress(RuntimeError):
            await self._client.aclose()
            if self._elsewhere is not None:
                await self._elsewhere.aclose()


@lru_cache(maxsize=256)
def _parsed(url: str, params: tuple[tuple[str, str], ...]) -> httpx.URL:
    return httpx.URL(url, params=list(params)) if params else httpx.URL(url)


def _address(url: str, params: Sequence[tuple[str, str]]) -> httpx.URL:
    """Where to ask. A quiet ward is asked the same again and again: each address is made once."""
    return _parsed(url, tuple(params))


async def _exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    params: Sequence[tuple[str, str]] = (),
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One request and its answer, whatever its status. Raises Unreachable and BadData."""
    try:
        async with (
            asyncio.timeout(_LONGEST_S),
            client.stream(method, _address(url, params), content=body, headers=headers) as answer,
        ):
            content = await _read(answer)
    except (httpx.TimeoutException, TimeoutError) as error:
        raise Unreachable("his.unreachable.slow", type(error).__name__) from error
    except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
        raise _broken(error) from error
    except httpx.InvalidURL as error:
        raise BadData("his.bad.elsewhere", "a link is no address") from error
    except httpx.ProxyError as error:
        raise Unreachable("his.unreachable.proxy", str(error), reason=str(error)) from error
    except httpx.TransportError as error:
        raise _away(error, url) from error
    lowered = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, content, lowered, date_of(lowered.get("date")))


def _away(error: httpx.TransportError, url: str) -> Unreachable:
    why = tls.failure(error)
    if why is not None:
        return Unreachable("his.unreachable.tls", why, reason=why)
    if isinstance(error, httpx.ReadError | httpx.WriteError) and url.startswith("https:"):
        # So ends, with TLS 1.3, a server that wants a certificate and is shown none.
        return Unreachable("his.unreachable.hung_up", type(error).__name__)
    return Unreachable("his.unreachable.away", type(error).__name__)


async def _read(answer: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > _MOST_BYTES:
            raise BadData("his.bad.too_long", f"more than {_MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _broken(error: Exception) -> Unreachable | BadData:
    # A connection that closes before any answer is an absent server, one within it a broken answer.
    if "without sending" in str(error):
        return Unreachable("his.unreachable.away", type(error).__name__)
    return BadData("his.bad.cut", type(error).__name__)
