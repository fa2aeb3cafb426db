"""An image as it is delivered: it knows of nothing but the hub that its start partition names. It
shows a code, becomes the bed's screen when somebody says so, and a copy of its disk in another
machine gets nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import drawn, shows_call
from tests.image.vm import EMPTY_BYTES, Machine, prepare, wait_for
from tests.image.ward import Ward

KEPT = "/var/lib/smartward-screen"


@pytest.fixture(scope="module")
def delivered(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A machine whose disk the house has filled in as image.md says."""
    copy = prepare(image, folder / "delivered.img")
    ward.name_on_start(copy, folder / "seed")
    with Machine(copy, folder / "delivered") as machine:
        yield machine


def test_it_shows_a_code_and_is_placed(delivered: Machine, ward: Ward, folder: Path) -> None:
    drawn(delivered)
    (asks,) = wait_for("its code at the hub", 300, ward.waiting)
    assert delivered.picture(folder / "code.png").stat().st_size > EMPTY_BYTES
    ward.approve(asks["code"], bed="1")
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
    wait_for("its bed on the screen", 300, lambda: shows_call(delivered))
    delivered.picture(folder / "placed.png")
    told = delivered.shell(f"stat -c '%a %U %n' {KEPT} {KEPT}/*.key {KEPT}/*.pem {KEPT}/token")
    assert "device.key" in told
    for line in told.splitlines():
        assert line.split()[0] in ("700", "600", "400"), line
        assert line.split()[1] == "smartward-screen", line


def test_a_copy_of_its_disk_in_another_machine_gets_nothing(
    delivered: Machine, ward: Ward, folder: Path
) -> None:
    delivered.cut()
    (folder / "copied").mkdir()
    for file in (delivered.disk, delivered.variables):
        shutil.copy(file, folder / "copied" / file.name)
    delivered.start()
    drawn(delivered)
    wait_for("the first one's feed", 300, lambda: ward.online("bedside"))
    with Machine(folder / "delivered.img", folder / "copied", number=2) as other:
        drawn(other)
        wait_for("a word of the second one", 300, ward.heard_of_a_second)
        other.picture(folder / "second.png")
        assert ward.online("bedside")
        delivered.picture(folder / "first.png")
