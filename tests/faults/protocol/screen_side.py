"""The screens of the model: the real outbox over a disk that is a dictionary, and what the feed
has brought of the calls."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smartward.clinical.nurse_call import NurseCall, is_open
from smartward.hub.store.model import Stored, decode
from smartward.screen.cache import TouchRow
from smartward.screen.outbox import Outbox, Touch
from smartward.screen.outbox_rows import Touches
from smartward.wire.envelope import Action, ActionKind, ActionRequest, Answer, Person
from tests.fakes.fake_clock import ManualClock

NURSE = Person(known="name", id="st-1", name="李红", family="李")


def run(coroutine: Any) -> Any:
    """What a coroutine gives that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits")


class _Disk:
    """As the screen's cache keeps touches; what it took, a power cut leaves."""

    fault = None

    def __init__(self, rows: Iterable[TouchRow]) -> None:
        self.rows = {row.id: copy.copy(row) for row in rows}

    def touches(self) -> list[TouchRow]:
        return [copy.copy(row) for row in self.rows.values()]

    def closed_touches(self) -> int:
        return 0  # nothing is sealed here

    def put_touch(self, row: TouchRow) -> None:
        self.rows[row.id] = copy.copy(row)

    async def put_touches(self, rows: Iterable[TouchRow]) -> None:
        for row in rows:
            self.put_touch(row)

    async def drop_touches(self, ids: Iterable[str]) -> None:
        for id in ids:
            self.rows.pop(id, None)


class _OwnClock:
    """The clock of a screen: nobody sets it where the hub's is set, and it goes on where the hub's
    machine stands still."""

    rate = 1.0

    def __init__(self, screen: "Screen") -> None:
        self._screen = screen

    def now(self) -> datetime:
        return self._screen._clock.now() - self._screen.skew

    def monotonic(self) -> float:
        return self._screen._clock.monotonic() + self._screen.gained


@dataclass
class Replica:
    """What the feed has brought of the calls."""

    epoch: str = ""
    cursor: int = 0
    calls: dict[str, NurseCall] = field(default_factory=dict)


class Screen:
    """One screen: touches, a sender that waits for one answer at a time, a feed."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self.name = name
        self._clock = clock
        self._disk = _Disk(())
        self.boot = 1
        self.skew = timedelta(0)
        """By how much the hub's clock is ahead of this screen's, as its last beat told."""
        self.gained = 0.0
        """Seconds that its machine has counted more than the hub's."""
        self._outbox = self._start()
        self.waits_for: str | None = None
        """Id of the touch it has sent and has no answer to."""
        self.replica = Replica()
        self.made = 0

    def _start(self) -> Outbox:
        return Outbox(self._disk, _OwnClock(self), f"boot-{self.boot}")  # type: ignore[arg-type]  # a disk and a clock with what an outbox uses

    def copied(self) -> "Screen":
        """The same screen, to go another way from here."""
        twin = copy.copy(self)
        twin._disk = _Disk(self._disk.rows.values())
        twin._outbox = twin._start()
        touches = twin._outbox._touches = Touches()
        for id, one in self._outbox._touches.all.items():
            touches.all[id] = Touch(copy.copy(one.row), one.action)
        touches.sort()
        twin._outbox._passed = self._outbox._passed
        twin.replica = copy.copy(self.replica)
        return twin

    def state(self) -> tuple[object, ...]:
        """All in which two such screens may differ."""
        rows = tuple(
            (one.row.id, one.row.state, one.row.seq, one.row.epoch, one.row.resent)
            for one in self._outbox._touches.all.values()
        )
        calls = tuple(sorted((id, repr(call)) for id, call in self.replica.calls.items()))
        seen = (self.replica.epoch, self.replica.cursor, calls)
        clock = (self.boot, self.skew, self.gained)
        return (rows, self.waits_for, clock, self._outbox._passed, seen)

    # --------------------------------------------------------------------------- the person

    def touch(self, kind: str, subject: str | None = None, **data: Any) -> Action:
        """One touch; on the disk when this returns."""
        self.made += 1
        id = f"{self.name}-{self.made}"
        patient = kind in (ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN)
        action = Action(
            id=id,
            kind=kind,
            subject=subject or f"call-{id}",
            made_at=self._clock.now() - self.skew,
            by=Person() if patient else NURSE,
            data=data,
        )
        self._outbox.put(action)
        return action

    def open_call(self) -> str | None:
        """The call this screen shows as open: in what the feed brought, or just pressed here."""
        for id, call in self.replica.calls.items():
            if is_open(call):
                return id
        placed = [one for one in self._outbox.pending() if one.kind == ActionKind.CALL_PLACE]
        return placed[-1].subject if placed else None

    def rows(self) -> dict[str, str]:
        """State of each touch by its id."""
        return {id: one.row.state for id, one in self._outbox._touches.all.items()}

    # --------------------------------------------------------------------------- the network

    @property
    def has_to_send(self) -> bool:
        """Whether it posts something now: nothing where an answer is waited for."""
        self._outbox.retry_now()
        return self.waits_for is None and self._outbox.next() is not None

    def send(self) -> ActionRequest | None:
        """What it posts now."""
        found = self._outbox.next() if self.has_to_send else None
        if found is None:
            return None
        self.waits_for = found.action.id
        return self._outbox.request(found, self.skew, self.replica.epoch)

    def give_up(self) -> None:
        """No answer came: it will be sent again."""
        if self.waits_for is not None:
            self._outbox.postpone(self._outbox._touches.all[self.waits_for])
            self.waits_for = None

    def answered(self, answer: Answer) -> None:
        """The hub's answer to what it waits for."""
        touch = self._outbox._touches.all[answer.id]
        self.waits_for = None
        run(self._outbox.answered(touch, answer))

    def fed(self, epoch: str, head: int, calls: list[Stored], gone: list[str]) -> None:
        """What the feed brought, up to `head`."""
        if epoch != self.replica.epoch:
            run(self._outbox.another_epoch(epoch))
            self.replica = Replica(epoch)
        known = {id: one for id, one in self.replica.calls.items() if id not in gone}
        known |= {one.id: decode(one.body, NurseCall) for one in calls}
        self.replica.calls, self.replica.cursor = known, head
        run(self._outbox.passed(epoch, head))

    def behind(self, epoch: str, head: int) -> bool:
        return (self.replica.epoch, self.replica.cursor) != (epoch, head)

    def power_cut(self, set_by: timedelta = timedelta(0)) -> None:
        """The machine starts anew with what its disk had taken, and with a clock that is `set_by`
        off what it was."""
        self.boot += 1
        self.skew -= set_by
        self._outbox = self._start()
        self.waits_for = None
