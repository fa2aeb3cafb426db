"""Laboratory results, scores and what beds sense: codes, units, bounds; and why not."""

from typing import Any

import msgspec
import pytest

from smartward.clinical.bed_state import BedSensor
from smartward.clinical.lab_result import Analyte
from smartward.clinical.score_result import BOUNDS, ScoreKind
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_result import bed_state, lab_result, scores
from smartward.his.fhir.reject import MISSING, RANGE, STATUS, TIME, UNIT, Ended, Reject, Unused
from smartward.his.fhir.resources import Observation

BOOK = load_mapping()
LOINC = "http://loinc.org"
LOCAL = "http://hospital.example/fhir/CodeSystem"
YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
UCUM = "http://unitsofmeasure.org"


def observed(code: str, system: str = LOINC, id: str = "o", **elements: Any) -> Observation:
    body = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-11-21T10:05:00+08:00",
        **elements,
    }
    return msgspec.json.decode(msgspec.json.encode(body), type=Observation)


def quantity(value: float, code: str | None, unit: str | None = None) -> dict[str, Any]:
    return {"value": value, "code": code, "unit": unit, "system": UCUM}


@pytest.mark.parametrize(
    "loinc, value, code, unit, analyte, expected",
    [
        ("2823-3", 6.4, "mmol/L", "mmol/L", Analyte.POTASSIUM, 6.4),
        ("6298-4", 2.7, "meq/L", None, Analyte.POTASSIUM, 2.7),
        ("2951-2", 128, "mmol/L", None, Analyte.SODIUM, 128),
        ("2345-7", 39.6, "mg/dL", None, Analyte.GLUCOSE, 2.1981),
        ("14749-6", 2.1, None, "mmol/L", Analyte.GLUCOSE, 2.1),
        ("2160-0", 2, "mg/dL", None, Analyte.CREATININE, pytest.approx(176.84)),
        ("14682-9", 88, "umol/L", "µmol/L", Analyte.CREATININE, 88),
        ("2524-7", 4.2, "mmol/L", None, Analyte.LACTATE, 4.2),
        ("718-7", 6.9, "g/dL", None, Analyte.HAEMOGLOBIN, pytest.approx(69)),
        ("777-3", 0, "10*3/uL", None, Analyte.PLATELETS, 0),
        ("6690-2", 0.4, "10*9/L", "×10^9/L", Analyte.LEUCOCYTES, 0.4),
        ("6690-2", 8400, "/uL", "/uL", Analyte.LEUCOCYTES, pytest.approx(8.4)),
        ("6301-6", 5.2, "{INR}", None, Analyte.INR, 5.2),
        ("6301-6", 1.1, None, None, Analyte.INR, 1.1),
    ],
)
def test_results_in_the_wards_units(
    loinc: str, value: float, code: str, unit: str, analyte: Analyte, expected: float
) -> None:
    told = observed(loinc, valueQuantity=quantity(value, code, unit))
    found = lab_result(told, BOOK, "his", "his.e")
    assert (found.analyte, found.id, found.critical) == (analyte, "his.o", False)
    assert found.value == expected


@pytest.mark.parametrize("code, critical", [("HH", True), ("LL", True), ("AA", True), ("H", False)])
def test_the_laboratorys_own_alarm(code: str, critical: bool) -> None:
    told = observed(
        "2823-3",
        valueQuantity=quantity(6.4, "mmol/L"),
        interpretation=[{"coding": [{"code": "A"}]}, {"coding": [{"code": code}]}],
    )
    assert lab_result(told, BOOK, "his", "his.e").critical is critical


@pytest.mark.parametrize(
    "elements, reason",
    [
        ({}, MISSING),
        ({"valueString": "haemolysed"}, MISSING),
        ({"valueQuantity": quantity(4.1, None)}, UNIT),
        ({"valueQuantity": quantity(4.1, "mg/dL")}, UNIT),
        ({"valueQuantity": {**quantity(4.1, "mmol/L"), "comparator": ">"}}, RANGE),
        ({"valueQuantity": quantity(0.0, "mmol/L")}, RANGE),
        ({"valueQuantity": quantity(41, "mmol/L")}, RANGE),
        ({"valueQuantity": quantity(4.1, "mmol/L"), "status": "preliminary"}, STATUS),
        ({"valueQuantity": quantity(4.1, "mmol/L"), "effectiveDateTime": "2026-11-21"}, TIME),
        ({"valueQuantity": quantity(4.1, "mmol/L"), "dataAbsentReason": {"text": "?"}}, MISSING),
    ],
)
def test_what_is_no_result(elements: dict[str, Any], reason: str) -> None:
    with pytest.raises(Reject) as found:
        lab_result(observed("2823-3", **elements), BOOK, "his", "his.e")
    assert found.value.key == reason


@pytest.mark.parametrize(
    "loinc, value, code, unit",
    [
        ("14749-6", 4.1, "mmol/L", "mg/dL"),
        ("718-7", 8.1, "mmol/L", "g/dL"),
        ("718-7", 8.1, "g/dL", "mmol/L"),
        ("2823-3", 4.1, "mol/L", "mmol/L"),
        ("14749-6", 5.0, "g/L", "mmol/L"),
        ("6301-6", 1.2, "s", "INR"),
    ],
)
@pytest.mark.parametrize("system", [UCUM, None])
def test_a_code_and_a_printed_unit_that_differ_are_none(
    loinc: str, value: float, code: str, unit: str, system: str | None
) -> None:
    told = observed(loinc, valueQuantity={**quantity(value, code, unit), "system": system})
    with pytest.raises(Reject) as found:
        lab_result(told, BOOK, "his", "his.e")
    assert found.value.key == UNIT


