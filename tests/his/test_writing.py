"""What the ward tells the HIS: once each, exact, never over somebody else's change."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from starlette.responses import Response

from smartward.clinical.his_write import WriteKind
from smartward.clinical.nurse_call import CallState
from smartward.clinical.plan import PlanStatus
from smartward.errors import BadData, Refused, Unreachable
from smartward.his.drafts import Draft, Known
from smartward.his.fhir.exchange import (
    CapabilityStatement,
    Interaction,
    RestResource,
    RestServer,
    SearchParam,
)
from smartward.his.fhir.writing_bodies import Bodies
from smartward.his.fhir.writing_offer import CreateWay, Offer, offer, taken
from smartward.his.fhir.writing_same import decoded, encoded, holds, laid_over
from smartward.his.port import Still, Written
from tests.fakes.fake_clock import MORNING
from tests.his import written_samples as samples
from tests.his.hospital import Follower, Hospital, patient, stay

pytestmark = pytest.mark.anyio

CALL = samples.CALL


def known(written: Written, *tried: Draft) -> Known:
    """What is known after a write."""
    return Known(source_id=written.source_id, version=written.version, tried=tried)


def rows(hospital: Hospital, kind: str) -> list[dict[str, Any]]:
    return [row.resource for row in hospital.world.store.all(kind)]


def put_plan(hospital: Hospital) -> None:
    """A patient with an order, a dose that is due and a task."""
    hospital.put(patient(), stay(), samples.ORDER, samples.SERVICE, samples.TASK)


async def test_a_call_becomes_one_task_however_often_it_is_sent() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        his = hospital.his()
        first = await his.write(CALL, Known())
        again = await his.write(CALL, Known(tried=(CALL,), again=True))
        (task,) = rows(hospital, "Task")
    assert (first.created, again.created) == (True, False)
    assert (first.source_id, first.version) == (again.source_id, again.version)
    assert (task["status"], task["priority"]) == ("requested", "urgent")
    assert task["for"] == {"reference": "Patient/p1"}
    assert task["encounter"] == {"reference": "Encounter/e1"}
    assert task["location"] == {"reference": "Location/bed-1"}


async def test_later_states_follow_and_a_conflict_is_told() -> None:
    closed = replace(CALL, state=CallState.COMPLETED, closed_at=MORNING + timedelta(minutes=4))
    async with Hospital() as hospital:
        his = hospital.his()
        first = await his.write(CALL, Known())
        second = await his.write(closed, known(first, CALL, closed))
        (task,) = rows(hospital, "Task")
        assert (second.version, task["status"]) == ("2", "completed")
        assert task["executionPeriod"]["end"].startswith("2026-11-21T00:34:00.000")
        # The answer was lost: what is there is our own.
        again = await his.write(closed, known(first, CALL, closed))
        assert (again.version, again.created) == ("2", False)
        hospital.world.change("Task", first.source_id, status="cancelled")
        accepted = replace(CALL, state=CallState.ACCEPTED)
        with pytest.raises(Refused) as refused:
            await his.write(accepted, known(second, closed, accepted))
        assert refused.value.key == "his.write.conflict"
        # A person decides that ours stands.
        over = replace(known(second, closed, accepted), over=True)
        await his.write(accepted, over)
        (task,) = rows(hospital, "Task")
        assert task["status"] == "accepted"


async def test_what_others_add_is_kept_and_asks_nobody() -> None:
    accepted = replace(CALL, state=CallState.ACCEPTED, accepted_by="pr-1")
    async with Hospital() as hospital:
        his = hospital.his()
        first = await his.write(CALL, Known())
        note = [{"text": "seen by the duty office"}]
        hospital.world.change("Task", first.source_id, note=note, authoredOn="2026-11-21T00:30:00Z")
        await his.write(accepted, known(first, CALL, accepted))
        (task,) = rows(hospital, "Task")
    assert (task["status"], task["note"]) == ("accepted", note)
    assert task["owner"] == {"reference": "Practitioner/pr-1"}


async def test_a_bed_or_stay_of_another_source_is_not_pointed_to() -> None:
    other = replace(CALL, bed_id="local.bed-1", encounter_id=None, patient_id=None)
    async with Hospital() as hospital:
        await hospital.his().write(other, Known())
        (task,) = rows(hospital, "Task")
    assert not {"location", "encounter", "for"} & set(task)


async def test_what_the_server_refuses_is_told_with_its_words() -> None:
    async with Hospital() as hospital:
        his = hospital.his()
        assert await his.takes() == frozenset(WriteKind)
        hospital.faults.refuse("Observation", 422, "the ward's <b>device</b> is not known")
        with pytest.raises(Refused) as refused:
            await his.write(samples.TEMPERATURE, Known())
        assert refused.value.values["status"] == 422
        assert "is not known" in str(refused.value.values["reason"])
        hospital.faults.refuse("Observation", None)
        await his.write(samples.TEMPERATURE, Known())
        await hospital.gateway.down()
        with pytest.raises(Unreachable):
            await his.write(CALL, Known())


async def test_our_own_tasks_are_not_read_back_as_plan() -> None:
    async with Hospital() as hospital:
        put_plan(hospital)
        follower = Follower(hospital.his())
        before = await follower.turn()
        assert len(before.items) >= 3
        await follower.his.write(CALL, Known())
        await follower.his.write(samples.SERVICE_DONE, Known())
        told = await follower.turn()
    assert told.items == ()
    assert told.rejected == ()


# ---------------------------------------------------------------------- what each kind becomes


async def test_an_observation_is_written_with_its_digits_and_corrected_not_deleted() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        his = hospital.his()
        first = await his.write(samples.TEMPERATURE, Known())
        row = hospital.world.store.get("Observation", first.source_id)
        assert row is not None
        wrong = replace(samples.TEMPERATURE, withdrawn=True)
        await his.write(wrong, known(first, samples.TEMPERATURE, wrong))
        (left,) = rows(hospital, "Observation")
    assert b'"value":36.50,' in encoded(Bodies("his").of(samples.TEMPERATURE))
    assert row.resource["valueQuantity"]["code"] == "Cel"
    assert (left["id"], left["status"]) == (first.source_id, "entered-in-error")


async def test_what_was_entered_comes_back_as_itself() -> None:
    """Every sign, through the server and our own reading of it, is the ward's own document."""
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        follower = Follower(hospital.his())
        await follower.turn()
        for draft in samples.OBSERVATIONS:
            await follower.his.write(draft, Known())
        told = await follower.turn()
    assert told.rejected == ()
    signs = follower.of("vital_sign")
    assert signs.keys() == {f"ward.{draft.id}" for draft in samples.OBSERVATIONS}
    for draft in samples.OBSERVATIONS:
        sign = signs[f"ward.{draft.id}"]
        assert sign.taken_at == draft.taken_at
        assert sign.panel_id == f"ward.{draft.id.split('.')[0]}"
        found = {one.parameter: one for one in sign.measurements}
        for value in draft.values:
            told_value = found[value.parameter]
            assert told_value.code == value.text or told_value.value == float(value.text)


