"""Who left the roster, and whose screen was taken away: nothing of theirs is believed any more."""

import asyncio
from dataclasses import replace

import pytest

from smartward.config import Settings
from smartward.errors import Misconfigured
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.staff import (
    BEDSIDE,
    LI,
    STATION,
    Desk,
    admin,
    badge,
    desk_of,
    offline,
    pin,
    put_roster,
    refused,
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


async def li_leaves(ward: Ward) -> None:
    """The roster tells of her no more, and the hub has followed it."""
    await put_roster(ward, docs.roster().members[1])
    async with asyncio.timeout(10):
        while (await told(ward))[-1].kind != "session.end":
            await ward.hub.store.finish()


# ---------------------------------------------------------------------- off the roster


async def test_no_later_change_of_the_roster_brings_back_what_a_screen_checked(desk: Desk) -> None:
    ward = desk.ward
    li = await badge(ward, desk.station)
    ward.clock.advance(60)
    await li_leaves(ward)
    ward.clock.advance(100)
    touched_s = 60
    assert (await desk.accept(offline(li), age_s=touched_s)).key == "identity.offline_over"
    await put_roster(ward, replace(docs.roster().members[1], name="王芳芳"))
    ward.clock.advance(5)
    again = await desk.accept(offline(li), age_s=touched_s + 5)
    assert (again.outcome, again.key) == ("refused", "identity.offline_over")
    before = await desk.accept(offline(li), age_s=100 + 5 + 1)
    assert before.outcome == "applied", "she was there when she touched it"


async def test_whoever_comes_back_is_checked_again_after_they_were_met(desk: Desk) -> None:
    ward = desk.ward
    li = await badge(ward, desk.station)
    ward.clock.advance(60)
    await li_leaves(ward)
    ward.clock.advance(60)
    await put_roster(ward, *docs.roster().members)
    assert (await desk.accept(offline(li))).key == "identity.offline_over"
    await badge(ward, desk.station)
    assert (await desk.accept(offline(li))).outcome == "applied"
    assert (await desk.accept(offline(li), age_s=30)).outcome == "refused"


async def test_a_lost_badge_and_a_pin_of_somebody_who_left_are_taken_away(desk: Desk) -> None:
    ward = desk.ward
    await put_roster(ward, docs.roster().members[1])
    listed = (await admin(ward, "list_staff"))["staff"]
    assert {"id": LI, "off_roster": True, "badges": 1, "pin": True} in listed
    assert (await admin(ward, "give_badge", person=LI, remove=True))["removed"] == 1
    assert (await admin(ward, "give_pin", person=LI, remove=True))["pin"] is False
    for more in ({"code": "new"}, {"remove": True}):
        with pytest.raises(Misconfigured) as error:
            await admin(ward, "give_badge", person=LI, **more)
        assert error.value.key == "staff.unknown"
    assert LI not in {one["id"] for one in (await admin(ward, "list_staff"))["staff"]}
    await put_roster(ward, *docs.roster().members)
    assert (await refused(badge(ward, desk.station))).key == "identity.refused.badge"
    assert (await refused(pin(ward, desk.station))).key == "identity.refused.pin"


# ---------------------------------------------------------------------- the screen is gone


async def test_a_revoked_screen_ends_what_began_at_it(desk: Desk) -> None:
    ward = desk.ward
    li = await badge(ward, desk.station)
    other = await ward.enrol(STATION)
    elsewhere = await badge(ward, other)
    ward.clock.advance(60)
    await ward.revoke(desk.station)
    ended = [one for one in await told(ward) if one.kind == "session.end"]
    assert [(one.by.device_id, one.by.person_id, one.about.why) for one in ended] == [
        (desk.station.id, LI, "device_gone")
    ]
    ward.clock.advance(60)
    again = await ward.enrol(STATION, device_id=desk.station.id)
    assert (await desk.accept(li.person, again)).key == "identity.session_over"
    for age_s in (0, 90):
        answer = await desk.accept(offline(li), again, age_s)
        assert answer.key == "identity.offline_unknown"
    assert (await desk.accept(elsewhere.person, other)).outcome == "applied"


@pytest.mark.parametrize("bed, left", [("2", ["device_gone"]), ("1", [])])
async def test_so_does_one_that_is_moved_and_no_other(
    desk: Desk, bed: str, left: list[str]
) -> None:
    ward = desk.ward
    await badge(ward, desk.bedside)
    await ward.enrol(BEDSIDE, bed, device_id=desk.bedside.id)
    ended = [one.about.why for one in await told(ward) if one.kind == "session.end"]
    assert ended == left
    grant = await ward.hub.store.read(lambda reader: reader.grant(desk.bedside.id, LI))
    assert (grant is None) == bool(left)
