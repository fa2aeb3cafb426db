"""Scenes of the door."""

import dataclasses
from typing import Any

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import Assessment, ConditionMark, NursingLevel
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Ward
from smartward.clinical.words import Wording
from smartward.screen.scene import Scene
from smartward.wire.call_view import CallView
from smartward.wire.envelope import Document
from smartward.wire.views import BedView, DoorEncounter, SlotView
from tests.ui.bed_ward import (
    ABSENT,
    ACCEPTED,
    BLANK,
    LONG,
    LONG_HAN,
    LONG_TEAM,
    NEXT_EMERGENCY,
    OFFLINE,
    PRESENT,
    ROOM,
    ROSTER,
    TEAM,
    UNKNOWN,
    WARD,
    at,
    bed_view,
    call_view,
    doc,
    next_call,
    precautions,
    present,
)


def door_stay(number: int, name: str, level: NursingLevel, **changes: Any) -> DoorEncounter:
    """The stay in bed `number`."""
    base = DoorEncounter(
        id=f"his.enc-{number}",
        bed_id=f"his.bed-{number}",
        display_name=name,
        nursing_level=level,
        condition=None,
        precautions=slot_views(ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT),
        team=TEAM,
        surgery_today=False,
    )
    return dataclasses.replace(base, **changes)


def slot_views(*states: Assessment) -> tuple[SlotView, ...]:
    """Six slots as the door sees them."""
    return tuple(
        SlotView(slot=each.slot, state=each.state, protection=each.protection)
        for each in precautions(*states)
    )


def door_bed(which: int, **changes: Any) -> BedView:
    """Bed `which` of room 305."""
    base = bed_view(
        id=f"his.bed-{which}",
        number=str(which),
        order=which,
        occupants=(f"his.enc-{which}",),
    )
    return dataclasses.replace(base, **changes)


BEDS = (
    door_bed(11),
    door_bed(12),
    door_bed(13),
    door_bed(14, status=BedStatus.RESERVED, reserved_from=at(235), occupants=()),
)

STAYS = (
    door_stay(11, "陈＊", NursingLevel.TWO),
    door_stay(
        12,
        "张＊国",
        NursingLevel.ONE,
        condition=ConditionMark.SERIOUS,
        precautions=slot_views(PRESENT, PRESENT, PRESENT, PRESENT, UNKNOWN, ABSENT),
    ),
    door_stay(
        13,
        "刘＊英",
        NursingLevel.ONE,
        precautions=slot_views(ABSENT, ABSENT, PRESENT, PRESENT, ABSENT, ABSENT),
        surgery_today=True,
    ),
)


def door(
    *,
    beds: tuple[BedView, ...] = BEDS,
    stays: tuple[DoorEncounter, ...] = STAYS,
    calls: tuple[CallView, ...] = (),
    ward: Ward = WARD,
    more: tuple[Document, ...] = (),
    **link: Any,
) -> Scene:
    """What a door has received."""
    documents = [doc("ward", "ward", ward), doc("roster", "roster", ROSTER)]
    documents += [doc("bed", bed.id, bed) for bed in beds]
    documents += [doc("encounter", stay.id, stay) for stay in stays]
    documents += [doc("nurse_call", call.id, call) for call in calls]
    documents += more
    return Scene(documents=documents, place=ROOM, **{"his_as_of": at(-0.5), **link})


LONG_STAYS = tuple(
    door_stay(
        number,
        LONG if number % 2 else LONG_HAN,
        NursingLevel.SPECIAL,
        condition=ConditionMark.CRITICAL,
        precautions=slot_views(PRESENT, PRESENT, PRESENT, PRESENT, UNKNOWN, PRESENT),
        team=LONG_TEAM,
        surgery_today=True,
    )
    for number in range(11, 17)
)

LONG_NOTICES = dataclasses.replace(
    WARD,
    name="Department of Cardiology and Cardiothoracic Surgery, Ward 3",
    notices=(
        *WARD.notices,
        Wording(his="Visiting 15:00–19:00, one visitor for each patient. Please speak softly."),
    ),
)

DOOR: dict[str, Scene] = {
    "calm": door(),
    "called": door(calls=(call_view(),)),
    "coming": door(calls=(call_view(**ACCEPTED),)),
    "asks-again": door(calls=(call_view(**ACCEPTED, asks_again=True),)),
    "present": door(calls=(call_view(state=CallState.IN_PROGRESS, on_the_way="李", present=True),)),
    "emergency": door(
        calls=(
            call_view(call_class=CallClass.BATHROOM, priority=Priority.HIGH),
            call_view(id="call-2", bed_id="his.bed-13"),
        )
    ),
    "longest": door(
        beds=tuple(door_bed(number, number=f"加{number}A") for number in range(11, 17)),
        stays=LONG_STAYS,
        calls=(call_view(**{**ACCEPTED, "on_the_way": LONG}),),
        ward=LONG_NOTICES,
    ),
    "inside": door(more=(present("李"),)),
    "next": door(more=(present("李", call=next_call()),)),
    "next-emergency": door(
        calls=(call_view(state=CallState.IN_PROGRESS, on_the_way="李", present=True),),
        more=(present("李", "", call=NEXT_EMERGENCY),),
    ),
    "longest-next": door(
        beds=tuple(door_bed(number, number=f"加{number}A") for number in range(11, 17)),
        stays=LONG_STAYS,
        calls=(call_view(**{**ACCEPTED, "on_the_way": LONG}),),
        ward=LONG_NOTICES,
        more=(present(LONG, "李", "王", bed="his.bed-11", call=NEXT_EMERGENCY),),
    ),
    "quiet": door(
        beds=(BEDS[0], dataclasses.replace(BEDS[1], occupants=(), silent=True), *BEDS[2:])
    ),
    "single": door(beds=BEDS[:1], stays=STAYS[:1]),
    "empty": door(
        beds=tuple(
            dataclasses.replace(bed, status=BedStatus.UNOCCUPIED, occupants=()) for bed in BEDS
        ),
        stays=(),
    ),
    "doubt": door(beds=(dataclasses.replace(BEDS[1], doubtful=True), *BEDS[2:])),
    "too-old": door(**{**OFFLINE, "lost_at": at(-300), "his_as_of": at(-301)}),
    "offline": door(calls=(call_view(**ACCEPTED),), **OFFLINE),
    "offline-calm": door(**OFFLINE),
    "kinds": door(
        beds=tuple(door_bed(n) for n in range(11, 16)),
        calls=tuple(
            call_view(
                id=f"call-{n}",
                bed_id=f"his.bed-{n}",
                call_class=one,
                priority=Priority.MEDIUM if one is CallClass.NORMAL else Priority.HIGH,
                estimated=n == 13,
                line_lost=n == 15,
                **(ACCEPTED if n == 12 else {}),
            )
            for n, one in zip(range(11, 16), [*CallClass, CallClass.NORMAL], strict=True)
        ),
    ),
    "next-lost": door(more=(present("李", call=next_call(line_lost=True)),)),
    "overdue": door(more=(present("李", since=-47),)),
    **BLANK,
}
