"""The bed's side: a call that no hub answers is told straight to the stations and the room's door.

What is told is the outbox's own touches, each time all of them, until a hub has taken them. The
outbox goes on trying the hubs all the while: the same ids reach them in the end.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from uuid6 import uuid7

from smartward.clinical.call_point import CallPointEvent
from smartward.clinical.device import ScreenRole
from smartward.clinical.nurse_call import CallClass, CallReason
from smartward.clock import Clock
from smartward.device_key import DeviceKey
from smartward.log import Edge
from smartward.screen.link import LinkState
from smartward.screen.outbox import Outbox, Touch
from smartward.screen.peer_records import HEARD_S, Answered, DirectCalls, together
from smartward.screen.peer_store import PeerStore
from smartward.screen.peer_wire import Unreached, say
from smartward.screen.replica import Replica
from smartward.wire.call_view import BedsideCall
from smartward.wire.envelope import ActionKind
from smartward.wire.peer import (
    MOST_TOUCHES,
    DirectCall,
    DirectReceipt,
    DirectTouch,
    PeerTerms,
    PeerWay,
    Receiver,
)
from smartward.wire.views import CallPointView

log = logging.getLogger("smartward.screen.peer")

UNANSWERED_S = 2.0
"""Seconds after which a touch about a call goes straight, while no hub is heard."""
UNTAKEN_S = 4.0
"""The same while a hub is heard that does not take it: one with a full disk, or that hangs."""
EVERY_S = 2.0
"""How often a direct call is said again: who gets it late gets all of it."""
OVER_EVERY_S = 20.0
"""The same of one that is over, to who has all of it on the disk."""
_LOOK_S = 0.5
_TAKEN_TRIES = 5

_TOLD = (
    *(ActionKind.CALL_PLACE, ActionKind.CALL_AGAIN, ActionKind.CALL_REASON),
    *(ActionKind.CALL_NOT_NEEDED, ActionKind.CALL_ARRIVE, ActionKind.CALL_CLOSE),
    ActionKind.CALL_POINT_EVENT,
)
_POINT = {
    CallPointEvent.PRESS.value: ActionKind.CALL_AGAIN,
    CallPointEvent.RESET.value: ActionKind.CALL_CLOSE,
}
"""What is done at a call point, as it would be at a screen."""


@dataclass(slots=True)
class _Case:
    """One call with the touches about it that no hub has answered. A call point's has the id of
    its first press, or of the first after its reset: what a hub makes of it may have another."""

    call_id: str
    call_class: CallClass
    touches: list[Touch]
    call_point_id: str | None = None


@dataclass(slots=True)
class _Told:
    """A call that was said, and what came back, by receiver: the answer and when."""

    case: _Case
    receivers: dict[str, Receiver] = field(default_factory=dict)
    answers: dict[str, tuple[bool, Answered, float]] = field(default_factory=dict)
    next_at: dict[str, float] = field(default_factory=dict)
    saying: set[str] = field(default_factory=set)
    """Who is being told now: one that is off keeps no other waiting."""
    tries: dict[str, int] = field(default_factory=dict)
    """How often somebody was told in vain that a hub has it."""


class PeerCaller:
    """Says direct calls for as long as it runs."""

    def __init__(
        self,
        *,
        key: DeviceKey,
        store: PeerStore,
        outbox: Outbox,
        replica: Replica,
        link: LinkState,
        clock: Clock,
        direct: DirectCalls,
    ) -> None:
        self._key = key
        self._store = store
        self._outbox = outbox
        self._replica = replica
        self._link = link
        self._clock = clock
        self._direct = direct
        self._told: dict[str, _Told] = {}
        self._edges: dict[str, Edge] = {}
        self._news = asyncio.Event()
        self._began = clock.monotonic()
        self._start = str(uuid7())
        before = outbox.wake

        def wake() -> None:
            before()
            self._news.set()

        outbox.wake = wake

    async def run(self) -> None:
        """Look at what waits, and say what is due, for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._news.clear()
                cases = self._cases() if self.way() else {}
                if not cases and not self._told:
                    await self._news.wait()
                    continue
                self._step(cases, tasks)
                await self._clock.sleep(_LOOK_S)

    # ---------------------------------------------------------------------------------- what is due

    def way(self) -> tuple[Receiver, ...]:
        """Who is called from this bed; nobody where the ward has no direct calls."""
        if self._replica.one("peer_terms", PeerTerms) is None:
            return ()
        way = self._replica.get("peer_way", self._link.place, PeerWay)
        return () if way is None else way.receivers

    def _cases(self) -> dict[str, _Case]:
        """The calls with touches that wait for a hub's answer."""
        found: dict[str, _Case] = {}
        open_: dict[str, _Case] = {}
        for touch in self._outbox.unanswered():
            action = touch.action
            if action.kind not in _TOLD:
                continue
            at_point = action.kind == ActionKind.CALL_POINT_EVENT
            if at_point and action.data.get("event") not in _POINT:
                continue
            case = open_.get(action.subject)
            if case is None:
                call_class = self._class(touch)
                if call_class is None or _is_reset(touch):
                    continue  # no call is made there, or what ends was never told from here
                call_id = action.id if at_point else action.subject
                point = action.subject if at_point else None
                case = _Case(call_id, call_class, [], point)
                open_[action.subject] = found[call_id] = case
            case.touches.append(touch)
            if _is_reset(touch):
                del open_[action.subject]  # who pulls again calls again
        return found

    def _class(self, touch: Touch) -> CallClass | None:
        action = touch.action
        if action.kind == ActionKind.CALL_POINT_EVENT:
            point = self._replica.get("call_point", action.subject, CallPointView)
            return None if point is None else point.call_class
        if action.kind == ActionKind.CALL_PLACE:
            return CallClass(str(action.data.get("class", CallClass.NORMAL.value)))
        told = self._replica.get("nurse_call", action.subject, BedsideCall)
        return CallClass.NORMAL if told is None else told.call_class

    def _waited_s(self, touch: Touch) -> float:
        """Seconds since the touch, or since this program began where it was touched before."""
        if touch.row.boot and touch.row.boot == self._outbox.boot:
            return self._clock.monotonic() - touch.row.pressed_monotonic
        return self._clock.monotonic() - self._began

    def _is_due(self, case: _Case) -> bool:
        patience = UNTAKEN_S if self._link.live else UNANSWERED_S
        return max(self._waited_s(touch) for touch in case.touches) >= patience

    def _step(self, cases: dict[str, _Case], tasks: asyncio.TaskGroup) -> None:
        now = self._clock.monotonic()
        for call_id, case in cases.items():
            told = self._told.get(call_id)
            if told is None and self._is_due(case):
                told = self._told[call_id] = _Told(case)
            if told is not None and len(told.case.touches) != len(case.touches):
                told.next_at.clear()  # something new is said at once
            if told is not None:
                told.case = case
        for call_id, told in list(self._told.items()):
            taken = call_id not in cases
            if taken and told.case.touches:
                told.case.touches = []
                told.next_at.clear()
            for to in self._to(told):
                if to.device_id not in told.saying and now >= told.next_at.get(to.device_id, now):
                    told.saying.add(to.device_id)
                    told.next_at[to.device_id] = now + EVERY_S
                    tasks.create_task(self._say(told, to))
            self._judge(told)
            if taken and not told.receivers and not told.saying:
                del self._told[call_id]
                self._direct.answered.pop(call_id, None)
                self._direct.changed()

    # ------------------------------------------------------------------------------------- saying

    def _to(self, told: _Told) -> Iterable[Receiver]:
        """Everybody; who has been told and is not on the list any more is told too. That a hub has
        it concerns those alone who have been told."""
        to = dict(told.receivers)
        if told.case.touches:
            to |= {one.device_id: one for one in self.way()}
        return to.values()

    async def _say(self, told: _Told, to: Receiver) -> None:
        try:
            await self._say_to(told, to)
        finally:
            told.saying.discard(to.device_id)
        self._judge(told)

    async def _say_to(self, told: _Told, to: Receiver) -> None:
        edge = self._edges.setdefault(to.device_id, Edge(log, f"the way to {to.role} {to.address}"))
        call = self._call(told, to, await self._store.number())
        try:
            receipt = await say(self._key, call, to)
        except Unreached as error:
            edge.down(self._clock.monotonic(), str(error))
            told.tries[to.device_id] = told.tries.get(to.device_id, 0) + (not call.touches)
            if told.tries[to.device_id] >= _TAKEN_TRIES:
                told.receivers.pop(to.device_id, None)
            return
        edge.up(self._clock.monotonic())
        if not call.touches:
            told.receivers.pop(to.device_id, None)
            return
        told.receivers[to.device_id] = to
        is_over = call.touches[-1].kind == ActionKind.CALL_CLOSE
        if is_over and to.device_id in told.next_at and receipt.kept:
            # Nothing new has come meanwhile; what goes on is not kept waiting by what is over.
            told.next_at[to.device_id] = self._clock.monotonic() + OVER_EVERY_S
        is_station = to.role is ScreenRole.STATION
        reasons = [touch.reason for touch in call.touches if touch.reason is not None]
        answer = _answer(receipt, reasons[-1:], is_station=is_station)
        told.answers[to.device_id] = (is_station, answer, self._clock.monotonic())

    def _call(self, told: _Told, to: Receiver, number: int) -> DirectCall:
        case = told.case
        first = case.touches[0].action if case.touches else None
        own = [touch.row.boot == self._outbox.boot for touch in case.touches]
        # Another receiver's word is passed on, its own is not said back to it.
        others = [(s, a) for id, (s, a, _) in told.answers.items() if id != to.device_id]
        heard = together(others)
        return DirectCall(
            sender=self._link.device_id,
            receiver=to.device_id,
            number=number,
            sent_at=self._clock.now(),
            call_id=case.call_id,
            bed_id=self._link.place or "",
            call_class=case.call_class,
            encounter_id=None if first is None else first.seen.encounter_id,
            estimated=not all(own),
            touches=tuple(self._touch(touch) for touch in _bounded(case.touches)),
            coming=heard.coming,
            present=heard.present,
            closed=heard.closed,
            start=self._start,
            call_point_id=case.call_point_id,
        )

    def _touch(self, touch: Touch) -> DirectTouch:
        action, kind = touch.action, touch.action.kind
        if kind == ActionKind.CALL_POINT_EVENT:
            kind = _POINT[str(action.data["event"])]
        reason = action.data.get("reason") if kind == ActionKind.CALL_REASON else None
        return DirectTouch(
            id=action.id,
            kind=kind,
            age_ms=self._outbox.age_ms(touch),
            reason=None if reason is None else CallReason(str(reason)),
            family=action.by.family if action.by.known != "none" else None,
        )

    def _judge(self, told: _Told) -> None:
        """Put together what came back. What is on a disk stays there; that a station shows it is
        true for as long as it says so."""
        now = self._clock.monotonic()
        answers = []
        for is_station, answer, at in told.answers.values():
            fresh = now - at < HEARD_S
            answers.append((is_station, answer if fresh else _not_seen(answer)))
        new = together(answers)
        if self._direct.answered.get(told.case.call_id) != new:
            self._direct.answered[told.case.call_id] = new
            self._direct.changed()


def _is_reset(touch: Touch) -> bool:
    """Whether it ends what was pressed at its call point before."""
    action = touch.action
    at_point = action.kind == ActionKind.CALL_POINT_EVENT
    return at_point and action.data.get("event") == CallPointEvent.RESET.value


def _bounded(touches: list[Touch]) -> Iterable[Touch]:
    """The first of them, which began the call, and the newest."""
    if len(touches) <= MOST_TOUCHES:
        return touches
    return [*touches[:4], *touches[4 - MOST_TOUCHES :]]


def _answer(receipt: DirectReceipt, reason: list[CallReason], *, is_station: bool) -> Answered:
    has = receipt.kept or receipt.shown
    return Answered(
        station=has and is_station,
        door=has and not is_station,
        shown=receipt.shown,
        coming=receipt.coming,
        present=receipt.present,
        closed=receipt.closed,
        reason=reason[0] if reason and has and is_station else None,
    )


def _not_seen(answer: Answered) -> Answered:
    """A receiver that does not answer any more: who said "I go" goes all the same."""
    return Answered(coming=answer.coming, present=answer.present, closed=answer.closed)
