"""The command line: one word picks a program, which reads the rest itself.

Programs are imported when they are chosen: a screen must not load the hub to draw its first frame.
"""

import gc
import importlib
import os
import sys
from collections.abc import Callable
from typing import cast

from smartward.errors import Misconfigured, SmartWardError
from smartward.log import complain

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("smartward.demo.story", "a living ward on this machine, with or without a display"),
    "hub": ("smartward.hub.process", "the ward's hub"),
    "screen": (
        "smartward.screen.process",
        "a screen: auto (asks where it hangs), bedhead, bedside, door, station, corridor",
    ),
    "his": (
        "smartward.his.main",
        "sim: a simulated hospital; check URL: what one can do; key: the hub's",
    ),
    "enrol": ("smartward.hub.enrol", "make a screen known to the running hub, gives its token"),
    "fleet": ("smartward.fleet", "every device of the ward, and what is wrong with it"),
    "updates": ("smartward.hub.updates_cli", "new images for the screens, in rings"),
    "staff": ("smartward.hub.staff_cli", "badges and PINs of the ward's people"),
    "call-point": (
        "smartward.hub.call_point_cli",
        "handsets, cords, buttons: add, move, list, remove",
    ),
    "audit": ("smartward.hub.audit_cli", "export: who did what, as FHIR; verify: is it whole"),
    "masking": ("smartward.hub.masking_cli", "what of a name each place shows, and a preview"),
    "rules": ("smartward.hub.rules_cli", "every alert rule with its thresholds; check a file"),
    "rehearse": (
        "smartward.hub.rehearsal.cli",
        "the ward's past by other alert rules; what rules in shadow would have said",
    ),
    "drill": (
        "smartward.drill",
        "a silent test call from every bed; the record of it as a PDF file",
    ),
    "voice": ("smartward.device.record", "record prompts by a person; list what can be heard"),
    "check": ("smartward.check", "what this machine has, and every setting with its source"),
    "bench": (
        "smartward.bench.main",
        "call | board | sync | alerts | alert-cost | alert-pixels | chaos: figures and limits",
    ),
}


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {meaning}" for name, (_, meaning) in COMMANDS.items()]
    return "\n".join(["usage: smartward COMMAND …   (COMMAND --help tells more)", *lines])


def main(argv: list[str] | None = None) -> None:
    """Run a command. Exits with 2 when it is not one, 1 when it fails with a reason."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_usage())
        sys.exit(0 if arguments else 2)
    if arguments[0] not in COMMANDS:
        print(f"smartward: no such command: {arguments[0]}\n{_usage()}", file=sys.stderr)
        sys.exit(2)
    try:
        code = _run(arguments[0], arguments[1:])
    except SmartWardError as error:
        complain(f"smartward {arguments[0]}: {_told(error)}")
        code = 1
    except KeyboardInterrupt:
        code = 130  # as a shell says it
    except BrokenPipeError:
        # Whoever read it has gone (`… | head`); at exit Python would write there once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def _run(command: str, arguments: list[str]) -> int:
    """What the program ends with. Raises Misconfigured where this machine lacks what it needs."""
    if command == "screen":
        # All that is loaded until the first frame is kept: to look through it for what could be
        # thrown away takes a tenth of the time until then. The screen collects again behind it.
        gc.disable()
    try:
        if command == "screen":
            _before_a_screen()
        module = importlib.import_module(COMMANDS[command][0])
    except ImportError as error:
        package, _, part = (error.name or "").partition(".")
        if package == "smartward":
            if part in ("hub", "screen", "his", "bench", "demo"):
                raise Misconfigured("cli.left_out", str(error), command=command) from error
            raise  # our own fault, with its traceback
        raise Misconfigured("cli.library", str(error), library=error.name or "?") from error
    run = cast(Callable[[list[str]], int | None], module.main)
    try:
        code = run(arguments) or 0
        sys.stdout.flush()
    except OSError as error:
        if error.filename is None:
            raise
        detail = error.strerror or type(error).__name__
        raise Misconfigured("cli.file", detail, file=str(error.filename)) from error
    return code


def _before_a_screen() -> None:
    """What makes all that is loaded from here on quicker to load."""
    from smartward.screen.quick_classes import SCREENS

    SCREENS.begin()
    from smartward import supervisor  # whose classes are made quicker, too

    supervisor.step()
    importlib.import_module("smartward.screen.qt_import")  # before whatever else loads Qt


def _told(error: SmartWardError) -> str:
    """The error in words, in the language of whoever started it, with its detail behind them where
    the words do not hold it."""
    from smartward.errors import BadData
    from smartward.i18n import of_terminal

    try:
        words = of_terminal().text(error.key, **error.values)
    except BadData:
        return str(error)
    return words if error.detail in words else f"{words} ({error.detail})"
