"""Keyboards that nobody configured: seen as the kernel tells of them, and told once each."""

import asyncio
from pathlib import Path

import pytest

from smartward.device.call_input import read_inputs
from smartward.device.keyboards import keyboards, watch
from smartward.errors import Misconfigured
from tests.fakes.fake_clock import ManualClock

READER = """I: Bus=0003 Vendor=05fe Product=1010 Version=0110
N: Name="Badge Reader"
H: Handlers=sysrq kbd event6
B: KEY=10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe
"""
STICK = """I: Bus=0003 Vendor=1b4f Product=9206 Version=0111
N: Name="SparkFun Stick"
H: Handlers=sysrq kbd event7
B: KEY=1000000000007 ff800000000007ff febeffdff3cfffff fffffffffffffffe
"""
POWER = """I: Bus=0019 Vendor=0000 Product=0001 Version=0000
N: Name="Power Button"
H: Handlers=kbd event0
B: KEY=10000000000000 0
"""


def tell(root: Path, *blocks: str) -> None:
    file = root / "proc/bus/input/devices"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(blocks))


def test_what_types_letters_is_a_keyboard_and_a_power_button_is_none(tmp_path: Path) -> None:
    assert keyboards(tmp_path) == frozenset()
    tell(tmp_path, READER, STICK, POWER)
    assert {one.usb for one in keyboards(tmp_path)} == {"05fe:1010", "1b4f:9206"}


@pytest.mark.expects_log("keyboard 1b4f:9206 (SparkFun Stick) is not configured: refused")
def test_one_that_is_not_named_is_told_once_each_time_it_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = tmp_path / "dev/input/by-id/badge"
    named.parent.mkdir(parents=True)
    (tmp_path / "dev/input/event6").touch()
    named.symlink_to("../event6")
    clock = ManualClock()

    async def look() -> None:
        work = watch(clock, (named,), tmp_path).__await__()
        for blocks in ((READER,), (READER, STICK), (READER, STICK), (READER,), (READER, STICK)):
            tell(tmp_path, *blocks)
            next(work)
            clock.advance(5.0)
        work.close()

    asyncio.run(look())
    assert caplog.text.count("SparkFun") == 2
    assert "Badge" not in caplog.text


def test_the_file_says_whether_other_keyboards_count(tmp_path: Path) -> None:
    file = tmp_path / "inputs.toml"
    entry = f'[[reader]]\npath = "{tmp_path}/badge"\n'
    file.write_text(entry)
    assert not read_inputs(file).keyboards_refused
    file.write_text('keyboards = "refused"\n' + entry)
    assert read_inputs(file).keyboards_refused
    assert read_inputs(file).paths == (tmp_path / "badge",)
    file.write_text("keyboards = 1\n" + entry)
    with pytest.raises(Misconfigured):
        read_inputs(file)
