"""Night and shifts: half-open, across midnight, through a change of the clocks."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.ward import Shift, Ward, is_night, shift_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = Shift(id="day", start=time(8, 30), end=time(16, 0))
LATE = Shift(id="late", start=time(16, 0), end=time(0, 0))
NIGHT = Shift(id="night", start=time(0, 0), end=time(8, 30))
WARD = Ward(id="w", name="心内科", shifts=(DAY, LATE, NIGHT))


def local(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 8, 1, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    "moment, night",
    [
        (local(21, 59, 59), False),
        (local(22), True),
        (local(23, 59, 59), True),
        (local(0), True),
        (local(5, 59, 59), True),
        (local(6), False),
    ],
)
def test_night(moment: datetime, night: bool) -> None:
    assert is_night(WARD, moment) is night


def test_night_within_one_day_and_no_night() -> None:
    early = Ward(id="w", name="w", night_start=time(1, 0), night_end=time(5, 0))
    assert [is_night(early, local(hour)) for hour in (0, 1, 4, 5)] == [False, True, True, False]
    never = Ward(id="w", name="w", night_start=time(6, 0), night_end=time(6, 0))
    assert not any(is_night(never, local(hour)) for hour in range(24))


@pytest.mark.parametrize(
    "moment, shift",
    [
        (local(8, 29, 59), NIGHT),
        (local(8, 30), DAY),
        (local(15, 59, 59), DAY),
        (local(16), LATE),
        (local(23, 59, 59), LATE),
        (local(0), NIGHT),
    ],
)
def test_the_minute_of_a_shift_change(moment: datetime, shift: Shift) -> None:
    assert shift_at(WARD, moment) == shift


def test_hours_without_a_shift_and_a_shift_of_all_day() -> None:
    gap = Ward(id="w", name="w", shifts=(DAY,))
    assert shift_at(gap, local(7)) is None
    always = Shift(id="a", start=time(7, 0), end=time(7, 0))
    ward = Ward(id="w", name="w", shifts=(always,))
    assert {shift_at(ward, local(hour)) for hour in range(24)} == {always}


def test_local_hours_through_a_change_of_the_clocks() -> None:
    berlin = Ward(id="w", name="w", zone="Europe/Berlin")
    # On 2026-10-25 the clocks go back at 03:00 summer time: 04:30 UTC is 05:30, 05:00 is 06:00.
    assert is_night(berlin, datetime(2026, 10, 25, 4, 30, tzinfo=UTC))
    assert not is_night(berlin, datetime(2026, 10, 25, 5, 0, tzinfo=UTC))
    assert not is_night(berlin, datetime(2026, 10, 24, 4, 30, tzinfo=UTC))


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ZoneInfoNotFoundError, match="Mars"):
        is_night(Ward(id="w", name="w", zone="Mars/Olympus"), local(0))


@given(st.datetimes(timezones=st.just(UTC)))
def test_shifts_without_gaps_cover_every_moment_once(moment: datetime) -> None:
    found = shift_at(WARD, moment)
    assert found is not None
    others = tuple(shift for shift in WARD.shifts if shift != found)
    assert shift_at(Ward(id="w", name="w", shifts=others), moment) is None
