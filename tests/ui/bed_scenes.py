"""Scenes of one bed and one room for pictures, layout work and tests.

`python -m tests.ui.bed_scenes FOLDER` writes them as files for
`smartward screen ROLE --replica FILE`.
"""

import dataclasses
import hashlib
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
from argon2 import PasswordHasher

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import (
    Assessment,
    ConditionMark,
    Diet,
    NursingLevel,
    Precaution,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.infusion import InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import Actor, CallClass, CallReason, CallState, Mark, MarkKind
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.presence import NextCall
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile
from smartward.clinical.ward import Roster, Shift, StaffMember, StaffRole, Ward
from smartward.clinical.words import Wording
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.wire.call_view import BedsideCall, CallView, CorridorCall
from smartward.wire.envelope import Document
from smartward.wire.views import (
    BedheadEncounter,
    BedsideEncounter,
    BedView,
    CallPointView,
    CorridorBed,
    DoorEncounter,
    InfusionView,
    PlanView,
    PresenceView,
    ProfileView,
    SlotView,
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


# ------------------------------------------------------------------------------------- bedside


def bedside_stay(**changes: Any) -> BedsideEncounter:
    """Mr Zhang, fasting."""
    base = BedsideEncounter(
        id=STAY,
        bed_id=BED,
        family="张",
        display_name="张＊国",
        sex=Sex.MALE,
        language=None,
        nil_by_mouth=True,
        nil_by_mouth_since=at(-600),
        team=TEAM,
        discharge_at=None,
        profile=Profile(),
        opened_name="张卫国",
    )
    return dataclasses.replace(base, **changes)


def plan_item(
    name: str,
    kind: PlanKind,
    minutes: float,
    status: PlanStatus = PlanStatus.PLANNED,
    *,
    fasting: bool = False,
) -> PlanView:
    """One item of the day, `minutes` from now."""
    return PlanView(
        id=f"his.plan-{name}",
        encounter_id=STAY,
        kind=kind,
        due_at=NOW.replace(second=0) + timedelta(minutes=minutes),
        status=status,
        nil_by_mouth=fasting,
    )


PLAN = (
    plan_item("1", PlanKind.MEDICINE, -125, PlanStatus.DONE),
    plan_item("2", PlanKind.SCAN, 25, fasting=True),
    plan_item("3", PlanKind.MEAL, 115),
    plan_item("4", PlanKind.THERAPY, 235),
)
LONG_PLAN = (
    *PLAN,
    plan_item("0", PlanKind.MEAL, -155, PlanStatus.DONE),
    plan_item("5", PlanKind.ROUND, -95, PlanStatus.DONE),
    plan_item("6", PlanKind.NURSING, -50),
    plan_item("7", PlanKind.TEST, 60),
    plan_item("8", PlanKind.MEDICINE, 300),
    plan_item("9", PlanKind.TURNING, 360),
    plan_item("10", PlanKind.MEAL, 475),
)


def vital(name: str, minutes: float, **values: float) -> VitalSign:
    """One observation `minutes` from now."""
    return VitalSign(
        id=f"his.obs-{name}",
        encounter_id=STAY,
        taken_at=at(minutes),
        received_at=at(minutes + 1),
        measurements=tuple(
            Measurement(parameter=Parameter(parameter), value=value)
            for parameter, value in values.items()
        ),
    )


VITALS = (
    vital("t", -95, temperature=37.4),
    vital("bp", -95, systolic=132, diastolic=78),
    vital("hr", -95, heart_rate=76),
    vital("rr", -95, respiratory_rate=16),
    vital("o2", -95, oxygen_saturation=97),
    vital("g", -20 * 60, glucose=6.1),
)


def bedside_call(**changes: Any) -> BedsideCall:
    """A call of 84 s ago that the station has."""
    base = BedsideCall(
        id="call-1",
        bed_id=BED,
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        state=CallState.REQUESTED,
        placed_at=NOW - timedelta(seconds=84),
        estimated=False,
        presses=1,
        last_press_at=None,
        reason=None,
        marks=(Mark(kind=MarkKind.SENT, at=NOW - timedelta(seconds=84)),),
        on_the_way=None,
        present=False,
        seen_by_station=True,
        nobody_came=False,
        closed_at=None,
    )
    return dataclasses.replace(base, **changes)


def unanswered(**changes: Any) -> BedsideCall:
    """A call of 34 min ago that was told again by the clock and that nobody has answered."""
    asked = [Mark(kind=MarkKind.ESCALATED, at=at(-34 + minutes)) for minutes in (1, 3, 5)]
    return bedside_call(
        **{
            "placed_at": at(-34),
            "priority": Priority.HIGH,
            "marks": (Mark(kind=MarkKind.SENT, at=at(-34)), *asked),
            **changes,
        }
    )


def coming(**changes: Any) -> BedsideCall:
    """Nurse Li is on the way."""
    marks = (
        Mark(kind=MarkKind.SENT, at=NOW - timedelta(seconds=84)),
        Mark(kind=MarkKind.ON_THE_WAY, at=NOW - timedelta(seconds=50), by=LI),
    )
    return bedside_call(
        **{"state": CallState.ACCEPTED, "on_the_way": "李", "marks": marks, **changes}
    )


WRISTBAND, PIN = "ZY00231187", "2589"


def patient_key(**changes: Any) -> PatientKey:
    """Wristband and PIN of the stay. Its hash is a cheap one: tests make many."""
    base = PatientKey(
        encounter_id=STAY,
        wristband=hashlib.sha256(f"{STAY}:{WRISTBAND}".encode()).hexdigest(),
        pin=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN),
    )
    return dataclasses.replace(base, **changes)


KEY = patient_key()


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


def bedside(
    *,
    bed: BedView | None = None,
    stay: BedsideEncounter | None = None,
    empty: bool = False,
    plan: tuple[PlanView, ...] = PLAN,
    drips: tuple[InfusionView, ...] | None = None,
    calls: tuple[BedsideCall, ...] = (),
    extra: tuple[Document, ...] = (),
    **link: Any,
) -> Scene:
    """What a bedside has received; `extra` beside what every bedside has."""
    documents = [doc("ward", "ward", WARD), doc("roster", "roster", ROSTER)]
    documents.append(doc("bed", BED, bed or (free_bed() if empty else bed_view())))
    documents.append(call_point())
    if not empty:
        who = stay or bedside_stay()
        documents.append(doc("encounter", who.id, who))
        documents += [doc("plan_item", item.id, item) for item in plan]
        documents += [doc("vital_sign", sign.id, sign) for sign in VITALS]
        hanging = (infusion(),) if drips is None else drips
        documents += [doc("infusion", drip.id, drip) for drip in hanging]
        documents.append(doc("patient_key", STAY, KEY))
    documents += extra
    documents += [doc("nurse_call", call.id, call) for call in calls]
    return Scene(documents=documents, **({"place": BED, "his_as_of": at(-0.5)} | link))


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

BEDSIDE: dict[str, Scene] = {
    "home": bedside(),
    "busy": bedside(
        plan=LONG_PLAN,
        drips=(infusion(source=VolumeSource.ESTIMATED), infusion(id="his.inf-2", left_ml=400.0)),
    ),
    "longest": bedside(
        bed=bed_view(number="加112A"),
        stay=bedside_stay(family=LONG, display_name=LONG, team=LONG_TEAM),
        plan=LONG_PLAN,
        calls=(),
    ),
    "longest-called": bedside(
        bed=bed_view(number="加112A"),
        stay=bedside_stay(family=LONG, display_name=LONG, team=LONG_TEAM),
        calls=(coming(on_the_way=LONG, marks=(), reason=CallReason.TOILET),),
    ),
    "no-drip": bedside(drips=(), plan=()),
    "sensor-lost": bedside(
        drips=(infusion(source=VolumeSource.SENSOR_LOST, measured_at=at(-31)),),
        stay=bedside_stay(nil_by_mouth=False),
    ),
    "fasting-passed": bedside(
        plan=(
            plan_item("1", PlanKind.MEDICINE, -125, PlanStatus.DONE),
            plan_item("2", PlanKind.SCAN, -20, fasting=True),
            plan_item("3", PlanKind.MEAL, 115),
        ),
        drips=(infusion(status=InfusionStatus.PAUSED),),
    ),
    "fasting-done": bedside(
        plan=(
            plan_item("2", PlanKind.SCAN, -120, PlanStatus.DONE, fasting=True),
            plan_item("3", PlanKind.MEAL, 115),
        ),
        drips=(infusion(left_ml=0.0),),
    ),
    "called": bedside(calls=(bedside_call(),)),
    "unanswered": bedside(stay=bedside_stay(falls_risk=True), calls=(unanswered(),)),
    "coming": bedside(calls=(coming(),)),
    "toilet": bedside(calls=(coming(reason=CallReason.TOILET),)),
    "red-flag": bedside(
        calls=(bedside_call(reason=CallReason.BREATHLESS, priority=Priority.HIGH),)
    ),
    "nobody-came": bedside(
        calls=(
            coming(nobody_came=True, placed_at=at(-9), marks=(Mark(kind=MarkKind.SENT, at=NOW),)),
        )
    ),
    "emergency": bedside(
        calls=(
            bedside_call(
                call_class=CallClass.EMERGENCY,
                priority=Priority.HIGH,
                placed_at=at(-4),
                seen_by_station=False,
            ),
        )
    ),
    "empty": bedside(empty=True),
    "doubt": bedside(bed=bed_view(doubtful=True)),
    "too-old": bedside(**{**OFFLINE, "lost_at": at(-300), "his_as_of": at(-301)}),
    "checking": bedside(phase=Phase.CONNECTING, last_heard=at(-2)),
    "offline": bedside(**OFFLINE),
    "offline-called": bedside(calls=(coming(),), **OFFLINE),
    "falls": bedside(stay=bedside_stay(falls_risk=True), calls=(bedside_call(),)),
    "falls-offline": bedside(
        stay=bedside_stay(falls_risk=True),
        calls=(bedside_call(),),
        extra=(call_point(lost=True),),
        **OFFLINE,
    ),
    "wire-lost": bedside(extra=(call_point(lost=True),)),
    "no-bed": Scene(documents=[doc("ward", "ward", WARD)], his_as_of=at(-0.5)),
    "silent": bedside(empty=True, bed=free_bed(status=BedStatus.OCCUPIED, silent=True)),
    "silent-called": bedside(
        empty=True,
        bed=free_bed(status=BedStatus.OCCUPIED, silent=True),
        calls=(bedside_call(),),
    ),
    **{f"profile-{name}": bedside(extra=(noted(profile),)) for name, profile in PROFILES.items()},
    **{
        f"profile-{name}-called": bedside(
            extra=(noted(profile),),
            calls=(bedside_call(),),
            stay=bedside_stay(falls_risk=True),
        )
        for name, profile in PROFILES.items()
    },
}

# ------------------------------------------------------------------------------------- bedhead


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

# ---------------------------------------------------------------------------------------- door


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

# ------------------------------------------------------------------------------------ corridor


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

SCENES: dict[str, dict[str, Scene]] = {
    "bedside": BEDSIDE,
    "bedhead": BEDHEAD,
    "door": DOOR,
    "corridor": CORRIDOR,
}


def write(folder: Path) -> None:
    """Write every scene as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for role, scenes in SCENES.items():
        for name, scene in scenes.items():
            text = msgspec.json.format(msgspec.json.encode(scene), indent=1)
            folder.joinpath(f"{role}-{name}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
