"""What was asked, answered and ended before what, where clocks are set meanwhile.

The times of a call are wall times: people read them, and the first one never changes. Which of two
touches was made first they cannot tell once the hub's clock was set between them. That is told by
the ward's own time, which goes on as it went whatever a clock is set to: the wall time less what
all settings of it come to.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from smartward.clinical.call_document import CallOrder as CallOrder
from smartward.clinical.call_document import NurseCall
from smartward.clinical.call_mark import RINGS, Mark, MarkKind


def order_of(call: NurseCall) -> CallOrder:
    """When a call did what, by the ward's own time. One that holds nothing of it was dated while
    both times were the same."""
    return _by_its_times(call) if call.order is None else call.order


def pressed(call: NurseCall, at: datetime) -> NurseCall:
    """The call with a press at `at` (ward's own time) that asks for somebody."""
    order = order_of(call)
    asked = max(order.asked, at)
    return replace(call, order=replace(order, asked=asked, rung=max(order.rung, asked)))


def ordered(
    was: NurseCall | None,
    new: NurseCall,
    now: datetime,
    ahead: timedelta,
    older: timedelta = timedelta(0),
) -> NurseCall:
    """`new` with what it has more than `was` in its order. `now`: the wall time, which is `ahead`
    of the ward's own; all that is new is dated by it, and nothing of it is later than now. `older`:
    how much longer ago whoever did it may have touched: what ends or answers counts from then, what
    asks for somebody from its time."""
    latest = now - ahead

    def own(at: datetime) -> datetime:
        return min(at - ahead, latest)

    if was is None:
        known: tuple[Mark, ...] = ()
        placed = own(new.placed_at)
        order = new.order
        if order is None:
            order = CallOrder(placed=placed, asked=placed, rung=placed)
    else:
        known, order = was.marks, order_of(was if new.order is None else new)
    for mark in new.marks[len(known) :]:
        at = own(mark.at)
        order = _with_mark(order, mark, at - older if mark.kind is MarkKind.PRESENT else at)
    if new.closed_at is not None and order.ended is None:
        order = replace(order, ended=own(new.closed_at) - older)
    return replace(new, order=None if order == _by_its_times(new) else order)


def pressed_before(call: NurseCall, at: datetime) -> bool:
    """Whether a press of `at` (ward's own time) is older than the call, or than the last time that
    somebody was there."""
    order = order_of(call)
    return at < order.placed or (order.there is not None and at < order.there)


def not_later(call: NurseCall, latest: datetime) -> NurseCall:
    """The call with nothing in its order later than `latest` (ward's own time). What holds nothing
    of that time may come from a release that did not know it, whose clock was ahead."""
    if call.order is not None:
        return call
    was = order_of(call)
    order = CallOrder(
        placed=min(was.placed, latest),
        asked=min(was.asked, latest),
        rung=min(was.rung, latest),
        there=None if was.there is None else min(was.there, latest),
        ended=None if was.ended is None else min(was.ended, latest),
    )
    return call if order == was else replace(call, order=order)


def _by_its_times(call: NurseCall) -> CallOrder:
    asked = call.last_press_at or call.placed_at
    order = CallOrder(placed=call.placed_at, asked=asked, rung=asked, ended=call.closed_at)
    for mark in call.marks:
        order = _with_mark(order, mark, mark.at)
    return order


def _with_mark(order: CallOrder, mark: Mark, at: datetime) -> CallOrder:
    if mark.kind is MarkKind.PRESENT:
        return replace(order, there=at if order.there is None else max(order.there, at))
    if mark.kind not in RINGS:
        return order
    rung = max(order.rung, at)
    return replace(order, rung=rung, asked=order.asked if _timed(mark) else max(order.asked, at))


def _timed(mark: Mark) -> bool:
    """Raised by its time alone, which knows of nobody's touch."""
    by_time = mark.kind is MarkKind.ESCALATED and mark.why is None
    return by_time or mark.kind is MarkKind.RESOUNDED
