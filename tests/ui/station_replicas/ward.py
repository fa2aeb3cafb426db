"""A ward for the station's tests and pictures: seeded, at any size, in either language."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from smartward.clinical.alert import Alert, AlertState, Cause, Subject, SubjectKind
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.device import HisLink, ScreenRole, ScreenStatus
from smartward.clinical.encounter import (
    Assessment,
    CareTeamMember,
    ConditionMark,
    Diet,
    Encounter,
    EncounterStatus,
    NursingLevel,
    Patient,
    Precaution,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import (
    Actor,
    CallClass,
    CallReason,
    NurseCall,
    accept,
    give_reason,
    place,
)
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.priority import Priority
from smartward.clinical.ward import Roster, Shift, StaffMember, StaffRole, Ward
from smartward.clinical.words import Wording
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.wire.envelope import Document

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
"""10:05 on the ward."""

SURNAMES = "周吴郑孙马胡郭何高林陈张刘罗宋唐韩冯曹彭曾肖田董潘袁于蒋蔡余杜叶程苏魏吕丁沈姜范"
GIVEN = ["敏", "梅", "建华", "丽", "超", "秀兰", "强", "平", "军", "涛", "静", "卫国", "桂英", "洁"]
NURSES = [("n1", "李敏", "李"), ("n2", "钱芳", "钱"), ("n3", "何静", "何"), ("n4", "赵婷", "赵")]
DOCTORS = [("d1", "王建国", "王"), ("d2", "孙立", "孙")]
LEVELS = [NursingLevel.TWO, NursingLevel.THREE, NursingLevel.TWO, NursingLevel.ONE]
COLOURS = {"special": "#6A1B9A", "one": "#C2185B", "two": "#1565C0", "three": "#2E7D32"}
LONG_NAME = "欧阳娜木汗·阿卜杜拉耶夫"
STATION = Actor(device_id="dev-station")


@dataclass
class Bodies:
    """Documents by kind and id, in the order they were put."""

    of: dict[tuple[str, str], Any] = field(default_factory=dict)

    def put(self, kind: str, body: Any, document_id: str | None = None) -> None:
        self.of[kind, document_id or body.id] = body

    def get(self, kind: str, document_id: str) -> Any:
        return self.of[kind, document_id]

    def documents(self) -> list[Document]:
        return [
            Document(kind, document_id, seq, msgspec.Raw(msgspec.json.encode(body)))
            for seq, ((kind, document_id), body) in enumerate(self.of.items(), 1)
        ]

    def scene(self, **links: Any) -> Scene:
        given = {
            "device_id": "dev-station",
            "last_heard": NOW,
            "his_as_of": NOW - timedelta(seconds=20),
        } | links
        return Scene(documents=self.documents(), **given)


def bed_id(number: int) -> str:
    return f"his.bed-{number}"


def stay_id(number: int) -> str:
    return f"his.enc-{number}"


def empty_ward(beds: int, name: str = "心内科三病区") -> Bodies:
    """A ward with beds, staff, screens and a link, and nobody in it."""
    ward = Bodies()
    shifts = (
        Shift(id="day", start=time(8), end=time(16)),
        Shift(id="evening", start=time(16), end=time(0)),
        Shift(id="night", start=time(0), end=time(8)),
    )
    ward.put("ward", Ward(id="ward", name=name, shifts=shifts, level_colours=COLOURS))
    members = [StaffMember(id=i, name=n, role=StaffRole.NURSE, family=f) for i, n, f in NURSES] + [
        StaffMember(id=i, name=n, role=StaffRole.DOCTOR, family=f) for i, n, f in DOCTORS
    ]
    members.insert(0, StaffMember(id="h1", name="孙玉兰", role=StaffRole.HEAD_NURSE, family="孙"))
    ward.put("roster", Roster(members=tuple(members)), "roster")
    for number in range(1, beds + 1):
        room = 300 + (number + 2) // 3
        ward.put(
            "bed",
            Bed(
                id=bed_id(number),
                number=str(number),
                room_id=f"his.room-{room}",
                room=str(room),
                order=number,
                status=BedStatus.UNOCCUPIED,
            ),
        )
    _screens(ward, beds)
    ward.put(
        "his_link",
        HisLink(
            up=True,
            since=NOW - timedelta(hours=30),
            last_census_at=NOW - timedelta(seconds=20),
            rejected={},
        ),
        "his",
    )
    return ward


def _screens(ward: Bodies, beds: int) -> None:
    since = NOW - timedelta(hours=9)
    station = ScreenStatus(
        device_id="dev-station",
        role=ScreenRole.STATION,
        place=None,
        label="",
        online=True,
        since=since,
    )
    ward.put("screen", station, "dev-station")
    for number in range(1, beds + 1):
        role = ScreenRole.BEDSIDE if number % 2 else ScreenRole.BEDHEAD
        device = f"dev-{role.value}-{number}"
        status = ScreenStatus(
            device_id=device, role=role, place=bed_id(number), label="", online=True, since=since
        )
        ward.put("screen", status, device)


def full_ward(beds: int = 40, seed: int = 7) -> Bodies:
    """A quiet morning: patients, vital signs, plans, some drips; nothing is called for."""
    return Bodies(dict(_full_ward(beds, seed).of))


@cache
def _full_ward(beds: int, seed: int) -> Bodies:
    """Made once: a body is never changed, but replaced by another."""
    ward = empty_ward(beds)
    free = {14: BedStatus.RESERVED, 27: BedStatus.HOUSEKEEPING, 33: BedStatus.UNOCCUPIED}
    for number in range(1, beds + 1):
        if number in free:
            bed = ward.get("bed", bed_id(number))
            at = datetime(2026, 11, 21, 6, 0, tzinfo=UTC) if number == 14 else None
            ward.put("bed", replace(bed, status=free[number], reserved_from=at))
        else:
            admit(ward, number, random.Random(seed * 1000 + number))
    return ward


def admit(ward: Bodies, number: int, rng: random.Random, name: str | None = None) -> None:
    """Put a patient into a bed, with a day's worth of documents."""
    surname = SURNAMES[(number - 1) % len(SURNAMES)]
    nurse, doctor = NURSES[number % 3], DOCTORS[number % 2]
    stay = Encounter(
        id=stay_id(number),
        patient=Patient(
            id=f"his.pat-{number}",
            name=name or surname + rng.choice(GIVEN),
            family=surname,
            sex=rng.choice([Sex.MALE, Sex.FEMALE]),
            birth_date=f"{rng.randint(1935, 1990)}-03-12",
            identifier=f"{2026110000 + number}",
        ),
        status=EncounterStatus.IN_PROGRESS,
        bed_id=bed_id(number),
        admitted_at=NOW - timedelta(days=rng.randint(0, 9), hours=3),
        nursing_level=NursingLevel.ONE if number == 12 else LEVELS[number % 4],
        condition=ConditionMark.SERIOUS if number == 12 else None,
        precautions=tuple(precautions(number, rng)),
        diet=Diet(wording=Wording(his="低盐低脂饮食")),
        team=(
            CareTeamMember(staff_id=doctor[0], name=doctor[1], role="doctor", family=doctor[2]),
            CareTeamMember(staff_id=nurse[0], name=nurse[1], role="nurse", family=nurse[2]),
        ),
        surgery_at=NOW + timedelta(hours=4) if number in (9, 24) else None,
        discharge_at=NOW + timedelta(hours=3) if number in (2, 16, 34, 36) else None,
    )
    bed = ward.get("bed", bed_id(number))
    ward.put("encounter", stay)
    ward.put("bed", replace(bed, status=BedStatus.OCCUPIED, occupants=(stay.id,)))
    _vitals(ward, number, rng)
    _plan(ward, number)
    if number % 4 == 3:
        drip(ward, number, left_ml=60.0 * (number % 7 + 1))


