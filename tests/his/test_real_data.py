"""Resources that others made: the standard's own examples, and a synthetic ward of 40 beds."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from smartward.clinical.encounter import Assessment
from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.documents import derive
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_encounter import encounter
from smartward.his.fhir.mapping_infusion import infusion
from smartward.his.fhir.mapping_person import person
from smartward.his.fhir.mapping_place import bed, ward
from smartward.his.fhir.mapping_plan import Planner
from smartward.his.fhir.mapping_precaution import precautions
from smartward.his.fhir.mapping_staff import staffing
from smartward.his.fhir.mapping_vital import vital_sign
from smartward.his.fhir.medications import MedicationAdministration
from smartward.his.fhir.reject import Ended, Reject
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.resources import (
    Encounter,
    Flag,
    Location,
    Observation,
    Patient,
    PractitionerRole,
    Resource,
)
from smartward.his.fhir.setting import Setting
from smartward.his.fhir.times import Window
from smartward.his.fhir.walk import decode
from smartward.his.port import Rejection, Value
from tests.fakes.fake_clock import ManualClock
from tests.his.hospital import Follower, Hospital, small_ward

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SMARTWARD_SHARED_DATA", ROOT.parent / "shared" / "data"))
EXAMPLES = SHARED / "hl7-fhir-r4-examples"
WARD40 = ROOT / "tests" / "data" / "ward40.ndjson.gz"

TABLE = ROOT / "build" / "hl7-examples.tsv"
"""What became of the standard's examples, by type."""
NOT_READ = "a type that is not read"

BOOK = load_mapping()
NOW = datetime(2016, 3, 14, 12, tzinfo=UTC)


def mapped(resource: Resource) -> str:
    """What becomes of one resource by itself: `value`, `gone`, or the key of its reason."""
    patient = patient_of(resource) or "p"
    chart = Chart(patient)
    chart.put(resource)
    window = Window(datetime(1990, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), BOOK.zone)
    try:
        match resource:
            case Observation():
                vital_sign(resource, BOOK, "his", "his.e", None)
            case MedicationAdministration():
                infusion(resource, chart, BOOK, "his", "his.e", NOW)
            case Encounter():
                places = frozenset(
                    id
                    for one in resource.location
                    if one.location is not None
                    and (id := one.location.id_of("Location")) is not None
                )
                chart.put(named(patient))
                encounter(resource, chart, [], Setting("his", BOOK, NOW, places, places, {}))
            case Patient():
                person(resource, Setting("his", BOOK, NOW, frozenset(), frozenset(), {}))
            case Location():
                ward(resource, BOOK, "his.w")
                bed(resource, {}, BOOK, "his")
            case PractitionerRole():
                staffing([resource], {}, BOOK, NOW, BOOK.zone)
            case _:
                precautions(
                    "e",
                    chart,
                    chart.all(Flag),
                    Setting("his", BOOK, NOW, frozenset(), frozenset(), {}),
                )
                Planner(chart, BOOK, "his", "his.e", window).items(resource)
    except Ended:
        return "gone"
    except Reject as reason:
        return reason.key
    return "value"


def named(id: str) -> Patient:
    """Somebody with a name, so that an Encounter alone can be mapped."""
    body = {"resourceType": "Patient", "id": id, "name": [{"text": "x"}]}
    return msgspec.convert(body, Patient)


def examples() -> list[Path]:
    if not EXAMPLES.is_dir():
        pytest.skip("the HL7 examples are not beside this clone (SMARTWARD_SHARED_DATA)")
    return sorted(EXAMPLES.glob("*.json"))


