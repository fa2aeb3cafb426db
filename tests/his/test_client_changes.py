"""Nothing is lost and nothing is told wrong while the data moves: each hazard a poller meets."""

from datetime import timedelta

import pytest

from smartward.clinical.infusion import VolumeSource
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.his.fhir.walk import PAGE
from smartward.his.port import Gone, Kind, Rejection, Value
from smartward.his.simulator.events import happen
from tests.his.hospital import Follower, Hospital, heart_rate, patient, stay

pytestmark = pytest.mark.anyio


async def followed(hospital: Hospital) -> Follower:
    """One patient in bed 1, looked at once."""
    hospital.put(patient(), stay())
    follower = Follower(hospital.his())
    await follower.turn()
    return follower


def rates(follower: Follower) -> dict[str, float]:
    return {id: body.measurements[0].value for id, body in follower.of("vital_sign").items()}


async def test_a_whole_load_then_only_what_is_new() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())
        first = await follower.turn()
        again = await follower.turn()
        hospital.clock.advance(60)
        minute = await follower.turn()
    assert len(first.whole) == 39
    assert len(follower.of("vital_sign")) > 2500
    assert again.items == ()
    assert again.whole == ()
    changed = {type(one).__name__ + str(getattr(one, "kind", "")) for one in minute.items}
    assert "Valueinfusion" in changed
    assert len(minute.items) < 60


async def test_updates_and_creations() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.put(heart_rate("a", hospital.clock.now(), 80))
        await follower.turn()
        hospital.clock.advance(30)
        hospital.put(heart_rate("a", hospital.clock.now(), 81, status="corrected"))
        hospital.put(heart_rate("b", hospital.clock.now(), 82))
        await follower.turn()
    assert rates(follower) == {"his.a": 81, "his.b": 82}


async def test_a_second_write_in_the_same_instant() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.put(heart_rate("a", hospital.clock.now()))
        await follower.turn()
        hospital.put(heart_rate("b", hospital.clock.now()))
        await follower.turn()
    assert set(rates(follower)) == {"his.a", "his.b"}


async def test_a_late_commit_dated_before_the_newest() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.clock.advance(600)
        hospital.put(heart_rate("a", hospital.clock.now()))
        await follower.turn()
        late = hospital.clock.now() - timedelta(seconds=40)
        hospital.put_dated(heart_rate("b", late), late)
        await follower.turn()
    assert set(rates(follower)) == {"his.a", "his.b"}


async def test_a_row_dated_in_the_future_does_not_carry_the_watermark_along() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        ahead = hospital.clock.now() + timedelta(hours=3)
        hospital.put_dated(heart_rate("a", hospital.clock.now()), ahead)
        await follower.turn()
        hospital.clock.advance(60)
        hospital.put(heart_rate("b", hospital.clock.now()))
        await follower.turn()
    assert set(rates(follower)) == {"his.a", "his.b"}


async def test_rows_touched_while_a_walk_pages() -> None:
    rows = 3 * PAGE
    async with Hospital() as hospital:
        follower = await followed(hospital)
        start = hospital.clock.now()
        for n in range(rows):
            hospital.clock.advance(0.01)
            hospital.put(heart_rate(f"o{n:04}", start, 60))
        searched = 0

        async def touch() -> None:
            # Between any two pages, rows of the pages before and behind are written again.
            nonlocal searched
            searched += 1
            hospital.clock.advance(0.01)
            for n in (searched % rows, rows - 1 - searched % 40):
                hospital.put(heart_rate(f"o{n:04}", start, 90))

        hospital.faults.instead = touch  # type: ignore[method-assign]  # a stand-in of this test
        await follower.turn()
        del hospital.faults.instead
        await follower.turn()
        there = {
            f"his.{row.resource['id']}": row.resource["valueQuantity"]["value"]
            for row in hospital.world.store.all("Observation")
        }
    assert searched > 5
    assert rates(follower) == there


async def test_more_rows_of_one_instant_than_a_page_holds() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.clock.advance(300)
        at = hospital.clock.now()
        # More than the server's widest page, too: then its own links lead on.
        hospital.put(*(heart_rate(f"o{n:04}", at) for n in range(720)))
        hospital.clock.advance(10)
        hospital.put(heart_rate("last", hospital.clock.now()))
        await follower.turn()
    assert len(rates(follower)) == 721