def precautions(number: int, rng: random.Random) -> list[Precaution]:
    found = []
    for place_, slot in enumerate(PrecautionSlot):
        state = rng.choice([Assessment.ABSENT] * 3 + [Assessment.PRESENT])
        if number % 13 == place_:
            state = Assessment.NOT_ASSESSED
        wording = None
        if number == 12:
            state = Assessment.NOT_ASSESSED if place_ == 4 else Assessment.PRESENT
        if number == 12 and slot is PrecautionSlot.ALLERGY:
            wording = Wording(his="青霉素过敏（皮疹）")
        found.append(Precaution(slot=slot, state=state, wording=wording))
    return found


def _vitals(ward: Bodies, number: int, rng: random.Random) -> None:
    worse = number == 31
    for step in range(12, -1, -1):
        at = NOW - timedelta(hours=2 * step, minutes=2)
        bad = max(0, 4 - step) if worse else 0
        values = {
            Parameter.RESPIRATORY_RATE: 16 + rng.randint(-1, 2) + 2 * bad,
            Parameter.OXYGEN_SATURATION: 97 + rng.randint(-1, 1) - bad,
            Parameter.SYSTOLIC: 126 + rng.randint(-8, 8) - 5 * bad,
            Parameter.DIASTOLIC: 76 + rng.randint(-5, 5) - 2 * bad,
            Parameter.HEART_RATE: 76 + rng.randint(-6, 6) + 9 * bad,
            Parameter.TEMPERATURE: round(36.7 + rng.random() * 0.5 + 0.4 * bad, 1),
        }
        vital_set(ward, number, at, values, oxygen="oxygen" if bad > 2 else "air")


