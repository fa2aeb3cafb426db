"""`smartward enrol`: make a screen or a gateway known to the running hub.

It asks the hub through its admin socket: on its machine, as its user.
"""

import argparse
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured, Unreachable
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import of_terminal


def ask(path: Path, **request: Any) -> dict[str, Any]:
    """One admin command. Raises Unreachable when no hub listens, Misconfigured when it refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        try:
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            line = connection.makefile("rb").readline()
        except OSError as error:
            raise Unreachable("enrol.no_hub", str(error), path=str(path)) from error
    answer: dict[str, Any] = json.loads(line) if line else {"error": "closed"}
    if not answer.get("ok"):
        key = answer.get("key") or "enrol.refused"
        values = {"reason": str(answer.get("error")), **(answer.get("values") or {})}
        raise Misconfigured(key, "", **values)
    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward enrol", description=__doc__)
    parser.add_argument("role", nargs="?", help=", ".join(ScreenRole))
    parser.add_argument(
        "place",
        nargs="?",
        help="bed number or id; for a door the room; none for station, corridor and gateway",
    )
    parser.add_argument("--label", default="", help="what people call this screen")
    parser.add_argument("--device-id", help="give a known device a new place or a new token")
    parser.add_argument("--token-file", type=Path, help="write the token there, not to stdout")
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub")
    parser.add_argument("--admin", type=Path, help="the hub's admin socket")
    parser.add_argument("--list", action="store_true", help="show all devices")
    parser.add_argument("--revoke", metavar="DEVICE", help="a device is no longer one of ours")
    return parser


def main(argv: list[str]) -> int:
    """Enrol, list or revoke; gives JSON on standard output."""
    parser = _parser()
    options = parser.parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.list:
        for device in ask(path, do="devices")["devices"]:
            print(json.dumps(device, ensure_ascii=False))
        return 0
    if options.revoke:
        print(json.dumps(ask(path, do="revoke", device_id=options.revoke)))
        words = of_terminal().text("enrol.revoked", device=options.revoke)
        print(words, file=sys.stderr)
        return 0
    if options.role is None:
        parser.print_usage(sys.stderr)
        return 2
    answer = ask(
        path,
        do="enrol",
        role=options.role,
        place=options.place,
        label=options.label,
        device_id=options.device_id,
    )
    if options.token_file is not None:
        _write_secret(options.token_file, answer.pop("token"))
    print(json.dumps(answer, ensure_ascii=False))
    if answer["before"] != "new":
        words = of_terminal().text(f"enrol.was_{answer['before']}", device=answer["device_id"])
        print(words, file=sys.stderr)
    return 0


def _write_secret(path: Path, secret: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
