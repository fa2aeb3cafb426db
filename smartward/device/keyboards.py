"""Which keyboards are plugged in, so that one that nobody configured is told to the journal.

A USB stick that poses as a keyboard types whatever it likes into whatever is open. With
`keyboards = "refused"` in the inputs file no key reaches the page but through a device that the
file names; a udev rule keeps it from the system as well (71-smartward-usb-keyboards.rules).
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from smartward.clock import Clock
from smartward.device.input_devices import blocks, event_of, name_of

log = logging.getLogger("smartward.device.keyboards")

_LOOK_S = 5.0
_KEY_A = 30
"""A keyboard has letters; buttons of a case or a panel have none (linux/input-event-codes.h)."""
_WORD_BITS = 64


@dataclass(frozen=True, slots=True)
class Keyboard:
    """One as the kernel names it. `usb`: vendor:product in hexadecimal."""

    usb: str
    name: str
    event: str


def keyboards(root: Path = Path("/")) -> frozenset[Keyboard]:
    """All that can type letters now (/proc/bus/input/devices)."""
    return frozenset(one for block in blocks(root) if (one := _keyboard(block)) is not None)


def _keyboard(block: str) -> Keyboard | None:
    keys = re.search(r"^B: KEY=([0-9a-f ]+)$", block, re.M)
    usb = re.search(r"^I: .*Vendor=([0-9a-f]{4}) Product=([0-9a-f]{4})", block, re.M)
    event = event_of(block)
    if keys is None or usb is None or event is None:
        return None
    lowest = keys[1].split()[-1]
    if not int(lowest, 16) & (1 << (_KEY_A % _WORD_BITS)):
        return None
    return Keyboard(f"{usb[1]}:{usb[2]}", name_of(block) or "", event)


async def watch(clock: Clock, named: Iterable[Path], root: Path = Path("/")) -> None:
    """Tell for ever of each keyboard that comes and that no path of `named` leads to."""
    known: frozenset[Keyboard] = frozenset()
    while True:
        now = keyboards(root)
        ours = {path.resolve().name for path in named}
        for one in sorted(now - known, key=lambda each: each.event):
            if one.event not in ours:
                log.warning("keyboard %s (%s) is not configured: refused", one.usb, one.name)
        known = now
        await clock.sleep(_LOOK_S)