async def test_what_was_done_at_the_bed_is_told_once_and_corrected_not_deleted() -> None:
    """Volumes and sedation as Observations, all else as Procedures; a retry makes no second one,
    a mistake stays there as one, and none of it comes back as something else."""
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        follower = Follower(hospital.his())
        await follower.turn()
        first = {draft.id: await follower.his.write(draft, Known()) for draft in samples.CARE}
        for draft in samples.CARE:
            again = await follower.his.write(draft, Known(tried=(draft,), again=True))
            assert (again.source_id, again.created) == (first[draft.id].source_id, False)
        turn = samples.CARE[0]
        wrong = replace(turn, withdrawn=True)
        await follower.his.write(wrong, known(first[turn.id], turn, wrong))
        told = await follower.turn()
        done, measured = rows(hospital, "Procedure"), rows(hospital, "Observation")
    assert len(done) + len(measured) == len(samples.CARE)
    assert (told.items, told.rejected) == ((), ())
    turns = [one for one in done if one["code"]["coding"][0]["code"] == "229824005"]
    assert [one["status"] for one in turns] == [
        "entered-in-error", "completed", "completed", "completed", "completed", "not-done",
    ]  # fmt: skip
    assert turns[1]["outcome"]["coding"][0]["code"] == "40199007"
    assert turns[1]["performer"] == [{"actor": {"reference": "Practitioner/pr-1"}}]
    urine = [one for one in measured if one["code"]["coding"][0]["code"] == "9187-6"]
    assert [one["valueQuantity"]["value"] for one in urine] == [0, 350]
    (missed,) = [one for one in done if one["code"]["text"] == "Observations, heart rate"]
    assert (missed["status"], missed["statusReason"]) == ("not-done", {"text": "refused"})
    vital_signs = [one for one in done if one["code"]["coding"][0]["code"] == "61746007"]
    assert {one["code"]["text"] for one in vital_signs} == {"Observations"}, "not of one value"
    (read_back,) = [one for one in done if "reasonReference" in one]
    assert read_back["reasonReference"] == [{"reference": "Observation/obs-1"}]
    (unit,) = [one for one in done if "partOf" in one]
    assert unit["partOf"] == [{"reference": "MedicationAdministration/ma-1"}]


