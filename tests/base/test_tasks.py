"""Background tasks: held, heard when they fail, begun anew where kept, gone when stopped."""

import asyncio
import gc
import itertools
import logging

import pytest

from smartward.errors import StorageFault
from smartward.tasks import Flag, Tasks
from tests.fakes.fake_clock import ManualClock

pytestmark = pytest.mark.anyio
SOON = 5.0


class Gate:
    """Work that ends when it is told, by returning or by failing."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.end = asyncio.Event()
        self.ended = asyncio.Event()

    async def work(self, error: BaseException | None = None) -> None:
        self.begun.set()
        try:
            await self.end.wait()
            if error is not None:
                raise error
        finally:
            self.ended.set()


async def fail(words: str = "on purpose") -> None:
    raise RuntimeError(words)


async def turns() -> None:
    """Some turns of the loop: what could begin has begun."""
    await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, int), SOON)


async def gone(*tasks: "asyncio.Task[None]") -> None:
    """All have ended and whoever listens has been told."""
    await asyncio.wait(tasks, timeout=SOON)
    await turns()


async def test_a_task_nobody_holds_goes_on() -> None:
    tasks, gate = Tasks(), Gate()
    tasks.spawn(gate.work(), "kept")
    await asyncio.wait_for(gate.begun.wait(), SOON)
    gc.collect()
    gate.end.set()
    await asyncio.wait_for(gate.ended.wait(), SOON)
    assert tasks.failures == {}


@pytest.mark.expects_log("task poll failed", "task feed failed")
async def test_each_name_fails_aloud_once(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks()
    await gone(*(tasks.spawn(fail(f"turn {n}"), "poll") for n in range(5)))
    await gone(tasks.spawn(fail(), "feed"))
    records = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in records] == ["task poll failed", "task feed failed"]
    assert all(record.exc_info is not None for record in records), "with its traceback"
    assert tasks.failures == {"poll": 5, "feed": 1}


@pytest.mark.expects_log("task poll failed")
async def test_every_failure_is_handed_on() -> None:
    heard: list[tuple[str, str]] = []
    tasks = Tasks(lambda name, error: heard.append((name, str(error))))
    await gone(tasks.spawn(fail("a"), "poll"), tasks.spawn(fail("b"), "poll"))
    assert sorted(heard) == [("poll", "a"), ("poll", "b")]


async def test_who_is_stopped_did_not_fail() -> None:
    tasks, gate = Tasks(), Gate()
    tasks.spawn(gate.work(), "stopped")
    await asyncio.wait_for(gate.begun.wait(), SOON)
    await asyncio.wait_for(tasks.stop(), SOON)
    assert gate.ended.is_set(), "its finally clause has run"
    assert tasks.failures == {}


@pytest.mark.expects_log("task closing failed")
async def test_a_failure_while_it_is_stopped_is_heard_too() -> None:
    async def closing() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("the file would not close")

    tasks = Tasks()
    tasks.spawn(closing(), "closing")
    await turns()
    await asyncio.wait_for(tasks.stop(), SOON)
    assert tasks.failures == {"closing": 1}


async def test_what_an_ending_task_starts_is_stopped_too() -> None:
    tasks, late = Tasks(), Gate()

    async def first() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.spawn(late.work(), "late")

    tasks.spawn(first(), "first")
    await turns()
    await asyncio.wait_for(tasks.stop(), SOON)
    assert not tasks._running


async def test_a_task_may_stop_the_others() -> None:
    tasks, gate = Tasks(), Gate()
    tasks.spawn(gate.work(), "other")
    await asyncio.wait_for(gate.begun.wait(), SOON)

    async def ending() -> str:
        await tasks.stop()
        return "stopped"

    assert await asyncio.wait_for(tasks.spawn(ending(), "ending"), SOON) == "stopped"
    assert gate.ended.is_set()
    assert not tasks._running


@pytest.mark.parametrize("count", [0, 1, 50])
async def test_stop_waits_for_all(count: int) -> None:
    tasks = Tasks()
    gates = [Gate() for _ in range(count)]
    for gate in gates:
        tasks.spawn(gate.work(), "many")
    await turns()
    await asyncio.wait_for(tasks.stop(), SOON)
    assert all(gate.ended.is_set() for gate in gates)


@pytest.mark.expects_log("task one failed")
async def test_a_listener_gets_the_error_itself() -> None:
    heard: list[BaseException] = []
    raised = ValueError("bad")
    gate = Gate()
    gate.end.set()
    tasks = Tasks(lambda name, error: heard.append(error))
    await gone(tasks.spawn(gate.work(raised), "one"))
    assert heard == [raised]


# ------------------------------------------------------------------------------- kept work


class Worker:
    """Work that fails when told, else goes on; it counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.errors: list[BaseException] = []
        self.over = asyncio.Event()

    async def work(self) -> None:
        self.begun += 1
        if self.errors:
            raise self.errors.pop(0)
        await self.over.wait()


