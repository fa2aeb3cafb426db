"""What the kernel tells in the files of proc and sysfs."""

import re
from pathlib import Path


def read(file: Path) -> str:
    """What stands there; empty where the kernel does not tell."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def memory(root: Path) -> dict[str, int]:
    """The machine's memory in KiB by the kernel's names for its parts (proc(5), meminfo)."""
    found = re.findall(r"^(\w+):\s+(\d+) kB$", read(root / "proc/meminfo"), re.M)
    return {name: int(kib) for name, kib in found}