async def test_a_dose_takes_over_what_was_ordered_digit_for_digit() -> None:
    async with Hospital() as hospital:
        put_plan(hospital)
        his = hospital.his()
        await his.write(samples.GIVEN, Known())
        await his.write(samples.NOT_GIVEN, Known())
        given, not_given = sorted(rows(hospital, "MedicationAdministration"), key=lambda r: r["id"])
    assert given["medicationCodeableConcept"] == samples.ORDER["medicationCodeableConcept"]
    assert given["dosage"]["dose"]["value"] == 72.5
    assert given["request"] == {"reference": "MedicationRequest/mr-1"}
    assert (given["status"], not_given["status"]) == ("completed", "not-done")
    assert not_given["statusReason"] == [{"text": "vomiting"}]
    assert "dosage" not in not_given
    assert not_given["effectiveDateTime"].startswith("2026-11-21T01:00")


async def test_a_task_of_the_hospital_is_settled_and_keeps_what_it_holds() -> None:
    async with Hospital() as hospital:
        put_plan(hospital)
        his = hospital.his()
        done = await his.write(samples.TASK_DONE, Known())
        (task,) = rows(hospital, "Task")
        assert (task["id"], task["status"], done.created) == ("t-1", "completed", False)
        assert task["restriction"] == samples.TASK["restriction"]
        mistake = replace(samples.TASK_DONE, status=PlanStatus.PLANNED, withdrawn=True)
        await his.write(mistake, known(done, samples.TASK_DONE, mistake))
        (task,) = rows(hospital, "Task")
        assert (task["status"], "executionPeriod" in task) == ("requested", False)
        hospital.world.change("Task", "t-1", status="failed")
        with pytest.raises(Refused) as refused:
            await his.write(samples.TASK_DONE, Known(tried=(samples.TASK_DONE,)))
    assert refused.value.key == "his.write.conflict"


async def test_an_order_that_is_no_task_gets_one_of_ours() -> None:
    async with Hospital() as hospital:
        put_plan(hospital)
        hospital.world.store.delete("Task", "t-1")
        await hospital.his().write(samples.SERVICE_DONE, Known())
        (task,) = rows(hospital, "Task")
    assert task["basedOn"] == [{"reference": "ServiceRequest/sr-1"}]
    assert task["status"] == "completed"


