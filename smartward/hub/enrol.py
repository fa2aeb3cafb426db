"""`smartward enrol`: make a screen or a gateway known to the running hub.

It asks the hub through its admin socket: on its machine, as its user.
"""

import argparse
import contextlib
import errno
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from smartward.arguments import word_of
from smartward.clinical.device import ScreenRole
from smartward.errors import Misconfigured, Unreachable
from smartward.hub import pairing_cli
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import of_terminal

_ROOM = 4096
"""Bytes that are written to see whether there is room for a token."""


def ask(path: Path, patience_s: float = 30.0, /, **request: Any) -> dict[str, Any]:
    """One admin command. Raises Unreachable when no hub listens, or answers within `patience_s`
    seconds, Misconfigured when it refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience_s)
        try:
            connection.connect(str(path))
            connection.sendall(_line(request))
            line = connection.makefile("rb").readline()
        except OSError as error:
            raise Unreachable("enrol.no_hub", str(error), path=str(path)) from error
    answer: dict[str, Any] = json.loads(line) if line else {"error": "closed"}
    if not answer.get("ok"):
        key = answer.get("key") or "enrol.refused"
        values = {"reason": str(answer.get("error")), **(answer.get("values") or {})}
        raise Misconfigured(key, "", **values)
    return answer


def _line(request: dict[str, Any]) -> bytes:
    """As the hub reads it; what somebody typed that is no text is the hub's to refuse."""
    said = json.dumps(request, ensure_ascii=False)
    return said.encode(errors="surrogatepass") + b"\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward enrol",
        description=__doc__,
        epilog=f"Of screens that ask by themselves: {', '.join(pairing_cli.COMMANDS)}",
    )
    parser.add_argument("role", nargs="?", help=", ".join(ScreenRole))
    parser.add_argument(
        "place",
        nargs="?",
        help="bed number or id; for a door the room; none for station, corridor, gateway, standby",
    )
    parser.add_argument("--label", default="", help="what people call this screen")
    parser.add_argument("--device-id", help="give a known device a new place or a new token")
    parser.add_argument("--token-file", type=Path, help="write the token there, not to stdout")
    there = parser.add_mutually_exclusive_group()
    there.add_argument(
        "--replace",
        action="store_true",
        help="the screen of this role that stands there goes: it is revoked, and its call points"
        " go on with the new one",
    )
    there.add_argument(
        "--second",
        action="store_true",
        help="there are really two screens of this role at this place",
    )
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub")
    parser.add_argument("--admin", type=Path, help="the hub's admin socket")
    parser.add_argument("--list", action="store_true", help="show all devices")
    parser.add_argument("--revoke", metavar="DEVICE", help="a device is no longer one of ours")
    parser.add_argument(
        "--move",
        nargs=2,
        metavar=("DEVICE", "PLACE"),
        help="a screen goes to another bed or room and keeps its token; somebody confirms it there",
    )
    parser.add_argument(
        "--confirm",
        metavar="DEVICE",
        help="a screen that was moved stands at its new place: for a panel that takes no touch",
    )
    parser.add_argument(
        "--trust",
        metavar="DEVICE",
        help="whichever machine comes next with this device's token is the device",
    )
    return parser


