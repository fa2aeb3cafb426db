"""Observations to vital signs: codes, units, components, panels, times; and why not."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.observation import UNITS, Measurement, Parameter, VitalSign
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_vital import members, vital_sign
from smartward.his.fhir.reject import Ended, Reject, Unused
from smartward.his.fhir.resources import Observation

BOOK = load_mapping()
AT = "2026-11-21T10:05:00+08:00"
LOINC = "http://loinc.org"


def code(loinc: str) -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": loinc}]}


def quantity(value: float, ucum: str | None, unit: str | None = None) -> dict[str, Any]:
    found = {"value": value, "code": ucum, "unit": unit}
    return {name: one for name, one in found.items() if one is not None}


def observed(loinc: str, **elements: Any) -> Observation:
    body = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": code(loinc),
        "effectiveDateTime": AT,
        **elements,
    }
    return msgspec.json.decode(msgspec.json.encode(body), type=Observation)


def mapped(observation: Observation, panel: str | None = None) -> VitalSign:
    return vital_sign(observation, BOOK, "his", "his.e1", panel)


def one(observation: Observation) -> Measurement:
    (measurement,) = mapped(observation).measurements
    return measurement


@pytest.mark.parametrize(
    "loinc, value, ucum, parameter, expected",
    [
        ("9279-1", 16, "/min", Parameter.RESPIRATORY_RATE, 16),
        ("9279-1", 0, "{breaths}/min", Parameter.RESPIRATORY_RATE, 0),
        ("59408-5", 97, "%", Parameter.OXYGEN_SATURATION, 97),
        ("2708-6", 97.5, "%", Parameter.OXYGEN_SATURATION, 97.5),
        ("8867-4", 74, "{beats}/min", Parameter.HEART_RATE, 74),
        ("8310-5", 36.6, "Cel", Parameter.TEMPERATURE, 36.6),
        ("8310-5", 98.6, "[degF]", Parameter.TEMPERATURE, 37.0),
        ("8480-6", 120, "mm[Hg]", Parameter.SYSTOLIC, 120),
        ("8480-6", 16, "kPa", Parameter.SYSTOLIC, pytest.approx(120.01, abs=0.01)),
        ("8462-4", 10.7, "kPa", Parameter.DIASTOLIC, pytest.approx(80.26, abs=0.01)),
        ("2339-0", 180.156, "mg/dL", Parameter.GLUCOSE, pytest.approx(10.0, abs=0.001)),
        ("15074-8", 5.4, "mmol/L", Parameter.GLUCOSE, 5.4),
    ],
)
def test_values_in_the_wards_units(
    loinc: str, value: float, ucum: str, parameter: Parameter, expected: float
) -> None:
    found = one(observed(loinc, valueQuantity=quantity(value, ucum)))
    assert found == Measurement(parameter=parameter, value=found.value)
    assert found.value == expected


def test_a_unit_as_printed_counts_where_there_is_no_code() -> None:
    assert one(observed("8310-5", valueQuantity=quantity(37.2, None, "℃"))).value == 37.2
    # A code of another system beside a unit that is understood.
    odd = quantity(74, "258983007", "bpm")
    assert one(observed("8867-4", valueQuantity=odd)).value == 74


@pytest.mark.parametrize(
    "loinc, value, ucum, unit, key",
    [
        ("8310-5", 37.0, "Cel", "°F", "unit"),
        ("8310-5", 36.5, "[degF]", "Cel", "unit"),
        ("8480-6", 16.0, "kPa", "mmHg", "unit"),
        ("8480-6", 120, "mm[Hg]", "kPa", "unit"),
        ("2339-0", 6.5, "mg/dL", "mmol/L", "unit"),
        ("59408-5", 0.97, "%", "%", "range"),
        ("59408-5", 1, "%", None, "range"),
    ],
)
def test_a_number_of_two_units_or_a_fraction_is_no_value(
    loinc: str, value: float, ucum: str, unit: str | None, key: str
) -> None:
    told = quantity(value, ucum, unit) | {"system": "http://unitsofmeasure.org"}
    with pytest.raises(Reject) as reason:
        mapped(observed(loinc, valueQuantity=told))
    assert reason.value.key == f"his.rejection.{key}"


@pytest.mark.parametrize("unit", ["mmHg", "MM HG", "毫米汞柱", "", "mm of mercury"])
def test_what_is_printed_beside_a_code_agrees_or_says_nothing(unit: str) -> None:
    assert one(observed("8480-6", valueQuantity=quantity(120, "mm[Hg]", unit))).value == 120


@pytest.mark.parametrize("unit", [None, "mmHg", "Cel/min"])
def test_a_number_without_its_unit_is_no_value(unit: str | None) -> None:
    with pytest.raises(Reject) as reason:
        mapped(observed("8310-5", valueQuantity=quantity(37.0, unit)))
    assert reason.value.key == "his.rejection.unit"


@pytest.mark.parametrize(
    "loinc, value, ucum",
    [
        ("59408-5", 101, "%"),
        ("8867-4", 900, "/min"),
        ("8310-5", 98.6, "Cel"),
        ("9279-1", -1, "/min"),
    ],
)
def test_what_nobody_has_is_refused(loinc: str, value: float, ucum: str) -> None:
    with pytest.raises(Reject) as reason:
        mapped(observed(loinc, valueQuantity=quantity(value, ucum)))
    assert reason.value.key == "his.rejection.range"


@pytest.mark.parametrize(
    "loinc, value, printed, expected",
    [
        ("8480-6", 120, "mm Hg", 120),
        ("8480-6", 120, "MMHG", 120),
        ("8480-6", 120, "ｍｍＨｇ", 120),
        ("8462-4", 80, "毫米汞柱", 80),
        ("8480-6", 16, "千帕", pytest.approx(120.01, abs=0.01)),
        ("8867-4", 74, "BPM", 74),
        ("8867-4", 74, "次 / 分", 74),
        ("8867-4", 74, "次/分钟", 74),
        ("8867-4", 74, "beats/min", 74),
        ("8867-4", 74, "beats per minute", None),
        ("9279-1", 18, "次/分", 18),
        ("9279-1", 18, "breaths/min", 18),
        ("59408-5", 97, "％", 97),
        ("8310-5", 37.2, "摄氏度", 37.2),
        ("8310-5", 37.2, "deg C", 37.2),
        ("8310-5", 98.6, "℉", 37.0),
        ("8310-5", 98.6, "华氏度", 37.0),
        ("2339-0", 5.4, "mmol/l", 5.4),
        ("2339-0", 180.156, "MG/DL", pytest.approx(10.0, abs=0.001)),
        ("8480-6", 120, "cmHg", None),
        ("8867-4", 74, "/h", None),
    ],
)
def test_units_as_people_write_them(
    loinc: str, value: float, printed: str, expected: float | None
) -> None:
    for told in (quantity(value, None, printed), quantity(value, "1234", printed)):
        if expected is None:
            with pytest.raises(Reject) as reason:
                mapped(observed(loinc, valueQuantity=told))
            assert reason.value.key == "his.rejection.unit"
        else:
            assert one(observed(loinc, valueQuantity=told)).value == expected


UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    "loinc, ucum, expected",
    [
        ("8867-4", "{Beats}/min", 74),
        ("8867-4", "/min{beats}", 74),
        ("59408-5", "%{sat}", 74),
        ("8480-6", "mmHg", 74),
        ("8867-4", "bpm", 74),
        ("8480-6", "MM[HG]", None),
        ("8480-6", "kpa", None),
    ],
)
def test_a_ucum_code_is_taken_at_its_word(loinc: str, ucum: str, expected: float | None) -> None:
    told = {**quantity(74, ucum, "mmHg"), "system": UCUM}
    if expected is None:
        with pytest.raises(Reject):
            mapped(observed(loinc, valueQuantity=told))
    else:
        assert one(observed(loinc, valueQuantity=told)).value == expected


@pytest.mark.parametrize("loinc, ucum", [("8867-4", "/min"), ("59408-5", "%"), ("8310-5", "Cel")])
def test_a_filler_beside_the_reason_why_there_is_no_value_is_none(loinc: str, ucum: str) -> None:
    absent = {"dataAbsentReason": {"coding": [{"code": "not-performed"}]}}
    for value in (0, 40):
        with pytest.raises(Reject) as reason:
            mapped(observed(loinc, valueQuantity=quantity(value, ucum), **absent))
        assert reason.value.key == "his.rejection.missing"
    parts = [component("8480-6", 0, **absent), component("8462-4", 76)]
    found = mapped(observed("85354-9", component=parts))
    assert [(m.parameter, m.value) for m in found.measurements] == [(Parameter.DIASTOLIC, 76)]


@given(mmhg=st.integers(0, 350), celsius=st.decimals(20, 45, places=1))
def test_kilopascals_and_fahrenheit_there_and_back(mmhg: int, celsius: Decimal) -> None:
    pressure = quantity(mmhg / 7.500617, "kPa")
    assert one(observed("8480-6", valueQuantity=pressure)).value == pytest.approx(mmhg, abs=1e-3)
    warm = quantity(float(celsius) * 1.8 + 32, "[degF]")
    found = one(observed("8310-5", valueQuantity=warm)).value
    assert found == pytest.approx(float(celsius), abs=1e-3)


def test_a_bound_is_no_value() -> None:
    with pytest.raises(Reject) as reason:
        mapped(observed("59408-5", valueQuantity={**quantity(70, "%"), "comparator": "<"}))
    assert reason.value.key == "his.rejection.range"


@given(
    parameter=st.sampled_from(sorted(UNITS.keys() - {Parameter.OXYGEN_FLOW})),
    value=st.floats(allow_nan=False, allow_infinity=False, width=32),
    unit=st.sampled_from(
        ["/min", "%", "mm[Hg]", "kPa", "Cel", "[degF]", "mmol/L", "mg/dL", "", "x"]
    ),
)
def test_any_number_in_any_unit_is_a_plausible_value_or_a_reason(
    parameter: Parameter, value: float, unit: str
) -> None:
    loinc = {
        "respiratory_rate": "9279-1",
        "oxygen_saturation": "59408-5",
        "systolic": "8480-6",
        "diastolic": "8462-4",
        "heart_rate": "8867-4",
        "temperature": "8310-5",
        "glucose": "2339-0",
    }[parameter]
    refused = None
    found = None
    try:
        found = one(observed(loinc, valueQuantity=quantity(value, unit))).value
    except Reject as reason:
        refused = reason.key
    if found is None:
        assert refused in ("his.rejection.unit", "his.rejection.range")
    else:
        assert 0 <= found <= 350


@pytest.mark.parametrize(
    "elements, expected",
    [
        ({"code": code("3151-8"), "valueQuantity": quantity(0, "L/min")}, "air"),
        ({"code": code("3151-8"), "valueQuantity": quantity(2, "L/min")}, "oxygen"),
        ({"code": code("3150-6"), "valueQuantity": quantity(21, "%")}, "air"),
        ({"code": code("3150-6"), "valueQuantity": quantity(28, "%")}, "oxygen"),
        (
            {
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "57485005"}]},
                "valueCodeableConcept": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "722742002"}]
                },
            },
            "air",
        ),
        ({"code": code("3151-8"), "valueString": "吸氧"}, "oxygen"),
    ],
)
def test_air_or_oxygen(elements: dict[str, Any], expected: str) -> None:
    found = mapped(observed("", **elements)).measurements[0]
    assert found == Measurement(parameter=Parameter.OXYGEN_SUPPLY, code=expected)


def device(**told: Any) -> dict[str, Any]:
    return {"component": [{"code": code("107117-4"), **told}]}


FLOW = {"code": code("3151-8"), "valueQuantity": quantity(2.5, "L/min")}
CANNULA = {"coding": [{"system": "http://snomed.info/sct", "code": "336623009"}]}


@pytest.mark.parametrize(
    "elements, flow, by",
    [
        (FLOW | device(valueCodeableConcept=CANNULA), 2.5, "nasal_cannula"),
        (FLOW | device(valueString="simple_mask"), 2.5, "simple_mask"),
        (FLOW | device(valueString="a new kind"), 2.5, None),
        (FLOW, 2.5, None),
        (FLOW | {"valueQuantity": quantity(250, "mL/min")}, 0.25, None),
        (FLOW | {"valueQuantity": quantity(2, None)}, None, None),
        (FLOW | {"valueQuantity": quantity(900, "L/min")}, None, None),
    ],
)
def test_how_much_oxygen_and_by_what(
    elements: dict[str, Any], flow: float | None, by: str | None
) -> None:
    """A number nobody understands still says that oxygen is given."""
    found = {one.parameter: one for one in mapped(observed("", **elements)).measurements}
    assert found.pop(Parameter.OXYGEN_SUPPLY).code == "oxygen"
    given = found.get(Parameter.OXYGEN_FLOW)
    assert (None if given is None else given.value) == flow
    through = found.get(Parameter.OXYGEN_DEVICE)
    assert (None if through is None else through.code) == by


def test_a_device_without_a_flow() -> None:
    absent = {"dataAbsentReason": {"text": "not applicable"}} | device(valueString="niv")
    alone = {"code": code("107117-4"), "valueString": "CPAP"}
    niv = (Measurement(parameter=Parameter.OXYGEN_DEVICE, code="niv"),)
    assert mapped(observed("3151-8", **absent)).measurements == niv
    assert mapped(observed("", **alone)).measurements == niv
    with pytest.raises(Reject):
        mapped(observed("107117-4", valueString="a new kind"))


def test_oxygen_nobody_understands_is_not_air() -> None:
    with pytest.raises(Reject) as reason:
        mapped(observed("3151-8", valueString="?"))
    assert reason.value.key == "his.rejection.code"
    with pytest.raises(Reject) as reason:
        mapped(observed("3150-6", valueQuantity=quantity(0.28, "1")))
    assert reason.value.key == "his.rejection.range"


@pytest.mark.parametrize(
    "snomed, letter",
    [
        ("248234008", "A"),
        ("130987000", "C"),
        ("300202002", "V"),
        ("450847001", "P"),
        ("422768004", "U"),
    ],
)
def test_consciousness(snomed: str, letter: str) -> None:
    concept = {
        "coding": [
            {"system": "http://other.example", "code": "x"},
            {"system": "http://snomed.info/sct", "code": snomed},
        ]
    }
    assert one(observed("80288-4", valueCodeableConcept=concept)).code == letter
    assert one(observed("67775-7", valueString=f" {letter} ")).code == letter


def component(loinc: str, value: float | None, **more: Any) -> dict[str, Any]:
    found = {"code": code(loinc), **more}
    return found | ({"valueQuantity": quantity(value, "mm[Hg]")} if value is not None else {})


def test_blood_pressure_has_two_measurements() -> None:
    pair = [component("8480-6", 128), component("8462-4", 76)]
    found = mapped(observed("85354-9", component=pair))
    assert [(m.parameter, m.value) for m in found.measurements] == [
        (Parameter.SYSTOLIC, 128),
        (Parameter.DIASTOLIC, 76),
    ]
    assert found.panel_id is None


def test_half_a_blood_pressure_and_none() -> None:
    absent = {"dataAbsentReason": {"text": "refused"}}
    half = [component("8480-6", 128), component("8462-4", None, **absent)]
    found = mapped(observed("85354-9", component=half))
    assert [m.parameter for m in found.measurements] == [Parameter.SYSTOLIC]
    with pytest.raises(Reject) as reason:
        mapped(observed("85354-9", component=[component("8480-6", None, **absent)]))
    assert reason.value.key == "his.rejection.missing"


def test_a_panel_with_components_is_one_set() -> None:
    parts = [
        component("8480-6", 128),
        {"code": code("8867-4"), "valueQuantity": quantity(80, "/min")},
        {"code": code("3151-8"), "valueQuantity": quantity(0, "L/min")},
        {"code": code("39156-5"), "valueQuantity": quantity(22, "kg/m2")},
    ]
    found = mapped(observed("85353-1", component=parts))
    assert [m.parameter for m in found.measurements] == [
        Parameter.SYSTOLIC,
        Parameter.HEART_RATE,
        Parameter.OXYGEN_SUPPLY,
        Parameter.OXYGEN_FLOW,
    ]
    assert found.panel_id == "his.o"


def test_a_panel_with_members_groups_them() -> None:
    panel = observed(
        "85353-1",
        hasMember=[
            {"reference": "Observation/a"},
            {"reference": "http://127.0.0.1/fhir/Observation/b/_history/2"},
            {"reference": "QuestionnaireResponse/c"},
        ],
    )
    assert members(panel) == ("a", "b")
    with pytest.raises(Unused):
        mapped(panel)
    rate = observed("8867-4", valueQuantity=quantity(80, "/min"))
    assert mapped(rate, "panel-1").panel_id == "his.panel-1"


@pytest.mark.parametrize(
    "effective, expected",
    [
        ({"effectiveDateTime": "2026-11-21T10:05:30.1239+08:00"}, "02:05:30.123"),
        ({"effectiveDateTime": "2026-11-21T02:05Z"}, "02:05:00.000"),
        ({"effectiveDateTime": "2026-11-21T23:59:60Z"}, "23:59:59.000"),
        ({"effectiveInstant": "2026-11-21T02:05:00Z"}, "02:05:00.000"),
        ({"effectivePeriod": {"start": AT, "end": "2026-11-21T02:09:00Z"}}, "02:09:00.000"),
        ({"effectivePeriod": {"start": AT}}, "02:05:00.000"),
    ],
)
def test_when_it_was_measured(effective: dict[str, Any], expected: str) -> None:
    elements = {"effectiveDateTime": None, **effective, "valueQuantity": quantity(80, "/min")}
    found = mapped(observed("8867-4", **elements))
    assert found.taken_at.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3] == expected
    assert found.received_at == found.taken_at


@pytest.mark.parametrize(
    "text",
    ["2026", "2026-11", "2026-11-21", "2026-11-21T10:05:00", "2026-13-01T00:00:00Z", "?", ""],
)
def test_less_than_an_exact_time_is_none(text: str) -> None:
    with pytest.raises(Reject) as reason:
        mapped(observed("8867-4", effectiveDateTime=text, valueQuantity=quantity(80, "/min")))
    assert reason.value.key == "his.rejection.time"


def test_times_at_the_edge_of_the_calendar() -> None:
    first = observed("8867-4", valueQuantity=quantity(80, "/min"))
    first.effective_date_time = "0001-01-01T00:00:00+14:00"
    with pytest.raises(Reject):
        mapped(first)
    first.effective_date_time = "9999-12-31T23:59:59Z"
    assert mapped(first).taken_at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_what_was_withdrawn_is_gone(status: str) -> None:
    with pytest.raises(Ended):
        mapped(observed("8867-4", status=status, valueQuantity=quantity(80, "/min")))


@pytest.mark.parametrize("status", ["registered", "preliminary", "unknown", "done", None])
def test_what_does_not_count_yet_is_set_aside(status: str | None) -> None:
    with pytest.raises(Reject) as reason:
        mapped(observed("8867-4", status=status, valueQuantity=quantity(80, "/min")))
    assert reason.value.key == "his.rejection.status"


def test_pain_is_a_plain_number() -> None:
    assert one(observed("72514-3", valueInteger=0)).value == 0
    assert one(observed("72514-3", valueQuantity=quantity(4, "{score}"))).value == 4
    with pytest.raises(Reject):
        mapped(observed("72514-3", valueInteger=11))


def test_the_first_coding_that_is_known_counts() -> None:
    both = {
        "coding": [
            {"system": "http://hospital.example/own", "code": "HR"},
            {"system": LOINC, "code": "8867-4"},
        ]
    }
    found = observed("", code=both, valueQuantity=quantity(80, "/min"))
    assert one(found).parameter is Parameter.HEART_RATE


def test_other_observations_are_not_shown() -> None:
    with pytest.raises(Unused):
        mapped(observed("29463-7", valueQuantity=quantity(70, "kg")))
