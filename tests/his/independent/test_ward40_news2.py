"""NEWS2 of a ward that others made, against ours: two programs, one publication.

clinosim wrote its own total beside each round of observations. 324 rounds hold all that NEWS2 needs
but for one thing: a patient without oxygen is told by silence. Ours wants that said, so those are
compared with `air` put in, and are no score without it. The other 650 totals were made of heart
rate, saturation and oxygen alone: ours gives none for them.

260 of the 324 are equal and 64 are not, all for one cause. The publication's bands of saturation
are whole percents (91 and less, 92-93, 94-95, 96 and more), for oximeters show and people chart
whole percents. clinosim writes tenths, finds 91.3 in no band and gives it nothing, which makes a
patient well by a fraction. Ours rounds to the percent that an oximeter would show (half up) and
then looks it up. By where the reading lies:

| reading | rounds | becomes | ours | theirs |
|---|---|---|---|---|
| 91.1-91.4 | 10 | 91 | 3 | 0 |
| 91.6-91.9 | 13 | 92 | 2 | 0 |
| 93.1-93.4 | 12 | 93 | 2 | 0 |
| 93.5-93.9 | 13 | 94 | 1 | 0 |
| 95.1-95.4 | 16 | 95 | 1 | 0 |

(95.5 and more becomes 96 and has no points either way.) Every other part agrees in all 324: rates
and pressures are whole there, temperatures have one decimal as on the chart. Another count of this
data has 23 rounds that differ, "by one": 23 is how many lie between 91 and 92 (the first two rows).
None of the usual rules, to the nearest, down, up, or the bands' edges alone, gives 23: they differ
from the recorded totals in 64, 84 or 48.
"""

import gzip
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from smartward.clinical.news2 import News2Incomplete, News2Input, News2Score, score
from smartward.clinical.observation import Parameter, VitalSign
from smartward.clinical.observation_set import SCORED
from smartward.his.fhir.mapping import load_mapping
from smartward.his.fhir.mapping_vital import vital_sign
from smartward.his.fhir.page import decode
from smartward.his.fhir.reject import Reject
from smartward.his.fhir.resources import Observation
from tests.his.test_real_data import WARD40

BOOK = load_mapping()
ROUND = timedelta(seconds=130)
"""A round's readings follow its total within this: by about 5 s each, up to two minutes."""
_NUMBERS = ("respiratory_rate", "oxygen_saturation", "systolic", "heart_rate", "temperature")


@dataclass(frozen=True, slots=True)
class Round:
    """One total as it was recorded, and what our mapping made of the readings beside it."""

    total: int
    values: News2Input

    @property
    def full(self) -> bool:
        """Whether everything is there, but perhaps for the oxygen that is not used."""
        return all(getattr(self.values, name) is not None for name in (*_NUMBERS, "consciousness"))


def observations() -> Iterator[dict[str, Any]]:
    with gzip.open(WARD40, "rt", encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line)
            if body["resourceType"] == "Observation":
                yield body


@pytest.fixture(scope="module")
def rounds() -> list[Round]:
    totals: list[tuple[str, datetime, int]] = []
    signs: dict[str, list[VitalSign]] = {}
    for body in observations():
        patient = body["subject"]["reference"]
        if any(one.get("code") == "NEWS2" for one in body["code"]["coding"]):
            at = datetime.fromisoformat(body["effectiveDateTime"])
            totals.append((patient, at, body["valueInteger"]))
            continue
        one = decode(msgspec.Raw(msgspec.json.encode(body)), "Observation")
        if isinstance(one, Observation):
            try:
                sign = vital_sign(one, BOOK, "his", "his.e", None)
            except Reject:
                continue
            signs.setdefault(patient, []).append(sign)
    return [Round(total, _values(signs[patient], at)) for patient, at, total in totals]


def _values(signs: list[VitalSign], at: datetime) -> News2Input:
    found: dict[str, Any] = {}
    # Milliseconds are what we keep of a time.
    start = at - timedelta(milliseconds=1)
    for sign in signs:
        if start <= sign.taken_at <= at + ROUND:
            for one in sign.measurements:
                if one.parameter in SCORED:
                    found[str(one.parameter)] = one.code if one.value is None else one.value
    return News2Input(**found)


