"""Input devices through a pipe: keys as the kernel writes them, unplugged and plugged in again."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from smartward.clock import SystemClock
from smartward.device.evdev_source import (
    DOWN,
    EV_KEY,
    EV_SYN,
    INPUT_EVENT,
    NAMES,
    REPEAT,
    SYN_DROPPED,
    UP,
    CodeReader,
    EvdevSource,
    KeyEvent,
    character,
    is_input,
)
from smartward.device.reader import ENTER, OTHER
from tests.fakes.fake_clock import ManualClock

CODE_OF = {character(code, False): code for code in range(1, 60)}
DEADLINE_S = 10.0


def packed(code: int, value: int, at: float, kind: int = EV_KEY) -> bytes:
    seconds = int(at)
    return INPUT_EVENT.pack(seconds, round((at - seconds) * 1e6), kind, code, value)


def typed(text: str, at: float = 50.0, gap: float = 0.005) -> bytes:
    """Keys of a whole code, pressed and released, with the report after each."""
    out = b""
    for each in text:
        code = 28 if each == ENTER else CODE_OF[each.lower()]
        shifted = each != each.lower()
        if shifted:
            out += packed(42, DOWN, at)
        out += packed(code, DOWN, at) + packed(0, 0, at, EV_SYN) + packed(code, UP, at + 0.001)
        if shifted:
            out += packed(42, UP, at + 0.001)
        at += gap
    return out


class Device:
    """A pipe in place of a device."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end = -1
        os.mkfifo(path)

    def plug(self) -> None:
        if not self.path.exists():
            os.mkfifo(self.path)

    def open(self) -> None:
        self.end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)

    def write(self, data: bytes) -> None:
        os.write(self.end, data)

    def unplug(self) -> None:
        os.close(self.end)
        self.end = -1
        self.path.unlink()


@pytest.fixture
def device(tmp_path: Path):  # type: ignore[no-untyped-def]  # what it takes or gives is of this test alone
    made = Device(tmp_path / "event7")
    yield made
    if made.end >= 0:
        os.close(made.end)


class Heard:
    """Keys and comings and goings, and a wait for them."""

    def __init__(self) -> None:
        self.keys: list[KeyEvent] = []
        self.there: list[bool] = []
        self.codes: list[str] = []
        self.news = asyncio.Event()

    def key(self, event: KeyEvent) -> None:
        self.keys.append(event)
        self.news.set()

    def code(self, code: str) -> None:
        self.codes.append(code)
        self.news.set()

    def came(self, there: bool) -> None:
        self.there.append(there)
        self.news.set()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not what():
                self.news.clear()
                await self.news.wait()


def run(
    work: Callable[[Heard], Awaitable[None]], program: Callable[[Heard], Awaitable[None]]
) -> None:
    async def both() -> None:
        heard = Heard()
        running = asyncio.get_running_loop().create_task(program(heard))
        try:
            await work(heard)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(both())


def test_keys_come_with_their_time(device: Device) -> None:
    source = EvdevSource(device.path, SystemClock())

    async def work(heard: Heard) -> None:
        await heard.until(lambda: heard.there == [True])
        device.open()
        # Cut where no event ends: the rest comes with the next reading.
        data = packed(30, DOWN, 12.25) + packed(30, REPEAT, 12.5) + packed(30, UP, 12.75)
        device.write(data[:30])
        device.write(data[30:])
        await heard.until(lambda: len(heard.keys) == 3)
        assert heard.keys == [
            KeyEvent(30, DOWN, 12.25),
            KeyEvent(30, REPEAT, 12.5),
            KeyEvent(30, UP, 12.75),
        ]

    run(work, lambda heard: source.run(heard.key, heard.came))


@pytest.mark.expects_log("the input device")
def test_unplugged_it_is_looked_for_ever_more_slowly_and_found_again(device: Device) -> None:
    clock = ManualClock()
    source = EvdevSource(device.path, clock)

    async def asleep() -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not clock.waiting:
                await asyncio.to_thread(lambda: None)

    async def work(heard: Heard) -> None:
        await heard.until(lambda: heard.there == [True])
        device.open()
        device.unplug()
        await heard.until(lambda: heard.there == [True, False])
        for wait in (0.5, 1, 2, 4, 8, 10, 10):
            await asleep()
            clock.advance(wait - 0.01)
            assert clock.waiting, "not before its time"
            clock.advance(0.01)
            assert not clock.waiting
        await asleep()
        assert heard.there == [True, False], "told once"
        device.plug()
        clock.advance(10)
        await heard.until(lambda: heard.there == [True, False, True])
        device.open()
        device.write(packed(2, DOWN, 1))
        await heard.until(lambda: heard.keys == [KeyEvent(2, DOWN, 1)])

    run(work, lambda heard: source.run(heard.key, heard.came))


@pytest.mark.expects_log("the input device")
def test_a_device_that_is_missing_at_the_start_is_told(tmp_path: Path) -> None:
    source = EvdevSource(tmp_path / "none", ManualClock())

    async def work(heard: Heard) -> None:
        await heard.until(lambda: heard.there == [False])

    run(work, lambda heard: source.run(heard.key, heard.came))


@pytest.mark.expects_log("the input device")
def test_a_file_is_no_device(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("12345")
    assert not is_input(file)
    assert is_input(tmp_path / "not plugged in")
    source = EvdevSource(file, ManualClock())

    async def work(heard: Heard) -> None:
        await heard.until(lambda: heard.there == [False])
        assert heard.keys == []

    run(work, lambda heard: source.run(heard.key, heard.came))


def read_codes(device: Device, data: bytes, codes: list[str]) -> None:
    async def work(heard: Heard) -> None:
        await heard.until(lambda: heard.there == [True])
        device.open()
        device.write(data)
        # Whatever came before it, this one is a code: then everything has been read.
        device.write(typed("9999\n", 900))
        await heard.until(lambda: "9999" in heard.codes)
        assert heard.codes == [*codes, "9999"]

    def program(heard: Heard) -> Awaitable[None]:
        return CodeReader(EvdevSource(device.path, SystemClock()), heard.code).run(heard.came)

    run(work, program)


def test_a_badge_is_read_with_its_capitals(device: Device) -> None:
    read_codes(device, typed("04Ab-77\n"), ["04Ab-77"])


def test_typing_on_the_same_device_is_no_badge(device: Device) -> None:
    read_codes(device, typed("12345678\n", gap=0.15), [])


def test_lost_keys_make_no_other_badge(device: Device) -> None:
    data = typed("1234") + packed(SYN_DROPPED, 0, 50.02, EV_SYN) + typed("5678\n", 50.025)
    read_codes(device, data, ["5678"])


def test_a_held_key_is_no_badge(device: Device) -> None:
    held = packed(2, DOWN, 10) + b"".join(packed(2, REPEAT, 10 + n * 0.03) for n in range(1, 9))
    read_codes(device, held + typed("\n", 10.26), [])


def test_keys_have_their_characters() -> None:
    for name, code in NAMES.items():
        letter = name.removeprefix("KEY_").removeprefix("KP")
        if len(letter) == 1:
            assert character(code, False) == letter.lower(), name
            assert len(character(code, True)) == 1
    assert character(NAMES["KEY_ENTER"], False) == character(NAMES["KEY_KPENTER"], True) == ENTER
    assert character(NAMES["KEY_F1"], False) == OTHER
    assert character(NAMES["KEY_2"], True) == "@"
