"""Orders as rules need them: codes, limits, what was given; allergies and weight of a stay."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from smartward.clinical.allergy import Allergy, Criticality
from smartward.clinical.order import Dose, Limit, Order, OrderKind, Route
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.documents import Derived, derive
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_precaution import allergies
from smartward.his.fhir.mapping_weight import weight_kg
from smartward.his.fhir.reject import RANGE, UNIT
from smartward.his.fhir.resource_types import STRUCTS
from tests.his.hospital import patient

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
BOOK = load_mapping()
SUBJECT = {"reference": "Patient/p1"}
STAY = {"reference": "Encounter/e1"}
ATC = "http://www.whocc.no/atc"


def chart_of(*resources: dict[str, Any]) -> Chart:
    chart = Chart("p1")
    for body in (patient(), *resources):
        chart.put(
            msgspec.json.decode(msgspec.json.encode(body), type=STRUCTS[body["resourceType"]])
        )
    return chart


def derived(*resources: dict[str, Any]) -> Derived:
    return derive("e1", chart_of(*resources), BOOK, "his", NOW, ZONE)


def orders(*resources: dict[str, Any]) -> list[Order]:
    bodies = [one.body for one in derived(*resources).values.values()]
    return [one for one in bodies if isinstance(one, Order)]


def request(**more: Any) -> dict[str, Any]:
    dosage = more.pop("dosage", {"asNeededBoolean": True})
    return {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": ATC, "code": "N02BE01", "display": "paracetamol"}],
            "text": "对乙酰氨基酚片",
        },
        "subject": SUBJECT,
        "encounter": STAY,
        "dosageInstruction": [dosage],
    } | more


def gave(id: str = "g", at: str = "2026-11-21T01:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "id": id,
        "status": "completed",
        "subject": SUBJECT,
        "context": STAY,
        "effectiveDateTime": at,
        "request": {"reference": "MedicationRequest/m"},
    } | more


def quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit}


def test_an_order_as_needed_with_all_it_tells() -> None:
    dosage = {
        "asNeededCodeableConcept": {"text": "疼痛时"},
        "route": {"text": "口服"},
        "timing": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}},
        "doseAndRate": [{"doseQuantity": quantity(0.5, "g")}],
        "maxDosePerPeriod": {"numerator": quantity(2, "g"), "denominator": quantity(24, "h")},
    }
    (one,) = orders(request(dosage=dosage), gave(dosage={"dose": quantity(500, "mg")}))
    assert one.title is not None
    assert one.title.his == "对乙酰氨基酚片 0.5 g"
    assert one == Order(
        id="his.MedicationRequest.m",
        encounter_id="his.e1",
        kind=OrderKind.MEDICINE,
        title=one.title,
        codes=(f"{ATC}|N02BE01",),
        names=("对乙酰氨基酚片", "paracetamol"),
        as_needed=True,
        analgesic=True,
        route=Route.ORAL,
        dose=0.5,
        dose_unit="g",
        limits=(Limit(period_h=24, amount=2, unit="g"), Limit(period_h=6, doses=1)),
        given=(
            Dose(
                id="g",
                at=datetime(2026, 11, 21, 1, 0, tzinfo=UTC),
                amount=500,
                unit="mg",
                route=Route.ORAL,
            ),
        ),
    )


@pytest.mark.parametrize(
    "repeat, limit",
    [
        ({"frequency": 1, "period": 30, "periodUnit": "min"}, Limit(period_h=0.5, doses=1)),
        (
            {"frequency": 2, "frequencyMax": 4, "period": 1, "periodUnit": "d"},
            Limit(period_h=24, doses=4),
        ),
        ({"period": 8, "periodUnit": "h"}, Limit(period_h=8, doses=1)),
        ({"frequency": 1, "period": 0, "periodUnit": "h"}, None),
        ({"frequency": 1, "period": 1, "periodUnit": "a"}, None),
        ({"timeOfDay": ["08:00:00"]}, None),
    ],
)
def test_how_often_an_order_as_needed_may_be_given(
    repeat: dict[str, Any], limit: Limit | None
) -> None:
    dosage = {"asNeededBoolean": True, "timing": {"repeat": repeat}}
    (one,) = orders(request(dosage=dosage))
    assert one.limits == (() if limit is None else (limit,))


@pytest.mark.parametrize(
    "most, limit",
    [
        ((quantity(4, "次"), quantity(1, "天")), Limit(period_h=24, doses=4)),
        ((quantity(3, "{dose}"), quantity(12, "h")), Limit(period_h=12, doses=3)),
        ((quantity(8, "片"), quantity(24, "h")), Limit(period_h=24, amount=8, unit="片")),
        ((quantity(2, "g") | {"comparator": "<"}, quantity(24, "h")), None),
        ((quantity(2, "g"), quantity(0, "h")), None),
        ((quantity(2, "g"), quantity(2, "visits")), None),
    ],
)
def test_the_highest_dose_of_a_period(
    most: tuple[dict[str, Any], dict[str, Any]], limit: Limit | None
) -> None:
    ratio = {"numerator": most[0], "denominator": most[1]}
    (one,) = orders(request(dosage={"asNeededBoolean": True, "maxDosePerPeriod": ratio}))
    assert one.limits == (() if limit is None else (limit,))


def test_a_scheduled_order_has_no_limits_and_is_not_as_needed() -> None:
    dosage = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d",
                                    "timeOfDay": ["08:00:00"]}}}  # fmt: skip
    (one,) = orders(request(dosage=dosage))
    assert (one.as_needed, one.limits) == (False, ())


def test_which_orders_stand() -> None:
    assert orders(request(status="stopped"), gave()) == []
    assert orders(request(intent="proposal")) == []
    assert orders(request(category=[{"coding": [{"code": "community"}]}])) == []
    assert orders(request(status="completed")) == []
    (once,) = orders(request(status="completed"), gave())
    assert (once.active, len(once.given)) == (False, 1)
    (one,) = orders(request(), gave(status="not-done"), gave("h", at="2026-11-21"))
    assert one.given == (), "neither what was not given nor what has no exact time"


@pytest.mark.parametrize(
    "own, ordered, route",
    [
        ({"text": "静脉注射"}, {"text": "口服"}, Route.INJECTED),
        (None, {"text": "IM"}, Route.INJECTED),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "26643006"}]}, None, Route.ORAL),
        ({"text": "外用"}, None, None),
        (None, None, None),
    ],
)
def test_how_a_dose_was_given(
    own: dict[str, Any] | None, ordered: dict[str, Any] | None, route: Route | None
) -> None:
    dosage = {"asNeededBoolean": True, "route": ordered}
    (one,) = orders(request(dosage=dosage), gave(dosage={"route": own}))
    assert one.given[0].route is route


@pytest.mark.parametrize(
    "concept, found",
    [
        ({"text": "布洛芬缓释片 0.3g"}, True),
        ({"coding": [{"system": ATC, "code": "N02AA01"}]}, True),
        ({"coding": [{"system": ATC, "code": "M01AE01"}]}, True),
        ({"coding": [{"system": ATC, "code": "M03AC01"}]}, False),
        ({"text": "头孢呋辛"}, False),
    ],
)
def test_what_is_against_pain(concept: dict[str, Any], found: bool) -> None:
    (one,) = orders(request(medicationCodeableConcept=concept))
    assert one.analgesic is found


def test_food_is_an_order_with_everything_that_is_in_it() -> None:
    diet = {
        "resourceType": "NutritionOrder",
        "id": "n",
        "status": "active",
        "patient": SUBJECT,
        "encounter": STAY,
        "oralDiet": {"type": [{"coding": [{"system": "urn:x", "code": "1"}], "text": "普食"}]},
        "supplement": [{"type": {"text": "花生酱"}, "productName": "Peanut drink"}],
        "enteralFormula": {"baseFormulaProductName": "豆奶"},
    }
    (one,) = orders(diet)
    assert (one.kind, one.id) == (OrderKind.DIET, "his.NutritionOrder.n")
    assert one.names == ("普食", "花生酱", "Peanut drink", "豆奶")
    assert one.codes == ("urn:x|1",)
    assert orders(diet | {"status": "completed"}) == []


# ------------------------------------------------------- the stay's own document


def allergy(id: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "id": id,
        "patient": SUBJECT,
        "code": {"coding": [{"system": ATC, "code": "J01C"}], "text": "青霉素"},
    } | more


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


@pytest.mark.parametrize(
    "more, criticality",
    [
        ({}, Criticality.UNKNOWN),
        ({"criticality": "high"}, Criticality.HIGH),
        ({"criticality": "low", "clinicalStatus": coded("active")}, Criticality.LOW),
        ({"criticality": "other", "verificationStatus": coded("confirmed")}, Criticality.UNKNOWN),
        ({"clinicalStatus": coded("resolved")}, None),
        ({"verificationStatus": coded("refuted")}, None),
        ({"verificationStatus": coded("entered-in-error")}, None),
        ({"code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}}, None),
    ],
)
def test_allergies_in_force(more: dict[str, Any], criticality: Criticality | None) -> None:
    found = allergies(chart_of(allergy(**more)), BOOK)
    if criticality is None:
        assert found == ()
    else:
        assert found == (
            Allergy(id="a", codes=(f"{ATC}|J01C",), names=("青霉素",), criticality=criticality),
        )


def weighed(id: str, at: str | None, value: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": SUBJECT,
        "effectiveDateTime": at,
        "valueQuantity": value,
    } | more


def test_the_newest_weight_counts() -> None:
    chart = chart_of(
        weighed("a", "2026-11-20T08:00:00Z", quantity(61, "kg")),
        weighed("b", "2026-11-21", quantity(60, "公斤")),
        weighed("c", None, quantity(40, "kg")),
        weighed("d", "2026-11-21T01:00:00Z", quantity(50, "kg"), status="entered-in-error"),
    )
    assert weight_kg("e1", chart, BOOK, ZONE) == (60, [])
    assert weight_kg("e1", chart_of(), BOOK, ZONE) == (None, [])


@pytest.mark.parametrize(
    "value, kg, key",
    [
        (quantity(3500, "g"), 3.5, None),
        (quantity(150, "[lb_av]"), 68.039, None),
        (quantity(60, "stone"), None, UNIT),
        (quantity(6000, "kg"), None, RANGE),
        (quantity(0, "kg"), None, RANGE),
    ],
)
def test_weights_in_their_units(value: dict[str, Any], kg: float | None, key: str | None) -> None:
    chart = chart_of(weighed("a", "2026-11-20T08:00:00Z", value))
    weight, aside = weight_kg("e1", chart, BOOK, ZONE)
    assert weight == kg
    assert [reason.key for _, reason in aside] == ([] if key is None else [key])
    told = derived(weighed("a", "2026-11-20T08:00:00Z", value)).aside
    assert [one.key for one in told] == ([] if key is None else [key])
