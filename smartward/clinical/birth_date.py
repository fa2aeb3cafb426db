"""What a FHIR date of birth, possibly partial, says for certain."""

from calendar import monthrange
from datetime import date


def age_years(birth_date: str | None, today: date) -> int | None:
    """Completed years; None when unknown. Of a partial date the years that are certain: somebody
    born `1959` is 66 through the whole of 2026. A birth after `today` is 0: the ward's day may be
    ahead. Raises ValueError for what is no FHIR date."""
    if birth_date is None:
        return None
    born = latest_birth(birth_date)
    return max(today.year - born.year - ((today.month, today.day) < (born.month, born.day)), 0)


def earliest_birth(birth_date: str) -> date:
    """The first day a partial FHIR date allows. Raises ValueError for what is no FHIR date."""
    year, month, day = [*_date_parts(birth_date), 1, 1][:3]
    return date(year, month, day)


def latest_birth(birth_date: str) -> date:
    """The last day a partial FHIR date allows. Raises ValueError for what is no FHIR date."""
    first = earliest_birth(birth_date)
    parts = len(_date_parts(birth_date))
    if parts == 1:
        return date(first.year, 12, 31)
    if parts == 2:
        return first.replace(day=monthrange(first.year, first.month)[1])
    return first


def years_later(day: date, years: int) -> date:
    """The birthday; for 29 February it is 1 March in other years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _date_parts(birth_date: str) -> list[int]:
    texts = birth_date.split("-")
    if [len(text) for text in texts] != [4, 2, 2][: len(texts)] or not all(
        text.isascii() and text.isdigit() for text in texts
    ):
        raise ValueError(f"not a FHIR date (YYYY, YYYY-MM or YYYY-MM-DD): {birth_date!r}")
    return [int(text) for text in texts]
