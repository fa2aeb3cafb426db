"""NEWS2, the National Early Warning Score: bands as data, sets of observations, exclusions.

Source of every number here: PUBLICATION. A partial set is never a score, and what is missing is
never zero.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import isfinite

from smartward.clinical.birth_date import latest_birth, years_later
from smartward.clinical.encounter import Encounter, News2Exclusion
from smartward.clinical.freshness import AHEAD
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_set import CODES, SCORED, ObservationSet
from smartward.clinical.observation_set import latest_set as latest_set
from smartward.clinical.observation_set import sets as sets

PUBLICATION = "Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017"

MIN_AGE_YEARS = 16

Bands = tuple[tuple[str | None, int], ...]
"""Upper edge, included (None: no edge) and its points, from the lowest band up."""

_NUMBER_BANDS: dict[Parameter, Bands] = {
    Parameter.RESPIRATORY_RATE: (("8", 3), ("11", 1), ("20", 0), ("24", 2), (None, 3)),
    Parameter.SYSTOLIC: (("90", 3), ("100", 2), ("110", 1), ("219", 0), (None, 3)),
    Parameter.HEART_RATE: (
        *(("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2)),
        (None, 3),
    ),
    Parameter.TEMPERATURE: (("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), (None, 2)),
}
_SATURATION: dict[tuple[int, str], Bands] = {
    (1, "air"): (("91", 3), ("93", 2), ("95", 1), (None, 0)),
    (1, "oxygen"): (("91", 3), ("93", 2), ("95", 1), (None, 0)),
    (2, "air"): (("83", 3), ("85", 2), ("87", 1), (None, 0)),
    (2, "oxygen"): (
        *(("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2)),
        (None, 3),
    ),
}
"""By scale and air or oxygen; scale 2 (target 88-92 %) only by a clinician's order."""
_CODE_POINTS: dict[Parameter, dict[str, int]] = {
    Parameter.OXYGEN_SUPPLY: {"air": 0, "oxygen": 2},
    Parameter.CONSCIOUSNESS: {"A": 0, "C": 3, "V": 3, "P": 3, "U": 3},
}
_STEP = {Parameter.TEMPERATURE: Decimal("0.1")}
"""The chart's step; 1 for all others. A value is rounded half-up to it before it is banded."""


class News2Band(StrEnum):
    """The clinical risk: low 0-4, low-medium a single 3, medium 5-6, high 7 and more."""

    LOW = "low"
    LOW_MEDIUM = "low_medium"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Input:
    """What is scored; None is missing. Numbers in the units of `observation.UNITS`."""

    respiratory_rate: float | None = None
    oxygen_saturation: float | None = None
    oxygen_supply: str | None = None
    """`air` or `oxygen`."""
    systolic: float | None = None
    heart_rate: float | None = None
    consciousness: str | None = None
    """`A C V P U`."""
    temperature: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Score:
    """A total with its parts. `single_three`: any one parameter has 3 points."""

    total: int
    parts: dict[Parameter, int]
    single_three: bool
    band: News2Band
    scale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Incomplete:
    """No score: these parameters are missing, in the chart's order."""

    missing: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class News2Excluded:
    """No score, and why: NEWS2 is not for this patient."""

    reason: News2Exclusion


@functools.lru_cache(maxsize=4096)
def score(values: News2Input, scale: int) -> News2Score | News2Incomplete:
    """The score on SpO2 scale 1 or 2. Raises ValueError for another scale, a number that is not
    finite, or a code that is none of the chart's."""
    if scale not in (1, 2):
        raise ValueError(f"NEWS2 has SpO2 scales 1 and 2, not {scale!r}")
    given = {parameter: getattr(values, parameter.value) for parameter in SCORED}
    missing = tuple(parameter for parameter, value in given.items() if value is None)
    if missing:
        return News2Incomplete(missing=missing)
    for parameter, codes in CODES.items():
        if given[parameter] not in codes:
            raise ValueError(f"NEWS2 knows no {parameter} {given[parameter]!r}")
    parts = {
        parameter: _points(parameter, value, scale, given[Parameter.OXYGEN_SUPPLY])
        for parameter, value in given.items()
    }
    total = sum(parts.values())
    single_three = 3 in parts.values()
    return News2Score(
        total=total,
        parts=parts,
        single_three=single_three,
        band=_band(total, single_three),
        scale=scale,
    )


def evaluate(
    encounter: Encounter, observations: ObservationSet, now: datetime
) -> News2Score | News2Incomplete | News2Excluded:
    """The score of a set for this patient by what was ordered, or why there is none.

    Under 16 counts until the 16th birthday has certainly come; an unknown date of birth excludes
    nobody. A member dated more than 60 s ahead of `now` is doubtful and counts as missing.
    """
    reason = exclusion(encounter, now)
    if reason is not None:
        return News2Excluded(reason=reason)
    scale = encounter.news2.scale
    if observations.until > now + AHEAD:
        return score(_input(observations, now), scale)
    known: News2Score | News2Incomplete | None = observations.worked_out.get(("news2", scale))
    if known is None:
        known = observations.worked_out["news2", scale] = score(_input(observations, now), scale)
    return known


