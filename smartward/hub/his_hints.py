"""Hints of the hospital system: they end the wait before the next poll, and do nothing else.

A hint proves itself by a secret that lives as long as this process; its body is not read. However
many come, polls stay a second apart, and only a few a minute are sooner than they would be.
"""

import asyncio
import hmac
import logging
import secrets
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from smartward.clock import Clock
from smartward.config import Settings
from smartward.errors import BadData, Refused, SmartWardError, Unreachable
from smartward.his.hinting import Hinting, Hook, Standing
from smartward.log import Edge
from smartward.tasks import Tasks

log = logging.getLogger("smartward.his_hints")

LOOK_EVERY_S = 180.0
"""How often it is seen to that hints still come: servers switch them off without a word."""
_FIRST_S = 5.0
"""How soon it is looked again whether the ward is known by now."""
_GAP_S = 1.0
_MOST_A_MINUTE = 6
"""So many waits are ended by hints within a minute: a server that hints without end, or of every
change in a hospital, must not be polled without end."""
_MINUTE_S = 60.0
_END_WITHIN_S = 5.0

Ward = Callable[[], tuple[Collection[str], Collection[str]]]
"""The ids of its beds and of its patients, as they are known now."""


PATH = "/his/hint"
"""Where hints come in, below the hub's address."""


def new_hook(settings: Settings) -> Hook:
    """The hub's hook, with a secret of its own."""
    return Hook(settings.his_hook_url.rstrip("/") + PATH, secrets.token_urlsafe(32))


class HisHints:
    """Hints for one poller."""

    def __init__(self, hinting: Hinting, hook: Hook, clock: Clock) -> None:
        self._hinting = hinting
        self._expected = f"Bearer {hook.secret}".encode()
        self._clock = clock
        self._heard = asyncio.Event()
        self._edge = Edge(log, "the hospital system's hints")
        self._tasks = Tasks()
        self._ended: deque[float] = deque(maxlen=_MOST_A_MINUTE)
        """When hints ended a wait."""
        self.heard_at: datetime | None = None
        self.standing: Standing | None = None

    @property
    def state(self) -> dict[str, Any]:
        """For /health."""
        standing, heard = self.standing, self.heard_at
        return {
            "active": 0 if standing is None else standing.active,
            "heard_at": None if heard is None else heard.isoformat(),
        }

    def hear(self, authorization: str | None) -> bool:
        """Take a hint; False when it does not prove itself."""
        given = (authorization or "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._expected):
            return False
        self.heard_at = self._clock.now()
        self._heard.set()
        return True

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until a hint comes."""
        gap = min(_GAP_S, seconds)
        await self._clock.sleep(gap)
        timer = self._tasks.spawn(self._timer(seconds - gap), "poll timer")
        hint = self._tasks.spawn(self._hint(), "poll hint")
        try:
            await asyncio.wait((timer, hint), return_when=asyncio.FIRST_COMPLETED)
            if hint.done():
                self._ended.append(self._clock.monotonic())
        finally:
            timer.cancel()
            hint.cancel()
        # Before the poll: what is heard while it looks may have come too late for it.
        self._heard.clear()

    async def _timer(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def _hint(self) -> None:
        if len(self._ended) == _MOST_A_MINUTE:
            left = self._ended[0] + _MINUTE_S - self._clock.monotonic()
            await self._clock.sleep(max(0.0, left))
        await self._heard.wait()

    async def run(self, ward: Ward) -> None:
        """See to it, for ever, that hints come."""
        while True:
            beds, patients = ward()
            if not beds:  # the first census is still on its way
                await self._clock.sleep(_FIRST_S)
                continue
            await self._look(beds, patients)
            await self._clock.sleep(LOOK_EVERY_S)

    async def _look(self, beds: Collection[str], patients: Collection[str]) -> None:
        # One that was just made is active by the next look.
        made_before = self.standing is not None and self.standing.wanted > 0
        try:
            self.standing = await self._hinting.keep(beds, patients)
        except (Unreachable, Refused, BadData) as error:
            self._edge.down(self._clock.monotonic(), f"{error.key} {error.detail}".strip())
            return
        if not self.standing.offered:
            self._edge.down(self._clock.monotonic(), "it offers none; polling goes on")
        elif self.standing.wanted and not self.standing.active and made_before:
            self._edge.down(self._clock.monotonic(), "none is active: does it reach his_hook_url?")
        elif self.standing.active:
            self._edge.up(self._clock.monotonic())

    async def stop(self) -> None:
        """Have no more sent, if that can be done soon."""
        ending = self._tasks.spawn(self._end(), "end of hints")
        timer = self._tasks.spawn(self._timer(_END_WITHIN_S), "end of hints timer")
        await asyncio.wait((ending, timer), return_when=asyncio.FIRST_COMPLETED)
        await self._tasks.stop()

    async def _end(self) -> None:
        try:
            await self._hinting.end()
        except SmartWardError as error:
            log.warning("the hospital system keeps its subscriptions: %s", error.key)
