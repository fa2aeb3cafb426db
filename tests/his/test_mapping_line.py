"""Lines and catheters by their Flags: which, since when, and until when they are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from smartward.clinical.line import Line, LineKind
from smartward.his.fhir.chart import Chart
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_line import lines
from smartward.his.fhir.resources import Flag

BOOK = load_mapping()
NOW = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
SYSTEM = "http://hospital.example/fhir/CodeSystem/line"


def flag(code: str = "foley", status: str = "active", **period: str) -> Flag:
    body: dict[str, Any] = {
        "resourceType": "Flag",
        "id": "f",
        "status": status,
        "code": {"coding": [{"system": SYSTEM, "code": code}], "text": "导尿管"},
        "subject": {"reference": "Patient/p"},
        "period": period,
    }
    return msgspec.json.decode(msgspec.json.encode(body), type=Flag)


def found(*flags: Flag) -> list[Line]:
    chart = Chart("p")
    for one in flags:
        chart.put(one)
    return list(lines("e", chart, BOOK, "his", "his.e", NOW))


def at(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).isoformat()


CODES = {
    LineKind.PERIPHERAL_VENOUS: "piv",
    LineKind.CENTRAL_VENOUS: "cvc",
    LineKind.PICC: "picc",
    LineKind.URINARY_CATHETER: "foley",
    LineKind.NASOGASTRIC: "ngt",
    LineKind.DRAIN: "drain",
}


@pytest.mark.parametrize("kind", LineKind)
def test_every_kind_has_its_code(kind: LineKind) -> None:
    (line,) = found(flag(CODES[kind], start=at(-30)))
    assert (line.kind, line.id, line.encounter_id) == (kind, "his.Flag.f", "his.e")
    assert (line.since, line.until) == (NOW - timedelta(hours=30), None)
    assert line.site == "导尿管"


def test_one_that_was_taken_out_is_told_for_a_day() -> None:
    (line,) = found(flag(status="inactive", start=at(-90), end=at(-23)))
    assert line.until == NOW - timedelta(hours=23)
    assert found(flag(status="inactive", start=at(-90), end=at(-25))) == []
    assert found(flag(status="inactive", start=at(-90))) == [], "nobody knows when it came out"
    taken_out_early = flag(status="inactive", start=at(-90), end=at(70))
    assert found(taken_out_early) == [], "it does not lie there any more"
    (planned,) = found(flag(start=at(-2), end=at(70)))
    assert planned.until is None, "an end to come is no end"


def test_a_date_is_no_exact_time_and_other_marks_are_no_lines() -> None:
    (line,) = found(flag(start="2026-11-20"))
    assert line.since is None
    assert found(flag("bracelet", start=at(-1))) == []
    assert found(flag(status="entered-in-error", start=at(-1))) == []