def vital_set(
    ward: Bodies,
    number: int,
    at: datetime,
    values: dict[Parameter, float],
    oxygen: str | None = "air",
    consciousness: str | None = "A",
) -> None:
    """One set of observations, as one panel."""
    measured = [Measurement(parameter=p, value=float(v)) for p, v in values.items()]
    if oxygen is not None:
        measured.append(Measurement(parameter=Parameter.OXYGEN_SUPPLY, code=oxygen))
    if consciousness is not None:
        measured.append(Measurement(parameter=Parameter.CONSCIOUSNESS, code=consciousness))
    sign_id = f"his.obs-{number}-{at:%d%H%M%S}"
    sign = VitalSign(
        id=sign_id,
        encounter_id=stay_id(number),
        taken_at=at,
        received_at=at,
        measurements=tuple(measured),
        panel_id=sign_id,
    )
    ward.put("vital_sign", sign)


def _plan(ward: Bodies, number: int) -> None:
    day = [
        (PlanKind.MEDICINE, -2.0, PlanStatus.DONE, "阿司匹林肠溶片 100 mg 口服"),
        (PlanKind.ROUND, -1.0, PlanStatus.DONE, None),
        (PlanKind.SCAN, 3.0 + number % 3, PlanStatus.PLANNED, "心脏彩超"),
        (PlanKind.MEAL, 2.0, PlanStatus.PLANNED, None),
        (PlanKind.MEDICINE, 8.0, PlanStatus.PLANNED, "美托洛尔缓释片 47.5 mg 口服"),
    ]
    if number % 9 == 5:
        day.insert(2, (PlanKind.MEDICINE, 25 / 60, PlanStatus.PLANNED, "头孢呋辛 1.5 g 静滴"))
    for i, (kind, hours, status, title) in enumerate(day):
        due = NOW.replace(minute=0) + timedelta(hours=hours)
        item = PlanItem(
            id=f"his.plan-{number}-{i}",
            encounter_id=stay_id(number),
            kind=kind,
            due_at=due,
            status=status,
            title=None if title is None else Wording(his=title),
            done_at=due + timedelta(minutes=6) if status is PlanStatus.DONE else None,
        )
        ward.put("plan_item", item)


def plan_item(number: int, name: str, kind: PlanKind, hours: float) -> PlanItem:
    """Something planned for a patient, `hours` from now."""
    return PlanItem(
        id=f"his.plan-{number}-{name}",
        encounter_id=stay_id(number),
        kind=kind,
        due_at=NOW + timedelta(hours=hours),
        status=PlanStatus.PLANNED,
    )


