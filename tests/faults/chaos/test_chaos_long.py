"""A thousand calls through real processes while everything fails, and the power at every sync."""

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


def test_a_hub_that_did_not_sync_would_be_found(ward: tuple[Path, dict[str, bytes]]) -> None:
    """The same record, with syncs that do nothing."""
    calls = [
        replace(one, began=-1) if "sync" in one.name else one
        for one in recorded(ward[0] / "hub.strace")
    ]
    assert _tried(ward, calls, 4).lost


def test_a_screen_has_after_a_power_cut_what_it_said_it_keeps(
    ward: tuple[Path, dict[str, bytes]],
) -> None:
    folder = ward[0]
    calls = recorded(folder / "screens.strace")
    kept = power.promised_by_screen(calls, folder / "bedside-0.ledger")
    tried = power.try_cuts(
        calls, folder / "bedside-0", {}, kept, power.missing_in_screen, 25, Random(1)
    )
    assert tried.promised >= 2 * CALLS / 2, "each at this bed was made and ended"
    assert tried.lost == []
