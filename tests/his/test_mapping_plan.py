"""The patient's day: what is due when, and what became of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.plan import DoseTiming, PlanItem, PlanKind, PlanStatus
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.documents import Derived, derive
from smartward.his.fhir.elements import Timing
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_plan import AHEAD, PAST, Planner
from smartward.his.fhir.medications import MedicationRequest
from smartward.his.fhir.reject import Reject
from smartward.his.fhir.resource_types import STRUCTS
from smartward.his.fhir.times import Window, occurrences
from tests.his.hospital import patient

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""
ZONE = ZoneInfo("Asia/Shanghai")
BOOK = load_mapping()
SUBJECT = {"reference": "Patient/p1"}
STAY = {"reference": "Encounter/e1"}
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"


def derived(*resources: dict[str, Any], now: datetime = NOW) -> Derived:
    chart = Chart("p1")
    for body in (patient(), *resources):
        chart.put(
            msgspec.json.decode(msgspec.json.encode(body), type=STRUCTS[body["resourceType"]])
        )
    return derive("e1", chart, BOOK, "his", now, ZONE)


def items(*resources: dict[str, Any]) -> list[PlanItem]:
    return sorted(derived(*resources).plan, key=lambda one: one.due_at)


def local(one: datetime) -> str:
    return f"{one.astimezone(ZONE):%d %H:%M}"


def service(id: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "code": {"text": "胸部CT"},
        "subject": SUBJECT,
        "encounter": STAY,
    } | more


IMAGING = [{"coding": [{"system": SNOMED, "code": "363679005"}]}]


def test_an_order_with_a_time() -> None:
    (one,) = items(
        service(
            "a",
            category=IMAGING,
            occurrenceDateTime="2026-11-21T10:30:00+08:00",
            orderDetail=[
                {
                    "coding": [
                        {
                            "system": "http://hospital.example/fhir/CodeSystem/plan-detail",
                            "code": "fasting",
                        }
                    ]
                }
            ],
        )
    )
    assert one.id == "his.ServiceRequest.a"
    assert (one.kind, one.status, one.nil_by_mouth) == (PlanKind.SCAN, PlanStatus.PLANNED, True)
    assert local(one.due_at) == "21 10:30"
    assert one.title is not None
    assert one.title.his == "胸部CT"


@pytest.mark.parametrize(
    "more, expected",
    [
        ({"occurrenceDateTime": "2026-11-21"}, "21 23:59"),
        ({"occurrencePeriod": {"start": "2026-11-21T06:00:00Z"}}, "21 14:00"),
        ({"occurrencePeriod": {"end": "2026-11-21T06:00:00Z"}}, "21 14:00"),
        ({"occurrenceTiming": {"event": ["2026-11-21T06:00:00Z"]}}, "21 14:00"),
    ],
)
def test_times_in_every_form(more: dict[str, Any], expected: str) -> None:
    assert [local(one.due_at) for one in items(service("a", **more))] == [expected]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"occurrenceDateTime": "2026-11-18T10:00:00Z"},
        {"occurrenceDateTime": "2026-11-24T10:00:00Z"},
        {"occurrenceDateTime": "2026-11-21T10:00:00Z", "status": "revoked"},
        {"occurrenceDateTime": "2026-11-21T10:00:00Z", "status": "draft"},
        {"occurrenceDateTime": "2026-11-21T10:00:00Z", "intent": "proposal"},
        {"occurrenceDateTime": "2026-11-21T10:00:00Z", "encounter": {"reference": "Encounter/e0"}},
    ],
)
def test_what_is_not_of_this_day(more: dict[str, Any]) -> None:
    found = derived(service("a", **more))
    assert found.plan == []
    assert found.aside == []


@pytest.mark.parametrize(
    "more, key",
    [
        ({"occurrenceDateTime": "2026-11"}, "his.rejection.time"),
        (
            {"occurrenceTiming": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}},
            "his.rejection.no_time",
        ),
        (
            {
                "occurrenceTiming": {
                    "repeat": {
                        "boundsPeriod": {"start": "2026-11-21T00:00:00Z"},
                        "period": 1,
                        "periodUnit": "min",
                    }
                }
            },
            "his.rejection.time",
        ),
    ],
)
def test_why_an_order_is_set_aside(more: dict[str, Any], key: str) -> None:
    found = derived(service("a", **more), service("b", occurrenceDateTime="2026-11-21T03:00:00Z"))
    assert [one.key for one in found.aside] == [key]
    assert [one.id for one in found.plan] == ["his.ServiceRequest.b"]


def test_an_appointment_stands_for_its_order() -> None:
    booked = {
        "resourceType": "Appointment",
        "id": "ap",
        "status": "booked",
        "start": "2026-11-21T05:00:00Z",
        "basedOn": [{"reference": "ServiceRequest/a"}],
        "participant": [{"actor": SUBJECT}],
    }
    order = service("a", category=IMAGING, occurrenceDateTime="2026-11-21T04:00:00Z")
    (one,) = items(order, booked)
    assert (one.id, one.kind, local(one.due_at)) == (
        "his.Appointment.ap",
        PlanKind.SCAN,
        "21 13:00",
    )
    (alone,) = items(order, {**booked, "status": "cancelled"})
    assert alone.id == "his.ServiceRequest.a"


@pytest.mark.parametrize(
    "status, expected",
    [
        ("booked", PlanStatus.PLANNED),
        ("arrived", PlanStatus.IN_PROGRESS),
        ("fulfilled", PlanStatus.DONE),
        ("noshow", PlanStatus.NOT_DONE),
    ],
)
def test_appointments(status: str, expected: PlanStatus) -> None:
    booked = {
        "resourceType": "Appointment",
        "id": "ap",
        "status": status,
        "start": "2026-11-21T05:00:00Z",
        "description": "会诊",
        "participant": [{"actor": SUBJECT}],
    }
    (one,) = items(booked)
    assert (one.status, one.kind) == (expected, PlanKind.OTHER)


def nursing_task(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "id": "t",
        "status": "requested",
        "intent": "order",
        "code": {
            "coding": [
                {"system": "http://hospital.example/fhir/CodeSystem/plan", "code": "turning"}
            ]
        },
        "for": SUBJECT,
        "encounter": STAY,
        "restriction": {"period": {"end": "2026-11-21T02:30:00Z"}},
    } | more


def test_tasks() -> None:
    (one,) = items(nursing_task())
    assert (one.kind, one.status) == (PlanKind.TURNING, PlanStatus.PLANNED)
    done = {"start": "2026-11-21T02:25:00Z", "end": "2026-11-21T02:31:00Z"}
    (one,) = items(nursing_task(status="completed", executionPeriod=done))
    assert one.status is PlanStatus.DONE
    assert one.done_at == datetime(2026, 11, 21, 2, 31, tzinfo=UTC)
    (one,) = items(nursing_task(status="failed", code={"text": "换药"}))
    assert (one.kind, one.status) == (PlanKind.NURSING, PlanStatus.NOT_DONE)
    assert items(nursing_task(status="cancelled")) == []
    ours = [{"system": "urn:smartward:nurse-call", "value": "x"}]
    assert items(nursing_task(identifier=ours)) == []


def medicine(**more: Any) -> dict[str, Any]:
    timing = {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}
    timing["repeat"]["timeOfDay"] = ["08:00:00", "20:00:00"]  # type: ignore[assignment]  # JSON: other values than the first ones
    return {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "呋塞米片 20mg"},
        "subject": SUBJECT,
        "encounter": STAY,
        "dosageInstruction": [{"timing": timing}],
    } | more


def dose(id: str, at: str, status: str = "completed") -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "id": id,
        "status": status,
        "subject": SUBJECT,
        "context": STAY,
        "effectiveDateTime": at,
        "request": {"reference": "MedicationRequest/m"},
    }


def test_a_medicine_falls_due_at_its_times() -> None:
    found = items(
        medicine(), dose("a", "2026-11-21T00:20:00Z"), dose("n", "2026-11-20T12:05:00Z", "not-done")
    )
    assert [(local(one.due_at), one.status) for one in found] == [
        ("20 20:00", PlanStatus.NOT_DONE),
        ("21 08:00", PlanStatus.DONE),
        ("21 20:00", PlanStatus.PLANNED),
        ("22 08:00", PlanStatus.PLANNED),
        ("22 20:00", PlanStatus.PLANNED),
    ]
    assert found[1].done_at == datetime(2026, 11, 21, 0, 20, tzinfo=UTC)
    assert found[0].done_at is None
    assert found[0].id == "his.MedicationRequest.m.20261120T1200"


@pytest.mark.parametrize(
    "dose, shown",
    [
        ('{"doseQuantity": {"value": 72.50, "unit": "mg"}}', "aspirin 72.50 mg"),
        ('{"doseQuantity": {"value": 0.10, "code": "mg"}}', "aspirin 0.10 mg"),
        ('{"doseQuantity": {"value": 1e2, "unit": "mg"}}', "aspirin 100 mg"),
        (
            '{"doseQuantity": {"value": 0.1000000000000001, "unit": "g"}}',
            "aspirin 0.1000000000000001 g",
        ),
        ('{"doseQuantity": {"value": 5, "unit": "mg", "comparator": "<"}}', "aspirin <5 mg"),
        (
            '{"doseRange": {"low": {"value": 2.50, "unit": "mg"},'
            ' "high": {"value": 5, "unit": "mg"}}}',
            "aspirin 2.50 mg–5 mg",
        ),
        ('{"doseRange": {"low": {"value": 2.50, "unit": "mg"}}}', "aspirin 2.50 mg"),
        ('{"doseQuantity": {"unit": "mg"}}', "aspirin"),
        ('{"doseQuantity": {"value": -1, "unit": "mg"}}', "aspirin"),
        ('{"doseQuantity": {"value": 1e300, "unit": "mg"}}', "aspirin"),
        ("{}", "aspirin"),
    ],
)
def test_a_dose_is_shown_with_the_digits_it_came_with(dose: str, shown: str) -> None:
    assert medicine_title([dose]) == shown


def test_two_doses_in_one_order_are_not_told_as_one() -> None:
    doses = [f'{{"doseQuantity": {{"value": {mg}, "unit": "mg"}}}}' for mg in (5, 10)]
    assert medicine_title(doses) == "aspirin"
    assert medicine_title(doses[:1] * 2) == "aspirin 5 mg"


@given(
    value=st.decimals(min_value=0, max_value=10**6, allow_nan=False, places=4)
    | st.decimals(min_value=0, max_value=10**6, allow_nan=False, places=1)
)
def test_any_dose_keeps_its_digits(value: Decimal) -> None:
    title = medicine_title([f'{{"doseQuantity": {{"value": {value:f}, "unit": "mg"}}}}'])
    assert title == f"aspirin {value:f} mg"


def medicine_title(doses: list[str]) -> str | None:
    """The title of an order's first item; the doses are JSON as it came, digit by digit."""
    body = (
        '{"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",'
        ' "medicationCodeableConcept": {"text": "aspirin"},'
        ' "dosageInstruction": [{"timing": {"event": ["2026-11-21T06:00:00Z"]},'
        f' "doseAndRate": [{", ".join(doses)}]}}]}}'
    )
    order = msgspec.json.decode(body, type=MedicationRequest)
    window = Window(NOW - PAST, NOW + AHEAD, BOOK.zone)
    (item,) = Planner(Chart("p1"), BOOK, "his", "his.e1", window).items(order)
    return item.title.his if item.title is not None else None


