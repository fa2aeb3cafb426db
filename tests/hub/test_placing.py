"""At a station whoever may places the screens that wait, in their own name; nobody else does."""

import re

import httpx
import msgspec
import pytest

from smartward.clinical.device import Device, ScreenRole
from smartward.config import Settings
from smartward.hub.sessions import OFFLINE
from smartward.wire.envelope import Person
from smartward.wire.placing import PATH, THERE_ALREADY, PlaceAsk, Placing
from tests.hub.conftest import NURSE, Ward
from tests.hub.staff import BEDSIDE, LI, STATION, WANG, admin, badge, give, told
from tests.hub.test_pairing import Box
from tests.hub.ward_docs import WARD

pytestmark = pytest.mark.anyio

HEAD, NURSES = "04:11:22:33", "04:44:55:66"


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, ward=WARD)


@pytest.fixture
async def station(ward: Ward) -> Device:
    await give(ward, WANG, HEAD, "2846")
    await give(ward, LI, NURSES, "6482")
    return await ward.enrol(STATION)


@pytest.fixture
async def head(ward: Ward, station: Device) -> Person:
    """The head nurse, at the station."""
    return (await badge(ward, station, HEAD)).person


async def ask(ward: Ward, station: Device, by: Person, do: str = "look", **more: object) -> Placing:
    """Through the hub's door, as a station asks."""
    asked = PlaceAsk(by=by, do=do, **more)  # type: ignore[arg-type]  # fields by their own names
    transport = httpx.ASGITransport(app=ward.hub.application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        token = {"Authorization": f"Bearer {ward.tokens[station.id]}"}
        answer = await client.post(PATH, content=msgspec.json.encode(asked), headers=token)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Placing)


async def test_a_station_is_told_what_the_screen_shows_and_no_more(
    ward: Ward, station: Device, head: Person
) -> None:
    box = Box(ward, machine="a-machine-of-its-own")
    code = await box.code()
    found = await ask(ward, station, head)
    (one,) = found.waiting
    assert (one.code, one.serial, one.since) == (code, "S-1", ward.clock.now())
    assert (one.role, one.place, found.why) == (None, None, "")
    said = msgspec.json.encode(found).decode()
    for secret in (box.key.public, box.machine, box.address, box.salt):
        assert secret not in said


async def test_a_wiped_screen_is_told_and_written_off_in_the_name_of_who_did(
    ward: Ward, station: Device, head: Person
) -> None:
    box = Box(ward, machine="a-machine-of-its-own")
    await admin(ward, "approve", code=await box.code(), role="bedside", place="2", label="Window")
    id = (await box.paired()).device_id
    assert (await ask(ward, station, head)).wiped == ()
    await admin(ward, "wipe", device_id=id)
    found = await ask(ward, station, head)
    (one,) = found.wiped
    assert (one.device_id, one.role, one.place, one.label) == (id, BEDSIDE, "his.bed-2", "Window")
    assert (one.at, one.forgetting) == (ward.clock.now(), False)
    said = msgspec.json.encode(found).decode()
    assert not [secret for secret in (box.key.public, box.machine) if secret in said]
    for wrong in ("nobody", ""):
        refused = await ask(ward, station, head, "write_off", device_id=wrong)
        assert (refused.why, refused.wiped) == ("enrol.not_wiped", (one,))
    nurse = (await badge(ward, station, NURSES)).person
    refused = await ask(ward, station, nurse, "write_off", device_id=id)
    assert (refused.why, refused.wiped) == ("placing.not_yours", ())
    assert (await ask(ward, station, head, "write_off", device_id=id)).wiped == ()
    rows = [one for one in await told(ward) if one.kind == "device.write_off"]
    assert [(row.by.person_id, row.key) for row in rows] == [
        (WANG, "enrol.not_wiped"),
        (WANG, "enrol.not_wiped"),
        (LI, "placing.not_yours"),
        (WANG, None),
    ]
    assert (await box.ask()).state == "wiped", "should it come all the same"
    assert [one.forgetting for one in (await ask(ward, station, head)).wiped] == [True]


