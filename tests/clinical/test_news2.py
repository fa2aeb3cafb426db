"""NEWS2 to the chart: every vector, every edge; what is missing is never zero."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Encounter, News2Exclusion, News2Order
from smartward.clinical.news2 import (
    PUBLICATION,
    News2Band,
    News2Excluded,
    News2Incomplete,
    News2Input,
    News2Score,
    evaluate,
    score,
    scored_from,
)
from smartward.clinical.observation import Parameter
from smartward.clinical.observation_set import SCORED, ObservationSet, latest_set
from tests.clinical.build import NORMAL, T0, Parts, at, sign, stay

P = Parameter


def given_values(
    rr: float, spo2: float, oxygen: str, sbp: float, pulse: float, mind: str, temp: float
) -> News2Input:
    return News2Input(
        respiratory_rate=rr,
        oxygen_saturation=spo2,
        oxygen_supply=oxygen,
        systolic=sbp,
        heart_rate=pulse,
        consciousness=mind,
        temperature=temp,
    )


def total(values: News2Input, scale: int = 1) -> int:
    result = score(values, scale)
    assert isinstance(result, News2Score)
    assert sum(result.parts.values()) == result.total
    return result.total


@pytest.mark.parametrize(
    "values, scale, expected, single",
    [
        ((16, 98, "air", 120, 70, "A", 37.0), 1, 0, False),
        ((22, 94, "air", 105, 112, "A", 38.5), 1, 7, False),
        ((20, 95, "oxygen", 118, 88, "A", 36.5), 1, 3, False),
        ((25, 91, "oxygen", 90, 131, "V", 39.1), 1, 19, True),
        ((18, 97, "air", 118, 80, "C", 36.8), 1, 3, True),
        ((8, 96, "air", 220, 40, "A", 35.0), 1, 12, True),
        ((20, 97, "oxygen", 120, 85, "A", 37.0), 2, 5, True),
        ((20, 97, "air", 120, 85, "A", 37.0), 2, 0, False),
        ((22, 88, "oxygen", 125, 95, "A", 36.5), 2, 5, False),
        ((22, 88, "oxygen", 125, 95, "A", 36.5), 1, 8, True),
        ((11, 92, "air", 101, 50, "A", 36.0), 1, 6, False),
        ((24, 93, "oxygen", 110, 110, "A", 38.0), 2, 7, False),
    ],
)
def test_vectors(
    values: tuple[float, float, str, float, float, str, float],
    scale: int,
    expected: int,
    single: bool,
) -> None:
    result = score(given_values(*values), scale)
    assert isinstance(result, News2Score)
    assert (result.total, result.single_three, result.scale) == (expected, single, scale)


def test_no_breathing_is_three_points_and_not_missing() -> None:
    result = score(given_values(0, 98, "air", 120, 70, "A", 37.0), 1)
    assert isinstance(result, News2Score)
    assert result.parts[P.RESPIRATORY_RATE] == 3


def test_zero_is_a_value_for_every_number() -> None:
    result = score(given_values(0, 0, "air", 0, 0, "A", 0), 1)
    assert isinstance(result, News2Score)
    assert result.total == 15


AIR_AND_OXYGEN = ("air", "oxygen")
# Parameter, scale, supplies, step, then each edge with the points at it and one step above.
EDGES: list[tuple[Parameter, int, tuple[str, ...], float, list[tuple[float, int, int]]]] = [
    (P.RESPIRATORY_RATE, 1, ("air",), 1, [(8, 3, 1), (11, 1, 0), (20, 0, 2), (24, 2, 3)]),
    (P.OXYGEN_SATURATION, 1, AIR_AND_OXYGEN, 1, [(91, 3, 2), (93, 2, 1), (95, 1, 0)]),
    (P.OXYGEN_SATURATION, 2, AIR_AND_OXYGEN, 1, [(83, 3, 2), (85, 2, 1), (87, 1, 0)]),
    (P.OXYGEN_SATURATION, 2, ("oxygen",), 1, [(92, 0, 1), (94, 1, 2), (96, 2, 3)]),
    (P.OXYGEN_SATURATION, 2, ("air",), 1, [(92, 0, 0), (94, 0, 0), (96, 0, 0)]),
    (P.SYSTOLIC, 1, ("air",), 1, [(90, 3, 2), (100, 2, 1), (110, 1, 0), (219, 0, 3)]),
    (P.HEART_RATE, 1, ("air",), 1, [(40, 3, 1), (50, 1, 0), (90, 0, 1), (110, 1, 2), (130, 2, 3)]),
    (P.TEMPERATURE, 1, ("air",), 0.1, [(35, 3, 1), (36, 1, 0), (38, 0, 1), (39, 1, 2)]),
]


@pytest.mark.parametrize(
    "parameter, scale, supply, step, edge, below, above",
    [
        (parameter, scale, supply, step, *edge)
        for parameter, scale, supplies, step, edges in EDGES
        for supply in supplies
        for edge in edges
    ],
)
def test_every_band_edge(
    parameter: Parameter,
    scale: int,
    supply: str,
    step: float,
    edge: float,
    below: int,
    above: int,
) -> None:
    usual = replace(given_values(16, 98, "air", 120, 70, "A", 37.0), oxygen_supply=supply)

    def points(value: float) -> int:
        result = score(replace(usual, **{parameter.value: value}), scale)
        assert isinstance(result, News2Score)
        return result.parts[parameter]

    assert points(round(edge - step, 1)) == below
    assert points(edge) == below
    assert points(round(edge + step, 1)) == above
    # Half a step above rounds up (away from the chart's lower band), just under it rounds down.
    assert points(round(edge + step / 2, 2)) == above
    assert points(round(edge + step / 2 - step / 100, 4)) == below


def test_half_up_by_the_decimal_that_is_seen() -> None:
    """35.05 is less than that in binary; 0.5 rounds up, also to an odd number."""
    usual = given_values(16, 98, "air", 120, 70, "A", 37.0)
    assert total(replace(usual, temperature=35.05)) == 1
    assert total(replace(usual, temperature=35.04)) == 3
    assert total(replace(usual, oxygen_saturation=95.5)) == 0
    assert total(replace(usual, oxygen_saturation=94.5)) == 1
    assert total(replace(usual, respiratory_rate=20.5)) == 2
    assert total(replace(usual, heart_rate=90.5)) == 1


@pytest.mark.parametrize("mind, points", [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)])
def test_consciousness(mind: str, points: int) -> None:
    assert total(given_values(16, 98, "air", 120, 70, mind, 37.0)) == points


def test_oxygen_is_two_points() -> None:
    assert total(given_values(16, 98, "oxygen", 120, 70, "A", 37.0)) == 2


@pytest.mark.parametrize(
    "values, band",
    [
        ((16, 98, "air", 120, 70, "A", 37.0), News2Band.LOW),
        ((24, 98, "oxygen", 120, 70, "A", 37.0), News2Band.LOW),
        ((16, 98, "air", 120, 70, "C", 37.0), News2Band.LOW_MEDIUM),
        ((25, 94, "air", 120, 70, "A", 37.0), News2Band.LOW_MEDIUM),
        ((25, 92, "air", 120, 70, "A", 37.0), News2Band.MEDIUM),
        ((24, 92, "oxygen", 120, 70, "A", 37.0), News2Band.MEDIUM),
        ((24, 92, "oxygen", 120, 91, "A", 37.0), News2Band.HIGH),
    ],
)
def test_bands(values: tuple[float, float, str, float, float, str, float], band: News2Band) -> None:
    result = score(given_values(*values), 1)
    assert isinstance(result, News2Score)
    assert result.band is band


@given(st.sets(st.sampled_from(SCORED), min_size=1))
def test_dropping_any_subset_is_incomplete_and_says_what_is_missing(
    dropped: set[Parameter],
) -> None:
    values = replace(
        given_values(16, 98, "air", 120, 70, "A", 37.0),
        **{parameter.value: None for parameter in dropped},
    )
    for scale in (1, 2):
        assert score(values, scale) == News2Incomplete(
            missing=tuple(parameter for parameter in SCORED if parameter in dropped)
        )


@pytest.mark.parametrize(
    "change, named",
    [
        ({"oxygen_supply": "mask"}, "oxygen_supply 'mask'"),
        ({"consciousness": "X"}, "consciousness 'X'"),
        ({"temperature": float("nan")}, "temperature of nan"),
        ({"heart_rate": float("inf")}, "heart_rate of inf"),
    ],
)
def test_what_cannot_be_scored_is_named(change: dict[str, float | str], named: str) -> None:
    usual = given_values(16, 98, "air", 120, 70, "A", 37.0)
    with pytest.raises(ValueError, match=named):
        score(replace(usual, **change), 1)  # type: ignore[arg-type]  # fields by their own names


def test_there_are_two_scales() -> None:
    with pytest.raises(ValueError, match="scales 1 and 2, not 3"):
        score(given_values(16, 98, "air", 120, 70, "A", 37.0), 3)


def test_the_publication_is_named() -> None:
    assert PUBLICATION == (
        "Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017"
    )


def taken(parts: Parts, minutes: float = 0) -> ObservationSet:
    one = latest_set([sign("v1", minutes, parts)])
    assert one is not None
    return one


def test_scale_2_only_by_order() -> None:
    parts: Parts = NORMAL | {P.OXYGEN_SATURATION: 88, P.OXYGEN_SUPPLY: "oxygen"}
    by_order = stay(news2=News2Order(scale=2, ordered_by="Dr. He", ordered_at=T0))
    one, two = evaluate(stay(), taken(parts), at(1)), evaluate(by_order, taken(parts), at(1))
    assert isinstance(one, News2Score)
    assert isinstance(two, News2Score)
    assert (one.total, one.scale, two.total, two.scale) == (5, 1, 2, 2)


@pytest.mark.parametrize("reason", list(News2Exclusion))
def test_what_is_ordered_excludes(reason: News2Exclusion) -> None:
    encounter = stay(news2=News2Order(exclusion=reason))
    assert evaluate(encounter, taken(NORMAL), at(1)) == News2Excluded(reason=reason)


@pytest.mark.parametrize(
    "born, scored",
    [
        ("2010-08-01", True),
        ("2010-08-02", False),
        ("2010-07", True),
        ("2010-08", False),
        ("2009", True),
        ("2010", False),
        ("1959", True),
        (None, True),
        ("59", True),
    ],
)
def test_under_16_and_in_doubt_there_is_no_score(born: str | None, scored: bool) -> None:
    """T0 is 2026-08-01. An unknown date of birth excludes nobody."""
    result = evaluate(stay(born=born), taken(NORMAL), T0)
    if scored:
        assert isinstance(result, News2Score)
    else:
        assert result == News2Excluded(reason=News2Exclusion.UNDER_16)


def test_scored_from_the_16th_birthday_on() -> None:
    encounter: Encounter = stay(born="2010-08-02")
    birthday = scored_from(encounter)
    assert birthday is not None
    one = timedelta(seconds=1)
    assert isinstance(evaluate(encounter, taken(NORMAL), birthday - one), News2Excluded)
    assert isinstance(evaluate(encounter, taken(NORMAL), birthday), News2Score)


def test_a_set_dated_ahead_is_not_scored() -> None:
    early = taken(NORMAL, minutes=5)
    assert evaluate(stay(), early, at(3)) == News2Incomplete(missing=SCORED)
    assert isinstance(evaluate(stay(), early, at(4)), News2Score)


def test_an_incomplete_set_says_what_is_missing() -> None:
    parts = {p: v for p, v in NORMAL.items() if p not in (P.CONSCIOUSNESS, P.OXYGEN_SUPPLY)}
    assert evaluate(stay(), taken(parts), at(1)) == News2Incomplete(
        missing=(P.OXYGEN_SUPPLY, P.CONSCIOUSNESS)
    )
