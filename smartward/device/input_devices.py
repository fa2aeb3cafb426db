"""What the kernel tells of the devices that one types on or touches (/proc/bus/input/devices)."""

import re
from pathlib import Path

from smartward.device.kernel import read

_LIST = "proc/bus/input/devices"
_DIRECT = 1 << 1
"""INPUT_PROP_DIRECT (linux/input-event-codes.h): one touches what one sees."""


def lists(root: Path) -> bool:
    """Whether the kernel tells of such devices, be it that there are none."""
    return (root / _LIST).is_file()


def blocks(root: Path) -> list[str]:
    """The lines of each device; none where the kernel does not tell."""
    told = read(root / _LIST)
    return told.split("\n\n") if told else []


def is_touched(block: str) -> bool:
    """Whether it is a panel that one touches."""
    prop = re.search(r"^B: PROP=([0-9a-f]+)\s*$", block, re.M)
    return prop is not None and bool(int(prop[1], 16) & _DIRECT)


def event_of(block: str) -> str | None:
    """The name of its event file, None where it has none."""
    event = re.search(r"^H: Handlers=.*\b(event\d+)\b", block, re.M)
    return None if event is None else event[1]


def name_of(block: str) -> str | None:
    """What it calls itself."""
    name = re.search(r'^N: Name="(.*)"$', block, re.M)
    return None if name is None else name[1]
