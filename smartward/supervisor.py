"""A word to systemd, where it started this program: that it is ready, that it lives, that it ends.

The protocol is sd_notify(3): a datagram of `NAME=value` lines to the socket that the environment
names. Nothing is told where there is none. WATCHDOG_PID is not looked at: a screen is started by
its compositor, which systemd takes for the service.
"""

import logging
import os

from smartward.clock import Clock

log = logging.getLogger("smartward.supervisor")

_OFTEN = 3.0
"""Signs of life within the time after which systemd ends a program that gives none."""


def tell(state: str) -> None:
    """Tell `state`, as `READY=1`. What systemd does not take is logged, and no reason to end."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    import socket  # here, and not above: a screen tells nothing before its first frame

    if address.startswith("@"):
        address = "\0" + address[1:]  # Linux's sockets without a file
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
            told.connect(address)
            told.sendall(state.encode())
    except OSError as error:
        log.warning("systemd does not hear %s: %s", state, error)


def watchdog_s() -> float | None:
    """Seconds within which systemd wants a sign of life; None where it wants none."""
    said = os.environ.get("WATCHDOG_USEC", "")
    return int(said) / 1e6 if said.isdecimal() and int(said) > 0 else None


async def keep_alive(clock: Clock) -> None:
    """Give signs of life for as long as the event loop turns, where they are wanted.

    Run on the loop that does the program's work: that it stands still is what systemd shall see.
    """
    limit = watchdog_s()
    while limit is not None:
        tell("WATCHDOG=1")
        await clock.sleep(limit / _OFTEN)
