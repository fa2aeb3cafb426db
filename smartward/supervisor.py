"""A word to systemd, where it started this program: that it is ready, that it lives, that it ends.

The protocol is sd_notify(3): a datagram of `NAME=value` lines to the socket that the environment
names. Nothing is told where there is none. WATCHDOG_PID is not looked at: a screen is started by
its compositor, which systemd takes for the service.
"""

import logging
import os
from contextlib import closing

from smartward.clock import Clock

log = logging.getLogger("smartward.supervisor")

_OFTEN = 3.0
"""Signs of life within the time after which systemd ends a program that gives none."""

STEP_S = 180.0
"""Seconds that each step of a screen's start may take: as many as `TimeoutStartSec` of its services
gives to all of it."""


def tell(state: str) -> None:
    """Tell `state`, as `READY=1`. What systemd does not take is logged, and no reason to end."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # Not `socket`, whose other names take some milliseconds of a screen's first frame.
    from _socket import AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, socket

    if address.startswith("@"):
        address = "\0" + address[1:]  # Linux's sockets without a file
    try:
        with closing(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC)) as told:
            told.connect(address)
            told.sendall(state.encode())
    except OSError as error:
        log.warning("systemd does not hear %s: %s", state, error)


def step() -> None:
    """Tell that the start has got one step further, once for each: what is slow comes up late,
    and what hangs in a step is ended `STEP_S` after it began, but not before `TimeoutStartSec`.

    A program that begins anew in its own place is no start to systemd, which goes on to wait for
    its signs of life: those, too, may be as far apart until `keep_alive`.
    """
    within = f"{STEP_S * 1e6:.0f}"
    watched = "" if watchdog_s() is None else f"\nWATCHDOG_USEC={within}"
    tell(f"EXTEND_TIMEOUT_USEC={within}{watched}")


def watchdog_s() -> float | None:
    """Seconds within which systemd wants a sign of life; None where it wants none."""
    said = os.environ.get("WATCHDOG_USEC", "")
    return int(said) / 1e6 if said.isdecimal() and int(said) > 0 else None


async def keep_alive(clock: Clock) -> None:
    """Give signs of life for as long as the event loop turns, where they are wanted.

    Run on the loop that does the program's work: that it stands still is what systemd shall see.
    """
    limit = watchdog_s()
    if limit is not None:
        tell(f"WATCHDOG_USEC={limit * 1e6:.0f}")  # which `step` has set
    while limit is not None:
        tell("WATCHDOG=1")
        await clock.sleep(limit / _OFTEN)
