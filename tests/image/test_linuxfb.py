"""A bedside of the image that is drawn without a compositor: its panel calls.

QEMU has no panel of touches; the kernel of the machine makes one (uinput), which is to the screen
what one at I2C or USB is. In the order of a device's day.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.conftest import CALL_AT, drawn, shows_call
from tests.image.vm import SIZE, Machine, pause, prepare, wait_for
from tests.image.ward import Ward, put_on_data

_PANEL = """
import fcntl, os, struct, time
SET_EV, SET_KEY, SET_ABS, SET_PROP = 0x40045564, 0x40045565, 0x40045567, 0x4004556E
SETUP, SETUP_ABS, CREATE = 0x405C5503, 0x401C5504, 0x5501
SYN, KEY, ABS, BTN_TOUCH, DIRECT = 0, 1, 3, 0x14A, 1
X, Y, SLOT, MT_X, MT_Y, TRACK = 0, 1, 0x2F, 0x35, 0x36, 0x39
MOST = 32767
panel = os.open("/dev/uinput", os.O_WRONLY)
for kind in (KEY, ABS):
    fcntl.ioctl(panel, SET_EV, kind)
fcntl.ioctl(panel, SET_KEY, BTN_TOUCH)
fcntl.ioctl(panel, SET_PROP, DIRECT)
for axis, most in ((X, MOST), (Y, MOST), (SLOT, 9), (MT_X, MOST), (MT_Y, MOST), (TRACK, 65535)):
    fcntl.ioctl(panel, SET_ABS, axis)
    fcntl.ioctl(panel, SETUP_ABS, struct.pack("=Hxx6i", axis, 0, 0, most, 0, 0, 0))
fcntl.ioctl(panel, SETUP, struct.pack("=HHHH80sI", 0x18, 1, 1, 1, b"Test panel", 0))
fcntl.ioctl(panel, CREATE)
def tell(*events):
    for kind, code, value in (*events, (SYN, 0, 0)):
        os.write(panel, struct.pack("=qqHHi", 0, 0, kind, code, value))
touches = 0
os.mkfifo("/run/touches")
while True:
    with open("/run/touches") as told:
        for line in told:
            x, y = (round(float(part) * MOST) for part in line.split())
            touches += 1
            tell((ABS, SLOT, 0), (ABS, TRACK, touches), (ABS, MT_X, x), (ABS, MT_Y, y),
                 (KEY, BTN_TOUCH, 1), (ABS, X, x), (ABS, Y, y))
            time.sleep(0.3)
            tell((ABS, TRACK, -1), (KEY, BTN_TOUCH, 0))
"""
"""Makes a panel in the machine that runs it, and touches it where it is told to."""


@pytest.fixture(scope="module")
def bedside(image: Path, folder: Path, ward: Ward) -> Iterator[Machine]:
    """A bedside with a panel of touches, whose compositor was ended."""
    copy = prepare(image, folder / "bedside.img")
    put_on_data(copy, ward.enrol("bedside", "1", folder / "bedside-files"))
    with Machine(copy, folder / "bedside") as machine:
        drawn(machine)
        wait_for("the feed at the hub", 300, lambda: ward.online("bedside"))
        add_panel(machine)
        machine.shell("systemctl stop smartward-screen", 120)
        machine.shell("systemctl start --no-block smartward-screen-linuxfb")
        state = "systemctl is-active smartward-screen-linuxfb"
        wait_for("its first frame", 300, lambda: machine.shell(state) == "active")
        wait_for("its bed on the screen", 300, lambda: shows_call(machine))
        yield machine


def add_panel(machine: Machine) -> None:
    """A panel that touches: the driver of such ones, and what udev makes of it."""
    script = base64.b64encode(_PANEL.encode()).decode()
    machine.shell(f"modprobe uinput; echo {script} | base64 -d > /run/panel.py")
    machine.shell("systemd-run -q --unit=panel python3 /run/panel.py; udevadm settle")
    wait_for("the panel", 60, lambda: machine.shell("ls /dev/input/smartward-touch 2>&-"))


def touch(machine: Machine, x: float, y: float) -> None:
    """Somebody touches the panel there, in pixels of the screen."""
    machine.shell(f"echo {x / SIZE[0]:.5f} {y / SIZE[1]:.5f} > /run/touches")


def presses(ward: Ward) -> int:
    """How often somebody pressed at the bed, as the hub knows."""
    return sum(one["presses"] for one in ward.calls())


def test_a_touch_of_the_panel_is_one_press_at_the_hub(
    bedside: Machine, ward: Ward, folder: Path
) -> None:
    bedside.picture(folder / "drawn.png")
    touch(bedside, *CALL_AT)
    wait_for("the call at the hub", 60, ward.calls)
    bedside.picture(folder / "touched.png")
    x, y = CALL_AT
    touch(bedside, x + 9, y + 9)
    wait_for("the second press", 60, lambda: presses(ward) > 1)
    pause(5)
    assert presses(ward) == 2, "a touch comes once for each name that its panel has"


def test_a_panel_that_poses_as_a_mouse_calls_too(bedside: Machine, ward: Ward) -> None:
    before = presses(ward)
    bedside.touch(*CALL_AT)
    wait_for("the press at the hub", 60, lambda: presses(ward) > before)


def test_keys_do_not_escape(bedside: Machine, folder: Path) -> None:
    """Nor are they written over the picture, nor does the terminal's cursor blink in it."""
    process = "$(systemctl show -P MainPID smartward-screen-linuxfb)"
    assert bedside.shell(f"readlink /proc/{process}/fd/0") == "/dev/tty1"
    for keys in (("ctrl", "alt", "f2"), ("ctrl", "c"), ("a",), ("ret",)):
        bedside.keys(*keys)
    assert bedside.shell("cat /sys/class/tty/tty0/active") == "tty1"
    assert bedside.shell("systemctl is-active smartward-screen-linuxfb") == "active"
    assert bedside.shell("systemctl show -P NRestarts smartward-screen-linuxfb") == "0"
    bedside.picture(folder / "after-keys.png")
    (folder / "said.txt").write_text(
        bedside.shell("journalctl -b -u smartward-screen-linuxfb -o cat --no-pager")
    )
