"""What `bench start` takes of a program's start: its first frame, and when it can be used."""

import sys

import pytest

from smartward.bench import start
from smartward.bench.figures import Figures

_PROGRAM = """
import json, signal, sys, time
drawn_at = time.clock_gettime(time.CLOCK_BOOTTIME)
while time.clock_gettime(time.CLOCK_BOOTTIME) < drawn_at + 0.05:
    pass
print(json.dumps({"drawn_at": drawn_at, "processor_s": 0.02}), flush=True)
signal.pause()
"""


def test_a_frame_that_answers_nobody_is_not_all_that_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "_REST_S", 0.0)
    costs = start._Costs()
    start._one(costs, [sys.executable, "-c", _PROGRAM])
    (first,), (ready,) = costs.wall_ms, costs.ready_ms
    assert 0 < first <= ready - 50
    starts = {"plain": costs, "station": costs, "chromium": start._Costs()}
    start._show(Figures(), starts, ["station"], 1)
    told = capsys.readouterr().out
    assert "station: exec to first frame" in told
    assert "station: exec to taking touches" in told
    assert "plain: exec to taking touches" not in told
