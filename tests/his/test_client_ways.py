"""What is chosen before each dialect, and that what is chosen costs no more than it must."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.errors import BadData, Refused, Unreachable
from smartward.his.fhir.capability import CensusWay, PlacesWay, TypePlan, Verdict, Way
from smartward.his.fhir.rota import AT_ONCE, REREAD, Rota
from smartward.his.fhir.walk import OVERLAP
from smartward.his.patients import listed
from smartward.his.port import Gone, Kind
from smartward.his.simulator.dialects import DIALECTS, PLAIN
from tests.fakes.fake_clock import MORNING
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Follower, heart_rate, patient, stay
from tests.his.test_client_dialects import admitted

pytestmark = pytest.mark.anyio

BELOW, ALL, NAMED = PlacesWay.BELOW, PlacesWay.ALL, PlacesWay.NAMED
PLACE, STATUS, LISTED = CensusWay.BY_LOCATION, CensusWay.BY_STATUS, CensusWay.BY_PATIENTS
DATE, RECENT, AGAIN = Way.BY_DATE, Way.RECENT, Way.REREAD


@pytest.mark.parametrize(
    "name, places, census, of_signs, of_persons, many, posts",
    [
        ("plain", BELOW, PLACE, DATE, DATE, True, False),
        ("hapi-like", BELOW, PLACE, DATE, DATE, True, True),
        ("azure-like", BELOW, PLACE, DATE, DATE, True, True),
        ("sekmet-like", BELOW, PLACE, DATE, DATE, True, False),
        ("ten-a-page", BELOW, PLACE, DATE, DATE, True, False),
        ("openmrs-like", BELOW, STATUS, DATE, DATE, True, False),
        ("healthlake-like", BELOW, STATUS, DATE, DATE, True, False),
        ("openemr-like", BELOW, PLACE, DATE, DATE, False, False),
        ("cerner-like", ALL, LISTED, DATE, AGAIN, False, False),
        ("epic-like", ALL, LISTED, RECENT, AGAIN, False, False),
        ("nothing-but-lists", NAMED, LISTED, RECENT, AGAIN, False, False),
    ],
)
async def test_what_is_chosen(
    name: str,
    places: PlacesWay,
    census: CensusWay,
    of_signs: Way,
    of_persons: Way,
    many: bool,
    posts: bool,
) -> None:
    ward = DialectWard(name)
    admitted(ward)
    ward.clock.advance(50)
    report = await ward.his().check()
    his = ward._clients[0]
    loader = his.loader
    assert (his._places.way, his.finder.way) == (places, census)
    assert (loader.plan("Observation").way, loader.plan("Patient").way) == (of_signs, of_persons)
    assert (loader.plan("Observation").lists, loader.ask.posts) == (many, posts)
    rows = {row.resource_type: row for row in report.rows}
    assert ("his.miss.one_by_one" in rows["Observation"].missed) is not many
    assert rows["Observation"].probed
    assert len(report.ways) == 4
    assert report.missed == tuple(
        key
        for key, so in (
            ("his.miss.empty_beds", places is NAMED),
            ("his.miss.listed", census is LISTED),
        )
        if so
    )
    assert len(DIALECTS) == 11
    await ward.close()


async def test_no_id_of_a_patient_is_in_an_address_where_searches_can_be_posted() -> None:
    ward = DialectWard("hapi-like")
    admitted(ward)
    follower = Follower(ward.his())
    for _ in range(3):
        await follower.turn()
        ward.clock.advance(5)
    gets = [f"{path}?{query}" for method, path, query in ward.asked if method == "GET"]
    assert any(method == "POST" for method, _, _ in ward.asked)
    assert not [one for one in gets if "patient=" in one or "/Patient" in one or "_id=" in one]
    await ward.close()


async def test_a_quiet_turn_asks_little() -> None:
    ward = DialectWard("plain")
    admitted(ward)
    follower = Follower(ward.his())
    for _ in range(3):
        await follower.turn()
        ward.clock.advance(5)
    before = len(ward.asked)
    await follower.turn()
    assert len(ward.asked) - before <= 12
    await ward.close()


async def test_a_server_that_lets_nobody_search_stays_is_told_so() -> None:
    refused = frozenset({("Encounter", "location"), ("Encounter", "status")})
    ward = DialectWard(replace(PLAIN, name="closed", refused=refused))
    with pytest.raises(Refused) as raised:
        await ward.his().census()
    assert raised.value.key == "his.refused.census"
    await ward.close()


async def test_places_that_are_ignored_are_noticed_though_everybody_is_here() -> None:
    ward = DialectWard("openmrs-like")
    for n in (1, 2):
        ward.put(patient(f"p{n}"), stay(f"e{n}", f"p{n}", f"bed-{n}"))
    his = ward.his()
    await his.census()
    assert his.finder.way is STATUS
    await ward.close()


async def test_one_patient_of_the_list_who_is_refused_hides_nobody() -> None:
    ward = DialectWard("cerner-like")
    admitted(ward)
    his = ward.his()
    his.poll_by(OVERLAP, lambda: [*ward.patients(), "not an id, at all"])
    follower = Follower(his)
    await follower.turn()
    assert set(follower.encounters()) == {"his.e1", "his.e2", "his.e3"}
    await ward.close()


async def test_an_empty_ward_is_asked_again_and_somebody_comes() -> None:
    ward = DialectWard("openmrs-like")
    follower = Follower(ward.his())
    await follower.turn()
    assert follower.encounters() == {}
    admitted(ward)
    ward.clock.advance(5)
    await follower.turn()
    assert set(follower.encounters()) == {"his.e1", "his.e2", "his.e3"}
    await ward.close()


async def test_a_stay_that_is_not_found_is_not_said_to_be_over() -> None:
    ward = DialectWard("plain")
    admitted(ward)
    ward.put({"resourceType": "Location", "id": "icu-1", "status": "active"})
    his = ward.his()
    await his.census()
    ward.world.store.delete("Encounter", "e1")

    async def told(id: str) -> object:
        return await his.read(Kind.ENCOUNTER, f"his.{id}")

    assert await told("e1") == Gone(kind=Kind.ENCOUNTER, id="his.e1")
    assert await told("e9") == Gone(kind=Kind.ENCOUNTER, id="his.e9")  # finished
    assert await told("e8") == Gone(kind=Kind.ENCOUNTER, id="his.e8")  # on another ward
    assert await told("e0") == Gone(kind=Kind.ENCOUNTER, id="his.e0", unknown=True)
    await ward.close()


async def test_a_type_that_comes_to_life_is_tried_then() -> None:
    ward = DialectWard("plain")
    ward.put(patient(), stay())
    follower = Follower(ward.his())
    await follower.turn()
    assert follower.his.loader.plan("Observation").untried
    ward.clock.advance(5)
    ward.put(heart_rate("a", ward.clock.now()))
    for _ in range(2):
        ward.clock.advance(5)
        await follower.turn()
    assert follower.his.loader.plan("Observation").way is DATE
    assert set(follower.of("vital_sign")) == {"his.a"}
    await ward.close()


async def test_a_busy_answer_to_a_trial_decides_nothing() -> None:
    ward = DialectWard("plain")
    admitted(ward)
    follower = Follower(ward.his())
    await follower.turn()
    ward.faults.set("busy", True)
    with pytest.raises(Unreachable):
        await follower.his.loader.prove("Flag")
    assert follower.his.loader.probe.of("Flag").dated is Verdict.UNPROVEN
    ward.faults.set("busy", False)
    await follower.his.loader.prove("Flag")
    assert follower.his.loader.probe.of("Flag").dated is Verdict.HONOURED
    await ward.close()


# ------------------------------------------------------------------------------ whose turn it is


@given(st.integers(1, 60), st.sampled_from(["Observation", "Flag", "Patient"]))
def test_everybody_has_a_turn(n: int, kind: str) -> None:
    rota, plan = Rota(), TypePlan(Way.BY_DATE, lists=False)
    patients = [f"p{i}" for i in range(n)]
    rota.asked(kind, patients, MORNING)
    met: set[str] = set()
    for turn in range(n):
        now = MORNING + timedelta(seconds=5 * (turn + 1))
        due = rota.due(kind, patients, plan, now)
        assert 1 <= len(due) <= AT_ONCE
        rota.asked(kind, due, now)
        met |= set(due)
        if turn >= n / 3:
            assert met == set(patients)
            return


def test_who_was_never_asked_about_does_not_wait() -> None:
    rota, plan = Rota(), TypePlan(Way.BY_DATE, lists=False)
    rota.asked("Flag", [f"p{n}" for n in range(20)], MORNING)
    patients = [f"p{n}" for n in range(40)]
    due = rota.due("Flag", patients, plan, MORNING + timedelta(seconds=5))
    assert set(due) >= {f"p{n}" for n in range(20, 40)}


def test_a_re_read_waits_a_minute() -> None:
    rota, plan = Rota(), TypePlan(Way.REREAD, lists=True)
    rota.asked("Flag", ["p1"], MORNING)
    assert rota.due("Flag", ["p1"], plan, MORNING + REREAD / 2) == []
    assert rota.due("Flag", ["p1"], plan, MORNING + REREAD) == ["p1"]
    assert rota.due("Flag", ["p1"], TypePlan(Way.NONE, lists=True), MORNING + REREAD) == []


# ---------------------------------------------------------------------------- the list of patients


def test_the_file_of_patients(tmp_path: Path) -> None:
    file = tmp_path / "patients.txt"
    file.write_text("p1\n\n p2  # newly here\n# nobody\np1\n", encoding="utf-8")
    assert listed(file) == {"p1", "p2"}
    file.unlink()
    with pytest.raises(BadData) as raised:
        listed(file)
    assert raised.value.key == "his.bad.patients"
    assert raised.value.values == {"reason": "No such file or directory"}
