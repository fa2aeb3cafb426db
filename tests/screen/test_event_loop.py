"""The screen's event loop: order, time, what is cancelled, and Qt's own events between."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from smartward.screen.event_loop import ScreenLoop
from tests.ui.bed_stage import application


@pytest.fixture(scope="module")
def app() -> QGuiApplication:
    return application()


@pytest.fixture
def loop(app: QGuiApplication) -> Iterator[ScreenLoop]:
    with ScreenLoop(app) as loop:
        yield loop


def test_callbacks_run_in_the_order_asked_for(loop: ScreenLoop) -> None:
    """Also what a callback asks for, what another thread does, and what was cancelled meanwhile."""
    ran: list[str] = []
    done = loop.create_future()

    def first() -> None:
        ran.append("first")
        loop.call_soon(ran.append, "asked by first")
        gone.cancel()

    loop.call_soon(first)
    gone = loop.call_soon(ran.append, "cancelled")
    loop.call_soon(ran.append, "second")
    other = threading.Thread(target=loop.call_soon_threadsafe, args=(done.set_result, None))
    loop.call_soon(other.start)
    loop.run_until_complete(asyncio.wait_for(done, 20))
    other.join()
    assert ran == ["first", "second", "asked by first"]


def test_timers_end_by_their_time_and_never_early(loop: ScreenLoop) -> None:
    ended: list[tuple[str, bool]] = []
    done = loop.create_future()

    def ask(name: str, delay: float) -> asyncio.TimerHandle:
        due = loop.time() + delay
        return loop.call_later(delay, lambda: ended.append((name, loop.time() >= due)))

    ask("last", 0.06)
    ask("second", 0.02)
    ask("first", 0.01)
    ask("cancelled", 0.03).cancel()
    ask("past", -1.0)
    loop.call_later(0.08, done.set_result, None)
    loop.run_until_complete(asyncio.wait_for(done, 20))
    assert ended == [("past", True), ("first", True), ("second", True), ("last", True)]


def test_nobody_is_woken_for_a_deadline_that_was_met(loop: ScreenLoop) -> None:
    """Qt's timer stands at what is still to come, and rests where nothing is."""
    (at,) = [one for one in vars(loop).values() if isinstance(one, QTimer) and one.isSingleShot()]
    soon, late = loop.call_later(3600, print), loop.call_later(7200, print)
    assert at.remainingTime() <= 3_600_000
    soon.cancel()
    assert at.remainingTime() > 3_600_000
    between = loop.call_later(5000, print)
    late.cancel()
    assert at.remainingTime() <= 5_000_000
    between.cancel()
    assert not at.isActive()


def test_work_that_never_rests_leaves_qt_its_turns(loop: ScreenLoop) -> None:
    drawn = loop.create_future()
    QTimer.singleShot(0, lambda: drawn.set_result(None))

    def again() -> None:
        if not drawn.done():
            loop.call_soon(again)

    again()
    loop.run_until_complete(asyncio.wait_for(drawn, 20))


def test_a_failing_callback_is_told_and_holds_up_nobody(loop: ScreenLoop) -> None:
    told: list[object] = []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    done = loop.create_future()
    wrong = ValueError("by test")

    def fail() -> None:
        raise wrong

    loop.call_soon(fail)
    loop.call_soon(done.set_result, None)
    loop.run_until_complete(asyncio.wait_for(done, 20))
    assert told == [wrong]


def test_a_closed_loop_runs_nothing_more(app: QGuiApplication) -> None:
    ran: list[str] = []
    with ScreenLoop(app) as loop:
        loop.call_soon(ran.append, "asked before")
    loop.call_soon(ran.append, "asked after")
    loop.call_later(0.0, ran.append, "later")
    app.processEvents()
    assert ran == []