def points_of(observations: ObservationSet, scale: int) -> Mapping[Parameter, int]:
    """The points of what a set has, complete or not, on SpO2 scale 1 or 2. A saturation that has 3
    points on oxygen alone has none told here while nobody says whether oxygen is given."""
    known: Mapping[Parameter, int] | None = observations.worked_out.get(("points", scale))
    if known is None:
        known = observations.worked_out["points", scale] = _points_of(observations, scale)
    return known


@functools.cache
def three_alone(parameter: Parameter) -> Callable[[float], bool]:
    """Whether a number has 3 points, of a parameter that needs no other to be scored: any number
    but a saturation. Raises KeyError for another parameter; what it gives raises ValueError for a
    number that is not finite."""
    if parameter not in _NUMBER_BANDS:
        raise KeyError(parameter)
    # By the number alone: a monitor's are asked for by the thousand.
    return functools.lru_cache(maxsize=1024)(lambda value: _points(parameter, value, 1, "air") == 3)


def exclusion(encounter: Encounter, now: datetime) -> News2Exclusion | None:
    """Why this patient gets no NEWS2: by what was ordered, or by age."""
    if encounter.news2.exclusion is not None:
        return encounter.news2.exclusion
    from_day = scored_from(encounter)
    return News2Exclusion.UNDER_16 if from_day is not None and now < from_day else None


def scored_from(encounter: Encounter) -> datetime | None:
    """When the patient is certainly 16 (midnight UTC); None when the date of birth is unknown."""
    birth = encounter.patient.birth_date
    return None if birth is None else _sixteenth(birth)


@functools.lru_cache(maxsize=4096)
def _sixteenth(birth: str) -> datetime | None:
    try:
        born = latest_birth(birth)
    except ValueError:
        # What is no date says nothing about the age, and an adult must not go unscored for it.
        return None
    return datetime.combine(years_later(born, MIN_AGE_YEARS), time(0), UTC)


def _points_of(observations: ObservationSet, scale: int) -> dict[Parameter, int]:
    found: dict[Parameter, int] = {}
    supply = observations.readings.get(Parameter.OXYGEN_SUPPLY)
    given = None if supply is None else supply.measurement.code
    for parameter, reading in observations.readings.items():
        one = reading.measurement
        value = one.value if one.code is None else one.code
        if value is None:
            continue
        points = _points(parameter, value, scale, given or "air")
        if parameter is Parameter.OXYGEN_SATURATION and given is None:
            on_oxygen = _points(parameter, value, scale, "oxygen")
            if 3 in (points, on_oxygen) and points != on_oxygen:
                continue
        found[parameter] = points
    return found


def _input(observations: ObservationSet, now: datetime) -> News2Input:
    told = {
        parameter: reading.measurement
        for parameter, reading in observations.readings.items()
        if reading.at <= now + AHEAD
    }

    def number(parameter: Parameter) -> float | None:
        return told[parameter].value if parameter in told else None

    def code(parameter: Parameter) -> str | None:
        return told[parameter].code if parameter in told else None

    return News2Input(
        respiratory_rate=number(Parameter.RESPIRATORY_RATE),
        oxygen_saturation=number(Parameter.OXYGEN_SATURATION),
        oxygen_supply=code(Parameter.OXYGEN_SUPPLY),
        systolic=number(Parameter.SYSTOLIC),
        heart_rate=number(Parameter.HEART_RATE),
        consciousness=code(Parameter.CONSCIOUSNESS),
        temperature=number(Parameter.TEMPERATURE),
    )


@functools.lru_cache(maxsize=4096)
def _points(parameter: Parameter, value: float | str, scale: int, supply: str) -> int:
    if parameter in _CODE_POINTS:
        return _CODE_POINTS[parameter][str(value)]
    if not isfinite(float(value)):
        raise ValueError(f"NEWS2 cannot score a {parameter} of {value!r}")
    if parameter is Parameter.OXYGEN_SATURATION:
        bands = _SATURATION[scale, supply]
    else:
        bands = _NUMBER_BANDS[parameter]
    # Through text: the decimal a person sees is rounded, not the binary fraction behind it.
    rounded = Decimal(str(value)).quantize(_STEP.get(parameter, Decimal(1)), ROUND_HALF_UP)
    return next(points for edge, points in bands if edge is None or rounded <= Decimal(edge))


def _band(total: int, single_three: bool) -> News2Band:
    if total >= 7:
        return News2Band.HIGH
    if total >= 5:
        return News2Band.MEDIUM
    return News2Band.LOW_MEDIUM if single_three else News2Band.LOW
