"""The lines by which a rounding's summary says what of it was entered at a ward.

A line is `SmartWard <set>.<sign>.<number> parameter=value …`, one for each sign. GNU Health has no
field for another system's ids and none for consciousness and oxygen, so the line is the id, and
holds every value as it was typed; people's own text around it is kept. A line whose values are the
one word `withdrawn` was entered in error.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smartward.clinical.observation_entry import EnteredValue, set_of

MARK = "SmartWard"
_WITHDRAWN = "withdrawn"
_LINE = re.compile(rf"^{MARK} ([A-Za-z0-9._:-]{{1,200}}) (\S.*)$")
_VALUE = re.compile(r"([a-z_]+)=([A-Za-z0-9._]{1,20})")


@dataclass(frozen=True, slots=True)
class SignLine:
    """One sign of ours. `key` is its name wherever it goes; `values` by parameter, as typed."""

    key: str
    values: tuple[tuple[str, str], ...] = ()
    withdrawn: bool = False

    @property
    def set(self) -> str:
        """The set it was entered with."""
        return set_of(self.key) or ""

    @property
    def sign(self) -> str:
        """Which sign it is."""
        return self.key.rsplit(".", 2)[1]

    def __str__(self) -> str:
        told = " ".join(f"{name}={text}" for name, text in self.values)
        return f"{MARK} {self.key} {_WITHDRAWN if self.withdrawn else told}"


def line_of(key: str, values: Iterable[EnteredValue], *, withdrawn: bool) -> SignLine:
    """The line of a sign."""
    told = tuple((one.parameter.value, one.text) for one in values)
    return SignLine(key, () if withdrawn else told, withdrawn)


def lines(summary: str | None) -> dict[str, SignLine]:
    """Our lines in a summary, by key, in their order."""
    found = {}
    for text in (summary or "").splitlines():
        line = _read(text.strip())
        if line is not None:
            found[line.key] = line
    return found


def _read(text: str) -> SignLine | None:
    match = _LINE.fullmatch(text)
    if match is None or set_of(match[1]) is None:
        return None
    if match[2] == _WITHDRAWN:
        return SignLine(match[1], withdrawn=True)
    values = tuple(_VALUE.fullmatch(one) for one in match[2].split())
    if any(one is None for one in values):
        return None
    return SignLine(match[1], tuple((one[1], one[2]) for one in values if one is not None))


def with_lines(summary: str | None, ours: Iterable[SignLine]) -> str:
    """The summary with these lines in place of those of the same key, new ones at its end."""
    left = {one.key: one for one in ours}
    kept = []
    for text in (summary or "").splitlines():
        before = _read(text.strip())
        kept.append(str(left.pop(before.key)) if before and before.key in left else text)
    return "\n".join([*kept, *(str(one) for one in left.values())])
