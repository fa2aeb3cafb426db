"""Which hours are night on a screen: the narrowest that somebody set, else the ward's."""

from datetime import UTC, datetime, time

import pytest

from smartward.clinical.device import ScreenRole
from smartward.clinical.night_hours import (
    NightBy,
    NightHours,
    NightRule,
    hours_from,
    hours_text,
    is_screen_night,
)
from smartward.clinical.ward import Ward

WARD = Ward(id="w", name="", zone="Asia/Shanghai")
BEDSIDE, DOOR = ScreenRole.BEDSIDE, ScreenRole.DOOR
ALL = NightRule(start=time(21), end=time(7))
DOORS = NightRule(role=DOOR, start=time(20), end=time(8))
ONE = NightRule(device_id="d1", start=time(0), end=time(0))


@pytest.mark.parametrize("rules", [(ALL, DOORS, ONE), (ONE, DOORS, ALL)])
def test_the_narrowest_counts_in_whichever_order_it_was_said(rules: tuple[NightRule, ...]) -> None:
    nights = NightHours()
    for rule in rules:
        nights = nights.with_rule(rule)
    assert nights.of(WARD, DOOR, "d1") == (ONE, NightBy.DEVICE)
    assert nights.of(WARD, DOOR, "d2") == (DOORS, NightBy.ROLE)
    assert nights.of(WARD, BEDSIDE, "d2") == (ALL, NightBy.ALL)
    nights = nights.without("", None).without("d1", None)
    hours, by = nights.of(WARD, BEDSIDE, "d1")
    assert ((hours.start, hours.end), by) == ((time(22), time(6)), NightBy.WARD)
    assert nights.of(WARD, DOOR, "d1")[1] is NightBy.ROLE


def test_what_is_said_anew_takes_the_place_of_what_was_said_of_the_same() -> None:
    later = NightRule(role=DOOR, start=time(19), end=time(5))
    nights = NightHours().with_rule(ALL).with_rule(DOORS).with_rule(later)
    assert nights.rules == (ALL, later)
    assert nights.without("", BEDSIDE) == nights


@pytest.mark.parametrize(
    "utc_hour, night", [(12, False), (13, True), (16, True), (22, True), (23, False)]
)
def test_hours_are_of_the_wards_zone_and_may_pass_midnight(utc_hour: int, night: bool) -> None:
    """21:00 to 07:00 in Shanghai."""
    at = datetime(2026, 11, 21, utc_hour, tzinfo=UTC)
    assert is_screen_night(WARD, ALL, at) is night
    assert not is_screen_night(WARD, ONE, at), "the same twice is no night"


def test_hours_are_written_and_read() -> None:
    assert hours_from("21:00-7:05") == (time(21), time(7, 5))
    assert (hours_text(ALL), hours_text(ONE)) == ("21:00-07:00", "")


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "21-7", "24:00-07:00", "21:60-07:00", "21:00-07:00 "),
        *("21:00\u201307:00", "\u0662:00-7:00"),
    ],
)
def test_what_is_no_span_of_hours_is_not_read(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        hours_from(wrong)
