"""A screen goes on after a failure that nobody foresaw, shows it, and tells its hub."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.config import Settings
from smartward.device.fault_keys import LIST_FAULT, LOG_FAULT, START_FAULT
from smartward.screen.hub_address import Hub
from smartward.screen.kept import open_cache
from smartward.screen.link import LinkState
from smartward.screen.live import FOR_STAFF_ONLY, Live
from smartward.screen.replica import Changes, Replica
from smartward.screen.screen_clock import ScreenClock
from smartward.screen.screen_model import ScreenModel
from smartward.screen.services import TASK_FAULT, Services
from smartward.screen.window import ScreenWindow
from smartward.tasks import Tasks
from smartward.wire.envelope import ActionKind, Beat
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import bed, call, document
from tests.screen.fake_hub import FakeHub, fake_hub

pytestmark = [pytest.mark.anyio, pytest.mark.expects_log]


async def until(condition: Callable[[], bool]) -> None:
    real = SystemClock()
    end = real.monotonic() + 10
    while not condition():
        assert real.monotonic() < end, "it did not come to be in time"
        await real.sleep(0.005)


class NoWindow:
    """A display that is never drawn."""

    def __init__(self) -> None:
        self.on_frame: list[Callable[[], None]] = []
        self.awake = False
        self.window = QObject()


class Stumbling(ScreenModel):
    """A role that cannot take one change in."""

    stumbles = 0
    moved = 0

    def touches_moved(self) -> None:
        self.moved += 1

    def refresh(self, changes: Changes) -> None:
        if self.stumbles:
            self.stumbles -= 1
            raise KeyError("one odd patient")


def live(folder: Path, hub: FakeHub, clock: ManualClock, screen_tasks: Tasks | None = None) -> Live:
    link, replica = LinkState(), Replica(ScreenRole.STATION)
    kept = open_cache(
        folder=folder, token="t", place=None, replica=replica, link=link, clock=clock, rate=1.0
    )
    services = Services(
        role=ScreenRole.STATION,
        settings=Settings(),
        clock=clock,
        replica=replica,
        link=link,
        outbox=kept.outbox,
        language="en",
    )
    return Live(
        kept=kept,
        hub=Hub(url=hub.url, token="t"),
        model=Stumbling(services),
        window=cast(ScreenWindow, NoWindow()),
        replica=replica,
        link=link,
        clock=clock,
        screen_tasks=Tasks() if screen_tasks is None else screen_tasks,
    )


@pytest.fixture
async def hub(clock: ManualClock) -> AsyncIterator[FakeHub]:
    made = fake_hub(clock)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def screen(
    app: QGuiApplication, clock: ManualClock, tmp_path: Path, hub: FakeHub
) -> AsyncIterator[Live]:
    """A station, not started yet."""
    own = Tasks(lambda *_: made.judge_faults(), lambda _: made.judge_faults())
    made = live(tmp_path, hub, clock, own)
    yield made
    await own.stop()
    await made.close()


async def on_line(screen: Live) -> None:
    """Start it, and wait until it hears its hub."""
    screen.start()
    await until(lambda: screen._link.live)


def told(hub: FakeHub) -> list[object]:
    faults = [r.action for r in hub.applied if r.action.kind == ActionKind.SCREEN_FAULTS]
    return [action.data["faults"] for action in faults]


async def test_a_feed_that_fails_of_anything_begins_anew_and_is_told_until_it_is_well(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    model, link = cast(Stumbling, screen._model), screen._link
    screen.start()
    await until(lambda: link.live and told(hub) == [""])
    model.stumbles = 1
    hub.write(document("bed", "his.bed-1", 0, bed(1)))
    await until(lambda: model.faults == {TASK_FAULT})
    assert model.faultText == model.texts.text(TASK_FAULT)
    await until(lambda: told(hub) == ["", TASK_FAULT])
    clock.advance(1.3)
    await until(lambda: len(hub.asked) == 2 and screen.feed.caught_up)
    assert [each.id for each in model.replica.docs("bed").values()] == ["his.bed-1"]
    clock.advance(4)
    await until(lambda: len(hub.feeds) == 1)
    hub.beat()
    await until(lambda: link.live)
    assert model.faults == {TASK_FAULT}, "it may fail again at once"
    clock.advance(7)
    await until(lambda: screen.tasks.failing == frozenset())
    hub.beat()
    await until(lambda: model.faults == frozenset())
    await until(lambda: told(hub)[-1] == "")


async def test_a_touch_that_cannot_be_sent_does_not_end_the_sending(
    screen: Live, hub: FakeHub, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await on_line(screen)
    outbox, whole = screen._kept.outbox, screen._kept.outbox.request
    model = screen._model
    first = model.act(ActionKind.CALL_PLACE, None)

    def request(touch: object, *how: object) -> object:
        if touch.action.subject == first:  # type: ignore[attr-defined]  # declared wider than what it is here
            raise OverflowError("an odd press")
        return whole(touch, *how)  # type: ignore[arg-type]  # declared wider than what it is here

    monkeypatch.setattr(outbox, "request", request)
    await until(lambda: model.faults == {TASK_FAULT})
    second = model.act(ActionKind.CALL_PLACE, None)
    clock.advance(1.3)
    calls = [ActionKind.CALL_PLACE]
    await until(lambda: second in [r.action.subject for r in hub.applied])
    monkeypatch.undo()
    clock.advance(61)
    outbox.wake()
    await until(
        lambda: [r.action.subject for r in hub.applied if r.action.kind in calls] == [second, first]
    )


async def test_a_page_hears_of_a_touch_when_it_is_made_and_when_it_is_answered(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    """And not that everything is new: no document has come."""
    model = cast(Stumbling, screen._model)
    await on_line(screen)
    model.refresh = lambda changes: renewed.append(changes)  # type: ignore[method-assign]  # a stand-in of this test
    renewed: list[Changes] = []
    model.services.soon = lambda work: work()
    model.act(ActionKind.CALL_PLACE, None)
    assert model.moved == 1
    await until(lambda: not screen._kept.outbox.waiting)
    assert model.moved == 2
    assert renewed == []


async def test_what_fails_in_the_screen_itself_is_told_too(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    await on_line(screen)

    async def fail() -> None:
        raise KeyError("nobody foresaw this")

    screen._screen_tasks.keep(fail, "screen clock", clock)
    await until(lambda: told(hub) == ["", TASK_FAULT])


async def test_what_failed_and_goes_on_again_is_told_at_once(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    """No beat of the hub brings it: nothing of them is news for long."""
    link, begun = screen._link, clock.now()
    await on_line(screen)
    for tasks in (screen._screen_tasks, screen.tasks):
        errors = [KeyError("nobody foresaw this")]

        async def work(errors: list[KeyError] = errors) -> None:
            if errors:
                raise errors.pop()
            await asyncio.Event().wait()

        tasks.keep(work, "odd work", clock)
        await until(lambda: told(hub)[-1:] == [TASK_FAULT])
        while tasks.failing:
            clock.advance(1.0)
            hub.beat(Beat(clock.now(), begun, True))
            await until(lambda: link.last_heard == clock.now())
        assert clock.now() - begun < screen.feed.census_old, "from then on each beat is told"
        await until(lambda: told(hub)[-1:] == [""])


async def test_a_list_of_usb_devices_of_which_some_is_left_out_is_told_to_the_hub(
    screen: Live, hub: FakeHub, tmp_path: Path
) -> None:
    left_out = tmp_path / "root/run/smartward-usb/left-out"
    left_out.parent.mkdir(parents=True)
    left_out.write_text("usb.keyboards\n")
    screen.plugs._root = tmp_path / "root"
    screen.start()
    await until(lambda: told(hub)[-1:] == [LIST_FAULT])
    assert "device.toml" in screen._model.faultText
    of_technicians = {LIST_FAULT, START_FAULT, LOG_FAULT}
    assert of_technicians <= FOR_STAFF_ONLY, "whoever lies there can do nothing about it"


async def test_a_log_server_that_is_not_reached_is_told_to_the_hub(
    screen: Live, hub: FakeHub, tmp_path: Path
) -> None:
    why = tmp_path / "why"
    why.write_text("away\n")
    screen.logged._file = why
    screen.start()
    await until(lambda: told(hub)[-1:] == [LOG_FAULT])
    assert "log_server" in screen._model.faultText


async def test_what_the_hub_found_too_old_is_asked_about(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    hub.outcome, hub.key, hub.values = (
        "refused",
        "action.too_old",
        {"at": clock.now().isoformat()},
    )
    hub.write(
        document("bed", "his.bed-1", 0, bed(1)),
        document("nurse_call", "c1", 0, call("c1", "his.bed-1", clock.now())),
    )
    await on_line(screen)
    model = screen._model
    model.act(ActionKind.CALL_CLOSE, "c1")
    await until(lambda: bool(model.noticeText))
    assert model.noticeAsks
    assert str(model.noticeText).startswith("Bed 1: close the call.")
    model.setLanguage("zh_CN")
    assert str(model.noticeText).startswith("1床")
    model.setLanguage("en")
    model.dismissNotice()
    model.act(ActionKind.CALL_CLOSE, "gone meanwhile")
    await until(lambda: bool(model.noticeText))
    assert not model.noticeAsks, "nothing is there any more to be done"


async def test_a_pin_that_went_with_the_restart_is_told_to_a_person(
    app: QGuiApplication, hub: FakeHub, clock: ManualClock, tmp_path: Path
) -> None:
    before = live(tmp_path, hub, clock)
    before._model.act(ActionKind.PATIENT_PIN, "stay-1", {"pin": "739152"})
    await before.close()
    after = live(tmp_path, hub, clock)
    after.start()
    assert "PIN is not set" in str(after._model.noticeText)
    await until(lambda: after._link.live)
    assert ActionKind.PATIENT_PIN not in [r.action.kind for r in hub.applied]
    await after.close()


class Ages:
    """A model whose first tick fails."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.fails = 1
        self.read: list[datetime] = []

    def next_boundary(self) -> datetime:
        return self._clock.now().replace(minute=self._clock.now().minute + 1)

    def clock_moved(self) -> None:
        if self.fails:
            self.fails -= 1
            raise ZeroDivisionError
        self.read.append(self._clock.now())


