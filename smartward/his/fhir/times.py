"""FHIR dates and times, partial ones too, and the times at which a Timing falls due."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from smartward.his.fhir.codes import Codebook
from smartward.his.fhir.elements import Period, Repeat, Timing
from smartward.his.fhir.reject import NO_TIME, TIME, Reject

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)$"
)
_TIME = re.compile(r"(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?$")
OLDEST = datetime.min.replace(tzinfo=UTC)
"""Before all that is told, in a search for the newest."""
_MOST = 200
"""Most times one order may fall due within a window; more is a broken order."""
_OFTEN_MIN, _SELDOM_MIN = 5, 366 * 24 * 60
"""Shortest and longest interval of an order, in minutes."""


def moment(text: str | None, element: str) -> datetime:
    """An exact instant in UTC with milliseconds. Raises Reject(TIME) for anything less."""
    at = _instant(text) if text is not None else None
    if at is None:
        raise Reject(TIME, f"{element} is not an exact time")
    return at


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime | None:
    # Kept for a while: the members of a panel and the rows of one transaction tell the same time.
    match = _MOMENT.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    # A leap second is the last one of its minute here.
    exact = f"{year}-{month}-{day}T{hour}:{minute}:{min(int(second or 0), 59):02}"
    exact += f".{(fraction or '0')[:3]:0<3}{zone.replace('Z', '+00:00')}"
    try:
        return datetime.fromisoformat(exact).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def maybe(text: str | None) -> datetime | None:
    """An exact instant, or None for whatever is not one."""
    return _instant(text) if text is not None else None


def day(text: str | None, zone: tzinfo) -> date | None:
    """The local day of a date or dateTime that is at least that exact."""
    exact = maybe(text)
    if exact is not None:
        return exact.astimezone(zone).date()
    match = _DATE.match(text or "")
    if match is None or match[3] is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def partial(text: str | None) -> str | None:
    """A (partial) FHIR date as it is, or None when it is not one."""
    if text is None:
        return None
    match = _DATE.match(text)
    if match is None:
        return None
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None
    return text


def due(text: str | None, zone: tzinfo, element: str) -> datetime:
    """When something is due. A day without a time means: some time that day, so its last minute.

    Raises Reject(TIME) when it tells not even the day.
    """
    exact = maybe(text)
    if exact is not None:
        return exact
    on = day(text, zone)
    if on is None:
        raise Reject(TIME, f"{element} tells no day")
    return datetime.combine(on, time(23, 59), zone).astimezone(UTC)


def first(text: str | None, zone: tzinfo) -> datetime:
    """The first instant a (partial) date can mean, to find the newest of several; OLDEST for none.

    For that alone: nothing is dated by it.
    """
    try:
        return _side(text, zone, "", 0) or OLDEST
    except Reject:
        return OLDEST


def current(period: Period | None, now: datetime, zone: tzinfo) -> bool:
    """Whether `now` lies in the period. A day, month or year counts wholly, the last one too; a
    side that is missing, or is no date, is open."""
    if period is None:
        return True
    return holds((_soft(period.start, zone, 0), _soft(period.end, zone, 1)), now)


def ended(period: Period | None, now: datetime, zone: tzinfo) -> bool:
    """Whether the period is over."""
    end = _soft(period.end, zone, 1) if period is not None else None
    return end is not None and end <= now


def _soft(text: str | None, zone: tzinfo, last: int) -> datetime | None:
    try:
        return _side(text, zone, "", last)
    except Reject:
        return None


def bounds(
    period: Period | None, zone: tzinfo, element: str
) -> tuple[datetime | None, datetime | None]:
    """A period as a half-open stretch of time; None: open on that side.

    A day, month or year counts wholly, the last one of the period too. Raises Reject(TIME) for a
    side that is told and is no date.
    """
    if period is None:
        return None, None
    return _side(period.start, zone, element, 0), _side(period.end, zone, element, 1)


def _side(text: str | None, zone: tzinfo, element: str, last: int) -> datetime | None:
    if text is None:
        return None
    match = _DATE.match(text)
    if match is None:
        return moment(text, element)
    year, month, of_month = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        first = date(year, month, of_month)
        if last and match[3] is not None:
            first += timedelta(days=1)
        elif last:
            months = 1 if match[2] is not None else 12
            first = date(year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1, 1)
        return datetime.combine(first, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Reject(TIME, f"{element} is no date") from error


def holds(stretch: tuple[datetime | None, datetime | None], now: datetime) -> bool:
    """Whether `now` lies in a half-open stretch of time."""
    start, end = stretch
    return (start is None or start <= now) and (end is None or now < end)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time on the ward's clock."""

    start: datetime
    end: datetime
    zone: tzinfo

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies within."""
        return self.start <= at < self.end

    def days(self) -> Iterator[date]:
        """Every local day it touches."""
        on = self.start.astimezone(self.zone).date()
        while on <= self.end.astimezone(self.zone).date():
            yield on
            on += timedelta(days=1)


def occurrences(timing: Timing, window: Window, book: Codebook) -> list[datetime]:
    """When a Timing falls due within the window, in order.

    Understood are `event`, `repeat.timeOfDay` (daily, or on `dayOfWeek`), intervals of hours or
    minutes counted from `boundsPeriod.start`, and the ward's standard times for a timing code
    (`standard_times` in his_mapping.toml). Raises Reject(NO_TIME) where none of these is told.
    """
    if timing.event:
        found = [due(text, window.zone, "event") for text in timing.event]
    elif timing.repeat is not None and timing.repeat.time_of_day:
        found = list(_daily(timing.repeat, timing.repeat.time_of_day, window))
    elif timing.repeat is not None and timing.repeat.period_unit in ("h", "min"):
        found = list(_every(timing.repeat, window))
    else:
        standard = book.standard_times(timing.code)
        if not standard:
            raise Reject(NO_TIME, "timing tells no time of day")
        found = list(_daily(timing.repeat or Repeat(), standard, window))
    kept = sorted({at for at in found if window.holds(at)})
    if len(kept) > _MOST:
        raise Reject(TIME, "timing falls due too often")
    return kept


def _daily(repeat: Repeat, times: tuple[str, ...], window: Window) -> Iterator[datetime]:
    clock_times = [time_of_day(text, "timeOfDay") for text in times]
    every = _days_between(repeat)
    first = day(repeat.bounds_period.start, window.zone) if repeat.bounds_period else None
    for on in window.days():
        if repeat.day_of_week and on.strftime("%a").lower() not in repeat.day_of_week:
            continue
        if every > 1 and (first is None or (on - first).days % every):
            continue
        for at in clock_times:
            when = datetime.combine(on, at, window.zone).astimezone(UTC)
            if _bounded(when, repeat, window.zone):
                yield when


def _days_between(repeat: Repeat) -> int:
    """1 for each day, 2 for every other. Raises Reject(NO_TIME) for what names no day."""
    period = repeat.period if repeat.period is not None else 1.0
    weekly = repeat.period_unit == "wk" and period == 1 and repeat.day_of_week
    if weekly or (repeat.period_unit in (None, "d") and period == 1):
        return 1
    if repeat.period_unit != "d" or not 1 < period <= 366 or period != int(period):
        raise Reject(NO_TIME, "times of day, but not on which days")
    return int(period)


def _bounded(when: datetime, repeat: Repeat, zone: tzinfo) -> bool:
    bounds = repeat.bounds_period
    if bounds is None:
        return True
    start, end = maybe(bounds.start), maybe(bounds.end)
    if start is None and (on := day(bounds.start, zone)) is not None:
        start = datetime.combine(on, time(), zone)
    if end is None and (on := day(bounds.end, zone)) is not None:
        end = datetime.combine(on, time(23, 59, 59), zone)
    return (start is None or start <= when) and (end is None or when <= end)


def _every(repeat: Repeat, window: Window) -> Iterator[datetime]:
    start = maybe(repeat.bounds_period.start) if repeat.bounds_period else None
    if start is None or not repeat.period or repeat.period < 0:
        raise Reject(NO_TIME, "an interval without a beginning")
    unit = 60 if repeat.period_unit == "h" else 1
    minutes = unit * repeat.period / max(repeat.frequency or 1, 1)
    if not _OFTEN_MIN <= minutes <= _SELDOM_MIN:
        raise Reject(TIME, "timing falls due too often or too seldom")
    step = timedelta(minutes=minutes)
    at = start + max(0, -((start - window.start) // step)) * step
    while at < window.end:
        if _bounded(at, repeat, window.zone):
            yield at
        at += step


def time_of_day(text: str, element: str) -> time:
    """A time of day, to the minute. Raises Reject(TIME)."""
    match = _TIME.match(text)
    if match is None:
        raise Reject(TIME, f"{element} is not a time")
    try:
        return time(int(match[1]), int(match[2]))
    except ValueError as error:
        raise Reject(TIME, f"{element} is not a time") from error