async def test_a_deletion_is_found_by_asking() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.put(heart_rate("a", hospital.clock.now()), heart_rate("b", hospital.clock.now()))
        await follower.turn()
        hospital.world.store.delete("Observation", "a")
        told = await follower.his.read(Kind.VITAL_SIGN, "his.a")
        assert told == Gone(kind=Kind.VITAL_SIGN, id="his.a")
        for _ in range(3):
            hospital.clock.advance(400)
            await follower.turn()
    assert set(rates(follower)) == {"his.b"}


async def test_content_that_changes_without_date_or_version() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.put(heart_rate("a", hospital.clock.now(), 80))
        await follower.turn()
        row = hospital.world.store.get("Observation", "a")
        assert row is not None
        text = row.text.replace(b'"value":80', b'"value":99')
        rows = hospital.world.store._rows["Observation"]
        rows["a"] = type(row)(row.resource, row.version, row.updated, text)
        hospital.clock.advance(900)
        await follower.turn()
    assert rates(follower) == {"his.a": 99}


async def test_what_was_entered_in_error_is_gone() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.put(heart_rate("a", hospital.clock.now()))
        await follower.turn()
        hospital.clock.advance(5)
        hospital.put(heart_rate("a", hospital.clock.now(), status="entered-in-error"))
        told = await follower.turn()
    assert told.items == (Gone(kind=Kind.VITAL_SIGN, id="his.a"),)


async def test_changes_that_were_not_taken_over_come_again() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        hospital.put(heart_rate("a", hospital.clock.now()))
        lost = await follower.his.changes(["his.e1"], follower.watermark)
        hospital.clock.advance(5)
        again = await follower.his.changes(["his.e1"], follower.watermark)
    assert [one.id for one in lost.items if isinstance(one, Value)] == ["his.a"]
    assert again.whole == ("his.e1",)
    assert "his.a" in [one.id for one in again.items if isinstance(one, Value)]


async def test_a_newcomer_comes_whole_with_what_was_before() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        early = hospital.clock.now() - timedelta(hours=5)
        other = {
            "subject": {"reference": "Patient/p2"},
            "encounter": {"reference": "Encounter/e2"},
        }
        hospital.put_dated(heart_rate("early", early, **other), early)
        hospital.put(patient("p2"), stay("e2", "p2", "bed-2"))
        told = await follower.turn()
    assert told.whole == ("his.e2",)
    assert set(rates(follower)) == {"his.early"}


async def test_one_bad_resource_among_good_ones() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        now = hospital.clock.now()
        hospital.put(
            heart_rate("good", now),
            heart_rate("unit", now, valueQuantity={"value": 80}),
            heart_rate("odd", now, valueQuantity="eighty"),
            heart_rate("when", now, effectiveDateTime="2026-11"),
            heart_rate("huge", now, 900),
            heart_rate("stranger", now, encounter={"reference": "Encounter/another"}),
        )
        told = await follower.turn()
        quiet = await follower.turn()
    assert set(rates(follower)) == {"his.good"}
    reasons = {one.source_id: one.key for one in told.items if isinstance(one, Rejection)}
    assert reasons == {
        "unit": "his.rejection.unit",
        "when": "his.rejection.time",
        "huge": "his.rejection.range",
        "odd": "his.rejection.malformed",
    }
    assert {one.source_id for one in told.rejected} == {"unit", "odd", "when", "huge"}
    assert quiet.items == ()
    assert quiet.rejected == told.rejected
    assert told.complete


async def test_a_panel_told_after_its_members() -> None:
    async with Hospital() as hospital:
        follower = await followed(hospital)
        at = hospital.clock.now()
        hospital.put(heart_rate("a", at))
        await follower.turn()
        assert follower.of("vital_sign")["his.a"].panel_id is None
        hospital.clock.advance(300)
        panel = heart_rate("panel", at)
        del panel["valueQuantity"]
        panel["code"] = {"coding": [{"system": "http://loinc.org", "code": "85353-1"}]}
        panel["hasMember"] = [{"reference": "Observation/a"}]
        hospital.put(panel)
        await follower.turn()
        assert follower.of("vital_sign")["his.a"].panel_id == "his.panel"
        hospital.clock.advance(300)
        hospital.put(heart_rate("a", at, 85, status="corrected"))
        await follower.turn()
    assert follower.of("vital_sign")["his.a"].panel_id == "his.panel"
    assert rates(follower) == {"his.a": 85}


