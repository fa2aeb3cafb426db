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
_BETWEEN = "\0"
"""Between two lines; no name holds it."""


class LastLines(logging.Handler):
    """The last lines of this program's log, since it began."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=LINES)

    def begin(self) -> None:
        """Take what is logged from now on, written as in a file: without what is the journal's."""
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
    mask = _Mask(who)
    # Once, and not for each length that is tried: on a panel this takes seconds.
    plain = json.loads(json.dumps({**told, "settings": shown}, default=str))
    clean, left = mask.value(plain), mask.lines(lines)
    while True:
        # The count stands in front, where nobody overlooks it.
        whole = {"masked": mask.hits, **clean, "lines": left}
        text = json.dumps(whole, ensure_ascii=False, indent=1)
        packed = gzip.compress(text.encode(), mtime=0)
        if len(packed) <= MOST_BYTES or not left:
            return packed
        left = left[max(1, len(left) // 4) :]


class _Mask:
    """Takes names and numbers out of texts; what is a figure stays one."""

    def __init__(self, who: set[str]) -> None:
        self.hits = 0
        # The longest first: a name may begin with another.
        self._who = [
            re.compile(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])", re.I)
            for one in sorted(who, key=lambda name: (-len(name), name))
        ]

    def lines(self, lines: list[str]) -> list[str]:
        """All at once."""
        if not lines:
            return []
        return self._text(_BETWEEN.join(one.replace(_BETWEEN, "?") for one in lines)).split(
            _BETWEEN
        )

    def value(self, value: Any) -> Any:
        """What JSON can say, in whatever depth."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {name: self.value(inner) for name, inner in value.items()}
        return [self.value(inner) for inner in value] if isinstance(value, list) else value

    def _text(self, text: str) -> str:
        for one in self._who:
            text, hits = one.subn(MASK, text)
            self.hits += hits
        return text


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