def breathing(values: News2Input) -> News2Input:
    """With the air that the generator leaves unsaid."""
    return values if values.oxygen_supply is not None else replace(values, oxygen_supply="air")


BANDS = ((91, 3), (93, 2), (95, 1), (math.inf, 0))
"""Upper edges of the saturation bands and their points, on scale 1 (Royal College of Physicians,
NEWS2, 2017)."""


def by_edges(saturation: float) -> int:
    """Points of what is in no need of rounding."""
    return next(points for edge, points in BANDS if saturation <= edge)


def with_gaps(saturation: float) -> int:
    """Points as clinosim gives them: a reading between two whole percents that are in different
    bands is in neither."""
    below, above = by_edges(math.floor(saturation)), by_edges(math.ceil(saturation))
    return below if below == above else 0


def differing(rounds: list[Round], points: Callable[[float], int]) -> Counter[float]:
    """Saturations of the full rounds whose recorded total is not ours with those points."""
    found: Counter[float] = Counter()
    for one in rounds:
        mine, saturation = score(breathing(one.values), 1), one.values.oxygen_saturation
        assert isinstance(mine, News2Score)
        assert saturation is not None
        rest = mine.total - mine.parts[Parameter.OXYGEN_SATURATION]
        found[saturation] += rest + points(saturation) != one.total
    return +found


@pytest.mark.verifies(
    "clinosim 0.6.5 ward (40 beds, 48 h, synthetic)",
    "NEWS2: 260 of 324 full sets equal, 64 with a saturation between two bands differ",
)
def test_full_rounds_have_the_same_total_but_where_theirs_has_gaps(rounds: list[Round]) -> None:
    full = [one for one in rounds if one.full]
    assert (len(rounds), len(full)) == (974, 324)
    off: Counter[tuple[int, int, int]] = Counter()
    for one in full:
        mine, saturation = score(breathing(one.values), 1), one.values.oxygen_saturation
        assert isinstance(mine, News2Score)
        assert saturation is not None
        if mine.total != one.total:
            points = mine.parts[Parameter.OXYGEN_SATURATION]
            assert mine.total - one.total == points
            off[math.floor(saturation), math.floor(saturation + 0.5), points] += 1
    assert off == {(91, 91, 3): 10, (91, 92, 2): 13, (93, 93, 2): 12, (93, 94, 1): 13,
                   (95, 95, 1): 16}  # fmt: skip
    assert off.total() == 64


def test_the_gaps_are_the_only_cause(rounds: list[Round]) -> None:
    """With the points that clinosim gives a saturation, all else ours, every total is the same."""
    full = [one for one in rounds if one.full]
    assert differing(full, with_gaps) == Counter()
    for one in full:
        numbers = (one.values.respiratory_rate, one.values.systolic, one.values.heart_rate)
        assert all(value is not None and value % 1 == 0 for value in numbers)
        assert re.fullmatch(r"\d\d\.\d", str(one.values.temperature))


def test_no_rule_of_rounding_gives_their_totals(rounds: list[Round]) -> None:
    full = [one for one in rounds if one.full]
    assert differing(full, lambda told: by_edges(math.floor(told + 0.5))).total() == 64
    assert differing(full, lambda told: by_edges(math.floor(told))).total() == 84
    assert differing(full, lambda told: by_edges(math.ceil(told))).total() == 48
    assert differing(full, by_edges).total() == 48


@pytest.mark.verifies(
    "clinosim 0.6.5 ward (40 beds, 48 h, synthetic)",
    "NEWS2: none of 650 partial sets becomes a score",
)
def test_a_partial_round_is_no_score(rounds: list[Round]) -> None:
    told = Counter(
        isinstance(score(breathing(one.values), 1), News2Incomplete)
        for one in rounds
        if not one.full
    )
    assert told == Counter({True: 650})


def test_oxygen_that_nobody_tells_is_not_taken_for_air(rounds: list[Round]) -> None:
    unsaid = [one for one in rounds if one.full and one.values.oxygen_supply is None]
    assert unsaid
    for one in unsaid:
        told = score(one.values, 1)
        assert isinstance(told, News2Incomplete)
        assert told.missing == (Parameter.OXYGEN_SUPPLY,)
