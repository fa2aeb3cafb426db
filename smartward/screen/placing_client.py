"""Asks the hub which screens wait for a place, and tells it what a person decided."""

import logging
from collections.abc import Awaitable, Callable

import msgspec

from smartward.tasks import Tasks
from smartward.wire.placing import PATH, PlaceAsk, Placing

log = logging.getLogger("smartward.screen.placing_client")

_OK = 200

Post = Callable[[str, bytes], Awaitable[tuple[int, bytes] | None]]
"""Posts a body to a path of the hub: status and answer, None when it was not reached."""


class PlacingClient:
    """The way of a station with a hub. Nothing is kept to be sent later."""

    def __init__(self, post: Post, tasks: Tasks) -> None:
        self._post = post
        self._tasks = tasks

    def ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
        """`told` is called once with the answer; None: there is none."""
        self._tasks.spawn(self._ask(asked, told), "place a screen")

    async def _ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
        answer: Placing | None = None
        try:
            reply = await self._post(PATH, msgspec.json.encode(asked))
            if reply is not None and reply[0] == _OK:
                answer = msgspec.json.decode(reply[1], type=Placing)
            elif reply is not None:
                log.error("the hub answered a placing with status %d", reply[0])
        except msgspec.DecodeError:
            log.error("the hub's answer to a placing cannot be read")
        finally:
            told(answer)
