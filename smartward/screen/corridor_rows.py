"""What the corridor says of the ward's calls: their order, which of them stand there, their words.

Pure functions of documents and a time; nothing reads a clock, and no name can come in: the view
holds none.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.clinical.nurse_call import CallState
from smartward.clinical.priority import Priority
from smartward.clinical.queue import harm_of_call, queue_key
from smartward.i18n import Catalogue
from smartward.screen.beds import OPEN, about, asks, elapsed, icon_of, kind_word
from smartward.wire.call_view import CorridorCall
from smartward.wire.views import CorridorBed

PAGE_S = 5
"""Seconds a page stands when even the high calls alone are more than there are places."""
LEAST_PLACES = 2
"""A row, and the place that tells how many more there are."""

_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorRow:
    """One call. `stage` is waiting, coming or present; `sub` the room and who has answered."""

    key: str
    number: str
    icon: str
    kind: str
    sub: str
    age: str
    priority: str
    stage: str
    flashing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The calls that stand on the screen now, and those that do not."""

    shown: tuple[CorridorCall, ...] = ()
    hidden: tuple[CorridorCall, ...] = ()
    number: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """The place that tells of the calls without one; empty text: every call has its place."""

    text: str = ""
    priority: str = ""
    flashing: bool = False


def in_order(calls: Sequence[CorridorCall]) -> list[CorridorCall]:
    """Open calls in the order of the station's queue."""
    still = [call for call in calls if call.state in OPEN]
    return sorted(
        still,
        key=lambda call: (
            *queue_key(call.priority, harm_of_call(call.call_class), call.placed_at),
            call.id,
        ),
    )


def page_of(calls: Sequence[CorridorCall], places: int, now: datetime) -> Page:
    """Which of the ordered `calls` stand in `places` places at `now`.

    Where not all fit, the last place tells how many more there are, and those that nobody has
    answered go before the others. A high call is never left to the count for long: where the high
    ones alone do not fit, their pages turn.
    """
    places = max(LEAST_PLACES, places)
    if len(calls) <= places:
        return Page(shown=tuple(calls))
    room = places - 1
    high = [call for call in calls if call.priority is Priority.HIGH]
    pages = max(1, math.ceil(len(high) / room))
    index = int(now.timestamp() // PAGE_S) % pages
    if pages > 1:
        start = min(index * room, len(high) - room)
        chosen = high[start : start + room]
    else:
        wanted = sorted(calls, key=_attended)
        chosen = [*high, *(call for call in wanted if call not in high)][:room]
    ids = {call.id for call in chosen}
    return Page(
        shown=tuple(call for call in calls if call.id in ids),
        hidden=tuple(call for call in calls if call.id not in ids),
        number=index + 1,
        of=pages,
    )


def _attended(call: CorridorCall) -> bool:
    return not asks(call)


def rows(
    catalogue: Catalogue,
    calls: Sequence[CorridorCall],
    beds: Mapping[str, CorridorBed],
    now: datetime,
    *,
    live: bool,
) -> list[CorridorRow]:
    """The rows of `calls` at `now`. While the link is down nothing flashes: whether a call still
    waits is not known."""
    return [_row(catalogue, call, beds.get(call.bed_id), now, live=live) for call in calls]


def _row(
    catalogue: Catalogue, call: CorridorCall, bed: CorridorBed | None, now: datetime, *, live: bool
) -> CorridorRow:
    stage = _stage(call)
    answered = "" if stage == "waiting" else catalogue.text(f"corridor.stage.{stage}")
    room = "" if bed is None or not bed.room else catalogue.text("corridor.room", room=bed.room)
    number = catalogue.text("corridor.no_bed") if bed is None else bed.number
    return CorridorRow(
        key=call.id,
        number=f"{number}?" if call.which_bed else number,
        icon=icon_of(call),
        kind=kind_word(catalogue, call),
        sub=" · ".join(part for part in (room, answered) if part),
        age=about(call) + age(catalogue, call.placed_at, now),
        priority=_lamp(call.priority),
        stage=stage,
        flashing=live and stage == "waiting",
    )


def _stage(call: CorridorCall) -> str:
    if asks(call):
        return "waiting"
    return "coming" if call.state is CallState.ACCEPTED else "present"


def _lamp(priority: Priority) -> str:
    """A call is high or medium; there is no fainter lamp."""
    return "high" if priority is Priority.HIGH else "medium"


def age(catalogue: Catalogue, since: datetime, now: datetime) -> str:
    """`1:24`; from an hour on the whole hours, `2 h+`: it must stay short to be read from afar."""
    seconds = (now - since).total_seconds()
    if seconds < _HOUR:
        return elapsed(since, now)
    return catalogue.text("corridor.hours", n=int(seconds // _HOUR))


def more(catalogue: Catalogue, page: Page, *, live: bool) -> More:
    """What the last place says of the calls that are not shown."""
    if not page.hidden:
        return More()
    if page.of > 1:
        text = catalogue.text(
            "corridor.more_page", n=len(page.hidden), page=page.number, pages=page.of
        )
    else:
        text = catalogue.text("corridor.more", n=len(page.hidden))
    first = min(page.hidden, key=lambda call: call.priority.rank)
    waiting = any(
        _lamp(call.priority) == _lamp(first.priority) and _stage(call) == "waiting"
        for call in page.hidden
    )
    return More(text=text, priority=_lamp(first.priority), flashing=live and waiting)
