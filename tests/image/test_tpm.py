"""An image that finds a TPM has it wrap its keys: the disk alone tells none of them, it starts with
them again, a start without its TPM asks to be paired and a later one with it needs nobody, and with
another TPM it is paired anew.

In the order of a device's life; each test leaves the disk for the next.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import drawn, shows_call
from tests.image.raw_search import holds
from tests.image.tpm import Tpm
from tests.image.vm import EMPTY_BYTES, Machine, partition, prepare, wait_for
from tests.image.ward import Ward

_SECRETS = """
import base64, json, os, pathlib
os.environ["CREDENTIALS_DIRECTORY"] = "/run/credstore"
from smartward import wrapping
from smartward.screen.seal_keys import KeyFile
at = pathlib.Path("/var/lib/smartward-screen")
keys = [key.secret.hex() for key in KeyFile(at / "screen.keys", read_only=True).all()]
keys.append(wrapping.read(at / "device.key").hex())
pem = wrapping.read(at / "screen.pem").decode().partition("PRIVATE KEY-----")[2]
print(json.dumps({"keys": keys, "pem": pem.split()[0]}))
"""
_STATE = "systemctl is-active smartward-tpm.service"


class Device:
    """A machine with a place on its board for a TPM."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self._folder = folder
        self._panel = machine.panel
        self._tpm: Tpm | None = None

    def start(self, tpm: str | None) -> None:
        """Begin with the TPM of that name, or with none, and wait until it has drawn."""
        self.off()
        words: tuple[str, ...] = ()
        if tpm is not None:
            self._tpm = Tpm(self._folder / tpm)
            words = self._tpm.begin()
        self.machine.panel = (*self._panel, *words)
        self.machine.start()
        drawn(self.machine)

    def off(self) -> None:
        """Pull the plug."""
        self.machine.cut()
        if self._tpm is not None:
            self._tpm.end()
            self._tpm = None


@pytest.fixture(scope="module")
def device(image: Path, folder: Path, ward: Ward) -> Iterator[Device]:
    """A machine of the image as it is delivered, off."""
    copy = prepare(image, folder / "device.img")
    ward.name_on_start(copy, folder / "seed")
    device = Device(Machine(copy, folder / "device"), folder)
    yield device
    device.off()


def _knows(device: Device, ward: Ward) -> None:
    wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
    wait_for("its bed on the screen", 300, lambda: shows_call(device.machine))


def _is_off(device: Device, ward: Ward) -> None:
    device.off()
    wait_for("that the hub misses it", 300, lambda: not ward.online("bedside"))


def test_no_key_of_a_placed_screen_is_on_its_disk(device: Device, ward: Ward, folder: Path) -> None:
    device.start("chip")
    (asks,) = wait_for("its code at the hub", 300, ward.waiting)
    ward.approve(asks["code"], bed="1")
    _knows(device, ward)
    machine = device.machine
    assert machine.shell(_STATE) == "active"
    script = base64.b64encode(_SECRETS.encode()).decode()
    python = "/opt/smartward/screen/bin/python3 -I -"
    told = json.loads(machine.shell(f"echo {script} | base64 -d | {python}", 180))
    token = machine.shell("cat /var/lib/smartward-screen/token")
    secrets = [bytes.fromhex(one) for one in told["keys"]]
    wrapping = bytes.fromhex(machine.shell("od -An -v -tx1 /run/credstore/smartward-keys"))
    assert len(secrets) >= 2
    assert len(wrapping) == 32
    disk = machine.disk_now(folder / "placed.disk")
    data = partition(disk, "sw_data", folder / "placed.data")
    disk.unlink()
    assert holds(data, token.encode()), "the search finds what is there"
    wanted = [*secrets, wrapping, told["pem"].encode()]
    assert [holds(data, one) for one in wanted] == [False] * len(wanted)


def test_it_starts_again_with_its_keys(device: Device, ward: Ward, folder: Path) -> None:
    _is_off(device, ward)
    device.start("chip")
    _knows(device, ward)
    assert ward.waiting() == []
    device.machine.picture(folder / "again.png")


def test_a_start_without_its_tpm_asks_and_the_next_one_with_it_needs_nobody(
    device: Device, ward: Ward, folder: Path
) -> None:
    _is_off(device, ward)
    device.start(None)
    wait_for("its code at the hub", 300, ward.waiting)
    assert device.machine.picture(folder / "without.png").stat().st_size > EMPTY_BYTES
    device.start("chip")
    _knows(device, ward)


def test_with_another_tpm_it_is_paired_anew(device: Device, ward: Ward, folder: Path) -> None:
    _is_off(device, ward)
    waited = {one["code"] for one in ward.waiting()}
    device.start("other chip")

    def asks() -> str | None:
        return next((one["code"] for one in ward.waiting() if one["code"] not in waited), None)

    code = wait_for("its code at the hub", 300, asks)
    assert device.machine.picture(folder / "other.png").stat().st_size > EMPTY_BYTES
    ward.approve(code, bed="1", instead=True)
    _knows(device, ward)
    assert device.machine.shell(_STATE) == "active"
    assert device.machine.shell("wc -c < /run/credstore/smartward-keys") == "32"
