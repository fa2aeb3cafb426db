"""Which of many combinations the quick run draws: the long run draws all the others."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

Combination = tuple[Any, ...]


def spread(
    *axes: Sequence[Any], always: Callable[[Combination], bool] = lambda combination: False
) -> list[Any]:
    """All combinations of the axes, as parameters of a test; those of the long run are marked so.

    Quick are each value of the first axis (or pair of the first axes) with one value of the last
    one, whose values take turns, so that each is drawn about equally often, and those that are
    `always` drawn because they are the hardest.
    """
    quick = set()
    *first, last = (range(len(axis)) for axis in axes)
    for place in itertools.product(*first):
        quick.add((*place, sum(place) % len(last)))
    found = []
    for place in itertools.product(*(range(len(axis)) for axis in axes)):
        one = tuple(axis[n] for axis, n in zip(axes, place, strict=True))
        marks = () if place in quick or always(one) else (pytest.mark.long,)
        found.append(pytest.param(*one, marks=marks))
    return found
