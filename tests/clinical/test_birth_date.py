"""What a partial date of birth says for certain."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.birth_date import age_years, earliest_birth, latest_birth, years_later


@pytest.mark.parametrize(
    "born, today, age",
    [
        (None, date(2026, 8, 1), None),
        ("1959-08-01", date(2026, 8, 1), 67),
        ("1959-08-02", date(2026, 8, 1), 66),
        ("1959-08", date(2026, 8, 30), 66),
        ("1959-08", date(2026, 8, 31), 67),
        ("1959", date(2026, 12, 30), 66),
        ("1959", date(2026, 12, 31), 67),
        ("2026-07-31", date(2026, 8, 1), 0),
        ("2026-08-02", date(2026, 8, 1), 0),
        ("2012-02-29", date(2026, 2, 28), 13),
        ("2012-02-29", date(2026, 3, 1), 14),
    ],
)
def test_age(born: str | None, today: date, age: int | None) -> None:
    assert age_years(born, today) == age


@pytest.mark.parametrize(
    "born, first, last",
    [
        ("1960", date(1960, 1, 1), date(1960, 12, 31)),
        ("1960-02", date(1960, 2, 1), date(1960, 2, 29)),
        ("1960-12", date(1960, 12, 1), date(1960, 12, 31)),
        ("1960-04-05", date(1960, 4, 5), date(1960, 4, 5)),
    ],
)
def test_a_partial_date_is_a_span(born: str, first: date, last: date) -> None:
    assert (earliest_birth(born), latest_birth(born)) == (first, last)


@pytest.mark.parametrize(
    "born",
    ["", "59", "1959-3", "1959/03/02", "1959-13", "1959-02-30", "1959-03-02T00", "１９５９"],
)
def test_what_is_no_fhir_date_is_refused_by_name(born: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        age_years(born, date(2026, 8, 1))


def test_born_on_29_february() -> None:
    leap_day = date(2012, 2, 29)
    assert years_later(leap_day, 16) == date(2028, 2, 29)
    assert years_later(leap_day, 18) == date(2030, 3, 1)


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 100))
def test_the_birthday_is_the_first_day_of_that_age(born: date, years: int) -> None:
    day = years_later(born, years)
    assert age_years(born.isoformat(), day) == years
    if years > 0:
        assert age_years(born.isoformat(), date.fromordinal(day.toordinal() - 1)) == years - 1


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.dates(date(2021, 1, 1)))
def test_a_coarser_date_never_makes_somebody_older(born: date, today: date) -> None:
    text = born.isoformat()
    exact = age_years(text, today)
    assert exact is not None
    for partial in (text[:7], text[:4]):
        age = age_years(partial, today)
        assert age is not None
        assert exact - 1 <= age <= exact
