"""Which of a person's names is said, and how it is written as one text."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from smartward.his.fhir import times
from smartward.his.fhir.elements import HumanName

_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_USES: tuple[str | None, ...] = ("official", "usual", None, "nickname", "temp", "anonymous")
"""`old` and `maiden` are never shown."""
_PARTS = tuple(
    f"http://hl7.org/fhir/StructureDefinition/humanname-{part}"
    for part in (
        "own-prefix", "own-name", "partner-prefix", "partner-name", "fathers-family",
        "mothers-family",
    )
)  # fmt: skip
"""The parts of a family name that FHIR R4 has extensions for, as they are written one by one."""
_ALIASES: tuple[str | None, ...] = ("anonymous", "nickname")


def best_name(
    names: Iterable[HumanName], now: datetime, zone: tzinfo, first: Sequence[str] = ()
) -> HumanName | None:
    """The name to show: the uses of `first`, then official before usual; ideographic before its
    spelling in letters."""
    wanted = tuple(use for use in first if use in _USES)
    return _best(names, now, zone, (*wanted, *(use for use in _USES if use not in wanted)))


def alias_of(names: Iterable[HumanName], now: datetime, zone: tzinfo) -> str:
    """What the hospital says in place of the real name: anonymous before nickname; "" without."""
    found = _best(names, now, zone, _ALIASES)
    return full_name(found) if found is not None else ""


def _best(
    names: Iterable[HumanName], now: datetime, zone: tzinfo, uses: tuple[str | None, ...]
) -> HumanName | None:
    fit = [
        name
        for name in names
        if name.use in uses and times.current(name.period, now, zone) and full_name(name)
    ]
    return min(fit, key=lambda name: (uses.index(name.use), _spelt(name)), default=None)


def _spelt(name: HumanName) -> int:
    codes = {one.value_code for one in name.extension if one.url == _REPRESENTATION}
    return 0 if "IDE" in codes else 1 if not codes else 2


def full_name(name: HumanName) -> str:
    """`text`, or family and given: joined as Chinese and Korean names are, given name first for
    others."""
    if name.text and name.text.strip():
        return " ".join(name.text.split())
    family = family_of(name)
    given = [part for one in name.given if one and (part := " ".join(one.split()))]
    if family and _is_joined(family):
        return family + "".join(given)
    return f"{' '.join(given)} {family}".strip()


def family_of(name: HumanName) -> str:
    """The family name, put together from its parts where only these are told; "" without one."""
    if name.family and name.family.strip():
        return " ".join(name.family.split())
    told = name.family_parts.extension if name.family_parts is not None else ()
    parts = {one.url: " ".join((one.value_string or "").split()) for one in told}
    return " ".join(part for url in _PARTS if (part := parts.get(url)))


def _is_joined(text: str) -> bool:
    return all(unicodedata.name(letter, "").startswith(("CJK ", "HANGUL ")) for letter in text)
