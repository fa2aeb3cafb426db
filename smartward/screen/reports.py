"""What a screen reports by itself: calls that were drawn on an awake station, test calls that were
drawn there or at a door, and its own faults.

These are no touches: they are true only now, so they bypass the outbox and are sent again while
they are still true and the hub does not show them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from uuid6 import uuid7

from smartward.clock import Clock
from smartward.wire.envelope import Action, ActionKind, Answer

Post = Callable[[Action], Awaitable[Answer | None]]

_AGAIN_S = 2.0


class Reports:
    """Sends `call.shown`, `drill.shown` and `screen.faults`."""

    def __init__(
        self,
        post: Post,
        clock: Clock,
        device_id: Callable[[], str | None],
        again_s: float = _AGAIN_S,
    ) -> None:
        """`again_s`: seconds until what the hub does not show is sent once more."""
        self._post = post
        self._again_s = again_s
        self._clock = clock
        self._device_id = device_id
        self._shown: dict[tuple[str, str], Action] = {}
        self._faults: frozenset[str] = frozenset()
        self._faults_told: frozenset[str] | None = frozenset()
        self._news = asyncio.Event()

    def drawn(self, call_ids: tuple[str, ...], kind: str = ActionKind.CALL_SHOWN) -> None:
        """A frame of an awake display holds these calls, and their mark is missing. `kind`: what
        tells of it."""
        self.still(call_ids, kind)
        for call_id in call_ids:
            if (kind, call_id) not in self._shown:
                self._shown[kind, call_id] = self._action(kind, call_id, {})
                self._news.set()

    def still(self, call_ids: tuple[str, ...], kind: str = ActionKind.CALL_SHOWN) -> None:
        """Only these calls still miss their mark."""
        for gone in self._shown.keys() - {(kind, call_id) for call_id in call_ids}:
            if gone[0] == kind:
                del self._shown[gone]

    def faults(self, keys: frozenset[str]) -> None:
        """What is wrong with this screen now, as text keys."""
        if keys != self._faults:
            self._faults = keys
            self._news.set()

    def connected(self) -> None:
        """The feed is live (again): the hub may have forgotten what was told, or still hold what
        an earlier run of this screen told and nobody took back."""
        self._faults_told = None
        self._news.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._news.clear()
            await self._send_faults()
            for action in list(self._shown.values()):
                await self._post(action)
            try:
                again = self._again_s if self._shown or self._faults_told != self._faults else None
                async with asyncio.timeout(again):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _send_faults(self) -> None:
        device_id, faults = self._device_id(), self._faults
        if device_id is None or self._faults_told == faults:
            return
        data: dict[str, str | int | None] = {"faults": ",".join(sorted(faults))}
        answer = await self._post(self._action(ActionKind.SCREEN_FAULTS, device_id, data))
        if answer is not None and answer.outcome != "later":
            self._faults_told = faults

    def _action(self, kind: str, subject: str, data: dict[str, str | int | None]) -> Action:
        return Action(
            id=str(uuid7()), kind=kind, subject=subject, made_at=self._clock.now(), data=data
        )
