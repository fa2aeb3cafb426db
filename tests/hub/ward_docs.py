"""Documents of a small ward, as the HIS poller would put them, with room for markers."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from smartward.clinical.alert import Alert, AlertState, Subject, SubjectKind
from smartward.clinical.bed import Bed, BedStatus
from smartward.clinical.call_mark import Actor, Mark, MarkKind
from smartward.clinical.encounter import (
    Assessment,
    CareTeamMember,
    ConditionMark,
    Diet,
    Encounter,
    EncounterStatus,
    News2Order,
    NursingLevel,
    Patient,
    Precaution,
    PrecautionSlot,
    Sex,
)
from smartward.clinical.infusion import Infusion, InfusionStatus, VolumeSource
from smartward.clinical.nurse_call import CallClass, CallReason, CallState, NurseCall
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.patient_key import PatientKey
from smartward.clinical.plan import PlanItem, PlanKind, PlanStatus
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile, ProfileNote
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.ward import Roster, StaffMember, StaffRole, Ward
from smartward.clinical.words import Wording
from smartward.hub.store.base import Store, Tx
from smartward.wire.peer import DirectCall
from tests.fakes.fake_clock import MORNING

WARD = "ward"
BEDS_A_ROOM = 2


def bed_id(n: int) -> str:
    return f"his.bed-{n}"


def room_id(n: int) -> str:
    """The room of bed `n`."""
    return f"his.room-{(n - 1) // BEDS_A_ROOM + 1}"


def encounter_id(n: int) -> str:
    return f"his.enc-{n}"


def bed(n: int, *occupants: int, conflict: Wording | None = None) -> Bed:
    return Bed(
        id=bed_id(n),
        number=str(n),
        room_id=room_id(n),
        room=f"R{(n - 1) // BEDS_A_ROOM + 1}",
        order=n,
        status=BedStatus.OCCUPIED if occupants else BedStatus.UNOCCUPIED,
        occupants=tuple(encounter_id(o) for o in occupants),
        conflict=conflict,
    )


def encounter(n: int, at_bed: int | None, mark: str = "") -> Encounter:
    """A stay. `mark` is put into every free text, so that it can be looked for."""
    m = mark or f"p{n}"
    return Encounter(
        id=encounter_id(n),
        patient=Patient(
            id=f"his.pat-{n}",
            name=f"{m}-name",
            family=f"{m}-family",
            sex=Sex.FEMALE,
            birth_date="1950-02-03",
            identifier=f"{m}-identifier",
            language="zh_CN",
        ),
        status=EncounterStatus.IN_PROGRESS,
        bed_id=None if at_bed is None else bed_id(at_bed),
        admitted_at=MORNING - timedelta(days=2),
        nursing_level=NursingLevel.ONE,
        condition=ConditionMark.SERIOUS,
        precautions=tuple(
            Precaution(
                slot=slot,
                state=Assessment.PRESENT,
                wording=Wording(his=f"{m}-precaution"),
                protection=("ppe.gloves",),
                since=MORNING,
            )
            for slot in PrecautionSlot
        ),
        diet=Diet(wording=Wording(his=f"{m}-diet"), ordered_at=MORNING),
        team=(CareTeamMember(staff_id="st-1", name=f"{m}-team", role="nurse", family=f"{m}-tf"),),
        news2=News2Order(ordered_by=f"{m}-ordered-by"),
        diagnosis=f"{m}-diagnosis",
        surgery_at=MORNING + timedelta(hours=3),
        discharge_at=MORNING + timedelta(days=3),
    )


def vital_sign(n: int, of: int, value: float = 80.0) -> VitalSign:
    return VitalSign(
        id=f"his.obs-{n}",
        encounter_id=encounter_id(of),
        taken_at=MORNING - timedelta(minutes=5),
        received_at=MORNING,
        measurements=(Measurement(parameter=Parameter.HEART_RATE, value=value),),
        panel_id=f"panel-{n}",
    )


def infusion(n: int, of: int, mark: str = "") -> Infusion:
    return Infusion(
        id=f"his.inf-{n}",
        encounter_id=encounter_id(of),
        status=InfusionStatus.RUNNING,
        total_ml=500.0,
        left_ml=200.0,
        rate_ml_h=60.0,
        source=VolumeSource.MEASURED,
        measured_at=MORNING,
        started_at=MORNING - timedelta(hours=5),
        name=f"{mark or f'p{of}'}-drug",
        next_ordered=True,
    )


def plan_item(n: int, of: int, mark: str = "") -> PlanItem:
    return PlanItem(
        id=f"his.plan-{n}",
        encounter_id=encounter_id(of),
        kind=PlanKind.SCAN,
        due_at=MORNING + timedelta(hours=1),
        status=PlanStatus.PLANNED,
        title=Wording(his=f"{mark or f'p{of}'}-title"),
        nil_by_mouth=True,
    )


def alert(n: int, of: int, mark: str = "", priority: Priority = Priority.MEDIUM) -> Alert:
    m = mark or f"p{of}"
    return Alert(
        id=f"alert-{n}",
        subject=Subject(kind=SubjectKind.ENCOUNTER, id=encounter_id(of)),
        rule="news2",
        version="1",
        priority=priority,
        state=AlertState.ON,
        title=Wording(his=f"{m}-alert-title"),
        why=Wording(his=f"{m}-alert-why"),
        todo=Wording(his=f"{m}-alert-todo"),
        icon="news2",
        opened_at=MORNING,
        updated_at=MORNING,
    )


def call(n: int, at_bed: int, of: int | None, mark: str = "", **changes: Any) -> NurseCall:
    m = mark or f"p{of}"
    who = Actor(
        device_id=f"{m}-device",
        person_id=f"{m}-person",
        name=f"{m}-actor",
        family=f"{m}-actor-family",
        known="name",
    )
    made = NurseCall(
        id=f"call-{n}",
        bed_id=bed_id(at_bed),
        device_id=f"{m}-device",
        call_class=CallClass.NORMAL,
        priority=Priority.MEDIUM,
        state=CallState.ACCEPTED,
        placed_at=MORNING - timedelta(minutes=1),
        received_at=MORNING - timedelta(minutes=1),
        encounter_id=None if of is None else encounter_id(of),
        reason=CallReason.PAIN,
        accepted_by=who,
        marks=(Mark(kind=MarkKind.ON_THE_WAY, at=MORNING, by=who),),
    )
    return replace(made, **changes)


def profile(of: int) -> ProfileNote:
    return ProfileNote(
        encounter_id=encounter_id(of),
        profile=Profile(hearing_impaired=True),
        by=Actor(device_id=f"p{of}-device", name=f"p{of}-nurse"),
        at=MORNING,
    )


def patient_key(of: int) -> PatientKey:
    return PatientKey(encounter_id=encounter_id(of), wristband=f"p{of}-wristband")


def silence(of: int, at_bed: int | None) -> Silence:
    return Silence(
        encounter_id=encounter_id(of),
        bed_id=None if at_bed is None else bed_id(at_bed),
        reason=SilenceReason.WISH,
        since=MORNING,
    )


def ward_doc(notice: str = "quiet") -> Ward:
    return Ward(id=WARD, name="Ward 1", notices=(Wording(his=notice),))


def roster() -> Roster:
    return Roster(
        members=(
            StaffMember(id="st-1", name="李红", role=StaffRole.NURSE, family="李"),
            StaffMember(id="st-2", name="王芳", role=StaffRole.HEAD_NURSE, family="王"),
        )
    )


def put_bed(tx: Tx, n: int, *occupants: int, conflict: Wording | None = None) -> None:
    tx.put(
        WARD,
        "bed",
        bed_id(n),
        bed(n, *occupants, conflict=conflict),
        bed=bed_id(n),
        room=room_id(n),
    )


def put_patient(tx: Tx, n: int, at_bed: int | None, mark: str = "") -> None:
    """A stay with one of everything that depends on it."""
    place: dict[str, str | None] = (
        {"bed": None, "room": None}
        if at_bed is None
        else {"bed": bed_id(at_bed), "room": room_id(at_bed)}
    )
    tx.put(WARD, "encounter", encounter_id(n), encounter(n, at_bed, mark), **place)
    tx.put(WARD, "vital_sign", f"his.obs-{n}", vital_sign(n, n), **place)
    tx.put(WARD, "infusion", f"his.inf-{n}", infusion(n, n, mark), **place)
    tx.put(WARD, "plan_item", f"his.plan-{n}", plan_item(n, n, mark), **place)
    tx.put(WARD, "alert", f"alert-{n}", alert(n, n, mark), **place)


async def furnish(store: Store, beds: int = 4) -> None:
    """A ward in which patient `n` lies in bed `n`."""

    def write(tx: Tx) -> None:
        tx.put(WARD, "ward", WARD, ward_doc())
        tx.put(WARD, "roster", "roster", roster())
        for n in range(1, beds + 1):
            put_bed(tx, n, n)
            put_patient(tx, n, n)

    await store.write(write)


def moment(minutes: float) -> datetime:
    """So many minutes after MORNING."""
    return MORNING + timedelta(minutes=minutes)


def word_of_nobody() -> dict[str, str]:
    """What is told of a direct call by a bed's screen that the ward does not know."""
    word = DirectCall(
        sender="dev-never",
        receiver="dev-here",
        number=1,
        sent_at=MORNING,
        call_id="call-never",
        bed_id=bed_id(3),
        call_class=CallClass.NORMAL,
    )
    return {"body": msgspec.json.encode(word).decode(), "said": "00", "signature": "00"}
