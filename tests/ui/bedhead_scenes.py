"""Scenes of the bedhead."""

import dataclasses
from typing import Any

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import ConditionMark, Diet, NursingLevel, Sex
from smartward.clinical.nurse_call import CallClass, CallState
from smartward.clinical.priority import Priority
from smartward.clinical.words import Wording
from smartward.screen.scene import Scene
from smartward.wire.call_view import CallView
from smartward.wire.envelope import Document
from smartward.wire.views import BedheadEncounter, BedView, InfusionView
from tests.ui.bed_ward import (
    ACCEPTED,
    BED,
    BLANK,
    EVERY_PROFILE,
    LONG,
    LONG_HAN,
    LONG_SLOTS,
    LONG_TEAM,
    NEXT_EMERGENCY,
    OFFLINE,
    PROFILE,
    SLOTS,
    STAY,
    TEAM,
    WARD,
    at,
    bed_view,
    call_point,
    call_view,
    doc,
    free_bed,
    infusion,
    next_call,
    present,
)


def bedhead_stay(**changes: Any) -> BedheadEncounter:
    """张＊国, level one, serious."""
    base = BedheadEncounter(
        id=STAY,
        bed_id=BED,
        display_name="张＊国",
        sex=Sex.MALE,
        age_years=67,
        nursing_level=NursingLevel.ONE,
        condition=ConditionMark.SERIOUS,
        precautions=SLOTS,
        diet=Diet(wording=Wording(his="禁食，听护士通知")),
        team=TEAM,
        admitted_at=at(-4000),
    )
    return dataclasses.replace(base, **changes)


def bedhead(
    *,
    bed: BedView | None = None,
    stay: BedheadEncounter | None = None,
    empty: bool = False,
    drips: tuple[InfusionView, ...] | None = None,
    calls: tuple[CallView, ...] = (),
    more: tuple[Document, ...] = (),
    **link: Any,
) -> Scene:
    """What a bedhead has received."""
    documents = [doc("ward", "ward", WARD)]
    documents.append(doc("bed", BED, bed or (free_bed() if empty else bed_view())))
    if not empty:
        documents.append(doc("encounter", STAY, stay or bedhead_stay()))
        hanging = (infusion(),) if drips is None else drips
        documents += [doc("infusion", drip.id, drip) for drip in hanging]
    documents += [doc("nurse_call", call.id, call) for call in calls]
    documents += more
    return Scene(documents=documents, place=BED, **{"his_as_of": at(-0.5), **link})


LONGEST_HEAD = bedhead_stay(
    display_name=LONG,
    team=LONG_TEAM,
    precautions=LONG_SLOTS,
    condition=ConditionMark.CRITICAL,
    nursing_level=NursingLevel.SPECIAL,
    age_years=101,
    diet=Diet(wording=Wording(his="Low-salt, low-fat, diabetic 1,800 kcal soft diet, thickened")),
)

BEDHEAD: dict[str, Scene] = {
    "calm": bedhead(),
    "called": bedhead(calls=(call_view(),)),
    "coming": bedhead(calls=(call_view(**ACCEPTED),)),
    "asks-again": bedhead(calls=(call_view(**ACCEPTED, asks_again=True),)),
    "emergency": bedhead(
        calls=(call_view(call_class=CallClass.EMERGENCY, priority=Priority.HIGH),)
    ),
    "longest": bedhead(bed=bed_view(number="加112A"), stay=LONGEST_HEAD),
    "longest-called": bedhead(
        bed=bed_view(number="加112A"),
        stay=LONGEST_HEAD,
        calls=(
            call_view(
                call_class=CallClass.ASSIST,
                priority=Priority.HIGH,
                state=CallState.ACCEPTED,
                on_the_way=LONG,
            ),
        ),
    ),
    "longest-han": bedhead(stay=dataclasses.replace(LONGEST_HEAD, display_name=LONG_HAN)),
    "reach": bedhead(stay=bedhead_stay(profile=PROFILE)),
    "inside": bedhead(more=(present("李"),)),
    "next": bedhead(more=(present("李", call=next_call()),)),
    "next-emergency": bedhead(
        stay=bedhead_stay(profile=PROFILE),
        calls=(call_view(state=CallState.IN_PROGRESS, on_the_way="李", present=True),),
        more=(present("李", "", call=NEXT_EMERGENCY),),
    ),
    "longest-next": bedhead(
        bed=bed_view(number="加112A"),
        stay=dataclasses.replace(LONGEST_HEAD, profile=EVERY_PROFILE),
        more=(present(LONG, "李", call=NEXT_EMERGENCY),),
    ),
    "quiet": bedhead(empty=True, bed=bed_view(occupants=(), silent=True)),
    "quiet-called": bedhead(
        empty=True, bed=bed_view(occupants=(), silent=True), calls=(call_view(),)
    ),
    "no-drip": bedhead(drips=(), stay=bedhead_stay(condition=None, diet=None, team=())),
    "empty": bedhead(empty=True),
    "reserved": bedhead(empty=True, bed=free_bed(status=BedStatus.RESERVED, reserved_from=at(235))),
    "doubt": bedhead(bed=bed_view(doubtful=True)),
    "too-old": bedhead(**{**OFFLINE, "lost_at": at(-300), "his_as_of": at(-301)}),
    "offline": bedhead(**OFFLINE),
    "bathroom": bedhead(
        calls=(call_view(call_class=CallClass.BATHROOM, priority=Priority.HIGH, estimated=True),)
    ),
    "unit-lost": bedhead(calls=(call_view(line_lost=True),), more=(call_point(lost=True),)),
    "overdue": bedhead(more=(present("李", since=-47),)),
    **BLANK,
}
