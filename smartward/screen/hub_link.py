"""The screen's connection to its hub: one feed down, tried for ever. Up goes what
`hub_sender` sends.

Where the ward has several hubs, each is tried in their order: one that refuses is left at once, one
that says nothing for `silent_s` is left as well. A screen goes back to an earlier hub when that
answers again.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

import httpx
import msgspec
from httpx_sse import aconnect_sse

from smartward.clock import Clock
from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.log import Edge
from smartward.screen import hub_clients
from smartward.screen.feed import UNKNOWN_THERE, Feed
from smartward.screen.hub_address import Hub
from smartward.screen.hub_clients import NETWORK, Clients, pause_s, why
from smartward.screen.hub_download import Fetch, download
from smartward.screen.hub_sender import EXPIRED, Sender
from smartward.screen.link import LinkState, Phase
from smartward.screen.outbox import Outbox
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, Answer
from smartward.wire.start import Blocked

log = logging.getLogger("smartward.screen.hub_link")

_SCATTER_S = 0.4
"""Screens that lose one hub in one instant come to the next within so long."""
_LOOK_BACK_S = 2.0
_BAD_FEEDS_BEFORE_RESET = 3
_UNKNOWN_DEVICE = "access.unknown_device"
"""What a hub says to whom it does not know. Any other word with 401 is about the certificate, or
not a hub's: a hub whose clock is wrong says so of everybody, and nothing is thrown away."""
_NOT_BELIEVED = frozenset({EXPIRED, "certificate.missing", "certificate.unknown"})


class _ToldNothing(Exception):
    """A hub answers and tells this screen nothing, although what that has may be kept. Its word is
    the text key of why."""


async def _told(response: httpx.Response) -> Blocked:
    """Why the hub shows this screen nothing. Raises BadData for words that are not a hub's."""
    try:
        return msgspec.json.decode(await response.aread(), type=Blocked)
    except msgspec.DecodeError as error:
        raise BadData("screen.bad_feed", f"status {response.status_code}") from error


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
        self._clients = Clients(hub, feed.hubs)
        self.hubs = self._clients.hubs
        self._hub = hub
        self._moved = asyncio.Event()
        self.hubs.moved = self._moved.set
        self._go_back_to: str | None = None
        feed.hubs_told = self._clients.told
        self._feed = feed
        self._outbox = outbox
        self._link = link
        self._clock = clock
        self._stale_s = stale_s
        self._noise = noise
        self._edge = Edge(log, "the link to the hub")
        self._edges: dict[str, Edge] = {}
        """Of each of several hubs: why it is of no use."""
        self._heard = clock.monotonic()
        self._bad_feeds = 0
        self._looks = False
        self._sender = Sender(
            clients=self._clients,
            feed=feed,
            outbox=outbox,
            link=link,
            clock=clock,
            tell=tell,
            noise=noise,
            edge=self._edge,
        )
        self.post, self.ask = self._sender.post, self._sender.ask
        self.fetch: Fetch = partial(download, self._clients, clock)

    def start(self, tasks: Tasks) -> None:
        """Begin. Never raises; what fails is tried again for ever, whatever it failed of."""
        self._listen_with(tasks)
        tasks.keep(self._sender.send_for_ever, "hub sender", self._clock)

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

    def first_here(self, hub: Hub) -> Hub:
        """The ward's hubs as they are known now: first the one that this screen is at."""
        others = tuple(url for url in self.hubs.urls if url != self.hubs.here)
        return replace(hub, url=self.hubs.here, others=others)

    def certificate_changed(self) -> None:
        """Show the renewed one from the next connection on. Raises Misconfigured."""
        self._clients.certificate_changed()

    def set_black_hole(self, on: bool) -> None:
        """For fault tests: nothing that comes from the hub is heard."""
        self._clients.black_hole = on

    async def close(self) -> None:
        """Close the connections, after the tasks were stopped."""
        await self._clients.close()

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
            except (*NETWORK, SmartWardError) as error:
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
            await self._clock.sleep(pause_s(attempt, self._noise, self._link.phase))

    def _edge_of(self, url: str) -> Edge:
        return self._edges.setdefault(url, Edge(log, f"the hub at {url}"))

    async def _listen(self) -> None:
        headers = {}
        if (cursor := self._feed.cursor) is not None:
            headers["Last-Event-ID"] = cursor
        if (view := self._feed.view) is not None:
            headers["SmartWard-View"] = view
        if self._looks:
            headers["SmartWard-Look"] = "1"
        self._feed.at(self.hubs.here)
        async with (
            asyncio.timeout(None) as patience,
            aconnect_sse(
                self._clients.here,
                "GET",
                "/feed",
                headers=headers,
                timeout=self._impatient(patience),
            ) as source,
        ):
            await self._greet(source.response)
            self._heard_in(patience)
            events = source.aiter_sse()
            try:
                async for event in events:
                    if self._clients.black_hole:
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
            return httpx.Timeout(self._clients.here.timeout.connect, read=late)
        patience.reschedule(asyncio.get_running_loop().time() + self._hub.silent_s)
        return httpx.Timeout(hub_clients.ONE_OF_SEVERAL_S, read=late)

    def _heard_in(self, patience: asyncio.Timeout) -> None:
        """A hub that has much to tell to many at once, as after another was lost, may take long
        for it: it has answered."""
        if self.hubs.several:
            wait = self._hub.silent_s if self._feed.caught_up else 3 * self._stale_s
            patience.reschedule(asyncio.get_running_loop().time() + wait)

    async def _greet(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            key = await why(response)
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
            self._moved.clear()
            if not self.hubs.earlier():
                await self._moved.wait()
                continue
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
            response = await self._clients.of(url).get(
                "/health", timeout=hub_clients.ONE_OF_SEVERAL_S
            )
            known = response.status_code in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE)
            ready = known and b'"epoch"' in response.content
        except NETWORK:
            ready = False
        if not ready or self._clients.black_hole:
            self.hubs.failed(url, now)
            return False
        return self.hubs.answers(url, now, busy=self._link.standby in ("alone", "handing_over"))
