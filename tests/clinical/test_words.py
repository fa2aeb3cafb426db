"""A text is a key of ours or words of the hospital's, never both and never neither."""

import pytest

from smartward.clinical.words import Wording


def test_one_of_two() -> None:
    assert Wording(key="some.key").his is None
    assert Wording(his="青霉素过敏").key is None
    for both_or_neither in ({}, {"key": "some.key", "his": "青霉素过敏"}):
        with pytest.raises(ValueError, match="not both"):
            Wording(**both_or_neither)
