"""Who works on the ward, when, and with which badge; what cannot be used is named."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.ward import DutyHours, StaffRole
from smartward.his.fhir.elements import Period
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_staff import Staffing, staffing
from smartward.his.fhir.resources import Practitioner, PractitionerRole
from smartward.his.fhir.times import bounds, holds

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
BOOK = load_mapping()
LOCAL = "http://hospital.example/fhir/CodeSystem"
BADGES = "urn:badges"


def role(of: str, code: str = "nurse", id: str = "", **more: Any) -> PractitionerRole:
    body = {
        "resourceType": "PractitionerRole",
        "id": id or f"role-{of}-{code}",
        "practitioner": {"reference": f"Practitioner/{of}", "display": f"Name of {of}"},
        "code": [{"coding": [{"system": f"{LOCAL}/staff-role", "code": code}]}],
        **more,
    }
    return msgspec.convert(body, PractitionerRole)


def person(id: str, *codes: str, **more: Any) -> Practitioner:
    body = {
        "resourceType": "Practitioner",
        "id": id,
        "name": [{"text": "李敏", "family": "李"}],
        "identifier": [{"system": BADGES, "value": code} for code in codes],
        **more,
    }
    return msgspec.convert(body, Practitioner)


def staffed(*roles: PractitionerRole, people: tuple[Practitioner, ...] = ()) -> Staffing:
    known = {one.id: one for one in people}
    return staffing(roles, known, BOOK, NOW, ZONE, BADGES)


def why(found: Staffing) -> list[tuple[str, str, str, str]]:
    return [(one.resource_type, one.source_id, one.key, one.detail) for one in found.aside]


def test_somebody_with_role_and_hours() -> None:
    day = {"availableStartTime": "08:00", "availableEndTime": "16:00:00"}
    hours = [
        {"daysOfWeek": ["sun", "mon"], **day},
        {"availableStartTime": "22:00:00", "availableEndTime": "06:00:00"},
        {"daysOfWeek": ["sat"], "allDay": True},
    ]
    found = staffed(role("li", availableTime=hours), people=(person("li"),))
    assert [(one.id, one.name, one.family, one.role) for one in found.members] == [
        ("li", "李敏", "李", StaffRole.NURSE)
    ]
    assert found.members[0].duty == (
        DutyHours(start=time(8), end=time(16), days=(1, 7)),
        DutyHours(start=time(22), end=time(6)),
        DutyHours(start=time(), end=time(), days=(6,)),
    )
    assert found.aside == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"availableStartTime": "8 o'clock", "availableEndTime": "16:00"},
        {"availableStartTime": "08:00"},
        {"availableStartTime": "08:00", "availableEndTime": "24:00"},
        {"daysOfWeek": ["Monday"], "allDay": True},
        {},
    ],
)
def test_broken_hours_are_named_and_the_others_count(broken: dict[str, Any]) -> None:
    good = {"availableStartTime": "08:00", "availableEndTime": "16:00"}
    found = staffed(role("li", availableTime=[broken, good]))
    assert found.members[0].duty == (DutyHours(start=time(8), end=time(16)),)
    assert [one[:3] for one in why(found)] == [
        ("PractitionerRole", "role-li-nurse", "his.rejection.time")
    ]
    assert "8 o'clock" not in repr(why(found))


@pytest.mark.parametrize(
    "more, here",
    [
        ({"active": False}, False),
        ({"period": {"end": "2026-11-20"}}, False),
        ({"period": {"end": "2026-11-21"}}, True),
        ({"period": {"end": "2026-11"}}, True),
        ({"period": {"end": "2025"}}, False),
        ({"period": {"start": "2026-11-22"}}, False),
        ({"period": {"start": "2026-11-21"}}, True),
        ({"period": {"start": "2026-11-21T10:00:01+08:00"}}, False),
        ({"period": {"start": "2026-11-21T10:00:00+08:00"}}, True),
        ({"period": {"end": "2026-11-21T10:00:00+08:00"}}, False),
    ],
)
def test_who_is_here_today(more: dict[str, Any], here: bool) -> None:
    found = staffed(role("li", **more))
    assert bool(found.members) is here
    assert found.aside == ()


def test_a_practitioner_who_is_no_longer_active_is_not_on_the_roster() -> None:
    found = staffed(role("li"), people=(person("li", "4711", active=False),))
    assert (found.members, found.badges, found.aside) == ((), (), ())


def test_a_period_that_is_no_date_shuts_nobody_out() -> None:
    found = staffed(role("li", period={"end": "soon"}))
    assert len(found.members) == 1
    assert [one[2] for one in why(found)] == ["his.rejection.time"]


def test_what_cannot_be_used_is_named_and_stops_nobody() -> None:
    nobody = role("x", id="r1", practitioner=None)
    nameless = role("y", id="r2", practitioner={"reference": "Practitioner/y"})
    found = staffed(nobody, nameless, role("z", "dietitian", id="r3"), role("li"))
    assert [one.id for one in found.members] == ["li"]
    assert [one[1:3] for one in why(found)] == [
        ("r1", "his.rejection.reference"),
        ("r2", "his.rejection.missing"),
        ("r3", "his.rejection.code"),
    ]


def test_one_person_in_two_roles() -> None:
    day = {"availableStartTime": "08:00", "availableEndTime": "16:00"}
    late = {"availableStartTime": "16:00", "availableEndTime": "18:00"}
    found = staffed(
        role("li", "privacy_officer", availableTime=[late]), role("li", availableTime=[day])
    )
    assert [(one.id, one.role) for one in found.members] == [("li", StaffRole.NURSE)]
    assert [hours.start for hours in found.members[0].duty] == [time(8), time(16)]


def test_the_order_of_the_roster() -> None:
    codes = ("privacy_officer", "carer", "doctor", "nurse", "head_nurse")
    found = staffed(*(role(f"p-{code}", code) for code in codes))
    assert [one.role for one in found.members] == list(reversed([StaffRole(c) for c in codes]))


# ------------------------------------------------------------------------------ badges


def test_badges_of_those_on_the_roster_only() -> None:
    people = (
        person("li", "4711", " 4712 "),
        person("wang", "9999"),
        person("qian", "5000", identifier=[{"system": "urn:other", "value": "5000"}]),
    )
    found = staffed(role("li"), role("qian"), people=people)
    assert found.badges == (("li", "4711"), ("li", "4712"))


def test_a_badge_that_was_handed_in() -> None:
    over = [
        {"system": BADGES, "value": "1", "use": "old"},
        {"system": BADGES, "value": "2", "period": {"end": "2026-11-20T00:00:00Z"}},
        {"system": BADGES, "value": "  "},
        {"system": BADGES},
    ]
    assert staffed(role("li"), people=(person("li", identifier=over),)).badges == ()


def test_a_code_of_two_people_proves_neither() -> None:
    people = (person("li", "4711", "1"), person("wang", "4711"))
    found = staffed(role("li"), role("wang"), people=people)
    assert found.badges == (("li", "1"),)
    assert why(found) == [
        ("Practitioner", "li", "his.rejection.badge", "identifier"),
        ("Practitioner", "wang", "his.rejection.badge", "identifier"),
    ]


def test_badges_are_in_no_word() -> None:
    found = staffed(role("li"), people=(person("li", "SECRET-4711"),))
    assert found.badges == (("li", "SECRET-4711"),)
    assert "SECRET" not in repr(found)
    assert "SECRET" not in repr(found.members)


def test_no_badge_system_no_badges() -> None:
    people = {"li": person("li", "4711", identifier=[{"value": "4711"}])}
    assert staffing([role("li")], people, BOOK, NOW, ZONE).badges == ()


# ------------------------------------------------------------------------------ periods

moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))


@given(at=moments, form=st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]))
def test_a_day_month_or_year_holds_all_of_itself(at: datetime, form: str) -> None:
    local = at.astimezone(ZONE)
    text = local.strftime(form)
    start, end = bounds(Period(start=text, end=text), ZONE, "period")
    assert start is not None
    assert end is not None
    assert holds((start, end), at)
    assert not holds((start, end), end)
    assert start.astimezone(ZONE).strftime(form) == text
    assert end.astimezone(ZONE).strftime(form) != text