async def test_an_answer_of_the_patient() -> None:
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        await hospital.his().write(samples.PAIN_ANSWER, Known())
        await hospital.his().write(samples.PAIN_ANSWER, Known())
        (found,) = rows(hospital, "QuestionnaireResponse")
    assert found["item"] == [{"linkId": "pain", "answer": [{"valueInteger": 4}]}]


# ---------------------------------------------------------------------- what a server offers


def offering(*codes: str, type: str = "Task", named: bool = True, **more: bool) -> RestServer:
    return RestServer(
        mode="server",
        resource=(
            RestResource(
                type=type,
                interaction=tuple(Interaction(code=code) for code in codes),
                search_param=(SearchParam(name="identifier" if named else "date"),),
                **more,
            ),
        ),
    )


def statement(*rest: RestServer) -> CapabilityStatement:
    return CapabilityStatement(resource_type="CapabilityStatement", rest=rest)


@pytest.mark.parametrize(
    "said, way",
    [
        (None, Offer(None, False)),
        (statement(), Offer(None, False)),
        (statement(offering("read", "search-type")), Offer(None, False)),
        (statement(offering("create")), Offer(None, False)),
        (statement(offering("create", conditional_create=True)),
         Offer(CreateWay.CONDITIONAL, False)),
        (statement(offering("create", "update", conditional_create=True)),
         Offer(CreateWay.CONDITIONAL, True)),
        (statement(offering("create", "update", conditional_create=True, named=False)),
         Offer(None, True)),
        (statement(offering("update", update_create=True)), Offer(CreateWay.OWN_ID, True)),
        (statement(offering("create", "search-type")), Offer(CreateWay.SEARCH_FIRST, False)),
    ],
)  # fmt: skip
def test_how_a_server_takes_one_type(said: CapabilityStatement | None, way: Offer) -> None:
    assert offer(said, "Task") == way


def test_what_has_later_states_wants_a_server_that_updates() -> None:
    only_new = statement(
        offering("create", conditional_create=True),
        offering("create", conditional_create=True, type="Observation"),
    )
    assert taken(only_new) == {WriteKind.OBSERVATION, WriteKind.CARE_VALUE}
    assert taken(statement()) == frozenset()
    with pytest.raises(BadData):  # nothing is known, which is not the same
        taken(None)