async def test_drips_run_out_and_the_next_is_hung() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())
        await follower.turn()
        beds = {one.bed_id: id for id, one in follower.encounters().items()}

        def drips(number: str) -> list:  # type: ignore[type-arg]  # of any kind
            mine = beds[f"his.bed-{number}"]
            return [one for one in follower.of("infusion").values() if one.encounter_id == mine]

        (seven,), (twelve,) = drips("7"), drips("12")
        assert seven.source is VolumeSource.MEASURED
        assert seven.next_ordered is True
        assert seven.left_ml == pytest.approx(23.4, abs=0.2)
        assert twelve.next_ordered is False
        assert drips("13")[0].source is VolumeSource.ESTIMATED
        assert drips("13")[0].left_ml == 500
        assert drips("25")[0].source is VolumeSource.SENSOR_LOST
        hospital.clock.advance(16 * 60)
        await follower.turn()
        (seven,) = drips("7")
        assert seven.left_ml == 0
        hospital.clock.advance(10 * 60)
        await follower.turn()
        now = {one.status: one for one in drips("7")}
    assert set(now) == {"completed", "in-progress"}
    assert now["in-progress"].left_ml > 95
    assert now["in-progress"].next_ordered is False


async def test_orders_fall_due_and_get_done() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())
        await follower.turn()
        beds = {one.bed_id: id for id, one in follower.encounters().items()}

        def plan(number: str, kind: PlanKind) -> list:  # type: ignore[type-arg]  # of any kind
            mine = beds[f"his.bed-{number}"]
            items = follower.of("plan_item").values()
            here = [one for one in items if one.encounter_id == mine and one.kind is kind]
            return sorted(here, key=lambda one: one.due_at)

        (scan,) = plan("12", PlanKind.SCAN)
        assert scan.nil_by_mouth
        assert scan.status is PlanStatus.PLANNED
        assert scan.due_at - hospital.clock.now() == timedelta(minutes=30)
        assert plan("12", PlanKind.THERAPY)
        lunches = [one.due_at.astimezone().strftime("%M") for one in plan("12", PlanKind.MEAL)]
        assert len(lunches) >= 3
        late = [one for one in plan("18", PlanKind.TURNING) if one.status is PlanStatus.PLANNED]
        assert late[0].due_at == hospital.clock.now() - timedelta(minutes=15)
        hospital.clock.advance(3600)
        await follower.turn()
        assert plan("12", PlanKind.SCAN)[0].status is PlanStatus.DONE
        turned = [one for one in plan("18", PlanKind.TURNING) if one.status is PlanStatus.DONE]
        assert late[0].due_at in [one.due_at for one in turned]
        assert all(one.done_at is not None for one in turned)
        hospital.clock.advance(1800)
        await follower.turn()
    medicines = [one for one in follower.of("plan_item").values() if one.kind is PlanKind.MEDICINE]
    past = [one for one in medicines if one.due_at < hospital.clock.now() - timedelta(hours=1)]
    done = [one for one in past if one.status is PlanStatus.DONE]
    assert len(done) > 0.9 * len(past) > 20


async def test_the_end_of_fasting_is_an_order() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())

        async def nil() -> tuple[str, str]:
            await follower.turn()
            one = next(e for e in follower.encounters().values() if e.bed_id == "his.bed-12")
            assert one.diet is not None
            return one.precautions[2].state.value, str(one.diet.wording.key)

        assert await nil() == ("present", "diet.nil_by_mouth")
        hospital.clock.advance(70 * 60)
        assert await nil() == ("present", "diet.nil_by_mouth")
        hospital.clock.advance(6 * 60)
        assert await nil() == ("absent", "diet.low_salt_low_fat")


async def test_a_discharge_takes_its_documents_along() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())
        await follower.turn()
        stay_id = next(
            id for id, one in follower.encounters().items() if one.bed_id == "his.bed-31"
        )
        assert any(body.encounter_id == stay_id for _, body in follower.documents.values())
        happen(hospital.world, "discharge", {"bed": "31"})
        await follower.turn()
    assert not [body for _, body in follower.documents.values() if body.encounter_id == stay_id]


async def test_reading_documents_one_by_one() -> None:
    async with Hospital.scene() as hospital:
        follower = Follower(hospital.his())
        await follower.turn()
        for kind in ("vital_sign", "infusion", "plan_item"):
            id, body = sorted(follower.of(kind).items())[0]
            told = await follower.his.read(Kind(kind), id)
            assert isinstance(told, Value)
            assert told.body == body
            gone = await follower.his.read(Kind(kind), f"{id}-not-there")
            assert gone == Gone(kind=Kind(kind), id=f"{id}-not-there")
        bed = await follower.his.read(Kind.BED, "his.bed-12")
        assert isinstance(bed, Value)
        assert bed.body.number == "12"
        assert await follower.his.read(Kind.BED, "his.x") == Gone(
            kind=Kind.BED, id="his.x", unknown=True
        )
