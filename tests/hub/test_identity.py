"""Badges and PINs: whose they are, wrong ones counted, and how they are given and taken away."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward import secret
from smartward.clinical.device import Device, ScreenRole
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.access import Forbidden
from smartward.hub.http_server import HttpServer
from smartward.hub.identity import Identity
from smartward.hub.sessions import NotProved
from smartward.tasks import Tasks
from smartward.wire.envelope import Identified
from tests.fakes.fake_clock import MORNING, ManualClock
from tests.hub import ward_docs as docs
from tests.hub.conftest import Ward
from tests.hub.staff import (
    BADGE,
    LI,
    PIN,
    STATION,
    WANG,
    Desk,
    admin,
    badge,
    desk_of,
    give,
    hub_in,
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


async def test_a_badge_says_who_it_is_however_the_reader_writes_it(desk: Desk) -> None:
    for code in (BADGE, f" {BADGE}\r\n", BADGE.lower()):
        found = await badge(desk.ward, desk.station, code)
        assert (found.person.id, found.person.name, found.person.known) == (LI, "李红", "badge")
        assert (found.person.family, found.role) == ("李", "nurse")
        assert found.offline_until - desk.ward.clock.now() == timedelta(hours=12)


async def test_a_pin_says_who_it_is(desk: Desk) -> None:
    found = await pin(desk.ward, desk.station)
    assert (found.person.id, found.person.known) == (LI, "pin")
    answer = await desk.accept(found.person)
    assert answer.outcome == "applied"


@pytest.mark.parametrize("person", [LI, WANG, "nobody"])
async def test_a_wrong_pin_one_of_nobody_and_one_that_is_not_there_look_alike(
    desk: Desk, person: str
) -> None:
    error = await refused(pin(desk.ward, desk.station, "9182", person))
    assert (error.key, error.values) == ("identity.refused.pin", {})


async def test_a_badge_that_nobody_has(desk: Desk) -> None:
    assert (await refused(badge(desk.ward, desk.station, "x"))).key == "identity.refused.badge"


@pytest.mark.parametrize("role, place", [("bedhead", "1"), ("corridor", None)])
async def test_only_where_staff_act(ward: Ward, role: str, place: str | None) -> None:
    await give(ward)
    device = await ward.enrol(ScreenRole(role), place)
    with pytest.raises(Forbidden):
        await badge(ward, device)
    assert "session.start" not in [one.kind for one in await told(ward)]


async def test_who_left_the_roster_is_refused_and_their_session_ends(desk: Desk) -> None:
    ward = desk.ward
    li = (await badge(ward, desk.station)).person
    assert (await desk.accept(li)).outcome == "applied"
    ward.clock.advance(60)
    await put_roster(ward, docs.roster().members[1])
    async with asyncio.timeout(10):
        while (await told(ward))[-1].kind != "session.end":
            await ward.hub.store.finish()
    assert (await refused(badge(ward, desk.station))).key == "identity.refused.off_roster"
    ward.clock.advance(10)
    late, now = await desk.accept(li, age_s=11), await desk.accept(li, age_s=9)
    assert (late.outcome, late.key) == ("applied", None)
    assert (now.outcome, now.key) == ("refused", "identity.session_over")
    ended = [one for one in await told(ward) if one.kind == "session.end"]
    assert [(one.by.person_id, one.by.name, one.about.why) for one in ended] == [
        (LI, "李红", "off_roster")
    ]


async def test_a_roster_that_tells_of_nobody_ends_no_session(desk: Desk) -> None:
    li = (await badge(desk.ward, desk.station)).person
    await put_roster(desk.ward)
    assert (await desk.accept(li)).outcome == "applied"


# ---------------------------------------------------------------------- wrong ones are counted


async def test_five_wrong_pins_lock_the_person_and_the_pad_but_never_the_badge(
    desk: Desk,
) -> None:
    ward = desk.ward
    await give(ward, WANG, "other", "9371")
    for _ in range(5):
        assert (await refused(pin(ward, desk.station, "1122"))).key == "identity.refused.pin"
    locked = await refused(pin(ward, desk.station))
    assert locked.key == "identity.refused.locked"
    until = ward.clock.now() + timedelta(seconds=300)
    assert datetime.fromisoformat(str(locked.values["until"])) == until
    # Nobody's PIN at this screen; her badge is hers all the same.
    assert (await refused(pin(ward, desk.station, "9371", WANG))).key == "identity.refused.locked"
    assert (await pin(ward, desk.bedside, "9371", WANG)).person.id == WANG
    assert (await badge(ward, desk.station)).person.id == LI
    ward.clock.advance(299)
    assert (await refused(pin(ward, desk.station))).key == "identity.refused.locked"
    ward.clock.advance(1)
    assert (await pin(ward, desk.station)).person.id == LI
    # Right once: all tries are there again.
    for _ in range(4):
        await refused(pin(ward, desk.station, "1122"))
    assert (await pin(ward, desk.station)).person.id == LI


async def test_whoever_plays_at_a_bed_locks_nobody_out_of_the_ward(desk: Desk) -> None:
    ward = desk.ward
    for _ in range(3):
        for _ in range(5):
            assert (await refused(pin(ward, desk.bedside, "1122"))).key == "identity.refused.pin"
        assert (await refused(pin(ward, desk.bedside))).key == "identity.refused.locked"
        assert (await pin(ward, desk.station)).person.id == LI
        ward.clock.advance(300)
    assert (await admin(ward, "list_staff"))["locked"][0]["at"] == desk.bedside.id


async def test_guessing_one_person_s_pin_at_many_screens_locks_it_everywhere(ward: Ward) -> None:
    await give(ward)
    screens = [await ward.enrol(STATION) for _ in range(5)]
    for screen in screens[:4]:
        for _ in range(5):
            assert (await refused(pin(ward, screen, "1122"))).key == "identity.refused.pin"
    assert (await refused(pin(ward, screens[4]))).key == "identity.refused.locked"
    assert (await badge(ward, screens[4])).person.id == LI
    lifted = await admin(ward, "unlock_staff", of=LI)
    assert lifted["lifted"] == ["person"]
    assert (await pin(ward, screens[4])).person.id == LI


async def test_whoever_goes_on_guessing_waits_longer_each_time(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret, "pin_matches", lambda hash, typed: typed == PIN)
    await give(ward)
    screens = [await ward.enrol(STATION) for _ in range(5)]

    async def locked_s() -> float:
        """Twenty wrong ones, and how long nobody may try any more."""
        for screen in screens[:4]:
            for _ in range(5):
                assert (await refused(pin(ward, screen, "1122"))).key == "identity.refused.pin"
        until = (await refused(pin(ward, screens[4]))).values["until"]
        found = (datetime.fromisoformat(str(until)) - ward.clock.now()).total_seconds()
        ward.clock.advance(found - 1)
        assert (await refused(pin(ward, screens[4]))).key == "identity.refused.locked"
        ward.clock.advance(1)
        return found

    assert [await locked_s() for _ in range(5)] == [300, 1800, 10800, 43200, 43200]
    assert (await badge(ward, screens[4])).person.id == LI
    assert (await pin(ward, screens[4])).person.id == LI
    assert await locked_s() == 300, "a right one starts anew"
    await admin(ward, "unlock_staff", of=LI)
    assert await locked_s() == 300, "and so does whoever lifts it"


async def outcome(ward: Ward, device: Device, code: str) -> Identified | NotProved:
    try:
        return await badge(ward, device, code)
    except NotProved as error:
        return error


async def read_slowly(
    ward: Ward, device: Device, code: str, meanwhile: str | None = None
) -> tuple[Identified | NotProved, Identified | NotProved | None]:
    """A badge at a reader that makes it wait, and one that is held to it meanwhile."""
    waiting, other = ward.clock.waiting, None
    reading = Tasks().spawn(outcome(ward, device, code), "badge")
    async with asyncio.timeout(10):
        while ward.clock.waiting == waiting:
            assert not reading.done(), "it had to wait"
            await ward.hub.store.read(lambda reader: None)
    if meanwhile is not None:
        other = await outcome(ward, device, meanwhile)
    ward.clock.advance(3)
    return await reading, other


async def test_many_unknown_badges_make_a_reader_slow_and_lock_nobody_out(
    tmp_path: Path, clock: ManualClock, settings: Settings
) -> None:
    async with hub_in(tmp_path, clock, settings) as ward:
        await docs.furnish(ward.hub.store)
        desk = await desk_of(ward)
        for n in range(10):
            assert (await badge(ward, desk.bedside)).person.id == LI, "her own takes nothing back"
            await refused(badge(ward, desk.bedside, f"guess-{n}"))
        clock.advance(30)
    async with hub_in(tmp_path, clock, settings) as ward:
        bedside, station = desk.bedside, desk.station
        assert (await badge(ward, station)).person.id == LI, "elsewhere nobody waits"
        assert (await ward.press(bedside, "c")).outcome == "applied", "a call never waits"
        found, _ = await read_slowly(ward, bedside, BADGE)
        assert isinstance(found, Identified)
        wrong, other = await read_slowly(ward, bedside, "guess-11", meanwhile="guess-12")
        assert isinstance(wrong, NotProved)
        assert isinstance(other, NotProved)
        assert (wrong.key, other.key) == ("identity.refused.badge", "identity.refused.slow")
        clock.advance(61)
        assert (await badge(ward, bedside)).person.id == LI, "and no longer"


async def test_unknown_badges_lock_the_reader_for_codes_nobody_has(desk: Desk) -> None:
    for n in range(5):
        error = await refused(badge(desk.ward, desk.station, f"guess-{n}"))
        assert error.key == "identity.refused.badge"
    error = await refused(badge(desk.ward, desk.station, "guess-5"))
    assert error.key == "identity.refused.locked"
    assert (await badge(desk.ward, desk.station)).person.id == LI


async def test_a_hundred_tries_at_once_are_no_more_than_five(desk: Desk) -> None:
    ward = desk.ward
    tries = [pin(ward, desk.station, f"{7000 + n}") for n in range(20)]
    errors = await asyncio.gather(*(refused(one) for one in tries))
    assert sorted(error.key for error in errors) == (
        ["identity.refused.locked"] * 15 + ["identity.refused.pin"] * 5
    )


async def test_a_lock_survives_a_restart_and_is_lifted_by_hand(
    tmp_path: Path, clock: ManualClock, settings: Settings
) -> None:
    async with hub_in(tmp_path, clock, settings) as ward:
        await docs.furnish(ward.hub.store)
        await give(ward)
        station = await ward.enrol(STATION)
        for _ in range(5):
            await refused(pin(ward, station, "1122"))
    async with hub_in(tmp_path, clock, settings) as ward:
        assert (await refused(pin(ward, station))).key == "identity.refused.locked"
        listed = await admin(ward, "list_staff")
        assert {one["id"] for one in listed["locked"]} == {LI, station.id}
        assert (await admin(ward, "unlock_staff", of="李红"))["lifted"] == ["person"]
        assert (await refused(pin(ward, station))).key == "identity.refused.locked"
        assert (await admin(ward, "unlock_staff", of=station.id))["lifted"] == ["pin pad"]
        assert (await pin(ward, station)).person.id == LI


# ---------------------------------------------------------------------- badges of the hospital


async def his_badges(ward: Ward, *pairs: tuple[str, str]) -> int:
    """The census tells these; gives whether the file changed."""
    before = ward.hub.store._db.conn.total_changes
    await ward.hub.store.write(lambda tx: Identity.his_badges(tx, pairs))
    return ward.hub.store._db.conn.total_changes - before


async def test_badges_come_and_go_with_the_hospital_system(ward: Ward) -> None:
    station = await ward.enrol(STATION)
    await his_badges(ward, (LI, "one"), (LI, "two"), (WANG, "three"))
    assert [(await badge(ward, station, c)).person.id for c in ("one", "two", "three")] == [
        LI, LI, WANG,
    ]  # fmt: skip
    again = ((WANG, "three"), (LI, "TWO "), (LI, "one"))
    assert await his_badges(ward, *again) == 0, "nothing is written where nothing changed"
    await his_badges(ward, (LI, "three"), (WANG, "four"))
    assert (await badge(ward, station, "three")).person.id == LI
    assert (await badge(ward, station, "four")).person.id == WANG
    assert (await refused(badge(ward, station, "one"))).key == "identity.refused.badge"
    # It has lost sight of all of them: they go on.
    await his_badges(ward)
    assert (await badge(ward, station, "four")).person.id == WANG


@pytest.mark.expects_log("have two owners")
async def test_a_code_of_two_people_is_nobodys(ward: Ward) -> None:
    station = await ward.enrol(STATION)
    await his_badges(ward, (LI, "same"), (WANG, "SAME"), (WANG, "own"))
    assert (await refused(badge(ward, station, "same"))).key == "identity.refused.badge"
    assert (await badge(ward, station, "own")).person.id == WANG


async def test_a_badge_that_was_taken_away_here_stays_away(ward: Ward) -> None:
    station = await ward.enrol(STATION)
    await his_badges(ward, (LI, "one"))
    await admin(ward, "give_badge", person=LI, remove=True)
    await his_badges(ward, (LI, "one"), (WANG, "two"))
    assert (await refused(badge(ward, station, "one"))).key == "identity.refused.badge"
    await admin(ward, "give_badge", person=LI, code="one")  # it was found again
    assert (await badge(ward, station, "one")).person.id == LI


# ---------------------------------------------------------------------- what an administrator does


@pytest.mark.parametrize(
    "request_, key",
    [
        ({"do": "give_pin", "person": LI, "pin": "123"}, "identity.pin_form"),
        ({"do": "give_pin", "person": LI, "pin": "123456789"}, "identity.pin_form"),
        ({"do": "give_pin", "person": LI, "pin": "１２４６"}, "identity.pin_form"),
        ({"do": "give_pin", "person": LI}, "identity.pin_form"),
        ({"do": "give_pin", "person": LI, "pin": "4321"}, "identity.pin_trivial"),
        ({"do": "give_pin", "person": "x", "pin": PIN}, "staff.unknown"),
        ({"do": "give_badge", "person": LI, "code": "  "}, "staff.no_code"),
        ({"do": "give_badge", "person": WANG, "code": "taken"}, "staff.badge_taken"),
        ({"do": "unlock_staff", "of": "nobody"}, "staff.unknown"),
    ],
)
async def test_what_is_refused_with_words(ward: Ward, request_: dict[str, str], key: str) -> None:
    await admin(ward, "give_badge", person=LI, code="taken")
    before = await told(ward)
    with pytest.raises(Misconfigured) as error:
        await admin(ward, **request_)
    assert error.value.key == key
    (new,) = (await told(ward))[len(before) :]
    assert (new.outcome, new.key) == ("refused", key)
    assert request_.get("pin", "no pin") not in repr(new)


async def test_two_people_of_one_name_are_told_apart_by_id(ward: Ward) -> None:
    twin = replace(docs.roster().members[0], id="st-9")
    await put_roster(ward, *docs.roster().members, twin)
    with pytest.raises(Misconfigured) as error:
        await admin(ward, "give_pin", person="李红", pin=PIN)
    assert (error.value.key, error.value.values["ids"]) == ("staff.ambiguous", "st-1, st-9")
    assert (await admin(ward, "give_pin", person="st-9", pin=PIN))["person"] == "st-9"


@given(st.text("0123456789", min_size=4, max_size=8))
def test_a_pin_that_is_easy_to_guess_is_none(digits: str) -> None:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(digits)}
    fault = secret.pin_fault(digits)
    if steps in ({0}, {1}, {9}):
        assert fault == "identity.pin_trivial"
    halves = len(digits) % 2 == 0 and digits[: len(digits) // 2] * 2 == digits
    year = len(digits) == 4 and 1900 <= int(digits) <= 2099
    assert (fault is not None) == (steps in ({0}, {1}, {9}) or halves or year)


async def test_no_pin_and_no_badge_code_is_written_anywhere(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        await admin(desk.ward, "give_pin", person=WANG, pin="73519264")
        await badge(desk.ward, desk.station)
        await pin(desk.ward, desk.station, "73519264", WANG)
        await refused(badge(desk.ward, desk.station, "stranger-badge"))
        await refused(pin(desk.ward, desk.station, "86420975"))
        listed = json.dumps(await admin(desk.ward, "list_staff"))
    await desk.ward.hub.store.finish()
    files = b"".join(file.read_bytes() for file in (tmp_path / "d").iterdir() if file.is_file())
    for word in (BADGE, BADGE.casefold(), "73519264", "86420975", "stranger-badge"):
        assert word not in caplog.text
        assert word not in listed
        assert word.encode() not in files


# ---------------------------------------------------------------------- over HTTP


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer(desk.ward.hub)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, timeout=20, trust_env=False, verify=False
    ) as opened:
        yield opened
    await server.stop()


async def post(
    desk: Desk, client: httpx.AsyncClient, body: Any, device: Device | None = None
) -> tuple[int, dict[str, Any]]:
    token = desk.ward.tokens[(device or desk.station).id]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(
        "/staff/identify", content=content, headers={"Authorization": f"Bearer {token}"}
    )
    return response.status_code, response.json()


async def test_the_door_says_who_it_is_or_why_not(desk: Desk, client: httpx.AsyncClient) -> None:
    status, found = await post(desk, client, {"badge": BADGE})
    assert status == 200
    assert (found["person"]["id"], found["person"]["known"], found["role"]) == (
        LI,
        "badge",
        "nurse",
    )
    assert found["until"] == (MORNING + timedelta(hours=12)).isoformat().replace("+00:00", "Z")
    assert await post(desk, client, {"badge": "x"}) == (
        403, {"error": "identity.refused.badge", "values": {}},
    )  # fmt: skip
    for _ in range(5):
        await post(desk, client, {"staff_id": LI, "pin": "1122"})
    status, answer = await post(desk, client, {"staff_id": LI, "pin": PIN})
    assert (status, answer["error"]) == (403, "identity.refused.locked")
    assert answer["values"] == {"until": "2026-11-21T00:35:00.000Z"}


@pytest.mark.parametrize(
    "body", [{}, {"badge": " "}, {"staff_id": LI}, {"pin": PIN}, {"badge": 4711}, b"{", b"\xff"]
)
async def test_what_is_no_proof(desk: Desk, client: httpx.AsyncClient, body: Any) -> None:
    status, answer = await post(desk, client, body)
    assert (status, answer["error"]) == (400, "action.bad_request")
    assert "4711" not in json.dumps(answer)


async def test_who_may_not_ask(desk: Desk, client: httpx.AsyncClient) -> None:
    bedhead = await desk.ward.enrol(ScreenRole.BEDHEAD, "1")
    assert await post(desk, client, {"badge": BADGE}, bedhead) == (
        403, {"error": "access.forbidden"},
    )  # fmt: skip
    assert (await client.post("/staff/identify", content=b"{}")).status_code == 401
    assert (await post(desk, client, b" " * 70_000))[0] == 413


async def test_a_full_disk_is_told(desk: Desk, client: httpx.AsyncClient) -> None:
    desk.ward.hub.store.failing = True
    assert await post(desk, client, {"badge": BADGE}) == (503, {"error": "storage.full"})


async def test_the_description_tells_of_it(desk: Desk, client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    post_ = described["paths"]["/staff/identify"]["post"]
    schema = post_["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    fields = described["components"]["schemas"][schema.rpartition("/")[2]]["properties"]
    assert set(fields) == {"person", "role", "until", "offline_until"}
