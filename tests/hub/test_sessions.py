"""Nobody acts without a session or a permission, and a touch counts by when it was made."""

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from smartward.clinical.ward import DutyHours, Shift, StaffMember, StaffRole
from smartward.clinical.ward import Ward as WardDoc
from smartward.config import Settings
from smartward.hub.access import MAY, NEEDS_PERSON, Forbidden
from smartward.hub.sessions import session_end
from smartward.wire.envelope import ActionKind as K
from smartward.wire.envelope import Person
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import NURSE, Ward
from tests.hub.staff import (
    BEDSIDE,
    DOOR,
    LI,
    PIN,
    STATION,
    WANG,
    Desk,
    admin,
    backup,
    badge,
    desk_of,
    give,
    hub_in,
    offline,
    put_roster,
    refused,
    restore,
    told,
)
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, ward=WARD)


@pytest.fixture
async def desk(ward: Ward) -> Desk:
    return await desk_of(ward)


async def test_nobody_acts_without_a_proof(desk: Desk) -> None:
    for by in (Person(), NURSE, Person(known="none", id=LI)):
        answer = await desk.accept(by)
        assert (answer.outcome, answer.key) == ("refused", "identity.needed")
    for known in ("badge", "pin"):
        for session in (None, "", "made-up", "a~badge~x~y~z"):
            answer = await desk.accept(Person(known=known, id=LI, session=session))  # type: ignore[arg-type]  # one of the words that it may be
            assert (answer.outcome, answer.key) == ("refused", "identity.session_unknown")
    assert {call.accepted_by for call in await desk.ward.calls()} == {None}


async def test_every_kind_that_needs_a_person_is_refused_to_nobody(ward: Ward) -> None:
    """Whatever it is about: nothing is said of what is there."""
    for role, place in ((STATION, None), (BEDSIDE, "1"), (DOOR, "R1")):
        device = await ward.enrol(role, place)
        for kind in sorted(NEEDS_PERSON):
            if role in MAY[kind]:
                data = {"pin": PIN}
                answer = await ward.act(device, kind, "no-such-thing", by=NURSE, data=data)
                assert (answer.outcome, answer.key) == ("refused", "identity.needed"), kind


async def test_a_patient_needs_nobody(desk: Desk) -> None:
    assert (await desk.ward.press(desk.bedside)).outcome == "applied"


async def test_what_is_shown_of_who_acted_is_what_the_session_says(desk: Desk) -> None:
    li = (await badge(desk.ward, desk.station)).person
    claimed = Person(known="badge", id=LI, name="王芳", family="王", session=li.session)
    answer = await desk.accept(claimed)
    assert answer.outcome == "applied"
    (call,) = await desk.ward.calls()
    assert call.accepted_by is not None
    assert (call.accepted_by.person_id, call.accepted_by.name) == (LI, "李红")
    assert (call.accepted_by.family, call.accepted_by.known) == ("李", "badge")
    assert call.accepted_by.device_id == desk.station.id


async def test_a_session_is_one_persons_at_one_screen(desk: Desk) -> None:
    ward = desk.ward
    li = (await badge(ward, desk.station)).person
    other = await ward.enrol(STATION)
    wang = Person(known="badge", id=WANG, session=li.session)
    head = (li.session or "").rpartition("~")[0]
    longer = head.replace("2026-11-21", "2026-11-22") + (li.session or "")[len(head) :]
    for by, device in (
        (li, other),
        (wang, desk.station),
        (Person(known="badge", id=LI, session=longer), desk.station),
    ):
        answer = await desk.accept(by, device)
        assert (answer.outcome, answer.key) == ("refused", "identity.session_unknown")


async def test_a_touch_counts_by_when_it_was_made(desk: Desk) -> None:
    """Touched while the session lived, it stays good however late it comes; after it, never."""
    ward = desk.ward
    li = (await badge(ward, desk.station)).person
    ward.clock.advance(60)
    session = li.session or ""
    done = await ward.act(desk.station, K.SESSION_END, session, by=li, data={"why": "idle"})
    assert done.outcome == "applied"
    ward.clock.advance(30)
    assert (await desk.accept(li, age_s=31)).outcome == "applied"
    for age in (30, 29, 0, 100):
        answer = await desk.accept(li, age_s=age)
        assert (answer.outcome, answer.key) == ("refused", "identity.session_over"), age
    ends = [one for one in await told(ward) if one.kind == "session.end"]
    assert [(one.about.why, one.touched_at) for one in ends] == [
        ("idle", ward.clock.now() - timedelta(seconds=30))
    ]


