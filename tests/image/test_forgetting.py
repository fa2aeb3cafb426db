"""Nothing of a patient is on a device's disk ten seconds after the discharge, or after a wipe: the
raw data partition is searched for what the screen kept of them, and for its keys.

In the order of a device's day; each test leaves the disk for the next.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.image.conftest import drawn, shows_call
from tests.image.raw_search import found_on, holds, long_enough
from tests.image.vm import Machine, partition, pause, prepare, wait_for
from tests.image.ward import Ward

BED = "3"
"""Who lies there has a name of three characters and an allergy."""
NEXT = "欧阳娜娜"
PLANTED = ("Konstantinopoulou", "慕容清越")
"""Written into a file that is removed again: plain, and packed. The search has to find both."""
WITHIN_S = 10.0
_WORD = re.compile(r"[a-z_.-]+|[\d-]+T[\d:.]+Z?")
"""Of our own vocabulary, or a moment: nobody is known by it."""
_SECRETS = """
import base64, json, pathlib
from smartward.screen.cache import Cache
from smartward.screen.seal_keys import KeyFile
at = pathlib.Path("/var/lib/smartward-screen")
keys = [key.secret.hex() for key in KeyFile(at / "screen.keys", read_only=True).all()]
kept = Cache(at / "screen.sqlite3", read_only=True).documents()
told = [bytes(one.body).decode() for one in kept]
print(json.dumps({"keys": keys, "told": told}))
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a screen has of who lies in its bed."""

    keys: list[bytes]
    texts: list[str]


@pytest.fixture(scope="module")
def device(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A machine of the image as it is delivered, off."""
    copy = prepare(image, folder / "device.img")
    ward.name_on_start(copy, folder / "seed")
    machine = Machine(copy, folder / "device")
    yield machine
    machine.cut()


def kept(machine: Machine, ward: Ward) -> Kept:
    """The screen's keys, and all words of the documents that it keeps of the patient in its bed."""
    (stay,) = ward.house.bed(BED)["occupants"]
    script = base64.b64encode(_SECRETS.encode()).decode()
    python = "/opt/smartward/screen/bin/python3 -I -"

    def told() -> dict[str, Any] | None:
        said = json.loads(machine.shell(f"echo {script} | base64 -d | {python}", 180))
        said["told"] = [list(_words(json.loads(one))) for one in said["told"]]
        return said if any(stay in one for one in said["told"]) else None

    said = wait_for("that the screen keeps who is there", 300, told)
    encounter = ward.house.documents("encounter")[stay]
    texts = {word for one in said["told"] if stay in one for word in one} | set(_words(encounter))
    others = {word for one in said["told"] if stay not in one for word in one}
    # Where the screen stands is told in plain text; that is nobody's.
    others |= set(_words(ward.house.bed(BED))) - {stay}
    own = long_enough(one for one in texts - others if not _WORD.fullmatch(one))
    patient = encounter["patient"]
    assert {stay, patient["id"], patient["name"], patient["identifier"]} <= set(own)
    return Kept(keys=[bytes.fromhex(one) for one in said["keys"]], texts=sorted(own))


def _words(value: object) -> Iterator[str]:
    """Every text in a document, whatever it is called."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)


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
    before = kept(device, ward)
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
    before = kept(device, ward)
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
