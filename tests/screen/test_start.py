"""What a screen loads before its first frame, told by a process that loads it and nothing else."""

import json
import subprocess
import sys

import pytest

_TOLD = """
import json, linecache, sys
from smartward import cli
from smartward.errors import Misconfigured
try:
    cli._run("screen", ["station"])
except Misconfigured:
    pass
import smartward.screen.station
print(json.dumps({"modules": sorted(sys.modules), "sources": sorted(linecache.cache)}))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """Names of modules, and files whose source was read."""
    done = subprocess.run(
        [sys.executable, "-c", _TOLD],
        capture_output=True,
        check=True,
        text=True,
        env={"QT_QPA_PLATFORM": "offscreen"},
    )
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_source_is_read_at_a_start(loaded: dict[str, list[str]]) -> None:
    assert "smartward.screen.app" in loaded["modules"]
    assert not [name for name in loaded["sources"] if "smartward" in name]


def test_no_widgets_are_loaded(loaded: dict[str, list[str]]) -> None:
    assert "qasync" in loaded["modules"]
    assert "PySide6.QtWidgets" not in loaded["modules"]
