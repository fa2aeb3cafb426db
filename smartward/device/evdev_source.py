"""Keys of one input device of Linux (/dev/input/event*), for as long as it is plugged in.

The device is grabbed: its keys reach nobody else, no focused button and no other program. A pipe
stands in for a device in tests.
"""

import fcntl
import logging
import os
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from smartward.clock import Clock
from smartward.device.reader import ENTER, OTHER, Reader
from smartward.log import Edge

log = logging.getLogger("smartward.device.evdev")

INPUT_EVENT = struct.Struct("=qqHHi")
"""struct input_event of a 64-bit Linux: seconds, microseconds, type, code, value."""
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
UP, DOWN, REPEAT = 0, 1, 2
_EVIOCGRAB = 0x40044590
_AT_ONCE = 64
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 10.0

_ROWS = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./"}
_PAD = {71: "789-456+1230."}
CHARACTERS = {
    first + place: character
    for first, row in (_ROWS | _PAD).items()
    for place, character in enumerate(row)
}
"""Character of a key code (linux/input-event-codes.h), US layout as readers use it."""
_SHIFTED = dict(zip("1234567890-=[];'`\\,./", '!@#$%^&*()_+{}:"~|<>?', strict=True))
_SHIFTS = frozenset({42, 54})
_ENTERS = frozenset({28, 96})

NAMES = {
    **{f"KEY_{c.upper()}": code for code, c in CHARACTERS.items() if c.isalnum() and code < 71},
    **{f"KEY_KP{c}": code for code, c in CHARACTERS.items() if c.isdigit() and code >= 71},
    **{f"KEY_F{n}": 58 + n for n in range(1, 11)},
    "KEY_F11": 87,
    "KEY_F12": 88,
    "KEY_ESC": 1,
    "KEY_BACKSPACE": 14,
    "KEY_TAB": 15,
    "KEY_ENTER": 28,
    "KEY_SPACE": 57,
    "KEY_KPENTER": 96,
    "KEY_UP": 103,
    "KEY_LEFT": 105,
    "KEY_RIGHT": 106,
    "KEY_DOWN": 108,
    "BTN_LEFT": 0x110,
    "BTN_RIGHT": 0x111,
    "BTN_MIDDLE": 0x112,
}
"""Codes of the keys that an inputs file may name; any other is given by its number."""


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One key: `value` is UP, DOWN or REPEAT; `at` the kernel's second of it."""

    code: int
    value: int
    at: float


class KeySource(Protocol):
    """Keys of one device, for ever."""

    async def run(self, key: Callable[[KeyEvent], None], there: Callable[[bool], None]) -> None:
        """Tell each key, and each time the device has come (True) or gone (False)."""


def is_input(path: Path) -> bool:
    """Whether `path` could be read as a device; true also for one that is not plugged in."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


class EvdevSource:
    """One device by its path, best one of /dev/input/by-id: a number changes at each plugging."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._edge = Edge(log, f"the input device {path}")
        self._rest = b""

    async def run(self, key: Callable[[KeyEvent], None], there: Callable[[bool], None]) -> None:
        """Read for ever. What is unplugged is looked for again, every 10 s at last."""
        wait, was_there = _FIRST_WAIT_S, True
        while True:
            try:
                device = self._open()
            except OSError as error:
                why = str(error)
            else:
                self._edge.up(self._clock.monotonic())
                there(True)
                wait, was_there = _FIRST_WAIT_S, True
                why = await self._read(device, key)
            self._edge.down(self._clock.monotonic(), why)
            if was_there:
                there(False)
                was_there = False
            await self._clock.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _open(self) -> int:
        device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(device).st_mode
            if stat.S_ISCHR(mode):
                fcntl.ioctl(device, _EVIOCGRAB, 1)
            elif not stat.S_ISFIFO(mode):
                raise OSError(f"{self._path} is no input device")
        except OSError:
            os.close(device)
            raise
        return device

    async def _read(self, device: int, key: Callable[[KeyEvent], None]) -> str:
        """Tell keys until the device is gone; gives why it is."""
        import asyncio  # here, and not above: a screen's first frame needs none of it

        loop = asyncio.get_running_loop()
        gone: asyncio.Future[str] = loop.create_future()
        self._rest = b""

        def readable() -> None:
            try:
                data = os.read(device, _AT_ONCE * INPUT_EVENT.size)
            except BlockingIOError:
                return
            except OSError as error:
                data, why = b"", str(error)
            else:
                why = "it was unplugged"
            if data:
                self._tell(data, key)
            elif not gone.done():
                gone.set_result(why)

        loop.add_reader(device, readable)
        try:
            return await gone
        finally:
            loop.remove_reader(device)
            os.close(device)

    def _tell(self, data: bytes, key: Callable[[KeyEvent], None]) -> None:
        whole = self._rest + data
        size = len(whole) // INPUT_EVENT.size * INPUT_EVENT.size
        self._rest = whole[size:]
        for seconds, micros, kind, code, value in INPUT_EVENT.iter_unpack(whole[:size]):
            at = seconds + micros / 1e6
            if kind == EV_KEY:
                key(KeyEvent(code, value, at))
            elif kind == EV_SYN and code == SYN_DROPPED:
                # Keys were lost: what follows is not the rest of what came before.
                key(KeyEvent(0, DOWN, at))


class CodeReader:
    """Badges and wristbands out of a reader that is a device of its own."""

    def __init__(self, source: KeySource, code: Callable[[str], None]) -> None:
        """`code` is called with each code that was read."""
        self._source = source
        self._code = code
        self._reader = Reader()
        self._shifts: set[int] = set()

    async def run(self, there: Callable[[bool], None]) -> None:
        """Read for ever; `there` is told when the reader is plugged in or gone."""
        await self._source.run(self._key, there)

    def _key(self, event: KeyEvent) -> None:
        if event.code in _SHIFTS:
            (self._shifts.discard if event.value == UP else self._shifts.add)(event.code)
        elif event.value == DOWN:
            heard = self._reader.key(character(event.code, bool(self._shifts)), event.at)
            if heard.code is not None:
                self._code(heard.code)
        elif event.value == REPEAT:
            self._reader.key(OTHER, event.at)


def character(code: int, shifted: bool) -> str:
    """The character of a key, `ENTER`, or `OTHER` for a key that types none."""
    if code in _ENTERS:
        return ENTER
    plain = CHARACTERS.get(code, OTHER)
    if not shifted or code >= 71:
        return plain
    return _SHIFTED.get(plain, plain.upper())
