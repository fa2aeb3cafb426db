"""Drips: what is left, by which measure, and what comes next."""

import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from smartward.clinical.infusion import Infusion, InfusionStatus, RateReading, VolumeSource
from smartward.config import asset
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.documents import Derived, derive
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.reject import UNIT
from smartward.his.fhir.resource_types import STRUCTS
from tests.his.hospital import patient

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""
ZONE = ZoneInfo("Asia/Shanghai")
BOOK = load_mapping()
SUBJECT = {"reference": "Patient/p1"}
STAY = {"reference": "Encounter/e1"}
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"


def derived(*resources: dict[str, Any], now: datetime = NOW, book: Codebook = BOOK) -> Derived:
    chart = Chart("p1")
    for body in (patient(), *resources):
        chart.put(
            msgspec.json.decode(msgspec.json.encode(body), type=STRUCTS[body["resourceType"]])
        )
    return derive("e1", chart, book, "his", now, ZONE)


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def drip(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "id": "i",
        "status": "in-progress",
        "medicationCodeableConcept": {"text": "0.9%氯化钠注射液"},
        "subject": SUBJECT,
        "context": STAY,
        "effectivePeriod": {"start": "2026-11-21T01:00:00Z"},
        "request": {"reference": "MedicationRequest/bag"},
        "device": [{"reference": "Device/pump"}],
        "dosage": {"dose": quantity(500, "mL"), "rateQuantity": quantity(100, "mL/h")},
    } | more


def reading(
    value: float, at: str, code: str = "157872", unit: str = "mL", **more: Any
) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"r{code}{at}",
        "status": "final",
        "code": {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": code}]},
        "subject": SUBJECT,
        "effectiveDateTime": at,
        "valueQuantity": quantity(value, unit),
        "device": {"reference": "DeviceMetric/metric"},
    } | more


def pump(status: str = "active", operational: str = "on") -> list[dict[str, Any]]:
    metric = {
        "resourceType": "DeviceMetric",
        "id": "metric",
        "type": {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": "157872"}]},
        "source": {"reference": "Device/pump"},
        "operationalStatus": operational,
    }
    return [{"resourceType": "Device", "id": "pump", "status": status}, metric]


def only(*resources: dict[str, Any], now: datetime = NOW) -> Infusion:
    found = [v.body for v in derived(*resources, now=now).values.values() if v.kind == "infusion"]
    assert len(found) == 1
    assert isinstance(found[0], Infusion)
    return found[0]


def test_a_measured_drip() -> None:
    one = only(
        drip(),
        *pump(),
        reading(420, "2026-11-21T01:50:00Z"),
        reading(410, "2026-11-21T01:56:00Z"),
        reading(7, "2026-11-21T00:30:00Z"),
    )
    assert one == Infusion(
        id="his.i",
        encounter_id="his.e1",
        status=InfusionStatus.RUNNING,
        total_ml=500,
        left_ml=410,
        rate_ml_h=100,
        source=VolumeSource.MEASURED,
        measured_at=datetime(2026, 11, 21, 1, 56, tzinfo=UTC),
        started_at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
        name="0.9%氯化钠注射液",
        next_ordered=False,
        rates=(RateReading(at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC), ml_h=100),),
    )


def test_an_empty_bag_is_0_and_not_missing() -> None:
    assert only(drip(), *pump(), reading(0, "2026-11-21T01:59:00Z")).left_ml == 0


def test_what_was_delivered_and_the_measured_rate() -> None:
    one = only(
        drip(),
        *pump(),
        reading(380, "2026-11-21T01:56:00Z", code="157864"),
        reading(80, "2026-11-21T01:56:00Z", code="157784", unit="mL/h"),
    )
    assert (one.left_ml, one.rate_ml_h, one.source) == (120, 80, VolumeSource.MEASURED)


def test_a_reading_that_names_its_infusion() -> None:
    part = {"partOf": [{"reference": "MedicationAdministration/i"}], "device": None}
    other = {"partOf": [{"reference": "MedicationAdministration/other"}]}
    one = only(
        drip(device=[]),
        reading(300, "2026-11-21T01:50:00Z", **part),
        reading(200, "2026-11-21T01:56:00Z", **other),
    )
    assert one.left_ml == 300


