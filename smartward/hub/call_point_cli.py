"""`smartward call-point`: handsets, cords and buttons of the ward, through the running hub."""

import argparse
import json
from pathlib import Path
from typing import Any

from smartward.clinical.call_point import CallPointKind
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward call-point",
        description="Handsets, bathroom cords and buttons of the ward, through the running hub.",
    )
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub")
    parser.add_argument("--admin", type=Path, help="the hub's admin socket")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser(
        "add", help="make a call point known, or put a new one in a broken one's place"
    )
    add.add_argument("id", help="what its gateway or screen calls it")
    add.add_argument("--kind", required=True, help=", ".join(CallPointKind))
    place = add.add_mutually_exclusive_group(required=True)
    place.add_argument("--bed", help="the bed whose calls it makes: number or id")
    place.add_argument("--room", help="a room: its first bed, as for a shared bathroom's cord")
    add.add_argument("--heartbeat", type=float, metavar="S", help="must be heard within S seconds")
    add.add_argument("--via", metavar="DEVICE", help="device that reports it; else the one gateway")
    add.add_argument("--label", default="", help="what people call it")
    commands.add_parser("list", help="every call point, and since when one is lost")
    remove = commands.add_parser("remove", help="a call point is no longer one of ours")
    remove.add_argument("id")
    return parser


def main(argv: list[str]) -> int:
    """Add, list or remove; gives JSON on standard output."""
    options = _parser().parse_args(argv)
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
    return {
        "do": "call_point.add",
        "id": options.id,
        "kind": options.kind,
        "bed": options.bed,
        "room": options.room,
        "heartbeat_s": options.heartbeat,
        "via": options.via,
        "label": options.label,
    }
