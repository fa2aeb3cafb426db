"""What a bench prints it also writes, and each bench runs in small."""

import json
from pathlib import Path

import pytest

from smartward.bench import main
from smartward.bench.figures import Figures, kept

START = (
    "station: exec to first frame, p50",
    "station: exec to taking touches, p50",
    "station: memory (PSS)",
)
SOAK = ("hub: memory, last third beside first", "bedside: cache file, last third beside first")


def test_all_that_is_shown_is_kept_with_its_limit(tmp_path: Path) -> None:
    figures = Figures()
    with kept(tmp_path / "figures.json"):
        figures.show("frames", 0.0, "/s")
        figures.show("gap", 3.5, "ms", 3.0)
        figures.show("rate", 8.0, "/s", 8.0, at_least=True)
    figures.show("afterwards", 1.0, "ms")
    assert json.loads((tmp_path / "figures.json").read_text()) == [
        {"name": "frames", "value": 0.0, "unit": "/s"},
        {"name": "gap", "value": 3.5, "unit": "ms", "limit": 3.0, "at_least": False, "ok": False},
        {"name": "rate", "value": 8.0, "unit": "/s", "limit": 8.0, "at_least": True, "ok": True},
    ]


def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), kept(tmp_path / "not there" / "figures.json"):
        pytest.fail("measured")


@pytest.mark.long
@pytest.mark.parametrize(
    "argv, told",
    [
        (["start", "--count", "1"], START),
        (["soak", "--hours", "6", "--rate", "360"], SOAK),
    ],
)
def test_a_small_run_tells_each_figure(
    argv: list[str], told: tuple[str, ...], tmp_path: Path
) -> None:
    """Which limits hold is for a quiet machine to say."""
    file = tmp_path / "figures.json"
    assert main.main([*argv, "--json", str(file)]) in (0, 1)
    values = {row["name"]: row["value"] for row in json.loads(file.read_text())}
    assert all(values[name] > 0 for name in told)


@pytest.mark.long
def test_hubs_in_small_hear_of_every_call(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    argv = ["hubs", "--hubs", "1,2", "--beds", "4", "--seconds", "1", "--rate", "8"]
    assert main.main([*argv, "--json", str(file)]) == 0
    turns = json.loads(file.read_text())["turns"]
    assert [turn["hubs"] for turn in turns] == ["1, SQLite", "1", "2"]
    assert all(turn["missed"] == 0 and turn["actions_s"] > 0 for turn in turns)
