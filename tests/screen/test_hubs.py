"""A screen goes along the ward's hubs by itself, loses no touch on the way, and comes back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest

from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.screen import hub_clients, hub_link
from smartward.screen.banner import identity_current
from smartward.screen.feed import UNKNOWN_THERE
from smartward.screen.hub_address import Hub
from smartward.screen.hub_link import HubLink
from smartward.screen.hubs import READY_S, Hubs, of_text
from smartward.screen.link import Phase
from smartward.wire.envelope import Beat
from tests.screen.documents import bed, call, document
from tests.screen.fake_hub import FakeHub, another_history, fake_hub
from tests.screen.test_hub_link import CLOCK, TOKEN, Screen, beating, until

pytestmark = pytest.mark.expects_log()

SILENT_S = 0.3
STALE_AFTER_S = 5.0
"""Longer than the way to another hub takes on a machine that has much to do."""


def _furnished() -> FakeHub:
    hub = fake_hub(CLOCK)
    hub.write(document("bed", "his.bed-1", 0, bed(1)))
    return hub


@asynccontextmanager
async def two(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[FakeHub, FakeHub, Screen]]:
    """A hub, its standby that has the same history, and a screen that is at the hub."""
    monkeypatch.setattr(hub_clients, "ONE_OF_SEVERAL_S", SILENT_S)
    monkeypatch.setattr(hub_link, "_LOOK_BACK_S", 0.05)
    monkeypatch.setattr(hub_clients, "_LONGEST_WAIT_S", 0.5)
    hub, standby = _furnished(), _furnished()
    await hub.start()
    await standby.start()
    screen = Screen(folder, hub)
    await screen.hub_link.close()
    await screen.tasks.stop()
    screen.hub_link = HubLink(
        hub=Hub(url=hub.url, token=TOKEN, others=(standby.url,), silent_s=SILENT_S),
        feed=screen.feed,
        outbox=screen.outbox,
        link=screen.link,
        clock=CLOCK,
        stale_s=STALE_AFTER_S,
        tell=lambda action, answer: screen.told.append((action.id, answer.key)),
        noise=Random(1),
    )
    screen.tasks.spawn(screen.mirror.run(), "mirror")
    screen.hub_link.start(screen.tasks)
    beats = [screen.tasks.spawn(beating(each), "beats") for each in (hub, standby)]
    try:
        await screen.live()
        yield hub, standby, screen
    finally:
        for each in beats:
            each.cancel()
        await screen.close()
        await standby.stop()
        await hub.stop()


def test_of_a_hub_that_is_gone_it_goes_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            assert standby.asked == []
            await hub.stop()
            await until(lambda: len(standby.feeds) == 1)
            screen.touch(1)
            await until(lambda: len(standby.applied) == 1)
            assert screen.link.live, "nobody saw anything of it"
            assert standby.asked[0]["last-event-id"] == f"{hub.hello.epoch}-1", "nothing is new"

    asyncio.run(run())


class Behind(SystemClock):
    """Of another machine, that is some seconds behind."""

    def now(self) -> datetime:
        return super().now() - timedelta(seconds=8)


def test_what_was_known_of_one_hubs_clock_is_not_held_against_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            standby.clock = Behind()
            assert screen.link.skew is not None
            assert abs(screen.link.skew) < timedelta(seconds=4)
            await hub.stop()
            await until(lambda: len(standby.feeds) == 1 and screen.link.live)
            await until(lambda: (screen.link.skew or timedelta(0)) < timedelta(seconds=-4))

    asyncio.run(run())


def test_a_touch_that_one_hub_does_not_answer_goes_to_the_next_under_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            hub.fault = "silence"
            touch = screen.touch(1)
            await until(lambda: [one.action for one in standby.applied] == [touch])
            await until(lambda: len(standby.feeds) == 1)
            assert screen.outbox.waiting == 0

    asyncio.run(run())


def test_it_goes_back_when_the_first_answers_again_but_not_while_the_standby_holds_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            healthy = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"epoch": "e"}'
            hub._act = _answering(healthy)  # type: ignore[method-assign]  # a stand-in of this test
            await hub.stop()
            await until(lambda: len(standby.feeds) == 1)
            alone = Beat(CLOCK.now(), CLOCK.now(), True, "alone")
            standby.beat(alone)
            standby.beat = lambda given=None: FakeHub.beat(standby, given or alone)  # type: ignore[method-assign]  # a stand-in of this test
            await until(lambda: screen.link.standby == "alone")
            await hub.start()
            before = len(hub.asked)
            await until(lambda: screen.hub_link.hubs._answers != {})
            await CLOCK.sleep(0.2)
            assert len(hub.asked) == before
            following = msgspec.structs.replace(alone, standby="following")
            standby.beat = lambda given=None: FakeHub.beat(standby, following)  # type: ignore[method-assign]  # a stand-in of this test
            await until(lambda: len(hub.feeds) == 1 and screen.link.live)
            assert screen.hub_link.hubs.first

    asyncio.run(run())


def _answering(reply: bytes) -> Callable[[asyncio.StreamWriter, bytes], Awaitable[bool]]:
    async def act(writer: asyncio.StreamWriter, body: bytes) -> bool:
        writer.write(reply)
        await writer.drain()
        return True

    return act


def test_another_history_at_the_standby_has_the_last_day_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            touch = screen.touch(1)
            await until(lambda: screen.outbox.pending() == ())
            another_history(standby)
            await hub.stop()
            await until(lambda: [one.action.id for one in standby.applied] == [touch.id])

    asyncio.run(run())


@pytest.mark.long
def test_a_further_hub_that_does_not_know_the_screen_gets_its_calls_and_empties_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restored from before the screen was enrolled, it has nothing of the call that is open."""

    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            now = CLOCK.now()
            touch, over = screen.touch(1), screen.touch(2)
            await until(lambda: len(hub.applied) == 2)
            ended = replace(call(over.subject, "his.bed-1", now), closed_at=CLOCK.now())
            hub.write(
                document("nurse_call", touch.subject, 0, call(touch.subject, "his.bed-1", now)),
                document("nurse_call", over.subject, 0, ended),
            )
            hub.beat()
            await until(lambda: screen.outbox.pending() == ())
            await until(lambda: len(screen.kept.cache.documents()) == 3)
            kept = screen.kept.cache.documents()
            standby.fault = "401"
            await hub.stop()
            await until(lambda: screen.link.refused == UNKNOWN_THERE)
            assert screen.outbox.pending() == (touch,), "nobody has the open call: it waits"
            await until(lambda: screen.link.phase is Phase.OFFLINE, within_s=60.0)
            await until(lambda: screen.mirror.idle)
            assert len(screen.replica.docs("bed")) == 1
            assert screen.kept.cache.documents() == kept
            assert identity_current(screen.link, Settings(), CLOCK.now())
            standby.fault = ""
            await until(lambda: [one.action for one in standby.applied] == [touch])
            await until(lambda: screen.link.live and not screen.link.refused)

    asyncio.run(run())


