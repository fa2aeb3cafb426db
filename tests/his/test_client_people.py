"""People over the whole road: the real simulator on a socket, the client, the port."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from smartward.clinical.encounter import Encounter
from smartward.clinical.profile import Hand, Profile
from smartward.clinical.ward import StaffRole
from smartward.his.port import Census, Value
from smartward.his.simulator.dialects import PLAIN
from smartward.his.simulator.events import happen
from smartward.his.simulator.people import STAFF, badge
from tests.his.dialect_ward import DialectWard
from tests.his.hospital import Hospital, Json, patient, stay

pytestmark = pytest.mark.anyio


def by_bed(census: Census) -> Mapping[str, Encounter]:
    found = [one.body for one in census.encounters if isinstance(one, Value)]
    return {one.bed_id or "": one for one in found}


def later(hospital: Hospital, **passed: float) -> None:
    hospital.clock.advance(timedelta(**passed).total_seconds())


PROFILES = {
    "6": Profile(sight_impaired=True),
    "7": Profile(hand=Hand.LEFT),
    "12": Profile(),
    "17": Profile(comfort_care=True),
    "22": Profile(language="ar"),
    "24": Profile(speech_impaired=True),
    "29": Profile(language="yue"),
    "32": Profile(confused=True),
    "36": Profile(language="en"),
    "38": Profile(hearing_impaired=True, sight_impaired=True),
    "x12": Profile(language="es"),
}


async def test_who_the_people_of_the_morning_ward_are() -> None:
    async with Hospital.scene() as hospital:
        found = by_bed(await hospital.his().census())
    persons = {number: found[f"his.bed-{number}"].patient for number in ("28", "30", "12")}
    assert {n: (one.protected, one.alias) for n, one in persons.items()} == {
        "28": (True, ""),
        "30": (False, "金先生"),
        "12": (False, ""),
    }
    assert persons["30"].name == "蒋涛"
    assert {number: found[f"his.bed-{number}"].profile for number in PROFILES} == PROFILES


async def test_the_staff_with_hours_and_badges() -> None:
    async with Hospital.scene() as hospital:
        census = await hospital.his().census()
    assert census.staff is not None
    members = {one.id: one for one in census.staff}
    assert members["prac-tan"].role is StaffRole.PRIVACY_OFFICER
    hours = {
        id: [(h.start.hour, h.end.hour, h.days) for h in one.duty] for id, one in members.items()
    }
    assert hours["prac-liang"] == [(0, 8, ())]
    assert hours["prac-xu"] == [(16, 0, ())]
    assert hours["prac-tan"] == [(8, 17, (1, 2, 3, 4, 5))]
    assert hours["prac-sun"] == []
    assert set(census.badges or ()) == {(one.id, badge(one)) for one in STAFF}
    assert not [one for one in STAFF if badge(one) in repr(census)]


async def test_who_is_dismissed_is_off_the_roster_within_a_minute() -> None:
    async with Hospital.scene() as hospital:
        his = hospital.his()
        await his.census()
        happen(hospital.world, "dismiss", {"who": "prac-li"})
        later(hospital, seconds=61)
        census = await his.census()
    assert "prac-li" not in {one.id for one in census.staff or ()}
    assert "prac-li" not in {id for id, _ in census.badges or ()}
    assert len(census.staff or ()) == len(census.badges or ()) == 12


async def test_staff_that_cannot_be_read_is_not_nobody() -> None:
    async with Hospital.scene() as hospital:
        refused = hospital.refuse()
        refused.add("PractitionerRole")
        his = hospital.his()
        census = await his.census()
        assert (census.staff, census.badges) == (None, None)
        refused.clear()
        later(hospital, seconds=61)
        census = await his.census()
        assert len(census.staff or ()) == 13
        refused |= {"PractitionerRole", "Practitioner"}
        later(hospital, seconds=61)
        census = await his.census()
    assert len(census.staff or ()) == 13


async def test_badges_that_cannot_be_read_are_not_withdrawn() -> None:
    async with Hospital.scene() as hospital:
        hospital.refuse().add("Practitioner")
        census = await hospital.his().census()
    assert len(census.staff or ()) == 13  # named by their roles
    assert census.badges is None


async def test_at_eight_the_next_nurse_is_the_responsible_one() -> None:
    async with Hospital.scene() as hospital:
        his = hospital.his()
        before = by_bed(await his.census())["his.bed-12"]
        nurse = next(one for one in before.team if one.role == "nurse")
        assert nurse.end is not None
        hospital.clock.advance((nurse.end - hospital.clock.now()).total_seconds())
        after = by_bed(await his.census())["his.bed-12"]
    assert [one.staff_id for one in after.team if one.role == "nurse"] == [
        one.staff_id for one in before.upcoming
    ]
    assert nurse.staff_id not in {one.staff_id for one in after.team}


async def test_a_death_is_heard_of_at_the_next_look() -> None:
    async with Hospital.scene() as hospital:
        his = hospital.his()
        assert not by_bed(await his.census())["his.bed-17"].patient.deceased
        later(hospital, seconds=5)
        happen(hospital.world, "death", {"bed": "17"})
        assert by_bed(await his.census())["his.bed-17"].patient.deceased


async def test_a_flag_is_heard_of_at_the_next_look_and_so_is_its_end() -> None:
    async with Hospital.scene() as hospital:
        his = hospital.his()
        said: list[Any] = []
        for on in (None, True, False):
            later(hospital, seconds=5)
            if on is not None:
                happen(hospital.world, "profile", {"bed": "12", "what": "hearing", "on": on})
            said.append(by_bed(await his.census())["his.bed-12"].profile.hearing_impaired)
    assert said == [None, True, False]


async def test_observations_of_a_person_are_followed() -> None:
    """From the first load on, and when one is changed."""
    async with Hospital.scene() as hospital:
        stay = hospital.world.stays["bed-12"]

        def observe(value: bool) -> None:
            hospital.put(
                {
                    "resourceType": "Observation",
                    "id": "asked-1",
                    "status": "final",
                    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "15188001"}]},
                    "subject": {"reference": f"Patient/{stay.patient}"},
                    "encounter": {"reference": f"Encounter/{stay.encounter}"},
                    "effectiveDateTime": "2026-11-20T08:00:00Z",
                    "valueBoolean": value,
                }
            )

        observe(True)
        his = hospital.his()
        first = await his.census()
        here = [one.id for one in first.encounters if isinstance(one, Value)]
        told = await his.changes(here, None)
        said = [by_bed(first)["his.bed-12"].profile.hearing_impaired]
        later(hospital, seconds=5)
        observe(False)
        told = await his.changes(here, told.watermark)
        said.append(by_bed(await his.census())["his.bed-12"].profile.hearing_impaired)
        later(hospital, minutes=13)  # everything is read again
        told = await his.changes(here, told.watermark)
        said.append(by_bed(await his.census())["his.bed-12"].profile.hearing_impaired)
    assert said == [True, False, False]
    assert not [one for one in told.rejected if one.source_id == "asked-1"]


def team(of: str, doctors: list[str]) -> Json:
    doctor = [{"coding": [{"system": "http://snomed.info/sct", "code": "309343006"}]}]
    members = [{"role": doctor, "member": {"reference": f"Practitioner/{id}"}} for id in doctors]
    return {
        "resourceType": "CareTeam",
        "id": f"team-{of}",
        "status": "active",
        "subject": {"reference": f"Patient/{of}"},
        "participant": members,
    }


async def test_who_is_named_by_nobody_here_is_read_no_more() -> None:
    """A ward meets thousands in a year, and reads those it needs each minute."""
    ward = DialectWard(PLAIN)
    his = ward.his()
    for day in range(4):
        doctors = [f"dr{day}-{n}" for n in range(10)] + ["dr-of-all"]
        for id in doctors:
            ward.put({"resourceType": "Practitioner", "id": id, "name": [{"text": f"医{id}"}]})
        p, e = f"p{day}", f"e{day}"
        ward.put(patient(p), stay(e, p), team(p, doctors))
        await his.census()
        ward.clock.advance(120)
        census = await his.census()
        (here,) = (one.body for one in census.encounters if isinstance(one, Value))
        assert {f"医{id}" for id in doctors} == {one.name for one in here.team}
        if day < 3:
            ward.put(stay(e, p, status="finished"))
        for _ in range(12):
            ward.clock.advance(61)
            await his.census()
    ward.asked.clear()
    ward.clock.advance(61)
    census = await his.census()
    read = {query for _, path, query in ward.asked if path.endswith("/Practitioner")}
    assert all(f"dr3-{n}" in "".join(read) for n in range(10))
    assert not any(f"dr{day}-" in one for one in read for day in range(3))
    (here,) = (one.body for one in census.encounters if isinstance(one, Value))
    assert {f"医{id}" for id in doctors} == {one.name for one in here.team}
    await ward.close()
