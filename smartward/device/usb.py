"""What is plugged into a screen beside what it was placed with, for the hospital's SIEM: one line
of the journal each, with an id that does not change (packaging/fleet.md).

What is plugged in when a data folder is new counts as its own. The kernel tells of USB in sysfs,
and of an opened case where the board has a switch for that (hwmon, intrusion*_alarm). Which
parts of a device are refused is udev's to decide (packaging/image.md, "USB"); here it is told.
"""

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from smartward.clock import Clock
from smartward.device.fault_keys import LIST_FAULT, START_FAULT
from smartward.device.fault_watch import FaultWatch
from smartward.device.kernel import read
from smartward.storage import write_whole

log = logging.getLogger("smartward.security")

FILE = "usb.json"
"""In the data folder: what the screen was placed with."""
AGAIN_S = 3600.0
"""What one kind of device does again within so long is counted, and told once at its end: a plug
that sits loose would fill the journal."""
_KINDS = {
    "1": "audio",
    "2": "network",
    "3": "input",
    "6": "camera",
    "7": "printer",
    "8": "storage",
    "9": "hub",
    "10": "network",
    "11": "smartcard",
    "14": "camera",
    "224": "wireless",
}
"""By the interface's class (usb.org, Defined Class Codes); the kernel's uevent has it decimal."""
_KEYBOARD = ("3", "1", "1")
"""An input that says of itself that it boots as a keyboard."""
_BUS = re.compile(r"usb\d+$")
"""The machine's own end of a bus."""
_LEFT_OUT = "run/smartward-usb/left-out"
"""Of an image: which parts of its list are (usb_rules.py), one a line."""
_UNREAD = "start-partition"
"""Stands there where what holds the list cannot be read (read-place)."""
_PART = re.compile(r"[a-z.-]{1,20}", re.ASCII)
_NODES = ("input/input*/event*", "*/input/input*/event*", "rc/rc*/input*/event*")
"""Where below an interface its nodes of input are: of a driver of its maker's own kind, of HID, of
what receives a remote control."""
_READ_BY_GROUP = 0o040
"""Of a node of input: without it no program of the screen's may read it."""


@dataclass(frozen=True, slots=True, order=True)
class Plugged:
    """One device. `usb`: vendor:product in hexadecimal; `kinds`: what its interfaces are for; not
    where it is plugged in, nor its serial number: one of a kind may take the place of another.
    `refused`: those of the kinds that have no driver, or that no program may read."""

    usb: str
    kinds: str
    refused: str = field(default="", compare=False)

    def told(self) -> str:
        """As a line of the journal has it."""
        words = f"usb={self.usb} kind={self.kinds}"
        return f"{words} refused={self.refused}" if self.refused else words


def plugged(root: Path) -> Counter[Plugged] | None:
    """All that is on USB now; None where the kernel does not tell."""
    folder = root / "sys/bus/usb/devices"
    try:
        names = sorted(one.name for one in folder.iterdir())
    except OSError:
        return None
    told = {name: _told(folder / name / "uevent") for name in names if not _BUS.match(name)}
    kinds: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for name, what in told.items():
        if "INTERFACE" in what:
            device, kind = name.partition(":")[0], _kind(what["INTERFACE"])
            kinds.setdefault(device, set()).add(kind)
            if read(folder / name / "authorized").strip() == "0":
                refused.setdefault(device, set()).add(kind)
            elif _closed(root, folder / name):
                refused.setdefault(device, set()).add("keys")
    return Counter(
        Plugged(
            _number(what["PRODUCT"]),
            ",".join(sorted(kinds.get(name, ()))) or "-",
            ",".join(sorted(refused.get(name, ()))),
        )
        for name, what in told.items()
        if what.get("DEVTYPE") == "usb_device" and "PRODUCT" in what
    )


def opened(root: Path) -> frozenset[str]:
    """Which of the case's switches say that it was opened; each says so until it is reset."""
    files = (root / "sys/class/hwmon").glob("hwmon*/intrusion*_alarm")
    return frozenset(f"{one.parent.name}/{one.name}" for one in files if read(one).strip() == "1")


