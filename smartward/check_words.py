"""What a device's check found, in words: for a terminal, a station and a printed page.

Lines of another device may be of another version, or of whoever has its key: a text that is not
known here is shown as its key, and nothing of it does anything to a terminal.
"""

from collections.abc import Iterator

from smartward.clinical.device_check import CheckLine, How
from smartward.columns import padded, printable
from smartward.i18n import Catalogue

_HOW, _PART = 12, 22
"""Columns of a terminal."""


def said(line: CheckLine, texts: Catalogue) -> str:
    """What was found, in one language."""
    values = dict(line.values)
    if line.key == "check.call_failed":
        codes = str(values.get("faults", "")).split(",")
        values["faults"] = "; ".join(_drill_fault(code, texts) for code in codes)
    elif line.key == "check.call_refused":
        values["why"] = texts.told(str(values.get("why", "")))
    elif line.key == "check.sound_faulty":
        codes = str(values.get("why", "")).split(",")
        values["why"] = "; ".join(texts.told(code) for code in codes)
    for name in ("role", "stands"):
        if name in values:
            key = f"check.{name}.{values[name]}"
            word = texts.told(key)
            values[name] = str(values[name]) if word == key else word
    return printable(texts.told(line.key, **values))


def remedy(line: CheckLine, texts: Catalogue) -> str:
    """What to do about a fault; empty where there is none, or none is known here."""
    if line.how is not How.FAULT:
        return ""
    key = f"check.remedy.{line.key.removeprefix('check.')}"
    found = texts.told(key, **line.values)
    return "" if found == key else printable(found)


def part(line: CheckLine, texts: Catalogue) -> str:
    """What was looked at; a part that is not known here by its code."""
    key = f"check.part.{line.what}"
    found = texts.told(key)
    return printable(line.what if found == key else found)


def in_columns(line: CheckLine, texts: Catalogue) -> Iterator[str]:
    """A line as a terminal shows it; of a fault a second one with its remedy."""
    how = texts.text(f"check.how.{line.how}")
    yield f"{padded(how, _HOW)} {padded(part(line, texts), _PART)} {said(line, texts)}"
    if todo := remedy(line, texts):
        yield f"{padded('', _HOW)} {padded('', _PART)} {todo}"


def _drill_fault(code: str, texts: Catalogue) -> str:
    key = f"station.drill.fault.{code}"
    said = texts.told(key, n=5)
    return code if said == key else said  # of a hub that is newer than this screen