async def test_a_picture_hears_the_hub_and_tells_it_nothing(
    app: QGuiApplication, hub: FakeHub, clock: ManualClock, tmp_path: Path
) -> None:
    """A call that a picture drew was before nobody's eyes; what was touched here goes its way with
    the screen, and a PIN that is lost is told to a person and not to a file."""
    placed = call("call-1", "his.bed-1", clock.now())
    hub.write(document("nurse_call", "call-1", 0, placed))
    first = live(tmp_path, hub, clock)
    first._model.act(ActionKind.CALL_PLACE, None)
    first._model.act(ActionKind.PATIENT_PIN, "his.enc-1", {"pin": "2468"})
    await first.close()
    looks = live(tmp_path, hub, clock)
    cast(NoWindow, looks._window).awake = True
    cast(Stumbling, looks._model).shown_call_ids = lambda: ("call-1",)  # type: ignore[method-assign]  # a stand-in of this test
    looks.look()
    await until(lambda: looks._link.live)
    looks._framed()
    await looks.close()
    assert (hub.applied, hub.answers) == ([], {})
    assert [asked.get("smartward-look") for asked in hub.asked] == ["1"]
    again = live(tmp_path, hub, clock)
    assert again._kept.outbox.waiting == 1
    assert len(again._kept.outbox.take_lost()) == 1
    await again.close()
    for one in (first, looks, again):
        one._kept.cache.close()


