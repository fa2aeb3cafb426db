"""`smartward call-point`: handsets, cords and buttons of the ward, through the running hub."""

import argparse
import json
from typing import Any

from smartward.arguments import which_hub
from smartward.clinical.call_point import CallPointKind
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward call-point",
        description="Handsets, bathroom cords and buttons of the ward, through the running hub.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="make a call point known")
    add.add_argument("id", help="what its gateway or screen calls it")
    add.add_argument("--kind", required=True, help=", ".join(CallPointKind))
    _where(add, required=True)
    add.add_argument("--via", metavar="DEVICE", help="device that reports it; else the one gateway")
    move = commands.add_parser(
        "move",
        help="a known call point hangs elsewhere",
        description="A known call point hangs elsewhere, is told of by another device, or has"
        " another heartbeat. What is not named stays as it is. A new thing with a broken one's id"
        " needs no command.",
    )
    move.add_argument("id", help="of a call point in the list")
    _where(move, required=False)
    move.add_argument("--via", metavar="DEVICE", help="the device that reports it from now on")
    commands.add_parser(
        "list",
        help="every call point: since when one, or the device that reports it, is silent",
        description="Every call point, one a line. lost_since: its wire or heartbeat is missing"
        " since then. via_silent_since: the device that reports it is missed since then, and the"
        " point cannot call. via_silent_s: seconds since that device was heard, or since the hub"
        " started.",
    )
    remove = commands.add_parser("remove", help="a call point is no longer one of ours")
    remove.add_argument("id", help="of a call point in the list")
    which_hub(parser, commands.choices.values())
    return parser


def _where(parser: argparse.ArgumentParser, *, required: bool) -> None:
    place = parser.add_mutually_exclusive_group(required=required)
    place.add_argument("--bed", help="the bed whose calls it makes: number or id")
    place.add_argument("--room", help="a room: its first bed, as for a shared bathroom's cord")
    parser.add_argument("--heartbeat", metavar="S", help="must be heard within S seconds")
    parser.add_argument("--label", default="", help="what people call it")


def main(argv: list[str]) -> int:
    """Add, move, list or remove; gives JSON on standard output."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.command == "move" and not any(
        (options.bed, options.room, options.via, options.heartbeat, options.label)
    ):
        parser.error("say what changes: --bed, --room, --via, --heartbeat or --label")
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.command == "list":
        for point in ask(path, do="call_point.list")["call_points"]:
            print(json.dumps(point, ensure_ascii=False))
        return 0
    answer = ask(path, **_request(options))
    answer.pop("ok")
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _request(options: argparse.Namespace) -> dict[str, Any]:
    if options.command == "remove":
        return {"do": "call_point.remove", "id": options.id}
    asked = {
        "do": f"call_point.{options.command}",
        "id": options.id,
        "bed": options.bed,
        "room": options.room,
        "heartbeat_s": options.heartbeat,
        "via": options.via,
        "label": options.label,
    }
    return asked if options.command == "move" else {**asked, "kind": options.kind}
