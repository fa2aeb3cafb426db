"""A run in which a process died under a test ends with another status than one with a failure."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crashed import CRASHED

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "body, status",
    [("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", CRASHED), ("assert False", 1)],
)
def test_a_worker_that_died_is_told_from_a_test_that_failed(
    body: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text(f"def test_it():\n    {body}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    plugins = ["-p", "tests.crashed", "-p", "no:cacheprovider", "-n", "1"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == status, ran.stdout + ran.stderr
