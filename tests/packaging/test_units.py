"""What the services leave to the programs that they start."""

from pathlib import Path

import pytest

from smartward import clock

UNITS = sorted((Path(__file__).resolve().parents[2] / "packaging" / "systemd").glob("*.service"))


def test_the_compositor_takes_its_options_from_the_screens_environment() -> None:
    """A word of its own, which systemd leaves out where it is not set."""
    (unit,) = (each for each in UNITS if each.name == "smartward-screen.service")
    (start,) = (line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    assert start.split()[1:3] == ["$SMARTWARD_CAGE_OPTIONS", "--"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_service_can_read_the_run_of_its_machine(unit: Path) -> None:
    """Ages that count over a restart hang on it. `ProcSubset=pid` leaves no /proc/sys."""
    default = clock.boot_id.__defaults__
    assert default is not None
    assert str(default[0]).startswith("/proc/sys/")
    lines = [line.partition("=") for line in unit.read_text().splitlines()]
    assert [value for name, _, value in lines if name == "ProcSubset"] in ([], ["all"])
