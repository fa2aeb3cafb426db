"""`smartward fleet night`: which hours are night on which screens, and setting them."""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from smartward.clinical.night_hours import NightBy
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.night_hours import AS_WARD, NEVER, SCREENS
from smartward.i18n import Catalogue

Row = dict[str, Any]
Name = Callable[[Row], str]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to those of `smartward fleet`."""
    night = commands.add_parser(
        "night", parents=[common], help="which hours are night on which screens; sets them"
    )
    night.add_argument("device", nargs="?", help="its id, or how that begins")
    night.add_argument("--ward", action="store_true", help="every screen")
    night.add_argument("--role", choices=[str(one) for one in SCREENS], help="every one of it")
    how = night.add_mutually_exclusive_group()
    how.add_argument("--hours", help="21:00-07:00, in the ward's time")
    how.add_argument(
        "--never", dest="hours", action="store_const", const=NEVER, help="bright at all times"
    )
    how.add_argument(
        "--as-ward",
        dest="hours",
        action="store_const",
        const=AS_WARD,
        help="no hours of its own any more",
    )


def main(options: argparse.Namespace, path: Path, words: Catalogue, name: Name) -> int:
    """List what is set, or set it and list. Raises Unreachable, Misconfigured."""
    said = [options.device is not None, options.ward, options.role is not None]
    if sum(said) > 1 or (options.hours is not None and not any(said)):
        raise Misconfigured("order.told.which")
    if options.hours is None and any(said):
        raise Misconfigured("night.no_hours")
    if options.hours is not None:
        target: Row = {"role": options.role}
        if options.device is not None:
            row = ask(path, do="fleet_show", device_id=options.device)["device"]
            target = {"device_id": row["device_id"]}
        ask(path, do="device_night", hours=options.hours, **target)
    answer = ask(path, do="fleet")
    if options.json:
        print(json.dumps(answer["night"], ensure_ascii=False))
    else:
        for line in _lines(answer, words, name):
            print(line)
    return 0


def _lines(answer: Row, words: Catalogue, name: Name) -> Iterable[str]:
    """The ward's own hours, then where others were set, for most screens first."""
    by_id = {row["device_id"]: row for row in answer["devices"]}
    night, order = answer["night"], list(NightBy)
    yield words.text("night.rule_ward", hours=_hours(night["ward"], words))
    for rule in sorted(night["rules"], key=lambda one: -order.index(NightBy(one["by"]))):
        hours = _hours(rule["hours"], words)
        if rule["device_id"]:
            row = by_id.get(rule["device_id"])
            whom = rule["device_id"] if row is None else name(row)
            yield words.text("night.rule_device", whom=whom, device=rule["device_id"], hours=hours)
        elif rule["role"]:
            role = words.text(f"check.role.{rule['role']}")
            yield words.text("night.rule_role", role=role, hours=hours)
        else:
            yield words.text("night.rule_all", hours=hours)


def hours_of(night: Row, words: Catalogue) -> str:
    """The hours of one screen for a table, and by what it has them where not by the ward."""
    hours = _hours(night["hours"], words)
    if night["by"] == NightBy.WARD:
        return hours
    return words.text(f"night.by_{night['by']}", hours=hours)


def _hours(text: str, words: Catalogue) -> str:
    return text or words.text("night.none")
