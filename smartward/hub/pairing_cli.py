"""`smartward enrol waiting | approve | refuse | bulk | wipe | write-off`: screens that ask to be
paired, and those that are none of ours any more."""

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from smartward.arguments import which_hub, word_of
from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import of_terminal

COMMANDS = ("waiting", "approve", "refuse", "bulk", "wipe", "write-off")

_DELIMITERS = (",", ";", "\t")

Asking = Callable[..., dict[str, Any]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward enrol", description=__doc__)
    one = parser.add_subparsers(dest="command", required=True)
    one.add_parser("waiting", help="show the screens that wait, and numbers still to be typed")
    bulk = one.add_parser("bulk", help="which serial number shall stand where, before delivery")
    bulk.add_argument(
        "file", type=Path, help="CSV (UTF-8) with the columns serial, role, place, label"
    )
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
    if options.command == "bulk":
        print(json.dumps(_bulk(path, ask, options.file)))
        return 0
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


def _bulk(path: Path, ask: Asking, file: Path) -> dict[str, Any]:
    """Raises Misconfigured with the line of the file that is wrong."""
    lines = list(_lines(file))
    try:
        return ask(path, do="bulk", lines=lines)
    except Misconfigured as error:
        line = error.values.get("line")
        if line is None or error.key == "enrol.bulk_serial":
            raise
        why = of_terminal().told(error.key, **error.values)
        raise Misconfigured("enrol.bulk_line", error.key, line=line, why=why) from error


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a table, each with its number in the file. Raises Misconfigured."""
    text = _text(file)
    table = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=_between(text))
    count = 0
    try:
        table.fieldnames = [name.strip().lower() for name in table.fieldnames or ()]
        if not {"serial", "role", "place"} <= set(table.fieldnames):
            raise Misconfigured("enrol.bulk_file", "no columns serial, role, place", file=str(file))
        for line in table:
            if None in line or line["role"] is None:
                raise _bad_fields(file, table.line_num, "not those of the first line")
            told = {name: (value or "").strip() for name, value in line.items()}
            if not any(told.values()):
                continue  # as a spreadsheet writes a row of which the cells were emptied
            count += 1
            yield told | {"line": table.line_num}
    except csv.Error as error:  # of what begins behind the last line that could be read
        raise _bad_fields(file, table.line_num + 1, str(error)) from error
    if not count:
        raise Misconfigured("enrol.bulk_file", "one line alone", file=str(file))


def _between(text: str) -> str:
    """What stands between the fields, by the first line: a spreadsheet writes what is the custom of
    its country, a semicolon where a comma stands in numbers."""
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _bad_fields(file: Path, line: int, why: str) -> Misconfigured:
    return Misconfigured("enrol.bulk_fields", why, line=line, file=str(file))


def _text(file: Path) -> str:
    """Raises Misconfigured."""
    try:
        said = file.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise Misconfigured("enrol.bulk_unread", why, file=str(file), why=why) from error
    try:
        return said.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = said.count(b"\n", 0, error.start) + 1
        raise Misconfigured("enrol.bulk_utf8", str(error), line=line, file=str(file)) from error


def _role_at(options: argparse.Namespace, argv: list[str]) -> str | None:
    """A bed has a bedside screen, a room a door; without either it is what it was."""
    if options.place is None:
        return None
    by_room = any(one == "--room" or one.startswith("--room=") for one in argv)
    return str(ScreenRole.DOOR if by_room else ScreenRole.BEDSIDE)
