"""What a screen sends of itself to whoever looks for a fault: version, settings, how it is, its
faults, and the last lines of its log. JSON, compressed.

By law no patient is in any of it. What is known here of names and numbers is looked for all the
same before it leaves: a hit is masked and counted, and the law was broken where the count is not 0.
"""

import gzip
import json
import logging
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from smartward.screen.replica import Replica
from smartward.wire.views import BODY

LINES = 1000
MOST_BYTES = 40_000
"""Of a bundle as it is sent: it stays below what the hub reads of one request, in base64."""
MASK = "[masked]"

_NAMED = frozenset(
    {
        *("name", "display_name", "opened_name", "spoken_family", "family", "alias"),
        *("identifier", "subtitle"),
    }
)
"""Fields of documents that name a person."""
_SECRET = re.compile(r"token|secret|password|pin|key|credential|url", re.I)
"""Settings that are not sent: an address may hold a password."""
_OF_NOBODY = frozenset({"ward", "bed", "screen", "screen_health", "screen_update"})
"""Kinds whose names are those of places and devices."""
_SHORTEST = 2


class LastLines(logging.Handler):
    """The last lines of this program's log, since it began."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=LINES)

    def begin(self) -> None:
        """Take what is logged from now on, written as it goes to standard error."""
        root = logging.getLogger()
        if root.handlers:
            self.setFormatter(root.handlers[0].formatter)
        root.addHandler(self)

    def end(self) -> None:
        """Take no more."""
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one; a traceback is several lines of the log and one of these."""
        self._lines.append(self.format(record))

    @property
    def lines(self) -> list[str]:
        """The oldest first."""
        return list(self._lines)


def bundle(
    told: dict[str, Any], settings: dict[str, Any], lines: list[str], who: set[str]
) -> bytes:
    """The bundle; `who`: names and numbers that must not be in it (`persons`). Where it is too
    large the oldest lines stay behind."""
    shown = {name: value for name, value in settings.items() if not _SECRET.search(name)}
    left = list(lines)
    while True:
        whole = {**told, "settings": shown, "lines": left}
        text = json.dumps(whole, ensure_ascii=False, default=str, indent=1)
        text, masked = _masked(text, who)
        # The count stands in front, where nobody overlooks it.
        packed = gzip.compress(f'{{"masked": {masked},\n{text[1:].lstrip()}'.encode(), mtime=0)
        if len(packed) <= MOST_BYTES or not left:
            return packed
        left = left[max(1, len(left) // 4) :]


def _masked(text: str, who: set[str]) -> tuple[str, int]:
    """The longest first: a name may begin with another."""
    count = 0
    for one in sorted(who, key=lambda name: (-len(name), name)):
        # As JSON writes it.
        said = json.dumps(one, ensure_ascii=False)[1:-1]
        bounded = rf"(?<![A-Za-z0-9]){re.escape(said)}(?![A-Za-z0-9])"
        text, hits = re.subn(bounded, MASK, text, flags=re.I)
        count += hits
    return text, count


def persons(replica: Replica) -> set[str]:
    """Names and numbers of all whom this screen knows: patients and staff."""
    found: set[str] = set()
    for kind in BODY[replica.role].keys() - _OF_NOBODY:
        for doc in replica.docs(kind).values():
            found.update(_names(msgspec.to_builtins(doc.body)))
    return {one for one in found if len(one) >= _SHORTEST}


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _NAMED and isinstance(inner, str):
                yield inner.strip()
            else:
                yield from _names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _names(inner)
