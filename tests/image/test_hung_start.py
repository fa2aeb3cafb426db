"""A start that hangs before there is a root is ended by the machine's watchdog, and the next one
draws; and of one that does not come at all what helps is kept."""

from pathlib import Path

import pytest

from tests.image.conftest import DRAWN_S, drawn
from tests.image.hung import wait_for_shell
from tests.image.ram_disk import HANGS
from tests.image.vm import EMPTY_BYTES, Failed, Machine, prepare, wait_for

_WATCHDOG = "/sys/class/watchdog/watchdog0"
_CARD_RESET = 0x20
"""WDIOF_CARDRESET of the kernel's linux/watchdog.h: the start before was ended by the watchdog."""


def test_a_start_that_hangs_in_its_ram_disk_is_begun_anew_and_draws(
    image: Path, folder: Path
) -> None:
    copy = prepare(image, folder / "hangs.img", hangs=True)
    with Machine(copy, folder / "hangs") as machine:
        wait_for("the RAM disk that hangs", DRAWN_S, lambda: HANGS in machine.console())
        drawn(machine)
        assert machine.console().count(HANGS) == 1
        ended_by = int(machine.shell(f"cat {_WATCHDOG}/bootstatus"))
        assert ended_by & _CARD_RESET, "begun anew by something else"
        taken = machine.shell(f"cat {_WATCHDOG}/state {_WATCHDOG}/timeout").split()
        assert taken == ["active", "60"], "systemd has it, with its own time (RuntimeWatchdogSec)"
        assert machine.picture(folder / "drawn.png").stat().st_size > EMPTY_BYTES


def test_of_a_start_that_does_not_come_is_kept_where_it_stands(image: Path, folder: Path) -> None:
    """It hangs in its RAM disk, and nobody waits for the watchdog."""
    copy = prepare(image, folder / "kept.img", hangs=True)
    with Machine(copy, folder / "kept") as machine:
        wait_for("the RAM disk that hangs", DRAWN_S, lambda: HANGS in machine.console())
        with pytest.raises(Failed) as failed:
            wait_for_shell(machine, 1)
        assert (machine.folder / "hung.png").stat().st_size > 0
        kept = (machine.folder / "hung.txt").read_text()
        told = str(failed.value)
        assert "CPU#1" in told
        assert HANGS in told
        assert "Command line: " in kept, "the kernel's own messages"
        assert "RIP=" in kept
