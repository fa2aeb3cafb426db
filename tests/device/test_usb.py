"""What is plugged into a screen beside its own, as the kernel tells of it, with ids for a SIEM."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest

from smartward.device.fault_keys import LIST_FAULT, START_FAULT
from smartward.device.usb import AGAIN_S, FILE, Plugged, PlugWatch, plugged
from tests.fakes.fake_clock import ManualClock

PANEL, READER = ("1-1", "eef/1/210", "3/0/0"), ("1-2", "5fe/1010/110", "3/1/1")
STICK = ("2-1", "781/5581/100", "8/6/80")
TYPES = ("1-3", "1b4f/9206/111", "3/1/1", "2/2/1", "10/0/0")
WEBCAM = ("1-4", "46d/825/10", "14/1/0", "14/2/0")
COMPOSITE = ("2-3", "222a/1/100", "3/0/0", "3/1/1")
TOLD = ("SW-1101", "SW-1102", "SW-1103")


def plug(root: Path, name: str, product: str, *interfaces: str) -> None:
    """As sysfs has it: the uevent files of a device and of each of its interfaces."""
    devices = root / "sys/bus/usb/devices"
    for number, one in enumerate(interfaces):
        folder = devices / f"{name}:1.{number}"
        folder.mkdir(parents=True)
        (folder / "uevent").write_text(
            f"DEVTYPE=usb_interface\nPRODUCT={product}\nTYPE=0/0/0\nINTERFACE={one}\n"
        )
    (devices / name).mkdir(parents=True)
    (devices / name / "uevent").write_text(
        f"MAJOR=189\nDEVTYPE=usb_device\nDRIVER=usb\nPRODUCT={product}\nTYPE=0/0/0\nBUSNUM=001\n"
    )


def unplug(root: Path, name: str) -> None:
    for folder in (root / "sys/bus/usb/devices").glob(f"{name}*"):
        shutil.rmtree(folder)


def decide(root: Path, name: str, *taken: bool) -> None:
    """What udev makes of each interface of a device."""
    for number, one in enumerate(taken):
        folder = root / "sys/bus/usb/devices" / f"{name}:1.{number}"
        (folder / "authorized").write_text(f"{one:d}\n")


def type_by(root: Path, interface: str, mode: int, at: str = "0003:1B4F:9206.0001/input") -> None:
    """An interface brings a node of input, with these rights; `at`: its driver's folder for it."""
    (root / "sys/bus/usb/devices" / interface / at / "input7/event7").mkdir(parents=True)
    node = root / "dev/input/event7"
    node.parent.mkdir(parents=True, exist_ok=True)
    node.touch()
    node.chmod(mode)


class Ended(Exception):
    """The first look is over."""


class Once(ManualClock):
    async def sleep(self, seconds: float) -> None:
        raise Ended


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """With a panel, a reader, and its own end of a bus, which is no device."""
    (tmp_path / "data").mkdir()
    plug(tmp_path, *PANEL)
    plug(tmp_path, *READER)
    plug(tmp_path, "usb1", "1d6b/2/601", "9/0/0")
    return tmp_path


def watch(machine: Path) -> PlugWatch:
    return PlugWatch(ManualClock(), machine / "data", machine)


def told(caplog: pytest.LogCaptureFixture, severity: str = "warning") -> list[str]:
    found = [
        one.getMessage().replace(f" severity={severity}", "")
        for one in caplog.records
        if one.name == "smartward.security"
    ]
    caplog.clear()
    return found


def test_devices_are_told_by_number_and_by_what_they_are_for(machine: Path) -> None:
    plug(machine, *TYPES)
    assert plugged(machine) == Counter(
        [
            Plugged("0eef:0001", "input"),
            Plugged("05fe:1010", "keyboard"),
            Plugged("1b4f:9206", "keyboard,network"),
        ]
    )
    assert plugged(machine / "none") is None


