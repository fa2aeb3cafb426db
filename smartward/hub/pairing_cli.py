"""`smartward enrol waiting | approve | refuse`: screens that ask by themselves to be paired."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smartward.clinical.device import ScreenRole
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import of_terminal

COMMANDS = ("waiting", "approve", "refuse")

Asking = Callable[..., dict[str, Any]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward enrol", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub")
    parser.add_argument("--admin", type=Path, help="the hub's admin socket")
    one = parser.add_subparsers(dest="command", required=True)
    one.add_parser("waiting", help="show the screens that wait, with their codes")
    refuse = one.add_parser("refuse", help="this screen is none of ours")
    refuse.add_argument("code", help="the six characters on the screen")
    approve = one.add_parser("approve", help="this screen stands there from now on")
    approve.add_argument("code", help="the six characters on the screen, or what its QR code says")
    place = approve.add_mutually_exclusive_group()
    place.add_argument("--bed", dest="place", help="number or id of its bed")
    place.add_argument("--room", dest="place", help="name or id of its room: a door screen")
    approve.add_argument(
        "--role", choices=[str(role) for role in ScreenRole], help="bedside, where a bed is given"
    )
    approve.add_argument("--label", default="", help="what people call this screen")
    there = approve.add_mutually_exclusive_group()
    there.add_argument(
        "--replace",
        action="store_true",
        help="it stands there instead of the screen of its role, which is revoked: a swap",
    )
    there.add_argument(
        "--second",
        action="store_true",
        help="there are really two screens of this role at this place",
    )
    for command in one.choices.values():
        command.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS)
        command.add_argument("--admin", type=Path, default=argparse.SUPPRESS)
    return parser


def main(argv: list[str], ask: Asking) -> int:
    """Say something about screens that wait; gives JSON on standard output. Raises Unreachable,
    Misconfigured."""
    options = _parser().parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.command == "waiting":
        for one in ask(path, do="waiting")["waiting"]:
            print(json.dumps(one, ensure_ascii=False))
        return 0
    if options.command == "refuse":
        print(json.dumps(ask(path, do="refuse", code=options.code)))
        return 0
    answer = ask(
        path,
        do="approve",
        code=options.code,
        role=options.role or _role_at(options, argv),
        place=options.place,
        label=options.label,
        replace=options.replace,
        second=options.second,
    )
    print(json.dumps(answer, ensure_ascii=False))
    words = of_terminal()
    for device in answer["replaced"]:
        print(words.text("enrol.revoked", device=device), file=sys.stderr)
    if answer["lost_points"]:
        ids = ", ".join(answer["lost_points"])
        print(words.text("call_points.left_behind", ids=ids), file=sys.stderr)
    return 0


def _role_at(options: argparse.Namespace, argv: list[str]) -> str | None:
    """A bed has a bedside screen, a room a door; without either it is what it was."""
    if options.place is None:
        return None
    by_room = any(one == "--room" or one.startswith("--room=") for one in argv)
    return str(ScreenRole.DOOR if by_room else ScreenRole.BEDSIDE)