class PlugWatch(FaultWatch):
    """Tells of what comes and goes. `folder`: with the screen's data."""

    def __init__(self, clock: Clock, folder: Path, root: Path = Path("/")) -> None:
        super().__init__(clock)
        self._file = folder / FILE
        self._root = root
        self._own: Counter[Plugged] | None = None
        self._there: Counter[Plugged] = Counter()
        self._undecided: Counter[Plugged] = Counter()
        """What came with refused parts by the last look: udev may have been at it still."""
        self._opened: frozenset[str] = frozenset()
        self._left_out: frozenset[str] = frozenset()
        self._told: dict[tuple[str, str, Plugged], tuple[float, int]] = {}
        """What was told when, in monotonic seconds, and how often it has been so since."""

    @property
    def faults(self) -> frozenset[str]:
        """Text keys of what is wrong now."""
        return frozenset(START_FAULT if part == _UNREAD else LIST_FAULT for part in self._left_out)

    def look(self) -> None:
        """Once: each device that is not the screen's own is told when it comes, or one look later
        where parts of it are refused; each of its own when it is missing, and the case when it was
        opened. Of what does so again and again, how often."""
        now = plugged(self._root)
        if now is not None:
            if self._own is None:
                self._own = self._there = self._kept(now)
                for one in sorted((now & self._own).elements()):
                    if one.refused:
                        _tell("SW-1104", "info", "usb.off", one.told())
            own = self._own
            come = (now - own) - (self._there - own)
            waits = Counter(one for one in come.elements() if one.refused) - self._undecided
            # One that is gone by now was here all the same.
            for one in sorted(((come - waits) | self._undecided).elements()):
                self._tell_of("SW-1101", "usb.new", one)
            for one in sorted(((own - now) - (own - self._there)).elements()):
                self._tell_of("SW-1102", "usb.gone", one)
            self._undecided = waits
            self._there = now - waits
            self._tell_counts(now)
        wide = opened(self._root)
        for name in sorted(wide - self._opened):
            _tell("SW-1103", "warning", "case.opened", f"switch={name}")
        self._opened = wide
        left_out = frozenset(_PART.findall(read(self._root / _LEFT_OUT)))
        for part in sorted(left_out - self._left_out):
            _tell("SW-1105", "error", "usb.list", f"left_out={part}")
        self._left_out = left_out

    def _tell_of(self, id: str, event: str, one: Plugged) -> None:
        known = self._told.get((id, event, one))
        if known is None:
            _tell(id, "warning", event, one.told())
            self._told[id, event, one] = (self._clock.monotonic(), 0)
        else:
            self._told[id, event, one] = (known[0], known[1] + 1)

    def _tell_counts(self, now: Counter[Plugged]) -> None:
        at = self._clock.monotonic()
        for (id, event, one), (since, times) in list(self._told.items()):
            if at - since < AGAIN_S:
                continue
            if times == 0:  # it keeps still: the next time is told at once
                del self._told[id, event, one]
                continue
            _tell(id, "warning", event, f"{one.told()} times={times} there={now[one]}")
            self._told[id, event, one] = (at, 0)

    def _kept(self, now: Counter[Plugged]) -> Counter[Plugged]:
        try:
            told = msgspec.json.decode(self._file.read_bytes(), type=list[tuple[str, str]])
        except FileNotFoundError:
            told = sorted((one.usb, one.kinds) for one in now.elements())
            self._keep(told)
        except (OSError, msgspec.DecodeError) as error:
            log.error("%s cannot be read, all that is plugged in is told: %s", FILE, error)
            told = []
        return Counter(Plugged(*one) for one in told)

    def _keep(self, told: list[tuple[str, str]]) -> None:
        try:
            write_whole(self._file, msgspec.json.encode(told))
        except OSError as error:
            log.error("%s cannot be kept: what is plugged in is held against now: %s", FILE, error)


def _tell(id: str, severity: str, event: str, what: str) -> None:
    log.log(
        logging.getLevelNamesMapping()[severity.upper()],
        "%s severity=%s event=%s %s",
        id,
        severity,
        event,
        what,
    )


def _closed(root: Path, interface: Path) -> bool:
    """Whether udev has closed a node of input that this interface brought to all but root."""
    for node in (one for where in _NODES for one in interface.glob(where)):
        try:
            mode = (root / "dev/input" / node.name).stat().st_mode
        except OSError:  # udev has not made it yet
            continue
        if not mode & _READ_BY_GROUP:
            return True
    return False


def _kind(interface: str) -> str:
    parts = tuple(interface.split("/"))
    return "keyboard" if parts == _KEYBOARD else _KINDS.get(parts[0], f"class-{parts[0]}")


def _number(product: str) -> str:
    vendor, model, *_ = (*product.split("/"), "", "")
    return f"{vendor:0>4}:{model:0>4}"


def _told(uevent: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in read(uevent).splitlines())
    return {name: value for name, _, value in pairs}
