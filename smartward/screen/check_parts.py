"""What the machine of a screen has: disk, memory, display, touch, light, watchdog, readers."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from smartward import __version__
from smartward.clinical.device_check import CheckLine, fault, ok, untested
from smartward.clock import Clock
from smartward.device import kernel
from smartward.device.backlight import Backlight
from smartward.device.call_input import read_inputs
from smartward.device.input_devices import blocks, event_of, is_touched, name_of
from smartward.device.kernel import read
from smartward.errors import Misconfigured
from smartward.screen.health import slot_of

_SYNCS = 20
_SYNC_BYTES = 4096
_SYNC_SLOW_MS = 100.0
"""Median of a durable write of a page: a touch waits for one before it is acknowledged."""
_LEAST_FREE_MIB = 500
_LEAST_MEMORY_MIB = 150
"""A screen's program takes some 120 MiB."""


def disk_speed(folder: Path, clock: Clock) -> CheckLine:
    """How long a small durable write takes where the touches are kept."""
    file = folder / ".check"
    took: list[float] = []
    try:
        into = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            for _ in range(_SYNCS):
                began = clock.monotonic()
                os.write(into, b"\0" * _SYNC_BYTES)
                os.fsync(into)
                took.append((clock.monotonic() - began) * 1000)
        finally:
            os.close(into)
            file.unlink(missing_ok=True)
    except OSError as error:
        return fault("disk_speed", "disk_unwritable", folder=str(folder), why=str(error))
    middle, most = round(median(took), 1), round(max(took), 1)
    told = fault if middle > _SYNC_SLOW_MS else ok
    key = "disk_slow" if middle > _SYNC_SLOW_MS else "disk_speed"
    return told("disk_speed", key, ms=middle, most=most)


def disk_room(folder: Path) -> CheckLine:
    """Room for what is kept."""
    try:
        found = os.statvfs(folder)
    except OSError as error:
        return fault("disk_room", "disk_unwritable", folder=str(folder), why=str(error))
    mib = found.f_bavail * found.f_frsize // 2**20
    if mib < _LEAST_FREE_MIB:
        return fault("disk_room", "disk_full", mib=mib, least=_LEAST_FREE_MIB)
    return ok("disk_room", "disk_room", mib=mib)


def memory(root: Path) -> CheckLine:
    """What programs could have without swapping (proc(5), MemAvailable)."""
    kib = kernel.memory(root).get("MemAvailable")
    if kib is None:
        return untested("memory", "not_told")
    mib = kib // 1024
    if mib < _LEAST_MEMORY_MIB:
        return fault("memory", "memory_low", mib=mib, least=_LEAST_MEMORY_MIB)
    return ok("memory", "memory", mib=mib)


def display(root: Path) -> CheckLine:
    """What hangs on the graphics card, and how it stands."""
    for connector in sorted((root / "sys/class/drm").glob("card*-*")):
        if read(connector / "status").strip() != "connected":
            continue
        mode = read(connector / "modes").split()[:1]
        if mode:
            name = connector.name.partition("-")[2]
            return ok("display", "display", size=mode[0], name=name, stands=_stands(mode[0]))
    size = read(root / "sys/class/graphics/fb0/virtual_size").strip().replace(",", "x")
    if not size:
        return fault("display", "no_display")
    return ok("display", "display", size=size, name="fb0", stands=_stands(size))


def _stands(size: str) -> str:
    width, _, height = size.partition("x")
    digits = re.match(r"\d+", height)
    upright = digits is not None and width.isdigit() and int(width) < int(digits[0])
    return "portrait" if upright else "landscape"


def touch_devices(root: Path) -> list[tuple[str, Path]]:
    """Name and event file of each panel that one touches."""
    found = []
    for block in blocks(root):
        event = event_of(block)
        if event is not None and is_touched(block):
            name = name_of(block)
            found.append(("?" if name is None else name, root / "dev/input" / event))
    return found


def light(folder: str) -> CheckLine:
    """The light behind the panel: set to what it is, so that nobody sees it."""
    panel = Backlight(Path(folder)) if folder else None
    now = None if panel is None else panel.percent()
    if panel is None or now is None:
        return untested("backlight", "no_backlight", folder=folder or "-")
    try:
        panel.set(now)
    except Misconfigured as error:
        return fault("backlight", "backlight_refused", why=error.detail)
    return ok("backlight", "backlight", percent=now)


def watchdog(root: Path) -> CheckLine:
    """What starts a machine anew that hangs."""
    for one in sorted((root / "sys/class/watchdog").glob("watchdog*")):
        name = read(one / "identity").strip() or one.name
        if read(one / "state").strip() == "inactive":
            return fault("watchdog", "watchdog_idle", name=name)
        return ok("watchdog", "watchdog", name=name)
    return fault("watchdog", "no_watchdog")


def readers(inputs: Path | None) -> CheckLine:
    """Whether the readers and buttons of the inputs file are plugged in."""
    if inputs is None:
        return untested("reader", "no_reader")
    try:
        told = read_inputs(inputs)
    except Misconfigured as error:
        return fault("reader", "inputs_bad", file=str(inputs), why=error.detail or error.key)
    paths = [*told.readers, *(spec.path for spec in told.calls)]
    gone = [str(path) for path in paths if not path.exists()]
    if gone:
        return fault("reader", "reader_gone", paths=", ".join(gone))
    return ok("reader", "reader", n=len(paths))


def versions(root: Path) -> CheckLine:
    """What runs here."""
    try:
        qt = version("PySide6-Essentials")
    except PackageNotFoundError:
        qt = "-"
    return ok(
        "versions",
        "versions",
        smartward=__version__,
        python=platform.python_version(),
        qt=qt,
        kernel=platform.release(),
        slot=slot_of(root) or "-",
    )
