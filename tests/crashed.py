"""A process that died under a test is no test that failed: nothing that may pass a second time.

`make test-long` tries what failed beside other tests once more. Where a worker crashed, the run
ends with `CRASHED`, and make with it.
"""

import pytest

CRASHED = 70
"""Exit status of a run in which a worker died; none of pytest's own (0 to 5)."""


class Died:
    """Notices that a worker died, and has the run end with `CRASHED`."""

    def __init__(self) -> None:
        self._under: list[str] = []

    @pytest.hookimpl(optionalhook=True)  # pytest-xdist's
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A worker died while it ran this test."""
        self._under.append(crashitem)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What died counts for more than what failed."""
        if self._under:
            session.exitstatus = CRASHED


def pytest_configure(config: pytest.Config) -> None:
    """Watch for dead workers."""
    config.pluginmanager.register(Died())
