"""What a device from the image takes of USB: the panel always, the rest by its list.

In the order of a device's day; each test leaves the machine running for the next.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.image.conftest import CALL_AT, drawn, shows_call
from tests.image.vm import ESP_AT, Machine, prepare, run, wait_for
from tests.image.ward import Ward, put_on_data

NETWORK = "0525:a4a2"
KEYBOARD = PANEL = "0627:0001"
"""QEMU's have one number; what they are is in their interfaces."""
TOUCHES, TYPES = "03/00/00", "03/01/01"
STICK = "46f4:0001 08/06/50"
_PARTS = (
    "cd /sys/bus/usb/devices; for i in *:*; do d=${i%%:*}; [ -e $d/idVendor ] || continue; "
    "echo $(cat $d/idVendor):$(cat $d/idProduct) "
    "$(cat $i/bInterfaceClass)/$(cat $i/bInterfaceSubClass)/$(cat $i/bInterfaceProtocol) "
    "$(cat $i/authorized) $(basename $(readlink $i/driver) 2>&-); done 2>&-"
)
_TOLD = "journalctl -b -o cat --no-pager | grep SW-110"
_QUEUE = "udevadm settle"


@pytest.fixture(scope="module")
def bedside(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A bedside whose panel, a keyboard beside it and a listed network adapter are at USB."""
    copy = prepare(image, folder / "bedside.img")
    put_on_data(copy, ward.enrol("bedside", "1", folder / "bedside-files"))
    settings = folder / "device.toml"
    settings.write_text(f'[usb]\ndevices = ["{NETWORK}"]\nkeyboards = ["reader"]\n')
    run("mcopy", "-o", "-i", f"{copy}@@{ESP_AT}", settings, "::")
    machine = Machine(copy, folder / "bedside")
    plugged = ("usb-tablet,id=panel", "usb-kbd,id=keys", "usb-net,id=network")
    machine.panel = (
        *("-audiodev", "none,id=silence", "-device", "qemu-xhci,id=usb,p2=8,p3=8"),
        *(word for one in plugged for word in ("-device", f"{one},bus=usb.0")),
    )
    with machine:
        drawn(machine)
        wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
        wait_for("its bed on the screen", 300, lambda: shows_call(machine))
        yield machine


def parts(machine: Machine) -> dict[str, set[tuple[bool, str]]]:
    """The parts of what is plugged in, by number and class: whether each is taken, its driver."""
    machine.shell(_QUEUE)
    found: dict[str, set[tuple[bool, str]]] = {}
    for line in machine.shell(_PARTS).splitlines():
        number, kind, taken, *driver = line.split()
        found.setdefault(f"{number} {kind}", set()).add((taken == "1", "".join(driver)))
    return found


def plug(machine: Machine, driver: str, id: str, **more: str | bool) -> None:
    """As if somebody plugged it in now."""
    machine.ask("device_add", driver=driver, id=id, bus="usb.0", **more)


def becomes(machine: Machine, name: str, taken: bool, driver: str) -> None:
    """All parts of that name are so, soon."""
    wanted = {(taken, driver)}
    wait_for(f"{name}: {wanted}", 60, lambda: parts(machine).get(name) == wanted)


def _is_told(machine: Machine, words: str) -> bool:
    """Whether the screen has told that such a device came."""
    return f"SW-1101 severity=warning event=usb.new {words}" in machine.shell(_TOLD)


def presses(ward: Ward) -> int:
    """How often somebody pressed at the bed, as the hub knows."""
    return sum(one["presses"] for one in ward.calls())


def pressed(machine: Machine, ward: Ward) -> None:
    """A finger on the screen reaches the hub."""
    before = presses(ward)
    machine.touch(*CALL_AT)
    wait_for("the press at the hub", 60, lambda: presses(ward) > before)


def test_what_was_there_at_the_start_is_decided(bedside: Machine, ward: Ward, folder: Path) -> None:
    found = parts(bedside)
    (folder / "parts.txt").write_text("".join(f"{name} {is_}\n" for name, is_ in found.items()))
    assert found[f"{PANEL} {TOUCHES}"] == {(True, "usbhid")}
    assert found[f"{KEYBOARD} {TYPES}"] == {(False, "")}
    network = {name: is_ for name, is_ in found.items() if name.startswith(NETWORK)}
    assert network
    assert all(taken and driver for ways in network.values() for taken, driver in ways), network
    told = bedside.shell(_TOLD)
    assert f"SW-1104 severity=info event=usb.off usb={KEYBOARD} kind=keyboard" in told
    assert "SW-1105 severity=error event=usb.list left_out=usb.keyboards" in told
    assert bedside.shell("systemctl is-active smartward-usb") == "active"
    assert bedside.shell("systemctl list-units --failed --plain --no-legend --no-pager") == ""
    pressed(bedside, ward)


def test_what_is_plugged_in_later_has_no_driver_and_is_told(bedside: Machine) -> None:
    bedside.ask("blockdev-add", driver="null-co", size=1 << 20, **{"node-name": "stick"})
    plug(bedside, "usb-storage", "stick", drive="stick")
    becomes(bedside, STICK, False, "")
    bedside.ask("chardev-add", id="line", backend={"type": "null", "data": {}})
    plug(bedside, "usb-serial", "serial", chardev="line", **{"always-plugged": True})
    becomes(bedside, "0403:6001 ff/ff/ff", False, "")
    plug(bedside, "usb-hub", "hub", port="6")
    becomes(bedside, "0409:55aa 09/00/00", True, "hub")
    plug(bedside, "usb-kbd", "more-keys", port="6.1")
    both = "grep -l 0627 /sys/bus/usb/devices/*/idVendor | wc -l"
    wait_for("the keyboard at the hub", 60, lambda: bedside.shell(both) == "3")
    becomes(bedside, f"{KEYBOARD} {TYPES}", False, "")
    assert bedside.shell("lsmod | grep -c -E '^(usb_storage|ftdi_sio|usbserial) '") == "0"
    assert bedside.shell("ls -d /dev/sd* /dev/ttyUSB* 2>&- | wc -l") == "0"
    for words in ("usb=46f4:0001 kind=storage refused=storage", f"usb={KEYBOARD} kind=keyboard"):
        wait_for(words, 120, partial(_is_told, bedside, words))


def test_a_panel_that_comes_again_and_sound_have_their_drivers(
    bedside: Machine, ward: Ward
) -> None:
    bedside.ask("device_del", id="panel")
    panel = f"{PANEL} {TOUCHES}"
    wait_for("the panel to be gone", 60, lambda: panel not in parts(bedside))
    plug(bedside, "usb-audio", "sound", audiodev="silence")
    becomes(bedside, "46f4:0002 01/01/04", True, "snd-usb-audio")
    becomes(bedside, "46f4:0002 01/02/00", True, "snd-usb-audio")
    plug(bedside, "usb-tablet", "panel-again")
    becomes(bedside, panel, True, "usbhid")
    pressed(bedside, ward)


def test_a_keyboard_is_taken_once_it_is_listed(bedside: Machine) -> None:
    """As at the next start, without one."""
    listed = f'[usb]\\nkeyboards = [\\"{KEYBOARD}\\"]\\ndevices = [\\"{NETWORK}\\"]\\n'
    bedside.shell(f'printf "{listed}" > /efi/device.toml')
    bedside.shell("systemctl restart smartward-place && systemctl restart smartward-usb", 120)
    becomes(bedside, f"{KEYBOARD} {TYPES}", True, "usbhid")
    becomes(bedside, STICK, False, "")
    rights = bedside.shell("stat -c %a $(readlink -f /dev/input/by-id/*-event-kbd)")
    assert set(rights.split()) == {"660"}
