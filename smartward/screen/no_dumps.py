"""No memory of a screen is written to a disk when it crashes: patients' data and keys are in it."""

import logging
import os
import resource

log = logging.getLogger("smartward.screen")

_PR_SET_DUMPABLE = 4
"""linux/prctl.h"""
_NOT_EVEN_PIPED = 1
"""Of RLIMIT_CORE: too small for a file, and the one value at which Linux hands no dump to a program
either (`core_pattern` with a pipe), for which 0 is no limit (fs/coredump.c)."""


def limit() -> None:
    """From here on this process and those that it starts leave no core dump."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    most = _NOT_EVEN_PIPED if hard != 0 else 0
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def shut() -> None:
    """Nor may another program of the same user look into this process (ptrace, /proc/PID/mem)."""
    import ctypes  # not before the first frame

    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.error("this process stays open to debuggers: %s", os.strerror(ctypes.get_errno()))
