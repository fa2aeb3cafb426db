"""Text in the columns of a terminal, where a Han sign takes two."""

import unicodedata
from collections.abc import Iterator, Sequence

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_TWO = frozenset("WF")
"""Wide and full-width (Unicode Standard Annex 11)."""


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in _TWO else 1
        for sign in text
    )


def padded(text: str, columns: int) -> str:
    """The text, filled to so many columns; longer than that it stays as it is."""
    return text + " " * (columns - width(text))


def printable(text: str) -> str:
    """What another machine may have written, without what does something to a terminal."""
    return "".join(sign if sign.isprintable() else _UNREADABLE for sign in text)


def table(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of as many cells each, one below the other."""
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(map(padded, line, widths)).rstrip()
