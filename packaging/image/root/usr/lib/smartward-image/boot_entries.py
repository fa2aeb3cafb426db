"""boot_entries.py COMMAND …: which of the two systems starts next, as entries of systemd-boot tell.

RAUC's custom bootloader backend: `get-primary`, `set-primary SLOT`, `get-state SLOT`,
`set-state SLOT good|bad`. And its handler before it writes: `prepare`, which lays the kernel and
the RAM disk of the bundle beside the other slot's root.

An entry `smartward-b+3.conf` has three tries; systemd-boot counts them in the name and chooses the
entry with the highest `version` of those that have any left. One without a count is a good one.
"""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ESP = Path("/efi")
SLOTS = ("a", "b")
TRIES = 3
PARTS = ("vmlinuz", "initrd", "entry.conf")
_NAME = re.compile(r"smartward-([ab])(?:\+(\d+)(?:-\d+)?)?\.conf")
_VERSION = re.compile(r"(?m)^version +(\d+)$")
_RUNS = re.compile(r"(?:^|\s)root=PARTLABEL=sw_root_([ab])(?:\s|$)")


@dataclass(frozen=True)
class Entry:
    """One entry. `left`: tries; None: it needs none, it is a good one."""

    file: Path
    slot: str
    left: int | None
    version: int


def running(command_line: str) -> str:
    """The slot whose root was started. Raises ValueError where it is none of ours."""
    found = _RUNS.search(command_line)
    if found is None:
        raise ValueError(f"no slot of ours in the kernel's command line: {command_line!r}")
    return found[1]


def other(slot: str) -> str:
    """The slot beside this one."""
    return SLOTS[1 - SLOTS.index(slot)]


def entries(esp: Path) -> list[Entry]:
    """All of ours, the one that starts next first."""
    found = []
    for file in sorted((esp / "loader/entries").iterdir(), reverse=True):
        name = _NAME.fullmatch(file.name)
        if name is None:
            continue
        version = _VERSION.search(file.read_text(encoding="utf-8"))
        left = None if name[2] is None else int(name[2])
        found.append(Entry(file, name[1], left, 0 if version is None else int(version[1])))
    return sorted(found, key=lambda one: (one.left == 0, -one.version))


def of(esp: Path, slot: str) -> Entry | None:
    """The entry of a slot; of two, which a power cut may leave, the one that would start."""
    return next((one for one in entries(esp) if one.slot == slot), None)


def state(esp: Path, slot: str) -> str:
    """`good` or `bad`: whether the slot can be started."""
    found = of(esp, slot)
    return "bad" if found is None or found.left == 0 else "good"


def set_state(esp: Path, slot: str, good: bool) -> None:
    """Take the count away, or all tries."""
    for one in entries(esp):
        if one.slot == slot:
            name = f"smartward-{slot}.conf" if good else f"smartward-{slot}+0.conf"
            one.file.replace(one.file.with_name(name))
    sync(esp / "loader/entries")


def set_primary(esp: Path, slot: str) -> None:
    """Have a slot start next, with all its tries."""
    known = entries(esp)
    kept = esp / "smartward" / slot / "entry.conf"
    mine = next((one for one in known if one.slot == slot), None)
    if kept.is_file():
        text = kept.read_text(encoding="utf-8").replace("@SLOT@", slot)
    elif mine is not None:
        text = _VERSION.sub("", mine.file.read_text(encoding="utf-8"))
    else:
        raise FileNotFoundError(f"{kept}: there is nothing to start slot {slot} with")
    version = max((one.version for one in known), default=0) + 1
    folder = esp / "loader/entries"
    target = folder / f"smartward-{slot}+{TRIES}.conf"
    write(target, f"{text.rstrip()}\nversion {version}\n".encode())
    for one in known:
        if one.slot == slot and one.file != target:
            one.file.unlink()
    sync(folder)


def prepare(esp: Path, source: Path, slot: str) -> None:
    """Lay what starts the bundle's root beside it; until that is whole the slot is a bad one."""
    if of(esp, slot) is not None:
        set_state(esp, slot, good=False)
    folder = esp / "smartward" / slot
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        new = folder / f"{part}.new"
        with (source / part).open("rb") as given, new.open("wb") as copy:
            shutil.copyfileobj(given, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        new.replace(folder / part)
    sync(folder)


def write(file: Path, content: bytes, mode: int | None = None) -> None:
    """All of it or nothing, also after a power cut once the folder is synced. `mode`: whom it lets
    read it, where a file system knows that."""
    new = file.with_name(f".{file.name}.new")
    with new.open("wb") as into:
        into.write(content)
        into.flush()
        os.fsync(into.fileno())
    if mode is not None:
        new.chmod(mode)
    new.replace(file)


def sync(folder: Path) -> None:
    """What was renamed in a folder is on the disk."""
    into = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(into)
    finally:
        os.close(into)


def main(words: list[str]) -> None:
    """One command. Raises ValueError for what is none."""
    match words:
        case ["get-primary"]:
            print(entries(ESP)[0].slot)
        case ["set-primary", slot] if slot in SLOTS:
            set_primary(ESP, slot)
        case ["get-state", slot] if slot in SLOTS:
            print(state(ESP, slot))
        case ["set-state", slot, ("good" | "bad") as how] if slot in SLOTS:
            set_state(ESP, slot, how == "good")
        case ["prepare"]:
            source = Path(os.environ["RAUC_BUNDLE_MOUNT_POINT"])
            prepare(ESP, source, other(running(Path("/proc/cmdline").read_text())))
        case _:
            raise ValueError(f"no such command: {' '.join(words)}")


if __name__ == "__main__":
    main(sys.argv[1:])