def test_a_dose_far_from_any_time_answers_none() -> None:
    found = items(medicine(), dose("a", "2026-11-21T06:30:00Z"))
    assert {one.status for one in found} == {PlanStatus.PLANNED}


def test_two_doses_answer_two_times() -> None:
    doses = (dose("a", "2026-11-20T12:10:00Z"), dose("b", "2026-11-21T00:10:00Z"))
    done = [local(one.due_at) for one in items(medicine(), *doses) if one.status is PlanStatus.DONE]
    assert done == ["20 20:00", "21 08:00"]


def test_medicines_that_are_no_part_of_the_day() -> None:
    assert items(medicine(status="stopped")) == []
    home = [{"coding": [{"code": "community"}]}]
    assert items(medicine(category=home)) == []
    needed = medicine()
    needed["dosageInstruction"][0]["asNeededBoolean"] = True
    assert items(needed) == []
    bid = derived(medicine(dosageInstruction=[{"timing": {"code": {"coding": [{"code": "BID"}]}}}]))
    assert [one.key for one in bid.aside] == ["his.rejection.no_time"]


@pytest.mark.parametrize("status", ["completed", "on-hold"])
def test_of_a_completed_or_held_order_nothing_is_due(status: str) -> None:
    found = items(medicine(status=status), dose("a", "2026-11-21T00:20:00Z"))
    assert [(local(one.due_at), one.status) for one in found] == [("21 08:00", PlanStatus.DONE)]


