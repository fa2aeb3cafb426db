"""Alerts of a shift against the ward's budget."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest

from smartward.clinical.alert_budget import (
    AlertTally,
    Budget,
    judged,
    shift_began,
    tally,
    third_ends,
)
from smartward.clinical.ward import Shift, Ward

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Row:
    alert: str
    subject: str = "encounter:e1"
    bed: str | None = "b1"
    rule: str = "news2"
    at: datetime = NOW
    mode: str = "on"
    event: str = "opened"
    alert_class: str = "U"
    told: str = ""


def test_what_people_saw_open_is_counted_once_by_bed_patient_and_rule() -> None:
    rows = [
        Row(alert="1"),
        Row(alert="1", event="escalated"),
        Row(alert="2", rule="spo2_drop"),
        Row(alert="3", mode="shadow"),
        Row(alert="4", at=NOW - timedelta(seconds=1)),
        Row(alert="5", subject="encounter:e2", bed="b2"),
        Row(alert="6", subject="ward:w", bed=None),
    ]
    found = tally(rows, NOW, beds=4)
    assert found.per_bed == {"b1": 2, "b2": 1}
    assert found.per_patient == {"e1": 2, "e2": 1}
    assert found.rules == {"e1": {"news2": 1, "spo2_drop": 1}, "e2": {"news2": 1}}
    assert (found.total, found.mean) == (4, 0.75)


def test_a_patient_who_moved_is_one_patient_in_two_beds() -> None:
    found = tally([Row(alert="1"), Row(alert="2", bed="b2")], NOW, beds=2)
    assert found.per_bed == {"b1": 1, "b2": 1}
    assert found.per_patient == {"e1": 2}


@pytest.mark.parametrize("count, over", [(9, False), (10, False), (11, True)])
def test_a_bed_is_over_budget_above_it(count: int, over: bool) -> None:
    found = judged(AlertTally(shift_began_at=NOW, per_bed={"b1": count}, bed_count=1), Budget())
    assert found.beds == ((("b1", count),) if over else ())
    assert found.over is over


@pytest.mark.parametrize(
    "own, others, over",
    [(4, 0, False), (5, 0, True), (6, 14, False), (7, 14, True)],
)
def test_a_patient_is_over_budget_above_their_share(own: int, others: int, over: bool) -> None:
    per_patient = {"e1": own} | {f"o{n}": 1 for n in range(others)}
    found = judged(AlertTally(shift_began_at=NOW, per_patient=per_patient, bed_count=40), Budget())
    assert (found.patients == (("e1", own),)) is over


def test_a_ward_without_beds_or_alerts_is_within_its_budget() -> None:
    nothing = tally([], NOW, beds=0)
    assert nothing.mean == 0.0
    assert not judged(nothing, Budget()).over


def test_a_shift_over_midnight_began_yesterday() -> None:
    shifts = (
        Shift(id="day", start=time(8), end=time(20)),
        Shift(id="night", start=time(20), end=time(8)),
    )
    ward = Ward(id="w", name="W", zone="UTC", shifts=shifts)
    at_three = NOW.replace(hour=3)
    assert shift_began(ward, at_three) == (NOW - timedelta(days=1)).replace(hour=20)
    assert shift_began(ward, NOW) == NOW.replace(hour=8)
    for hour, began in ((0, 0), (7, 0), (8, 8), (23, 16)):
        at = NOW.replace(hour=hour, minute=59)
        assert shift_began(None, at) == at.replace(hour=began, minute=0), "a third of the day"
        assert third_ends(None, at) == shift_began(None, at) + timedelta(hours=8)
