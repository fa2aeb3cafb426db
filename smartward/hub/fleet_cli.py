"""`smartward fleet`: every device of the ward and how it is; what is wrong, grouped by its cause.

It asks the running hub through its admin socket: on its machine, as its user.
"""

import argparse
import json
from collections.abc import Collection, Iterable
from typing import Any

from smartward import columns
from smartward.arguments import which_hub
from smartward.hub import fleet_check_cli, fleet_night_cli, fleet_orders_cli
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir
from smartward.hub.standby_mode import Mode
from smartward.hub.terminal_words import moment, said
from smartward.i18n import Catalogue, clause, of_terminal

Row = dict[str, Any]

_ID = 13
"""Characters of a device's id that are listed, and more where two devices begin alike: those of an
enrolled one are the moment of its making, those of a paired one come from its key."""
_NAMED = 6
"""Screens of one fault that are named; of the others is told how many there are."""
COLUMNS = (
    *("device", "role", "place", "state", "seen", "version", "skew", "disk", "memory", "touch"),
    *("sound", "reader", "cache", "outbox", "night"),
)
MORE = ("label", "since", "heard", "started", "boot", "network", "touched", "keys", "faults")
"""What is told of one device beside its columns."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smartward fleet", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    for one in (parser, common):
        default = False if one is parser else argparse.SUPPRESS
        one.add_argument(
            "--json", action="store_true", default=default, help="as JSON, for programs"
        )
    parser.add_argument(
        "--faults",
        action="store_true",
        help="only what is wrong; ends with 1 where anything is, for a monitoring system",
    )
    commands = parser.add_subparsers(dest="command")
    show = commands.add_parser("show", parents=[common], help="all that is known of one device")
    show.add_argument("device", help="its id, or how that begins")
    fleet_orders_cli.add(commands, common)
    fleet_check_cli.add(commands, common)
    fleet_night_cli.add(commands, common)
    which_hub(parser, commands.choices.values())
    return parser


def main(argv: list[str], draws: fleet_check_cli.Draws | None = None) -> int:
    """List the devices. `draws`: draws the report of a check. Raises Unreachable where no hub runs,
    Misconfigured."""
    options = _parser().parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    words = of_terminal()
    if options.command == "show":
        answer = ask(path, do="fleet_show", device_id=options.device)
        if options.json:
            told = {**answer["device"], "standby": answer["standby"]}
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(*_of_standby(answer, words), _all_of(answer["device"], words), sep="\n")
        return 0
    if options.command in fleet_orders_cli.COMMANDS:
        return fleet_orders_cli.main(options, path, words, lambda row: name_of(row, words))
    if options.command == fleet_check_cli.COMMAND:
        drawn = draws or fleet_check_cli.Draws()
        return fleet_check_cli.main(options, path, words, lambda row: name_of(row, words), drawn)
    if options.command == "night":
        return fleet_night_cli.main(options, path, words, lambda row: name_of(row, words))
    answer = ask(path, do="fleet")
    if options.json:
        told = {name: answer[name] for name in ("standby", "faults", "wiped")}
        if not options.faults:
            told = {"devices": answer["devices"], **told}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for line in _lines(answer, words, only_faults=options.faults):
            print(line)
    return 1 if options.faults and (answer["faults"] or _holds_nothing(answer)) else 0


def _holds_nothing(answer: Row) -> bool:
    """Whether it is a standby that knows of no device, itself among them: it was never copied."""
    return bool(answer["standby"]) and not answer["devices"]


def _lines(answer: Row, words: Catalogue, *, only_faults: bool) -> Iterable[str]:
    if _holds_nothing(answer):
        yield words.text("fleet.standby.empty")
        if answer["standby"] == Mode.NOT_ENROLLED:
            yield words.text("standby.not_enrolled")
        return
    by_id = {row["device_id"]: row for row in answer["devices"]}
    yield from _of_standby(answer, words)
    named = {id for fault in answer["faults"] for id in fault["devices"]}
    placed = [row for id, row in by_id.items() if row["state"] == "placed" and id not in named]
    if not by_id:
        yield words.text("fleet.nobody")
    elif not answer["faults"] and len(placed) < len(by_id):
        yield words.text("fleet.all_well", n=len(by_id) - len(placed))
    for fault in answer["faults"]:
        yield f"! {_fault(fault, by_id, words)}"
    if placed:
        yield f"~ {words.text('fleet.placed', names=_names(placed, words), n=len(placed))}"
    for wiped in answer["wiped"]:
        key = "fleet.wiped" if wiped["asked_at"] is None else "fleet.forgetting"
        told = {"name": name_of(wiped, words), "device": wiped["device_id"]}
        yield f"~ {words.text(key, **told, at=moment(wiped['at']))}"
    if only_faults or not by_id:
        return
    yield ""
    head = [words.text(f"fleet.column.{name}") for name in COLUMNS]
    long = _telling(by_id)
    table = [head, *(_cells(row, words, long) for row in by_id.values())]
    yield from columns.table(table)


def _of_standby(answer: Row, words: Catalogue) -> list[str]:
    """What a standby hub says of itself before anything else: what follows is as it knows it."""
    return [words.text(f"fleet.standby.{answer['standby']}")] if answer["standby"] else []


def _fault(fault: Row, by_id: dict[str, Row], words: Catalogue) -> str:
    what = clause(said(fault["fault"], words)) if fault["fault"] else words.text("fleet.silent")
    count = len(fault["devices"])
    if fault["extent"] != "screens":
        where = words.text(f"fleet.extent.{fault['extent']}", name=fault["name"])
    else:
        where = _names([by_id[id] for id in fault["devices"] if id in by_id], words)
    told = words.text("fleet.fault", what=what, where=where, n=count)
    if fault["since"] is None:
        return told
    return words.text("fleet.fault_since", fault=told, at=moment(fault["since"]))


def _names(rows: list[Row], words: Catalogue) -> str:
    """Some by name, and how many more there are."""
    named = words.text("fleet.list_separator").join(name_of(row, words) for row in rows[:_NAMED])
    more = len(rows) - _NAMED
    return words.text("fleet.and_more", names=named, n=more) if more > 0 else named


def name_of(row: Row, words: Catalogue) -> str:
    """What people call a device: what it is, and its label or place."""
    place = row["label"] or row["place"]
    return f"{_role(row, words)} {place}".strip()


def _role(row: Row, words: Catalogue) -> str:
    return words.text(f"check.role.{row['role']}")


def _telling(ids: Collection[str]) -> int:
    """So many characters tell each of these from all others."""
    longest = max(map(len, ids))
    told = (n for n in range(_ID, longest) if len({id[:n] for id in ids}) == len(ids))
    return next(told, longest)


def _cells(row: Row, words: Catalogue, id_length: int = _ID) -> list[str]:
    health = row["health"] or {}
    known = bool(health)
    version = health.get("version", "") + (f" ({health['slot']})" if health.get("slot") else "")
    return [
        row["device_id"][:id_length],
        _role(row, words),
        row["label"] or row["place"],
        words.text(f"fleet.state.{row['state']}"),
        moment(row["last_seen"]),
        version if known else "-",
        f"{health['skew_s']:+d} s" if known else "-",
        _figure(health.get("disk_free_percent"), " %"),
        _figure(health.get("memory_free_percent"), " %"),
        _figure(health.get("touch_devices")),
        words.text(f"fleet.part.{health['sound']}") if known else "-",
        words.text(f"fleet.part.{health['reader']}") if known else "-",
        _figure(health.get("cache_age_s"), " s"),
        _figure(health.get("outbox")),
        "-" if row["night"] is None else fleet_night_cli.hours_of(row["night"], words),
    ]


def _figure(value: int | None, unit: str = "") -> str:
    return "-" if value is None else f"{value}{unit}"


def _all_of(device: Row, words: Catalogue) -> str:
    health = device["health"] or {}
    cells = dict(zip(COLUMNS, _cells(device, words), strict=True))
    cells |= {"device": device["device_id"], "place": device["place"]}
    faults = (_with_since(key, device["faults_since"].get(key), words) for key in device["faults"])
    more = (
        device["label"],
        moment(device["since"]),
        moment(health.get("heard_at")),
        moment(health.get("started_at")),
        health.get("boot", ""),
        health.get("network", ""),
        moment(health.get("last_touch_at")),
        words.text(f"fleet.keys.{health['keys']}") if health else "",
        words.text("fleet.list_separator").join(faults),
    )
    lines = [(words.text(f"fleet.column.{name}"), cell) for name, cell in cells.items()]
    named = zip(MORE, more, strict=True)
    lines += [(words.text(f"fleet.more.{name}"), told) for name, told in named]
    return "\n".join(columns.table([(name, told or "-") for name, told in lines]))


def _with_since(fault: str, since: str | None, words: Catalogue) -> str:
    """A fault, and when it was told first where that is known."""
    what = said(fault, words)
    return what if since is None else words.text("fleet.since", what=what, at=moment(since))
