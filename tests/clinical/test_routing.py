"""Who is asked first: by role, by reason, by time, and never nobody."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical import nurse_call as nc
from smartward.clinical.alert import Alert, AlertState, Ladder, Subject, SubjectKind
from smartward.clinical.alert_ladder import LadderSettings, Rung, advance
from smartward.clinical.call_mark import Actor
from smartward.clinical.encounter import CareTeamMember, Encounter, EncounterStatus, Patient
from smartward.clinical.nurse_call import CallClass, CallReason, CallSettings, NurseCall
from smartward.clinical.priority import Priority
from smartward.clinical.routing import Addressee, AddresseeRole, addressee, on_duty, who_is_there
from smartward.clinical.ward import DutyHours, Roster, StaffMember, StaffRole, Ward
from smartward.clinical.words import Wording

SHANGHAI = ZoneInfo("Asia/Shanghai")
EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI).astimezone(UTC)
"""A Monday."""
BEFORE = EIGHT - timedelta(milliseconds=1)
WARD = Ward(id="ward", name="Ward 1", zone="Asia/Shanghai")
SETTINGS = CallSettings()
DAY = DutyHours(start=time(8), end=time(20))
NIGHT = DutyHours(start=time(20), end=time(8))


def staff(id: str, role: StaffRole, *duty: DutyHours) -> StaffMember:
    return StaffMember(id=id, name=f"name-{id}", role=role, duty=duty)


ROSTER = Roster(
    members=(
        staff("day", StaffRole.NURSE, DAY),
        staff("night", StaffRole.NURSE, NIGHT),
        staff("other", StaffRole.NURSE),
        staff("carer", StaffRole.CARER, DAY),
        staff("head", StaffRole.HEAD_NURSE, DAY),
        staff("doctor", StaffRole.DOCTOR),
    )
)


def member(id: str, role: str = "nurse", **period: datetime) -> CareTeamMember:
    return CareTeamMember(staff_id=id, name=f"name-{id}", role=role, **period)


def stay(*team: CareTeamMember) -> Encounter:
    return Encounter(
        id="e",
        patient=Patient(id="p", name="x"),
        status=EncounterStatus.IN_PROGRESS,
        bed_id="bed-12",
        team=team,
    )


STAY = stay(member("doctor", "doctor"), member("day"), member("night"))


def call(call_class: CallClass = CallClass.NORMAL, **changes: object) -> NurseCall:
    made = nc.place("c", "bed-12", "d", call_class, EIGHT, EIGHT)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by their own names


def alert(priority: Priority = Priority.MEDIUM, **changes: object) -> Alert:
    made = Alert(
        id="a",
        subject=Subject(kind=SubjectKind.ENCOUNTER, id="e"),
        rule="news2",
        version="1",
        priority=priority,
        state=AlertState.ON,
        title=Wording(his="t"),
        why=Wording(his="w"),
        todo=Wording(his="d"),
        icon="news2",
        opened_at=EIGHT - timedelta(minutes=1),
        updated_at=EIGHT - timedelta(minutes=1),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by their own names


def asked(subject: NurseCall | Alert, at: datetime = EIGHT, of: Encounter = STAY) -> Addressee:
    return addressee(subject, of, ROSTER, WARD, at)


@pytest.mark.parametrize("subject", [call(), alert()], ids=["call", "alert"])
def test_at_eight_exactly_the_nurse_of_the_day_is_asked_instead(
    subject: NurseCall | Alert,
) -> None:
    assert asked(subject, BEFORE).staff_ids == ("night",)
    now = asked(subject, EIGHT)
    assert (now.role, now.staff_ids, now.names) == (
        AddresseeRole.RESPONSIBLE, ("day",), ("name-day",),
    )  # fmt: skip
    assert now.key == "routing.responsible"


@pytest.mark.parametrize("subject", [call(), alert()], ids=["call", "alert"])
def test_the_care_team_s_own_period_is_half_open_too(subject: NurseCall | Alert) -> None:
    team = stay(member("n1", end=EIGHT), member("n2", start=EIGHT))
    assert asked(subject, BEFORE, team).staff_ids == ("n1",)
    assert asked(subject, EIGHT, team).staff_ids == ("n2",)
    # Told ahead by the HIS: no further word is needed at eight.
    ahead = replace(stay(member("n1", end=EIGHT)), upcoming=(member("n2", start=EIGHT),))
    assert asked(subject, BEFORE, ahead).staff_ids == ("n1",)
    assert asked(subject, EIGHT, ahead).staff_ids == ("n2",)


@pytest.mark.parametrize("reason", list(CallReason))
def test_what_a_carer_can_do_goes_to_the_carer_first(reason: CallReason) -> None:
    carers = {CallReason.WATER, CallReason.TOILET, CallReason.TURNING, CallReason.COLD_OR_HOT}
    found = asked(call(reason=reason))
    assert found.staff_ids == (("carer",) if reason in carers else ("day",))


def test_without_a_carer_on_duty_the_nurse_is_asked() -> None:
    assert asked(call(reason=CallReason.WATER), BEFORE).staff_ids == ("night",)


def test_the_patient_s_own_carer_goes_before_the_ward_s() -> None:
    own = stay(member("day"), member("kin", "carer"))
    assert asked(call(reason=CallReason.WATER), of=own).staff_ids == ("kin",)


def test_what_became_urgent_is_no_carer_s_alone() -> None:
    urgent = call(reason=CallReason.TOILET, priority=Priority.HIGH)
    assert asked(urgent).staff_ids == ("day",)


@pytest.mark.parametrize(
    "step, role", [(0, "responsible"), (1, "ward"), (2, "ward"), (3, "head_nurse")]
)
def test_each_escalation_asks_more_people(step: int, role: str) -> None:
    found = asked(call(step=step))
    assert found.role == role
    if step:
        assert found.staff_ids == ("day", "other", "head")
    assert found.names == {"responsible": ("name-day",), "head_nurse": ("name-head",)}.get(role, ())


def test_a_head_nurse_who_is_off_duty_is_not_called_by_name() -> None:
    found = asked(call(step=3), BEFORE)
    assert (found.role, found.staff_ids, found.names) == (
        AddresseeRole.HEAD_NURSE, ("night", "other"), (),
    )  # fmt: skip
    assert found.key == "routing.ward"


@pytest.mark.parametrize("call_class", [CallClass.ASSIST, CallClass.EMERGENCY])
def test_staff_asking_for_staff_ask_everybody(call_class: CallClass) -> None:
    assert asked(call(call_class)).role is AddresseeRole.WARD


def test_a_bed_without_a_known_patient_asks_the_ward() -> None:
    found = addressee(call(), None, ROSTER, WARD, EIGHT)
    assert (found.role, found.staff_ids) == (AddresseeRole.WARD, ("day", "other", "head"))


def test_a_colleague_is_asked_until_it_escalates() -> None:
    to = Actor(device_id="s", person_id="other", name="name-other")
    by = Actor(device_id="s", person_id="day")
    handed = nc.hand_over(call(), EIGHT, by, to)
    found = asked(handed)
    assert (found.role, found.names) == (AddresseeRole.COLLEAGUE, ("name-other",))
    later = nc.advance(handed, SETTINGS, EIGHT + timedelta(seconds=60))
    assert asked(later).role is AddresseeRole.WARD


def test_a_broken_promise_goes_to_the_ward() -> None:
    by = Actor(device_id="s", person_id="day")
    late = nc.advance(nc.accept(call(), EIGHT, by), SETTINGS, EIGHT + timedelta(seconds=300))
    assert asked(late).role is AddresseeRole.WARD


def test_a_call_that_asks_again_begins_with_its_nurse_again() -> None:
    by = Actor(device_id="s", person_id="day")
    escalated = nc.advance(call(CallClass.BATHROOM), SETTINGS, EIGHT + timedelta(seconds=400))
    assert escalated.step == 3
    left = nc.leave(nc.arrive(escalated, EIGHT, by), EIGHT + timedelta(minutes=9), by)
    assert asked(left).role is AddresseeRole.RESPONSIBLE
    later = nc.advance(left, SETTINGS, EIGHT + timedelta(minutes=10))
    assert asked(later).role is AddresseeRole.WARD


def test_an_alert_asks_whom_its_ladder_has_come_to() -> None:
    urgent = [alert(ladder=Ladder.EL_1, step=step) for step in range(4)]
    assert [asked(one).role for one in urgent] == [
        AddresseeRole.RESPONSIBLE,
        AddresseeRole.WARD,
        AddresseeRole.WARD,
        AddresseeRole.HEAD_NURSE,
    ]
    clinical = [alert(ladder=Ladder.EL_2, step=step) for step in range(3)]
    assert [asked(one).role for one in clinical] == [
        AddresseeRole.RESPONSIBLE,
        AddresseeRole.SENIOR,
        AddresseeRole.DOCTOR,
    ]
    taken = alert(ladder=Ladder.EL_1, step=3, state=AlertState.ACKNOWLEDGED)
    assert asked(taken).role is AddresseeRole.RESPONSIBLE
    assert asked(alert()).role is AddresseeRole.RESPONSIBLE, "a list entry is its nurse's"


def test_without_a_head_nurse_on_duty_the_ward_s_other_nurses_stand_in() -> None:
    night, later_on = EIGHT + timedelta(hours=13), EIGHT + timedelta(hours=13, minutes=10)
    there = who_is_there(STAY, ROSTER, WARD, night)
    senior = there(Rung.SENIOR)
    assert senior is not None
    assert (senior.role, senior.staff_ids) == (AddresseeRole.WARD, ("night", "other"))
    by_day = who_is_there(STAY, ROSTER, WARD, EIGHT)(Rung.SENIOR)
    assert by_day is not None
    assert (by_day.role, by_day.instead) == (AddresseeRole.SENIOR, False)

    settings = LadderSettings()
    begun = alert(ladder=Ladder.EL_2, step=-1, opened_at=night, asks_since=night)
    first = advance(begun, there, settings, night)
    second = advance(first, there, settings, later_on)
    assert [(one.step, one.staff_ids) for one in second.told] == [(0, ("night",)), (1, ("other",))]
    assert second.step == 1, "the doctor is asked at 30 min, not at once"

    alone = replace(ROSTER, members=tuple(m for m in ROSTER.members if m.id != "other"))
    there = who_is_there(STAY, alone, WARD, night)
    later = advance(advance(begun, there, settings, night), there, settings, later_on)
    assert [(one.step, one.role) for one in later.told][-1] == (2, AddresseeRole.DOCTOR)


@pytest.mark.parametrize(
    "hours, moment, expected",
    [
        (DAY, "2026-11-23T07:59:59.999", False),
        (DAY, "2026-11-23T08:00", True),
        (DAY, "2026-11-23T20:00", False),
        (NIGHT, "2026-11-23T20:00", True),
        (NIGHT, "2026-11-24T07:59:59.999", True),
        (NIGHT, "2026-11-24T08:00", False),
        (replace(NIGHT, days=(1,)), "2026-11-23T23:00", True),
        (replace(NIGHT, days=(1,)), "2026-11-24T03:00", True),
        (replace(NIGHT, days=(1,)), "2026-11-23T03:00", False),
        (DutyHours(start=time(8), end=time(8), days=(1,)), "2026-11-24T07:00", True),
        (DutyHours(start=time(8), end=time(8), days=(1,)), "2026-11-24T08:00", False),
    ],
)
def test_hours_of_duty_cross_midnight_with_the_day_they_began(
    hours: DutyHours, moment: str, expected: bool
) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert on_duty(staff("x", StaffRole.NURSE, hours), WARD, at) is expected


PERIOD = st.none() | st.integers(-600, 600).map(lambda m: EIGHT + timedelta(minutes=m))
HOURS = st.builds(DutyHours, start=st.times(), end=st.times(), days=st.just(()) | st.just((1, 3)))
MEMBER = st.builds(
    CareTeamMember,
    staff_id=st.sampled_from(["a", "b", "c"]),
    name=st.just("n"),
    role=st.sampled_from(["nurse", "carer", "doctor"]),
    start=PERIOD,
    end=PERIOD,
)
STAFF = st.builds(
    StaffMember,
    id=st.sampled_from(["a", "b", "c", "d"]),
    name=st.just("n"),
    role=st.sampled_from(list(StaffRole)),
    duty=st.lists(HOURS, max_size=2).map(tuple),
)


@given(
    st.lists(MEMBER, max_size=4),
    st.lists(STAFF, max_size=5, unique_by=lambda one: one.id),
    st.integers(0, 3),
    st.sampled_from(list(CallReason)) | st.none(),
    st.sampled_from(list(CallClass)),
    st.integers(0, 3000),
)
def test_a_ward_with_nurses_always_asks_somebody_and_nobody_twice(
    team: list[CareTeamMember],
    members: list[StaffMember],
    step: int,
    reason: CallReason | None,
    call_class: CallClass,
    minutes: int,
) -> None:
    now = EIGHT + timedelta(minutes=minutes)
    roster = Roster(members=tuple(members))
    found = addressee(call(call_class, step=step, reason=reason), stay(*team), roster, WARD, now)
    nurses = {m.id for m in members if m.role in (StaffRole.NURSE, StaffRole.HEAD_NURSE)}
    assert found.staff_ids or not nurses
    assert len(set(found.staff_ids)) == len(found.staff_ids)
    if any(on_duty(m, WARD, now) for m in members if m.id in nurses):
        off = {m.id for m in members if not on_duty(m, WARD, now)}
        assert not off & set(found.staff_ids)
