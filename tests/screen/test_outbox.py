"""The outbox: nothing touched is lost, nothing waits for another's refusal, calls go first."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import cast

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smartward.clock import SystemClock
from smartward.errors import StorageFault
from smartward.screen.cache import Cache, Mirrored
from smartward.screen.outbox import KEEP, Outbox
from smartward.tasks import Tasks
from smartward.wire.envelope import Action, ActionKind, Answer
from tests.fakes.fake_clock import ManualClock
from tests.screen.documents import bed, document


def action(number: int, kind: str = ActionKind.CALL_PLACE, subject: str | None = None) -> Action:
    return Action(
        id=f"a{number}",
        kind=kind,
        subject=f"s{number}" if subject is None else subject,
        made_at=ManualClock().now(),
    )


def applied(number: int, seq: int, epoch: str = "e1") -> Answer:
    return Answer(id=f"a{number}", outcome="applied", seq=seq, epoch=epoch)


@pytest.fixture
def outbox(tmp_path: Path, clock: ManualClock) -> Outbox:
    return Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1")


def answer(outbox: Outbox, given: Answer) -> bool:
    touch = outbox.next()
    assert touch is not None
    return asyncio.run(outbox.answered(touch, given))


def test_calls_go_before_what_was_touched_earlier(outbox: Outbox) -> None:
    outbox.put(action(1, ActionKind.ALERT_ACKNOWLEDGE))
    outbox.put(action(2))
    outbox.put(action(3))
    touch = outbox.next()
    assert touch is not None
    assert touch.action.id == "a2"


@pytest.mark.expects_log("are sent again")
def test_a_new_call_goes_before_what_a_restored_hub_is_told_again(outbox: Outbox) -> None:
    for number in (1, 2):
        outbox.put(action(number))
        answer(outbox, applied(number, number))
    asyncio.run(outbox.another_epoch("e2"))
    outbox.put(action(3, ActionKind.CALL_AGAIN, "s1"))
    outbox.put(action(4))
    order = []
    while (touch := outbox.next()) is not None:
        order.append(touch.action.id)
        answer(outbox, Answer(id=touch.action.id, outcome="applied", seq=9, epoch="e2"))
    assert order == ["a4", "a1", "a3", "a2"], "and a press waits for its own call"


@pytest.mark.expects_log("are sent again")
def test_a_long_day_is_told_again_without_going_through_it_for_each_touch(outbox: Outbox) -> None:
    looks = 0

    def look(_: Action) -> bool:
        nonlocal looks
        looks += 1
        return False

    kinds = (ActionKind.CALL_PLACE, ActionKind.CALL_REASON, ActionKind.CALL_CLOSE)
    for number in range(90):
        outbox.put(action(number, kinds[number % 3], f"s{number // 3}"))
        answer(outbox, applied(number, number))
        asyncio.run(outbox.passed("e1", number))
    asyncio.run(outbox.another_epoch("e2"))
    outbox.waits = look
    for number in range(90):
        touch = outbox.next()
        assert touch is not None
        assert touch.action.id == f"a{number}"
        asyncio.run(outbox.answered(touch, applied(number, number, "e2")))
    assert outbox.next() is None
    assert looks == 90


@pytest.mark.expects_log("are sent again")
def test_a_screen_is_not_drawn_anew_for_each_touch_that_is_told_again(
    outbox: Outbox, clock: ManualClock
) -> None:
    for number in range(9):
        outbox.put(action(number))
        answer(outbox, applied(number, number))
    asyncio.run(outbox.passed("e1", 9))
    asyncio.run(outbox.another_epoch("e2"))
    drawn: list[int] = []
    outbox.moved = lambda: drawn.append(len(outbox.pending()))
    for number in range(8):
        answer(outbox, applied(number, number, "e2"))
        asyncio.run(outbox.passed("e2", number))
    assert drawn == [], "it was drawn in this very moment"
    clock.advance(0.5)
    asyncio.run(outbox.passed("e2", 8))
    assert drawn == [1], "a beat tells what is still owed"
    outbox.put(action(10))
    answer(outbox, applied(10, 10, "e2"))
    asyncio.run(outbox.passed("e2", 10))
    assert drawn == [1, 2, 1], "what is touched now is told at once, twice"


def test_a_refused_touch_does_not_hold_up_the_next(outbox: Outbox) -> None:
    outbox.put(action(1))
    outbox.put(action(2))
    assert answer(outbox, Answer(id="a1", outcome="refused", key="call.closed"))
    touch = outbox.next()
    assert touch is not None
    assert touch.action.id == "a2"
    assert [a.id for a in outbox.pending()] == ["a2"]


def test_later_waits_its_turn_and_its_reason_waits_behind_it(
    outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(action(1, subject="call"))
    outbox.put(action(2, ActionKind.CALL_REASON, subject="call"))
    outbox.put(action(3, ActionKind.ALERT_ACKNOWLEDGE))
    assert not answer(outbox, Answer(id="a1", outcome="later", retry_after_s=3))
    touch = outbox.next()
    assert touch is not None
    assert touch.action.id == "a3", "neither the call nor its reason may go now"
    clock.advance(3.1)
    touch = outbox.next()
    assert touch is not None
    assert touch.action.id == "a1"


def test_age_is_by_the_monotonic_clock_of_this_boot(
    outbox: Outbox, clock: ManualClock, tmp_path: Path
) -> None:
    outbox.put(action(1))
    clock.advance(7.25)
    touch = outbox.next()
    assert touch is not None
    request = outbox.request(touch, timedelta(seconds=-2))
    assert (request.age_ms, request.clock_skew_ms) == (7250, -2000)
    assert request.older_ms is None
    clock.step(-3600)
    request = outbox.request(touch, timedelta(seconds=-2))
    assert (request.age_ms, request.clock_skew_ms) == (7250, None), "a clock that was set"
    assert request.older_ms is None
    clock.step(3600 + 480)
    request = outbox.request(touch, timedelta(seconds=-2))
    assert (request.age_ms, request.older_ms) == (7250, 480_000), "or a machine that stood still"
    assert request.clock_skew_ms is None
    clock.step(-480)
    again = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1").next()
    assert again is not None
    assert outbox.request(again, None).age_ms == 7250, "a new process of the same boot"
    after_boot = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-2")
    touch = after_boot.next()
    assert touch is not None
    assert after_boot.request(touch, None).age_ms is None
    assert after_boot.request(touch, None).action == action(1)


def test_a_row_leaves_when_the_feed_has_passed_it_and_is_kept_a_day(
    outbox: Outbox, clock: ManualClock, tmp_path: Path
) -> None:
    outbox.put(action(1))
    answer(outbox, applied(1, seq=12))
    asyncio.run(outbox.passed("e1", 11))
    assert [a.id for a in outbox.pending()] == ["a1"], "the feed has not brought it yet"
    asyncio.run(outbox.passed("e1", 12))
    assert outbox.pending() == ()
    cache = Cache(tmp_path / "screen.sqlite3")
    assert [row.state for row in cache.touches()] == ["kept"]
    clock.advance(23 * 3600)
    asyncio.run(outbox.passed("e1", 13))
    assert len(cache.touches()) == 1
    clock.advance(2 * 3600)
    asyncio.run(outbox.passed("e1", 14))
    assert cache.touches() == []


def test_the_feed_may_be_faster_than_the_answer(outbox: Outbox) -> None:
    outbox.put(action(1))
    asyncio.run(outbox.passed("e1", 12))
    assert [a.id for a in outbox.pending()] == ["a1"]
    answer(outbox, applied(1, seq=12))
    assert outbox.pending() == ()


@pytest.mark.expects_log("sent again")
def test_another_history_gets_what_the_old_one_had(outbox: Outbox) -> None:
    outbox.put(action(1))
    answer(outbox, applied(1, seq=12))
    asyncio.run(outbox.passed("e1", 12))
    asyncio.run(outbox.another_epoch("e2"))
    touch = outbox.next()
    assert touch is not None
    assert touch.action == action(1)
    told = asyncio.run(outbox.answered(touch, Answer(id="a1", outcome="refused", key="x")))
    assert not told, "nobody is told of a refusal of something done long ago"


@pytest.mark.expects_log("sent again")
@pytest.mark.parametrize("epoch", ["e1", "e2"], ids=["as stored", "of the new history"])
def test_a_restored_hubs_answer_ends_a_touch(outbox: Outbox, epoch: str, tmp_path: Path) -> None:
    outbox.put(action(1))
    answer(outbox, applied(1, seq=12))
    asyncio.run(outbox.passed("e1", 12))
    asyncio.run(outbox.another_epoch("e2"))
    answer(outbox, applied(1, seq=3, epoch=epoch))
    assert [a.id for a in outbox.pending()] == ["a1"], "nothing of the new history has come yet"
    asyncio.run(outbox.passed("e2", 5))
    assert outbox.pending() == ()
    assert [row.state for row in Cache(tmp_path / "screen.sqlite3").touches()] == ["kept"]


@pytest.mark.expects_log("sent again")
def test_an_answer_that_crosses_a_restore_is_asked_for_again(outbox: Outbox) -> None:
    asyncio.run(outbox.passed("e1", 11))
    outbox.put(action(1))
    touch = outbox.next()
    assert touch is not None
    asyncio.run(outbox.another_epoch("e2"))
    asyncio.run(outbox.passed("e2", 3))
    asyncio.run(outbox.answered(touch, applied(1, seq=12)))
    asyncio.run(outbox.passed("e2", 4))
    assert outbox.next() is touch
    answer(outbox, applied(1, seq=5, epoch="e2"))
    asyncio.run(outbox.passed("e2", 5))
    assert outbox.pending() == ()


def test_an_answered_touch_does_not_wait_for_the_feed_for_ever(
    outbox: Outbox, clock: ManualClock
) -> None:
    outbox.put(action(1))
    answer(outbox, applied(1, seq=1000))
    asyncio.run(outbox.passed("e1", 1))
    assert [a.id for a in outbox.pending()] == ["a1"]
    clock.advance(KEEP.total_seconds() + 1)
    asyncio.run(outbox.passed("e1", 2))
    assert outbox.pending() == ()


BAD_ROWS = {
    "half a body": ("body", b'{"id":"a1","kind"'),
    "another body": ("body", b'{"id": 7}'),
    "not sealed here": ("sealed", b"nonce of 12 and what was never sealed"),
    "a number as body": ("sealed", 7),
    "another row's mark": ("stay", b"another!"),
    "no time": ("pressed_wall", "yesterday"),
    "no zone": ("pressed_wall", "2026-11-21T00:00:00"),
    "no age": ("pressed_monotonic", "long"),
}


PIN = "739152"


def pin_set(pin: str | None = PIN) -> Action:
    made = ManualClock().now()
    kind, data = ActionKind.PATIENT_PIN, {"pin": pin}
    return Action(id="a1", kind=kind, subject="stay-1", made_at=made, data=dict(data))


def on_disk(folder: Path, words: str) -> bool:
    """In a file as it lies there, or in what the screen's keys open of it."""
    cache = Cache(folder / "screen.sqlite3", read_only=True)
    kept = [row.body for row in cache.touches()]
    cache.close()
    return any(words.encode() in data for data in (*kept, *map(Path.read_bytes, folder.iterdir())))


