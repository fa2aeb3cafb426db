"""NEWS2 of a ward that others made, against ours: two programs, one publication.

clinosim wrote its own total beside each round of observations. 324 rounds hold all that NEWS2 needs
but for one thing: a patient without oxygen is told by silence. Ours wants that said, so those are
compared with `air` put in, and are no score without it. The other 650 totals were made of heart
rate, saturation and oxygen alone: ours gives none for them.
"""

import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from smartward.clinical.news2 import News2Incomplete, News2Input, News2Score, score
from smartward.clinical.observation import Parameter, VitalSign
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
                if one.parameter is not Parameter.DIASTOLIC:
                    found[str(one.parameter)] = one.code if one.value is None else one.value
    return News2Input(**found)


def breathing(values: News2Input) -> News2Input:
    """With the air that the generator leaves unsaid."""
    return values if values.oxygen_supply is not None else replace(values, oxygen_supply="air")


@pytest.mark.verifies(
    "clinosim 0.6.5 ward (40 beds, 48 h, synthetic)",
    "NEWS2: 260 of 324 full sets equal, 64 differ by a known cause",
)
def test_full_rounds_have_the_same_total_but_where_theirs_has_gaps(rounds: list[Round]) -> None:
    full = [one for one in rounds if one.full]
    assert (len(rounds), len(full)) == (974, 324)
    told = [(one, score(breathing(one.values), 1)) for one in full]
    differing = [(one, mine) for one, mine in told if mine.total != one.total]  # type: ignore[union-attr]
    for one, mine in differing:
        assert isinstance(mine, News2Score)
        saturation = one.values.oxygen_saturation
        assert saturation is not None
        print(f"SpO2 {saturation} %: recorded {one.total}, ours {mine.total}")
        # The chart's bands are whole percents: 91 and less, 92-93, 94-95, 96 and more. Theirs finds
        # 91.3 % in none of them and gives it no points; ours rounds to the percent a person sees.
        assert math.floor(saturation) in (91, 93, 95)
        assert saturation % 1 > 0
        assert one.total == mine.total - mine.parts[Parameter.OXYGEN_SATURATION]
    assert len(differing) == 64


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
