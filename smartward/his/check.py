"""`smartward his check URL`: what a hospital's FHIR server can do for a ward."""

import argparse
import asyncio
import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward import log
from smartward.errors import Misconfigured
from smartward.his.fhir.client import FhirHis
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


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Misconfigured("hub.his_token", str(error), file=path.name) from error


async def _run(url: str, ward: str, token: str | None, mapping: Path | None, language: str) -> str:
    his = FhirHis(url, ward, "his", load_mapping(mapping), token)
    try:
        return await check(his, language)
    finally:
        await his.close()


def main(argv: list[str]) -> int:
    """Print the table. Raises SmartWardError when there is nothing to report on."""
    parser = argparse.ArgumentParser(prog="smartward his check", description=__doc__)
    parser.add_argument("url", help="base URL of the FHIR R4 server")
    parser.add_argument(
        "--ward", required=True, help="id of the ward's Location, or its identifier system|value"
    )
    parser.add_argument("--token-file", type=Path, help="file with a bearer token")
    parser.add_argument("--mapping", type=Path, help="another his_mapping.toml")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    given = parser.parse_args(argv)
    log.setup("his-check", "WARNING")
    token = _token(given.token_file)
    print(asyncio.run(_run(given.url, given.ward, token, given.mapping, given.language)))
    return 0