async def test_the_end_of_a_session_that_comes_late_holds_from_its_touch_on(desk: Desk) -> None:
    li = (await badge(desk.ward, desk.station)).person
    desk.ward.clock.advance(60)
    ward, session = desk.ward, li.session or ""
    await ward.act(desk.station, K.SESSION_END, session, by=li, age_ms=20_000)
    assert (await desk.accept(li, age_s=21)).outcome == "applied"
    assert (await desk.accept(li, age_s=19)).key == "identity.session_over"


async def test_nobody_ends_the_session_of_another_screen(desk: Desk) -> None:
    li = (await badge(desk.ward, desk.station)).person
    other = await desk.ward.enrol(STATION)
    with pytest.raises(Forbidden):
        await desk.ward.act(other, K.SESSION_END, li.session or "")
    assert (await desk.accept(li)).outcome == "applied"


async def test_an_end_of_what_the_hub_never_knew_is_taken(desk: Desk) -> None:
    answer = await desk.ward.act(desk.station, K.SESSION_END, "offline", data={"why": "idle"})
    assert answer.outcome == "applied"


async def test_a_session_is_over_with_the_shift(
    tmp_path: Path, clock: ManualClock, settings: Settings
) -> None:
    """08:30 on the ward; the shift ends at 16:00, and its end stands in the audit."""
    async with hub_in(tmp_path, clock, settings) as ward:
        await docs.furnish(ward.hub.store)
        shifts = (Shift(id="day", start=time(8), end=time(16)),)
        await ward.hub.store.write(
            lambda tx: tx.put(WARD, "ward", WARD, replace(docs.ward_doc(), shifts=shifts))
        )
        await give(ward)
        desk = Desk(ward, await ward.enrol(STATION), await ward.enrol(BEDSIDE, "1"))
        found = await badge(ward, desk.station)
        assert found.until - MORNING == timedelta(hours=7.5)
        clock.advance(7.5 * 3600 - 1)
        assert (await desk.accept(found.person)).outcome == "applied"
        clock.advance(1)
        assert (await desk.accept(found.person)).key == "identity.session_over"
    async with hub_in(tmp_path, clock, settings) as ward:
        ends = [one for one in await told(ward) if one.kind == "session.end"]
        assert [(one.by.person_id, one.about.why, one.touched_at) for one in ends] == [
            (LI, "time", found.until)
        ]


DAY, NIGHT = DutyHours(start=time(8), end=time(20)), DutyHours(start=time(20), end=time(8))
SHIFTS = (
    Shift(id="d", start=time(8), end=time(16)),
    Shift(id="e", start=time(16), end=time(0)),
    Shift(id="n", start=time(0), end=time(8)),
)


@pytest.mark.parametrize(
    "duty, shifts, local_hour, hours",
    [
        ((), (), 8.5, 12),
        ((), SHIFTS, 8.5, 7.5),
        ((), SHIFTS, 16, 8),
        ((), SHIFTS, 23.5, 0.5),
        ((), SHIFTS, 3, 5),
        ((DAY,), SHIFTS, 8.5, 11.5),
        ((NIGHT,), SHIFTS, 20, 12),
        ((NIGHT,), SHIFTS, 7, 1),
        # By the roster she is at home: the shift of the ward counts.
        ((NIGHT,), SHIFTS, 8.5, 7.5),
        # 21 November 2026 is a Saturday; a night that begins on Friday lasts into it.
        ((replace(NIGHT, days=(5,)),), SHIFTS, 3, 5),
        ((replace(NIGHT, days=(6,)),), (), 3, 12),
    ],
)
def test_how_long_a_session_lasts(
    duty: tuple[DutyHours, ...], shifts: tuple[Shift, ...], local_hour: float, hours: float
) -> None:
    member = StaffMember(id=LI, name="李红", role=StaffRole.NURSE, duty=duty)
    ward = WardDoc(id=WARD, name="W", zone="Asia/Shanghai", shifts=shifts)
    now = MORNING + timedelta(hours=local_hour - 8.5)
    assert session_end(ward, member, now) - now == timedelta(hours=hours)


