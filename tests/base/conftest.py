"""One house of real processes for the tests that only ask of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from smartward.harness.house import House

NOW = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
"""10:05 on the ward."""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A hub without a hospital, and a station. Who kills a program of it starts it again."""
    with House(tmp_path_factory.mktemp("h"), origin=NOW) as house:
        house.start_hub()
        house.start_screen("station", "station").wait("link", "live")
        yield house
