"""The rule of tests/conftest.py about warnings, tried on small test files."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.expects_log()  # ours hears what the inner test logs

CONFTEST = Path(__file__).parents[1] / "conftest.py"
INI = """
[pytest]
markers =
    expects_log(*words)
"""


def outcome(pytester: pytest.Pytester, mark: str, body: str) -> dict[str, int]:
    """Run one test with this mark and body under our conftest."""
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    pytester.makeini(INI)
    pytester.makepyfile(
        f"""
        import logging, pytest
        log = logging.getLogger("smartward.hub")
        {mark}
        def test_it():
            {body}
        """
    )
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    return done.parseoutcomes()


MARK = '@pytest.mark.expects_log("disk")'


@pytest.mark.parametrize(
    "mark, body",
    [
        ("", "log.info('all well')"),
        (MARK, "log.warning('the disk is slow')"),
        ("@pytest.mark.expects_log()", "log.error('anything')"),
    ],
)
def test_passes(pytester: pytest.Pytester, mark: str, body: str) -> None:
    assert outcome(pytester, mark, body) == {"passed": 1}


@pytest.mark.parametrize(
    "mark, body",
    [
        ("", "log.warning('the disk is slow')"),
        (MARK, "log.warning('the disk is slow'); log.error('and the link is down')"),
        (MARK, "log.info('the disk is slow')"),
    ],
)
def test_fails(pytester: pytest.Pytester, mark: str, body: str) -> None:
    assert outcome(pytester, mark, body) == {"passed": 1, "errors": 1}