def test_why_another_hub_is_of_no_use_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def told(of: FakeHub) -> list[str]:
        return [text for text in caplog.messages if text.startswith(f"the hub at {of.url} ")]

    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            assert told(hub) == told(standby) == []
            standby.fault = "503"
            await hub.stop()
            await until(lambda: len(standby.asked) >= 3)
            assert len(told(standby)) == len(told(hub)) == 1
            assert "status 503" in told(standby)[0]
            assert "ConnectError" in told(hub)[0]
            standby.fault = ""
            await until(lambda: len(told(standby)) == 2)
            assert "is up again" in told(standby)[1]
            assert screen.link.live

    asyncio.run(run())


def test_the_hub_tells_the_list_and_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with two(tmp_path, monkeypatch) as (hub, standby, screen):
            told = (hub.url, "http://127.0.0.1:1", "not an address")
            hub.hello = msgspec.structs.replace(hub.hello, hubs=told)
            standby.hello = msgspec.structs.replace(standby.hello, hubs=told)
            await hub.stop()
            wanted = (hub.url, "http://127.0.0.1:1", standby.url)
            await until(lambda: screen.hub_link.hubs.urls == wanted)
            await until(lambda: of_text(screen.kept.cache.meta().get("hubs", "")) == told)

    asyncio.run(run())


def test_what_is_told_without_tls_is_not_believed_where_there_is_tls() -> None:
    hubs = Hubs(["https://a"])
    hubs.told(["http://b", "https://c/"])
    assert hubs.urls == ("https://c", "https://a")
    assert hubs.here == "https://a"


def test_it_does_not_wait_for_ever_for_a_standby_that_never_ends_being_busy() -> None:
    hubs = Hubs(["http://a", "http://b"])
    hubs.go_on()
    assert not hubs.answers("http://a", 100.0, busy=True)
    assert not hubs.answers("http://a", 100.0 + READY_S / 2, busy=True)
    assert hubs.answers("http://a", 100.0 + READY_S, busy=True)
    hubs.failed("http://a", 130.0)
    assert not hubs.answers("http://a", 131.0, busy=True)


def test_who_did_not_answer_lately_is_asked_last() -> None:
    hubs = Hubs(["http://a", "http://b", "http://c"])
    assert hubs.order(10.0) == ["http://a", "http://b", "http://c"]
    hubs.failed("http://a", 10.0)
    assert hubs.order(11.0) == ["http://b", "http://c", "http://a"]
    assert hubs.order(13.5) == ["http://a", "http://b", "http://c"]