def test_the_wards_standard_times_where_it_has_some() -> None:
    book = Codebook({**BOOK._data, "standard_times": {"BID": ["08:00", "16:00"]}})
    timing = msgspec.convert({"code": {"coding": [{"code": "BID"}]}}, Timing)
    day = datetime(2026, 11, 21, tzinfo=ZONE)
    found = occurrences(timing, Window(day, day + timedelta(days=1), ZONE), book)
    assert [local(at) for at in found] == ["21 08:00", "21 16:00"]


def test_meals() -> None:
    diet = {
        "resourceType": "NutritionOrder",
        "id": "d",
        "status": "active",
        "patient": SUBJECT,
        "oralDiet": {
            "type": [{"text": "普食"}],
            "schedule": [{"repeat": {"timeOfDay": ["12:00:00"]}}],
        },
    }
    found = items(diet)
    assert [(local(one.due_at), one.kind) for one in found] == [
        ("20 12:00", PlanKind.MEAL),
        ("21 12:00", PlanKind.MEAL),
        ("22 12:00", PlanKind.MEAL),
    ]


WINDOW = Window(NOW - timedelta(hours=24), NOW + timedelta(hours=36), ZONE)


@pytest.mark.parametrize(
    "repeat, expected",
    [
        (
            {"period": 8, "periodUnit": "h", "boundsPeriod": {"start": "2026-11-01T00:00:00Z"}},
            ["20 16:00", "21 00:00", "21 08:00", "21 16:00", "22 00:00", "22 08:00", "22 16:00"],
        ),
        ({"timeOfDay": ["06:00"], "dayOfWeek": ["sun"]}, ["22 06:00"]),
        (
            {
                "timeOfDay": ["06:00"],
                "period": 2,
                "periodUnit": "d",
                "boundsPeriod": {"start": "2026-11-20"},
            },
            ["22 06:00"],
        ),
        ({"timeOfDay": ["06:00"], "boundsPeriod": {"end": "2026-11-21"}}, ["21 06:00"]),
        (
            {"timeOfDay": ["06:00"], "dayOfWeek": ["sat"], "period": 1, "periodUnit": "wk"},
            ["21 06:00"],
        ),
    ],
)
def test_timings(repeat: dict[str, Any], expected: list[str]) -> None:
    timing = msgspec.convert({"repeat": repeat}, Timing)
    assert [local(at) for at in occurrences(timing, WINDOW, BOOK)] == expected


