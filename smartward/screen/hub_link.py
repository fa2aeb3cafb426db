"""The screen's connection to its hub: one feed down, one action at a time up, tried for ever.

Where the ward has several hubs, each is tried in their order: one that refuses is left at once, one
that says nothing for `silent_s` or does not answer an action in 1.5 s is left as well. A screen
goes back to an earlier hub when that answers again.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import httpx
import msgspec
from httpx_sse import SSEError, aconnect_sse

from smartward.clock import Clock
from smartward.errors import BadData, Misconfigured, Refused, SmartWardError, Unreachable
from smartward.log import Edge
from smartward.screen.feed import UNKNOWN_THERE, Feed
from smartward.screen.hubs import Hubs
from smartward.screen.link import LinkState, Phase
from smartward.screen.outbox import Outbox, Touch
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Answer
from smartward.wire.start import Blocked

log = logging.getLogger("smartward.screen.hub_link")

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 15.0
_BLOCKED_WAIT_S = 2.0
"""Somebody stands before a screen that shows nothing, and sets it right."""
_POST_TIMEOUT_S = 5.0
_POST_ONE_OF_SEVERAL_S = 1.5
"""How long one hub of several has for an answer: then the next is asked the same."""
_SCATTER_S = 0.4
"""Screens that lose one hub in one instant come to the next within so long."""
_LOOK_BACK_S = 2.0
_ODD_TOUCH_AGAIN_S = 60.0
"""Longer than until failed sending begins anew: meanwhile the others go."""
_BAD_FEEDS_BEFORE_RESET = 3
_NETWORK = (httpx.HTTPError, httpx.StreamError, SSEError, OSError, UnicodeDecodeError)

_UNKNOWN_DEVICE = "access.unknown_device"
"""What a hub says to whom it does not know. Any other word with 401 is about the certificate, or
not a hub's: a hub whose clock is wrong says so of everybody, and nothing is thrown away."""
_EXPIRED = "certificate.expired"
_NOT_BELIEVED = frozenset({_EXPIRED, "certificate.missing", "certificate.unknown"})
_CALLS = frozenset(
    {
        *(ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN, ActionKind.CALL_REASON),
        *(ActionKind.CALL_NOT_NEEDED, ActionKind.CALL_POINT_EVENT),
    }
)
"""What is never given up because of a certificate: it is sent until it is taken."""

_REFUSALS = frozenset({400, 403, 409, 413})
"""What the hub says of an action that it will never take, with its reason."""


class _Refusal(msgspec.Struct):
    """The hub's words with one of `_REFUSALS`: a text key."""

    error: str
    detail: str = ""


class _ToldNothing(Exception):
    """A hub answers and tells this screen nothing, although what that has may be kept. Its word is
    the text key of why."""


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
    """This device's certificate with its key (PEM), where it was paired."""
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
        if self.certificate is None:
            return
        try:
            context.load_cert_chain(self.certificate)
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
                timeout=_POST_TIMEOUT_S,
                limits=httpx.Limits(max_connections=4, keepalive_expiry=60.0),
                verify=verify,
                trust_env=False,
            )
        except (OSError, ValueError) as error:
            raise Misconfigured("screen.bad_hub", str(error), url=self.url) from error


async def _told(response: httpx.Response) -> Blocked:
    """Why the hub shows this screen nothing. Raises BadData for words that are not a hub's."""
    try:
        return msgspec.json.decode(await response.aread(), type=Blocked)
    except msgspec.DecodeError as error:
        raise BadData("screen.bad_feed", f"status {response.status_code}") from error


async def _expired(response: httpx.Response, action: Action) -> Answer | None:
    """The answer to what the hub does not take because of the certificate, for whoever stands
    there; None for what goes on being sent."""
    if action.kind in _CALLS or await _why(response) != _EXPIRED:
        return None
    return Answer(id=action.id, outcome="refused", key=_EXPIRED)


async def _why(response: httpx.Response) -> str:
    """The text key that came with a refusal, empty where it is not a hub's."""
    try:
        return msgspec.json.decode(await response.aread(), type=_Refusal).error
    except msgspec.DecodeError:
        return ""


