"""Spoilt resources: a document that says what the resource says, or a reason; others untouched.

Two ways. One Observation at a time, each against a second reading of the same JSON (`fuzz.read`).
And one patient's whole chart with one resource of it spoilt: what comes from the other resources
stays exactly what it was.
"""

import dataclasses
import math
import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from smartward.his.fhir.chart import Chart, patient_of
from smartward.his.fhir.documents import derive, encounter_item
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_vital import vital_sign
from smartward.his.fhir.page import decode
from smartward.his.fhir.reject import Ended, Reject
from smartward.his.fhir.resources import Encounter as Stay
from smartward.his.fhir.resources import Location, Observation, Practitioner, Resource
from smartward.his.fhir.setting import Setting
from smartward.his.port import Rejection, Value
from smartward.his.simulator import scenes
from tests.fakes.fake_clock import MORNING
from tests.his.fuzz import Json, read, spoilt

BOOK = load_mapping()
_NUMBERS = ("9279-1", "59408-5", "8867-4", "8310-5", "85354-9")


def encoded(body: Json) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(body))


@pytest.fixture(scope="module")
def resources() -> dict[str, list[Json]]:
    """Everything of the patient in bed 12, and the places and people, as a server has them."""
    world = scenes.build("morning", 7, 40, MORNING)
    patient = world.stays["bed-12"].patient
    found: dict[str, list[Json]] = {}
    for kind in world.store.counts():
        for row in world.store.all(kind):
            one = decode(encoded(row.resource), kind)
            assert isinstance(one, Resource)
            if patient_of(one) in (patient, None):
                found.setdefault(kind, []).append(row.resource)
    return found


def signs_of(resources: dict[str, list[Json]]) -> list[Json]:
    """Observations of numbers: single ones and the blood pressure with its components."""
    return [one for one in resources["Observation"] if one["code"]["coding"][0]["code"] in _NUMBERS]


def compared(body: Json) -> str:
    """What became of one spoilt Observation; raises AssertionError for a wrong value."""
    one = decode(encoded(body), "Observation")
    if one is None or isinstance(one, Rejection):
        return "undecoded"
    assert isinstance(one, Observation)
    try:
        sign = vital_sign(one, BOOK, "his", "his.e", None)
    except Ended:
        return "gone"
    except Reject:
        return "rejected"
    second, told = read(body), msgspec.json.encode(body)
    if second is None:
        # Codes of words (oxygen, consciousness, pain, glucose) are no numbers of `read`.
        assert all(m.parameter not in _OF_READ for m in sign.measurements), told
        return "other"
    ours = [(str(m.parameter), m.value) for m in sign.measurements if m.parameter in _OF_READ]
    assert len(ours) == len(second.values), told
    for (name, number), (right_name, right) in zip(ours, second.values, strict=True):
        assert name == right_name, told
        assert number is not None, told
        assert math.isclose(number, right, abs_tol=1e-3), (number, right, told)
    assert sign.taken_at == second.taken_at, told
    return "value"


_OF_READ = frozenset(
    {"respiratory_rate", "oxygen_saturation", "systolic", "diastolic", "heart_rate", "temperature"}
)


def observations(resources: dict[str, list[Json]], count: int, seed: int) -> Counter[str]:
    """So many spoilt Observations compared."""
    chance = random.Random(seed)
    found = signs_of(resources)[-60:]
    return Counter(compared(spoilt(chance.choice(found), chance)) for _ in range(count))


def test_unspoilt_observations_read_the_same(resources: dict[str, list[Json]]) -> None:
    found = signs_of(resources)
    assert len(found) > 50
    assert {compared(one) for one in found} == {"value"}


def test_two_thousand_spoilt_observations(resources: dict[str, list[Json]]) -> None:
    told = observations(resources, 3000, 1)
    assert told["value"] > 400
    assert told["rejected"] + told["undecoded"] > 800


@pytest.mark.verifies("spoilt resources", "120,000 Observations: never a wrong value")
@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_a_hundred_thousand_spoilt_observations(
    resources: dict[str, list[Json]], seed: int
) -> None:
    told = observations(resources, 60_000, 100 + seed)
    assert told["value"] > 4000


