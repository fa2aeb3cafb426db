"""`smartward his check URL`: what a hospital system can do for a ward."""

import argparse
import asyncio
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward import log
from smartward.clinical.his_write import WriteKind
from smartward.clock import SystemClock
from smartward.config import HIS_KINDS, Settings, load, pairs
from smartward.errors import BadData, Misconfigured
from smartward.his.connect import connect, looking
from smartward.his.fhir.mapping import load_mapping
from smartward.his.http import origin
from smartward.his.look import Candidate
from smartward.his.port import HisPort, Report, ReportRow
from smartward.i18n import LANGUAGES, Catalogue


async def check(his: HisPort, language: str = "en") -> str:
    """The report of a hospital system as a table. Raises the port's errors."""
    report, taken = await his.check(), await _taken(his)
    catalogue = Catalogue(language, ZoneInfo("UTC"))
    return "\n".join(
        [table(report, catalogue), *_lost(report, catalogue), *_told(taken, catalogue)]
    )


async def _taken(his: HisPort) -> frozenset[WriteKind]:
    """What it takes; of one that says nothing, nothing."""
    try:
        return await his.takes()
    except BadData:
        return frozenset()


def _lost(report: Report, catalogue: Catalogue) -> list[str]:
    """What a ward will miss, and why."""
    say = catalogue.text
    lines = [
        (row.resource_type, say(f"his.lost.{row.resource_type}"), why)
        for row in report.rows
        for why in _why(row, catalogue)
    ]
    whole = [f"  {say(key)}" for key in report.missed]
    if not (lines or whole):
        return ["", say("his.check.nothing_lost")]
    head = (say("his.check.resource"), say("his.check.lost"), say("his.check.why"))
    table = _columns([head, *lines]) if lines else []
    return ["", say("his.check.losses"), *whole, *table]


def _why(row: ReportRow, catalogue: Catalogue) -> list[str]:
    absent = row.offered == "his.check.not_offered" and not row.found
    keys = row.missed or (("his.miss.not_offered",) if absent else ())
    return [catalogue.text(key) for key in keys]


def _told(taken: frozenset[WriteKind], catalogue: Catalogue) -> list[str]:
    """What can be written back there, and what cannot."""
    say = catalogue.text
    found = ["", say("his.check.writing")]
    for kind in WriteKind:
        answer = say("his.check.taken" if kind in taken else "his.check.not_taken")
        found.append(f"  {say(f'his.told.{kind}')}: {answer}")
    return found


def table(report: Report, catalogue: Catalogue) -> str:
    """A report in words."""
    say = catalogue.text
    head = [
        say("his.check.title", server=report.server, protocol=report.protocol, ward=report.ward),
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
    head += [say(key) for key in report.ways]
    names = ("resource", "offered", "probed", "used", "found", "unused", "aside")
    lines = [tuple(say(f"his.check.{name}") for name in names)]
    for row in report.rows:
        numbers = (row.found, row.unused, sum(row.rejected.values()))
        shown = ", ".join(say(key) for key in row.probed) or "-"
        words = (row.resource_type, say(row.offered), shown, say(row.used))
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


async def report_of(given: argparse.Namespace) -> str:
    """What is to be printed. Raises SmartWardError when there is nothing to report on."""
    settings, clock = _settings(given), SystemClock()
    if not settings.his_url:
        raise Misconfigured("his.check.no_url", "his_url")
    catalogue = Catalogue(given.language, ZoneInfo("UTC"))
    look = looking(settings, clock)
    try:
        await look.meet()
        if given.wards:
            return ward_list(await look.wards(), catalogue)
        hints = catalogue.text("his.check.hints" if await look.hints() else "his.check.no_hints")
    finally:
        await look.close()
    his = connect(settings, clock, load_mapping(given.mapping))
    try:
        report = await check(his, given.language)
        return "\n".join([way(settings, catalogue), report, "", hints])
    finally:
        await his.close()


def way(settings: Settings, catalogue: Catalogue) -> str:
    """How it is reached, and what is unwise in it."""
    say = catalogue.text
    safe = settings.his_url.startswith("https:")
    lines = [say("his.check.way", url=settings.his_url, auth=settings.his_auth)]
    if not safe and not is_loopback(settings.his_url):
        lines.append(say("his.check.plain"))
    return "\n".join(lines)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, where nobody listens on the way."""
    return origin(url)[1] in ("localhost", "127.0.0.1", "::1")


def ward_list(found: Sequence[Candidate], catalogue: Catalogue) -> str:
    """Places that may be wards, one a line."""
    say = catalogue.text
    if not found:
        return say("his.check.no_wards")
    head = tuple(say(f"his.check.{name}") for name in ("ward_id", "ward_name", "ward_beds"))
    lines = [(*head, say("his.check.ward_identifier"))]
    lines += [(one.id, one.name, str(one.beds), " ".join(one.identifiers)) for one in found]
    return "\n".join([*_columns(lines), "", say("his.check.set_ward")])


def _settings(given: argparse.Namespace) -> Settings:
    """The hub's settings, and over them what was said of the hospital system here."""
    named = {"his_kind": given.kind, "his_url": given.url, "his_ward": given.ward}
    values = pairs(given.set) | {name: value for name, value in named.items() if value is not None}
    return load(given.config, values)


def parse(argv: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 and a text when it is wrong."""
    parser = argparse.ArgumentParser(prog="smartward his check", description=__doc__)
    parser.add_argument("url", nargs="?", help="base URL of the hospital system, else his_url")
    parser.add_argument("--kind", choices=HIS_KINDS, help="what it speaks, else his_kind")
    parser.add_argument("--config", type=Path, help="the hub's settings file (TOML)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--ward", help="id of the ward, its identifier or its name, else his_ward")
    parser.add_argument(
        "--wards", action="store_true", help="only list the places that may be wards"
    )
    parser.add_argument("--mapping", type=Path, help="another his_mapping.toml")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Print the table. Raises SmartWardError when there is nothing to report on."""
    given = parse(argv)
    log.setup("his-check", "WARNING")
    print(asyncio.run(report_of(given)))
    return 0
