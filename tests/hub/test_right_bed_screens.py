"""Right bed, from end to end: real screens without their windows at a real hub. The second one
shows and keeps nothing, its call arrives all the same; a moved one comes to life by a touch."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from starlette.datastructures import Headers
from uuid6 import uuid7

from smartward.clinical.device import Device, ScreenRole
from smartward.clock import SystemClock
from smartward.hub.http_server import HttpServer
from smartward.hub.standby_folder import FILE
from smartward.hub.standby_mode import Mode
from smartward.hub.standby_serving import Following
from smartward.hub.store.tx import Tx
from smartward.screen.feed import Feed
from smartward.screen.hub_address import Hub
from smartward.screen.hub_link import HubLink
from smartward.screen.kept import open_cache
from smartward.screen.link import LinkState, Phase
from smartward.screen.mirror import MirrorQueue
from smartward.screen.replica import Replica
from smartward.screen.this_start import start_headers
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind
from smartward.wire.start import SECOND, UNCONFIRMED, read
from tests.fakes.fake_clock import ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import SETTINGS, Ward
from tests.hub.staff import admin, hub_in
from tests.hub.test_right_bed import BED_1, BED_2, Box, box
from tests.hub.ward_docs import WARD

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log()]

CLOCK = SystemClock()
BEDSIDE = ScreenRole.BEDSIDE


class Screen:
    """Everything of a bedside but the window."""

    def __init__(self, folder: Path, url: str, token: str, of: Box) -> None:
        self.replica, self.link, self.tasks = Replica(BEDSIDE), LinkState(), Tasks()
        self.refused: list[str | None] = []
        self.kept = open_cache(
            folder=folder,
            token=token,
            place=None,
            replica=self.replica,
            link=self.link,
            clock=CLOCK,
            rate=1.0,
        )
        self.mirror = MirrorQueue(self.kept.cache, CLOCK)
        start = {name: v for name, v in of.headers(token).items() if name != "Authorization"}
        self.hub_link = HubLink(
            hub=Hub(url=url, token=token, start=start),
            feed=Feed(
                replica=self.replica,
                link=self.link,
                mirror=self.mirror,
                outbox=self.kept.outbox,
                clock=CLOCK,
                credential=of.machine,
                meta=self.kept.meta,
            ),
            outbox=self.kept.outbox,
            link=self.link,
            clock=CLOCK,
            stale_s=5.0,
            tell=lambda action, answer: self.refused.append(answer.key),
            noise=Random(1),
        )
        self.tasks.keep(self.mirror.run, "mirror", CLOCK)
        self.tasks.keep(self.kept.outbox.run, "outbox", CLOCK)
        self.hub_link.start(self.tasks)

    def touch(self, kind: str, subject: str, **data: str) -> None:
        made = CLOCK.now()
        action = Action(id=str(uuid7()), kind=kind, subject=subject, made_at=made, data=dict(data))
        self.kept.outbox.put(action)

    async def close(self) -> None:
        await self.tasks.stop()
        await self.mirror.flush()
        await self.kept.outbox.flush()
        await self.hub_link.close()
        self.kept.cache.close()


async def until(met: Callable[[], bool]) -> None:
    end = CLOCK.monotonic() + 10
    while not met():
        assert CLOCK.monotonic() < end, "it did not come to be in time"
        await CLOCK.sleep(0.005)


class Stage:
    """Screens at one hub."""

    def __init__(self, ward: Ward, url: str, folder: Path) -> None:
        self.ward, self._url, self._folder = ward, url, folder
        self.screens: list[Screen] = []

    def screen(self, device: Device, of: Box, name: str) -> Screen:
        token = self.ward.tokens[device.id]
        made = Screen(self._folder / name, self._url, token, of)
        self.screens.append(made)
        return made


@pytest.fixture
async def stage(ward: Ward, tmp_path: Path) -> AsyncIterator[Stage]:
    server = HttpServer(ward.hub)
    await server.start()
    made = Stage(ward, server.url, tmp_path)
    yield made
    for screen in made.screens:
        await screen.close()
    await server.stop()


async def test_a_second_screen_shows_and_keeps_nothing_and_its_call_arrives(stage: Stage) -> None:
    device = await stage.ward.enrol(BEDSIDE, "1")
    first = stage.screen(device, box("machine-1"), "first")
    await until(lambda: first.link.live and first.replica.docs("encounter") != {})
    second = stage.screen(device, box("machine-2"), "second")
    await until(lambda: second.link.phase is Phase.BLOCKED)
    assert (second.link.blocked, second.link.place) == (SECOND, BED_1)
    assert second.link.blocked_values == {"place": "1"}
    second.touch(ActionKind.CALL_PLACE, "call-2", **{"bed_id": BED_1, "class": "normal"})
    await until(lambda: first.replica.docs("nurse_call") != {})
    call = await stage.ward.call("call-2")
    assert call.other_beds == ("",)
    (touch,) = second.kept.outbox.pending()
    await until(lambda: second.kept.outbox.applied() == {touch.id})
    assert second.refused == []
    assert second.link.phase is Phase.BLOCKED
    assert second.replica.docs("encounter") == {}
    assert first.link.live
    await second.mirror.flush()
    assert second.kept.cache.documents() == []


async def test_a_second_screen_sends_again_what_a_restored_hub_has_lost(stage: Stage) -> None:
    """It is shown nothing: that the hub has another history it hears with why."""
    device = await stage.ward.enrol(BEDSIDE, "1")
    first = stage.screen(device, box("machine-1"), "first")
    await until(lambda: first.link.live)
    second = stage.screen(device, box("machine-2"), "second")
    await until(lambda: second.link.phase is Phase.BLOCKED)
    second.touch(ActionKind.CALL_PLACE, "call-2", **{"bed_id": BED_1, "class": "normal"})
    await until(lambda: first.replica.docs("nurse_call") != {})
    (touch,) = second.kept.outbox.pending()
    await until(lambda: second.kept.outbox.applied() == {touch.id})
    store = stage.ward.hub.store

    def lose(tx: Tx) -> None:
        tx.delete(WARD, "nurse_call", "call-2")
        tx._execute("delete from answer where action = ?", (touch.id,))

    await store.write(lose)
    await until(lambda: first.replica.docs("nurse_call") == {})
    await store.renew_epoch()
    await until(lambda: first.replica.docs("nurse_call") != {})
    assert (await stage.ward.call("call-2")).presses == 1


async def test_a_moved_screen_clears_and_comes_to_life_by_a_touch(stage: Stage) -> None:
    device = await stage.ward.enrol(BEDSIDE, "1")
    screen = stage.screen(device, box("machine-1"), "one")
    await until(lambda: screen.link.live and screen.replica.docs("encounter") != {})
    await admin(stage.ward, "move", device_id=device.id, place="2", second=True)
    await until(lambda: screen.link.phase is Phase.BLOCKED)
    assert (screen.link.blocked, screen.link.place) == (UNCONFIRMED, BED_2)
    assert screen.replica.docs("encounter") == {}
    screen.touch(ActionKind.PLACE_CONFIRM, device.id, place=BED_2)
    await until(lambda: screen.link.live and screen.replica.docs("encounter") != {})
    assert set(screen.replica.docs("encounter")) == {docs.encounter_id(2)}
    assert screen.refused == []


async def test_a_standby_that_follows_refuses_the_second_too(
    tmp_path: Path, clock: ManualClock
) -> None:
    settings = replace(SETTINGS, ward=WARD)
    first = box("machine-1")
    async with hub_in(tmp_path / "hub", clock, settings) as ward:
        await docs.furnish(ward.hub.store)
        device = await ward.enrol(BEDSIDE, "1")
        token = ward.tokens[device.id]
        assert (
            await ward.hub.right_bed.judge(device, Headers(first.headers(token)), feed=True) is None
        )
    (tmp_path / "standby").mkdir()
    (tmp_path / "hub" / "hub.sqlite").rename(tmp_path / "standby" / FILE)
    folder = tmp_path / "standby"
    following = Following(settings, folder, clock, lambda: (None, False), lambda: Mode.FOLLOWING)
    await following.start()
    try:
        copy = replace(first, machine="machine-2", start="start-9")
        refused = await following.right_bed.judge(device, Headers(copy.headers(token)), feed=True)
        assert refused is not None
        assert refused.error == SECOND
        again = first.restarted("start-2")
        judged = await following.right_bed.judge(device, Headers(again.headers(token)), feed=True)
        assert judged is None
    finally:
        await following.stop()


def test_a_screen_whose_disk_takes_no_key_still_says_who_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    told = [read(Headers(start_headers(tmp_path / "state", "d.secret"))) for _ in range(2)]
    assert None not in told
    assert told[0] != told[1]
    kept = [read(Headers(start_headers(tmp_path / "good", "d.secret"))) for _ in range(2)]
    assert len({one.public_key for one in kept if one is not None}) == 1
    assert len({one.id for one in kept if one is not None}) == 2