@pytest.mark.expects_log(*TOLD[:2])
def test_what_comes_and_what_goes_is_told_once(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = watch(machine)
    one.look()
    assert told(caplog) == []
    plug(machine, *STICK)
    one.look()
    one.look()
    assert told(caplog) == ["SW-1101 event=usb.new usb=0781:5581 kind=storage"]
    unplug(machine, STICK[0])
    unplug(machine, READER[0])
    one.look()
    assert told(caplog) == ["SW-1102 event=usb.gone usb=05fe:1010 kind=keyboard"]
    # A second of a kind that it has one of is none of its own.
    plug(machine, *READER)
    plug(machine, "2-2", *READER[1:])
    one.look()
    assert told(caplog) == ["SW-1101 event=usb.new usb=05fe:1010 kind=keyboard"]


@pytest.mark.expects_log(*TOLD[:2])
def test_a_plug_that_sits_loose_is_told_once_and_then_counted(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own reader and a stick flicker; what else is plugged in meanwhile is told at once."""
    clock = ManualClock()
    one = PlugWatch(clock, machine / "data", machine)
    one.look()
    for _ in range(5):
        unplug(machine, READER[0])
        plug(machine, *STICK)
        one.look()
        unplug(machine, STICK[0])
        plug(machine, *READER)
        one.look()
        clock.advance(20)
    unplug(machine, READER[0])
    plug(machine, *TYPES)
    one.look()
    assert told(caplog) == [
        "SW-1101 event=usb.new usb=0781:5581 kind=storage",
        "SW-1102 event=usb.gone usb=05fe:1010 kind=keyboard",
        "SW-1101 event=usb.new usb=1b4f:9206 kind=keyboard,network",
    ]
    clock.advance(AGAIN_S)
    one.look()
    assert told(caplog) == [
        "SW-1101 event=usb.new usb=0781:5581 kind=storage times=4 there=0",
        "SW-1102 event=usb.gone usb=05fe:1010 kind=keyboard times=5 there=0",
    ]
    # An hour without another time: it is news again.
    clock.advance(AGAIN_S)
    one.look()
    plug(machine, *STICK)
    one.look()
    assert told(caplog) == ["SW-1101 event=usb.new usb=0781:5581 kind=storage"]


@pytest.mark.expects_log(*TOLD[:2])
def test_what_was_changed_while_the_power_was_off_is_told_at_the_next_start(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watch(machine).look()
    plug(machine, *TYPES)
    unplug(machine, PANEL[0])
    watch(machine).look()
    assert told(caplog) == [
        "SW-1101 event=usb.new usb=1b4f:9206 kind=keyboard,network",
        "SW-1102 event=usb.gone usb=0eef:0001 kind=input",
    ]
    # It counts as its own once somebody has taken the file away.
    (machine / "data" / FILE).unlink()
    watch(machine).look()
    watch(machine).look()
    assert told(caplog) == []


@pytest.mark.expects_log("SW-1101")
def test_what_is_refused_of_a_device_is_told_when_it_is_decided(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = watch(machine)
    one.look()
    # A panel whose keyboard is refused; a stick that is gone before the next look; and a panel
    # that udev has not come to yet.
    plug(machine, *COMPOSITE)
    decide(machine, COMPOSITE[0], True, False)
    plug(machine, *STICK)
    decide(machine, STICK[0], False)
    plug(machine, "2-2", "eef/2/100", "3/0/0")
    decide(machine, "2-2", False)
    one.look()
    assert told(caplog) == []
    unplug(machine, STICK[0])
    decide(machine, "2-2", True)
    one.look()
    one.look()
    assert told(caplog) == [
        "SW-1101 event=usb.new usb=0781:5581 kind=storage refused=storage",
        "SW-1101 event=usb.new usb=0eef:0002 kind=input",
        "SW-1101 event=usb.new usb=222a:0001 kind=input,keyboard refused=keyboard",
    ]
    plug(machine, "2-4", *TYPES[1:])
    decide(machine, "2-4", True, False, False)
    type_by(machine, "2-4:1.0", 0o600)
    one.look()
    one.look()
    refused = "kind=keyboard,network refused=keys,network"
    assert told(caplog) == [f"SW-1101 event=usb.new usb=1b4f:9206 {refused}"]


def test_keys_that_are_closed_are_told_whatever_kind_of_driver_brought_them(machine: Path) -> None:
    """HID, a panel of its maker's own kind, a remote control's receiver; none that may be read."""
    hid, own, remote = "0003:1B4F:9206.0001/input", "input", "rc/rc0"
    closed, open_ = 0o600, 0o660
    for number, (at, mode) in enumerate(
        ((hid, closed), (own, closed), (remote, closed), (own, open_)), 1
    ):
        for old in (machine / "sys/bus/usb/devices").glob("3-*"):
            shutil.rmtree(old)
        plug(machine, f"3-{number}", "596/1/100", "255/255/255")
        type_by(machine, f"3-{number}:1.0", mode, at)
        (found,) = (one for one in plugged(machine) or () if one.usb == "0596:0001")
        assert found.refused == ("keys" if mode == closed else ""), at


def test_what_stays_off_of_its_own_is_told_at_each_start(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A camera that is built in; and by its number a reader that nobody has listed yet."""
    plug(machine, *WEBCAM)
    decide(machine, WEBCAM[0], False, False)
    decide(machine, READER[0], True)
    type_by(machine, f"{READER[0]}:1.0", 0o660)
    with caplog.at_level("INFO"):
        for _ in range(2):
            one = watch(machine)
            one.look()
            one.look()
    off = "SW-1104 severity=info event=usb.off usb=046d:0825 kind=camera refused=camera"
    assert told(caplog) == [off] * 2


@pytest.mark.expects_log("cannot be read", "SW-1101")
def test_a_file_that_cannot_be_read_makes_nothing_its_own(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (machine / "data" / FILE).write_bytes(b"\0\0")
    watch(machine).look()
    assert len([line for line in told(caplog) if line.startswith("SW-1101")]) == 2


@pytest.mark.expects_log("SW-1105")
def test_a_list_of_which_some_is_left_out_is_a_fault_until_it_is_mended(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = watch(machine)
    one.look()
    assert one.faults == frozenset()
    left_out = machine / "run/smartward-usb/left-out"
    left_out.parent.mkdir(parents=True)
    left_out.write_text("usb.keyboards\nusb.keyboards\nusb\n")

    class Two(ManualClock):
        async def sleep(self, seconds: float) -> None:
            turns.append("slept")
            if len(turns) == 4:
                raise Ended

    turns: list[str] = []
    one = PlugWatch(Two(), machine / "data", machine)
    one.faults_changed = lambda: turns.append(",".join(one.faults))
    with pytest.raises(Ended):
        asyncio.run(one.run())
    assert turns == [LIST_FAULT, "slept", "slept", "slept"]
    assert told(caplog, "error") == [
        "SW-1105 event=usb.list left_out=usb",
        "SW-1105 event=usb.list left_out=usb.keyboards",
    ]
    left_out.write_text("start-partition\n")
    one.look()
    assert one.faults == {START_FAULT}
    assert told(caplog, "error") == ["SW-1105 event=usb.list left_out=start-partition"]
    left_out.unlink()
    one.look()
    assert one.faults == frozenset()


@pytest.mark.expects_log("SW-1103")
def test_an_opened_case_is_told_where_the_board_has_a_switch(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    switch = machine / "sys/class/hwmon/hwmon2/intrusion0_alarm"
    switch.parent.mkdir(parents=True)
    switch.write_text("0\n")
    one = watch(machine)

    with pytest.raises(Ended):
        asyncio.run(PlugWatch(Once(), machine / "data", machine).run())
    one.look()
    assert told(caplog) == []
    switch.write_text("1\n")
    one.look()
    one.look()
    assert told(caplog) == ["SW-1103 event=case.opened switch=hwmon2/intrusion0_alarm"]
    watch(machine).look()
    assert len(told(caplog)) == 1, "until somebody resets it, at each start"


@pytest.mark.expects_log("cannot be read", "SW-1101")
def test_a_file_on_a_bad_block_ends_no_watch(
    machine: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (machine / "data" / FILE).mkdir()
    first = watch(machine)
    first.look()
    assert [line.split()[0] for line in told(caplog)[-2:]] == ["SW-1101", "SW-1101"]
    first.look()
    assert told(caplog) == []
