"""The command line: one word picks a program, which reads the rest itself.

Programs are imported when they are chosen: a screen must not load the hub to draw its first frame.
"""

import importlib
import sys
from collections.abc import Callable
from typing import cast

from smartward.errors import SmartWardError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("smartward.demo.story", "a living ward on this machine, with or without a display"),
    "hub": ("smartward.hub.app", "the ward's hub"),
    "screen": ("smartward.screen.app", "a screen: bedhead, bedside, door or station"),
    "his": ("smartward.his.main", "sim: a simulated hospital system; check URL: what one can do"),
    "enrol": ("smartward.hub.enrol", "make a screen known to the running hub, gives its token"),
    "check": ("smartward.check", "what this machine has, and every setting with its source"),
    "bench": ("smartward.bench.main", "call | board: figures beside their limits"),
}


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {meaning}" for name, (_, meaning) in COMMANDS.items()]
    return "\n".join(["usage: smartward COMMAND …   (COMMAND --help tells more)", *lines])


def main(argv: list[str] | None = None) -> None:
    """Run a command; exits with 2 when it is not one, 1 when it fails with a reason."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_usage())
        sys.exit(0 if arguments else 2)
    if arguments[0] not in COMMANDS:
        print(f"smartward: no such command: {arguments[0]}\n{_usage()}", file=sys.stderr)
        sys.exit(2)
    module = importlib.import_module(COMMANDS[arguments[0]][0])
    run = cast(Callable[[list[str]], int | None], module.main)
    try:
        sys.exit(run(arguments[1:]) or 0)
    except SmartWardError as error:
        print(f"smartward {arguments[0]}: {_told(error)}", file=sys.stderr)
        sys.exit(1)


def _told(error: SmartWardError) -> str:
    """The error in words, with the technical detail behind it."""
    from zoneinfo import ZoneInfo

    from smartward.errors import BadData
    from smartward.i18n import Catalogue

    try:
        words = Catalogue("en", ZoneInfo("UTC")).text(error.key, **error.values)
    except BadData:
        return str(error)
    return f"{words} ({error.detail})" if error.detail else words
