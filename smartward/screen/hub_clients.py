"""The ward's hubs as this screen reaches them: one HTTP client for each, with one trust."""

import logging
import ssl
from collections.abc import Sequence
from random import Random

import httpx
import msgspec
from httpx_sse import SSEError

from smartward.errors import Misconfigured
from smartward.screen.hub_address import Hub
from smartward.screen.hubs import Hubs
from smartward.screen.link import Phase

log = logging.getLogger("smartward.screen.hub_link")

NETWORK = (httpx.HTTPError, httpx.StreamError, SSEError, OSError, UnicodeDecodeError)
"""What a request fails with where no hub answers it whole."""
ONE_OF_SEVERAL_S = 1.5
"""How long one hub of several has for an answer: then the next is asked the same."""

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 15.0
_BLOCKED_WAIT_S = 2.0
"""Somebody stands before a screen that shows nothing, and sets it right."""


class Refusal(msgspec.Struct):
    """A hub's words where it does not do what was asked: a text key."""

    error: str
    detail: str = ""


async def why(response: httpx.Response) -> str:
    """The text key that came with a refusal, empty where it is not a hub's."""
    try:
        return msgspec.json.decode(await response.aread(), type=Refusal).error
    except msgspec.DecodeError:
        return ""


def pause_s(attempt: int, noise: Random, phase: Phase) -> float:
    """Seconds until it is tried again after so many attempts (from 0) that came to nothing."""
    most = _BLOCKED_WAIT_S if phase is Phase.BLOCKED else _LONGEST_WAIT_S
    longest = min(most, _FIRST_WAIT_S * 2.0 ** min(attempt, 10))
    return longest * noise.uniform(0.5, 1.0)


class Clients:
    """Opens what is needed, and closes it all at the end."""

    def __init__(self, hub: Hub, told: Sequence[str]) -> None:
        """`told`: the ward's hubs as one of them has told. Raises Misconfigured for an address or a
        certificate that can never work."""
        self.hub = hub
        self.hubs = Hubs((hub.url, *hub.others))
        self.hubs.told(told)
        self.black_hole = False
        """Fault for tests: nothing that comes from a hub is heard."""
        self._trust = hub.trust()
        self._open = {url: hub.at(url).client(self._trust) for url in self.hubs.urls}

    @property
    def here(self) -> httpx.AsyncClient:
        """Of the hub that this screen is at."""
        return self.of(self.hubs.here)

    def of(self, url: str) -> httpx.AsyncClient:
        """Of that one."""
        client = self._open.get(url)
        if client is None:
            client = self._open[url] = self.hub.at(url).client(self._trust)
        return client

    def told(self, urls: Sequence[str]) -> None:
        """A hub named the ward's hubs; one that can never be reached is left out."""
        good = []
        for url in urls:
            try:
                self.hub.at(url).check()
            except Misconfigured as error:
                log.warning("a hub of the ward's list is left out: %s", error)
            else:
                good.append(url)
        self.hubs.told(good)

    def certificate_changed(self) -> None:
        """Show the renewed one from the next connection on. Raises Misconfigured."""
        if isinstance(self._trust, ssl.SSLContext):
            self.hub.show(self._trust)

    async def close(self) -> None:
        """Hang up."""
        for client in self._open.values():
            await client.aclose()
