"""usb_rules.py: the USB devices that device.toml lists, as udev's rules.

    [usb]
    keyboards = ["05fe:1010"]    # readers, buttons and cords that pose as keyboards
    devices = ["0bda:8153"]      # others that the machine has, as a network adapter

Vendor and product in hexadecimal. What is taken without being listed, and what listing does, is in
72-smartward-usb.rules, which goes by the marks that are set here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from settings_files import shown, tell

RULES = Path("/run/udev/rules.d/71-smartward-usb-listed.rules")
LEFT_OUT = Path("/run/smartward-usb/left-out")
"""Which parts of the file were left out, one a line: the screen tells its ward and the hospital."""
_NUMBER = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})", re.ASCII | re.IGNORECASE)
# An interface knows its device's numbers without the zeros before them, a node of input with them.
_INTERFACE = 'SUBSYSTEM=="usb", ENV{{PRODUCT}}=="{vendor:x}/{product:x}/*", ENV{{{mark}}}="1"\n'
_NODE = (
    'SUBSYSTEM=="input", ENV{{ID_VENDOR_ID}}=="{vendor:04x}", '
    'ENV{{ID_MODEL_ID}}=="{product:04x}", ENV{{{mark}}}="1"\n'
)
LISTS = {
    "keyboards": ("SMARTWARD_USB_KEYBOARD", _INTERFACE + _NODE),
    "devices": ("SMARTWARD_USB_DEVICE", _INTERFACE),
}


def leave_out(part: str, why: str) -> None:
    """Tell of what was left out of a part of the file: to the journal, and to the screen."""
    tell(f"{part}: {why}")
    LEFT_OUT.parent.mkdir(parents=True, exist_ok=True)
    with LEFT_OUT.open("a", encoding="utf-8") as file:
        file.write(f"{part}\n")


def listed(settings: dict[str, Any], name: str) -> Iterator[tuple[int, int]]:
    """Vendor and product of each device in a list; what is none is told."""
    told = settings.get(name, [])
    for each in told if isinstance(told, list) else [told]:
        found = _NUMBER.fullmatch(each) if isinstance(each, str) else None
        if found is None:
            why = f"{shown(each)} is left out: it is no device; write VENDOR:PRODUCT as 05fe:1010"
            leave_out(f"usb.{name}", why)
        else:
            yield int(found[1], 16), int(found[2], 16)


def rules(told: dict[str, Any]) -> str:
    """The rules of a device.toml; nothing where it lists none."""
    settings = told.get("usb", {})
    if not isinstance(settings, dict):
        leave_out("usb", f"{shown(settings)} is left out: it is no table; write [usb]")
        return ""
    for name in sorted(settings.keys() - LISTS.keys()):
        leave_out("usb", f"{shown(name)} is left out: there are {' and '.join(LISTS)}")
    return "".join(
        rule.format(vendor=vendor, product=product, mark=mark)
        for name, (mark, rule) in LISTS.items()
        for vendor, product in listed(settings, name)
    )


def forget() -> None:
    """What an earlier file listed, and what was left out of it."""
    for file in (LEFT_OUT, RULES):
        file.unlink(missing_ok=True)


def write(told: dict[str, Any]) -> None:
    """Have udev find them."""
    wanted = rules(told)
    if wanted:
        RULES.parent.mkdir(parents=True, exist_ok=True)
        RULES.write_text(wanted)
