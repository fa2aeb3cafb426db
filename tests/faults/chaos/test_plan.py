"""What befalls a ward is drawn from a seed: the same again, all of it before any comes twice."""

from itertools import islice
from random import Random

import pytest

from smartward.bench.chaos.plan import DISKS, FAULTS, GROUPS, chosen, drawn


def test_every_fault_comes_once_before_any_comes_again() -> None:
    events = list(islice(drawn(Random(1), FAULTS), 2 * len(FAULTS)))
    for half in (events[: len(FAULTS)], events[len(FAULTS) :]):
        assert sorted(one.fault for one in half) == sorted(FAULTS)


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (list(islice(drawn(Random(n), FAULTS), 50)) for n in (7, 7, 8))
    assert first == again
    assert first != other


def test_without_faults_nothing_befalls() -> None:
    assert list(drawn(Random(1), ())) == []


def test_faults_are_chosen_by_name_and_by_group() -> None:
    assert chosen("disks,hub_killed,disk_full") == (*DISKS, "hub_killed")
    assert set(chosen("all")) == set(FAULTS) == {one for group in GROUPS.values() for one in group}
    with pytest.raises(ValueError, match=r"no such fault: flood; there are: all, machines"):
        chosen("flood")
