"""Actions up: what was touched is sent to the hub, one after the other, until it is answered.

Where the ward has several hubs, one that does not answer an action in 1.5 s is left for the next.
"""

import asyncio
import logging
from collections.abc import Callable
from random import Random

import httpx
import msgspec

from smartward.clock import Clock
from smartward.log import Edge
from smartward.screen import hub_clients
from smartward.screen.feed import Feed
from smartward.screen.hub_clients import NETWORK, Clients, Refusal, pause_s, why
from smartward.screen.link import LinkState
from smartward.screen.outbox import Outbox, Touch
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Answer

log = logging.getLogger("smartward.screen.hub_link")

EXPIRED = "certificate.expired"
"""What a hub says to a screen whose certificate is over the time."""

_ODD_TOUCH_AGAIN_S = 60.0
"""Longer than until failed sending begins anew: meanwhile the others go."""
_CALLS = frozenset(
    {
        *(ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN, ActionKind.CALL_REASON),
        *(ActionKind.CALL_NOT_NEEDED, ActionKind.CALL_POINT_EVENT),
    }
)
"""What is never given up because of a certificate: it is sent until it is taken."""

_REFUSALS = frozenset({400, 403, 409, 413})
"""What the hub says of an action that it will never take, with its reason."""


async def _expired(response: httpx.Response, action: Action) -> Answer | None:
    """The answer to what the hub does not take because of the certificate, for whoever stands
    there; None for what goes on being sent."""
    if action.kind in _CALLS or await why(response) != EXPIRED:
        return None
    return Answer(id=action.id, outcome="refused", key=EXPIRED)


class Sender:
    """Sends until its task is stopped."""

    def __init__(
        self,
        *,
        clients: Clients,
        feed: Feed,
        outbox: Outbox,
        link: LinkState,
        clock: Clock,
        tell: Callable[[Action, Answer], None],
        noise: Random,
        edge: Edge,
    ) -> None:
        """`tell` is called with a touch and its answer when a person must see it; `edge`: whether
        the hub is reached."""
        self._clients = clients
        self._feed = feed
        self._outbox = outbox
        self._link = link
        self._clock = clock
        self._tell = tell
        self._noise = noise
        self._edge = edge
        self._send = asyncio.Event()
        outbox.wake = self._send.set

    async def send_for_ever(self) -> None:
        """Send what is touched, one after the other. Raises what nobody has foreseen of a touch:
        begun anew, it goes on with the others."""
        attempt = 0
        while True:
            self._send.clear()
            touch = self._outbox.next()
            if touch is None:
                await self._something_to_send(self._outbox.next_try())
                continue
            try:
                await self._send_one(touch)
                attempt = 0
            except NETWORK as error:
                self._edge.down(self._clock.monotonic(), f"{type(error).__name__}: {error}")
                pause = pause_s(attempt, self._noise, self._link.phase)
                await self._something_to_send(self._clock.monotonic() + pause)
                attempt += 1
            except Exception:
                # Nobody knows what is the matter with this touch: it must not hold up the others.
                self._outbox.postpone(touch, _ODD_TOUCH_AGAIN_S)
                raise

    async def _something_to_send(self, at: float | None) -> None:
        """Wait for a new touch or a new connection, or until monotonic second `at`."""
        if at is None:
            await self._send.wait()
            return
        try:
            left = max(0.0, at - self._clock.monotonic())
            async with asyncio.timeout(left + 0.005):
                await self._send.wait()
        except TimeoutError:
            return

    async def _send_one(self, touch: Touch) -> None:
        # Answered, a touch forgets its secret; asked for a new proof, a person wants it done whole.
        action = touch.action
        request = self._outbox.request(touch, self._link.skew, self._feed.epoch)
        answer = await self._post(msgspec.structs.replace(request, place=self._feed.place))
        if answer is None:
            self._outbox.postpone(touch)
        elif await self._outbox.answered(touch, answer):
            self._tell(action, answer)

    async def post(self, action: Action) -> Answer | None:
        """Send something that needs no outbox; None when it did not arrive or was not taken."""
        try:
            return await self._post(ActionRequest(action=action, age_ms=0))
        except NETWORK:
            return None

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        """Post something that is answered once: status and body, None when it did not arrive."""
        headers = {"Content-Type": "application/json"}
        try:
            response = await self._ask_each(path, body, headers)
        except NETWORK as error:
            log.warning("%s was not answered: %s", path, type(error).__name__)
            return None
        return None if self._clients.black_hole else (response.status_code, response.content)

    async def _ask_each(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """What the first hub that answers says. Raises what the last one failed with."""
        *others, last = self._clients.hubs.order(self._clock.monotonic())
        for url in others:
            try:
                response = await self._clients.of(url).post(
                    path, content=body, headers=headers, timeout=hub_clients.ONE_OF_SEVERAL_S
                )
            except NETWORK:
                self._clients.hubs.failed(url, self._clock.monotonic())
                continue
            if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR and not (
                response.status_code == httpx.codes.UNAUTHORIZED
                and url != self._clients.hubs.urls[0]
            ):
                return response
        timeout = hub_clients.ONE_OF_SEVERAL_S if others else self._clients.of(last).timeout
        return await self._clients.of(last).post(
            path, content=body, headers=headers, timeout=timeout
        )

    def _is_first(self, response: httpx.Response) -> bool:
        return str(response.url).startswith(f"{self._clients.hubs.urls[0]}/")

    async def _post(self, request: ActionRequest) -> Answer | None:
        """One action to the hub. None: not now, and not because of this action."""
        body = msgspec.json.encode(request)
        response = await self._ask_each("/actions", body, {"Content-Type": "application/json"})
        status = response.status_code
        if self._clients.black_hole:
            raise httpx.ReadTimeout("black hole")
        try:
            if status in _REFUSALS:
                refusal = msgspec.json.decode(response.content, type=Refusal)
                log.error("the hub refused a %s: %s", request.action.kind, refusal.error)
                return Answer(id=request.action.id, outcome="refused", key=refusal.error)
            if status == httpx.codes.UNAUTHORIZED and self._is_first(response):
                return await _expired(response, request.action)
            if status == httpx.codes.OK:
                answer = msgspec.json.decode(response.content, type=Answer)
                return answer if answer.id == request.action.id else None
        except msgspec.DecodeError:
            # Not our hub's words: an error page of something that stands between us.
            return None
        return None