def test_a_lost_sensor_keeps_its_last_value_and_time() -> None:
    for lost in (pump(operational="off"), pump(status="inactive")):
        one = only(drip(), *lost, reading(410, "2026-11-21T01:56:00Z"))
        assert one.source is VolumeSource.SENSOR_LOST
        assert (one.left_ml, one.measured_at.minute) == (410, 56)
    never = only(drip(), *pump(operational="standby"))
    assert (never.source, never.left_ml) == (VolumeSource.SENSOR_LOST, None)


def test_a_drip_without_sensor_is_estimated_from_its_start() -> None:
    one = only(drip(device=[]))
    assert (one.source, one.left_ml) == (VolumeSource.ESTIMATED, 500)
    assert one.measured_at == one.started_at


@pytest.mark.parametrize(
    "dosage, total, rate",
    [
        ({"dose": quantity(0.5, "L"), "rateQuantity": quantity(2, "mL/min")}, 500, 120),
        (
            {
                "dose": quantity(250, "mL"),
                "rateRatio": {"numerator": quantity(50, "mL"), "denominator": quantity(30, "min")},
            },
            250,
            100,
        ),
        ({"dose": quantity(400, "mg"), "rateQuantity": quantity(3, "ug/kg/min")}, None, None),
        ({"rateQuantity": quantity(0, "mL/h")}, None, 0),
        ({"dose": quantity(1e300, "mL"), "rateQuantity": quantity(1e9, "mL/h")}, None, None),
    ],
)
def test_volumes_and_rates(dosage: dict[str, Any], total: float | None, rate: float | None) -> None:
    one = only(drip(dosage=dosage, device=[]))
    assert (one.total_ml, one.rate_ml_h, one.left_ml) == (total, rate, total)


@pytest.mark.parametrize(
    "dose, rate, total, per_hour",
    [
        (quantity(500, "毫升"), quantity(60, "ml/hr"), 500, 60),
        (quantity(500, "ML"), quantity(1, "毫升/分钟"), 500, 60),
        (quantity(0.5, "升"), quantity(60, "mL / h"), 500, 60),
        (quantity(500, "cc"), quantity(40, "gtt/min"), 500, None),
        (quantity(500, "mL") | {"comparator": "<"}, quantity(60, "mL/h"), None, 60),
        (quantity(500, "mL"), quantity(60, "mL/h") | {"comparator": ">="}, 500, None),
        (quantity(500, "mL") | {"code": "L"}, quantity(1, "mL/h") | {"code": "mL/min"}, None, None),
    ],
)
def test_volumes_as_people_write_them_and_bounds(
    dose: dict[str, Any], rate: dict[str, Any], total: float | None, per_hour: float | None
) -> None:
    one = only(drip(dosage={"dose": dose, "rateQuantity": rate}, device=[]))
    assert (one.total_ml, one.rate_ml_h) == (total, per_hour)


def bag(id: str, **more: Any) -> dict[str, Any]:
    each = {"doseQuantity": quantity(250, "mL"), "rateQuantity": quantity(60, "mL/h")}
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "status": "active",
        "medicationCodeableConcept": {"text": "葡萄糖"},
        "subject": SUBJECT,
        "dosageInstruction": [{"doseAndRate": [each]}],
    } | more


def test_the_order_fills_what_the_administration_leaves_out() -> None:
    one = only(
        drip(dosage=None, medicationCodeableConcept=None, device=[{"reference": "Device/pump"}]),
        bag("bag"),
    )
    assert (one.total_ml, one.rate_ml_h, one.name) == (250, 60, "葡萄糖")
    assert one.next_ordered is False


def test_the_next_bag() -> None:
    assert only(drip(), bag("bag"), bag("next")).next_ordered is True
    assert only(drip(), bag("next", status="stopped")).next_ordered is False
    pill = {"doseAndRate": [{"doseQuantity": quantity(20, "mg")}]}
    assert only(drip(), bag("next", dosageInstruction=[pill])).next_ordered is False