def drip(
    ward: Bodies,
    number: int,
    left_ml: float = 120.0,
    status: InfusionStatus = InfusionStatus.RUNNING,
    source: VolumeSource = VolumeSource.MEASURED,
    rate_ml_h: float = 90.0,
) -> None:
    """An infusion on a patient."""
    infusion = Infusion(
        id=f"his.inf-{number}",
        encounter_id=stay_id(number),
        status=status,
        total_ml=500.0,
        left_ml=left_ml,
        rate_ml_h=rate_ml_h,
        source=source,
        measured_at=NOW - timedelta(seconds=40),
        started_at=NOW - timedelta(hours=3),
        name="0.9% 氯化钠 500 mL",
        next_ordered=True,
    )
    ward.put("infusion", infusion)


def call(
    ward: Bodies,
    number: int,
    seconds: float,
    call_class: CallClass = CallClass.NORMAL,
    reason: CallReason | None = None,
    accepted_by: Actor | None = None,
) -> NurseCall:
    """An open call, placed `seconds` ago."""
    at = NOW - timedelta(seconds=seconds)
    made = place(
        id=f"call-{number}-{call_class.value}",
        bed_id=bed_id(number),
        device_id=f"dev-bedside-{number}",
        call_class=call_class,
        placed_at=at,
        received_at=at,
        encounter_id=stay_id(number),
    )
    if reason is not None:
        made = give_reason(made, reason, at)
    if accepted_by is not None:
        made = accept(made, at + timedelta(seconds=20), accepted_by)
    ward.put("nurse_call", made)
    return made


def alert(  # noqa: PLR0913
    ward: Bodies,
    number: int,
    rule: str,
    priority: Priority,
    title: Wording,
    why: Wording,
    todo: Wording,
    icon: str,
    opened: float,
    harm: float | None = None,
    cause: tuple[Cause, ...] = (),
) -> Alert:
    """An alert on the patient of a bed; `opened` minutes ago, harm in `harm` minutes."""
    made = Alert(
        id=f"alert-{rule}-{number}",
        subject=Subject(kind=SubjectKind.ENCOUNTER, id=stay_id(number)),
        rule=rule,
        version="1",
        priority=priority,
        state=AlertState.ON,
        title=title,
        why=why,
        todo=todo,
        icon=icon,
        opened_at=NOW - timedelta(minutes=opened),
        updated_at=NOW - timedelta(minutes=opened),
        harm_at=None if harm is None else NOW + timedelta(minutes=harm),
        cause=cause,
    )
    ward.put("alert", made)
    return made


def plain_alert(
    ward: Bodies,
    number: int,
    rule: str,
    priority: Priority,
    opened: float = 1,
    harm: float | None = None,
) -> Alert:
    """An alert in the hospital's own words, where the words do not matter."""
    words = [Wording(his=text) for text in ("t", "w", "d")]
    return alert(ward, number, rule, priority, *words, "bell", opened, harm)


def lost_screen(ward: Bodies, number: int = 8) -> None:
    """The bedhead of one bed has been away for 20 minutes."""
    device = f"dev-bedhead-{number}"
    status = ward.get("screen", device)
    ward.put("screen", replace(status, online=False, since=NOW - timedelta(minutes=20)), device)


def at(minutes: float) -> str:
    """An instant `minutes` from now, as wordings carry it."""
    return (NOW + timedelta(minutes=minutes)).isoformat()


