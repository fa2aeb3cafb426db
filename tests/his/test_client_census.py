"""The census against the real simulator: who lies where, and what is known of each."""

import pytest

from smartward.clinical.bed import BedStatus, place_patients
from smartward.clinical.encounter import Assessment, ConditionMark, NursingLevel, PrecautionSlot
from smartward.errors import Misconfigured
from smartward.his.port import Gone, Kind, Rejection, Value
from smartward.his.simulator.events import happen
from tests.his.hospital import Follower, Hospital, flag, patient, stay

pytestmark = pytest.mark.anyio


async def test_the_morning_ward() -> None:
    async with Hospital.scene() as hospital:
        census = await hospital.his().census()
    beds = [one.body for one in census.beds if isinstance(one, Value)]
    encounters = {one.body.bed_id: one.body for one in census.encounters if isinstance(one, Value)}
    assert len(beds) == 41
    assert [bed.number for bed in beds[:3]] == ["1", "2", "3"]
    assert beds[-1].number == "加12"
    assert beds[-1].room == "308"
    assert [bed.order for bed in beds] == list(range(1, 42))
    placed = {bed.number: bed for bed in place_patients(beds, encounters.values()).placed}
    assert sum(bed.status is BedStatus.OCCUPIED for bed in placed.values()) == 38
    assert placed["14"].status is BedStatus.RESERVED
    assert all(bed.conflict is None for bed in placed.values())
    twelve = encounters["his.bed-12"]
    assert (twelve.patient.name, twelve.patient.family) == ("张建国", "张")
    assert twelve.nursing_level is NursingLevel.ONE
    assert twelve.condition is ConditionMark.SERIOUS
    assert [one.state for one in twelve.precautions] == [
        Assessment.PRESENT,
        Assessment.PRESENT,
        Assessment.PRESENT,
        Assessment.PRESENT,
        Assessment.NOT_ASSESSED,
        Assessment.ABSENT,
    ]
    assert twelve.precautions[1].protection == ("ppe.hand_hygiene", "ppe.gloves", "ppe.gown")
    assert [one.role for one in twelve.team] == ["doctor", "nurse", "carer"]
    assert encounters["his.bed-17"].news2.scale == 2
    assert encounters["his.bed-17"].news2.ordered_by == "王建华"
    assert encounters["his.bed-36"].patient.language == "en"
    assert encounters["his.bed-31"].news2.interval_min == 60
    assert encounters["his.bed-13"].surgery_at is not None
    assert census.ward.name == "心内科三病区"
    assert len(census.staff or ()) == 13
    assert census.rejected == ()


async def test_a_ward_is_found_by_its_identifier() -> None:
    async with Hospital() as hospital:
        census = await hospital.his("http://hospital.example/wards|CARD-3").census()
        assert census.ward.id == "his.ward-3"
        assert len(census.beds) == 4
        with pytest.raises(Misconfigured) as refused:
            await hospital.his("ward-9").census()
    assert refused.value.values == {"ward": "ward-9", "n": 0}


async def test_server_time_is_the_only_clock() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        before = (await his.census()).server_time
        hospital.clock.advance(90)
        assert (await his.census()).server_time == before + (hospital.clock.now() - before)


async def test_admission_transfer_and_discharge_show_in_the_next_census() -> None:
    async with Hospital() as hospital:
        follower = Follower(hospital.his())
        await follower.turn()
        assert follower.encounters() == {}
        hospital.put(patient(), stay())
        await follower.turn()
        assert follower.encounters()["his.e1"].bed_id == "his.bed-1"
        hospital.clock.advance(5)
        gone = {"location": {"reference": "Location/bed-1"}, "status": "completed"}
        here = {"location": {"reference": "Location/bed-2"}, "status": "active"}
        hospital.put(stay(location=[gone, here]))
        await follower.turn()
        assert follower.encounters()["his.e1"].bed_id == "his.bed-2"
        hospital.clock.advance(5)
        hospital.put(stay(status="finished"))
        await follower.turn()
        assert follower.encounters() == {}
        told = await follower.his.read(Kind.ENCOUNTER, "his.e1")
        assert told == Gone(kind=Kind.ENCOUNTER, id="his.e1")


async def test_a_patient_on_another_ward_is_gone_from_here() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        hospital.put(patient(), stay())
        await his.census()
        here = {"location": {"reference": "Location/bed-1"}, "status": "completed"}
        away = {"location": {"reference": "Location/icu-1"}, "status": "active"}
        hospital.put({"resourceType": "Location", "id": "icu-1", "status": "active"})
        hospital.put(stay(location=[here, away]))
        assert (await his.census()).encounters == (Gone(kind=Kind.ENCOUNTER, id="his.e1"),)
        assert await his.read(Kind.ENCOUNTER, "his.e1") == Gone(kind=Kind.ENCOUNTER, id="his.e1")


async def test_a_bed_swap_is_never_seen_half() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())
        await follower.turn()
        first = {id: one.bed_id for id, one in follower.encounters().items()}
        happen(hospital.world, "swap", {"bed": "9", "with": "10"})
        await follower.turn()
        second = {id: one.bed_id for id, one in follower.encounters().items()}
    moved = {id for id in first if first[id] != second[id]}
    assert (
        {first[id] for id in moved} == {second[id] for id in moved} == {"his.bed-9", "his.bed-10"}
    )


