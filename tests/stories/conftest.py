"""A house of real processes for each story."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartward.harness.house import House

MORNING = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
"""10:05 on the ward."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A living ward with its hub; screens are started by the story."""
    with House(tmp_path / "house", origin=MORNING) as house:
        house.start_his("--seed", "7")
        house.start_hub(his_poll_s="1").wait("his_up", True)
        yield house
        for program in house.programs():
            if program.running and "engine_warnings" in (state := program.state()):
                assert state["engine_warnings"] == 0, program.log.read_text()[-2000:]
