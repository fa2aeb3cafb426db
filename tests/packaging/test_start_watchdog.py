"""The script that starts the machine's watchdog in the RAM disk of an image, on drivers and files
made up here. `tests/image/test_hung_start.py` does it with a machine."""

import os
import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "packaging/image/initramfs"
SCRIPT = FOLDER / "start-watchdog"
DRIVERS = re.findall(r"(?m)^watch (\w+)", SCRIPT.read_text())
LEVELS = "3\t4\t1\t3\n"
MODPROBE = """#!/bin/sh
echo "$3" >> "{0}/asked"
[ "$3" != "{1}" ] || {{
    : > "{0}/watchdog0"
    echo {2} > "{0}/timeout"
}}
"""


def started(folder: Path, finds: str, counts: int = 300) -> list[str]:
    """The drivers that are asked for at a start where `finds` is the one that finds its device;
    that one counts so many seconds at most."""
    (folder / "printk").write_text(LEVELS)
    (folder / "modprobe").write_text(MODPROBE.format(folder, finds, counts))
    (folder / "modprobe").chmod(0o755)
    text = SCRIPT.read_text()
    for name in (
        "/dev/watchdog0",
        "/proc/sys/kernel/printk",
        "/sys/class/watchdog/watchdog0/timeout",
    ):
        assert name in text
        text = text.replace(name, str(folder / Path(name).name))
    told = {"PATH": f"{folder}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", text], check=True, timeout=30, env=told)
    return (folder / "asked").read_text().split()


@pytest.mark.parametrize("finds", [DRIVERS[0], DRIVERS[1], DRIVERS[-1]])
def test_the_first_watchdog_that_is_there_is_started_and_no_other_one_looked_for(
    tmp_path: Path, finds: str
) -> None:
    assert started(tmp_path, finds) == DRIVERS[: DRIVERS.index(finds) + 1]
    written = (tmp_path / "watchdog0").read_text()
    assert written, "nobody started it"
    assert "V" not in written, "that would end it as it is closed (the kernel's watchdog-api)"
    assert (tmp_path / "printk").read_text() == LEVELS


def test_one_that_cannot_count_as_far_is_left_alone(tmp_path: Path) -> None:
    """A driver that is told too much takes its own 30 s: no good start would come through."""
    started(tmp_path, "wdat_wdt", counts=30)
    assert (tmp_path / "watchdog0").read_text() == ""


def test_where_there_is_none_the_start_goes_on(tmp_path: Path) -> None:
    assert started(tmp_path, "none") == DRIVERS
    assert not (tmp_path / "watchdog0").exists()
    assert (tmp_path / "printk").read_text() == LEVELS


def test_it_comes_before_udev_and_its_drivers_are_in_the_ram_disk() -> None:
    """Of scripts that ask for none before them initramfs-tools takes the names' order; the hook
    asks for the drivers by the same expression as is tried here."""
    assert SCRIPT.name < "udev"
    (told,) = re.findall(r"sed -n '([^']+)'", (FOLDER / "add-watchdogs").read_text())
    found = subprocess.run(["sed", "-n", told, SCRIPT], check=True, capture_output=True, text=True)
    assert found.stdout.split() == DRIVERS
    assert {"i6300esb", "iTCO_wdt", "sp5100_tco", "wdat_wdt"} <= set(DRIVERS)
