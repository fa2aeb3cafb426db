"""Resources with elements lost, doubled or of another kind: a document or a reason, no accident."""

import random
from typing import Any

import msgspec
import pytest

from smartward.clinical.bed import natural_order
from smartward.clinical.encounter import Encounter
from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.documents import derive, encounter_item
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_place import bed
from smartward.his.fhir.mapping_staff import staffing
from smartward.his.fhir.mapping_vital import vital_sign
from smartward.his.fhir.reject import Ended, Reject
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.resources import (
    Location,
    Observation,
    Practitioner,
    PractitionerRole,
    Resource,
)
from smartward.his.fhir.setting import Setting
from smartward.his.fhir.walk import decode
from smartward.his.port import Gone, Rejection, Value
from smartward.his.simulator import scenes
from tests.fakes.fake_clock import MORNING

BOOK = load_mapping()
ODD: tuple[Any, ...] = (
    None, "", " ", "x" * 300, "2026", "2026-11-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    "Patient/", "/", "Encounter/enc-1/_history/", 0, -1, 1, 2**40, 1e300, -0.0, True, False, [], {},
    [None], [[]], [{}], {"value": 0}, {"start": 7}, {"coding": [{}]}, {"reference": ""}, "\u0000",
    "active", "in-progress", "entered-in-error",
)  # fmt: skip


def spoilt(body: Any, chance: random.Random) -> Any:
    """A copy with one place of it changed."""
    places: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                collect(node[key])

    copy = msgspec.json.decode(msgspec.json.encode(body))
    collect(copy)
    node, key = chance.choice(places)
    if key in ("resourceType", "id"):
        return copy
    match chance.randrange(3):
        case 0:
            del node[key]
        case 1:
            node[key] = chance.choice(ODD)
        case _:
            node[key] = [node[key], chance.choice(ODD)]
    return copy


@pytest.fixture(scope="module")
def ward() -> dict[str, list[dict[str, Any]]]:
    """Every resource of one patient with a drip, orders, fasting and a score, and the places."""
    world = scenes.build("morning", 7, 40, MORNING)
    stay = world.stays["bed-12"]
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in world.store.counts():
        for row in world.store.all(kind):
            body = row.resource
            resource = decode(msgspec.Raw(row.text), kind)
            assert isinstance(resource, Resource)
            about = patient_of(resource)
            if about == stay.patient or about is None:
                found.setdefault(kind, []).append(body)
    found["Observation"] = found["Observation"][-60:]
    return found


def looked_at(resources: list[Resource], seed: int) -> None:
    """All that the client does with one patient's resources."""
    patients = {patient_of(one) for one in resources if isinstance(one, Stay)} - {None}
    chart = Chart(str(next(iter(patients), "pat-12")))
    people: dict[str, Practitioner] = {}
    beds = frozenset(one.id for one in resources if isinstance(one, Location))
    for one in resources:
        chart.put(one)
        if isinstance(one, Practitioner):
            people[one.id] = one
    for stay in chart.all(Stay):
        derived = derive(stay.id, chart, BOOK, "his", MORNING, BOOK.zone)
        item = encounter_item(
            stay, chart, derived, Setting("his", BOOK, MORNING, beds, beds, people)
        )
        assert isinstance(item, Value | Rejection | Gone), seed
        if isinstance(item, Value):
            assert isinstance(item.body, Encounter)
            assert len(item.body.precautions) == 6
    for one in resources:
        try:
            if isinstance(one, Observation):
                vital_sign(one, BOOK, "his", "his.e", None)
            elif isinstance(one, Location):
                natural_order(bed(one, {}, BOOK, "his").number)
            elif isinstance(one, PractitionerRole):
                staffing([one], people, BOOK, MORNING, BOOK.zone, "urn:badge")
        except (Reject, Ended):
            continue


def test_three_thousand_spoilt_resources(ward: dict[str, list[dict[str, Any]]]) -> None:
    good = {
        (kind, body["id"]): decode(msgspec.Raw(msgspec.json.encode(body)), kind)
        for kind, bodies in ward.items()
        for body in bodies
    }
    kinds = sorted(ward)
    rejected = 0
    for seed in range(300):
        chance = random.Random(seed)
        resources = dict(good)
        for _ in range(10):
            kind = chance.choice(kinds)
            body = spoilt(chance.choice(ward[kind]), chance)
            found = decode(msgspec.Raw(msgspec.json.encode(body)), kind)
            if isinstance(found, Rejection):
                rejected += 1
                assert found.key.startswith("his.rejection.")
            elif found is not None:
                resources[(kind, body["id"])] = found
        looked_at([one for one in resources.values() if isinstance(one, Resource)], seed)
    # Many are wrong to the eye of the decoder, many are not: both ways are walked.
    assert 500 < rejected < 2500
