"""`smartward updates`: new images for the screens, in rings; how far each screen is.

It asks the running hub through its admin socket: on its machine, as its user.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartward import columns
from smartward.arguments import which_hub
from smartward.clinical.screen_update import Ring
from smartward.errors import Misconfigured, StorageFault
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir
from smartward.hub.terminal_words import moment, said
from smartward.hub.update_files import id_of, manifest_of, path_of, take
from smartward.i18n import Catalogue, of_terminal

Row = dict[str, Any]
COLUMNS = ("device", "role", "version", "update", "stage", "since", "why")
_ID = 13
_MIB = 1 << 20


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward updates", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="take a bundle into the hub's folder; nobody gets it yet")
    add.add_argument("file", type=Path, metavar="BUNDLE")
    show = commands.add_parser("list", help="every update, whom it is for, how far each screen is")
    show.add_argument("--json", action="store_true", help="as JSON, for programs")
    plan = commands.add_parser("plan", help="whom an update is for")
    plan.add_argument("bundle", help="its id, or how that begins")
    plan.add_argument("--first", metavar="DEVICE", help="the screen that gets it first")
    plan.add_argument("--ring", choices=tuple(Ring), help="how far it goes (device)")
    plan.add_argument(
        "--soak", type=float, metavar="HOURS", help="how long a ring runs it before the next"
    )
    for name, meaning in (
        ("stop", "nobody gets it any more; who has it keeps it"),
        ("forget", "take it away with its file"),
    ):
        chosen = commands.add_parser(name, help=meaning)
        chosen.add_argument("bundle", help="its id, or how that begins")
    retry = commands.add_parser("retry", help="have a screen that did not bear it try once more")
    retry.add_argument("device", help="its id, or how that begins")
    which_hub(parser, commands.choices.values())
    return parser


def main(argv: list[str]) -> int:
    """Do one command. Raises Unreachable where no hub runs, Misconfigured, StorageFault."""
    options = _parser().parse_args(argv)
    folder = data_dir(options.data_dir)
    path = options.admin or admin_socket(folder)
    if options.command == "list":
        answer = ask(path, do="updates")
        answer.pop("ok")
        lines = [json.dumps(answer, ensure_ascii=False)]
        for line in lines if options.json else _lines(answer, of_terminal()):
            print(line)
        return 0
    if options.command == "add":
        answer = _add(path, path.parent, options.file)
    elif options.command == "plan":
        answer = ask(
            path,
            do="updates_plan",
            bundle=options.bundle,
            first=options.first,
            ring=options.ring,
            soak_h=options.soak,
        )
    elif options.command == "retry":
        answer = ask(path, do="updates_retry", device_id=options.device)
    else:
        answer = ask(path, do=f"updates_{options.command}", bundle=options.bundle)
    answer.pop("ok")
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _add(path: Path, folder: Path, file: Path) -> Row:
    """Copy a bundle to the hub and tell the hub of it. What is no bundle is not copied."""
    manifest_of(file)
    ask(path, do="updates")  # before half a gigabyte is copied for nobody

    def told(size: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{size // _MIB} MiB", end="", file=sys.stderr, flush=True)

    try:
        sha256, size = take(file, folder, told)
    except OSError as error:
        raise StorageFault("updates.not_copied", str(error), file=str(file)) from error
    id = id_of(sha256)
    try:
        return ask(path, do="updates_add", bundle=id, sha256=sha256, size=size)
    except Misconfigured:
        path_of(folder, id).unlink(missing_ok=True)
        raise


def _lines(answer: Row, words: Catalogue) -> Iterator[str]:
    if not answer["bundles"]:
        yield words.text("updates.none")
    for bundle in answer["bundles"]:
        size = round(bundle["size"] / _MIB)
        name = {"id": bundle["id"], "version": bundle["version"], "mib": size}
        yield words.text("updates.bundle", compatible=bundle["compatible"], **name)
        if not bundle["here"]:
            yield "  " + words.text("updates.not_here")
    for plan in answer["plans"]:
        yield from _plan(plan, words)
    if answer["devices"]:
        yield ""
        yield from _table(answer["devices"], words)


def _plan(plan: Row, words: Catalogue) -> Iterator[str]:
    yield ""
    far = words.text(f"updates.ring.{plan['ring']}")
    yield words.text("updates.planned", id=plan["bundle"], ring=far, first=plan["first"][:_ID])
    if plan["stopped"]:
        yield "  " + words.text("updates.stopped")
        return
    open_now = words.text(f"updates.ring.{plan['open']}")
    yield "  " + words.text("updates.open", ring=open_now, n=plan["rings"][plan["open"]])
    if plan["held"]:
        ids = words.text("fleet.list_separator").join(one[:_ID] for one in plan["because"])
        yield "  " + words.text(plan["held"], ids=ids, hours=f"{plan['soak_h']:g}")


def _table(devices: list[Row], words: Catalogue) -> Iterator[str]:
    table = [[words.text(f"updates.column.{name}") for name in COLUMNS]]
    for row in devices:
        stage = "-" if row["stage"] is None else words.text(f"updates.stage.{row['stage']}")
        if row["percent"] is not None:
            stage = f"{stage} {row['percent']} %"
        table.append(
            [
                row["device_id"][:_ID],
                words.text(f"check.role.{row['role']}") if row["role"] else "-",
                row["version"],
                row["bundle"] or "-",
                stage,
                moment(row["since"]),
                said(row["why"], words) if row["why"] else "",
            ]
        )
    yield from columns.table(table)