async def test_the_head_nurse_places_a_screen_and_the_audit_names_her(
    ward: Ward, station: Device, head: Person
) -> None:
    box = Box(ward)
    code = await box.code()
    done = await ask(ward, station, head, "place", code=code, role=BEDSIDE, place="his.bed-2")
    assert (done.why, done.waiting) == ("", ())
    given = await box.paired()
    assert (given.role, given.place) == (BEDSIDE, "his.bed-2")
    (row,) = [one for one in await told(ward) if one.kind == "device.approve"]
    assert (row.by.person_id, row.by.name, row.by.known) == (WANG, "王芳", "badge")
    assert (row.by.device_id, row.about.detail["place"]) == (station.id, "his.bed-2")


async def test_a_place_with_a_screen_asks_and_is_done_as_it_was_answered(
    ward: Ward, station: Device, head: Person
) -> None:
    there = await ward.enrol(BEDSIDE, "2")
    first, second = Box(ward, "m1"), Box(ward, "m2")
    at = {"role": BEDSIDE, "place": "his.bed-2"}
    code = await first.code()
    asks = await ask(ward, station, head, "place", code=code, **at)
    assert (asks.why, [one.code for one in asks.waiting]) == (THERE_ALREADY, [code])
    assert (await first.ask()).state == "waiting"
    assert (await ask(ward, station, head, "place", code=code, there="second", **at)).why == ""
    await first.paired()
    assert ward.hub.access.device(there.id) is not None
    code = await second.code()
    assert (await ask(ward, station, head, "place", code=code, there="instead", **at)).why == ""
    await second.paired()
    assert ward.hub.access.device(there.id) is None
    outcomes = [one.outcome for one in await told(ward) if one.kind == "device.approve"]
    assert outcomes == ["applied", "applied"]


async def test_what_was_told_of_a_delivery_is_proposed(
    ward: Ward, station: Device, head: Person
) -> None:
    lines = [{"serial": "S-1", "role": "bedhead", "place": "3"}]
    await admin(ward, "bulk", lines=lines)
    box = Box(ward)
    code = await box.code()
    (one,) = (await ask(ward, station, head)).waiting
    assert one.role is ScreenRole.BEDHEAD
    assert one.place == "his.bed-3"
    await ask(ward, station, head, "place", code=code)
    given = await box.paired()
    assert (given.role, given.place) == (ScreenRole.BEDHEAD, "his.bed-3")


async def test_a_screen_is_refused(ward: Ward, station: Device, head: Person) -> None:
    box = Box(ward)
    found = await ask(ward, station, head, "refuse", code=await box.code())
    assert (found.why, found.waiting) == ("", ())
    assert (await box.ask()).state == "refused"
    (row,) = [one for one in await told(ward) if one.kind == "device.refuse"]
    assert (row.by.person_id, row.outcome) == (WANG, "applied")


async def test_nobody_else_looks_or_places(ward: Ward, station: Device, head: Person) -> None:
    box = Box(ward)
    code = await box.code()
    nurse = await badge(ward, station, NURSES)
    checked = Person(known="badge", id=WANG, session=OFFLINE)
    for by, why in (
        (NURSE, "identity.needed"),
        (Person(), "identity.needed"),
        (nurse.person, "placing.not_yours"),
        (Person(known="badge", id=WANG, session="made-up"), "identity.session_unknown"),
        (checked, "identity.needed"),
    ):
        for do in ("look", "place", "refuse"):
            found = await ask(ward, station, by, do, code=code, role=BEDSIDE, place="his.bed-1")
            assert (found.why, found.waiting) == (why, ()), (by, do)
    assert (await box.ask()).state == "waiting"
    rows = [one for one in await told(ward) if re.match("device.(approve|refuse)", one.kind)]
    assert {one.outcome for one in rows} == {"refused"}
    assert len(rows) == 10


async def test_no_other_screen_asks(ward: Ward, head: Person) -> None:
    other = await ward.enrol(BEDSIDE, "1")
    with pytest.raises(AssertionError, match=r"access\.forbidden"):
        await ask(ward, other, head)


async def test_a_screen_that_has_gone_is_said_so(ward: Ward, station: Device, head: Person) -> None:
    found = await ask(ward, station, head, "place", code="AAAAAA", role=BEDSIDE, place="his.bed-1")
    assert found.why == "enrol.no_such_code"
