"""The process of a screen: draw first, then the loop behind it; asked to be paired, or paired no
more, it begins anew."""

import argparse
import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smartward import log as logs
from smartward import supervisor
from smartward.screen import first_frame, no_dumps
from smartward.screen.app import ScreenProgram
from smartward.screen.display import open_display
from smartward.screen.options import AUTO, parser

if TYPE_CHECKING:
    import asyncio

    from PySide6.QtGui import QGuiApplication

    from smartward.screen.enrolled import Enrolled
    from smartward.screen.event_loop import ScreenLoop
    from smartward.screen.first_start import PairingPage


def main(argv: Sequence[str] | None = None) -> int:
    """Run one display until its window closes. Gives the exit code. Raises Misconfigured where
    there is no display."""
    supervisor.step()
    args = parser().parse_args(argv)
    no_dumps.limit()
    paired = _paired(args)
    logs.setup(f"screen-{args.role}")
    # Most kiosks draw without a GPU, and a software OpenGL is slower than Qt's own renderer.
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    app = open_display()
    supervisor.step()
    app.setQuitOnLastWindowClosed(False)
    program = _pairing_page(args) if args.role == AUTO else ScreenProgram(args, paired)
    app.lastWindowClosed.connect(program.ended.set)
    try:
        supervisor.step()
        program.draw()
        supervisor.step()
        with _loop(app) as loop:
            _end_on_signals(loop, program)
            code = int(loop.run_until_complete(program.run()))
    finally:
        program.close()
    if program.begins_anew is not None:
        supervisor.step()
        _begin_anew(ask=program.begins_anew)
    return code


def _end_on_signals(
    loop: "asyncio.AbstractEventLoop", program: "ScreenProgram | PairingPage"
) -> None:
    """End in order on SIGTERM and SIGINT; Qt's loop does not look at Python's signals itself."""
    import socket

    ours, pythons = socket.socketpair()
    for end in (ours, pythons):
        end.setblocking(False)
    signal.set_wakeup_fd(pythons.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: program.ended.set())
    loop.add_reader(ours, ours.recv, 64)
    # Closed with the process: Python writes to its end for as long as there are signals.
    program.signal_sockets = (ours, pythons)


def _loop(app: "QGuiApplication") -> "ScreenLoop":
    """The loop of what comes behind the first frame: asyncio's, on Qt's."""
    import asyncio

    from smartward.screen.event_loop import ScreenLoop

    loop = ScreenLoop(app)
    asyncio.set_event_loop(loop)
    first_frame.over()
    return loop


def _begin_anew(*, ask: bool) -> None:
    from smartward.screen.first_start import begin_anew

    begin_anew(ask=ask)


def _pairing_page(args: argparse.Namespace) -> "PairingPage":
    from smartward.screen.first_start import PairingPage

    return PairingPage(args)


def _paired(args: argparse.Namespace) -> "Enrolled | None":
    """What this screen is by its pairing, as its arguments say from then on."""
    if args.role != AUTO:
        return None
    from smartward.screen import first_start

    return first_start.resolve(args)