@pytest.mark.parametrize(
    "repeat",
    [
        {"timeOfDay": ["06:00"], "period": 1, "periodUnit": "wk"},
        {"timeOfDay": ["06:00"], "period": 1, "periodUnit": "mo"},
        {"timeOfDay": ["06:00"], "period": 1.5, "periodUnit": "d"},
        {"frequency": 3, "period": 1, "periodUnit": "d"},
        {"period": 8, "periodUnit": "h"},
    ],
)
def test_timings_that_do_not_tell_when(repeat: dict[str, Any]) -> None:
    with pytest.raises(Reject) as reason:
        occurrences(msgspec.convert({"repeat": repeat}, Timing), WINDOW, BOOK)
    assert reason.value.key == "his.rejection.no_time"


@given(
    repeat=st.fixed_dictionaries(
        {},
        optional={
            "timeOfDay": st.lists(st.sampled_from(["08:00:00", "25:00", "x", "23:59"]), max_size=3),
            "period": st.sampled_from([0, 1, 2.5, -1, 1e9, 1e300]),
            "periodUnit": st.sampled_from(["d", "h", "min", "wk", ""]),
            "frequency": st.integers(-1, 50),
            "dayOfWeek": st.lists(st.sampled_from(["mon", "sat", "day"]), max_size=2),
            "boundsPeriod": st.sampled_from(
                [{"start": "2026-11-20"}, {"start": "?"}, {}, {"start": "2000-01-01T00:00:00Z"}]
            ),
        },
    )
)
def test_any_timing_is_times_in_the_window_or_a_reason(repeat: dict[str, Any]) -> None:
    timing = msgspec.convert({"repeat": repeat}, Timing)
    found: list[datetime] = []
    reason = None
    try:
        found = occurrences(timing, WINDOW, BOOK)
    except Reject as refused:
        reason = refused.key
    assert reason in (None, "his.rejection.time", "his.rejection.no_time")
    assert all(WINDOW.holds(at) for at in found)
    assert found == sorted(set(found))