class HubLink:
    """Runs the feed and the sender until its tasks are stopped."""

    def __init__(
        self,
        *,
        hub: Hub,
        feed: Feed,
        outbox: Outbox,
        link: LinkState,
        clock: Clock,
        stale_s: float,
        tell: Callable[[Action, Answer], None],
        noise: Random,
    ) -> None:
        """`tell` is called with a touch and its answer when a person must see it.

        Raises Misconfigured for an address or a certificate that can never work.
        """
        self.hubs = Hubs((hub.url, *hub.others))
        self.hubs.told(feed.hubs)
        self._hub = hub
        self._trust = hub.trust()
        self._clients = {url: hub.at(url).client(self._trust) for url in self.hubs.urls}
        self._go_back_to: str | None = None
        feed.hubs_told = self._told_hubs
        self._feed = feed
        self._outbox = outbox
        self._link = link
        self._clock = clock
        self._stale_s = stale_s
        self._tell = tell
        self._noise = noise
        self._edge = Edge(log, "the link to the hub")
        self._edges: dict[str, Edge] = {}
        """Of each of several hubs: why it is of no use."""
        self._heard = clock.monotonic()
        self._bad_feeds = 0
        self._send = asyncio.Event()
        self._black_hole = False
        self._looks = False
        outbox.wake = self._send.set

    @property
    def _client(self) -> httpx.AsyncClient:
        return self._client_of(self.hubs.here)

    def _client_of(self, url: str) -> httpx.AsyncClient:
        client = self._clients.get(url)
        if client is None:
            client = self._clients[url] = self._hub.at(url).client(self._trust)
        return client

    def _told_hubs(self, urls: tuple[str, ...]) -> None:
        """The hub named the ward's hubs; one that can never be reached is left out."""
        good = []
        for url in urls:
            try:
                self._hub.at(url).check()
            except Misconfigured as error:
                log.warning("a hub of the ward's list is left out: %s", error)
            else:
                good.append(url)
        self.hubs.told(good)

    def start(self, tasks: Tasks) -> None:
        """Begin. Never raises; what fails is tried again for ever, whatever it failed of."""
        self._listen_with(tasks)
        tasks.keep(self._send_for_ever, "hub sender", self._clock)

    def look(self, tasks: Tasks) -> None:
        """Hear the hub and send nothing; it does not count this as a screen that is there."""
        self._looks = True
        self._listen_with(tasks)

    def _listen_with(self, tasks: Tasks) -> None:
        if self._link.phase is Phase.STARTING:
            self._link.phase = Phase.CONNECTING
        tasks.keep(self._listen_for_ever, "hub feed", self._clock)
        tasks.keep(self._watch, "hub watchdog", self._clock)
        tasks.keep(self._look_back, "way back to the first hub", self._clock)

    def certificate_changed(self) -> None:
        """Show the renewed one from the next connection on. Raises Misconfigured."""
        if isinstance(self._trust, ssl.SSLContext):
            self._hub.show(self._trust)

    def set_black_hole(self, on: bool) -> None:
        """For fault tests: nothing that comes from the hub is heard."""
        self._black_hole = on

    async def close(self) -> None:
        """Close the connections, after the tasks were stopped."""
        for client in self._clients.values():
            await client.aclose()

    # --------------------------------------------------------------------------------- listening

    async def _listen_for_ever(self) -> None:
        attempt = tried = 0
        refused = ""
        self._feed.dropped()
        while True:
            leave = False
            try:
                await self._listen()
                why = "the hub ended the feed"
            except BadData as error:
                why = str(error)
                self._bad_feeds += 1
                if self._bad_feeds >= _BAD_FEEDS_BEFORE_RESET:
                    self._feed.forget()
            except Refused as error:
                why = error.key  # by one hub of the ward as by another
            except _ToldNothing as error:
                why = refused = str(error)
                leave = self.hubs.several
            except (*_NETWORK, SmartWardError) as error:
                why = f"{type(error).__name__}: {error}"
                leave = self.hubs.several
            if self._feed.caught_up:
                refused = ""
            attempt = 0 if self._feed.caught_up else attempt + 1
            tried = 0 if self._feed.caught_up else tried + 1
            self._feed.dropped()
            self._edge.down(self._clock.monotonic(), why)
            if leave:
                self._edge_of(self.hubs.here).down(self._clock.monotonic(), why)
            if self._go_back_to is not None:
                self.hubs.go_to(self._go_back_to)
                self._go_back_to = None
                continue
            if leave:
                self.hubs.failed(self.hubs.here, self._clock.monotonic())
                self.hubs.go_on()
            if leave and tried < len(self.hubs.urls):
                await self._clock.sleep(self._noise.uniform(0.0, _SCATTER_S))
                continue
            tried = 0
            # None of the others is there: what this one says beats "no connection".
            await self._feed.refused(refused)
            refused = ""
            self._no_answer()
            await self._clock.sleep(self._pause(attempt))

    def _edge_of(self, url: str) -> Edge:
        return self._edges.setdefault(url, Edge(log, f"the hub at {url}"))

    def _pause(self, attempt: int) -> float:
        most = _BLOCKED_WAIT_S if self._link.phase is Phase.BLOCKED else _LONGEST_WAIT_S
        longest = min(most, _FIRST_WAIT_S * 2.0 ** min(attempt, 10))
        return longest * self._noise.uniform(0.5, 1.0)

    async def _listen(self) -> None:
        headers = {}
        if (cursor := self._feed.cursor) is not None:
            headers["Last-Event-ID"] = cursor
        if (view := self._feed.view) is not None:
            headers["SmartWard-View"] = view
        if self._looks:
            headers["SmartWard-Look"] = "1"
        async with (
            asyncio.timeout(None) as patience,
            aconnect_sse(
                self._client, "GET", "/feed", headers=headers, timeout=self._impatient(patience)
            ) as source,
        ):
            await self._greet(source.response)
            self._heard_in(patience)
            events = source.aiter_sse()
            try:
                async for event in events:
                    if self._black_hole:
                        continue
                    await self._feed.event(event.event, event.id, event.data)
                    self._heard_something()
                    self._heard_in(patience)
                    if self._go_back_to is not None:
                        return
            finally:
                # The connection before what reads it: a generator that is left to the collector
                # would close it from nowhere, with a page of tracebacks for each attempt. Also
                # where the program ends while the connection is being closed.
                try:
                    await source.response.aclose()
                finally:
                    await events.aclose()

    def _impatient(self, patience: asyncio.Timeout) -> httpx.Timeout:
        """The watchdog says when the link is stale; much later the connection itself is given up.
        Where there is another hub, it is tried before anybody sees anything of it."""
        late = 3 * self._stale_s
        if not self.hubs.several:
            return httpx.Timeout(_POST_TIMEOUT_S, read=late)
        patience.reschedule(asyncio.get_running_loop().time() + self._hub.silent_s)
        return httpx.Timeout(_POST_ONE_OF_SEVERAL_S, read=late)

    def _heard_in(self, patience: asyncio.Timeout) -> None:
        """A hub that has much to tell to many at once, as after another was lost, may take long
        for it: it has answered."""
        if self.hubs.several:
            wait = self._hub.silent_s if self._feed.caught_up else 3 * self._stale_s
            patience.reschedule(asyncio.get_running_loop().time() + wait)

    async def _greet(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            key = await _why(response)
            if key in _NOT_BELIEVED:
                raise _ToldNothing(key)
            if key != _UNKNOWN_DEVICE:
                raise Unreachable("screen.link.never", "status 401")
            if not self.hubs.first:
                # A standby hub may not have heard yet of a screen that is new.
                raise _ToldNothing(UNKNOWN_THERE)
            await self._feed.not_enrolled()
            raise Unreachable("screen.link.not_enrolled")
        if response.status_code == httpx.codes.CONFLICT:
            await self._feed.blocked(await _told(response))
            raise Refused(self._link.blocked or "screen.link.never")
        if response.status_code != httpx.codes.OK:
            raise Unreachable("screen.link.never", f"status {response.status_code}")

    def _no_answer(self) -> None:
        """The first attempt came to nothing: what was kept is all there is to be shown."""
        if self._link.phase is Phase.CONNECTING:
            self._link.phase, self._link.lost_at = Phase.OFFLINE, self._link.last_heard
            self._link.changed()

    def _heard_something(self) -> None:
        now = self._clock.now()
        self._heard = self._clock.monotonic()
        self._link.last_heard = now
        if self._feed.caught_up:
            self._edge.up(self._heard)
            if (edge := self._edges.get(self.hubs.here)) is not None:
                edge.up(self._heard)
        if self._feed.caught_up and (self._link.phase is not Phase.LIVE or self._link.refused):
            self._link.phase, self._link.lost_at, self._link.refused = Phase.LIVE, None, ""
            self._bad_feeds = 0
            self._link.changed()
            self._outbox.retry_now()

    async def _watch(self) -> None:
        """Say so when nothing was heard for `link_stale_s`."""
        while True:
            silent = self._clock.monotonic() - self._heard
            if silent < self._stale_s:
                await self._clock.sleep(self._stale_s - silent)
                continue
            if self._link.phase in (Phase.LIVE, Phase.CONNECTING):
                was_live = self._link.phase is Phase.LIVE
                connected = self._feed.caught_up
                self._link.phase = Phase.STALE if connected else Phase.OFFLINE
                self._link.lost_at = self._clock.now() if was_live else self._link.last_heard
                self._link.changed()
            await self._clock.sleep(self._stale_s)

    async def _look_back(self) -> None:
        """Ask now and then whether an earlier hub answers again, and go back to it."""
        while True:
            scatter = self._noise.uniform(0.75, 1.25) if self.hubs.several else 1.0
            await self._clock.sleep(_LOOK_BACK_S * scatter)
            if not self._feed.caught_up:
                continue
            for url in self.hubs.earlier():
                if await self._is_ready(url):
                    self._go_back_to = url
                    break

    async def _is_ready(self, url: str) -> bool:
        now = self._clock.monotonic()
        try:
            response = await self._client_of(url).get("/health", timeout=_POST_ONE_OF_SEVERAL_S)
            known = response.status_code in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE)
            ready = known and b'"epoch"' in response.content
        except _NETWORK:
            ready = False
        if not ready or self._black_hole:
            self.hubs.failed(url, now)
            return False
        return self.hubs.answers(url, now, busy=self._link.standby in ("alone", "handing_over"))

    # ----------------------------------------------------------------------------------- sending

    async def _send_for_ever(self) -> None:
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
            except _NETWORK as error:
                self._edge.down(self._clock.monotonic(), f"{type(error).__name__}: {error}")
                await self._something_to_send(self._clock.monotonic() + self._pause(attempt))
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
        answer = await self._post(self._outbox.request(touch, self._link.skew, self._feed.epoch))
        if answer is None:
            self._outbox.postpone(touch)
        elif await self._outbox.answered(touch, answer):
            self._tell(action, answer)

    async def post(self, action: Action) -> Answer | None:
        """Send something that needs no outbox; None when it did not arrive or was not taken."""
        try:
            return await self._post(ActionRequest(action=action, age_ms=0))
        except _NETWORK:
            return None

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        """Post something that is answered once: status and body, None when it did not arrive."""
        headers = {"Content-Type": "application/json"}
        try:
            response = await self._ask_each(path, body, headers)
        except _NETWORK as error:
            log.warning("%s was not answered: %s", path, type(error).__name__)
            return None
        return None if self._black_hole else (response.status_code, response.content)

    async def _ask_each(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """What the first hub that answers says. Raises what the last one failed with."""
        *others, last = self.hubs.order(self._clock.monotonic())
        for url in others:
            try:
                response = await self._client_of(url).post(
                    path, content=body, headers=headers, timeout=_POST_ONE_OF_SEVERAL_S
                )
            except _NETWORK:
                self.hubs.failed(url, self._clock.monotonic())
                continue
            if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR and not (
                response.status_code == httpx.codes.UNAUTHORIZED and url != self.hubs.urls[0]
            ):
                return response
        timeout = _POST_ONE_OF_SEVERAL_S if others else self._client_of(last).timeout
        return await self._client_of(last).post(
            path, content=body, headers=headers, timeout=timeout
        )

    def _is_first(self, response: httpx.Response) -> bool:
        return str(response.url).startswith(f"{self.hubs.urls[0]}/")

    async def _post(self, request: ActionRequest) -> Answer | None:
        """One action to the hub. None: not now, and not because of this action."""
        body = msgspec.json.encode(request)
        response = await self._ask_each("/actions", body, {"Content-Type": "application/json"})
        status = response.status_code
        if self._black_hole:
            raise httpx.ReadTimeout("black hole")
        try:
            if status in _REFUSALS:
                refusal = msgspec.json.decode(response.content, type=_Refusal)
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
