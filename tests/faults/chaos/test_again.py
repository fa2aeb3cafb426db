"""What is kept of a ward in which something broke is enough to drive it again."""

import json
import shlex
from pathlib import Path

import pytest

from smartward.bench.chaos import main, plan
from smartward.bench.chaos.disks import FAILING
from smartward.bench.chaos.judge import Verdict
from smartward.bench.chaos.round import Round
from smartward.errors import Misconfigured

ASKED = (
    "--seed 9 --calls 25 --beds 7 --stations 3 --spread 4.5 --late 12.5 --side-by-side 2"
    " --faults machines,requests"
)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ward of a run is found broken."""

    def run(self: Round, late_s: float) -> Verdict:
        self._folder.mkdir()
        (self._folder / "trace.jsonl").write_text('{"fault": "hub_killed"}\n')
        return Verdict(calls=self._size.calls, lost=["a press"])

    monkeypatch.setattr(Round, "run", run)


def told_again(out: str) -> list[str]:
    (line,) = (one for one in out.splitlines() if one.startswith("kept: "))
    return shlex.split(line.partition("again: smartward bench chaos ")[2])


@pytest.mark.usefixtures("broken")
def test_what_broke_is_kept_and_the_printed_command_draws_the_same_ward(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*ASKED.split(), "--keep", str(tmp_path)]
    options = main.parser().parse_args(asked)
    run = main._Run(options, plan.chosen(options.faults))
    assert run.go() == 1
    (line,) = (tmp_path / "chaos-9" / "trace.jsonl").read_text().splitlines()
    assert json.loads(line) == {"fault": "hub_killed"}
    again = main.parser().parse_args(told_again(capsys.readouterr().out))
    for name in ("seed", "calls", "beds", "stations", "spread", "late"):
        assert getattr(again, name) == getattr(options, name), name
    assert plan.chosen(again.faults) == plan.chosen(options.faults)


@pytest.mark.usefixtures("broken")
def test_faults_that_were_left_out_are_left_out_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = tuple(one for one in plan.FAULTS if one not in FAILING)
    options = main.parser().parse_args(["--keep", str(tmp_path), "--calls", "10"])
    assert main._Run(options, left).go() == 1
    again = main.parser().parse_args(told_again(capsys.readouterr().out))
    assert plan.chosen(again.faults) == left


def test_a_ward_whose_run_was_ended_from_outside_is_not_said_to_be_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who ends all programs of a run ends those of its wards too."""
    options = main.parser().parse_args(["--results", str(tmp_path / "r.jsonl"), "--calls", "10"])
    run = main._Run(options, ("cut",))

    def ended(self: Round, late_s: float) -> Verdict:
        self._end.set()
        raise Misconfigured("harness.not_ready", "stations")

    monkeypatch.setattr(Round, "run", ended)
    assert run.go() == 0
    assert not (tmp_path / "r.jsonl").exists()
