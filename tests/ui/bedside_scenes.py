"""Scenes of the bedside."""

import dataclasses
import hashlib
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher

from smartward.clinical.bed import BedStatus
from smartward.clinical.encounter import Sex
from smartward.clinical.infusion import InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import CallClass, CallReason, CallState, Mark, MarkKind
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile
from smartward.screen.link import Phase
from smartward.screen.scene import Scene
from smartward.wire.call_view import BedsideCall
from smartward.wire.envelope import Document
from smartward.wire.views import BedsideEncounter, BedView, InfusionView, PlanView
from tests.ui.bed_ward import (
    BED,
    LI,
    LONG,
    LONG_TEAM,
    NOW,
    OFFLINE,
    PROFILES,
    ROSTER,
    STAY,
    TEAM,
    WARD,
    at,
    bed_view,
    call_point,
    doc,
    free_bed,
    infusion,
    noted,
)


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
