"""A station watches a check that it ordered until the hub knows what became of it."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from smartward.clinical.device_check import Checked, ok
from smartward.screen.placing_client import PlacingClient
from smartward.tasks import Tasks
from smartward.wire.order import CHECK_LIVES_S, WATCH_PATH, OrderTold, OrderWatch
from tests.fakes.fake_clock import ManualClock

pytestmark = pytest.mark.anyio

WATCH = OrderWatch(device_id="d-1", order="o-1")
GIVEN = OrderTold(outcome="given", order="o-1")
DONE = OrderTold(outcome="done", found=Checked(lines=(ok("clock", "clock", s=0.1),)))


class Hub:
    """Gives one answer after the other, the last for ever; None: it is away."""

    def __init__(self, *answers: OrderTold | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bytes]] = []

    async def post(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        self.asked.append((path, body))
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return None if answer is None else (200, msgspec.json.encode(answer))


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    found = Tasks()
    yield found
    await found.stop()


async def watched(hub: Hub, tasks: Tasks, seconds: float) -> list[OrderTold]:
    """What is told once so much time has passed."""
    clock, told = ManualClock(), list[OrderTold]()
    PlacingClient(hub.post, tasks, clock).watch(WATCH, told.append)
    async with asyncio.timeout(10):
        for _ in range(round(seconds / 2)):
            while not clock.waiting and not told:
                await asyncio.to_thread(lambda: None)
            clock.advance(2)
        while not clock.waiting and not told:
            await asyncio.to_thread(lambda: None)
    return told


async def test_it_asks_until_the_check_is_done_also_past_a_hub_that_was_away(tasks: Tasks) -> None:
    hub = Hub(GIVEN, None, GIVEN, DONE)
    assert await watched(hub, tasks, 20) == [DONE]
    assert hub.asked == [(WATCH_PATH, msgspec.json.encode(WATCH))] * 4


async def test_it_asks_no_longer_than_a_check_lives(tasks: Tasks) -> None:
    hub = Hub(GIVEN)
    assert await watched(hub, tasks, CHECK_LIVES_S) == []
    hub = Hub(None)
    assert await watched(hub, tasks, CHECK_LIVES_S + 20) == [OrderTold(outcome="unheard")]
