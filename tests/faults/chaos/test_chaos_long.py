"""A thousand calls through real processes while everything fails, and the power at every sync."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from smartward.bench.chaos import power
from smartward.bench.chaos.disks import missing
from smartward.bench.chaos.plan import FAULTS
from smartward.bench.chaos.written import Call, recorded

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(missing()), reason=missing() or "strace is here"),
]


def test_a_thousand_calls(tmp_path: Path) -> None:
    arguments = [
        "--calls",
        "1000",
        "--beds",
        "40",
        "--stations",
        "2",
        "--seed",
        "1",
        "--keep",
        str(tmp_path),
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "smartward", "bench", "chaos", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = ran.stdout
    assert "lost                            0" in told
    assert "doubled                         0" in told
    assert "wrong bed                       0" in told
    befell = told.rpartition("faults: ")[2]
    assert [one for one in FAULTS if f"{one} " not in befell] == [], "not every fault befell"


CALLS = 30
"""In all, at two beds."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A run of two beds under watch."""
    folder = tmp_path_factory.mktemp("power")
    return folder, power.run_ward(folder, 2, CALLS)


def _tried(ward: tuple[Path, dict[str, bytes]], calls: list[Call], most: int) -> power.Tried:
    folder, before = ward
    return power.try_cuts(
        calls, folder / "hub", before, power.promised_by_hub(calls), power.missing_in_hub, most,
        Random(1),
    )  # fmt: skip


def test_the_hub_has_after_a_power_cut_what_it_answered(
    ward: tuple[Path, dict[str, bytes]],
) -> None:
    tried = _tried(ward, recorded(ward[0] / "hub.strace"), 25)
    assert tried.promised >= 3 * CALLS, "each was made, shown at the station and ended"
    assert tried.lost == []


def _without_syncs(calls: list[Call]) -> list[Call]:
    """Each sync began before all that was written: it makes sure of nothing."""
    return [replace(one, began=-1) if "sync" in one.name else one for one in calls]


def test_a_hub_that_did_not_sync_would_be_found(ward: tuple[Path, dict[str, bytes]]) -> None:
    """The same record, with syncs that do nothing."""
    assert _tried(ward, _without_syncs(recorded(ward[0] / "hub.strace")), 4).lost


def _tried_at_screen(folder: Path, calls: list[Call], most: int) -> power.Tried:
    kept = power.promised_by_screen(calls, folder / "bedside-0.ledger")
    return power.try_cuts(
        calls, folder / "bedside-0", {}, kept, power.missing_in_screen, most, Random(1)
    )


def test_a_screen_has_after_a_power_cut_what_it_said_it_keeps(
    ward: tuple[Path, dict[str, bytes]],
) -> None:
    folder = ward[0]
    tried = _tried_at_screen(folder, recorded(folder / "screens.strace"), 25)
    assert tried.promised >= 2 * CALLS / 2, "each at this bed was made and ended"
    assert tried.lost == []


@pytest.mark.expects_log
def test_a_screen_that_did_not_sync_would_be_found(ward: tuple[Path, dict[str, bytes]]) -> None:
    """It would have lost touches of which it had said that they are kept; what is left is broken in
    one way or another, and told."""
    calls = _without_syncs(recorded(ward[0] / "screens.strace"))
    lost = _tried_at_screen(ward[0], calls, 4).lost
    kept = {id for _, id in power.promised_by_screen(calls, ward[0] / "bedside-0.ledger")}
    assert {one.rpartition(" ")[2] for one in lost} & kept


def test_the_figures_of_the_power_cuts_are_written(tmp_path: Path) -> None:
    file = tmp_path / "power.json"
    sizes = ["--beds", "1", "--calls", "3", "--cuts", "2", "--seed", "4"]
    assert power.main([*sizes, "--json", str(file)]) == 0
    told = json.loads(file.read_text())
    assert {name: told[name] for name in ("beds", "calls", "seed")} == {
        "beds": 1, "calls": 3, "seed": 4
    }  # fmt: skip
    for name in ("hub", "screen"):
        assert (told[name]["disks"], told[name]["lost"]) == (6, [])
