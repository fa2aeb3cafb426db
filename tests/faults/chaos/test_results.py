"""A long run that was ended goes on with the wards that are missing."""

import dataclasses
from pathlib import Path

import pytest

from smartward.bench.chaos import main
from smartward.bench.chaos.judge import Verdict
from smartward.bench.chaos.results import Found, Results
from smartward.bench.chaos.round import Round

RUN = {"faults": ["cut"], "beds": 2}


def found(seed: int) -> Found:
    return Found(seed, 10, 1.5, {"cut": 3}, Verdict(calls=10, reach_s=[0.1, 0.2]))


def test_what_was_found_is_known_to_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    for seed in (1, 2):
        Results(file, RUN).add(found(seed))
    assert Results(file, RUN).found == {(1, 10): found(1), (2, 10): found(2)}


def test_a_ward_that_was_not_driven_to_its_end_is_broken_for_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    stuck = dataclasses.replace(found(1), stuck="no ward began")
    Results(file, RUN).add(stuck)
    known = Results(file, RUN)
    assert known.found == {(1, 10): stuck}
    assert known.found[1, 10].broken
    known.add(found(1))
    again = Results(file, RUN)
    assert (again.found[1, 10].broken, again.again) == (False, {(1, 10)})


def test_a_ward_whose_line_was_cut_off_is_driven_again(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    results = Results(file, RUN)
    results.add(found(1))
    results.add(found(2))
    file.write_text(file.read_text()[:-20])
    assert list(Results(file, RUN).found) == [(1, 10)]


def test_results_of_another_run_are_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    Results(file, RUN).add(found(1))
    with pytest.raises(ValueError, match="another run"):
        Results(file, RUN | {"beds": 3})


@pytest.mark.parametrize("side_by_side", ["1", "3"])
def test_a_run_drives_each_missing_ward_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    side_by_side: str,
) -> None:
    driven: list[int] = []

    def run(self: Round, late_s: float) -> Verdict:
        driven.append(self._seed)
        return Verdict(calls=self._size.calls, reach_s=[0.1], lost=["x"] * (self._seed in broken))

    monkeypatch.setattr(Round, "run", run)
    monkeypatch.setattr(main._Run, "_keep", lambda *told: None)
    monkeypatch.setattr(main, "ROUND", 10)
    file = tmp_path / "r.jsonl"
    arguments = ["--calls", "25", "--seed", "5", "--results", str(file)]
    broken = {6}

    def go(*more: str) -> int:
        driven.clear()
        options = main.parser().parse_args([*arguments, "--side-by-side", side_by_side, *more])
        return main._Run(options, ("cut",)).go()

    def told(name: str) -> list[str]:
        out = capsys.readouterr().out
        lines = [line for line in out.splitlines() if line.startswith(f"{name} ")]
        return [line.removeprefix(name).split()[0] for line in lines]

    assert go() == 1
    assert 6 in driven
    before = set(driven)
    broken = set()
    capsys.readouterr()
    assert go() == 1, "what broke once is not forgotten"
    assert set(driven) == {5, 6, 7} - before
    assert told("lost") == ["1"]
    assert go() == 1
    assert driven == []
    assert told("wards that broke") == ["1"]
    assert go("--again") == 0
    assert driven == [6]
    out = capsys.readouterr().out
    assert "2 of 3 wards are known from before" in out
    assert "calls                          25" in out
    assert "wards driven again              1" in out
    assert go() == 0
    assert told("wards driven again") == ["1,"], "in each later run of the file"
