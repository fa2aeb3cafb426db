"""Which of a person's names is said, and how it is written as one text."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from smartward.his.fhir import times
from smartward.his.fhir.elements import HumanName

_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_USES: tuple[str | None, ...] = ("official", "usual", None, "nickname", "temp", "anonymous")
"""`old` and `maiden` are never shown."""
_ALIASES: tuple[str | None, ...] = ("anonymous", "nickname")


def best_name(
    names: Iterable[HumanName], now: datetime, first: Sequence[str] = ()
) -> HumanName | None:
    """The name to show: the uses of `first`, then official before usual; ideographic before its
    spelling in letters."""
    wanted = tuple(use for use in first if use in _USES)
    return _best(names, now, (*wanted, *(use for use in _USES if use not in wanted)))


def alias_of(names: Iterable[HumanName], now: datetime) -> str:
    """What the hospital says in place of the real name: anonymous before nickname; "" without."""
    found = _best(names, now, _ALIASES)
    return full_name(found) if found is not None else ""


def _best(
    names: Iterable[HumanName], now: datetime, uses: tuple[str | None, ...]
) -> HumanName | None:
    fit = [
        name
        for name in names
        if name.use in uses and times.current(name.period, now) and full_name(name)
    ]
    return min(fit, key=lambda name: (uses.index(name.use), _spelt(name)), default=None)


def _spelt(name: HumanName) -> int:
    codes = {one.value_code for one in name.extension if one.url == _REPRESENTATION}
    return 0 if "IDE" in codes else 1 if not codes else 2


def full_name(name: HumanName) -> str:
    """`text`, or family and given: joined as Chinese names are, given name first for others."""
    if name.text and name.text.strip():
        return " ".join(name.text.split())
    family, given = (name.family or "").strip(), " ".join(name.given).strip()
    if family and _is_han(family):
        return family + "".join(name.given)
    return f"{given} {family}".strip()


def _is_han(text: str) -> bool:
    return all(unicodedata.name(character, "").startswith("CJK ") for character in text)
