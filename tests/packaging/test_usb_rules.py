"""Which USB devices an image takes: its rules by the real udev, and the list of a house."""

import os
import re
from pathlib import Path

import pytest

from tests.packaging.image_program import Image
from tests.packaging.udev import Bus

KEYBOARD, HID, MOUSE = "3/1/1", "3/0/0", "3/1/2"
LETTERS = "fffffffffffffffe"
BTN_TOUCH = "400 0 0 0 0 0"
"""Bits of the kernel: keys from 0 to 63, and the one that says a finger is there."""
VOLUME = "e000000000000 0"
BUTTONS = "10000"
"""Of a mouse, where they stand before four other words."""


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """A machine of this test."""
    return Image.below(tmp_path)


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    """Its USB, empty."""
    return Bus(tmp_path)


def apply(image: Image, text: str) -> tuple[int, str]:
    """Lay this device.toml there; what the program for it gives, and what it tells."""
    image.write("house/device.toml", text)
    done = image.run("apply_device.py", str(image.folder / "house/device.toml"))
    return done.returncode, done.stderr


@pytest.mark.parametrize("taken", [True, False], ids=["at the start", "later"])
def test_touch_sound_and_hubs_are_taken_and_all_else_is_not(bus: Bus, taken: bool) -> None:
    """What was there before udev has its driver taken away; what comes later gets none."""
    taken_whole = {
        "1-1": ("0eef:0001", HID, MOUSE),
        "1-2": ("0d8c:0014", "1/1/0", "1/2/0", HID),
        "1-3": ("05e3:0608", "9/0/1"),
    }
    refused_whole = {
        "2-1": ("0781:5581", "8/6/80"),
        "2-2": ("0525:a4a2", "2/2/255", "10/0/0"),
        "2-3": ("0bda:8153", "255/255/0"),
        "2-4": ("067b:2303", "255/0/0"),
        "2-5": ("04b8:0202", "7/1/2"),
        "2-6": ("0a12:0001", "224/1/1", "224/1/1"),
        "2-7": ("05fe:1010", KEYBOARD),
        "2-8": ("046d:0825", "14/1/0", "14/2/0"),
        "2-9": ("08e6:3437", "11/0/0"),
    }
    for name, (usb, *parts) in (taken_whole | refused_whole).items():
        bus.plug(name, usb, *parts, taken=taken)
    # A panel that is a keyboard as well, and one that has its maker's own way of being served.
    bus.plug("3-1", "222a:0001", HID, KEYBOARD, "255/0/0", taken=taken)
    bus.hear()
    assert bus.waits()
    assert {name for name in taken_whole if all(bus.taken(name))} == set(taken_whole)
    assert {name for name in refused_whole if not any(bus.taken(name))} == set(refused_whole)
    assert bus.taken("3-1") == [True, False, False]
    # What comes later is loaded with what its other parts need, once all are decided.
    assert bus.loads("3-1:1.0") is taken
    assert not bus.loads("3-1:1.1")
    assert not bus.loads("2-3:1.0")
    assert bus.whole()


def test_what_goes_is_not_asked_for(bus: Bus) -> None:
    bus.plug("1-1", "05fe:1010", KEYBOARD)
    for action in ("unbind", "remove"):
        bus.hear("1-1", "1-1:1.0", action=action)
    assert bus.taken("1-1") == [True]
    bus.hear("1-1:1.0", action="change")
    assert bus.taken("1-1") == [False]


def test_a_touch_panel_of_its_makers_own_kind_is_known_by_its_driver(bus: Bus) -> None:
    bus.plug("1-1", "0596:0001", "255/255/255", taken=False)
    bus.drivers("r8152")
    bus.hear()
    assert bus.taken("1-1") == [False]
    bus.drivers("usbtouchscreen")
    bus.hear()
    if "skipping execution" in bus.told["1-1:1.0"]:
        pytest.skip("this udev asks no program in a test (Debian 13)")
    assert bus.taken("1-1") == [True]


def test_what_came_gets_its_drivers_when_all_its_parts_are_decided(bus: Bus) -> None:
    bus.plug("1-1", "0d8c:0014", "1/1/0", "1/2/0", taken=False)
    bus.hear()
    assert "probe-usb" not in bus.told["1-1"]
    bus.hear("1-1", action="bind")
    (path,) = (bus.sys / "devices").rglob("1-1")
    asks = f"/usr/lib/smartward-image/probe-usb /sys/{path.relative_to(bus.sys)}"
    assert asks in re.split(r"[\n']", bus.told["1-1"].replace(": /usr", "\n/usr"))


def test_only_what_is_taken_and_has_no_driver_is_looked_for_one(bus: Bus, image: Image) -> None:
    bus.plug("1-1", "0d8c:0014", "1/1/0", "1/2/0", HID, KEYBOARD, taken=False)
    bus.hear()
    (device,) = (bus.sys / "devices").rglob("1-1")
    (device / "1-1:1.2" / "driver").mkdir()
    sound = "usb:v0D8Cp0014ic01isc{}ip00"
    loaded = [sound.format("01"), sound.format("02")]
    assert image.probe(device) == [*loaded, "1-1:1.0", "1-1:1.1"]


