"""The ward of the scenes of one bed and one room: who lies and works there, and what befalls."""

import dataclasses
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import Assessment, Precaution, PrecautionSlot
from smartward.clinical.infusion import InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import Actor, CallClass, CallState
from smartward.clinical.presence import NextCall
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile
from smartward.clinical.ward import Roster, Shift, StaffMember, StaffRole, Ward
from smartward.clinical.words import Wording
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.wire.call_view import CallView
from smartward.wire.envelope import Document
from smartward.wire.views import (
    BedView,
    CallPointView,
    InfusionView,
    PresenceView,
    ProfileView,
    TeamView,
)

NOW = datetime(2026, 11, 21, 2, 5, 20, tzinfo=UTC)
"""10:05 in Asia/Shanghai, a Saturday."""
BED, ROOM, STAY = "his.bed-12", "his.room-305", "his.enc-12"
LONG = "Featherstonehaugh-Cholmondeley"
LONG_HAN = "欧阳阿布都热合曼"


def at(minutes: float) -> datetime:
    """`minutes` from now."""
    return NOW + timedelta(minutes=minutes)


def doc(kind: str, document_id: str, body: Any, seq: int = 7) -> Document:
    """A document as the hub sends it."""
    return Document(kind=kind, id=document_id, seq=seq, body=msgspec.Raw(msgspec.json.encode(body)))


WARD = Ward(
    id="ward",
    name="心内科三病区",
    shifts=(
        Shift(id="day", start=time(8), end=time(16)),
        Shift(id="evening", start=time(16), end=time(0)),
        Shift(id="night", start=time(0), end=time(8)),
    ),
    level_colours={
        "special": "#B71C1C",
        "one": "#C2185B",
        "two": "#1565C0",
        "three": "#2E7D32",
    },
    notices=(Wording(his="探视 15:00–19:00，每位患者限 1 人"),),
)

TEAM = (
    TeamView(name="王建华", family="王", role="doctor"),
    TeamView(name="李敏", family="李", role="nurse"),
)

LONG_TEAM = (
    TeamView(name=f"Dr. Maximilian {LONG}", family=LONG, role="doctor"),
    TeamView(name=f"Wilhelmina {LONG}", family=LONG, role="nurse"),
    TeamView(name="Aleksandra Konstantinopolska", family="Konstantinopolska", role="carer"),
    TeamView(name="钱芳", family="钱", role="head_nurse"),
    TeamView(name="赵倩", family="赵", role="doctor"),
)

ROSTER = Roster(
    members=(
        StaffMember(id="his.p-1", name="李敏", role=StaffRole.NURSE, family="李"),
        StaffMember(id="his.p-2", name="钱芳", role=StaffRole.HEAD_NURSE, family="钱"),
        StaffMember(id="his.p-3", name="何静", role=StaffRole.NURSE, family="何"),
        StaffMember(id="his.p-4", name="王建华", role=StaffRole.DOCTOR, family="王"),
        StaffMember(id="his.p-5", name="孙丽", role=StaffRole.CARER, family="孙"),
    )
)
LI = Actor(device_id="station-1", person_id="his.p-1", name="李敏", family="李", known="name")
PRESENT, ABSENT, UNKNOWN = Assessment.PRESENT, Assessment.ABSENT, Assessment.NOT_ASSESSED


def precautions(*states: Assessment, words: tuple[str, ...] = ()) -> tuple[Precaution, ...]:
    """Six slots; `words` are the hospital's own for those present."""
    given = iter(words)
    return tuple(
        Precaution(
            slot=slot,
            state=state,
            wording=Wording(his=next(given)) if words and state is PRESENT else None,
            protection=("ppe.hand_hygiene", "ppe.gloves", "ppe.gown")
            if slot is PrecautionSlot.ISOLATION and state is PRESENT
            else (),
        )
        for slot, state in zip(PrecautionSlot, states, strict=True)
    )


SLOTS = precautions(
    PRESENT, PRESENT, PRESENT, PRESENT, UNKNOWN, ABSENT,
    words=("青霉素过敏", "床旁接触隔离", "禁食禁水", "防跌倒/坠床"),
)  # fmt: skip

LONG_SLOTS = precautions(
    PRESENT, PRESENT, PRESENT, PRESENT, PRESENT, PRESENT,
    words=(
        "Benzylpenicillin, cephalosporins and sulfonamides",
        "Contact and droplet isolation in the room",
        "Nothing by mouth until the swallowing test",
        "High risk of falling, never leave alone on the toilet",
        "Stage 2 sacral pressure injury, turn every 2 h",
        "Central line, urinary catheter, chest drain",
    ),
)  # fmt: skip


