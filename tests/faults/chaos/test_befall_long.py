"""What befalls a running house: whose calls it holds up, and what the trace tells of it."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from smartward.bench.chaos import disks
from smartward.bench.chaos.faults import Faults
from smartward.bench.chaos.house import House, Size
from smartward.bench.chaos.plan import Event
from smartward.bench.chaos.proxy import ONCE
from smartward.bench.chaos.round import Round

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(disks.missing()), reason=disks.missing() or "strace is here"),
]

BEDS_1 = frozenset({"bedside-1", "bedside-4"})
"""The second group of six beds in three processes."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house"), Size(beds=6, calls=0), seed=1) as one:
        yield one


@pytest.fixture(scope="module")
def faults(house: House) -> Faults:
    return Faults(house, Random(1))


@pytest.mark.parametrize(
    "fault, whom, of",
    [
        # Of the four groups in their order (three of beds, then the stations) number 1.
        ("screens_killed", 1, BEDS_1),
        ("unplugged", 5, BEDS_1),
        ("disk_slow", 9, BEDS_1),
        ("stations_killed", 1, None),
        ("only_down", 3, None),
        ("disk_full", 3, None),
        ("disk_full", 4, None),
        ("hub_killed", 1, None),
        ("backup_restored", 1, None),
        ("page_corrupt", 1, None),
    ],
)
def test_a_fault_holds_up_those_it_hits(
    house: House, faults: Faults, fault: str, whom: int, of: frozenset[str] | None
) -> None:
    before = len(house.outages)
    assert faults.befall(Event(0.0, fault, whom, 0.1))
    (outage,) = house.outages[before:]
    assert (outage.name, outage.of) == (fault, of)
    assert outage.ended > outage.began


def test_every_second_time_the_first_backup_is_restored(
    house: House, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.back_up()
    first, restored, restore = house.first_backup.read_bytes(), [], house.restore

    def watched(backup: Path) -> None:
        restored.append(backup.name)
        restore(backup)

    monkeypatch.setattr(house, "restore", watched)
    for _ in range(2):
        faults.befall(Event(0.0, "backup_restored", 1, 0.0))
    assert sorted(restored) == ["backup-0.sqlite", "backup.sqlite"]
    assert house.first_backup.read_bytes() == first


def test_each_request_that_was_spoiled_is_in_the_trace(tmp_path: Path) -> None:
    one = Round(tmp_path / "round", Size(beds=6, calls=60, spread_s=5.0), 1, ONCE)
    assert not one.run(30.0).broken
    lines = (tmp_path / "round" / "trace.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert Counter(one["fault"] for one in told) == one.met
    assert sum(one.met.values()) > 0
    assert {(one["method"], one["path"]) for one in told} <= {
        ("POST", "/actions"),
        ("GET", "/feed"),
    }
    assert {one["group"] for one in told} <= {"stations", "beds-0", "beds-1", "beds-2"}
