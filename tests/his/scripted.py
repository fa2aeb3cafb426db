"""A line between client and server inside this process, with faults at chosen requests.

httpx's own lowest layer is what is replaced, so everything of the client above the socket is the
real one, whatever it builds its connections with. Time is the clock of the test: a delay moves it.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import httpx

from tests.fakes.fake_clock import ManualClock

HOST = "hospital.invalid"
URL = f"http://{HOST}/fhir"
_HTML = b"<!DOCTYPE html><html><body><h1>Gateway</h1></body></html>"


class Fault(StrEnum):
    """What can become of one request. The names are those of the real proxy, too."""

    DELAY = "delay"
    STALL = "stall"
    LOST_REQUEST = "lost-request"
    LOST_ANSWER = "lost-answer"
    TWICE = "twice"
    REORDER = "reorder"
    CUT = "cut"
    SHORT = "short"
    ERROR = "error"
    BUSY = "busy"
    REFUSED = "refused"
    NOT_FOUND = "not-found"
    HTML = "html"
    WRONG_PAGE = "wrong-page"
    AHEAD = "ahead"
    BEHIND = "behind"
    FAR_AHEAD = "far-ahead"
    FAR_BEHIND = "far-behind"


INSTEAD: dict[Fault, tuple[int, bytes, dict[str, str]]] = {
    Fault.ERROR: (500, b'{"resourceType":"OperationOutcome"}', {}),
    Fault.BUSY: (503, b"", {"Retry-After": "1"}),
    Fault.REFUSED: (403, b'{"resourceType":"OperationOutcome"}', {}),
    Fault.NOT_FOUND: (404, _HTML, {"Content-Type": "text/html"}),
    Fault.HTML: (200, _HTML, {"Content-Type": "text/html"}),
}
"""What is answered in the server's place: status, body, headers."""
SKEWS = {
    Fault.AHEAD: timedelta(seconds=90),
    Fault.BEHIND: timedelta(seconds=-90),
    Fault.FAR_AHEAD: timedelta(hours=3),
    Fault.FAR_BEHIND: timedelta(hours=-3),
}
"""By how much an answer's `Date` is wrong, as of a node whose clock is."""
_CUT = "peer closed connection without sending complete message body"
_SILENT = "Server disconnected without sending a response."


def skewed(date: str, by: timedelta) -> str:
    """An HTTP date moved."""
    return format_datetime(parsedate_to_datetime(date) + by, usegmt=True)


class Line:
    """The way to one server. `faults` and `meanwhile` are by number of the request, from 1."""

    def __init__(self, app: Any, clock: ManualClock, page: int | None = None) -> None:
        """`page`: the most resources the server gives in one page, whatever is asked for."""
        self._to = httpx.ASGITransport(app=app)
        self._clock = clock
        self._page = page
        self.asked = 0
        self.faults: dict[int, Fault] = {}
        self.meanwhile: dict[int, Callable[[], None]] = {}
        self.met: set[Fault] = set()
        self._answers: deque[tuple[str, httpx.Response]] = deque(maxlen=12)
        self._under_way = 0
        self._answered = asyncio.Event()

    def begin(self, faults: dict[int, Fault], meanwhile: dict[int, Callable[[], None]]) -> None:
        """Count requests from 1 again, with these faults."""
        self.asked, self.faults, self.meanwhile = 0, faults, meanwhile

    async def send(self, request: httpx.Request) -> httpx.Response:
        """What `httpx.AsyncHTTPTransport.handle_async_request` does."""
        self.asked += 1
        fault = self.faults.get(self.asked)
        happens = self.meanwhile.pop(self.asked, None)
        self._under_way += 1
        try:
            answer = await self._one(request, fault)
        finally:
            self._under_way -= 1
            self._answered.set()
        if happens is not None:
            happens()
        return answer

    async def _one(self, request: httpx.Request, fault: Fault | None) -> httpx.Response:
        if fault is not None:
            self.met.add(fault)
        match fault:
            case Fault.LOST_REQUEST:
                raise httpx.ConnectError("connection refused")
            case Fault.STALL:
                self._clock.advance(25)
                raise httpx.ReadTimeout("no answer")
            case Fault.ERROR | Fault.BUSY | Fault.REFUSED | Fault.NOT_FOUND | Fault.HTML:
                status, body, headers = INSTEAD[fault]
                date = format_datetime(self._clock.now(), usegmt=True)
                return httpx.Response(status, content=body, headers={**headers, "Date": date})
            case Fault.TWICE:
                await self._ask(request)
        answer = await self._ask(request)
        return await self._spoilt(request, answer, fault)

    async def _spoilt(
        self, request: httpx.Request, answer: httpx.Response, fault: Fault | None
    ) -> httpx.Response:
        kind = request.url.path.split("/")[2]
        earlier = [one for its, one in self._answers if its == kind]
        self._answers.append((kind, answer))
        match fault:
            case Fault.LOST_ANSWER:
                raise httpx.RemoteProtocolError(_SILENT)
            case Fault.CUT:
                raise httpx.RemoteProtocolError(_CUT)
            case Fault.SHORT:
                return _with(answer, body=answer.content[: len(answer.content) // 2])
            case Fault.WRONG_PAGE if earlier:
                return _with(earlier[0])
            case Fault.DELAY:
                self._clock.advance(15)
            case Fault.REORDER:
                await self._let_another_pass()
        if fault in SKEWS and "date" in answer.headers:
            return _with(answer, date=skewed(answer.headers["date"], SKEWS[fault]))
        return _with(answer)

    async def _let_another_pass(self) -> None:
        """Hold this answer until another one has gone by, where another is under way."""
        if self._under_way > 1:
            self._answered.clear()
            await self._answered.wait()

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if self._page is not None and "_count" in url.params:
            url = url.copy_set_param("_count", str(min(self._page, int(url.params["_count"]))))
        sent = httpx.Request(
            request.method, url, headers=request.headers, content=await request.aread()
        )
        answer = await self._to.handle_async_request(sent)
        await answer.aread()
        return answer


def _with(
    answer: httpx.Response, body: bytes | None = None, date: str | None = None
) -> httpx.Response:
    """A fresh answer: one that was read cannot be handed out again."""
    headers = dict(answer.headers)
    if date is not None:
        headers["date"] = date
    headers.pop("content-length", None)
    content = answer.content if body is None else body
    return httpx.Response(answer.status_code, content=content, headers=headers)


@contextlib.contextmanager
def lines(found: dict[str, Line]) -> Iterator[None]:
    """Within it, what goes to these hosts takes these lines; nothing leaves the process."""

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return await found[urlsplit(str(request.url)).hostname or ""].send(request)

    async def nothing(self: httpx.AsyncHTTPTransport, *ignored: object) -> None:
        return None

    def made(self: httpx.AsyncHTTPTransport, **ignored: object) -> None:
        """No certificates are read for sockets that are never opened."""

    with mock.patch.multiple(
        httpx.AsyncHTTPTransport,
        __init__=made,
        __aexit__=nothing,
        aclose=nothing,
        handle_async_request=handle,
    ):
        yield