def busy_ward(beds: int = 40) -> Bodies:
    """The moment of the design picture: two urgent, two soon, one due."""
    ward = full_ward(beds)
    lee = Actor(device_id="dev-station", person_id="n1", name="李敏", family="李", known="name")
    call(ward, 22, 51, CallClass.BATHROOM)
    call(ward, 12, 84, CallClass.NORMAL, CallReason.PAIN, accepted_by=lee)
    set_id = f"his.obs-31-{NOW - timedelta(minutes=2):%d%H%M%S}"
    alert(
        ward,
        31,
        "news2",
        Priority.HIGH,
        Wording(key="alert.news2.title", values={"n": 9}),
        Wording(key="alert.news2.why_before", values={"n": 6, "before_at": at(-122), "at": at(-2)}),
        Wording(key="alert.news2.todo.high"),
        icon="heart-pulse",
        opened=1.4,
        cause=(Cause(kind="vital_sign", id=set_id, seq=9),),
    )
    drip(ward, 7, left_ml=9.0)
    alert(
        ward,
        7,
        "infusion_near_end",
        Priority.MEDIUM,
        Wording(key="alert.infusion_near_end.title", values={"n": 1}),
        Wording(
            key="alert.infusion_near_end.why.measured", values={"end": at(5.6), "at": at(-0.6)}
        ),
        Wording(key="alert.infusion_near_end.todo.next_ordered"),
        icon="iv-bag",
        opened=4,
        harm=5.6,
        cause=(Cause(kind="infusion", id="his.inf-7", seq=3),),
    )
    alert(
        ward,
        18,
        "observations_overdue",
        Priority.LOW,
        Wording(key="alert.observations_overdue.title"),
        Wording(
            key="alert.observations_overdue.by_score",
            values={"n": 1, "last": at(-260), "due": at(-20)},
        ),
        Wording(key="alert.observations_overdue.todo"),
        icon="clipboard-pulse",
        opened=20,
        harm=-20,
    )
    lost_screen(ward)
    return ward


def long_ward(beds: int = 40) -> Bodies:
    """The longest names, numbers and words there may be."""
    ward = busy_ward(beds)
    for number in range(1, beds + 1):
        if ("encounter", stay_id(number)) not in ward.of:
            continue
        stay: Encounter = ward.get("encounter", stay_id(number))
        name = LONG_NAME if number % 2 else "Maximilian Featherstonehaugh-Cholmondeley"
        everything = tuple(
            Precaution(
                slot=slot, state=Assessment.PRESENT, wording=Wording(his="很长的说明文字" * 5)
            )
            for slot in PrecautionSlot
        )
        stay = replace(
            stay,
            patient=replace(stay.patient, name=name),
            condition=ConditionMark.CRITICAL,
            nursing_level=NursingLevel.SPECIAL,
            precautions=everything,
            team=tuple(
                replace(member, name="Bartholomew Abernathy-Fitzwilliam", family="")
                for member in stay.team * 2
            ),
        )
        ward.put("encounter", stay)
        bed = ward.get("bed", bed_id(number))
        ward.put("bed", replace(bed, number=f"加{number}" if number % 3 else f"{number}A"))
    first = ward.get("ward", "ward")
    ward.put("ward", replace(first, name="心血管内科与胸外科联合监护第三病区（东区）"))
    return ward


def many_calls(count: int = 64, beds: int = 60) -> Bodies:
    """Every bed calls, some twice: all must be there, in order."""
    ward = full_ward(beds)
    rng = random.Random(64)
    classes = list(CallClass)
    made = 0
    for number in range(1, beds + 1):
        call(ward, number, rng.uniform(1, 900), CallClass.NORMAL)
        made += 1
    for number in range(1, count - made + 1):
        call(ward, number, rng.uniform(1, 900), classes[1 + number % 3])
    return ward


def emergency_ward() -> Bodies:
    """A resuscitation beside everything else."""
    ward = busy_ward()
    call(ward, 5, 12, CallClass.EMERGENCY)
    call(ward, 6, 31, CallClass.ASSIST)
    call(ward, 20, 204, CallClass.NORMAL, CallReason.BREATHLESS)
    return ward


def offline(ward: Bodies) -> Scene:
    """The hub has not been heard for three minutes."""
    return ward.scene(
        phase=Phase.OFFLINE,
        lost_at=NOW - timedelta(minutes=3),
        last_heard=NOW - timedelta(minutes=3),
        his_as_of=NOW - timedelta(minutes=4),
    )


def his_down(ward: Bodies) -> Scene:
    """The hospital system has been silent for 42 minutes."""
    link = HisLink(
        up=False,
        since=NOW - timedelta(minutes=42),
        last_census_at=NOW - timedelta(minutes=42),
        rejected={"his.rejected.unit": 3, "his.rejected.no_patient": 1},
    )
    ward.put("his_link", link, "his")
    return ward.scene(his_up=False, his_as_of=NOW - timedelta(minutes=42))
