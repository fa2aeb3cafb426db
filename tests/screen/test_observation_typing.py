"""How a number is typed on the key pad: nothing that can be is cut short by going on by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.observation import Parameter
from smartward.clinical.observation_entry import POSSIBLE
from smartward.clinical.observation_set import CODES
from smartward.screen.observation_pad_typing import (
    CHOICES,
    ORDER,
    PLACES,
    closed,
    erased,
    fields,
    is_complete,
    possible,
    typed,
)

P = Parameter
WHOLE = [one for one in POSSIBLE if one not in PLACES]
COUNTED = 99
"""Breaths that are counted: two digits."""


def type_in(parameter: Parameter, keys: str) -> tuple[str, str]:
    """What stands in the field when it goes on by itself or the keys end, and what is left."""
    text = ""
    for place, key in enumerate(keys):
        text = typed(parameter, text, key)
        if is_complete(parameter, text):
            return text, keys[place + 1 :]
    return text, ""


@pytest.mark.parametrize("parameter", WHOLE)
def test_every_number_that_can_be_is_typed_whole(parameter: Parameter) -> None:
    low, high = (int(bound) for bound in POSSIBLE[parameter])
    high = min(high, COUNTED) if parameter is P.RESPIRATORY_RATE else high
    for number in range(low, high + 1):
        assert type_in(parameter, str(number)) == (str(number), "")
        assert possible(parameter, str(number)) is not None


def test_every_temperature_is_typed_with_or_without_its_point() -> None:
    for tenths in range(150, 471):
        told = f"{tenths // 10}.{tenths % 10}"
        assert type_in(P.TEMPERATURE, str(tenths)) == (told, "")
        assert type_in(P.TEMPERATURE, told) == (told, "")
        assert possible(P.TEMPERATURE, told) is not None


@pytest.mark.parametrize("keys, text", [("2.5", "2.5"), ("15", "15"), ("0.5", "0.5"), ("4.", "4.")])
def test_a_flow_takes_its_point(keys: str, text: str) -> None:
    assert type_in(P.OXYGEN_FLOW, keys)[0] == text
    assert possible(P.OXYGEN_FLOW, text) is not None


def test_a_point_is_only_where_there_is_one() -> None:
    assert typed(P.HEART_RATE, "7", ".") == "7"
    assert typed(P.TEMPERATURE, "", ".") == ""
    assert typed(P.TEMPERATURE, "36.5", "7") == "36.5"
    assert (erased("36.5"), closed("36.")) == ("36", "36")


@given(
    st.sampled_from([one for one in ORDER if one not in CHOICES]),
    st.text(alphabet="0123456789.", max_size=9),
)
def test_whatever_is_touched_is_a_number_or_nothing(parameter: Parameter, keys: str) -> None:
    text = ""
    for key in keys:
        text = typed(parameter, text, key)
        value = possible(parameter, text) if text else None
        if value is not None:
            low, high = POSSIBLE[parameter]
            assert low <= float(value.text) <= high
    assert len(text) <= 5
    for _ in keys:
        text = erased(text)
    assert text == ""


def test_the_fields_of_oxygen_are_asked_for_where_it_is_given() -> None:
    assert P.OXYGEN_FLOW not in fields({P.OXYGEN_SUPPLY: "air"})
    assert set(ORDER) == set(fields({P.OXYGEN_SUPPLY: "oxygen"}))
    assert {one: set(CHOICES[one]) for one in CODES} == {k: set(v) for k, v in CODES.items()}
