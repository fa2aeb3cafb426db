"""HTTP to a hospital system: few connections, short waits, one kind of error for each fault.

Only logical ids and codes go into addresses, and no address is logged. Redirects are not followed
and nothing is ever sent to another origin: credentials would go with it.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from smartward.errors import BadData, Misconfigured, Refused, Unreachable

FHIR_JSON = "application/fhir+json"
CONNECTIONS = 6
_TIMEOUT = httpx.Timeout(connect=5.0, read=20.0, write=10.0, pool=20.0)
_MOST_BYTES = 64 * 2**20
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: 2xx, 304, 404, 410 or 412; everything else was raised."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    date: datetime | None
    """The server's own time (`Date`), whole seconds."""


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)


def retry_after(headers: Mapping[str, str], date: datetime | None) -> float | None:
    """Seconds to wait by `Retry-After`, which is a number or a date on the server's clock."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    until = _date(text or None)
    if until is None or date is None:
        return None
    return max(0.0, (until - date).total_seconds())


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port."""
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port


class Http:
    """A client for one base URL."""

    def __init__(self, base_url: str, headers: Mapping[str, str], token: str | None = None) -> None:
        """Raises Misconfigured when the address is none."""
        scheme, host, _ = origin(base_url)
        if scheme not in _DEFAULT_PORTS or not host:
            raise Misconfigured("his.url", base_url, url=base_url)
        self.base = base_url.rstrip("/")
        own = dict(headers)
        if token is not None:
            own["Authorization"] = f"Bearer {token}"
        self._client = httpx.AsyncClient(
            headers=own,
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            follow_redirects=False,
            trust_env=False,
        )
        self.requests = 0

    def same_origin(self, url: str) -> bool:
        """Whether an absolute address is on this server."""
        return origin(url) == origin(self.base)

    async def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Reply:
        """GET below the base. Errors as in `send`."""
        return await self.send("GET", f"{self.base}/{path}", params)

    async def follow(self, url: str) -> Reply:
        """GET an address the server gave. Raises BadData when it leads to another server."""
        if not self.same_origin(url):
            raise BadData("his.bad.elsewhere", "a page link leads to another server")
        return await self.send("GET", url)

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
        query = httpx.QueryParams(list(params)) if params else None
        try:
            async with self._client.stream(
                method, url, params=query, content=body, headers=headers
            ) as answer:
                content = await _read(answer)
        except httpx.TimeoutException as error:
            raise Unreachable("his.unreachable.slow", type(error).__name__) from error
        except (httpx.DecodingError, httpx.RemoteProtocolError) as error:
            raise _broken(error) from error
        except httpx.TransportError as error:
            raise Unreachable("his.unreachable.away", type(error).__name__) from error
        return _judged(answer, content)

    async def close(self) -> None:
        """Let go of all connections."""
        with contextlib.suppress(RuntimeError):
            await self._client.aclose()


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


def _judged(answer: httpx.Response, content: bytes) -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    date = _date(headers.get("date"))
    status = answer.status_code
    if status in _BUSY or status >= 500:
        wait = retry_after(headers, date)
        values = {} if wait is None else {"retry_after_s": wait}
        raise Unreachable("his.unreachable.busy", f"HTTP {status}", status=status, **values)
    if 200 <= status < 300 or status in (304, 404, 410, 412):
        return Reply(status, content, headers, date)
    if 300 <= status < 400:
        raise Refused("his.refused.redirect", f"HTTP {status}", status=status)
    key = "his.refused.access" if status in (401, 403) else "his.refused.request"
    raise Refused(key, f"HTTP {status}", status=status)
