"""What we write, and what our simulator serves, judged by a validator that others wrote: fhirkit.

It holds the whole of R4 4.0.1: every element's type, number and required codes.
"""

import json
from collections import Counter
from typing import Any

import fhirkit
import httpx
import pytest

from smartward.clinical.audit import About, AuditRecord
from smartward.clinical.call_mark import Actor
from smartward.clinical.care_event import CareKind
from smartward.his.fhir.audit_event import audit_event
from smartward.his.fhir.writing_same import encoded
from smartward.his.simulator import scenes
from tests.fakes.fake_clock import MORNING
from tests.his.hospital import Hospital
from tests.his.test_real_data import EXAMPLES, examples
from tests.his.written_samples import samples

pytestmark = pytest.mark.anyio


def wrong(body: dict[str, Any] | bytes) -> list[str]:
    """What a validator says against a resource."""
    return [str(one) for one in fhirkit.validate(body) if one.severity == "error"]


_REQUIRED: dict[tuple[str, str], str] = {
    ("Task", "status"): "draft requested received accepted rejected ready cancelled in-progress "
    "on-hold failed completed entered-in-error",
    ("Task", "intent"): "unknown proposal plan order original-order reflex-order filler-order "
    "instance-order option",
    ("Task", "priority"): "routine urgent asap stat",
    ("Observation", "status"): "registered preliminary final amended corrected cancelled "
    "entered-in-error unknown",
    ("MedicationAdministration", "status"): "in-progress not-done on-hold completed "
    "entered-in-error stopped unknown",
    ("Procedure", "status"): "preparation in-progress not-done on-hold stopped completed "
    "entered-in-error unknown",
    ("QuestionnaireResponse", "status"): "in-progress completed amended entered-in-error stopped",
    ("AuditEvent", "action"): "C R U D E",
    ("AuditEvent", "outcome"): "0 4 8 12",
}
"""The standard's required codes of what we write (R4 4.0.1); the validator looks at their form."""


def unbound(body: dict[str, Any]) -> list[str]:
    """Codes of a resource that are none of the standard's required ones."""
    kind = body["resourceType"]
    return [
        f"{kind}.{name} {body[name]!r}"
        for (of, name), codes in _REQUIRED.items()
        if of == kind and name in body and body[name] not in codes.split()
    ]


def test_the_validator_finds_what_is_wrong() -> None:
    bad = {"resourceType": "Task", "status": "asked", "intent": "order", "for": {"reference": 5}}
    assert len(wrong(bad)) == 1
    assert len(unbound(bad)) == 1
    assert wrong({"resourceType": "Task", "intent": "order"})
    assert wrong({"resourceType": "Observation", "status": "final", "code": {}, "valu": 1})


@pytest.mark.verifies(
    "fhirkit-rs 0.1.0 (R4 validator)",
    "all that is written to a hospital is valid R4",
)
def test_all_that_we_write_is_valid() -> None:
    """Every kind of resource in every form, as it is sent: calls, tasks, observations, doses given
    and not given, what was done at the bed, answers, audit."""
    found = list(samples())
    assert {one["resourceType"] for one in found} >= {
        "AuditEvent",
        "MedicationAdministration",
        "Observation",
        "Procedure",
        "QuestionnaireResponse",
        "Task",
    }
    told_of = {coding["code"] for one in found for coding in one.get("code", {}).get("coding", ())}
    assert set(CareKind) - told_of <= {"reviewed", "as_needed", "limits_asked"}
    told = {
        (n, one["resourceType"]): wrong(encoded(one)) + unbound(one) for n, one in enumerate(found)
    }
    assert {key: text for key, text in told.items() if text} == {}


@pytest.mark.verifies(
    "fhirkit-rs 0.1.0 (R4 validator)",
    "every kind of audit is a valid AuditEvent",
)
@pytest.mark.parametrize(
    "kind",
    ["call.accept", "alert.snooze", "session.start", "session.refused", "masking.set",
     "sheet.read", "name.unmask", "profile.set", "silence.begin", "log.export", "device.enrol"],
)  # fmt: skip
@pytest.mark.parametrize("outcome", ["applied", "refused", "gone"])
def test_every_kind_of_audit_is_a_valid_event(kind: str, outcome: str) -> None:
    record = AuditRecord(
        id="01990000-0000-7000-8000-00000000a001",
        at=MORNING,
        ward="ward",
        kind=kind,
        by=Actor(device_id="d1", person_id="his.n1", name="周明", family="周", known="badge"),
        about=About(
            kind="encounter",
            id="his.e1",
            bed="his.bed-1",
            encounter="his.e1",
            why="asked",
            detail={"what": "it"},
        ),
        outcome=outcome,
        key="action.refused" if outcome == "refused" else None,
        touched_at=MORNING,
    )
    body = audit_event(record, "his", "p1")
    assert wrong(json.dumps(body).encode()) + unbound(body) == []


@pytest.mark.verifies(
    "fhirkit-rs 0.1.0 (R4 validator)",
    "all that the simulator serves is valid R4",
)
@pytest.mark.parametrize("scene", ["morning", "day", "longest"])
def test_all_that_the_simulator_holds_is_valid(scene: str) -> None:
    world = scenes.build(scene, 7, 40, MORNING, "allergy,laboratory" if scene == "day" else "")
    found = [row.text for kind in world.store.counts() for row in world.store.all(kind)]
    assert len(found) > 500
    told = Counter(text for body in found for text in wrong(body))
    assert told == Counter()


async def test_what_the_simulator_answers_is_valid() -> None:
    async with Hospital.scene() as hospital, httpx.AsyncClient(base_url=hospital.url) as client:
        for path in (
            "metadata",
            "Encounter?_count=5",
            "Observation?_count=50&_sort=_lastUpdated",
            "Patient/none",
            "Patient?colour=red",
        ):
            answer = await client.get(f"{hospital.url}/{path}")
            assert wrong(answer.content) == [], path


def test_the_validator_knows_the_standard_s_examples() -> None:
    """It finds nothing against HL7's own examples: what it says is worth something."""
    examples()
    told = {path.name: wrong(path.read_bytes()) for path in sorted(EXAMPLES.glob("*-*.json"))}
    assert {name: found for name, found in told.items() if found} == {}
