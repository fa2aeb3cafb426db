"""Nothing of a patient is on a device's disk ten seconds after the discharge, or after a wipe: the
raw data partition is searched for what the screen kept of them, and for its keys.

In the order of a device's day; each test leaves the disk for the next.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import drawn, shows_call
from tests.image.kept import kept
from tests.image.raw_search import found_on, holds
from tests.image.vm import Machine, partition, pause, prepare, wait_for
from tests.image.ward import Ward

BED = "3"
"""Who lies there has a name of three characters and an allergy."""
NEXT = "欧阳娜娜"
PLANTED = ("Konstantinopoulou", "慕容清越")
"""Written into a file that is removed again: plain, and packed. The search has to find both."""
WITHIN_S = 10.0


@pytest.fixture(scope="module")
def device(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A machine of the image as it is delivered, off."""
    copy = prepare(image, folder / "device.img")
    ward.name_on_start(copy, folder / "seed")
    machine = Machine(copy, folder / "device")
    yield machine
    machine.cut()


def _data(machine: Machine, to: Path) -> Path:
    """The data partition as it is on the disk now."""
    disk = machine.disk_now(to.with_suffix(".disk"))
    found = partition(disk, "sw_data", to)
    disk.unlink()
    return found


def _knows(machine: Machine, ward: Ward) -> None:
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
    wait_for("its bed on the screen", 300, lambda: shows_call(machine))


def _plant(machine: Machine) -> None:
    plain, packed = PLANTED
    machine.shell(
        f"cd /data && echo {plain} > planted && echo {packed} | gzip > planted.gz && sync"
        " && rm planted planted.gz && sync"
    )


def test_nothing_of_who_was_discharged_is_on_the_disk(
    device: Machine, ward: Ward, folder: Path
) -> None:
    device.start()
    drawn(device)
    (asks,) = wait_for("its code at the hub", 300, ward.waiting)
    ward.approve(asks["code"], bed=BED)
    _knows(device, ward)
    device.picture(folder / "there.png")
    before = kept(device, ward, BED)
    _plant(device)
    data = _data(device, folder / "there.data")
    assert all(holds(data, key) for key in before.keys), "the search finds what is there"
    assert found_on(data, [*before.texts, *PLANTED], folder / "there") == set(PLANTED)
    ward.happen("discharge", BED)
    wait_for("that the hub knows it", 120, lambda: ward.house.bed(BED)["occupants"] == [])
    pause(WITHIN_S)
    device.cut()
    data = _data(device, folder / "left.data")
    assert [holds(data, key) for key in before.keys] == [False] * len(before.keys)
    assert found_on(data, [*before.texts, *PLANTED, ward.url], folder / "left") == {
        *PLANTED,
        ward.url,
    }


def test_nothing_is_left_on_a_screen_that_was_wiped(
    device: Machine, ward: Ward, folder: Path
) -> None:
    ward.happen("admit", BED, who=NEXT)
    wait_for("that the hub knows it", 120, lambda: ward.house.bed(BED)["occupants"])
    device.start()
    drawn(device)
    _knows(device, ward)
    before = kept(device, ward, BED)
    own = base64.b64decode(device.shell("base64 -w0 /var/lib/smartward-screen/device.key"))
    data = _data(device, folder / "next.data")
    assert all(holds(data, key) for key in (*before.keys, own))
    ward.wipe()
    wait_for("that it was told to forget", 120, ward.told_to_forget)
    pause(WITHIN_S)
    data = _data(device, folder / "wiped.data")
    assert [holds(data, key) for key in before.keys] == [False] * len(before.keys)
    # Who it is goes last: the hub would have it wiped again.
    wait_for("a code of its new key at the hub", 300, ward.waiting)
    device.picture(folder / "wiped.png")
    device.cut()
    data = _data(device, folder / "empty.data")
    gone = (*before.keys, own)
    assert [holds(data, key) for key in gone] == [False] * len(gone)
    assert found_on(data, [*before.texts, ward.url], folder / "empty") == {ward.url}
