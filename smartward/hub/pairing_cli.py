"""`smartward enrol`: screens that ask to be paired, those that are told of before they are put up
(`expected_cli`), and those that are none of ours any more."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from smartward.arguments import which_hub, word_of
from smartward.clinical.device import ScreenRole
from smartward.hub import expected_cli
from smartward.hub.expected_cli import Asking
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import of_terminal

COMMANDS = ("waiting", "approve", "refuse", *expected_cli.COMMANDS, "wipe", "write-off")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward enrol", description=__doc__)
    one = parser.add_subparsers(dest="command", required=True)
    one.add_parser("waiting", help="show the screens that wait, and numbers still to be typed")
    expected_cli.add(one)
    wipe = one.add_parser("wipe", help="a screen is none of ours any more and forgets all it has")
    wipe.add_argument("device", help="its id: smartward enrol --list")
    off = one.add_parser("write-off", help="nobody waits for a wiped screen: broken, or stolen")
    off.add_argument("device", help="its id: smartward fleet")
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
    which_hub(parser, one.choices.values())
    return parser


def is_ours(argv: Sequence[str]) -> bool:
    """Whether the first word that is no option of the hub's folder is one of these commands."""
    return word_of(argv) in COMMANDS


def main(argv: list[str], ask: Asking) -> int:
    """Say something about screens that wait; gives JSON on standard output. Raises Unreachable,
    Misconfigured."""
    options = _parser().parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.command == "waiting":
        _show_waiting(ask(path, do="waiting"))
        return 0
    if options.command in expected_cli.COMMANDS:
        return expected_cli.main(options, path, ask)
    if options.command == "wipe":
        _wipe(ask(path, do="wipe", device_id=options.device))
        return 0
    if options.command == "write-off":
        print(json.dumps(ask(path, do="write_off", device_id=options.device)))
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
    _tell_lost(answer)
    if "number" in answer:
        _say_number(answer)
    return 0


def _show_waiting(answer: dict[str, Any]) -> None:
    """Those that wait, and the numbers that have still to be typed at those that were approved."""
    for one in (*answer["waiting"], *answer["numbers"]):
        print(json.dumps(one, ensure_ascii=False))
    if not answer["waiting"] and not answer["numbers"]:
        print(of_terminal().text("enrol.nobody_waits"), file=sys.stderr)
    for one in answer["numbers"]:
        _say_number(one)


def _say_number(one: dict[str, Any]) -> None:
    told = {name: one[name] for name in ("number", "code", "device_id")}
    minutes = max(1, round(one["left_s"] / 60))
    print(of_terminal().text("enrol.type_number", n=minutes, **told), file=sys.stderr)


def _wipe(answer: dict[str, Any]) -> None:
    """Say whether it will do so by itself."""
    print(json.dumps(answer))
    key = "enrol.forgets" if answer["forgets"] else "enrol.keeps"
    print(of_terminal().text(key, device=answer["device_id"]), file=sys.stderr)
    _tell_lost(answer)


def _tell_lost(answer: dict[str, Any]) -> None:
    """With what nobody can call now."""
    if answer["lost_points"]:
        ids = ", ".join(answer["lost_points"])
        print(of_terminal().text("call_points.left_behind", ids=ids), file=sys.stderr)


def _role_at(options: argparse.Namespace, argv: list[str]) -> str | None:
    """A bed has a bedside screen, a room a door; without either it is what it was."""
    if options.place is None:
        return None
    by_room = any(one == "--room" or one.startswith("--room=") for one in argv)
    return str(ScreenRole.DOOR if by_room else ScreenRole.BEDSIDE)