# ----------------------------------------------------- how near to its time a dose


def timings(**more: Any) -> set[DoseTiming]:
    timing = more.pop("timing", {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d",
                                            "timeOfDay": ["08:00:00", "20:00:00"]}})  # fmt: skip
    order = {
        "resourceType": "MedicationRequest",
        "id": "t",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "胰岛素"},
        "subject": SUBJECT,
        "encounter": STAY,
        "dosageInstruction": [{"timing": timing}],
    }
    return {one.timing for one in items(order | more)}


LOCAL = "http://hospital.example/fhir/CodeSystem/medicine"
CRITICAL = {"coding": [{"system": LOCAL, "code": "time-critical"}]}


@pytest.mark.parametrize(
    "more, timing",
    [
        ({}, DoseTiming.ORDINARY),
        ({"priority": "routine"}, DoseTiming.ORDINARY),
        ({"priority": "urgent"}, DoseTiming.CRITICAL),
        ({"priority": "asap"}, DoseTiming.CRITICAL),
        ({"priority": "stat"}, DoseTiming.CRITICAL),
        ({"category": [CRITICAL]}, DoseTiming.CRITICAL),
        ({"medicationCodeableConcept": CRITICAL}, DoseTiming.CRITICAL),
        ({"timing": {"event": ["2026-11-21T10:30:00+08:00"]}}, DoseTiming.ORDINARY),
        ({"timing": {"repeat": {"timeOfDay": ["08:00:00"]}}}, DoseTiming.DAILY),
        ({"timing": {"repeat": {"timeOfDay": ["08:00:00", "07:59:00"]}}}, DoseTiming.ORDINARY),
    ],
)
def test_how_near_to_its_time_a_dose_is_to_be_given(
    more: dict[str, Any], timing: DoseTiming
) -> None:
    assert timings(**more) == {timing}


@pytest.mark.parametrize(
    "hours, timing", [(3, DoseTiming.CRITICAL), (4, DoseTiming.ORDINARY), (24, DoseTiming.DAILY)]
)
def test_more_often_than_every_four_hours_is_time_critical(hours: int, timing: DoseTiming) -> None:
    start = {"start": "2026-11-20T08:00:00+08:00"}
    repeat = {"period": hours, "periodUnit": "h", "frequency": 1, "boundsPeriod": start}
    assert timings(timing={"repeat": repeat}) == {timing}
