"""Where everything must be proved, what is left out is a failure."""

import pytest

from tests import whole

pytest_plugins = ["pytester"]

TESTS = """
import pytest

def test_done(): pass

def test_left(): pytest.skip("no strace")

@pytest.mark.skipif(True, reason="no nginx")
def test_marked(): pass

@pytest.mark.may_skip("a module of the kernel")
def test_excused(): pytest.skip("no netem")

@pytest.mark.xfail(reason="known", strict=True)
def test_known(): assert False
"""


@pytest.mark.parametrize(
    "whole_set, outcomes",
    [
        ("1", {"passed": 1, "failed": 2, "skipped": 1, "xfailed": 1}),
        ("", {"passed": 1, "skipped": 3, "xfailed": 1}),
    ],
)
def test_a_skip_is_a_failure_where_everything_must_be_tried(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    whole_set: str,
    outcomes: dict[str, int],
) -> None:
    monkeypatch.setenv(whole.NAME, whole_set)
    pytester.makepyfile(TESTS)
    result = pytester.inline_run("-p", "no:cacheprovider", plugins=[whole])
    counted = {
        name: len(reports)
        for name, reports in zip(
            ("passed", "skipped", "failed"), result.listoutcomes(), strict=True
        )
    }
    told = [str(report.longrepr) for report in result.listoutcomes()[2]]
    known = counted["skipped"] - outcomes["skipped"]
    assert (counted["passed"], known, counted["failed"]) == (
        outcomes["passed"], outcomes["xfailed"], outcomes.get("failed", 0),
    )  # fmt: skip
    assert all(any(reason in one for one in told) for reason in ("no strace", "no nginx")) is (
        whole_set == "1"
    )
