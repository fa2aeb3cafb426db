"""NEWS2 against the scores of an independent synthetic ward, where that data is at hand.

The ward (clinosim 0.6.5, MIT, no real persons) recorded NEWS2 beside 324 full sets. Its generator
tests a saturation with decimals against whole-number bands, so one between two bands (91.4) falls
through to 0 points. We round to the chart's step first; all else must be equal.
"""

import json
import os
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartward.clinical.news2 import News2Score, evaluate, latest_set
from smartward.clinical.observation import Measurement, Parameter, VitalSign
from smartward.clinical.observation_set import ObservationSet
from tests.clinical.build import measurement, stay

FOLDER = "clinosim-ward40"
FULL_SETS = 324
BETWEEN_BANDS = 84
"""Sets whose saturation lies between two of the chart's bands."""
AGREE = 260
NUMBERS = {
    "8867-4": Parameter.HEART_RATE,
    "2708-6": Parameter.OXYGEN_SATURATION,
    "8310-5": Parameter.TEMPERATURE,
    "9279-1": Parameter.RESPIRATORY_RATE,
}
ACVPU = {"Alert": "A", "Confusion": "C", "Voice": "V", "Verbal": "V", "Pain": "P"}
SPAN = timedelta(minutes=2)
"""The generator spreads the members of one round over at most this long."""


def observations() -> list[dict[str, Any]]:
    here = Path(__file__).resolve().parents[2]
    given = os.environ.get("SMARTWARD_SHARED_DATA")
    root = Path(given) if given else here.parent / "shared" / "data"
    folder = root if root.name == FOLDER else root / FOLDER
    file = folder / "Observation.ndjson"
    if not file.is_file():
        pytest.skip(
            f"the synthetic ward is not here: no {file.name} in {FOLDER}; name the folder that "
            "holds it in SMARTWARD_SHARED_DATA"
        )
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def measured(resource: dict[str, Any]) -> list[Measurement]:
    """What one Observation says, mapped here and not by our own FHIR client."""
    code = resource["code"]["coding"][0]["code"]
    if code in NUMBERS:
        return [measurement(NUMBERS[code], resource["valueQuantity"]["value"])]
    if code == "3151-8":
        flow = resource["valueQuantity"]["value"]
        return [measurement(Parameter.OXYGEN_SUPPLY, "oxygen" if flow > 0 else "air")]
    if code == "80288-4":
        words = resource["valueCodeableConcept"]["text"]
        return [measurement(Parameter.CONSCIOUSNESS, ACVPU.get(words, "U"))]
    if code == "85354-9":
        systolic = resource["component"][0]
        assert systolic["code"]["coding"][0]["code"] == "8480-6"
        return [measurement(Parameter.SYSTOLIC, systolic["valueQuantity"]["value"])]
    return []


def full_set(signs: list[VitalSign], when: datetime) -> ObservationSet | None:
    """The round that began at `when`, when it is complete."""
    members = [sign for sign in signs if when <= sign.taken_at <= when + SPAN]
    supply = Parameter.OXYGEN_SUPPLY
    if not any(m.parameter is supply for sign in members for m in sign.measurements):
        # The generator writes a flow only for patients on oxygen.
        members.append(vital_sign("air", when, [measurement(supply, "air")]))
    found = latest_set(members)
    return found if found is not None and found.complete else None


def vital_sign(id: str, when: datetime, measurements: list[Measurement]) -> VitalSign:
    return VitalSign(
        id=id,
        encounter_id="enc-1",
        taken_at=when,
        received_at=when,
        measurements=tuple(measurements),
    )


def test_agreement_with_an_independent_ward() -> None:
    recorded: list[tuple[str, datetime, int]] = []
    signs: dict[str, list[VitalSign]] = defaultdict(list)
    for resource in observations():
        patient = resource["subject"]["reference"]
        when = datetime.fromisoformat(resource["effectiveDateTime"])
        if resource["code"]["coding"][0]["code"] == "NEWS2":
            recorded.append((patient, when, resource["valueInteger"]))
        elif found := measured(resource):
            signs[patient].append(vital_sign(resource["id"], when, found))
    agree = 0
    between_bands = 0
    compared = 0
    for patient, when, said in recorded:
        together = full_set(signs[patient], when)
        if together is None:
            continue
        ours = evaluate(stay(), together, when + SPAN)
        assert isinstance(ours, News2Score)
        saturation = together.readings[Parameter.OXYGEN_SATURATION].measurement.value
        assert saturation is not None
        compared += 1
        agree += ours.total == said
        if any(edge < saturation < edge + 1 for edge in (91, 93, 95)):
            between_bands += 1
            assert said == ours.total - ours.parts[Parameter.OXYGEN_SATURATION]
        else:
            assert said == ours.total
    assert (compared, between_bands, agree) == (FULL_SETS, BETWEEN_BANDS, AGREE)
