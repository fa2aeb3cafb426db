"""What a process and all that it started cost: memory, processor time, open files."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_MIB = 1024


def family(pid: int) -> list[int]:
    """The process and everything below it that lives."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                parent = int(_stat(int(entry.name))[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, ahead = [], [pid]
    while ahead:
        one = ahead.pop()
        found.append(one)
        ahead += children.get(one, [])
    return found


def pss_mib(pid: int) -> float:
    """Memory of the process and its children, what they share counted once, in MiB."""
    return pss_kib_of(family(pid)) / _MIB


def pss_kib_of(pids: Iterable[int]) -> float:
    """Memory of these processes alone, what they share counted by its part, in KiB."""
    total = 0
    for one in pids:
        with contextlib.suppress(OSError):
            for line in (_PROC / str(one) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total


def processor_s(pid: int) -> float:
    """Seconds of processor time (user and system) of the process and its living children."""
    return processor_s_of(family(pid))


def processor_s_of(pids: Iterable[int]) -> float:
    """Seconds of processor time (user and system) of these processes alone."""
    ticks = 0
    for one in pids:
        with contextlib.suppress(OSError):
            fields = _stat(one)
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def open_files(pid: int) -> int:
    """Descriptors the process itself holds open."""
    return len(list((_PROC / str(pid) / "fd").iterdir()))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the program's name: state, parent, and so on."""
    return (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
