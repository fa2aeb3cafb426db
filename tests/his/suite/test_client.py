"""One suite of the client and the poller, against every hospital system there is (`systems.py`):
what the hub keeps is what the server holds, and what the ward says arrives there once.

What is expected is read from the server without our client, or is what its own events gave back.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
from smartward.clinical.care_event import CareKind
from smartward.clinical.his_write import WriteKind
from smartward.clinical.nurse_call import CallState
from smartward.clinical.observation import Parameter
from smartward.clinical.plan import PlanKind, PlanStatus
from smartward.errors import Refused
from smartward.his.check import check
from smartward.his.drafts import Draft, Known
from smartward.his.fhir import walk
from smartward.his.port import Written
from tests.his import written_samples as samples
from tests.his.hub import hub_side, scratch
from tests.his.suite import bodies
from tests.his.suite.conftest import Following
from tests.his.suite.showing import shows
from tests.his.suite.systems import Served, client

pytestmark = pytest.mark.anyio

Json = dict[str, Any]


def name_of(patient: Json) -> str:
    return str(patient["name"][0]["text"])


async def plan(following: Following) -> dict[tuple[PlanKind, str], PlanStatus]:
    """What is due, by kind and the minute."""
    assert await following.hub.turn()
    items = (await following.hub.of("plan_item")).values()
    return {(one["kind"], f"{one['due_at']:%H:%M}"): one["status"] for one in items}


# ------------------------------------------------------------------------------------------ census


@shows("admission, transfer, discharge, a stay that never was")
async def test_who_comes_moves_and_goes(served: Served, following: Following) -> None:
    one, two = served.beds
    assert await following.stays() == {}
    beds = await following.hub.of("bed")
    assert {f"his.{one}", f"his.{two}"} <= set(beds)
    first, stay = served.admit(one)
    second, other = served.admit(two)
    elsewhere, away = served.admit(served.elsewhere)
    assert await following.stays() == {
        stay["id"]: (name_of(first), one),
        other["id"]: (name_of(second), two),
    }
    # One leaves the ward, another one comes from there: within the same poll.
    served.transfer(stay["id"], served.elsewhere)
    served.transfer(away["id"], one)
    assert await following.stays() == {
        away["id"]: (name_of(elsewhere), one),
        other["id"]: (name_of(second), two),
    }
    # Within the ward, into the bed that is left in the same poll.
    served.discharge(other["id"])
    served.transfer(away["id"], two)
    assert await following.stays() == {away["id"]: (name_of(elsewhere), two)}
    # Entered by mistake, and put right.
    _, wrong = served.admit(one)
    assert set(await following.stays()) == {away["id"], wrong["id"]}
    served.cancel(wrong["id"])
    served.discharge(away["id"])
    assert await following.stays() == {}
    assert all(bed["occupants"] == () for bed in (await following.hub.of("bed")).values())


@shows("two patients in one bed, swapped beds, a stay put right to be another person's")
async def test_beds_and_persons_that_change(served: Served, following: Following) -> None:
    one, two = served.beds
    mother, stay = served.admit(one)
    child, other = served.admit(one)
    assert await following.stays() == {
        stay["id"]: (name_of(mother), one),
        other["id"]: (name_of(child), one),
    }
    bed = (await following.hub.of("bed"))[f"his.{one}"]
    assert len(bed["occupants"]) == 2
    served.transfer(other["id"], two)
    await following.stays()
    served.transfer(stay["id"], two)
    served.transfer(other["id"], one)
    assert await following.stays() == {
        stay["id"]: (name_of(mother), two),
        other["id"]: (name_of(child), one),
    }
    served.measure(mother["id"], stay["id"])
    assert await following.values()
    # The stay was the child's all along: what was measured at the mother is not shown for it.
    there = served.read(f"Encounter/{stay['id']}")
    served.put({**there, "subject": {"reference": f"Patient/{child['id']}"}})
    assert (await following.stays())[stay["id"]] == (name_of(child), two)
    assert await following.values() == {}


# ------------------------------------------------------------------------------------ observations


@shows("vital signs: arrival, correction, entered in error, deletion")
async def test_vital_signs_are_what_the_server_holds(served: Served, following: Following) -> None:
    patient, stay = served.admit(served.beds[0])
    assert set(await following.stays()) == {stay["id"]}
    there: list[Json] = []
    for _ in range(3):
        there += served.measure(patient["id"], stay["id"])
        assert await following.values() == bodies.told(there)
    served.bustle(patient["id"], stay["id"])
    assert await following.values() == bodies.told(there)
    at = served.now()
    rate = bodies.heart_rate("suite-hr", patient["id"], stay["id"], at)
    served.put(rate)
    assert (await following.values())["suite-hr"] == {Parameter.HEART_RATE: 80}
    # Put right there; and what is repeated with nothing new in it changes nothing.
    right = rate["valueQuantity"] | {"value": 81}
    served.put({**rate, "status": "corrected", "valueQuantity": right})
    assert (await following.values())["suite-hr"] == {Parameter.HEART_RATE: 81}
    served.put({**rate, "status": "corrected", "valueQuantity": right})
    assert (await following.values())["suite-hr"] == {Parameter.HEART_RATE: 81}
    served.put({**rate, "status": "entered-in-error"})
    assert "suite-hr" not in await following.values()
    assert await following.values() == bodies.told(there)
    # One is deleted for good: nothing tells it but that it is not there.
    gone = next(one for one in there if "valueQuantity" in one and one["id"] in bodies.told([one]))
    served.delete("Observation", gone["id"])
    served.later(1000)
    there.remove(gone)
    assert await following.values() == bodies.told(there)
    served.discharge(stay["id"])
    assert await following.values() == {}


@shows("paging: many rows of one instant, and rows that move while pages are read")
async def test_pages_lose_nothing(
    served: Served, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "PAGE", 7)
    patient, stay = served.admit(served.beds[0])
    at = served.now()
    rows = [
        bodies.heart_rate(f"page-{n:02}", patient["id"], stay["id"], at, 60 + n) for n in range(30)
    ]
    served.put(*rows)
    assert await following.values() == bodies.told(rows)
    # Between any two answers somebody touches a row that was read, and writes a new one.
    moved = iter(range(1, 5))

    def touch() -> None:
        n = next(moved, None)
        if n is not None:
            rows[n] = bodies.heart_rate(f"page-{n:02}", patient["id"], stay["id"], at, 100 + n)
            new = bodies.heart_rate(f"page-{90 + n}", patient["id"], stay["id"], at, 150 + n)
            rows.append(new)
            served.put(rows[n], new)

    served.later(1000)  # everything is read whole again
    touching(following, touch, monkeypatch)
    await following.values()
    assert next(moved, None) is None
    assert await following.values() == bodies.told(rows)


def touching(following: Following, touch: Callable[[], None], patch: pytest.MonkeyPatch) -> None:
    """Have something happen after each answer about Observations."""
    http = following.his.http

    def after(ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def asked(first: str, *more: Any) -> Any:
            reply = await ask(first, *more)
            if "Observation" in first:
                touch()
            return reply

        return asked

    for way in ("get", "search", "follow"):
        patch.setattr(http, way, after(getattr(http, way)))


@shows("a spoilt resource among good ones: set aside with its reason, until it is mended")
async def test_one_that_cannot_be_used_stops_no_other(served: Served, following: Following) -> None:
    patient, stay = served.admit(served.beds[0])
    at = served.now()
    good = bodies.heart_rate("good", patient["id"], stay["id"], at)
    spoilt = bodies.sign("spoilt", patient["id"], stay["id"], at, "8867-4", 80, "mg")
    served.put(good, spoilt)
    assert await following.values() == {"good": {Parameter.HEART_RATE: 80}}
    assert await following.rejected() == {"his.rejection.unit": 1}
    served.put(bodies.heart_rate("spoilt", patient["id"], stay["id"], at, 82))
    assert await following.values() == {
        "good": {Parameter.HEART_RATE: 80},
        "spoilt": {Parameter.HEART_RATE: 82},
    }
    await following.values()
    assert await following.rejected() == {}


# ------------------------------------------------------------------------------------------ orders


@shows("orders: due, given, stopped, deleted; allergies and diagnoses")
async def test_what_is_ordered_is_the_day(served: Served, following: Following) -> None:
    patient, stay = served.admit(served.beds[0])
    who = (patient["id"], stay["id"])
    # What changes seldom is followed each half minute only: it is there before the first look.
    why = {"diagnosis": [{"condition": {"reference": "Condition/suite-co"}}]}
    served.put(bodies.allergy("suite-al", patient["id"]), bodies.condition("suite-co", *who))
    served.put({**served.read(f"Encounter/{stay['id']}"), **why})
    await following.stays()
    now = served.now().replace(second=0, microsecond=0)
    first, second, third = (now + timedelta(minutes=n) for n in (30, 90, 150))
    order = bodies.medicine("suite-mr", *who, first, second)
    served.put(order, bodies.service("suite-sr", *who, third))
    due = {
        (PlanKind.MEDICINE, f"{first:%H:%M}"): PlanStatus.PLANNED,
        (PlanKind.MEDICINE, f"{second:%H:%M}"): PlanStatus.PLANNED,
    }
    told = await plan(following)
    assert due.items() <= told.items()
    ((_, at),) = told.keys() - due.keys()
    assert at == f"{third:%H:%M}"
    served.put(bodies.given("suite-ma", order, first))
    due[PlanKind.MEDICINE, f"{first:%H:%M}"] = PlanStatus.DONE
    assert due.items() <= (await plan(following)).items()
    served.put({**order, "status": "stopped"})
    served.delete("ServiceRequest", "suite-sr")
    served.later(1000)
    assert await plan(following) == {}
    kept = (await following.hub.of("encounter"))[f"his.{stay['id']}"]
    assert "Heart failure" in str(kept["diagnosis"])
    (allergy,) = [one for one in kept["precautions"] if one.slot == "allergy"]
    assert allergy.state == "present"


# ------------------------------------------------------------------------------------ writing back


def after(written: Written, *tried: Draft, **more: bool) -> Known:
    """What is known after a write."""
    return Known(source_id=written.source_id, version=written.version, tried=tried, **more)


async def kept_stay(served: Served, following: Following) -> tuple[Json, Json, Json]:
    """Somebody in the first bed: Patient, Encounter, and our document of the stay."""
    patient, stay = served.admit(served.beds[0])
    await following.stays()
    return patient, stay, (await following.hub.of("encounter"))[f"his.{stay['id']}"]


@shows("a nurse call written back once; somebody else's change is not overwritten")
async def test_a_call_is_one_task_there(served: Served, following: Following) -> None:
    patient, stay, kept = await kept_stay(served, following)
    call = dataclasses.replace(
        samples.CALL, bed_id=kept["bed_id"], encounter_id=kept["id"],
        patient_id=kept["patient"].id, placed_at=served.now(),
    )  # fmt: skip
    first = await following.his.write(call, Known())
    again = await following.his.write(call, Known(tried=(call,), again=True))
    assert (first.created, again.created) == (True, False)
    assert first.source_id == again.source_id
    (task,) = served.all("Task", patient["id"])
    assert (task["id"], task["status"]) == (first.source_id, "requested")
    assert task["encounter"] == {"reference": f"Encounter/{stay['id']}"}
    taken = dataclasses.replace(call, state=CallState.ACCEPTED)
    second = await following.his.write(taken, after(first, call, taken))
    task = served.read(f"Task/{first.source_id}")
    assert task["status"] == "accepted"
    served.put({**task, "status": "cancelled"})
    closed = dataclasses.replace(call, state=CallState.COMPLETED, closed_at=call.placed_at)
    with pytest.raises(Refused) as refused:
        await following.his.write(closed, after(second, taken, closed))
    assert refused.value.key == "his.write.conflict"
    assert served.read(f"Task/{first.source_id}")["status"] == "cancelled"
    # A person decides that ours stands.
    await following.his.write(closed, after(second, taken, closed, over=True))
    assert served.read(f"Task/{first.source_id}")["status"] == "completed"
    # Our own Task is nobody's plan.
    assert await plan(following) == {}


@shows("observations written back once, corrected and withdrawn")
async def test_what_is_measured_here_arrives_there(served: Served, following: Following) -> None:
    patient, stay, kept = await kept_stay(served, following)
    now = served.now()
    drafts = [
        dataclasses.replace(
            one, encounter_id=kept["id"], patient_id=kept["patient"].id, by=None,
            taken_at=now, entered_at=now,
        )
        for one in samples.OBSERVATIONS
    ]  # fmt: skip
    for draft in drafts:
        first = await following.his.write(draft, Known())
        again = await following.his.write(draft, Known(tried=(draft,), again=True))
        assert (again.source_id, again.created) == (first.source_id, False)
    there = served.all("Observation", patient["id"])
    assert len(there) == len(drafts)
    assert {one["status"] for one in there} == {"final"}
    assert {one["encounter"]["reference"] for one in there} == {f"Encounter/{stay['id']}"}
    arrived = await following.values()
    assert len(arrived) == len(drafts)
    assert sum(Parameter.TEMPERATURE in values for values in arrived.values()) == 1
    sign = next(one for one in drafts if one.sign == Parameter.TEMPERATURE)
    there_now = next(one for one in there if one.get("valueQuantity", {}).get("code") == "Cel")
    known = Written(
        source_id=there_now["id"], version=there_now["meta"]["versionId"], created=False
    )
    withdrawn = dataclasses.replace(sign, withdrawn=True)
    await following.his.write(withdrawn, after(known, sign, withdrawn))
    assert served.read(f"Observation/{there_now['id']}")["status"] == "entered-in-error"
    arrived = await following.values()
    assert len(arrived) == len(drafts) - 1
    assert not any(Parameter.TEMPERATURE in values for values in arrived.values())


@shows("a dose given here written back once, with its order")
async def test_a_dose_arrives_with_its_order(served: Served, following: Following) -> None:
    patient, stay, kept = await kept_stay(served, following)
    due = served.now().replace(second=0, microsecond=0) + timedelta(minutes=30)
    served.put(bodies.medicine("dose-mr", patient["id"], stay["id"], due))
    await following.stays()
    draft = dataclasses.replace(
        samples.GIVEN, item_id=f"his.MedicationRequest.dose-mr.{due:%Y%m%dT%H%M}",
        encounter_id=kept["id"], patient_id=kept["patient"].id, by=None, at=due, due_at=due,
    )  # fmt: skip
    first = await following.his.write(draft, Known())
    again = await following.his.write(draft, Known(tried=(draft,), again=True))
    assert (again.source_id, again.created) == (first.source_id, False)
    (dose,) = served.all("MedicationAdministration", patient["id"])
    assert dose["status"] == "completed"
    assert dose["request"] == {"reference": "MedicationRequest/dose-mr"}
    assert float(dose["dosage"]["dose"]["value"]) == 72.5
    assert await plan(following) == {(PlanKind.MEDICINE, f"{due:%H:%M}"): PlanStatus.DONE}


@shows("care at the bed written back once, and corrected")
async def test_what_is_done_at_the_bed_arrives_there(served: Served, following: Following) -> None:
    patient, stay, kept = await kept_stay(served, following)
    drafts = [
        dataclasses.replace(
            one, encounter_id=kept["id"], patient_id=kept["patient"].id, by=None, about=None,
            at=served.now(), recorded_at=served.now(),
        )
        for one in samples.CARE
        if one.kind in (CareKind.TURN, CareKind.VOID, CareKind.SEDATION, CareKind.LINE_CARE)
    ]  # fmt: skip
    for draft in drafts:
        first = await following.his.write(draft, Known())
        again = await following.his.write(draft, Known(tried=(draft,), again=True))
        assert (again.source_id, again.created) == (first.source_id, False)
    turn = drafts[0]
    wrong = dataclasses.replace(turn, withdrawn=True)
    await following.his.write(wrong, Known(tried=(turn, wrong), again=True))
    done = served.all("Procedure", patient["id"])
    measured = served.all("Observation", patient["id"])
    assert len(done) + len(measured) == len(drafts)
    assert {one["encounter"]["reference"] for one in done} == {f"Encounter/{stay['id']}"}
    assert [one["status"] for one in done].count("entered-in-error") == 1
    assert await following.values() == {}


@shows("answers written back")
async def test_what_a_patient_answers_arrives_there(served: Served, following: Following) -> None:
    patient, _, kept = await kept_stay(served, following)
    draft = dataclasses.replace(
        samples.PAIN_ANSWER, at=served.now(), encounter_id=kept["id"],
        patient_id=kept["patient"].id,
    )  # fmt: skip
    first = await following.his.write(draft, Known())
    again = await following.his.write(draft, Known(tried=(draft,), again=True))
    assert (again.source_id, again.created) == (first.source_id, False)
    (answer,) = served.all("QuestionnaireResponse", patient["id"])
    assert answer["status"] == "completed"


@shows("who did what (audit) written once")
async def test_the_audit_is_written_once(served: Served, following: Following) -> None:
    assert WriteKind.AUDIT in await following.his.takes()
    record = AuditRecord(
        id="01990000-0000-7000-8000-00000000a001",
        at=served.now(),
        ward="ward",
        kind="call.accept",
        by=Actor(device_id="d1"),
        outcome="applied",
        about=About(kind="call", id="0190-suite-call"),
    )
    first = await following.his.write_audit(record)
    again = await following.his.write_audit(record)
    assert first.source_id == again.source_id
    assert not again.created


# ------------------------------------------------------------------------------------- from outside


@shows("two hubs that follow it, one of them from later on, keep the same")
async def test_who_comes_later_keeps_the_same(served: Served, following: Following) -> None:
    patient, stay = served.admit(served.beds[0])
    _, other = served.admit(served.beds[1])
    await following.stays()
    served.measure(patient["id"], stay["id"])
    await following.stays()
    served.discharge(other["id"])
    served.measure(patient["id"], stay["id"])
    # Whoever begins in this very second has begun when both look.
    served.later(60)
    await following.stays()
    # A weight is of the stay, whose document the next look makes.
    await following.stays()
    his = client(served)
    try:
        with scratch() as folder, hub_side(his, served.clock, folder, "second") as second:
            assert await second.turn()
            assert await second.documents() == await following.hub.documents()
    finally:
        await his.close()


@shows("the report of `his check`")
async def test_what_it_can_do_is_told(served: Served) -> None:
    served.admit(served.beds[0])
    his = client(served)
    try:
        told = await asyncio.wait_for(check(his), 30)
    finally:
        await his.close()
    assert " beds, 1 patients" in told
    assert "Nothing was set aside." in told
    assert "observations entered at the ward: yes" in told
