"""Continuous integration must prove everything: there a test that skips itself has failed.

`SMARTWARD_TEST_WHOLE=1` (`.ci/run` sets it) makes a skip a failure that gives the skip's reason, so
that a machine without root, strace or nginx cannot be green by leaving out what it cannot try. What
may be absent anywhere (another system to compare with, a kernel's module) is marked
`may_skip(reason)`.
"""

import os
from collections.abc import Generator
from typing import Any

import pytest

NAME = "SMARTWARD_TEST_WHOLE"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"may_skip(reason): skips itself even where {NAME} is set")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, pytest.TestReport]:
    """A skip that nothing excuses is a failure."""
    report: pytest.TestReport = yield
    excused = item.get_closest_marker("may_skip") is not None or hasattr(report, "wasxfail")
    if os.environ.get(NAME) and report.skipped and not excused:
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"{NAME} is set, and this was not tried: {reason}"
    return report
