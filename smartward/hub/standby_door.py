"""The HTTP door of a standby hub: what a screen asks is answered here, or passed on to the hub."""

import asyncio
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from smartward.errors import Unreachable
from smartward.hub.gate import shown_in
from smartward.hub.standby_request import Relayed, first, once_more, read_body, waits
from smartward.hub.standby_serving import AloneHub, Following
from smartward.hub.standby_source import Source
from smartward.tasks import Tasks
from smartward.wire import health

_HOLD_S = 4.0
"""A screen's request waits so long for the hub's answer, or for this hub to act alone."""
_RELAYED = frozenset({"/actions", "/inputs", "/staff/identify"})
_ALONE = _RELAYED | {"/feed", "/feed/may", health.PATH, "/metrics", "/openapi.json"}
"""What is answered while this hub acts alone. All else waits for the hub: who is one of the ward's
and where, who has which certificate, and test calls are the hub's to say, for what would be said of
them here is thrown away when it is back."""


class Serving(Protocol):
    """What stands behind the door now."""

    @property
    def alone(self) -> AloneHub | None:
        """The hub of its own that it is while its hub is away."""

    @property
    def following(self) -> Following | None:
        """The replica, while it follows."""

    @property
    def shut(self) -> bool:
        """Nobody is served: the hub lives and does not know this standby."""

    def state(self) -> dict[str, Any]:
        """Named states; `ok` among them."""

    async def wait_alone(self) -> None:
        """Returns once it acts alone."""


class StandbyDoor:
    """The ASGI application of a standby."""

    def __init__(self, serving: Serving, source: Source) -> None:
        self._serving = serving
        self._source = source
        self._tasks = Tasks()

    async def stop(self) -> None:
        """Pass nothing on any more."""
        await self._tasks.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request of a screen."""
        if scope["type"] != "http":
            return
        path, posted = scope["path"], scope["method"] == "POST"
        alone, following = self._serving.alone, self._serving.following
        if path == "/health":
            state = self._serving.state()
            answer: Response = JSONResponse(state, status_code=200 if state["ok"] else 503)
            await answer(scope, receive, send)
        elif self._serving.shut:
            await waits()(scope, receive, send)
        elif alone is not None and path in _ALONE:
            await alone.application(scope, receive, send)
        elif following is not None and (refused := following.gate.refusal(scope)) is not None:
            await refused(scope, receive, send)
        elif posted and path in _RELAYED:
            await self._pass_on(scope, receive, send)
        elif path == "/feed" and following is not None:
            await self._serve_feed(following, scope, receive, send)
        else:
            await waits()(scope, receive, send)

    async def _serve_feed(
        self, following: Following, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Who gets no data at the hub gets none here; the replica alone cannot tell two machines
        with one identity apart. A hub that does not answer is away in a moment: then we judge."""
        asked = await self._relay("/feed/may", scope, b"")
        if asked is not None and asked[0] in (401, 409):
            await Response(asked[2], asked[0], media_type=asked[1])(scope, receive, send)
        else:
            await following.serve_feed(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """To the hub, in the screen's name; should this hub act alone before the hub has answered,
        it takes the same itself."""
        body = await read_body(Request(scope, receive))
        if body is None:
            too_long = JSONResponse({"error": "action.too_long"}, status_code=413)
            await too_long(scope, receive, send)
            return
        passing = self._tasks.spawn(self._relay(scope["path"], scope, body), "pass on")
        waiting = self._tasks.spawn(self._serving.wait_alone(), "wait until alone")
        try:
            async with asyncio.timeout(_HOLD_S):
                answer = await first(passing, waiting)
        except TimeoutError:
            answer = None
        finally:
            passing.cancel()
            waiting.cancel()
        alone = self._serving.alone
        if answer is not None:
            status, kind, content = answer
            await Response(content, status, media_type=kind or None)(scope, receive, send)
        elif alone is not None:
            await alone.application(scope, once_more(body, receive), send)
        else:
            await waits()(scope, receive, send)

    async def _relay(self, path: str, scope: Scope, body: bytes) -> Relayed | None:
        try:
            return await self._source.relay(path, scope["headers"], body, shown_in(scope))
        except Unreachable:
            return None
