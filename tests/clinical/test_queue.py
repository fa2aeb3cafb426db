"""The order of the Now queue."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.priority import Priority
from smartward.clinical.queue import queue_key
from tests.clinical.build import at


def test_priority_then_minutes_to_harm_then_age() -> None:
    rows = {
        "out of bed": queue_key(Priority.HIGH, at(0), at(-1)),
        "score 8": queue_key(Priority.HIGH, None, at(1)),
        "call": queue_key(Priority.MEDIUM, None, at(-1)),
        "older call": queue_key(Priority.MEDIUM, None, at(-9)),
        "bag is empty": queue_key(Priority.MEDIUM, at(-2), at(-14)),
        "drip ends in 6": queue_key(Priority.MEDIUM, at(6), at(-4)),
        "drip ends in 2": queue_key(Priority.MEDIUM, at(2), at(-3)),
        "overdue": queue_key(Priority.LOW, None, at(-90)),
        "information": queue_key(Priority.INFORMATION, None, at(-900)),
    }
    assert sorted(rows, key=rows.__getitem__) == [
        "out of bed",
        "score 8",
        "older call",
        "bag is empty",
        "call",
        "drip ends in 2",
        "drip ends in 6",
        "overdue",
        "information",
    ]


@given(
    st.sampled_from(list(Priority)),
    st.sampled_from(list(Priority)),
    st.lists(st.integers(-600, 600) | st.none(), min_size=2, max_size=2),
    st.lists(st.integers(-600, 0), min_size=2, max_size=2),
)
def test_a_higher_priority_always_stands_first(
    one: Priority, other: Priority, harm: list[int | None], since: list[int]
) -> None:
    keys = [
        queue_key(priority, None if h is None else at(h), at(s))
        for priority, h, s in zip((one, other), harm, since, strict=True)
    ]
    if one.rank < other.rank:
        assert keys[0] < keys[1]


def test_of_two_that_harm_at_one_time_the_older_stands_first() -> None:
    later = queue_key(Priority.MEDIUM, at(5), at(0) + timedelta(seconds=1))
    assert queue_key(Priority.MEDIUM, at(5), at(0)) < later
