"""The commissioning report of a device in words, in both languages of staff, before it is drawn."""

from collections.abc import Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

from smartward.check_words import part, remedy, said
from smartward.clinical.device_check import CheckLine, CheckReport, How, Which
from smartward.i18n import LANGUAGES, Catalogue
from smartward.screen.drill_sheet import Sheet
from smartward.wire.own_test import OwnTest

_SMALL = 7.5
"""Points: all that a device has, in two languages, goes on one page."""


def which(serial: str, told: OwnTest | None) -> Which:
    """A device by its box, and by what the hub told of it."""
    if told is None:
        return Which(serial=serial)
    return Which(
        serial=serial,
        device_id=told.device_id,
        ward=told.ward,
        role=told.role.value,
        place=told.label or told.place or "",
    )


def sheet(report: CheckReport, catalogues: Sequence[Catalogue]) -> Sheet:
    """The words of the page: head and foot of each say which device it is of, and when."""
    lines, of = report.lines, report.which

    def both(key: str, **values: str | int | float) -> str:
        return " · ".join(dict.fromkeys(one.text(f"check.{key}", **values) for one in catalogues))

    def each(line: CheckLine) -> str:
        return "\n".join(dict.fromkeys(said(line, one) for one in catalogues))

    def name(line: CheckLine) -> str:
        return " · ".join(dict.fromkeys(part(line, one) for one in catalogues))

    time = f"{report.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    role = both(f"role.{of.role}") if of.role else ""
    stands = f"{role} {of.place}".strip()
    faults = [line for line in lines if line.how is How.FAULT]
    open_ = sum(line.how is How.NOT_TESTED for line in lines)
    verdict = both("verdict_fault", n=len(faults)) if faults else both("verdict_ok")
    if open_:
        verdict += "  " + both("verdict_open", n=open_)
    return Sheet(
        title=both("title"),
        ward=" · ".join((*filter(None, (of.ward, stands)), of.device_id or "-", time)),
        verdict=verdict,
        facts=(
            (both("device"), of.device_id or "-"),
            (both("serial"), of.serial or "-"),
            (both("at"), time),
        ),
        method=both("method"),
        failed_title=both("faults"),
        failed_heads=(both("head_part"), both("head_found"), both("head_todo")),
        failed=tuple(
            (name(line), each(line), "\n".join(remedy(line, one) for one in catalogues))
            for line in faults
        ),
        failed_widths=(34.0, 62.0),
        legs_title=both("rest"),
        legs_heads=(both("head_part"), both("head_how"), both("head_found")),
        legs=tuple(
            (name(line), both(f"how.{line.how.value}"), each(line))
            for line in lines
            if line.how is not How.FAULT
        ),
        legs_widths=(34.0, 30.0),
        table_size=_SMALL,
        passed_title="",
        passed_heads=(),
        passed=(),
        parts=("", "", ""),
        signatures=(both("signature"),),
        proof="",
        page=both("page", n="{n}", of="{of}"),
    )


def both_languages() -> list[Catalogue]:
    """The catalogues of staff."""
    return in_languages(LANGUAGES)


def in_languages(languages: Sequence[str]) -> list[Catalogue]:
    """The catalogues of these."""
    return [Catalogue(language, ZoneInfo("UTC")) for language in languages]
