"""Python's form, style and types, and proof that the rules bite."""

from pathlib import Path

import pytest

from tests.project.repo import ROOT, must, run


def test_style() -> None:
    must(["ruff", "check", "--no-fix", "."])


def test_form() -> None:
    must(["ruff", "format", "--check", "."])


def test_types() -> None:
    must(["mypy"])


@pytest.mark.parametrize(
    "line",
    [
        "asyncio.sleep(1)",
        "asyncio.create_task(work())",
        "time.time()",
        "time.monotonic()",
        "time.clock_gettime(time.CLOCK_BOOTTIME)",
        "time.perf_counter()",
        "time.sleep(1)",
        "datetime.datetime.now(datetime.UTC)",
        "datetime.date.today()",
        "qasync.asyncSlot()(work)",
    ],
)
def test_banned_calls_are_found(line: str, tmp_path: Path) -> None:
    sample = "import asyncio, datetime, time\nimport qasync\nasync def work(): ...\n"
    (tmp_path / "sample.py").write_text(sample + line + "\n")
    config = ["--config", ROOT / "pyproject.toml", "--no-cache"]
    code, said = run(["ruff", "check", *config, "--select", "TID251", tmp_path])
    assert code == 1
    assert "TID251" in said, said