def test_what_the_house_lists_is_taken_and_keyboards_by_their_own_list_alone(
    bus: Bus, image: Image
) -> None:
    bus.plug("1-1", "05fe:1010", KEYBOARD, "8/6/80")
    bus.plug("1-2", "05fe:1011", KEYBOARD)
    bus.plug("1-3", "0BDA:8153", "255/255/0", KEYBOARD, "8/6/80")
    listed = '[usb]\nkeyboards = ["05FE:1010"]\ndevices = ["0bda:8153"]\n'
    assert apply(image, listed) == (0, "")
    bus.hear()
    assert bus.taken("1-1") == [True, False]
    assert bus.taken("1-2") == [False]
    assert bus.taken("1-3") == [True, False, False]
    assert bus.loads("1-3:1.0")


@pytest.mark.parametrize(
    "text, part, says",
    [
        (
            "[usb]\nkeyboards = [5]\n",
            "usb.keyboards",
            "5 is left out: it is no device; write VENDOR:PRODUCT",
        ),
        ('[usb]\ndevices = "5fe:1010"\n', "usb.devices", "write VENDOR:PRODUCT"),
        ('[usb]\n"key\\nboard" = ["05fe:1010"]\n', "usb", "there are keyboards and devices"),
        ('usb = ["05fe:1010"]\n', "usb", "write [usb]"),
        ('[usb]\nkeyboards = ["05fe:1010"\n', "device.toml", "device.toml is left out"),
        ('[usb]\nkeyboards = ["05fe:101\\"0"]\n', "usb.keyboards", "is no device"),
        ('[usb]\nkeyboards = ["05fe:1010\\n"]\n', "usb.keyboards", "is no device"),
    ],
)
def test_a_list_that_is_wrong_is_told_and_takes_nothing(
    bus: Bus, image: Image, text: str, part: str, says: str
) -> None:
    bus.plug("1-1", "05fe:1010", KEYBOARD)
    code, told = apply(image, text)
    assert code == (os.EX_DATAERR if part == "device.toml" else 0)
    (line,) = told.splitlines()
    assert line.startswith(f"{part}: ")
    assert says in line
    assert image.folder.joinpath("usb/left-out").read_text() == f"{part}\n"
    assert [file.name for file in (image.folder / "udev.d").iterdir()] == ["72-smartward-usb.rules"]
    bus.hear()
    assert bus.taken("1-1") == [False]


def test_one_wrong_word_shuts_out_no_other_and_not_the_log_server(bus: Bus, image: Image) -> None:
    bus.plug("1-1", "05fe:1010", KEYBOARD)
    good = 'log_server = "siem"\n[usb]\nkeyboards = ["05fe:1010"]\n'
    code, told = apply(image, good.replace('["05fe', '["reader", "05fe'))
    assert code == 0
    assert len(told.splitlines()) == 1
    assert (image.folder / "rsyslog.d/80-smartward.conf").exists()
    bus.hear()
    assert bus.taken("1-1") == [True]
    # Mended: nothing is left out any more. Broken again: nothing is listed any more.
    assert apply(image, good) == (0, "")
    assert not image.folder.joinpath("usb/left-out").exists()
    apply(image, "[usb")
    bus.hear()
    assert bus.taken("1-1") == [False]


def test_what_has_keys_without_saying_so_is_read_by_nobody_but_a_panel_is(
    bus: Bus, image: Image
) -> None:
    """By the node of input: a stick may say that it is no keyboard and be one."""
    for name, usb in (("1-1", "1b4f:9206"), ("1-2", "0eef:0001"), ("1-3", "05fe:1010")):
        bus.plug(name, usb, HID)
    bus.node("1-1:1.0", 1, LETTERS)
    bus.node("1-1:1.0", 2, VOLUME)
    bus.node("1-1:1.0", 3, f"{BUTTONS} 0 0 0 {LETTERS}", moves="3")  # a mouse that has letters
    bus.node("1-1:1.0", 4, f"{BUTTONS} 0 0 {VOLUME}", moves="3")
    bus.node("1-1:1.0", 5, "100000000 0 0 0 0", moves="0")  # one that has a trigger
    bus.node("1-2:1.0", 6, BTN_TOUCH, places="3", props="2")
    bus.node("1-2:1.0", 7, f"400 0 0 0 0 {LETTERS}", places="3", props="2")
    bus.node("1-2:1.0", 8, f"400 0 0 0 0 {LETTERS}", places="60000000000000", props="2")
    bus.node("1-2:1.0", 9, LETTERS, places="100000000")  # has a volume that is turned
    bus.node("1-2:1.0", 10, f"{BUTTONS} 0 0 0 {LETTERS}", places="3")  # as QEMU's tablet points
    bus.node("1-3:1.0", 11, LETTERS)
    bus.node("LNXPWRBN:00", 12, "10000000000000 0")
    assert apply(image, '[usb]\nkeyboards = ["05fe:1010"]\n') == (0, "")
    bus.hear()
    closed = [
        number
        for number in range(1, 13)
        if "LIBINPUT_IGNORE_DEVICE=1" in bus.told[f"event{number}"]
    ]
    assert closed == [1, 2, 3, 9]
    for number, kind in (
        (3, "KEYBOARD"),
        (4, "MOUSE"),
        (4, "KEY"),
        (8, "TOUCHSCREEN"),
        (12, "KEY"),
    ):
        assert f"ID_INPUT_{kind}=1" in bus.told[f"event{number}"]
    assert {f"ID_INPUT_{kind}=1" in bus.told["event10"] for kind in ("MOUSE", "KEYBOARD")} == {True}