MAY_CHANGE = {
    "AllergyIntolerance": {"precautions", "allergies"},
    "Flag": {"precautions", "nursing_level", "condition", "profile", "news2"},
    "NutritionOrder": {"precautions", "diet"},
    "CareTeam": {"team", "upcoming"},
    "RelatedPerson": {"contacts"},
    "Condition": {"diagnosis", "profile", "precautions"},
    "Observation": {"precautions", "profile", "news2", "weight_kg"},
    "ServiceRequest": {"precautions", "surgery_at", "nursing_level", "news2"},
    "Appointment": {"precautions", "surgery_at"},
    "Task": {"precautions", "surgery_at"},
    "MedicationRequest": set(),
    "MedicationAdministration": set(),
    "Device": set(),
    "DeviceMetric": set(),
    "Practitioner": {"team", "upcoming"},
    "Patient": {"patient", "profile", "contacts"},
}
"""Which parts of a stay's document a resource of a type has a say in; no other may move."""
_REFERRED = {
    "Device": ("MedicationAdministration", "infusion"),
    "DeviceMetric": ("MedicationAdministration", "infusion"),
    "MedicationAdministration": ("MedicationRequest",),
    "Observation": ("MedicationAdministration", "infusion"),
    "Task": ("ServiceRequest", "MedicationRequest"),
    "MedicationRequest": ("MedicationAdministration", "infusion"),
}
"""Documents made of another resource's type that one of this type adds to."""


class Bed12:
    """One patient's chart, its documents, and the documents with one resource spoilt."""

    def __init__(self, resources: dict[str, list[Json]]) -> None:
        self.bodies = {
            (kind, one["id"]): one
            for kind, found in resources.items()
            for one in found
            if kind in MAY_CHANGE
        }
        places = frozenset(one["id"] for one in resources["Location"])
        self.structs: dict[tuple[str, str], Resource] = {}
        for (kind, id), body in self.bodies.items():
            one = decode(encoded(body), kind)
            assert isinstance(one, Resource)
            self.structs[(kind, id)] = one
        self.stay = next(
            one
            for body in resources["Encounter"]
            if isinstance(one := decode(encoded(body), "Encounter"), Stay)
        )
        self.places = places
        self.documents = self._documents(self.structs)

    def _documents(self, structs: dict[tuple[str, str], Resource]) -> dict[str, Any]:
        chart = Chart(str(patient_of(self.stay)))
        for one in structs.values():
            if patient_of(one) == chart.patient_id or not isinstance(one, Practitioner | Location):
                chart.put(one)
        chart.put(self.stay)
        people = {one.id: one for one in structs.values() if isinstance(one, Practitioner)}
        setting = Setting("his", BOOK, MORNING, self.places, self.places, people)
        derived = derive(self.stay.id, chart, BOOK, "his", MORNING, BOOK.zone)
        item = encounter_item(self.stay, chart, derived, setting)
        told = {f"{kind}:{id}": value.body for (kind, id), value in derived.values.items()}
        if isinstance(item, Value):
            told |= {
                f"encounter:{one.name}": getattr(item.body, one.name)
                for one in dataclasses.fields(item.body)
            }
        return told

    def spoil(self, key: tuple[str, str], chance: random.Random) -> str:
        """Spoil one resource; its documents may change, all the others must be as they were."""
        kind, id = key
        one = decode(encoded(spoilt(self.bodies[key], chance)), kind)
        structs = {k: v for k, v in self.structs.items() if k != key}
        if isinstance(one, Resource):
            structs[key] = one
        told = self._documents(structs)
        mine = (f".{kind}.{id}", f".{id}")
        fields = {f"encounter:{name}" for name in MAY_CHANGE[kind]}
        kinds = _REFERRED.get(kind, ())
        for name in self.documents.keys() | told.keys():
            own = any(name.endswith(end) or f"{end}." in name for end in mine)
            if own or name in fields or any(other in name for other in kinds):
                continue
            if kind == "Patient" and name.startswith("encounter:"):
                continue  # a stay without its person's name is set aside as a whole
            assert told.get(name) == self.documents.get(name), (kind, id, name, one)
        return "undecoded" if isinstance(one, Rejection) else "decoded"


@pytest.fixture(scope="module")
def bed12(resources: dict[str, list[Json]]) -> Bed12:
    recent = {**resources, "Observation": resources["Observation"][-60:]}
    return Bed12(recent)


def charts(bed12: Bed12, count: int, seed: int) -> Counter[str]:
    chance = random.Random(seed)
    kinds = sorted({kind for kind, _ in bed12.bodies})
    by_kind = {kind: [key for key in sorted(bed12.bodies) if key[0] == kind] for kind in kinds}
    return Counter(
        bed12.spoil(chance.choice(by_kind[chance.choice(kinds)]), chance) for _ in range(count)
    )


def test_one_spoilt_resource_moves_nothing_of_the_others(bed12: Bed12) -> None:
    told = charts(bed12, 500, 5)
    assert told["decoded"] > 100
    assert told["undecoded"] > 50


@pytest.mark.verifies("spoilt resources", "10,000 charts: what is beside a spoilt resource stays")
@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_ten_thousand_spoilt_charts(bed12: Bed12, seed: int) -> None:
    told = charts(bed12, 5000, 200 + seed)
    assert told["decoded"] > 1000