@pytest.mark.expects_log("new epoch")
async def test_a_restored_hub_believes_the_sessions_it_has_forgotten(
    tmp_path: Path, clock: ManualClock, settings: Settings
) -> None:
    """Screens send their last day again to a hub whose file is older than that day."""
    async with hub_in(tmp_path, clock, settings) as ward:
        await docs.furnish(ward.hub.store)
        await give(ward)
        station, bedside = await ward.enrol(STATION), await ward.enrol(BEDSIDE, "1")
        saved = backup(tmp_path)
        clock.advance(60)
        li = (await badge(ward, station)).person
        touched = clock.now()
    restore(tmp_path, saved)
    clock.advance(100)
    async with hub_in(tmp_path, clock, settings) as ward:
        desk = Desk(ward, station, bedside)
        clock.advance(30)
        age = (clock.now() - touched).total_seconds()
        assert (await desk.accept(li, age_s=age)).outcome == "applied"
        assert (await desk.accept(li, age_s=0)).key == "identity.session_unknown"


# ---------------------------------------------------------------------- while the hub was away


async def test_a_screen_may_check_by_itself_whom_it_has_met(desk: Desk) -> None:
    ward = desk.ward
    found = await badge(ward, desk.station)
    ward.clock.advance(11 * 3600)
    for known in ("badge", "pin"):
        answer = await desk.accept(offline(found, known))
        assert answer.outcome == "applied"
    calls = [call.accepted_by for call in await ward.calls()]
    assert [(by.person_id, by.name, by.known) for by in calls if by is not None] == [
        (LI, "李红", "badge_offline"),
        (LI, "李红", "pin_offline"),
    ]


async def test_but_not_longer_than_the_hub_allowed(desk: Desk) -> None:
    found = await badge(desk.ward, desk.station)
    desk.ward.clock.advance(12 * 3600)
    assert (await desk.accept(offline(found), age_s=1)).outcome == "applied"
    assert (await desk.accept(offline(found))).key == "identity.offline_over"
    await badge(desk.ward, desk.station)
    assert (await desk.accept(offline(found))).outcome == "applied"


async def test_nor_anybody_else_nor_anywhere_else(desk: Desk) -> None:
    found = await badge(desk.ward, desk.station)
    other = await desk.ward.enrol(STATION)
    for by, device in (
        (offline(found), other),
        (Person(known="badge", id=WANG, session="offline"), desk.station),
        (Person(known="pin", session="offline"), desk.station),
    ):
        answer = await desk.accept(by, device)
        assert answer.outcome == "refused"
        assert answer.key in ("identity.offline_unknown", "identity.session_unknown")


async def test_nor_before_it_was_allowed(desk: Desk) -> None:
    desk.ward.clock.advance(600)
    found = await badge(desk.ward, desk.station)
    assert (await desk.accept(offline(found), age_s=60)).key == "identity.offline_unknown"


async def test_a_lost_badge_is_worth_nothing_from_then_on(desk: Desk) -> None:
    ward = desk.ward
    found = await badge(ward, desk.station)
    ward.clock.advance(60)
    assert (await admin(ward, "give_badge", person=LI, remove=True))["removed"] == 1
    ward.clock.advance(60)
    assert (await refused(badge(ward, desk.station))).key == "identity.refused.badge"
    assert (await desk.accept(found.person)).key == "identity.session_over"
    assert (await desk.accept(offline(found))).key == "identity.offline_over"
    assert (await desk.accept(found.person, age_s=61)).outcome == "applied"
    assert (await desk.accept(offline(found), age_s=61)).outcome == "applied"


async def test_a_clock_that_is_set_back_ends_no_session_and_brings_none_back(desk: Desk) -> None:
    ward = desk.ward
    li = (await badge(ward, desk.station)).person
    over = (await badge(ward, desk.station)).person
    ended = await ward.act(desk.station, K.SESSION_END, over.session or "")
    assert ended.outcome == "applied"
    checked = offline(await badge(ward, desk.station))
    ward.clock.step(-3600)
    assert (await desk.accept(li)).outcome == "applied", "it is not begun in the future"
    assert (await desk.accept(checked)).outcome == "applied"
    for age_s in (0, 5):
        assert (await desk.accept(over, age_s=age_s)).key == "identity.session_over"
    await put_roster(ward, docs.roster().members[1])
    ward.clock.step(-3600)
    left = await desk.accept(li, age_s=5)
    assert (left.outcome, left.key) == ("refused", "identity.session_over")
