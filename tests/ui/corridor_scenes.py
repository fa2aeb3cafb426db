"""Scenes of the corridor."""

import dataclasses
from datetime import timedelta
from typing import Any

from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.priority import Priority
from smartward.screen.scene import Scene
from smartward.wire.call_view import CorridorCall
from smartward.wire.views import CorridorBed
from tests.ui.bed_ward import BLANK, NOW, OFFLINE, WARD, at, doc


def corridor_call(number: str, seconds: float, **changes: Any) -> CorridorCall:
    """A call of bed `number`, placed `seconds` ago."""
    base = CorridorCall(
        id=f"call-{number}",
        bed_id=f"his.bed-{number}",
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        state=CallState.REQUESTED,
        placed_at=NOW - timedelta(seconds=seconds),
        estimated=False,
    )
    return dataclasses.replace(base, **changes)


def corridor_bed(number: str, room: str = "305") -> CorridorBed:
    """Bed `number`."""
    order = int("".join(filter(str.isdigit, number)))
    return CorridorBed(id=f"his.bed-{number}", number=number, room=room, order=order)


def corridor(
    *calls: CorridorCall, beds: tuple[CorridorBed, ...] | None = None, **link: Any
) -> Scene:
    """What a corridor has received."""
    if beds is None:
        numbers = [call.bed_id.removeprefix("his.bed-") for call in calls]
        beds = tuple(corridor_bed(number) for number in dict.fromkeys(numbers))
    documents = [doc("ward", "ward", WARD)]
    documents += [doc("bed", bed.id, bed) for bed in beds]
    documents += [doc("nurse_call", call.id, call) for call in calls]
    return Scene(documents=documents, **{"his_as_of": at(-0.5), **link})


ALARM = {"priority": Priority.HIGH}

CORRIDOR_CALLS = (
    corridor_call("12", 84),
    corridor_call("加12", 40),
    corridor_call("31", 190, call_class=CallClass.BATHROOM, **ALARM),
    corridor_call("7", 400, state=CallState.ACCEPTED),
    corridor_call("20", 700, state=CallState.IN_PROGRESS),
)

EARLIER_CALLS = tuple(
    dataclasses.replace(call, placed_at=call.placed_at - timedelta(minutes=24))
    for call in CORRIDOR_CALLS
)

LONGEST_CALLS = (
    corridor_call("加12A", 3599, call_class=CallClass.EMERGENCY, estimated=True, **ALARM),
    corridor_call("加13A", 3599, call_class=CallClass.BATHROOM, state=CallState.ACCEPTED, **ALARM),
    corridor_call("103", 40000, call_class=CallClass.ASSIST, **ALARM),
)

CORRIDOR: dict[str, Scene] = {
    "calm": corridor(),
    "one": corridor(CORRIDOR_CALLS[0]),
    "calls": corridor(*CORRIDOR_CALLS),
    "emergency": corridor(
        corridor_call("18", 12, call_class=CallClass.EMERGENCY, **ALARM), *CORRIDOR_CALLS
    ),
    "longest": corridor(*LONGEST_CALLS),
    "longest-many": corridor(
        *LONGEST_CALLS, *(corridor_call(f"加{n}A", 60.0 * n) for n in range(21, 60))
    ),
    "thirty": corridor(
        *(corridor_call(str(n), 20 + 11 * n) for n in range(1, 28)), *CORRIDOR_CALLS[2:]
    ),
    "thirty-high": corridor(
        *(
            corridor_call(str(n), 20 + 11 * n, call_class=CallClass.BATHROOM, **ALARM)
            for n in range(1, 31)
        )
    ),
    "offline": corridor(*EARLIER_CALLS, **OFFLINE),
    "offline-calm": corridor(**OFFLINE),
    **BLANK,
}
