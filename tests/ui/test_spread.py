"""The quick run draws every value of every axis, and nothing is drawn by neither run."""

import itertools

from tests.ui.spread import spread


def quick(*axes: str, **more: object) -> set[tuple[str, ...]]:
    return {one.values for one in spread(*axes, **more) if not one.marks}  # type: ignore[arg-type]  # fields by their own names


def test_each_combination_is_drawn_by_one_of_the_runs() -> None:
    assert [one.values for one in spread("ab", "xyz")] == list(itertools.product("ab", "xyz"))
    assert {one.marks[0].name for one in spread("ab", "xyz") if one.marks} == {"long"}


def test_every_value_is_drawn_quickly() -> None:
    assert quick("abcd", "xyz") == {("a", "x"), ("b", "y"), ("c", "z"), ("d", "x")}


def test_of_three_axes_every_pair_is_drawn_quickly() -> None:
    found = quick("abc", "123", "xy")
    assert {one[:2] for one in found} == set(itertools.product("abc", "123"))
    assert {one[::2] for one in found} == set(itertools.product("abc", "xy"))
    assert {one[1:] for one in found} == set(itertools.product("123", "xy"))


def test_the_hardest_are_always_drawn() -> None:
    found = quick("abcd", "xyz", always=lambda one: one[0] == "c")
    assert {one for one in found if one[0] == "c"} == {("c", "x"), ("c", "y"), ("c", "z")}
    assert len(found) == 6
