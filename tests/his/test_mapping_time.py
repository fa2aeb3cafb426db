"""Partial dates bound periods and order things; an exact time is never made of one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.his.fhir import times
from smartward.his.fhir.elements import Period
from smartward.his.fhir.reject import Reject

ZONE = ZoneInfo("Asia/Shanghai")
FORMS = ("%Y", "%Y-%m", "%Y-%m-%d")
moments = st.datetimes(
    datetime(1999, 12, 30), datetime(2040, 1, 2), timezones=st.sampled_from([UTC, ZONE])
)
partials = st.builds(lambda at, form: (at, at.astimezone(ZONE).strftime(form)), moments,
                     st.sampled_from(FORMS))  # fmt: skip


@given(partials)
def test_less_than_a_time_is_no_time(told: tuple[datetime, str]) -> None:
    text = told[1]
    assert times.maybe(text) is None
    with pytest.raises(Reject):
        times.moment(text, "effective")
    assert times.partial(text) == text


@given(partials)
def test_what_it_can_mean_begins_no_later_than_any_of_it(told: tuple[datetime, str]) -> None:
    at, text = told
    first = times.first(text, ZONE)
    assert times.OLDEST < first <= at
    assert first.astimezone(ZONE).strftime("%Y-%m-%d").startswith(text)


@given(partials, partials)
def test_a_period_from_one_to_another_holds_all_between(
    one: tuple[datetime, str], other: tuple[datetime, str]
) -> None:
    (early, start), (late, end) = sorted((one, other))
    period = Period(start=start, end=end)
    for now in (early, late, early + (late - early) / 2):
        assert times.current(period, now, ZONE)
        assert not times.ended(period, now, ZONE)
    after = late + timedelta(days=367)
    assert times.ended(period, after, ZONE)
    assert not times.current(period, after, ZONE)


@given(moments)
def test_an_exact_time_comes_through_to_the_millisecond(at: datetime) -> None:
    text = at.isoformat(timespec="milliseconds")
    found = times.maybe(text)
    assert found is not None
    assert found == datetime.fromisoformat(text)
    assert times.first(text, ZONE) == found


@given(st.text(max_size=12))
def test_what_is_no_date_shuts_nobody_out(text: str) -> None:
    if times.partial(text) is not None or times.maybe(text) is not None:
        return
    period = Period(start=text, end=text)
    assert times.current(period, datetime(2026, 11, 21, tzinfo=UTC), ZONE)
    assert times.first(text, ZONE) == times.OLDEST
