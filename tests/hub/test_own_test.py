"""A screen's test call of its own: one bed, beside nobody's call, and no drill of the ward."""

import msgspec
import pytest

from smartward.clinical.bed import Bed
from smartward.clinical.device import Device, ScreenRole
from smartward.clinical.drill import Drill, DrillCall, DrillRecord, DrillResult, StopReason
from smartward.hub import drill
from smartward.hub.own_test import OwnTests
from smartward.hub.presence import put_status
from smartward.hub.store.base import Tx
from smartward.hub.store.model import decode
from smartward.hub.store.reader import Reader
from smartward.wire.envelope import ActionKind
from smartward.wire.own_test import OwnTest
from tests.hub.conftest import NURSE, Ward
from tests.hub.staff import told
from tests.hub.ward_docs import WARD, bed_id, room_id

pytestmark = pytest.mark.anyio


async def asked(ward: Ward, device: Device, begin: bool = False) -> OwnTest:
    body = msgspec.json.encode({"begin": begin})
    return await OwnTests(ward.hub.store, ward.clock, 5.0).answer(device, body)


async def test_a_screen_is_told_what_it_is_and_what_time_it_is(ward: Ward) -> None:
    here = await asked(ward, await ward.enrol(ScreenRole.BEDSIDE, bed_id(3)))
    assert (here.role, here.label, here.state) == (ScreenRole.BEDSIDE, "3", "none")
    assert here.now == ward.clock.now()
    assert here.ward != ""


async def test_a_door_is_told_its_room_as_the_ward_says_it(ward: Ward) -> None:
    here = await asked(ward, await ward.enrol(ScreenRole.DOOR, room_id(1)))
    beds = await ward.hub.store.read(lambda r: [decode(b.body, Bed) for b in r.all(WARD, "bed")])
    assert here.label == next(bed.room for bed in beds if bed.room_id == room_id(1))
    assert here.label != room_id(1)


async def test_it_tests_its_own_bed_alone_and_leaves_the_wards_record(ward: Ward) -> None:
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.enrol(ScreenRole.BEDSIDE, bed_id(1))
    begun = await asked(ward, mine, begin=True)
    # Nobody has a feed here: its own program does not run.
    assert (begun.state, begun.faults) == ("done", ("screen_away",))
    listed = await ward.hub.store.read(lambda r: drill.kept(r, WARD))
    assert listed == []
    now = ward.clock.now()
    assert await ward.hub.store.read(lambda r: drill.record_of(r, WARD, now)) is None
    calls = await ward.hub.store.read(lambda r: r.all(WARD, drill.CALL))
    assert len(calls) == 1


async def test_what_the_wards_drill_found_stands_beside_it(ward: Ward) -> None:
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.enrol(ScreenRole.BEDSIDE, bed_id(1))

    def known(reader: Reader) -> tuple[DrillRecord | None, list[dict[str, object]]]:
        return drill.record_of(reader, WARD, ward.clock.now()), drill.kept(reader, WARD)

    def begin(tx: Tx) -> Drill:
        tx.origin("test", None, None)
        return drill.start(tx, WARD, None, 5.0)

    begun = await ward.hub.store.write(begin)
    before = await ward.hub.store.read(known)
    assert before[0] is not None
    assert before[0].count(DrillResult.FAILED) == 2

    for _ in range(2):
        assert (await asked(ward, mine, begin=True)).state == "done"
    assert await ward.hub.store.read(known) == before
    state = await ward.hub.admin._commands["drill_state"]({"do": "drill_state"})
    assert (state["beds"], state["failed"]) == (len(before[0].beds), 2)
    # Of the screen's own tests the last is kept, and none of the ward's beds is asked twice.
    calls = await ward.hub.store.read(lambda r: r.all(WARD, drill.CALL))
    own = [c for c in (decode(one.body, DrillCall) for one in calls) if c.drill_id != begun.id]
    assert [one.device_id for one in own] == [mine.id]

    await ward.hub.store.write(begin)
    assert (await asked(ward, mine)).state == "none"