@pytest.mark.parametrize(
    "loinc, value, code, unit",
    [
        ("718-7", 130, "g/L", "克/升"),
        ("718-7", 130, "g/L", "{result}"),
        ("777-3", 210, "10*9/L", "10⁹/L"),
        ("777-3", 210, "10*3/uL", "K/µL"),
        ("777-3", 210, "10*9/L", "G/L"),
        ("14682-9", 88, "umol/L", "微摩尔/升"),
        ("6301-6", 1.2, "{INR}", "INR"),
    ],
)
def test_a_code_and_another_spelling_of_it_are_one(
    loinc: str, value: float, code: str, unit: str
) -> None:
    told = observed(loinc, valueQuantity=quantity(value, code, unit))
    assert lab_result(told, BOOK, "his", "his.e").value == value


def test_what_is_withdrawn_is_gone_and_what_is_another_thing_is_not_shown() -> None:
    for status in ("entered-in-error", "cancelled"):
        with pytest.raises(Ended):
            lab_result(observed("2823-3", status=status), BOOK, "his", "his.e")
    with pytest.raises(Unused):
        lab_result(observed("8867-4"), BOOK, "his", "his.e")


@pytest.mark.parametrize(
    "code, value, sensor, on",
    [
        ("occupied", {"valueBoolean": False}, BedSensor.OCCUPIED, False),
        ("bed-exit", {"valueBoolean": True}, BedSensor.OCCUPIED, False),
        ("exit-alarm", {"valueBoolean": True}, BedSensor.BED_EXIT_ALARM, True),
        (
            "brake",
            {"valueCodeableConcept": {"coding": [{"system": YES_NO, "code": "N"}]}},
            BedSensor.BRAKE,
            False,
        ),
        (
            "rails",
            {"valueCodeableConcept": {"coding": [{"system": YES_NO, "code": "Y"}]}},
            BedSensor.RAILS,
            True,
        ),
    ],
)
def test_what_a_bed_says(code: str, value: dict[str, Any], sensor: BedSensor, on: bool) -> None:
    told = observed(code, f"{LOCAL}/bed-sensor", **value)
    found = bed_state(told, BOOK, "his", "his.e")
    assert (found.sensor, found.on) == (sensor, on)


def test_a_bed_that_says_nothing_usable_is_set_aside() -> None:
    for value in ({}, {"valueString": "perhaps"}):
        with pytest.raises(Reject):
            bed_state(observed("brake", f"{LOCAL}/bed-sensor", **value), BOOK, "his", "his.e")


def test_scores_in_their_bounds_the_newest_three_and_what_is_none_set_aside() -> None:
    chart = Chart("p")
    days = [f"2026-11-{day:02d}T08:00:00+08:00" for day in (10, 12, 14, 16)]
    for n, day in enumerate(days):
        chart.put(observed("59460-6", id=f"m{n}", effectiveDateTime=day, valueInteger=25 + 10 * n))
    poss = f"{LOCAL}/score"
    for one in (
        observed("poss", poss, id="s", valueString="S"),
        observed("38227-5", id="b", valueQuantity=quantity(12, "{score}")),
        observed("38227-5", id="b-low", valueInteger=5),
        observed("38227-5", id="b-half", valueQuantity=quantity(12.5, "{score}")),
        observed("59460-6", id="m-gone", status="entered-in-error", valueInteger=99),
        observed("59460-6", id="m-none", valueString="high"),
        observed("2823-3", id="k", valueQuantity=quantity(4.1, "mmol/L")),
    ):
        chart.put(one)
    found, aside = scores("e", chart, BOOK, "his", "his.e")
    by_kind: dict[ScoreKind, list[int]] = {}
    for score in found:
        by_kind.setdefault(score.score, []).append(score.value)
    assert by_kind == {
        ScoreKind.MORSE: [35, 45, 55],
        ScoreKind.POSS: [0],
        ScoreKind.BRADEN: [12],
    }
    assert {one.id: reason.key for one, reason in aside} == {
        "b-low": RANGE,
        "b-half": RANGE,
        "m-none": MISSING,
    }


@pytest.mark.parametrize("kind", ScoreKind)
def test_a_score_ends_where_its_table_does(kind: ScoreKind) -> None:
    codes = {ScoreKind.MORSE: "59460-6", ScoreKind.BRADEN: "38227-5", ScoreKind.GCS: "9269-2"}
    system = LOINC if kind in codes else f"{LOCAL}/score"
    low, high = BOUNDS[kind]
    for number, stands in ((low - 1, False), (low, True), (high, True), (high + 1, False)):
        chart = Chart("p")
        chart.put(observed(codes.get(kind, kind.value), system, valueInteger=number))
        found, aside = scores("e", chart, BOOK, "his", "his.e")
        assert ([one.value for one in found], len(aside)) == (([number], 0) if stands else ([], 1))