def main(argv: list[str]) -> int:
    """Enrol, list or revoke; gives JSON on standard output."""
    if pairing_cli.is_ours(argv):
        return pairing_cli.main(argv, ask)
    word = word_of(argv)
    if word and not word.startswith("-"):
        _check_role(word)  # before its options, which no other command may take, hide the slip
    parser = _parser()
    options = parser.parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    if options.list:
        devices = ask(path, do="devices")["devices"]
        for device in devices:
            print(json.dumps(device, ensure_ascii=False))
        if not devices:
            print(of_terminal().text("enrol.no_devices"), file=sys.stderr)
        return 0
    if options.revoke:
        answer = ask(path, do="revoke", device_id=options.revoke)
        print(json.dumps(answer))
        words = of_terminal().text("enrol.revoked", device=options.revoke)
        print(words, file=sys.stderr)
        _tell_lost(answer)
        return 0
    if options.move or options.confirm or options.trust:
        return _change(path, options)
    if options.role is None:
        parser.print_usage(sys.stderr)
        return 2
    _check_role(options.role)
    if options.token_file is None:
        answer = _enrol(path, options)
    else:
        with _secret_file(options.token_file) as write:
            answer = _enrol(path, options)
            write(answer.pop("token"))
    print(json.dumps(answer, ensure_ascii=False))
    _tell_replaced(answer)
    if answer["before"] != "new":
        words = of_terminal().text(f"enrol.was_{answer['before']}", device=answer["device_id"])
        print(words, file=sys.stderr)
    _tell_lost(answer)
    return 0


def _tell_replaced(answer: dict[str, Any]) -> None:
    for device in answer["replaced"]:
        print(of_terminal().text("enrol.revoked", device=device), file=sys.stderr)


def _change(path: Path, options: argparse.Namespace) -> int:
    """Another place for a device, or another machine."""
    request: dict[str, Any] = {"do": "trust", "device_id": options.trust}
    if options.confirm:
        request = {"do": "confirm", "device_id": options.confirm}
    if options.move:
        device, place = options.move
        request = {"do": "move", "device_id": device, "place": place}
        request |= {"replace": options.replace, "second": options.second, "label": options.label}
    answer = ask(path, **request)
    print(json.dumps(answer, ensure_ascii=False))
    for device in answer.get("replaced", ()):
        print(of_terminal().text("enrol.revoked", device=device), file=sys.stderr)
    if "lost_points" in answer:
        _tell_lost(answer)
    words = of_terminal()
    if options.move and answer["former_label"] and not answer["label"]:
        told = words.text("right_bed.label_gone", label=answer["former_label"])
        print(told, file=sys.stderr)
    if answer.get("confirmed") is False:
        print(words.text("right_bed.confirm_there", device=options.move[0]), file=sys.stderr)
    return 0


def _tell_lost(answer: dict[str, Any]) -> None:
    """With what nobody can call now."""
    if answer["lost_points"]:
        ids = ", ".join(answer["lost_points"])
        print(of_terminal().text("call_points.left_behind", ids=ids), file=sys.stderr)


def _check_role(word: str) -> None:
    """Misspelt commands end here too, before the hub's audit has an enrolment that was refused.
    Raises Misconfigured."""
    if word not in set(ScreenRole):
        roles, commands = ", ".join(ScreenRole), ", ".join(pairing_cli.COMMANDS)
        raise Misconfigured("enrol.bad_word", word, word=word, roles=roles, commands=commands)


def _enrol(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    return ask(
        path,
        do="enrol",
        role=options.role,
        place=options.place,
        label=options.label,
        device_id=options.device_id,
        replace=options.replace,
        second=options.second,
    )


@contextlib.contextmanager
def _secret_file(path: Path) -> Iterator[Callable[[str], None]]:
    """Gives what writes a token to `path`. That the file can be written is tried before, so that no
    screen is enrolled whose token nobody has; what stood there stays until the new one is whole.

    Raises Misconfigured with the file and the remedy.
    """
    target = path.resolve()
    new = target.with_name(f".{target.name}.new")
    try:
        if target.exists() and not target.is_file():
            raise IsADirectoryError(errno.EISDIR, "it is no file")
        file = os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        with file:
            file.write(bytes(_ROOM))  # a full disk shows here
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        folder = target.parent
        key = "enrol.token_file" if folder.is_dir() else "enrol.token_folder"
        why = error.strerror or type(error).__name__
        raise Misconfigured(key, why, file=str(path), folder=str(folder)) from error

    def write(secret: str) -> None:
        with new.open("r+b") as file:
            file.write(secret.encode())
            file.truncate()
        new.replace(target)

    try:
        yield write
    finally:
        new.unlink(missing_ok=True)
