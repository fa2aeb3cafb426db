"""`smartward his check URL`: what a hospital's FHIR server can do for a ward."""

import argparse
import asyncio
import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward import log
from smartward.clock import SystemClock
from smartward.config import Settings, load, pairs
from smartward.his.connect import connect
from smartward.his.fhir.mapping import load_mapping
from smartward.his.port import HisPort, Report
from smartward.i18n import LANGUAGES, Catalogue


async def check(his: HisPort, language: str = "en") -> str:
    """The report of a hospital system as a table. Raises the port's errors."""
    return table(await his.check(), Catalogue(language, ZoneInfo("UTC")))


def table(report: Report, catalogue: Catalogue) -> str:
    """A report in words."""
    say = catalogue.text
    head = [
        say("his.check.title", server=report.server, version=report.fhir_version, ward=report.ward),
        say(
            "his.check.census",
            beds=report.beds,
            encounters=report.encounters,
            staff=report.staff,
            seconds=report.census_s,
        ),
        say(
            "his.check.load",
            documents=report.documents,
            requests=report.requests,
            seconds=report.load_s,
        ),
    ]
    names = ("resource", "offered", "used", "found", "unused", "aside")
    lines = [tuple(say(f"his.check.{name}") for name in names)]
    for row in report.rows:
        numbers = (row.found, row.unused, sum(row.rejected.values()))
        words = (row.resource_type, say(row.offered), say(row.used))
        lines.append((*words, *(str(number) for number in numbers)))
    reasons = [
        f"  {row.resource_type}: {say(key)}: {n}"
        for row in report.rows
        for key, n in sorted(row.rejected.items())
    ]
    tail = [say("his.check.reasons"), *reasons] if reasons else [say("his.check.none_aside")]
    return "\n".join([*head, "", *_columns(lines), "", *tail])


def _columns(lines: list[tuple[str, ...]]) -> list[str]:
    widths = [max(_width(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        "  ".join(
            text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


async def _run(settings: Settings, mapping: Path | None, language: str) -> str:
    his = connect(settings, SystemClock(), load_mapping(mapping))
    try:
        return await check(his, language)
    finally:
        await his.close()


def _settings(given: argparse.Namespace) -> Settings:
    """The hub's settings, and over them what was said of the hospital system here."""
    named = {"his_url": given.url, "his_ward": given.ward}
    values = pairs(given.set) | {name: value for name, value in named.items() if value is not None}
    return load(given.config, values)


def main(argv: list[str]) -> int:
    """Print the table. Raises SmartWardError when there is nothing to report on."""
    parser = argparse.ArgumentParser(prog="smartward his check", description=__doc__)
    parser.add_argument("url", nargs="?", help="base URL of the FHIR R4 server, else his_url")
    parser.add_argument("--config", type=Path, help="the hub's settings file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--ward", help="id of the ward's Location or its identifier system|value, else his_ward"
    )
    parser.add_argument("--mapping", type=Path, help="another his_mapping.toml")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    given = parser.parse_args(argv)
    log.setup("his-check", "WARNING")
    print(asyncio.run(_run(_settings(given), given.mapping, given.language)))
    return 0