def test_a_patients_pin_is_sent_but_never_on_the_disk(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put(pin_set())
    touch = outbox.next()
    assert touch is not None
    assert outbox.request(touch, None).action.data == {"pin": PIN}
    assert on_disk(tmp_path, "stay-1")
    assert not on_disk(tmp_path, PIN)
    answer(outbox, applied(1, 5))
    assert not on_disk(tmp_path, PIN)
    assert PIN not in repr([each.action for each in outbox._touches.all.values()])
    asyncio.run(outbox.another_epoch("e2"))
    assert outbox.next() is None, "what is gone cannot be sent again"


def test_a_pin_that_was_not_sent_before_a_restart_is_told_once_as_not_set(
    outbox: Outbox, clock: ManualClock, tmp_path: Path
) -> None:
    outbox.put(pin_set())
    again = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1")
    assert (again.next(), again.pending()) == (None, ())
    assert [lost.subject for lost in again.take_lost()] == ["stay-1"]
    assert again.take_lost() == ()
    asyncio.run(again.flush())
    third = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1")
    assert third.take_lost() == ()


@pytest.mark.parametrize("state", ["waiting", "answered", "kept", "refused"])
def test_a_pin_that_an_older_version_left_on_the_disk_is_taken_away(
    outbox: Outbox, clock: ManualClock, tmp_path: Path, state: str
) -> None:
    outbox.put(pin_set())
    (row,) = outbox._cache.touches()
    row.body, row.state = msgspec.json.encode(pin_set()), state
    outbox._cache.put_touch(row)
    outbox._cache.close()
    assert on_disk(tmp_path, PIN)
    again = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1")
    touch = again.next()
    assert (touch is not None) is (state == "waiting")
    if touch is not None:
        assert again.request(touch, None).action.data == {"pin": PIN}, "it can still be sent"
    asyncio.run(again.flush())
    again._cache.close()
    assert on_disk(tmp_path, "stay-1")
    assert not on_disk(tmp_path, PIN)
    assert again.take_lost() == ()


def test_a_pin_taken_away_is_no_secret(outbox: Outbox, clock: ManualClock, tmp_path: Path) -> None:
    outbox.put(pin_set(None))
    again = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1")
    touch = again.next()
    assert touch is not None
    assert touch.action.data == {"pin": None}
    assert again.take_lost() == ()


@pytest.mark.expects_log("cannot be read and is set aside")
@pytest.mark.parametrize("column,value", BAD_ROWS.values(), ids=BAD_ROWS)
def test_one_unreadable_touch_stops_neither_screen_nor_the_others(
    outbox: Outbox, clock: ManualClock, tmp_path: Path, column: str, value: object
) -> None:
    for number in (1, 2):
        outbox.put(action(number))
    if column == "body":
        first = outbox._cache.touches()[0]
        first.body = cast(bytes, value)
        outbox._cache.put_touch(first)
    else:
        with closing(sqlite3.connect(tmp_path / "screen.sqlite3")) as file, file:
            file.execute(f"update outbox set {column} = ? where id = 'a1'", [value])
    cache = Cache(tmp_path / "screen.sqlite3")
    again = Outbox(cache, clock, "boot-1")
    assert again.unreadable == 1
    assert [a.id for a in again.pending()] == ["a2"]
    asyncio.run(again.passed("e1", 1))
    assert [(row.id, row.state) for row in cache.touches()] == [
        ("a1", "unreadable"),
        ("a2", "waiting"),
    ]
    assert Outbox(cache, clock, "boot-1").unreadable == 1, "told after a restart, too"
    clock.advance(KEEP.total_seconds() + 1)
    asyncio.run(again.passed("e1", 2))
    assert again.unreadable == 0
    assert [row.id for row in cache.touches()] == ["a2"]
    cache.close()


@pytest.mark.expects_log("another place")
def test_another_places_touches_are_never_sent(outbox: Outbox) -> None:
    for number in (1, 2, 3):
        outbox.put(action(number, ActionKind.CALL_AGAIN))
    answer(outbox, applied(1, 1))
    asyncio.run(outbox.passed("e1", 1))
    answer(outbox, applied(2, 2))
    sending = outbox.next()
    assert sending is not None
    asyncio.run(outbox.disown({"place": "his.bed-7"}))
    assert not asyncio.run(outbox.answered(sending, applied(3, 3)))
    # Neither to a hub of another history: it would take a press for one of the bed here now.
    asyncio.run(outbox.another_epoch("e2"))
    asyncio.run(outbox.passed("e2", 1))
    assert outbox.next() is None
    assert outbox.pending() == ()
    assert outbox.waiting == 0
    assert {row.state for row in outbox._cache.touches()} == {"foreign"}


async def until(condition: Callable[[], bool]) -> None:
    real = SystemClock()
    end = real.monotonic() + 10
    while not condition():
        assert real.monotonic() < end, "it did not come to be in time"
        await real.sleep(0.005)


def read_only(cache: Cache, on: bool) -> None:
    """The flash memory has turned read-only, or takes writes again."""
    cache._connection.execute(f"pragma query_only = {'on' if on else 'off'}")


@pytest.mark.expects_log
def test_housekeeping_on_a_failing_disk_waits_and_is_told(
    tmp_path: Path, clock: ManualClock
) -> None:
    async def run() -> None:
        cache = Cache(tmp_path / "screen.sqlite3")
        outbox = Outbox(cache, clock, "boot-1")
        turned: list[bool] = []
        outbox.disk_turned = lambda: turned.append(outbox.failing)
        for number in (1, 2):
            outbox.put(action(number))
            touch = outbox.next()
            assert touch is not None
            await outbox.answered(touch, applied(number, seq=number))
        await outbox.passed("e1", 1)
        clock.advance(KEEP.total_seconds() + 1)
        read_only(cache, on=True)
        await outbox.passed("e1", 2)
        assert outbox.pending() == (), "what is shown does not wait for the disk"
        await outbox.another_epoch("e2")
        assert [a.id for a in outbox.pending()] == ["a2"]
        assert turned == [True]
        tasks = Tasks()
        tasks.spawn(outbox.run(), "outbox")
        await until(lambda: clock.waiting == 1)
        read_only(cache, on=False)
        clock.advance(5)
        await until(lambda: not outbox.failing)
        await tasks.stop()
        assert turned == [True, False]
        assert [(row.id, row.state, row.resent) for row in cache.touches()] == [
            ("a2", "waiting", 1)
        ], "a1 was kept for a day and is gone"
        cache.close()

    asyncio.run(run())


@pytest.mark.expects_log
@pytest.mark.parametrize("first", ["the mirror", "a press"])
def test_what_another_place_touched_stays_so_through_a_failing_disk(
    tmp_path: Path, clock: ManualClock, first: str
) -> None:
    """The disk takes nothing while the screen is given to another bed; the power goes right after
    it took one thing again, whichever, and before the outbox tries once more."""
    file = tmp_path / "screen.sqlite3"
    cache = Cache(file)
    outbox = Outbox(cache, clock, "boot-1")
    here = (("place", "his.bed-1"), ("cursor", "4"))
    asyncio.run(cache.mirror([Mirrored((document("bed", "his.bed-1", 4, bed(1)),), (), here)]))
    outbox.put(action(1))
    answer(outbox, applied(1, 9))
    outbox.put(action(2, ActionKind.CALL_AGAIN, "s1"))
    read_only(cache, on=True)
    asyncio.run(outbox.disown({"place": "his.bed-7"}))
    assert outbox.failing
    assert outbox.pending() == ()
    with pytest.raises(StorageFault):
        outbox.put(action(3))
    before = Cache(file)
    assert before.meta()["place"] == "his.bed-1"
    assert [row.state for row in before.touches()] == ["answered", "waiting"], "both as before"
    read_only(cache, on=False)
    if first == "a press":
        outbox.put(action(4))
    asyncio.run(cache.mirror([Mirrored(meta=(("device", "dev"),))]))
    if first == "the mirror":
        outbox.put(action(4))
    asyncio.run(cache.mirror([Mirrored(meta=(("label", "7"),))]))
    after = Cache(file)
    assert (after.meta()["place"], after.meta().get("cursor")) == ("his.bed-7", None)
    assert after.documents() == []
    again = Outbox(after, clock, "boot-1")
    assert [one.id for one in again.pending()] == ["a4"], "what is this bed's, and only that"
    asyncio.run(again.another_epoch("e2"))
    assert [one.id for one in again.pending()] == ["a4"]
    for one in (cache, before, after):
        one.close()


@pytest.mark.expects_log("outbox file")
def test_a_refusal_is_told_though_the_disk_does_not_take_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    cache = Cache(tmp_path / "screen.sqlite3")
    outbox = Outbox(cache, clock, "boot-1")
    outbox.put(action(1))
    read_only(cache, on=True)
    assert answer(outbox, Answer(id="a1", outcome="refused", key="call.closed"))
    assert outbox.pending() == ()
    again = Outbox(Cache(tmp_path / "screen.sqlite3"), clock, "boot-1")
    assert [a.id for a in again.pending()] == ["a1"], "after a restart it is asked for again"
    assert answer(again, Answer(id="a1", outcome="refused", key="call.closed")), "and told again"


class Model(RuleBasedStateMachine):
    """Touches, answers, feeds, restarts and other histories in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.caches: list[Cache] = []
        self.waiting: list[Action] = []
        self.answered: dict[str, int] = {}
        self.number = 0
        self.seq = 0
        self.epoch = "e0"
        self.reached = 0

    @initialize()
    def start(self) -> None:
        self._open()

    def _open(self) -> None:
        # As after kill -9: the old process never closed its file.
        cache = Cache(Path(self.folder.name) / "screen.sqlite3")
        self.caches.append(cache)
        self.outbox = Outbox(cache, self.clock, "boot")
        self.reached = 0

    @rule(kind=st.sampled_from([ActionKind.CALL_PLACE, ActionKind.ALERT_ACKNOWLEDGE]))
    def touch(self, kind: str) -> None:
        self.number += 1
        made = action(self.number, kind)
        self.outbox.put(made)
        self.waiting.append(made)

    @precondition(lambda self: len(self.caches) < 6)
    @rule()
    def killed(self) -> None:
        self._open()

    @rule(outcome=st.sampled_from(["applied", "refused", "later", "lost"]))
    def send(self, outcome: str) -> None:
        touch = self.outbox.next()
        if touch is None:
            return
        calls = [a for a in self.waiting if a.kind == ActionKind.CALL_PLACE]
        assert touch.action in self.waiting
        if touch.action.kind != ActionKind.CALL_PLACE:
            # Only calls that were told to wait may be passed by something else.
            sendable = [t for t in self.outbox._touches.all.values() if t.action in calls]
            assert all(t.not_before > self.clock.monotonic() for t in sendable)
        if outcome == "lost":
            return
        given = Answer(id=touch.action.id, outcome=outcome)  # type: ignore[arg-type]  # one of the words that it may be
        if outcome == "applied":
            self.seq += 1
            given = Answer(id=touch.action.id, outcome="applied", seq=self.seq, epoch=self.epoch)
        asyncio.run(self.outbox.answered(touch, given))
        if outcome != "later":
            self.waiting.remove(touch.action)
        if outcome == "applied" and self.seq > self.reached:
            self.answered[touch.action.id] = self.seq

    @rule(behind=st.integers(-2, 3))
    def feed(self, behind: int) -> None:
        reached = self.reached = self.seq - behind
        asyncio.run(self.outbox.passed(self.epoch, reached))
        self.answered = {i: seq for i, seq in self.answered.items() if seq > reached}

    @rule(seconds=st.sampled_from([1, 20, 3600]))
    def time(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @invariant()
    def nothing_is_lost_or_invented(self) -> None:
        expected = {a.id for a in self.waiting} | set(self.answered)
        assert {a.id for a in self.outbox.pending()} == expected
        assert self.outbox.waiting == len(self.waiting)

    @rule()
    def another_hub(self) -> None:
        """It knows nothing: all that was done is told again, in its order."""
        self.epoch += "'"
        done = [t.action for t in self.outbox._touches.all.values() if t.row.state != "refused"]
        asyncio.run(self.outbox.another_epoch(self.epoch))
        self.waiting, self.answered, self.reached = done, {}, -1

    @invariant()
    def the_parts_are_those_of_all_and_in_their_order(self) -> None:
        touches = self.outbox._touches
        states = {id: one.row.state for id, one in touches.all.items()}
        parts = {"waiting", "answered"}
        assert [a.id for a in self.outbox.pending()] == [i for i in states if states[i] in parts]
        assert self.outbox.applied() == {i for i in states if states[i] == "answered"}
        now = self.clock.monotonic()
        may = [t for t in self.outbox.unanswered() if t.not_before <= now]
        assert self.outbox.next() is max(may, key=lambda touch: touch.urgency, default=None)

    @invariant()
    def the_file_knows_what_waits(self) -> None:
        on_disk = {row.id for row in self.caches[-1].touches() if row.state == "waiting"}
        assert on_disk == {a.id for a in self.waiting}

    def teardown(self) -> None:
        for cache in self.caches:
            cache.close()
        self.folder.cleanup()


# Whether some order has touches sent again depends on the orders that are tried.
TestAnyOrder = pytest.mark.expects_log(Model.TestCase)
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=20)
