"""The client and the poller against sekmet-fhir: a FHIR R4 server none of us wrote.

Its own workflows make the events; what our store must hold is taken from the resources they gave
back. Time is the real one, because the server's is.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
from smartward.clinical.his_write import WriteKind
from smartward.clinical.nurse_call import CallState
from smartward.clinical.observation import Parameter
from smartward.clock import SystemClock
from smartward.errors import Refused
from smartward.his.check import check
from smartward.his.drafts import Known
from smartward.his.fhir.client import FhirHis
from smartward.his.fhir.mapping import load_mapping
from tests.his import written_samples as samples
from tests.his.hub import HubSide, hub_side, scratch
from tests.his.independent.servers import Sekmet, quantities

pytestmark = [pytest.mark.anyio, pytest.mark.long]

WARD = "urn:oid:1.2.3.4.5.7|W-4A"
LOINC = {
    "8867-4": Parameter.HEART_RATE,
    "8310-5": Parameter.TEMPERATURE,
    "9279-1": Parameter.RESPIRATORY_RATE,
    "59408-5": Parameter.OXYGEN_SATURATION,
    "8480-6": Parameter.SYSTOLIC,
    "8462-4": Parameter.DIASTOLIC,
}
"""LOINC's codes for vital signs, from the standard's vital signs profiles."""


@pytest.fixture(scope="module")
def sekmet() -> Iterator[Sekmet]:
    with scratch() as folder, Sekmet(folder) as running:
        running.run("adt.facility")
        yield running


@dataclasses.dataclass
class Following:
    """A client, and a hub that follows with it."""

    his: FhirHis
    hub: HubSide

    async def stays(self) -> dict[str, tuple[str, str]]:
        """Encounter id -> the patient's name and the bed's number, as kept."""
        assert await self.hub.turn()
        beds = {id: one["number"] for id, one in (await self.hub.of("bed")).items()}
        return {
            id.removeprefix("his."): (one["patient"].name, beds[one["bed_id"]])
            for id, one in (await self.hub.of("encounter")).items()
        }


@pytest.fixture
async def following(sekmet: Sekmet) -> AsyncIterator[Following]:
    clock = SystemClock()
    his = FhirHis(sekmet.url, WARD, "his", load_mapping(), clock=clock)
    with scratch() as folder, hub_side(his, clock, folder) as hub:
        yield Following(his, hub)
    await his.close()


def name_of(patient: dict[str, Any]) -> str:
    return str(patient["name"][0]["text"])


@pytest.mark.verifies(
    "sekmet-fhir 0.1.1 (its own process)",
    "census: admission, transfer, discharge, cancelled stay",
)
async def test_admissions_moves_and_discharges_are_followed(
    sekmet: Sekmet, following: Following
) -> None:
    assert await following.stays() == {}
    assert len(await following.hub.of("bed")) == 2
    first, stay = sekmet.admit("bed-401-1")
    second, other = sekmet.admit("bed-401-2")
    elsewhere, away = sekmet.admit("bed-502-1")
    stays = await following.stays()
    assert {id: name for id, (name, _) in stays.items()} == {
        stay["id"]: name_of(first),
        other["id"]: name_of(second),
    }
    assert len({bed for _, bed in stays.values()}) == 2
    # One leaves the ward, another one comes from there: within the same poll.
    sekmet.run("adt.transfer", encounter=stay["id"], bed="bed-502-1")
    sekmet.run("adt.transfer", encounter=away["id"], bed="bed-401-1")
    assert set(await following.stays()) == {other["id"], away["id"]}
    # Within the ward.
    sekmet.run("adt.discharge", encounter=other["id"])
    before = (await following.stays())[away["id"]]
    sekmet.run("adt.transfer", encounter=away["id"], bed="bed-401-2")
    after = (await following.stays())[away["id"]]
    assert before[0] == after[0] == name_of(elsewhere)
    assert before[1] != after[1]
    # Entered by mistake, and put right.
    _, wrong = sekmet.admit("bed-401-1")
    assert set(await following.stays()) == {away["id"], wrong["id"]}
    sekmet.run("adt.cancel_encounter", encounter=wrong["id"])
    sekmet.run("adt.discharge", encounter=away["id"])
    assert await following.stays() == {}


@pytest.mark.verifies(
    "sekmet-fhir 0.1.1 (its own process)",
    "vital signs, allergies, diagnoses, orders",
)
async def test_vital_signs_orders_and_allergies_arrive(
    sekmet: Sekmet, following: Following
) -> None:
    patient, stay = sekmet.admit("bed-401-1")
    who = {"patient": patient["id"], "encounter": stay["id"]}
    # What changes seldom is followed each half minute only: it is there before the first look.
    sekmet.run("clinical.allergy", patient=patient["id"])
    sekmet.run("clinical.condition", **who)
    assert set(await following.stays()) == {stay["id"]}
    told: dict[str, dict[str, float]] = {}
    for _ in range(3):
        told |= quantities(sekmet.run("clinical.vitals", **who)["observations"])
        await following.stays()
    order = sekmet.run("meds.prescribe", inpatient=True, **who)["medication_request"]
    sekmet.run("meds.administer", medication_request=order["id"])
    sekmet.run("orders.full_lab_cycle", **who)
    assert set(await following.stays()) == {stay["id"]}
    kept: dict[str, dict[Parameter, float]] = {}
    for id, sign in (await following.hub.of("vital_sign")).items():
        assert sign["encounter_id"] == f"his.{stay['id']}"
        values = {m.parameter: m.value for m in sign["measurements"]}
        kept[id.removeprefix("his.")] = values
    expected = {
        id: {LOINC[code]: float(value) for code, value in values.items() if code in LOINC}
        for id, values in told.items()
    }
    assert kept == {id: values for id, values in expected.items() if values}
    assert len(kept) == 15
    encounter = (await following.hub.of("encounter"))[f"his.{stay['id']}"]
    assert encounter["diagnosis"]
    allergy = next(one for one in encounter["precautions"] if one.slot == "allergy")
    assert allergy.state == "present"
    sekmet.run("adt.discharge", encounter=stay["id"])
    assert await following.stays() == {}
    assert await following.hub.of("vital_sign") == {}


@pytest.mark.verifies(
    "sekmet-fhir 0.1.1 (its own process)",
    "nurse call written back once; a conflict is told",
)
async def test_a_call_is_written_back_once(sekmet: Sekmet, following: Following) -> None:
    _, stay = sekmet.admit("bed-401-2")
    assert stay["id"] in await following.stays()
    encounter = (await following.hub.of("encounter"))[f"his.{stay['id']}"]
    call = dataclasses.replace(
        samples.CALL,
        bed_id=encounter["bed_id"],
        encounter_id=encounter["id"],
        patient_id=encounter["patient"].id,
        placed_at=SystemClock().now(),
    )
    first = await following.his.write(call, Known())
    again = await following.his.write(call, Known(tried=(call,), again=True))
    assert (first.created, again.created) == (True, False)
    assert first.source_id == again.source_id
    task = sekmet.read(f"Task/{first.source_id}")
    assert (task["status"], task["encounter"]) == (
        "requested",
        {"reference": f"Encounter/{stay['id']}"},
    )
    taken = dataclasses.replace(call, state=CallState.ACCEPTED)
    second = await following.his.write(
        taken, Known(source_id=first.source_id, version=first.version, tried=(call, taken))
    )
    assert sekmet.read(f"Task/{first.source_id}")["status"] == "accepted"
    # Somebody else changes it: their word is not overwritten.
    sekmet.put({**sekmet.read(f"Task/{first.source_id}"), "status": "cancelled"})
    closed = dataclasses.replace(call, state=CallState.COMPLETED, closed_at=call.placed_at)
    known = Known(source_id=first.source_id, version=second.version, tried=(taken, closed))
    with pytest.raises(Refused) as refused:
        await following.his.write(closed, known)
    assert refused.value.key == "his.write.conflict"
    # Our own Task is nobody's plan.
    await following.stays()
    assert await following.hub.of("plan_item") == {}
    sekmet.run("adt.discharge", encounter=stay["id"])


@pytest.mark.verifies(
    "sekmet-fhir 0.1.1 (its own process)",
    "observations, doses and answers written back",
)
async def test_what_is_measured_given_and_answered_here_arrives_there(
    sekmet: Sekmet, following: Following
) -> None:
    patient, stay = sekmet.admit("bed-401-1")
    who = {"patient": patient["id"], "encounter": stay["id"]}
    order = sekmet.run("meds.prescribe", inpatient=True, **who)["medication_request"]
    assert stay["id"] in await following.stays()
    takes = await following.his.takes()
    assert takes >= {WriteKind.OBSERVATION, WriteKind.ADMINISTRATION, WriteKind.NURSE_CALL}
    now = SystemClock().now()
    mine = {"encounter_id": f"his.{stay['id']}", "patient_id": f"his.{patient['id']}", "by": None}
    sign = dataclasses.replace(samples.TEMPERATURE, taken_at=now, entered_at=now, **mine)
    written = await following.his.write(sign, Known())
    there = sekmet.read(f"Observation/{written.source_id}")
    assert (there["status"], there["valueQuantity"]["value"]) == ("final", 36.5)
    await following.stays()
    (kept,) = (await following.hub.of("vital_sign")).values()
    assert kept["measurements"][0].value == 36.5
    given = dataclasses.replace(
        samples.GIVEN, item_id=f"his.MedicationRequest.{order['id']}", at=now, due_at=now, **mine
    )
    dose = await following.his.write(given, Known())
    there = sekmet.read(f"MedicationAdministration/{dose.source_id}")
    assert there["status"] == "completed"
    assert there["request"] == {"reference": f"MedicationRequest/{order['id']}"}
    if WriteKind.ANSWER in takes:
        mine.pop("by")
        answer = dataclasses.replace(samples.PAIN_ANSWER, at=now, **mine)
        told = await following.his.write(answer, Known())
        there = sekmet.read(f"QuestionnaireResponse/{told.source_id}")
        assert there["status"] == "completed"
    withdrawn = dataclasses.replace(sign, withdrawn=True)
    await following.his.write(
        withdrawn,
        Known(source_id=written.source_id, version=written.version, tried=(sign, withdrawn)),
    )
    assert sekmet.read(f"Observation/{written.source_id}")["status"] == "entered-in-error"
    await following.stays()
    assert await following.hub.of("vital_sign") == {}
    sekmet.run("adt.discharge", encounter=stay["id"])


@pytest.mark.verifies("sekmet-fhir 0.1.1 (its own process)", "audit written once")
async def test_the_audit_is_written_once(following: Following) -> None:
    assert WriteKind.AUDIT in await following.his.takes()
    record = AuditRecord(
        id="01990000-0000-7000-8000-00000000a001",
        at=SystemClock().now(),
        ward="ward",
        kind="call.accept",
        by=Actor(device_id="d1"),
        outcome="applied",
        about=About(kind="call", id="0190-sekmet-call"),
    )
    first = await following.his.write_audit(record)
    again = await following.his.write_audit(record)
    assert first.source_id == again.source_id
    assert not again.created


@pytest.mark.verifies("sekmet-fhir 0.1.1 (its own process)", "the report of `his check`")
async def test_what_it_can_do_is_told(sekmet: Sekmet) -> None:
    sekmet.admit("bed-401-1")
    his = FhirHis(sekmet.url, WARD, "his", load_mapping())
    try:
        told = await asyncio.wait_for(check(his), 30)
    finally:
        await his.close()
    assert "SEKMET" in told
    assert "Encounter" in told
