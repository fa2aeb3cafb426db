"""Asks the hub which screens wait for a place, tells it what a person decided, and has it order
screens."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from smartward.clock import Clock
from smartward.tasks import Tasks
from smartward.wire import order, placing
from smartward.wire.order import CHECK_LIVES_S, OrderAsk, OrderTold, OrderWatch
from smartward.wire.placing import PlaceAsk, Placing

log = logging.getLogger("smartward.screen.placing_client")

_OK = 200
_LOOK_S = 2.0
_LONGEST_S = CHECK_LIVES_S + 10.0
"""By then the hub has settled what no screen answered."""

T = TypeVar("T", bound=msgspec.Struct)
Post = Callable[[str, bytes], Awaitable[tuple[int, bytes] | None]]
"""Posts a body to a path of the hub: status and answer, None when it was not reached."""


class PlacingClient:
    """The way of a station with a hub. Nothing is kept to be sent later."""

    def __init__(self, post: Post, tasks: Tasks, clock: Clock) -> None:
        self._post = post
        self._tasks = tasks
        self._clock = clock

    def ask(self, asked: PlaceAsk, told: Callable[[Placing | None], None]) -> None:
        """`told` is called once with the answer; None: there is none."""
        asking = self._ask(placing.PATH, asked, Placing, told)
        self._tasks.spawn(asking, "place a screen")

    def order(self, asked: OrderAsk, told: Callable[[OrderTold | None], None]) -> None:
        """The same for an order to a screen."""
        asking = self._ask(order.PATH, asked, OrderTold, told)
        self._tasks.spawn(asking, "order a screen")

    def watch(self, asked: OrderWatch, told: Callable[[OrderTold], None]) -> None:
        """Ask what became of a check until something has; `told` is called once with that."""
        self._tasks.spawn(self._watch(asked, told), "watch a check")

    async def _watch(self, asked: OrderWatch, told: Callable[[OrderTold], None]) -> None:
        answers: list[OrderTold] = []

        def note(answer: OrderTold | None) -> None:
            if answer is not None and answer.outcome != "given":
                answers.append(answer)

        until = self._clock.monotonic() + _LONGEST_S
        while not answers and self._clock.monotonic() < until:
            await self._clock.sleep(_LOOK_S)
            # A hub that is away for a moment answers the next time.
            await self._ask(order.WATCH_PATH, asked, OrderTold, note)
        told(answers[0] if answers else OrderTold(outcome="unheard"))

    async def _ask(
        self, path: str, asked: msgspec.Struct, type: type[T], told: Callable[[T | None], None]
    ) -> None:
        answer: T | None = None
        try:
            reply = await self._post(path, msgspec.json.encode(asked))
            if reply is not None and reply[0] == _OK:
                answer = msgspec.json.decode(reply[1], type=type)
            elif reply is not None:
                log.error("the hub answered %s with status %d", path, reply[0])
        except msgspec.DecodeError:
            log.error("the hub's answer to %s cannot be read", path)
        finally:
            told(answer)
