"""Keeps what a run has verified against whom: the README's table is made of it (`verified.py`)."""

import hashlib
import json
from collections.abc import Generator
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "build" / "verified"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marker = item.get_closest_marker("verifies")
    if marker is not None and (report.when == "call" or report.failed or report.skipped):
        with_whom, what = marker.args
        record = {
            "with": with_whom,
            "what": what,
            "test": item.nodeid,
            "outcome": report.outcome,
        }
        if report.skipped and isinstance(report.longrepr, tuple):
            record["why"] = report.longrepr[2].removeprefix("Skipped: ")
        FOLDER.mkdir(parents=True, exist_ok=True)
        name = hashlib.blake2b(item.nodeid.encode(), digest_size=8).hexdigest()
        (FOLDER / f"{name}.json").write_text(json.dumps(record), encoding="utf-8")
    return report
