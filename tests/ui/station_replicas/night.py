"""The ward at three in the morning: call points, presence, profiles, silence, entrusting."""

from dataclasses import replace
from datetime import timedelta

from smartward.clinical.call_point import CallPoint, CallPointKind
from smartward.clinical.device import ScreenRole, ScreenStatus
from smartward.clinical.entrustment import Entrustment, EntrustmentState, ReturnReason
from smartward.clinical.nurse_call import Actor, CallClass, CallReason, NurseCall, place
from smartward.clinical.plan import PlanKind
from smartward.clinical.presence import Presence, Present
from smartward.clinical.priority import Priority
from smartward.clinical.profile import Profile, ProfileNote
from smartward.clinical.silence import Silence, SilenceReason
from smartward.clinical.ward import StaffMember, StaffRole
from smartward.screen.scene import Scene
from tests.ui.station_replicas import ward as sample
from tests.ui.station_replicas.ward import NOW, Bodies, bed_id, stay_id

LEE = Actor(device_id="dev-station", person_id="n1", name="李敏", family="李", known="badge")
QIAN = Actor(device_id="dev-east", person_id="n2", name="钱芳", family="钱", known="pin")


def person(ward: Bodies, number: int, **changes: object) -> None:
    """What the record knows of whoever lies in a bed."""
    stay = ward.get("encounter", stay_id(number))
    ward.put("encounter", replace(stay, **changes))  # type: ignore[arg-type]  # fields by their own names


def named(ward: Bodies, number: int, **changes: object) -> None:
    """Another name, an alias, a protected person."""
    patient = ward.get("encounter", stay_id(number)).patient
    person(ward, number, patient=replace(patient, **changes))  # type: ignore[arg-type]  # fields by their own names


def point(
    ward: Bodies, number: int, kind: CallPointKind, label: str = "", point_id: str = ""
) -> CallPoint:
    """A call point that makes the calls of a bed."""
    bed = ward.get("bed", bed_id(number))
    made = CallPoint(
        id=point_id or f"point-{number}-{kind.value}",
        kind=kind,
        bed_id=bed.id,
        room_id=bed.room_id,
        label=label,
    )
    ward.put("call_point", made)
    return made


def point_call(ward: Bodies, at: CallPoint, call_class: CallClass, seconds: float) -> NurseCall:
    """A call made at a call point."""
    when = NOW - timedelta(seconds=seconds)
    made = place(
        id=f"call-{at.id}",
        bed_id=at.bed_id,
        device_id="dev-gateway",
        call_class=call_class,
        placed_at=when,
        received_at=when,
    )
    made = replace(made, call_point_id=at.id)
    ward.put("nurse_call", made)
    return made


def inside(ward: Bodies, number: int, *people: Actor) -> None:
    """These people are in the room of a bed; without a person: its button was pressed."""
    room = ward.get("bed", bed_id(number)).room_id
    beds = [b for (k, _), b in list(ward.of.items()) if k == "bed" and b.room_id == room]
    for bed in beds:
        there = tuple(Present(by=one, since=NOW - timedelta(minutes=2)) for one in people)
        made = Presence(bed_id=bed.id, room_id=room, people=there)
        ward.put("presence", made, bed.id)


def noted(ward: Bodies, number: int, profile: Profile) -> None:
    """What a nurse has set."""
    note = ProfileNote(encounter_id=stay_id(number), profile=profile, by=LEE, at=NOW)
    ward.put("profile", note, stay_id(number))


def silenced(ward: Bodies, number: int, reason: SilenceReason = SilenceReason.DECEASED) -> Silence:
    """静默 at a bed."""
    made = Silence(
        encounter_id=stay_id(number),
        bed_id=bed_id(number),
        reason=reason,
        since=NOW - timedelta(minutes=12),
        by=LEE,
    )
    ward.put("silence", made, stay_id(number))
    return made


def raised(ward: Bodies, number: int, seconds: float) -> NurseCall:
    """An ordinary call that nobody answered for three minutes."""
    made = sample.call(ward, number, seconds)
    made = replace(made, priority=Priority.HIGH, step=2, presses=4)
    ward.put("nurse_call", made)
    return made


def another_station(ward: Bodies, label: str = "东区护士站", device: str = "dev-east") -> None:
    """A second station of the ward."""
    status = ScreenStatus(
        device_id=device,
        role=ScreenRole.STATION,
        place=None,
        label=label,
        online=True,
        since=NOW - timedelta(hours=3),
    )
    ward.put("screen", status, device)


def entrust(
    ward: Bodies,
    state: EntrustmentState,
    to: str = "dev-east",
    why: ReturnReason | None = None,
    label: str = "东区护士站",
) -> Entrustment:
    """The ward's calls are asked of, held by, or back from a station."""
    back = state is EntrustmentState.RETURNED
    taken = state is not EntrustmentState.ASKED
    made = Entrustment(
        to_device=to,
        to_label=label,
        state=state,
        asked_by=LEE,
        asked_at=NOW - timedelta(minutes=45),
        taken_by=QIAN if taken else None,
        taken_at=NOW - timedelta(minutes=44) if taken else None,
        returned_at=NOW - timedelta(minutes=1) if back else None,
        returned_why=why if back else None,
    )
    ward.put("entrustment", made, "entrustment")
    return made


def night_ward(beds: int = 40) -> Bodies:
    """One of everything."""
    ward = sample.busy_ward(beds)
    roster = ward.get("roster", "roster")
    officer = StaffMember(id="p1", name="周文", role=StaffRole.PRIVACY_OFFICER, family="周")
    ward.put("roster", replace(roster, members=(*roster.members, officer)), "roster")
    another_station(ward)
    ward.of.pop(("nurse_call", "call-22-bathroom"))
    cord = point(ward, 22, CallPointKind.BATHROOM_CORD, "308")
    point_call(ward, cord, CallClass.BATHROOM, 51)
    raised(ward, 20, 224)
    sample.call(ward, 29, 12)
    person(ward, 29, profile=Profile(hearing_impaired=True, language="yue"))
    noted(ward, 12, Profile(speech_impaired=True))
    inside(ward, 4, LEE)
    inside(ward, 12, QIAN, LEE)
    silenced(ward, 36)
    lost = point(ward, 39, CallPointKind.HANDSET)
    line = point_call(ward, lost, CallClass.NORMAL, 130)
    ward.put("nurse_call", replace(line, reason=CallReason.LINE_LOST))
    named(ward, 1, name="张建国", family="张")
    named(ward, 2, name="张卫国", family="张")
    named(ward, 3, alias="三床小友", protected=True)
    ward.put("plan_item", sample.plan_item(10, "turn", PlanKind.TURNING, -3.2))
    extra = ward.get("bed", bed_id(40))
    ward.put("bed", replace(extra, number="加12"))
    sample.call(ward, 40, 33)
    return ward


def entrusted_ward(state: EntrustmentState = EntrustmentState.HELD, **given: object) -> Scene:
    """The same, with its calls at the other station."""
    ward = night_ward()
    entrust(ward, state, **given)  # type: ignore[arg-type]  # fields by their own names
    return ward.scene()
