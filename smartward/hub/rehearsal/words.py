"""Words that tables and pictures of rehearsals share."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from smartward.clinical.rules import REGISTRY
from smartward.i18n import Catalogue, placeholders

NAMED = ("news2", "news2_medium", "news2_single", "news2_rise", "device_lost")
"""Rules whose titles are about one alert and name no rule."""

_NUMBERS = {rule.id: rule.number for rule in REGISTRY.everything}


def rule_name(texts: Catalogue, rule: str) -> str:
    """What people call a rule, with its number in the catalogue; its id where it has no name."""
    if rule not in _NUMBERS:
        return rule
    return f"{_NUMBERS[rule]} {_name(texts, rule)}"


def _name(texts: Catalogue, rule: str) -> str:
    if rule in NAMED:
        return texts.text(f"rehearse.name.{rule}")
    key = f"alert.{rule}.title"
    title = texts.sentence(key)
    forms = (title,) if isinstance(title, str) else tuple((title or {}).values())
    if not forms or any(placeholders(form) - {"n"} for form in forms):
        return rule
    return texts.text(key, n=1)


def shift_name(texts: Catalogue, shift: str) -> str:
    """What people call a shift."""
    if not shift:
        return texts.text("rehearse.no_shift")
    key = f"station.shift.{shift}"
    return shift if texts.sentence(key) is None else texts.text(key)


def moment(texts: Catalogue, at: datetime) -> str:
    """A time of the ward, to the minute, so that it can be sorted and given again."""
    return f"{texts.local(at):%Y-%m-%d %H:%M}"


def width(text: str) -> int:
    """Columns that a text takes at a terminal."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def table(rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """Rows as lines of columns, the first `left` of them flush left, numbers flush right."""
    cells = [list(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        parts = [
            text + " " * (wide - width(text)) if place < left else " " * (wide - width(text)) + text
            for place, (text, wide) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "  ".join(parts)).rstrip())
    return lines