@pytest.mark.parametrize("status", ["on-hold", "completed", "stopped"])
def test_paused_and_ended(status: str) -> None:
    period = {"start": "2026-11-21T01:00:00Z", "end": "2026-11-21T01:30:00Z"}
    body = drip(status=status, effectivePeriod=period)
    assert only(body).status == status
    later = derived(body, now=NOW + timedelta(hours=2))
    kept = [one for one in later.values.values() if one.kind == "infusion"]
    assert len(kept) == (1 if status == "on-hold" else 0)


def test_a_drip_without_a_beginning_is_set_aside() -> None:
    found = derived(drip(effectivePeriod={"end": "2026-11-21T01:30:00Z"}))
    assert [one.key for one in found.aside] == ["his.rejection.time"]
    gone = derived(drip(status="entered-in-error"))
    assert gone.aside == []
    assert gone.values == {}


# ---------------------------------------------------------- rates and their order


def rated(**rate: Any) -> dict[str, Any]:
    each = {"doseQuantity": quantity(500, "mL")} | rate
    return bag("bag", dosageInstruction=[{"doseAndRate": [each]}])


DROPS = Codebook(
    tomllib.loads(asset("resources", "his_mapping.toml").read_text("utf-8"))
    | {"ward": {"drops_per_ml": 20}}
)


@pytest.mark.parametrize(
    "rate, plain, with_factor",
    [
        ({"rateQuantity": quantity(100, "mL/h")}, 100, 100),
        ({"rateQuantity": quantity(2, "mL/min")}, 120, 120),
        ({"rateQuantity": {"value": 40, "unit": "滴/分"}}, UNIT, 120),
        ({"rateQuantity": quantity(40, "[drp]/min")}, UNIT, 120),
        (
            {"rateRatio": {"numerator": {"value": 40, "unit": "gtt"},
                           "denominator": quantity(1, "min")}},
            UNIT,
            120,
        ),
        ({"rateQuantity": quantity(3, "ug/kg/min")}, None, None),
        ({"rateQuantity": quantity(5, "mL/visit")}, UNIT, UNIT),
        ({"rateQuantity": quantity(100, "mL/h") | {"comparator": "<"}}, None, None),
        ({}, None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("factor", [False, True])
def test_the_ordered_rate_or_why_it_is_set_aside(
    rate: dict[str, Any],
    plain: float | str | None,
    with_factor: float | str | None,
    factor: bool,
) -> None:
    found = derived(drip(), rated(**rate), book=DROPS if factor else BOOK)
    wanted = with_factor if factor else plain
    (one,) = [v.body for v in found.values.values() if isinstance(v.body, Infusion)]
    if wanted == UNIT:
        assert one.ordered_ml_h is None
        assert [(r.resource_type, r.source_id, r.key) for r in found.aside] == [
            ("MedicationRequest", "bag", UNIT)
        ]
    else:
        assert one.ordered_ml_h == wanted
        assert found.aside == []


def test_several_ordered_rates_are_none() -> None:
    each = [{"doseAndRate": [{"rateQuantity": quantity(rate, "mL/h")}]} for rate in (50, 100)]
    assert only(drip(), bag("bag", dosageInstruction=each)).ordered_ml_h is None
    same = [{"doseAndRate": [{"rateQuantity": quantity(100, "mL/h")}]}] * 2
    assert only(drip(), bag("bag", dosageInstruction=same)).ordered_ml_h == 100


def test_measured_rates_where_they_change_and_the_newest() -> None:
    told = [
        reading(rate, f"2026-11-21T01:{minute}:00Z", code="157784", unit="mL/h")
        for minute, rate in ((10, 80), (11, 80), (12, 120), (13, 0), (14, 0), (15, 0))
    ]
    rates = only(drip(), *pump(), *told).rates
    assert [(one.at.minute, one.ml_h) for one in rates] == [(10, 80), (12, 120), (13, 0), (15, 0)]


def test_without_a_measured_rate_the_one_it_was_hung_at() -> None:
    assert [one.ml_h for one in only(drip()).rates] == [100]
    assert only(drip(dosage={"dose": quantity(500, "mL")}), rated()).rates == ()