async def test_a_patient_without_a_bed_and_two_in_one_bed_are_told() -> None:
    async with Hospital() as hospital:
        ward = {"location": {"reference": "Location/ward-3"}, "status": "active"}
        hospital.put(
            *(patient("p1"), patient("p2"), patient("p3")),
            *(stay("e1", "p1", location=[ward]), stay("e2", "p2"), stay("e3", "p3")),
        )
        census = await hospital.his().census()
    beds = [one.body for one in census.beds if isinstance(one, Value)]
    encounters = [one.body for one in census.encounters if isinstance(one, Value)]
    placement = place_patients(beds, encounters)
    assert [one.id for one in placement.unplaced] == ["his.e1"]
    assert placement.conflicting == ("his.bed-1",)


async def test_one_bad_stay_does_not_hide_the_others() -> None:
    async with Hospital() as hospital:
        hospital.put(patient("p1"), stay("e1", "p1"))
        hospital.put(stay("e2", "p2", "bed-2"))
        hospital.put(stay("e3", "p1", "bed-3", period={"start": 20261119}))
        census = await hospital.his().census()
    told = {getattr(one, "source_id", "") or one.id: one for one in census.encounters}
    assert isinstance(told["his.e1"], Value)
    assert told["e2"] == Rejection(
        source_id="e2",
        resource_type="Encounter",
        key="his.rejection.missing",
        detail="subject: there is no such Patient",
    )
    assert told["e3"].key == "his.rejection.malformed"
    assert "$.period.start" in told["e3"].detail
    assert {one.source_id for one in census.rejected} == {"e2", "e3"}


async def test_a_bed_whose_patient_cannot_be_shown_is_not_an_empty_one() -> None:
    async with Hospital() as hospital:
        hospital.put(
            patient("p1", name=[{"use": "old", "text": "旧名"}]), stay("e1", "p1", "bed-1")
        )
        hospital.put(patient("p2"), stay("e2", "p2", "bed-2"))
        hospital.put(patient("p3", name=[]), stay("e3", "p3", "bed-3", status="planned"))
        census = await hospital.his().census()
    assert {one.source_id for one in census.encounters if isinstance(one, Rejection)} == {
        "e1",
        "e3",
    }
    beds = [one.body for one in census.beds if isinstance(one, Value)]
    stays = [one.body for one in census.encounters if isinstance(one, Value)]
    placed = {bed.id: bed for bed in place_patients(beds, stays).placed}
    told = placed["his.bed-1"]
    assert told.status is BedStatus.OCCUPIED
    assert told.conflict is not None
    assert told.conflict.key == "bed.conflict.nobody"
    assert placed["his.bed-2"].conflict is None
    assert placed["his.bed-3"].conflict is None


async def test_a_rejection_ends_when_the_resource_is_mended() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        hospital.put(patient(), stay(), flag("f1", "isolation", "contact", period={"start": []}))
        first = await his.census()
        hospital.clock.advance(1)
        hospital.put(flag("f1", "isolation", "contact"))
        second = await his.census()
    assert [one.key for one in first.rejected] == ["his.rejection.malformed"]
    assert second.rejected == ()
    assert isinstance(second.encounters[0], Value)
    slots = {one.slot: one.state for one in second.encounters[0].body.precautions}
    assert slots[PrecautionSlot.ISOLATION] is Assessment.PRESENT


async def test_a_flag_that_is_cleared_or_deleted() -> None:
    def isolation(census) -> Assessment:  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
        return census.encounters[0].body.precautions[1].state

    async with Hospital() as hospital:
        follower = Follower(hospital.his())
        hospital.put(patient(), stay(), flag("f1", "isolation", "contact"))
        await follower.turn()
        assert isolation(follower.census) is Assessment.PRESENT
        hospital.clock.advance(5)
        hospital.put(flag("f1", "isolation", "contact", status="inactive"))
        await follower.turn()
        assert isolation(follower.census) is Assessment.ABSENT
        # A deletion has no date of change: the next full refresh finds it, by asking.
        hospital.world.store.delete("Flag", "f1")
        for _ in range(3):
            hospital.clock.advance(400)
            await follower.turn()
        assert isolation(follower.census) is Assessment.NOT_ASSESSED


async def test_the_server_of_an_empty_ward() -> None:
    async with Hospital.scene("empty") as hospital:
        follower = Follower(hospital.his())
        told = await follower.turn()
    assert follower.encounters() == {}
    assert told.items == ()
    assert told.complete


async def test_sixty_beds_and_the_longest_names() -> None:
    async with Hospital.scene("sixty") as hospital:
        census = await hospital.his().census()
    assert len(census.beds) == 61
    assert sum(isinstance(one, Value) for one in census.encounters) >= 57
    async with Hospital.scene("longest") as hospital:
        census = await hospital.his().census()
    for one in census.encounters:
        assert isinstance(one, Value)
        assert {slot.state for slot in one.body.precautions} == {Assessment.PRESENT}
    names = [one.body.patient.name for one in census.encounters if isinstance(one, Value)]
    assert max(map(len, names)) > 70


async def test_new_rooms_and_beds_are_found() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        assert len((await his.census()).beds) == 4
        place = hospital.world.store.get("Location", "room-301")
        bed = hospital.world.store.get("Location", "bed-1")
        assert place is not None
        assert bed is not None
        hospital.put({**place.resource, "id": "room-399", "name": "399"})
        inside = {"partOf": {"reference": "Location/room-399"}}
        hospital.put({**bed.resource, "id": "bed-12A", "name": "12A", **inside})
        beds = [one.body for one in (await his.census()).beds if isinstance(one, Value)]
    assert [(bed.number, bed.room) for bed in beds][-1] == ("12A", "399")
