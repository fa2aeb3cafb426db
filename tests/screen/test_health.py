"""What a screen tells of itself: read from the machine, told each minute and when it changes."""

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtQuick import QQuickWindow

from smartward.clinical.screen_health import Part
from smartward.clock import SystemClock
from smartward.screen import health
from smartward.screen.health import (
    HealthReports,
    Parts,
    TouchWatch,
    disk_free,
    figures,
    memory_free,
    slot_of,
    touch_devices,
)
from smartward.wire.health import PATH, Report, read
from tests.fakes.fake_clock import ManualClock

PANEL = """I: Bus=0003 Vendor=0eef Product=0001 Version=0210
N: Name="eGalax Touch"
B: PROP=2
B: EV=b

I: Bus=0011 Vendor=0001 Product=0001 Version=ab41
N: Name="AT keyboard"
B: PROP=0
B: EV=120013

I: Bus=0003 Vendor=056a Product=0001 Version=0100
N: Name="Tablet"
B: PROP=1
"""


def put(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="ascii")


def test_the_machine_is_read_and_what_it_does_not_tell_is_none(tmp_path: Path) -> None:
    assert memory_free(tmp_path) is None
    assert touch_devices(tmp_path) is None
    assert disk_free(tmp_path / "not there") is None
    assert slot_of(tmp_path) == ""
    put(tmp_path, "proc/meminfo", "MemTotal:   2000 kB\nMemFree: 1 kB\nMemAvailable:  500 kB\n")
    put(tmp_path, "proc/bus/input/devices", PANEL)
    put(tmp_path, "proc/cmdline", "root=PARTLABEL=sw_root_b rootfstype=squashfs ro quiet\n")
    assert memory_free(tmp_path) == 25
    assert touch_devices(tmp_path) == 1
    assert slot_of(tmp_path) == "b"
    assert 0 <= (disk_free(tmp_path) or 0) <= 100
    put(tmp_path, "proc/bus/input/devices", PANEL.replace("PROP=2", "PROP=0"))
    assert touch_devices(tmp_path) == 0


def test_a_panel_without_any_input_device_is_without_touch(tmp_path: Path) -> None:
    put(tmp_path, "proc/bus/input/devices", "")
    assert figures(tmp_path, tmp_path, "wayland").touch_devices == 0
    # What is drawn for a test or a picture hangs on no wall.
    assert figures(tmp_path, tmp_path, "offscreen").touch_devices is None


class Told:
    """A hub's ear, and a screen whose parts a test sets."""

    def __init__(self) -> None:
        self.live = True
        self.reader = Part.WELL
        self.waiting = 0
        self.reports: list[Report] = []
        self.heard = asyncio.Event()
        self.answer: tuple[int, bytes] | None = (200, b"{}")

    async def ask(self, path: str, body: bytes) -> tuple[int, bytes] | None:
        assert path == PATH
        self.reports.append(read(body))
        self.heard.set()
        return self.answer

    def parts(self) -> Parts:
        return Parts(
            live=lambda: self.live,
            sound=lambda: Part.NONE,
            reader=lambda: self.reader,
            cache_age_s=lambda: 2,
            outbox=lambda: self.waiting,
        )


@pytest.mark.anyio
async def test_it_tells_when_the_hub_is_heard_again_and_what_the_hub_reads(
    tmp_path: Path, app: QGuiApplication
) -> None:
    told, clock, window = Told(), ManualClock(), QQuickWindow()
    told.live = False
    reports = HealthReports(told.ask, told.parts(), tmp_path, clock, TouchWatch(window, clock))
    running = asyncio.get_running_loop().create_task(reports.run())
    try:
        told.live = True
        reports.connected()
        async with asyncio.timeout(10):
            await told.heard.wait()
        (first,) = told.reports
        assert (first.reader, first.cache_age_s, first.now) == (Part.WELL, 2, clock.now())
        assert first.touched_s is None
        told.reader = Part.FAULTY
        told.heard.clear()
        reports.connected()
        async with asyncio.timeout(10):
            await told.heard.wait()
        assert told.reports[-1].reader is Part.FAULTY
    finally:
        running.cancel()


@pytest.mark.anyio
async def test_the_disk_is_asked_when_something_is_told(
    tmp_path: Path, app: QGuiApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, clock, window = Told(), ManualClock(), QQuickWindow()
    asked: list[Path] = []
    looked: list[float] = []
    monkeypatch.setattr(health, "_LOOK_S", 0.001)
    monkeypatch.setattr(health, "disk_free", lambda folder: asked.append(folder))
    parts = replace(told.parts(), live=lambda: looked.append(clock.monotonic()) is None)
    reports = HealthReports(told.ask, parts, tmp_path, clock, TouchWatch(window, clock))
    running = asyncio.get_running_loop().create_task(reports.run())

    async def heard(count: int) -> None:
        """So much was told, and looked at several times since."""
        before, real = len(looked), SystemClock()
        end = real.monotonic() + 10
        while len(told.reports) < count or len(looked) < before + 5:
            assert real.monotonic() < end, "it did not come to be in time"
            await real.sleep(0.001)

    try:
        await heard(1)
        assert (len(asked), len(told.reports)) == (1, 1)
        told.waiting = 1
        await heard(2)
        assert (len(asked), len(told.reports)) == (2, 2)
        clock.advance(60)
        await heard(3)
        assert (len(asked), len(told.reports)) == (3, 3)
    finally:
        running.cancel()


@pytest.mark.anyio
async def test_the_same_is_told_once_a_minute_and_what_did_not_arrive_anew(
    tmp_path: Path, app: QGuiApplication
) -> None:
    told, clock, window = Told(), ManualClock(), QQuickWindow()
    reports = HealthReports(told.ask, told.parts(), tmp_path, clock, TouchWatch(window, clock))
    found = figures(tmp_path, tmp_path)
    told.answer = None
    await reports.tell(found)
    await reports.tell(found)
    assert len(told.reports) == 2
    told.answer = (404, b"")
    await reports.tell(found)
    await reports.tell(found)
    assert len(told.reports) == 3, "an older hub is asked again and again"
    clock.advance(60)
    await reports.tell(found)
    assert len(told.reports) == 4
    told.waiting = 1
    await reports.tell(found)
    assert told.reports[-1].outbox == 1


def test_a_touch_is_known_and_kept_from_nobody(app: QGuiApplication) -> None:
    clock, window = ManualClock(), QQuickWindow()
    touches = TouchWatch(window, clock)
    assert touches.at is None
    clock.advance(5)
    where = QPointF(1, 1)
    press = QMouseEvent(
        QEvent.Type.MouseButtonPress,
        where,
        where,
        Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    assert not touches.eventFilter(window, press)
    assert touches.at == clock.monotonic()


def test_a_report_holds_no_word_but_version_slot_and_start() -> None:
    texts = [field.name for field in msgspec.structs.fields(Report) if field.type is str]
    assert texts == ["version", "slot", "boot"]