@pytest.mark.parametrize("way", list(CreateWay))
async def test_each_way_makes_one_and_no_more(
    way: CreateWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartward.his.fhir.writing.offer", lambda said, type: Offer(way, True))
    async with Hospital() as hospital:
        his = hospital.his()
        first = await his.write(CALL, Known(tried=(CALL,)))
        accepted = replace(CALL, state=CallState.ACCEPTED)
        # Both answers were lost: nothing is known but what was sent.
        await his.write(accepted, Known(tried=(CALL, accepted), again=True))
        again = await his.write(accepted, Known(tried=(CALL, accepted), again=True))
        (task,) = rows(hospital, "Task")
    assert (task["status"], again.source_id, again.created) == ("accepted", first.source_id, False)


def ignoring(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A server that does not heed one of our headers."""
    real = httpx.AsyncHTTPTransport.handle_async_request

    async def heedless(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        request.headers.pop(name, None)
        return await real(self, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", heedless)


def offered(monkeypatch: pytest.MonkeyPatch, what: Offer) -> None:
    monkeypatch.setattr("smartward.his.fhir.writing.offer", lambda said, type: what)


@pytest.mark.parametrize("way", list(CreateWay))
async def test_every_sign_is_made_once_in_each_way(
    way: CreateWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(monkeypatch, Offer(way, True))
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        his = hospital.his()
        for draft in samples.OBSERVATIONS:
            first = await his.write(draft, Known(tried=(draft,)))
            again = await his.write(draft, Known(tried=(draft,), again=True))
            assert (first.created, again.created) == (True, False)
            assert again.source_id == first.source_id
            if way is CreateWay.OWN_ID:
                assert first.source_id == draft.id.replace("_", "-")
        found = rows(hospital, "Observation")
    assert len(found) == len(samples.OBSERVATIONS) == 10
    assert {one["identifier"][0]["value"] for one in found} == {
        draft.id for draft in samples.OBSERVATIONS
    }


async def test_an_id_that_cannot_be_the_servers_is_made_in_no_other_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered(monkeypatch, Offer(CreateWay.OWN_ID, True))
    async with Hospital() as hospital:
        with pytest.raises(Refused):
            await hospital.his().write(replace(CALL, id="c" * 65), Known())
        assert rows(hospital, "Task") == []


async def test_a_retry_under_our_own_id_leaves_anothers_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first answer was lost, and somebody changed it before the second try."""
    offered(monkeypatch, Offer(CreateWay.OWN_ID, True))
    ignoring(monkeypatch, "if-none-match")
    async with Hospital() as hospital:
        his = hospital.his()
        await his.write(CALL, Known(tried=(CALL,)))
        hospital.world.change("Task", CALL.id, status="cancelled")
        with pytest.raises(Refused) as refused:
            await his.write(CALL, Known(tried=(CALL,), again=True))
        assert refused.value.key == "his.write.conflict"
        (task,) = rows(hospital, "Task")
    assert task["status"] == "cancelled"


async def test_what_was_deleted_is_made_anew_only_where_a_person_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered(monkeypatch, Offer(CreateWay.OWN_ID, True))
    async with Hospital() as hospital:
        his = hospital.his()
        written = await his.write(CALL, Known(tried=(CALL,)))
        assert await his.still(WriteKind.NURSE_CALL, written.source_id) is Still.THERE
        hospital.world.store.delete("Task", CALL.id)
        assert await his.still(WriteKind.NURSE_CALL, written.source_id) is Still.REMOVED
        assert await his.still(WriteKind.NURSE_CALL, "never") is Still.NOT_FOUND
        with pytest.raises(Refused) as refused:
            await his.write(CALL, Known(tried=(CALL,), again=True))
        assert refused.value.key == "his.write.gone"
        again = await his.write(CALL, Known(again=True, over=True))
        assert again.source_id == written.source_id
        assert [one["id"] for one in rows(hospital, "Task")] == [CALL.id]


@pytest.mark.parametrize("way", list(CreateWay))
@pytest.mark.parametrize("id", ["a-better", "zz-better"])
async def test_what_took_the_place_of_ours_is_not_doubled(
    way: CreateWay, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours is in error there and another final under its identifier: "ours stands" finds that."""
    offered(monkeypatch, Offer(way, True))
    draft = samples.TEMPERATURE
    async with Hospital() as hospital:
        hospital.put(patient(), stay())
        his = hospital.his()
        first = await his.write(draft, Known())
        (made,) = rows(hospital, "Observation")
        hospital.put({**made, "id": id, "meta": {}})
        hospital.world.change("Observation", first.source_id, status="entered-in-error")
        again = await his.write(draft, Known(again=True, over=True))
        states = {row["id"]: row["status"] for row in rows(hospital, "Observation")}
    assert again.source_id == id
    assert states == {first.source_id: "entered-in-error", id: "final"}


@pytest.mark.parametrize(
    "answer, still",
    [
        (Response("<html></html>", 404), Still.UNTOLD),
        (Response("{}", 503), Still.UNTOLD),
        (Response("{}", 403), Still.UNTOLD),
        (Response("[" * 100_000, 200), Still.UNTOLD),
        (Response('{"message":"no Route matched with those values"}', 404), Still.UNTOLD),
        (Response("{}", 410), Still.UNTOLD),
        (Response('{"resourceType":"OperationOutcome","issue":[]}', 404), Still.NOT_FOUND),
        (Response("", 404), Still.NOT_FOUND),
        (Response("", 410), Still.REMOVED),
        (Response(b'{"id":"a","status":"entered-in-error"}', 200), Still.REMOVED),
    ],
)
async def test_only_the_server_s_own_word_says_that_something_is_gone(
    answer: Response, still: Still
) -> None:
    async with Hospital() as hospital:

        async def instead() -> Response:
            return answer

        hospital.faults.instead = instead  # type: ignore[method-assign]  # a stand-in of this test
        assert await hospital.his().still(WriteKind.OBSERVATION, "a") is still


async def test_a_later_state_leaves_anothers_word_without_if_match(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered(monkeypatch, Offer(CreateWay.CONDITIONAL, True))
    ignoring(monkeypatch, "if-match")
    accepted = replace(CALL, state=CallState.ACCEPTED)
    async with Hospital() as hospital:
        his = hospital.his()
        first = await his.write(CALL, Known())
        hospital.world.change("Task", first.source_id, status="rejected")
        with pytest.raises(Refused) as refused:
            await his.write(accepted, known(first, CALL, accepted))
        assert refused.value.key == "his.write.conflict"
        (task,) = rows(hospital, "Task")
    assert task["status"] == "rejected"


def test_a_server_says_whether_it_heeds_versions() -> None:
    for versioning, guards in ((None, False), ("versioned", False), ("versioned-update", True)):
        rest = offering("create", "update", conditional_create=True)
        resource = msgspec.structs.replace(rest.resource[0], versioning=versioning)
        said = statement(msgspec.structs.replace(rest, resource=(resource,)))
        assert offer(said, "Task") == Offer(CreateWay.CONDITIONAL, True, guards)


async def test_a_server_that_ignores_our_condition_makes_no_second_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It answers a search with everything it has: only what carries our identifier counts."""
    async with Hospital() as hospital:
        his = hospital.his()
        other = replace(CALL, id="another-call")
        await his.write(other, Known())
        monkeypatch.setattr(
            "smartward.his.simulator.rest.Rest._matching", lambda self, kind, condition: []
        )
        first = await his.write(CALL, Known(tried=(CALL,)))
        again = await his.write(CALL, Known(tried=(CALL,), again=True))
        assert len(rows(hospital, "Task")) == 2
    assert first.source_id == again.source_id


# ---------------------------------------------------------------------- the same in other words


def test_a_server_may_say_the_same_in_other_words() -> None:
    ours = {
        "resourceType": "Task",
        "status": "requested",
        "for": {"reference": "Patient/p1"},
        "authoredOn": "2026-11-21T00:30:00.000+00:00",
        "identifier": [{"system": "s", "value": "v"}],
        "value": Decimal("72.50"),
    }
    theirs = {
        "resourceType": "Task",
        "id": "x",
        "status": "requested",
        "for": {"reference": "https://h.example/fhir/Patient/p1/_history/2", "display": "N"},
        "authoredOn": "2026-11-21T08:30:00+08:00",
        "identifier": [{"system": "other", "value": "o"}, {"system": "s", "value": "v"}],
        "value": Decimal("72.5"),
    }
    assert holds(theirs, ours)
    for name, value in (
        ("status", "accepted"),
        ("authoredOn", "2026-11-21T00:31:00Z"),
        ("for", {"reference": "Patient/p2"}),
        ("identifier", []),
        ("value", Decimal("72.51")),
        ("value", True),
        ("for", "Patient/p1"),
    ):
        assert not holds({**theirs, name: value}, ours), name


def test_decimals_stay_as_they_are_written() -> None:
    text = b'{"id":"a","dose":72.50,"small":0.000001,"big":123456789.125,"n":3}'
    laid = laid_over(decoded(text), {"status": "x"}, ())
    assert b'"dose":72.50' in encoded(laid)
    assert b"123456789.125" in encoded(laid)
    assert msgspec.json.decode(encoded(laid))["n"] == 3


def test_what_we_said_before_and_say_no_more_goes() -> None:
    theirs = {"id": "a", "owner": 1, "note": 2, "status": "accepted"}
    laid = laid_over(theirs, {"status": "requested"}, [{"owner": 1, "status": "accepted"}])
    assert laid == {"id": "a", "note": 2, "status": "requested"}
