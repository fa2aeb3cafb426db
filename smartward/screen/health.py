"""What this screen tells the hub of itself: twice a minute, and when something changed."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication

from smartward import __version__
from smartward.clinical.screen_health import Keys, Part
from smartward.clock import Clock, boot_id
from smartward.device.input_devices import blocks, is_touched, lists
from smartward.device.kernel import memory, read
from smartward.screen.keys_kept import keys_kept
from smartward.wire.health import EVERY_S, PATH, Report

ROOT = Path("/")

_LOOK_S = 10.0
"""How often it is looked whether something changed that is worth telling at once."""
_TOUCHES = frozenset(
    {QEvent.Type.TouchBegin, QEvent.Type.MouseButtonPress, QEvent.Type.TabletPress}
)
_SLOT = re.compile(r"(?:rauc\.slot=|root=PARTLABEL=\w*_)([\w-]{1,16})(?:\s|$)")

Ask = Callable[[str, bytes], Awaitable[tuple[int, bytes] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What of a running screen is asked each time."""

    live: Callable[[], bool]
    """Whether the hub is heard: else nothing is told."""
    sound: Callable[[], Part]
    reader: Callable[[], Part]
    cache_age_s: Callable[[], int | None]
    outbox: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the machine tells; it may take its time."""

    disk_free: int | None
    memory_free: int | None
    touch_devices: int | None
    keys: Keys = Keys.UNKNOWN


def figures(folder: Path, root: Path = ROOT, platform: str = "") -> Figures:
    """The machine's figures; `folder`: with this screen's data. `platform`: what Qt draws with, by
    Qt's word; of a picture that is on no panel nobody expects that it is touched."""
    return Figures(
        disk_free=disk_free(folder),
        memory_free=memory_free(root),
        touch_devices=_touched(root, platform),
        keys=keys_kept(folder),
    )


def _touched(root: Path, platform: str = "") -> int | None:
    on_no_panel = (platform or QGuiApplication.platformName()) == "offscreen"
    return None if on_no_panel else touch_devices(root)


class TouchWatch(QObject):
    """Knows when this screen was touched last."""

    def __init__(self, window: QObject, clock: Clock) -> None:
        super().__init__(window)
        self._clock = clock
        self.at: float | None = None
        """Monotonic second; None: not since the program began."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nothing is kept from the page."""
        if event.type() in _TOUCHES:
            self.at = self._clock.monotonic()
        return False


class HealthReports:
    """Tells the hub while the screen runs; what did not arrive is told anew, as of then."""

    def __init__(
        self, ask: Ask, parts: Parts, folder: Path, clock: Clock, touches: TouchWatch
    ) -> None:
        """`folder`: with this screen's data."""
        self._ask = ask
        self._parts = parts
        self._folder = folder
        self._clock = clock
        self._touches = touches
        self._began = clock.monotonic()
        self._boot = boot_id()
        self._slot = slot_of(ROOT)
        self._told: tuple[object, ...] | None = None
        self._told_at = clock.monotonic()
        self._wake = asyncio.Event()

    def connected(self) -> None:
        """The hub is heard again: it may be another one."""
        self._told = None
        self._wake.set()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            self._wake.clear()
            if self._parts.live() and self._is_due():
                await self.tell(await asyncio.to_thread(figures, self._folder))
            await self._rest()

    def _is_due(self) -> bool:
        """Whether it is time, or something changed. The kernel tells of its devices out of memory:
        no thread is sent for it. What a disk takes its time for is asked for when it is told."""
        if self._clock.monotonic() - self._told_at >= EVERY_S:
            return True
        parts = self._parts
        now = (_touched(ROOT), parts.sound(), parts.reader(), parts.outbox() > 0, self._boot)
        return now != self._told

    async def tell(self, found: Figures) -> None:
        """Tell where something changed, or it is time."""
        report = self.report(found)
        since = self._clock.monotonic() - self._told_at
        if _matters(report) == self._told and since < EVERY_S:
            return
        # An older hub knows no such reports: it is not asked any more often for that.
        if await self._ask(PATH, msgspec.json.encode(report)) is not None:
            self._told, self._told_at = _matters(report), self._clock.monotonic()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_S):
                await self._wake.wait()
        except TimeoutError:
            return

    def report(self, found: Figures) -> Report:
        """How this screen is now."""
        now, touched = self._clock.monotonic(), self._touches.at
        return Report(
            now=self._clock.now(),
            version=__version__,
            slot=self._slot,
            boot=self._boot,
            up_s=int(now - self._began),
            disk_free=found.disk_free,
            memory_free=found.memory_free,
            touch_devices=found.touch_devices,
            touched_s=None if touched is None else max(0, int(now - touched)),
            sound=self._parts.sound(),
            reader=self._parts.reader(),
            cache_age_s=self._parts.cache_age_s(),
            outbox=self._parts.outbox(),
            keys=found.keys,
        )


def _matters(report: Report) -> tuple[object, ...]:
    """What is told at once when it changes."""
    return (report.touch_devices, report.sound, report.reader, report.outbox > 0, report.boot)


def disk_free(folder: Path) -> int | None:
    """Percent of the partition that this user may still write; None where it does not tell."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return 100 * found.f_bavail // found.f_blocks if found.f_blocks else None


def memory_free(root: Path) -> int | None:
    """Percent of the memory that programs could have without swapping (proc(5), MemAvailable)."""
    told = memory(root)
    if "MemAvailable" not in told or told.get("MemTotal", 0) == 0:
        return None
    return min(100, 100 * told["MemAvailable"] // told["MemTotal"])


def touch_devices(root: Path) -> int | None:
    """How many touch panels the kernel has found; None where it does not tell. One that lists
    nothing at all has found none."""
    return sum(map(is_touched, blocks(root))) if lists(root) else None


def slot_of(root: Path) -> str:
    """Which of the two systems of a SmartWard image runs, empty where there is one."""
    found = _SLOT.search(read(root / "proc/cmdline"))
    return "" if found is None else found[1]
