"""Trend plots of a bed's sheet: 24 hours of each vital sign and of NEWS2, as points to draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartward.clinical.observation import Parameter, VitalSign
from smartward.screen.station_words import Words

SPAN = timedelta(hours=24)

_TICK_HOURS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What a plot shows: parameters, and the range that is always visible, in their unit."""

    key: str
    parameters: tuple[Parameter, ...]
    low: float
    high: float
    decimals: int = 0


AXES = (
    Axis(key="respiratory_rate", parameters=(Parameter.RESPIRATORY_RATE,), low=8, high=28),
    Axis(key="oxygen_saturation", parameters=(Parameter.OXYGEN_SATURATION,), low=88, high=100),
    Axis(
        key="blood_pressure", parameters=(Parameter.SYSTOLIC, Parameter.DIASTOLIC), low=50, high=170
    ),
    Axis(key="heart_rate", parameters=(Parameter.HEART_RATE,), low=40, high=130),
    Axis(key="temperature", parameters=(Parameter.TEMPERATURE,), low=35.5, high=39.5, decimals=1),
)
"""The visible ranges hold the bands around a NEWS2 part of 0 (RCP 2017); data widens them."""
NEWS2_AXIS = Axis(key="news2", parameters=(), low=0, high=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One plot. A line is x, y, x, y … in 0..1 with y down."""

    key: str
    high: str
    low: str
    line: tuple[float, ...]
    second: tuple[float, ...]
    """The other line of a pair (diastolic); empty for a single one."""
    marks: tuple[float, ...]
    """Where the ticks of the common time axis lie."""
    empty: str = ""
    """What to say instead of a line: nothing measured in these 24 hours."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the common time axis: where (0..1) and its HH:MM."""

    key: str
    at: float
    label: str


Series = Sequence[tuple[datetime, float]]


def series(vital_signs: Iterable[VitalSign], parameter: Parameter) -> Series:
    """The values of one parameter by time; doubtful ones are left out."""
    return [
        (sign.taken_at, measured.value)
        for sign in vital_signs
        if not sign.doubtful
        for measured in sign.measurements
        if measured.parameter is parameter and measured.value is not None
    ]


def plots(vital_signs: Sequence[VitalSign], words: Words, now: datetime) -> dict[str, Plot]:
    """The vital signs of the last 24 hours, by key in the sheet's order."""
    return {
        axis.key: _plot(axis, [series(vital_signs, p) for p in axis.parameters], words, now)
        for axis in AXES
    }


def score_plot(scores: Sequence[tuple[datetime, int]], words: Words, now: datetime) -> Plot:
    """The NEWS2 totals of the last 24 hours."""
    return _plot(NEWS2_AXIS, [[(at, float(total)) for at, total in scores]], words, now)


def _plot(axis: Axis, lines: Sequence[Series], words: Words, now: datetime) -> Plot:
    seen = [[(at, value) for at, value in line if now - SPAN <= at <= now] for line in lines]
    values = [value for line in seen for _, value in line]
    low, high = min([axis.low, *values]), max([axis.high, *values])
    drawn = [_points(line, low, high, now) for line in seen]
    return Plot(
        key=axis.key,
        high=f"{high:.{axis.decimals}f}",
        low=f"{low:.{axis.decimals}f}",
        line=drawn[0],
        second=drawn[1] if len(drawn) > 1 else (),
        marks=tuple(tick.at for tick in ticks(words, now)),
        empty="" if values else words.text("trend.empty"),
    )


def _points(line: Series, low: float, high: float, now: datetime) -> tuple[float, ...]:
    flat: list[float] = []
    for at, value in line:
        flat.append(round(1 - (now - at) / SPAN, 4))
        flat.append(round(1 - (value - low) / (high - low), 4))
    return tuple(flat)


def ticks(words: Words, now: datetime) -> list[Tick]:
    """Every six hours of the ward's clock, within the last 24 hours."""
    local = words.catalogue.local(now)
    mark = local.replace(hour=local.hour // _TICK_HOURS * _TICK_HOURS, minute=0, second=0)
    mark = mark.replace(microsecond=0)
    found = []
    for step in range(24 // _TICK_HOURS):
        at = mark - timedelta(hours=step * _TICK_HOURS)
        label = f"{at:%H:%M}"
        found.append(Tick(label, round(1 - (local - at) / SPAN, 4), label))
    return found[::-1]
