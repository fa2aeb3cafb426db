"""Morse, Braden, qSOFA, MEWS and pain, exact to their tables at every edge; missing is not zero."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.observation import Parameter
from smartward.clinical.scores.braden import MOST, BradenItem, SkinRisk, braden, skin_risk
from smartward.clinical.scores.mews import SUBBE, mews
from smartward.clinical.scores.morse import POINTS, FallRisk, MorseItem, fall_risk, morse
from smartward.clinical.scores.pain import Pain, pain
from smartward.clinical.scores.qsofa import qsofa

P = Parameter

# ------------------------------------------------------------------------------------------- Morse

NOTHING = {
    MorseItem.HISTORY: "no",
    MorseItem.SECONDARY_DIAGNOSIS: "no",
    MorseItem.AID: "none",
    MorseItem.INTRAVENOUS: "no",
    MorseItem.GAIT: "normal",
    MorseItem.MENTAL: "knows_limits",
}
WORST = {
    MorseItem.HISTORY: "yes",
    MorseItem.SECONDARY_DIAGNOSIS: "yes",
    MorseItem.AID: "furniture",
    MorseItem.INTRAVENOUS: "yes",
    MorseItem.GAIT: "impaired",
    MorseItem.MENTAL: "forgets_limits",
}


@pytest.mark.parametrize(
    "item, answer, points",
    [
        (MorseItem.HISTORY, "yes", 25),
        (MorseItem.SECONDARY_DIAGNOSIS, "yes", 15),
        (MorseItem.AID, "crutches", 15),
        (MorseItem.AID, "furniture", 30),
        (MorseItem.INTRAVENOUS, "yes", 20),
        (MorseItem.GAIT, "weak", 10),
        (MorseItem.GAIT, "impaired", 20),
        (MorseItem.MENTAL, "forgets_limits", 15),
    ],
)
def test_morse_counts_each_answer(item: MorseItem, answer: str, points: int) -> None:
    assert morse(NOTHING) == 0
    assert morse(NOTHING | {item: answer}) == points
    assert morse({key: value for key, value in WORST.items() if key is not item}) is None
    with pytest.raises(ValueError, match=item.value):
        morse(NOTHING | {item: "perhaps"})


def test_morse_is_0_to_125_and_every_answer_is_known() -> None:
    assert morse(WORST) == 125
    totals = {
        morse(dict(zip(POINTS, answers, strict=True)))
        for answers in itertools.product(*(POINTS[item] for item in POINTS))
    }
    assert None not in totals
    assert (min(filter(None, totals), default=0), 0 in totals) == (10, True)


@pytest.mark.parametrize(
    "total, risk",
    [
        (0, FallRisk.LOW), (24, FallRisk.LOW), (25, FallRisk.MODERATE), (44, FallRisk.MODERATE),
        (45, FallRisk.HIGH), (125, FallRisk.HIGH),
    ],
)  # fmt: skip
def test_the_risk_of_a_fall(total: int, risk: FallRisk) -> None:
    assert fall_risk(total) is risk


@pytest.mark.parametrize("total", [-1, 126])
def test_no_such_morse_total(total: int) -> None:
    with pytest.raises(ValueError, match="0 to 125"):
        fall_risk(total)


# ------------------------------------------------------------------------------------------ Braden


def test_braden_is_6_to_23_and_needs_every_item() -> None:
    assert braden(dict.fromkeys(BradenItem, 1)) == 6
    assert braden(MOST) == 23
    for item in BradenItem:
        assert braden({one: 1 for one in BradenItem if one is not item}) is None
        for wrong in (0, MOST[item] + 1):
            with pytest.raises(ValueError, match=item.value):
                braden(dict(MOST) | {item: wrong})


@pytest.mark.parametrize(
    "total, risk",
    [
        (6, SkinRisk.VERY_HIGH), (9, SkinRisk.VERY_HIGH), (10, SkinRisk.HIGH), (12, SkinRisk.HIGH),
        (13, SkinRisk.MODERATE), (14, SkinRisk.MODERATE), (15, SkinRisk.MILD), (18, SkinRisk.MILD),
        (19, SkinRisk.NONE), (23, SkinRisk.NONE),
    ],
)  # fmt: skip
def test_the_risk_of_the_skin(total: int, risk: SkinRisk) -> None:
    assert skin_risk(total) is risk


@pytest.mark.parametrize("total", [5, 24])
def test_no_such_braden_total(total: int) -> None:
    with pytest.raises(ValueError, match="6 to 23"):
        skin_risk(total)


# ------------------------------------------------------------------------------------- qSOFA, pain


@pytest.mark.parametrize(
    "rate, systolic, mind, total",
    [
        (21, 101, "A", 0), (22, 101, "A", 1), (21, 100, "A", 1), (21, 101, "C", 1),
        (21, 101, "V", 1), (21, 101, "P", 1), (21, 101, "U", 1), (22, 100, "V", 3), (0, 0, "A", 1),
    ],
)  # fmt: skip
def test_qsofa(rate: float, systolic: float, mind: str, total: int) -> None:
    found = qsofa(rate, systolic, mind)
    assert (found.total, found.missing) == (total, ())


def test_qsofa_tells_what_is_missing_and_refuses_what_is_none() -> None:
    assert qsofa(None, 90, "A").missing == ("respiratory_rate",)
    assert qsofa(22, None, None).missing == ("systolic", "consciousness")
    assert qsofa(22, 90, None).total is None
    with pytest.raises(ValueError, match="finite"):
        qsofa(math.inf, 90, "A")
    with pytest.raises(ValueError, match="A C V P U"):
        qsofa(20, 90, "X")


@pytest.mark.parametrize(
    "score, strength",
    [
        (0, Pain.NONE), (1, Pain.MILD), (3, Pain.MILD), (4, Pain.MODERATE), (6, Pain.MODERATE),
        (7, Pain.SEVERE), (10, Pain.SEVERE),
    ],
)  # fmt: skip
def test_pain(score: int, strength: Pain) -> None:
    assert pain(score) is strength


@pytest.mark.parametrize("score", [-1, 11, math.nan])
def test_no_such_pain(score: float) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        pain(score)


# -------------------------------------------------------------------------------------------- MEWS

CALM: dict[Parameter, float | None] = {
    P.SYSTOLIC: 120, P.HEART_RATE: 70, P.RESPIRATORY_RATE: 12, P.TEMPERATURE: 37.0,
}  # fmt: skip


@pytest.mark.parametrize(
    "parameter, walk",
    [
        (P.SYSTOLIC, [(0, 3), (70, 3), (71, 2), (80, 2), (81, 1), (100, 1), (101, 0), (199, 0),
                      (200, 2), (300, 2)]),
        (P.HEART_RATE, [(0, 2), (39, 2), (40, 2), (41, 1), (50, 1), (51, 0), (100, 0), (101, 1),
                        (110, 1), (111, 2), (129, 2), (130, 3), (250, 3)]),
        (P.RESPIRATORY_RATE, [(0, 2), (8, 2), (9, 0), (14, 0), (15, 1), (20, 1), (21, 2), (29, 2),
                              (30, 3), (59, 3)]),
        (P.TEMPERATURE, [(34.9, 2), (35.0, 0), (38.4, 0), (38.5, 2), (42, 2)]),
    ],
)  # fmt: skip
def test_mews_at_every_edge(parameter: Parameter, walk: list[tuple[float, int]]) -> None:
    for value, points in walk:
        found = mews(CALM | {parameter: value}, "A")
        assert (found.total, found.parts[parameter]) == (points, points), value


@pytest.mark.parametrize("mind, points", [("A", 0), ("C", 1), ("V", 1), ("P", 2), ("U", 3)])
def test_mews_of_consciousness(mind: str, points: int) -> None:
    assert mews(CALM, mind).total == points


@given(st.sets(st.sampled_from([*SUBBE.bands, P.CONSCIOUSNESS]), min_size=1))
def test_mews_without_all_has_no_total(lacking: set[Parameter]) -> None:
    numbers = {p: None if p in lacking else value for p, value in CALM.items()}
    found = mews(numbers, None if P.CONSCIOUSNESS in lacking else "A")
    assert found.total is None
    assert set(found.missing) == lacking


def test_mews_refuses_what_is_no_value() -> None:
    with pytest.raises(ValueError, match="systolic"):
        mews(CALM | {P.SYSTOLIC: math.nan}, "A")
    with pytest.raises(ValueError, match="consciousness"):
        mews(CALM, "X")