def inside(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A resource, or the resources in a Bundle."""
    if body.get("resourceType") == "Bundle":
        for entry in body.get("entry", []):
            yield from inside(entry.get("resource", {}))
    else:
        yield body


@pytest.mark.verifies(
    "HL7 FHIR R4 examples 4.0.1",
    "each of 489 files mapped, or set aside with a reason",
)
def test_each_official_example_is_a_value_or_has_a_reason() -> None:
    told: dict[str, Counter[str]] = {}
    paths = [path for path in examples() if path.name != "package.json"]
    for path in paths:
        for body in inside(json.loads(path.read_text(encoding="utf-8"))):
            kind = body.get("resourceType", "(entry without a resource)")
            outcome = NOT_READ
            if kind in STRUCTS:
                resource = decode(msgspec.Raw(msgspec.json.encode(body)), kind)
                assert resource is not None
                outcome = resource.key if isinstance(resource, Rejection) else mapped(resource)
            told.setdefault(kind, Counter())[outcome] += 1
    lines = [
        f"{kind}\t{outcome}\t{count}"
        for kind, counts in sorted(told.items())
        for outcome, count in sorted(counts.items())
    ]
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(["type\toutcome\tresources", *lines, ""]), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))
    assert len(paths) == 489
    told = {kind: counts for kind, counts in told.items() if kind in STRUCTS}
    everything = sum((counts for counts in told.values()), Counter[str]())
    assert everything["his.rejection.malformed"] == 0
    assert told["Patient"]["value"] >= 22
    # The examples' vital signs are dated to the day, which is no time for a ward.
    assert told["Observation"]["his.rejection.time"] == 5
    assert set(everything) <= {
        "value",
        "gone",
        "his.rejection.code",
        "his.rejection.missing",
        "his.rejection.no_time",
        "his.rejection.not_used",
        "his.rejection.range",
        "his.rejection.reference",
        "his.rejection.status",
        "his.rejection.time",
        "his.rejection.unit",
    }


def test_the_official_vital_signs_have_their_values() -> None:
    examples()
    expected = {
        "Observation-heart-rate.json": [("heart_rate", 44.0, None)],
        "Observation-respiratory-rate.json": [("respiratory_rate", 26.0, None)],
        "Observation-body-temperature.json": [("temperature", 36.5, None)],
        "Observation-satO2.json": [("oxygen_saturation", 95.0, None)],
        "Observation-blood-pressure.json": [("systolic", 107.0, None), ("diastolic", 60.0, None)],
    }
    for name, values in expected.items():
        path = EXAMPLES / name
        if not path.is_file():
            continue
        body = json.loads(path.read_text(encoding="utf-8"))
        # The standard's examples give a day only, which is no time for a ward.
        body["effectiveDateTime"] = "2012-09-17T08:00:00Z"
        one = msgspec.json.decode(msgspec.json.encode(body), type=Observation)
        if one.status == "final":
            found = vital_sign(one, BOOK, "his", "his.e", None).measurements
            assert [(m.parameter, m.value, m.code) for m in found] == values


def ward40() -> Iterator[dict[str, Any]]:
    with gzip.open(WARD40, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@pytest.mark.verifies(
    "clinosim 0.6.5 ward (40 beds, 48 h, synthetic)",
    "the whole ward through the client",
)
@pytest.mark.anyio
async def test_a_foreign_ward_of_40_beds_through_the_whole_client() -> None:
    clock = ManualClock(datetime(2026, 8, 1, 23, 59, tzinfo=UTC))
    world = small_ward(clock.now())
    for body in ward40():
        world.put(body)
    async with Hospital(world, clock) as hospital:
        follower = Follower(hospital.his("loc-ward-7A"))
        told = await follower.turn()
        again = await follower.turn()
    kinds = Counter(str(one.kind) for one in told.items if isinstance(one, Value))
    assert follower.census is not None
    assert len(follower.census.beds) == 40
    stays = follower.encounters()
    # Two of the 40 stays are in progress and have left their bed and the ward.
    assert len(stays) == 38
    assert len({one.bed_id for one in stays.values()}) == 38
    assert all(one.diagnosis and one.patient.birth_date for one in stays.values())
    assert all({m.role for m in one.team} >= {"doctor", "nurse"} for one in stays.values())
    # 3,937 of its Observations are vital signs; 53 belong to the two who have left.
    assert kinds["vital_sign"] == 3884
    assert kinds["plan_item"] == 480
    # Of the last 48 h: potassium, glucose, creatinine, blood count and the like.
    assert kinds["lab_result"] == 378
    reasons = Counter((one.resource_type, one.key) for one in told.rejected)
    assert reasons == {("MedicationRequest", "his.rejection.no_time"): 121}
    # "No known allergy" marked resolved is no evidence; only real allergies show.
    allergies = Counter(one.precautions[0].state for one in stays.values())
    assert allergies[Assessment.ABSENT] == 0
    assert again.items == ()


def test_each_resource_of_the_foreign_ward_by_itself() -> None:
    told: dict[str, Counter[str]] = {}
    for body in ward40():
        kind = body["resourceType"]
        resource = decode(msgspec.Raw(msgspec.json.encode(body)), kind)
        assert resource is not None
        outcome = resource.key if isinstance(resource, Rejection) else mapped(resource)
        told.setdefault(kind, Counter())[outcome] += 1
    for kind, counts in sorted(told.items()):
        print(f"{kind:26} {dict(counts)}")
    assert told["Encounter"] == {"value": 38, "gone": 2}
    assert told["Observation"]["value"] == 3937


def test_a_stay_of_the_foreign_ward_can_be_derived_again_and_again() -> None:
    chart = Chart("x")
    for body in ward40():
        one = decode(msgspec.Raw(msgspec.json.encode(body)), body["resourceType"])
        if isinstance(one, Resource) and patient_of(one) is not None:
            if chart.patient_id == "x":
                chart.patient_id = str(patient_of(one))
            if patient_of(one) == chart.patient_id:
                chart.put(one)
    stay = chart.all(Encounter)[0].id
    now = datetime(2026, 8, 1, 20, tzinfo=UTC)
    first = derive(stay, chart, BOOK, "his", now, BOOK.zone)
    second = derive(stay, chart, BOOK, "his", now, BOOK.zone)
    assert first == second
    assert first.plan