async def test_a_screen_that_tests_without_end_leaves_the_others_theirs(ward: Ward) -> None:
    one, other = [await ward.enrol(ScreenRole.BEDSIDE, bed_id(bed)) for bed in (3, 1)]
    tests = OwnTests(ward.hub.store, ward.clock, 5.0)

    async def begun(device: Device) -> tuple[str, str]:
        told = await tests.answer(device, msgspec.json.encode({"begin": True}))
        return told.state, told.why

    def stopped(tx: Tx) -> bool:
        tx.origin("test", None, None)
        return drill.stop(tx, WARD, StopReason.PERSON)

    await ward.hub.store.write(lambda tx: put_status(tx, other, online=True, since=tx.now))
    assert await begun(other) == ("running", "")
    for _ in range(20):
        assert await begun(one) == ("refused", "drill.refused.running"), "it counts for none"
    assert await ward.hub.store.write(stopped)
    for _ in range(12):
        assert await begun(one) == ("done", "")
    assert await begun(one) == ("refused", "drill.refused.too_often")
    assert await begun(other) == ("running", "")
    assert await ward.hub.store.write(stopped)
    ward.clock.advance(900)
    assert await begun(one) == ("done", "")


async def test_a_patients_call_ends_it_and_its_record_is_in_the_audit_once(ward: Ward) -> None:
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.hub.store.write(lambda tx: put_status(tx, mine, online=True, since=tx.now))
    assert (await asked(ward, mine, begin=True)).state == "running"
    await ward.press(await ward.enrol(ScreenRole.BEDSIDE, bed_id(1)))
    ended = await asked(ward, mine)
    assert (ended.state, ended.faults) == ("done", ("station_away", "interrupted"))

    def work(tx: Tx) -> None:
        for one in tx.deadlines_due(tx.now):
            if one.kind == drill.DUE:
                drill.due(tx, WARD, one.subject)

    for _ in range(2):
        await ward.hub.store.write(work)
    assert [row.kind for row in await told(ward)].count(drill.ENDED) == 1
    assert await ward.hub.store.read(lambda r: drill.kept(r, WARD)) == []


@pytest.mark.parametrize("wards", [False, True])
async def test_the_record_of_what_a_call_has_ended_is_made_before_the_next_test(
    ward: Ward, wards: bool
) -> None:
    """Once, though the hub has not come to it when that begins, and comes to it behind."""
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.hub.store.write(lambda tx: put_status(tx, mine, online=True, since=tx.now))

    async def begin() -> str:
        if not wards:
            assert (await asked(ward, mine, begin=True)).state == "running"
        begun = await ward.hub.store.write(
            lambda tx: drill.start(tx, WARD, None, 5.0) if wards else drill.running(tx, WARD)
        )
        assert begun is not None
        return begun.id

    first, subject = await begin(), "record" if wards else "record_own"
    caller = await ward.enrol(ScreenRole.BEDSIDE, bed_id(1))
    await ward.press(caller, "c")
    answer = await ward.act(caller, ActionKind.CALL_CLOSE, "c", by=NURSE)
    assert answer.outcome == "applied"
    second = await begin()
    await ward.hub.store.write(lambda tx: drill.stop(tx, WARD, StopReason.PERSON))
    await ward.hub.store.write(lambda tx: drill.due(tx, WARD, subject))
    rows = [row.about.id for row in await told(ward) if row.kind == drill.ENDED]
    assert rows == [first, second]


async def test_a_screen_of_no_bed_is_refused_before_anything_is_forgotten(ward: Ward) -> None:
    await ward.enrol(ScreenRole.BEDSIDE, bed_id(1))
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.hub.store.write(lambda tx: tx.delete(WARD, "screen", mine.id))
    refused = await asked(ward, mine, begin=True)
    assert (refused.state, refused.why) == ("refused", "drill.refused.no_call_here")
    assert await ward.hub.store.read(lambda r: r.get(WARD, drill.OWN, drill.OWN)) is None


async def test_beside_a_call_it_is_refused(ward: Ward) -> None:
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.press(await ward.enrol(ScreenRole.BEDSIDE, bed_id(1)))
    refused = await asked(ward, mine, begin=True)
    assert (refused.state, refused.why) == ("refused", "drill.refused.call_open")


@pytest.mark.parametrize("role", [ScreenRole.DOOR, ScreenRole.STATION])
async def test_who_places_no_call_of_a_bed_has_none_to_test(ward: Ward, role: ScreenRole) -> None:
    place = room_id(1) if role is ScreenRole.DOOR else None
    refused = await asked(ward, await ward.enrol(role, place), begin=True)
    assert (refused.state, refused.why) == ("refused", "drill.refused.no_call_here")
    assert await ward.hub.store.read(lambda r: r.get(WARD, drill.OWN, drill.OWN)) is None