async def rest(clock: ManualClock) -> None:
    """Everything has come to rest on the clock or on an event."""
    for _ in range(3):
        await turns()


@pytest.mark.expects_log("task decide failed", "task decide goes on again")
async def test_kept_work_is_begun_anew_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    tasks, worker, clock = Tasks(), Worker(), ManualClock()
    worker.errors = [StorageFault("storage.full", f"{n}") for n in range(4)]
    tasks.keep(worker.work, "decide", clock)
    await rest(clock)
    assert worker.begun == 1
    assert tasks.failing == {"decide"}
    for begun in (2, 3, 4, 5):
        clock.advance(60)
        await rest(clock)
        assert worker.begun == begun
    assert tasks.failures == {"decide": 4}
    assert tasks.failing == {"decide"}, "it has only just begun again"
    clock.advance(60)
    await rest(clock)
    assert tasks.failing == frozenset()
    told = [record.getMessage() for record in caplog.records]
    assert told == ["task decide failed", "task decide goes on again"]
    await tasks.stop()


async def test_kept_work_that_returns_is_over() -> None:
    tasks, worker, clock = Tasks(), Worker(), ManualClock()
    worker.over.set()
    kept = tasks.keep(worker.work, "once", clock)
    await asyncio.wait_for(kept, SOON)
    await rest(clock)
    assert worker.begun == 1
    assert clock.waiting == 0, "nothing of it is left"


@pytest.mark.expects_log("task decide failed", "task decide goes on again")
async def test_the_wait_grows_and_begins_short_after_good_times() -> None:
    tasks, worker, clock = Tasks(), Worker(), ManualClock()

    async def waited() -> float:
        """Seconds until it is begun anew."""
        begun, seconds = worker.begun, 0.0
        while worker.begun == begun:
            clock.advance(0.25)
            seconds += 0.25
            await rest(clock)
            assert seconds < 40
        return seconds

    worker.errors = [ValueError("bad")] * 8
    tasks.keep(worker.work, "decide", clock)
    await rest(clock)
    waits = [await waited() for _ in range(8)]
    assert 0.75 <= waits[0] <= 1.5
    assert all(later > before * 1.2 for before, later in itertools.pairwise(waits[:4]))
    assert all(23 <= late <= 37 for late in waits[-2:])
    clock.advance(11)
    await rest(clock)
    assert tasks.failing == frozenset()
    await tasks.stop()


async def test_kept_work_ends_when_it_is_stopped() -> None:
    tasks, worker, clock = Tasks(), Worker(), ManualClock()
    kept = tasks.keep(worker.work, "decide", clock)
    await rest(clock)
    await asyncio.wait_for(tasks.stop(), SOON)
    assert kept.cancelled()
    assert tasks.failures == {}
    assert clock.waiting == 0


@pytest.mark.expects_log("task decide failed")
async def test_kept_work_that_waits_to_begin_ends_too() -> None:
    heard: list[str] = []
    tasks, worker, clock = Tasks(lambda name, error: heard.append(name)), Worker(), ManualClock()
    worker.errors = [RuntimeError("bad")]
    tasks.keep(worker.work, "decide", clock)
    await rest(clock)
    assert heard == ["decide"]
    await asyncio.wait_for(tasks.stop(), SOON)
    assert clock.waiting == 0
    assert worker.begun == 1


async def test_a_flag_wakes_whoever_waits_and_keeps_nobody_who_comes_later() -> None:
    flag = Flag()
    waiting = [Tasks().spawn(flag.wait(), "waits") for _ in range(2)]
    await turns()
    assert not any(one.done() for one in waiting)
    flag.set()
    await asyncio.wait_for(asyncio.gather(*waiting, flag.wait()), SOON)
    assert flag.is_set()
    flag.clear()
    again = Tasks().spawn(flag.wait(), "waits")
    await turns()
    assert not again.done()
    flag.set()
    await asyncio.wait_for(again, SOON)


async def test_a_flag_set_before_anybody_waited_keeps_nobody() -> None:
    flag = Flag()
    flag.set()
    await asyncio.wait_for(flag.wait(), SOON)
    flag.clear()
    assert not flag.is_set()
