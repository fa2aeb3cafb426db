"""A placed screen looks itself over from within its running program, as its hub orders it: what
`smartward check --device` does where somebody may log in, of which an image has nobody.

What needs a person is done only where the order says that there is one.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

from smartward.clinical.device_check import Checked, CheckLine, CheckWish, fault, ok, untested
from smartward.clinical.screen_health import TOUCHED
from smartward.clinical.words import Value
from smartward.columns import printable
from smartward.screen.check_order import Running
from smartward.screen.check_parts import (
    disk_room,
    disk_speed,
    display,
    light,
    memory,
    readers,
    touch_devices,
    versions,
    watchdog,
)
from smartward.screen.hub_check import all_of, certificate_line
from smartward.screen.keys_kept import keys
from smartward.screen.seed import serial_of
from smartward.wire.order import LONGEST

ROOT = Path("/")
TOUCH_S = 60.0
"""So long it asks on the panel for a touch."""
_TOUCHED_S = 900.0
"""A touch within the last quarter of an hour is one of whoever placed it."""
_LOOK_S = 0.2


async def self_check(wish: CheckWish, running: Running) -> Checked:
    """Look at everything that is wanted."""
    hub = running.hub()
    (_, of_hub), machine, touch, sound = await asyncio.gather(
        all_of(hub, running.clock, wish.place, call=wish.call),
        asyncio.to_thread(_machine, running, running.inputs()),
        _touch(wish, running),
        _sound(wish, running),
    )
    certificate = certificate_line(hub.certificate, running.clock.now())
    # Its own light this program sets in this thread alone.
    shines = light(running.lights)
    lines = (certificate, *of_hub, *machine, shines, touch, sound, versions(ROOT))
    serial = printable(serial_of(running.serial(), ROOT))[:LONGEST]
    return Checked(lines=tuple(map(_sendable, lines)), serial=serial)


def _machine(running: Running, inputs: Path | None) -> list[CheckLine]:
    return [
        disk_speed(running.folder, running.clock),
        disk_room(running.folder),
        memory(ROOT),
        keys(running.folder),
        display(ROOT),
        watchdog(ROOT),
        readers(inputs),
    ]


async def _touch(wish: CheckWish, running: Running) -> CheckLine:
    """A touch that the program feels came the whole way: panel, kernel, compositor, window."""
    names = ", ".join(name for name, _ in touch_devices(ROOT))
    return await felt(names, wish, running)


async def felt(names: str, wish: CheckWish, running: Running) -> CheckLine:
    """Whether a finger was felt of late, or is now that it is asked for. `names`: the panels that
    the kernel has found; empty: none."""
    if not names and running.role not in TOUCHED:
        return untested("touch", "no_touch_needed")
    if not names:
        return fault("touch", "no_touch_device")
    began = running.clock.monotonic()
    at = running.touched_at()
    if wish.touch:
        return await _asked(names, began, running)
    if at is not None and began - at <= _TOUCHED_S:
        return ok("touch", "touched_before", names=names, min=round((began - at) / 60))
    return untested("touch", "touch_unasked", names=names, min=round(_TOUCHED_S / 60))


async def _asked(names: str, began: float, running: Running) -> CheckLine:
    running.ask_touch(TOUCH_S)
    try:
        while running.clock.monotonic() - began < TOUCH_S:
            at = running.touched_at()
            if at is not None and at > began:
                return ok("touch", "touch", name=names)
            await running.clock.sleep(_LOOK_S)
    finally:
        running.ask_touch(0)
    return fault("touch", "not_touched", names=names, s=round(TOUCH_S))


async def _sound(wish: CheckWish, running: Running) -> CheckLine:
    faults = running.sound_faults()
    if faults:
        return fault("sound", "sound_faulty", why=",".join(sorted(faults)))
    if faults is None or not wish.sound:
        return untested("sound", "no_sound_here" if faults is None else "left_out")
    # Imported when wanted: what it measures with takes megabytes.
    from smartward.screen.check_hands import heard

    return await asyncio.to_thread(heard, lambda: None)


def _sendable(line: CheckLine) -> CheckLine:
    """What a machine told of itself may hold anything."""

    def sendable(value: Value) -> Value:
        return printable(value)[:LONGEST] if isinstance(value, str) else value

    return replace(line, values={name: sendable(value) for name, value in line.values.items()})
