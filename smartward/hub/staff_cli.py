"""`smartward staff`: badges and PINs of the ward's people, through the running hub.

A PIN is asked at the terminal or read from a file, a badge's code is read from the scanner: neither
is ever an argument, which everybody on the machine could read.
"""

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Any

from smartward.arguments import which_hub
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward staff",
        description="Badges and PINs of the people on the ward's roster, through the running hub.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="everybody, with their badges and PINs, and who is locked")
    badge = commands.add_parser(
        "badge", help="give one more badge: hold it to the scanner when asked"
    )
    badge.add_argument("person", help="id on the roster, or name")
    badge.add_argument("--remove", action="store_true", help="take all badges away, as when lost")
    pin = commands.add_parser("pin", help="give a PIN of 4 to 8 digits, in place of the one before")
    pin.add_argument("person", help="id on the roster, or name")
    pin.add_argument("--pin-file", type=Path, help="read it there, instead of being asked")
    pin.add_argument("--remove", action="store_true", help="take the PIN away")
    unlock = commands.add_parser("unlock", help="lift the lock after too many wrong tries")
    unlock.add_argument("of", help="a person's id or name, or a screen's id")
    which_hub(parser, commands.choices.values())
    return parser


def main(argv: list[str]) -> int:
    """Do one of these; gives JSON on standard output."""
    options = _parser().parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.command == "list":
        found = ask(path, do="list_staff")
        for one in (*found["staff"], *found["locked"]):
            print(json.dumps(one, ensure_ascii=False))
        return 0
    answer = ask(path, **_request(options))
    answer.pop("ok")
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _request(options: argparse.Namespace) -> dict[str, Any]:
    if options.command == "unlock":
        return {"do": "unlock_staff", "of": options.of}
    asked = {"do": f"give_{options.command}", "person": options.person}
    if options.remove:
        return {**asked, "remove": True}
    if options.command == "badge":
        return {**asked, "code": _read_badge()}
    return {**asked, "pin": _read_pin(options.pin_file)}


def _read_badge() -> str:
    """One line of what the scanner types; not shown where a terminal can hide it."""
    if sys.stdin.isatty():
        return getpass.getpass("Hold the badge to the scanner: ").strip()
    return sys.stdin.readline().strip()


def _read_pin(file: Path | None) -> str:
    """From the file, or asked twice without showing it. Raises Misconfigured when the two differ,
    or when others may read the file; OSError when it cannot be read."""
    if file is not None:
        if file.stat().st_mode & 0o077:
            raise Misconfigured("staff.pin_file_open", file=str(file))
        return file.read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        raise Misconfigured("staff.no_terminal")
    pin = getpass.getpass("PIN: ")
    if getpass.getpass("Again: ") != pin:
        raise Misconfigured("staff.pin_differs")
    return pin
