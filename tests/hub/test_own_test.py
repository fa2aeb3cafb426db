"""A screen's test call of its own: one bed, beside nobody's call, and no drill of the ward."""

import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.hub import drill
from smartward.hub.own_test import OwnTests
from smartward.wire.own_test import OwnTest
from tests.hub.conftest import WARD, Ward
from tests.hub.ward_docs import bed_id, room_id

pytestmark = pytest.mark.anyio


async def asked(ward: Ward, device: Device, begin: bool = False) -> OwnTest:
    body = msgspec.json.encode({"begin": begin})
    return await OwnTests(ward.hub.store, ward.clock, 5.0).answer(device, body)


async def test_a_screen_is_told_what_it_is_and_what_time_it_is(ward: Ward) -> None:
    here = await asked(ward, await ward.enrol(ScreenRole.BEDSIDE, bed_id(3)))
    assert (here.role, here.label, here.state) == (ScreenRole.BEDSIDE, "3", "none")
    assert here.now == ward.clock.now()
    assert here.ward != ""


async def test_it_tests_its_own_bed_alone_and_leaves_the_wards_record(ward: Ward) -> None:
    mine = await ward.enrol(ScreenRole.BEDSIDE, bed_id(3))
    await ward.enrol(ScreenRole.BEDSIDE, bed_id(1))
    begun = await asked(ward, mine, begin=True)
    # Nobody has a feed here: its own program does not run.
    assert (begun.state, begun.faults) == ("done", ("screen_away",))
    listed = await ward.hub.store.read(lambda r: drill.kept(r, WARD))
    assert listed == []
    now = ward.clock.now()
    assert await ward.hub.store.read(lambda r: drill.record_of_all(r, WARD, now)) is None
    calls = await ward.hub.store.read(lambda r: r.all(WARD, drill.CALL))
    assert len(calls) == 1


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
    assert await ward.hub.store.read(lambda r: r.get(WARD, drill.KIND, drill.ID)) is None
