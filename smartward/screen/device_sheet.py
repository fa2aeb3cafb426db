"""The commissioning report of a device in words, in both languages of staff, before it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smartward.i18n import LANGUAGES, Catalogue
from smartward.screen.check_line import How, Line
from smartward.screen.drill_sheet import Sheet
from smartward.wire.own_test import OwnTest

_SMALL = 7.5
"""Points: all that a device has, in two languages, goes on one page."""


def said(line: Line, texts: Catalogue) -> str:
    """What was found, in one language."""
    values = dict(line.values)
    if line.key == "check.call_failed":
        codes = str(values["faults"]).split(",")
        values["faults"] = "; ".join(_drill_fault(code, texts) for code in codes)
    if line.key == "check.call_refused":
        values["why"] = texts.told(str(values["why"]))
    for name in ("role", "stands"):
        if name in values:
            values[name] = texts.text(f"check.{name}.{values[name]}")
    return texts.text(line.key, **values)


def remedy(line: Line, texts: Catalogue) -> str:
    """What to do about a fault; empty where there is none."""
    found = line.key.removeprefix("check.")
    return texts.text(f"check.remedy.{found}", **line.values) if line.how is How.FAULT else ""


def _drill_fault(code: str, texts: Catalogue) -> str:
    key = f"station.drill.fault.{code}"
    said = texts.told(key, n=5)
    return code if said == key else said  # of a hub that is newer than this screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which device a report is of: what tells two reports of one delivery apart. Empty: unknown."""

    serial: str
    """The number on its box."""
    device_id: str = ""
    ward: str = ""
    role: str = ""
    place: str = ""

    @classmethod
    def of(cls, serial: str, told: OwnTest | None) -> "Which":
        """By its box, and by what the hub told of it."""
        if told is None:
            return cls(serial=serial)
        return cls(
            serial=serial,
            device_id=told.device_id,
            ward=told.ward,
            role=told.role.value,
            place=told.label or told.place or "",
        )


def sheet(
    lines: Sequence[Line], at: datetime, which: Which, catalogues: Sequence[Catalogue]
) -> Sheet:
    """The words of the page: head and foot of each say which device it is of, and when."""

    def both(key: str, **values: str | int | float) -> str:
        return " · ".join(dict.fromkeys(one.text(f"check.{key}", **values) for one in catalogues))

    def each(line: Line) -> str:
        return "\n".join(dict.fromkeys(said(line, one) for one in catalogues))

    time = f"{at:%Y-%m-%d %H:%M} UTC"
    role = both(f"role.{which.role}") if which.role else ""
    stands = f"{role} {which.place}".strip()
    faults = [line for line in lines if line.how is How.FAULT]
    open_ = sum(line.how is How.NOT_TESTED for line in lines)
    verdict = both("verdict_fault", n=len(faults)) if faults else both("verdict_ok")
    if open_:
        verdict += "  " + both("verdict_open", n=open_)
    return Sheet(
        title=both("title"),
        ward=" · ".join((*filter(None, (which.ward, stands)), which.device_id or "-", time)),
        verdict=verdict,
        facts=(
            (both("device"), which.device_id or "-"),
            (both("serial"), which.serial or "-"),
            (both("at"), time),
        ),
        method=both("method"),
        failed_title=both("faults"),
        failed_heads=(both("head_part"), both("head_found"), both("head_todo")),
        failed=tuple(
            (
                both(f"part.{line.what}"),
                each(line),
                "\n".join(remedy(line, one) for one in catalogues),
            )
            for line in faults
        ),
        failed_widths=(34.0, 62.0),
        legs_title=both("rest"),
        legs_heads=(both("head_part"), both("head_how"), both("head_found")),
        legs=tuple(
            (both(f"part.{line.what}"), both(f"how.{line.how.value}"), each(line))
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
    from zoneinfo import ZoneInfo

    return [Catalogue(language, ZoneInfo("UTC")) for language in LANGUAGES]
