"""What a screen tells by itself: calls that were drawn, and what is wrong with it."""

import asyncio
from collections.abc import Callable

import pytest

from smartward.clock import SystemClock
from smartward.screen.reports import Reports
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Answer

CLOCK = SystemClock()
AGAIN_S = 0.05


class Post:
    """Takes what is sent; `away` while nobody answers."""

    def __init__(self) -> None:
        self.sent: list[Action] = []
        self.away = False

    async def __call__(self, action: Action) -> Answer | None:
        self.sent.append(action)
        return None if self.away else Answer(id=action.id, outcome="applied", seq=1, epoch="e1")

    def of(self, kind: str) -> list[Action]:
        return [action for action in self.sent if action.kind == kind]


class Desk:
    """A Reports that runs, and where it sends."""

    def __init__(self, device_id: str | None = "device-1") -> None:
        self.post = Post()
        self.device_id = device_id
        self.reports = Reports(self.post, CLOCK, lambda: self.device_id, AGAIN_S)

    def run(self, story: Callable[["Desk"], object]) -> None:
        async def play() -> None:
            tasks = Tasks()
            tasks.spawn(self.reports.run(), "reports")
            result = story(self)
            if asyncio.iscoroutine(result):
                await result
            await tasks.stop()
            assert tasks.failures == {}

        asyncio.run(play())

    async def until(self, condition: Callable[[], bool]) -> None:
        end = CLOCK.monotonic() + 10
        while not condition():
            assert CLOCK.monotonic() < end, "it did not come to be in time"
            await CLOCK.sleep(0.005)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_drawn_call_is_told_until_its_mark_is_there(desk: Desk) -> None:
    async def story(desk: Desk) -> None:
        desk.reports.drawn(("c1", "c2"))
        desk.reports.drawn(("c1", "c2"))
        await desk.until(lambda: len(desk.post.sent) >= 4)
        by_call = {action.subject: action.id for action in desk.post.sent}
        assert set(by_call) == {"c1", "c2"}
        assert {a.kind for a in desk.post.sent} == {ActionKind.CALL_SHOWN}
        assert len({a.id for a in desk.post.sent}) == 2, "the same action again, not another"
        desk.reports.still(("c2",))
        await desk.until(lambda: True)
        desk.post.sent.clear()
        await desk.until(lambda: len(desk.post.sent) >= 2)
        assert {a.subject for a in desk.post.sent} == {"c2"}

    desk.run(story)


def test_nothing_is_sent_when_nothing_is_to_tell(desk: Desk) -> None:
    async def story(desk: Desk) -> None:
        await CLOCK.sleep(4 * AGAIN_S)
        assert desk.post.sent == []

    desk.run(story)


def test_a_screen_begun_anew_takes_back_what_it_told_before(desk: Desk) -> None:
    async def story(desk: Desk) -> None:
        desk.reports.connected()
        await desk.until(lambda: len(desk.post.sent) == 1)
        await CLOCK.sleep(3 * AGAIN_S)
        assert faults_told(desk) == [""], "once: all is well"

    desk.run(story)


def faults_told(desk: Desk) -> list[object]:
    return [action.data["faults"] for action in desk.post.of(ActionKind.SCREEN_FAULTS)]


def test_faults_are_told_once_and_their_end_too(desk: Desk) -> None:
    async def story(desk: Desk) -> None:
        desk.reports.faults(frozenset({"sound.dead", "sound.no_device"}))
        await desk.until(lambda: len(desk.post.sent) == 1)
        await CLOCK.sleep(3 * AGAIN_S)
        desk.reports.faults(frozenset())
        await desk.until(lambda: len(desk.post.sent) == 2)
        assert faults_told(desk) == ["sound.dead,sound.no_device", ""]
        assert {a.subject for a in desk.post.sent} == {"device-1"}

    desk.run(story)


def test_faults_are_told_again_to_a_hub_that_comes_back(desk: Desk) -> None:
    async def story(desk: Desk) -> None:
        desk.reports.faults(frozenset({"sound.dead"}))
        await desk.until(lambda: len(desk.post.sent) == 1)
        desk.reports.connected()
        await desk.until(lambda: len(desk.post.sent) == 2)
        assert faults_told(desk) == ["sound.dead", "sound.dead"]

    desk.run(story)


def test_what_did_not_arrive_is_tried_again(desk: Desk) -> None:
    async def story(desk: Desk) -> None:
        desk.post.away = True
        desk.reports.faults(frozenset({"sound.dead"}))
        await desk.until(lambda: len(desk.post.sent) >= 2)
        desk.post.away = False
        before = len(desk.post.sent)
        await desk.until(lambda: len(desk.post.sent) == before + 1)
        await CLOCK.sleep(3 * AGAIN_S)
        assert len(desk.post.sent) == before + 1

    desk.run(story)


def test_a_screen_that_does_not_know_itself_tells_no_faults() -> None:
    async def story(desk: Desk) -> None:
        desk.reports.faults(frozenset({"sound.dead"}))
        await CLOCK.sleep(3 * AGAIN_S)
        assert desk.post.sent == []
        desk.device_id = "device-1"
        await desk.until(lambda: len(desk.post.sent) == 1)

    Desk(device_id=None).run(story)


@pytest.mark.parametrize("turns", range(4))
def test_it_ends_though_news_come_as_it_ends(turns: int) -> None:
    """However far what waited for the news has come when it is cancelled."""

    async def play() -> None:
        desk = Desk(device_id=None)
        tasks = Tasks()
        tasks.spawn(desk.reports.run(), "reports")
        loop = asyncio.get_running_loop()

        async def turn(times: int) -> None:
            for _ in range(times):
                turned = loop.create_future()
                loop.call_soon(turned.set_result, None)
                await turned

        desk.reports.faults(frozenset({"sound.dead"}))
        await turn(5)
        desk.reports.faults(frozenset())
        await turn(turns)
        async with asyncio.timeout(10):
            await tasks.stop()

    asyncio.run(play())
