"""Nurse calls told to the HIS: once each, never over somebody else's change."""

from datetime import timedelta

import pytest

from smartward.clinical.nurse_call import CallClass, CallReason, CallState, NurseCall
from smartward.clinical.priority import Priority
from smartward.errors import Refused, Unreachable
from smartward.his.port import NurseCallDraft
from tests.fakes.fake_clock import MORNING
from tests.his.hospital import Follower, Hospital, patient, stay

pytestmark = pytest.mark.anyio

CALL = NurseCall(
    id="0190-call",
    bed_id="his.bed-1",
    device_id="d1",
    call_class=CallClass.NORMAL,
    priority=Priority.MEDIUM,
    state=CallState.REQUESTED,
    placed_at=MORNING,
    received_at=MORNING,
    encounter_id="his.e1",
    reason=CallReason.TOILET,
)


async def test_a_call_becomes_one_task_however_often_it_is_sent() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        his = hospital.his()
        await his.census()
        first = await his.write(NurseCallDraft(call=CALL))
        again = await his.write(NurseCallDraft(call=CALL))
        tasks = [row.resource for row in hospital.world.store.all("Task")]
    assert (first.created, again.created) == (True, False)
    assert (first.source_id, first.version) == (again.source_id, again.version)
    assert len(tasks) == 1
    assert tasks[0]["status"] == "requested"
    assert tasks[0]["priority"] == "urgent"
    assert tasks[0]["for"] == {"reference": "Patient/p1"}
    assert tasks[0]["encounter"] == {"reference": "Encounter/e1"}
    assert tasks[0]["location"] == {"reference": "Location/bed-1"}
    # What the patient needs stays on the ward.
    assert "toilet" not in str(tasks[0])


async def test_later_states_follow_and_a_conflict_is_told() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        first = await his.write(NurseCallDraft(call=CALL))
        closed = NurseCall(
            **{name: getattr(CALL, name) for name in CALL.__slots__}
            | {"state": CallState.COMPLETED, "closed_at": MORNING + timedelta(minutes=4)}
        )
        draft = NurseCallDraft(call=closed, version=first.version, source_id=first.source_id)
        second = await his.write(draft)
        row = hospital.world.store.get("Task", first.source_id)
        assert row is not None
        assert row.resource["status"] == "completed"
        assert row.resource["executionPeriod"]["end"].startswith("2026-11-21T00:34:00.000")
        assert second.version == "2"
        with pytest.raises(Refused) as refused:
            await his.write(draft)
    assert refused.value.key == "his.write.conflict"


async def test_a_bed_or_stay_of_another_source_is_not_pointed_to() -> None:
    other = NurseCall(
        **{name: getattr(CALL, name) for name in CALL.__slots__}
        | {"bed_id": "local.bed-1", "encounter_id": None}
    )
    async with Hospital() as hospital:
        await hospital.his().write(NurseCallDraft(call=other))
        task = hospital.world.store.all("Task")[0].resource
    assert not {"location", "encounter", "for"} & set(task)


async def test_what_the_server_refuses_is_told() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        hospital.faults.set("refuse", True)
        with pytest.raises(Refused):
            await his.write(NurseCallDraft(call=CALL))
        hospital.faults.set("refuse", False)
        await hospital.gateway.down()
        with pytest.raises(Unreachable):
            await his.write(NurseCallDraft(call=CALL))


async def test_our_own_tasks_are_not_read_back_as_plan() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        follower = Follower(hospital.his())
        await follower.turn()
        await follower.his.write(NurseCallDraft(call=CALL))
        told = await follower.turn()
    assert told.items == ()
    assert told.rejected == ()