async def test_ages_go_on_after_a_tick_that_failed(clock: ManualClock) -> None:
    ages, tasks = Ages(clock), Tasks()
    ticked: list[int] = []
    screen_clock = ScreenClock(ages, clock, tasks, lambda: ticked.append(1))
    screen_clock.keep()
    await until(lambda: clock.waiting == 2)
    clock.advance(60)
    await until(lambda: bool(tasks.failing))
    await until(lambda: clock.waiting == 1)
    clock.advance(1.3)
    await until(lambda: ages.read == [clock.now()])
    await until(lambda: clock.waiting == 2)
    before = screen_clock._running
    screen_clock.keep()
    assert before is not None
    await asyncio.gather(before, return_exceptions=True)
    await until(lambda: clock.waiting == 2)
    clock.advance(60)
    await until(lambda: ages.read[-1] == clock.now())
    assert ticked == [1]
    await tasks.stop()


async def test_each_beat_is_told_from_half_the_time_after_which_data_are_late(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    link, told_at, begun = screen._link, list[float](), clock.now()
    await on_line(screen)
    link.listeners.append(lambda: told_at.append((clock.now() - begun).total_seconds()))

    async def beat(seconds: float) -> None:
        clock.advance(seconds)
        hub.beat(Beat(clock.now(), begun, True))
        await until(lambda: link.last_heard == clock.now())

    for _ in range(16):
        await beat(2.0)
    half = Settings().his_late_s / 2
    assert [at for at in told_at if at > 2] == [half, half + 2]


async def test_a_device_whose_clock_is_set_believes_the_census_again_with_the_next_beat(
    screen: Live, hub: FakeHub, clock: ManualClock
) -> None:
    """As where a machine without a battery clock hears the time after it has heard the hub."""
    link, model, begun = screen._link, screen._model, clock.now()
    await on_line(screen)
    hub.beat(Beat(clock.now(), begun, True))
    await until(lambda: link.his_as_of == begun)
    model.clock_moved()
    assert model.linkKind == ""
    clock.step(3600.0)
    model.clock_moved()
    assert model.linkKind == "his"
    hub.beat(Beat(begun, begun, True))
    await until(lambda: link.last_heard == clock.now())
    await until(lambda: model.linkKind == "")
