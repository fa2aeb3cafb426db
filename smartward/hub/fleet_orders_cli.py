"""`smartward fleet identify | restart | log`: what a screen is ordered to do from the console."""

import argparse
import asyncio
import base64
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from smartward.clinical.device import ScreenRole
from smartward.clock import SystemClock
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.terminal_words import said
from smartward.i18n import Catalogue
from smartward.wire.order import LIVES_S

COMMANDS = ("identify", "restart", "log")
BACK_WITHIN_S = 120.0
"""A screen that has not come back by then is a fault: the others are left as they are."""
_LOOK_S = 1.0
_MOST_BYTES = 16 << 20
_GZIP = 16 + zlib.MAX_WBITS
_LOG_S = LIVES_S + 30.0
"""The hub waits for a log as long as the order lives."""
_SCREENS = [role for role in ScreenRole if role not in (ScreenRole.GATEWAY, ScreenRole.STANDBY)]

Row = dict[str, Any]
Name = Callable[[Row], str]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands to those of `smartward fleet`."""
    identify = commands.add_parser(
        "identify", parents=[common], help="a screen shows for 20 s which it is"
    )
    restart = commands.add_parser("restart", parents=[common], help="a screen starts anew")
    restart.add_argument(
        "--force", action="store_true", help="also where a call is open that it is needed for"
    )
    for one in (identify, restart):
        one.add_argument("device", nargs="?", help="its id, or how that begins")
        one.add_argument("--ward", action="store_true", help="every screen that is there")
        one.add_argument(
            "--role", choices=[str(role) for role in _SCREENS], help="every one of that role"
        )
    log = commands.add_parser("log", parents=[common], help="fetch a screen's log")
    log.add_argument("device", help="its id, or how that begins")
    log.add_argument("--out", type=Path, required=True, help="file that it is written to, as JSON")


def main(options: argparse.Namespace, path: Path, words: Catalogue, name: Name) -> int:
    """Give the order, or one after another; 1 where one was not carried out. Raises Unreachable,
    Misconfigured."""
    if options.command == "log":
        return _log(options, path, words, name)
    rows = _meant(options, path)
    if not rows:
        print(words.text("order.told.none"))
        return 1
    several = len(rows) > 1
    if several and options.command == "restart":
        print(words.text("order.told.one_by_one"))
    undone = 0
    for row in rows:
        became = _order(options, path, words, name(row), row)
        undone += became != "done"
        if several and options.command == "restart" and became != "refused":
            if became != "done":  # it may still start anew, with the next one
                print(words.text("order.told.left"))
                return 1
            if not _back(path, row):
                print(words.text("order.told.not_back", name=name(row), s=round(BACK_WITHIN_S)))
                return 1
            print(words.text("order.told.back", name=name(row)))
    return 1 if undone else 0


def _meant(options: argparse.Namespace, path: Path) -> list[Row]:
    """The screens that are meant, of a ward or role those that are there. Raises Misconfigured."""
    said = [options.device is not None, options.ward, options.role is not None]
    if sum(said) != 1:
        raise Misconfigured("order.told.which")
    if options.device is not None:
        found: Row = ask(path, do="fleet_show", device_id=options.device)["device"]
        return [found]
    rows = ask(path, do="fleet")["devices"]
    roles = [options.role] if options.role else _SCREENS
    return [one for one in rows if one["role"] in roles and one["state"] == "online"]


def _order(options: argparse.Namespace, path: Path, words: Catalogue, name: str, row: Row) -> str:
    """Give one order, say and give what became of it. One of many that is refused ends no round."""
    try:
        forced = bool(getattr(options, "force", False))
        do = f"device_{options.command}"
        answer = ask(path, do=do, device_id=row["device_id"], force=forced)
    except Misconfigured as refused:
        if options.device is not None:
            raise
        print(words.text("order.told.refused", name=name, why=str(refused)))
        return "refused"
    _told(answer, options, words, name)
    return str(answer["outcome"])


def _told(answer: Row, options: argparse.Namespace, words: Catalogue, name: str) -> bool:
    if options.json:
        print(json.dumps({k: v for k, v in answer.items() if k != "bundle"}, ensure_ascii=False))
    elif answer["outcome"] == "done" and options.command != "log":
        print(words.text(f"order.done.{options.command}", name=name))
    elif answer["outcome"] == "refused":
        why = said(answer["why"], words)
        print(words.text("order.told.refused", name=name, why=why))
    elif answer["outcome"] != "done":
        print(words.text("order.told.unheard", name=name))
    return bool(answer["outcome"] == "done")


def _back(path: Path, row: Row) -> bool:
    """Whether the screen is there again, begun anew."""
    clock = SystemClock()
    began = (row["health"] or {}).get("started_at")
    end = clock.monotonic() + BACK_WITHIN_S
    while clock.monotonic() < end:
        now = ask(path, do="fleet_show", device_id=row["device_id"])["device"]
        health = now["health"] or {}
        if now["state"] == "online" and _later(began, health.get("started_at")):
            return True
        asyncio.run(clock.sleep(_LOOK_S))
    return False


def _later(before: str | None, now: str | None) -> bool:
    """By more than the reading of a clock."""
    if now is None:
        return False
    if before is None:
        return True
    return (datetime.fromisoformat(now) - datetime.fromisoformat(before)).total_seconds() > _LOOK_S


def _log(options: argparse.Namespace, path: Path, words: Catalogue, name: Name) -> int:
    row = ask(path, do="fleet_show", device_id=options.device)["device"]
    answer = ask(path, _LOG_S, do="device_log", device_id=row["device_id"])
    done = _told(answer, options, words, name(row))
    if not done:
        return 1
    if "bundle" not in answer:  # another hub of this store has it
        print(words.text("order.told.elsewhere", name=name(row)))
        return 1
    text, masked = _opened(base64.b64decode(answer["bundle"]), name(row))
    try:
        options.out.touch(mode=0o600)
        options.out.write_bytes(text)
    except OSError as error:
        raise Misconfigured("order.told.file", str(error), file=str(options.out)) from error
    if not options.json:
        print(words.text("order.done.log", name=name(row), file=str(options.out), masked=masked))
    return 0


def _opened(packed: bytes, name: str) -> tuple[bytes, int]:
    """What a screen sent, and how many names it masked. Raises Misconfigured for what is no bundle:
    whoever has a screen's key may have sent it."""
    try:
        unpacking = zlib.decompressobj(_GZIP)
        text = unpacking.decompress(packed, _MOST_BYTES)
        if not unpacking.eof:
            raise ValueError("it is cut off, or unpacks to more than any screen sends")
        return text, int(json.loads(text)["masked"])
    except (zlib.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Misconfigured("order.told.no_bundle", repr(error), name=name) from error
