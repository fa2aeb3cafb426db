"""`smartward rules`: every alert rule with its thresholds; whether a ward's own file is good."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward.clinical.rules import REGISTRY, Mode, RuleSettings, mode_of
from smartward.clinical.rules.table import shipped_file
from smartward.config import Settings
from smartward.errors import Misconfigured
from smartward.hub.enrol import ask
from smartward.hub.options import admin_socket, data_dir
from smartward.hub.rule_settings import load_rules
from smartward.hub.rules_table import markdown, plain
from smartward.i18n import LANGUAGES, Catalogue, of_terminal


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smartward rules",
        description="Every alert rule: when it tells, by which thresholds, whom, and until when.",
    )
    parser.add_argument("--language", choices=LANGUAGES, help="of the table")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="a ward's own file, checked and shown"
    )
    parser.add_argument("--data-dir", type=Path, help="data folder of the hub, for --reload")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as the operators' page")
    form.add_argument("--toml", action="store_true", help="the settings file as it ships")
    form.add_argument(
        "--reload", action="store_true", help="have the running hub read its files anew"
    )
    form.add_argument("--check", action="store_true", help="only whether --settings is good")
    return parser


def main(argv: list[str]) -> int:
    """Print the table, the page, the file, or whether a file is good. Raises Misconfigured naming
    file, section and key of what is wrong in it."""
    for line in _lines(_parser().parse_args(argv)):
        print(line)
    return 0


def _lines(options: argparse.Namespace) -> Iterator[str]:
    if options.toml:
        yield shipped_file(REGISTRY).rstrip("\n")
        return
    language = options.language or of_terminal().language
    texts = Catalogue(language, ZoneInfo("UTC"))
    if options.reload:
        if options.settings is not None:
            raise Misconfigured("rules.error.reload_settings", file=str(options.settings))
        path = admin_socket(data_dir(options.data_dir))
        changed = ask(path, do="alert_rules.reload")["changed"]
        yield from changed or [texts.text("rules.unchanged")]
        return
    if options.check and options.settings is None:
        raise Misconfigured("rules.error.check_what")
    settings = RuleSettings()
    if options.settings is not None:
        settings = load_rules(Settings(alert_rules_file=str(options.settings)))
    if options.check:
        yield texts.text("rules.good", file=str(options.settings))
        yield from _quieter(texts, settings)
        return
    yield from (markdown if options.markdown else plain)(texts, settings)


def _quieter(texts: Catalogue, settings: RuleSettings) -> Iterator[str]:
    """Which rules that ship on tell nobody by these settings."""
    for mode in (Mode.SHADOW, Mode.OFF):
        found = [
            f"{rule.number} {rule.id}"
            for rule in REGISTRY.everything
            if rule.mode is Mode.ON and mode_of(rule, settings) is mode
        ]
        if found:
            yield texts.text("rules.quieter", mode=str(mode), rules=", ".join(found))