def bed_view(**changes: Any) -> BedView:
    """Bed 12 of room 305."""
    base = BedView(
        id=BED,
        number="12",
        room_id=ROOM,
        room="305",
        order=12,
        status=BedStatus.OCCUPIED,
        reserved_from=None,
        occupants=(STAY,),
        doubtful=False,
    )
    return dataclasses.replace(base, **changes)


def free_bed(**changes: Any) -> BedView:
    """The same bed without anybody."""
    return bed_view(**{"status": BedStatus.UNOCCUPIED, "occupants": (), **changes})


def infusion(**changes: Any) -> InfusionView:
    """A drip with 47 min left."""
    base = InfusionView(
        id="his.inf-1",
        encounter_id=STAY,
        status=InfusionStatus.RUNNING,
        total_ml=500.0,
        left_ml=120.0,
        rate_ml_h=151.0,
        source=VolumeSource.MEASURED,
        measured_at=at(-0.5),
        started_at=at(-150),
    )
    return dataclasses.replace(base, **changes)


def call_point(*, lost: bool = False) -> Document:
    """The bed's wired call unit."""
    point = CallPointView(id="point-12", bed_id=BED, lost_since=at(-4) if lost else None)
    return doc("call_point", point.id, point)


def unit(name: str, *, lost: bool, call_class: CallClass = CallClass.NORMAL) -> Document:
    """One more wired unit of the bed."""
    since = at(-4) if lost else None
    point = CallPointView(id=name, bed_id=BED, lost_since=since, call_class=call_class)
    return doc("call_point", name, point)


def noted(profile: Profile) -> Document:
    """What a nurse has set."""
    return doc("profile", STAY, ProfileView(encounter_id=STAY, profile=profile))


PROFILES: dict[str, Profile] = {
    "none": Profile(),
    "hearing": Profile(hearing_impaired=True),
    "sight": Profile(sight_impaired=True),
    "speech": Profile(speech_impaired=True),
    "confusion": Profile(confused=True),
    "comfort": Profile(comfort_care=True),
    "all": Profile(
        hearing_impaired=True,
        sight_impaired=True,
        speech_impaired=True,
        confused=True,
        comfort_care=True,
    ),
}
"""Each need by itself, and all of them together."""
OFFLINE = {"phase": Phase.OFFLINE, "lost_at": at(-23), "last_heard": at(-24), "his_as_of": at(-24)}

BLANK: dict[str, Scene] = {
    "never": Scene(documents=[], phase=Phase.OFFLINE, no_census=True),
    "not-enrolled": Scene(documents=[], phase=Phase.NOT_ENROLLED, no_census=True),
    "refused": Scene(documents=[], phase=Phase.WRONG_PLACE, enrolled_as="bedside", no_census=True),
}
"""Screens that have heard nothing, or are told nothing."""


def call_view(**changes: Any) -> CallView:
    """A call of 84 s ago."""
    base = CallView(
        id="call-1",
        bed_id=BED,
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        state=CallState.REQUESTED,
        placed_at=NOW - timedelta(seconds=84),
        estimated=False,
        on_the_way=None,
        present=False,
    )
    return dataclasses.replace(base, **changes)


ACCEPTED = {"state": CallState.ACCEPTED, "on_the_way": "李"}
PROFILE = Profile(hearing_impaired=True, language="yue", confused=False)

EVERY_PROFILE = Profile(
    hearing_impaired=True,
    sight_impaired=True,
    speech_impaired=True,
    confused=True,
    comfort_care=True,
    language="es",
)


def next_call(number: str = "18", **changes: Any) -> NextCall:
    """A call of another room."""
    base = NextCall(
        call_id="call-9",
        bed_number=number,
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        placed_at=NOW - timedelta(seconds=30),
        waiting=1,
    )
    return dataclasses.replace(base, **changes)


def present(
    *families: str, bed: str = BED, call: NextCall | None = None, since: float = -3
) -> Document:
    """Somebody is in the room since 10:02, or `since` minutes."""
    body = PresenceView(
        bed_id=bed, room_id=ROOM, families=families, since=at(since), next_call=call
    )
    return doc("presence", bed, body)


NEXT_EMERGENCY = next_call(
    "加12A", call_class=CallClass.EMERGENCY, priority=Priority.HIGH, waiting=4
)
