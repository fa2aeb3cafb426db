"""`smartward masking`: what of a patient's name each place shows, through the running hub.

A name given to `preview` stays on this machine's screen: the hub is asked for its rules only.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartward.arguments import which_hub
from smartward.clinical.name_policy import NamePlace, NamePolicy, NameRule, choices
from smartward.clinical.name_preview import PEOPLE, preview, with_rule
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.masking_actions import read_place, read_rule
from smartward.hub.options import admin_socket, data_dir
from smartward.i18n import LANGUAGES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward masking",
        description="What of a patient's name each place shows, through the running hub.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="every place with its rule and those that may be chosen")
    choose = commands.add_parser("set", help="choose a rule; the audit tells of it")
    choose.add_argument("place", help=", ".join(NamePlace))
    choose.add_argument("rule", help=", ".join(NameRule))
    choose.add_argument("--why", required=True, help="the reason, for the audit")
    look = commands.add_parser("preview", help="what invented people's names become")
    look.add_argument("--name", action="append", default=[], help="one more name to try, in full")
    look.add_argument(
        "--try", dest="tried", action="append", default=[], metavar="PLACE=RULE",
        help="as if this rule held; nothing is changed",
    )  # fmt: skip
    look.add_argument("--language", default="zh_CN", choices=LANGUAGES, help="of the titles")
    which_hub(parser, commands.choices.values())
    return parser


def main(argv: list[str]) -> int:
    """Show, choose or preview; gives JSON on standard output."""
    options = _parser().parse_args(argv)
    path = options.admin or admin_socket(data_dir(options.data_dir))
    for line in _lines(options, path):
        print(json.dumps(line, ensure_ascii=False))
    return 0


def _lines(options: argparse.Namespace, path: Path) -> Iterator[dict[str, Any]]:
    if options.command == "set":
        answer = ask(
            path, do="masking_set", place=options.place, rule=options.rule, why=options.why
        )
        answer.pop("ok")
        yield answer
        return
    rules = ask(path, do="masking_show")["rules"]
    if options.command == "show":
        for place in NamePlace:
            yield {"place": place, "rule": rules[place], "choices": choices(place)}
        return
    if any(not name.strip() for name in options.name):
        raise Misconfigured("masking.no_name")
    policy = NamePolicy(rules={place: NameRule(rules[place]) for place in NamePlace})
    for tried in options.tried:
        policy = with_rule(policy, *_pair(tried))
    for row in preview(policy, options.language, options.name):
        found = [(example.patient.name, example.shown) for example in row.examples]
        line = {"place": row.place, "rule": row.rule, "shown": dict(found[: len(PEOPLE)])}
        # Apart: a name that was typed may be an invented person's.
        yield {**line, "added": dict(found[len(PEOPLE) :])} if options.name else line


def _pair(text: str) -> tuple[NamePlace, NameRule]:
    place, equals, rule = text.partition("=")
    if not equals:
        raise Misconfigured("masking.no_pair", text, text=text)
    return read_place(place), read_rule(read_place(place), rule)
