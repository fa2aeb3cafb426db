"""The hospital's codes in our words: `resources/his_mapping.toml`, read once.

A code is written `system|code`; `system` may be the short name of `[systems]`, alone or followed
by `/…`; `*|code` means any system, `text:…` the concept's text. A table under `[wards.<id>]` adds
to the table of the same name for that ward, and wins.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smartward.clinical.profile import Hand
from smartward.clinical.ward import StaffRole
from smartward.errors import Misconfigured
from smartward.his.fhir.elements import Concept

_CODE = re.compile(r"(?:([^|]*)\|(.+)|text:(.+))$")
TABLES = (
    "vital_sign",
    "oxygen",
    "consciousness",
    "risk_score",
    "infusion_metric",
    "nursing_level",
    "condition_mark",
    "isolation",
    "fall",
    "skin",
    "line",
    "nil_by_mouth",
    "diet",
    "no_known_allergy",
    "staff_role",
    "encounter_role",
    "news2_order",
    "pregnancy",
    "plan",
    "fasting",
    "bed_status",
    "protected",
    "language",
    "hearing",
    "sight",
    "speech",
    "confusion",
    "comfort_care",
    "hand",
    "profile_asked",
    "yes_no",
)
"""The tables that map codes to words."""

PROFILE_FLAGS = ("hearing", "sight", "speech", "confusion", "comfort_care")
"""The tables of what makes a person hard to reach, each with the one word `present`."""
PROFILE = (*PROFILE_FLAGS, "hand", "profile_asked")
"""The tables of a profile whose codes are asked for among Observations."""
_WORDS: dict[str, frozenset[str]] = {
    "staff_role": frozenset(StaffRole),
    "hand": frozenset(Hand),
    "protected": frozenset({"restricted"}),
    "yes_no": frozenset({"yes", "no"}),
    **{name: frozenset({"present"}) for name in PROFILE_FLAGS},
}
"""All the words some tables may have: another one would be told by nothing."""


@dataclass(frozen=True, slots=True)
class _Table:
    codes: dict[tuple[str, str], str]
    any_system: dict[str, str]
    texts: dict[str, str]


class Codebook:
    """Looks a concept up: the first of its codings that a table knows, else its text."""

    def __init__(self, data: dict[str, Any], ward: str | None = None) -> None:
        """Raises Misconfigured when the file does not have the documented form."""
        self._data = _merged(data, data.get("wards", {}).get(ward or "", {}))
        self._systems: dict[str, str] = self._data.get("systems", {})
        unknown = set(self._data) - {*TABLES, *_SETTINGS}
        if unknown:
            raise _wrong(f"unknown table {min(unknown)}")
        self._tables = {name: self._table(name) for name in TABLES}

    @classmethod
    def load(cls, path: Path) -> "Codebook":
        """Read a mapping file. Raises Misconfigured when it is missing or not of its form."""
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise _wrong(str(error)) from error

    def for_ward(self, ward: str) -> "Codebook":
        """The same with the overrides of a ward (logical id of its Location)."""
        return Codebook(self._data, ward)

    @property
    def zone(self) -> ZoneInfo:
        """The ward's time zone. Raises Misconfigured when it is none."""
        try:
            return ZoneInfo(str(self.setting("ward").get("zone", "Asia/Shanghai")))
        except (KeyError, ValueError) as error:
            raise _wrong("ward.zone") from error

    def _table(self, name: str) -> _Table:
        table = _Table({}, {}, {})
        for word, codes in self._data.get(name, {}).items():
            if word not in _WORDS.get(name, {word}):
                raise _wrong(f"{name}.{word}: give {', '.join(sorted(_WORDS[name]))}")
            if not isinstance(codes, list):
                raise _wrong(f"{name}.{word} is not a list of codes")
            for code in codes:
                self._enter(table, word, str(code), name)
        return table

    def _enter(self, table: _Table, word: str, code: str, name: str) -> None:
        match = _CODE.match(code)
        if match is None:
            raise _wrong(f"{name}.{word}: {code!r} is neither system|code nor text:…")
        system, symbol, text = match.groups()
        if text is not None:
            table.texts[text] = word
        elif system == "*":
            table.any_system[symbol] = word
        else:
            table.codes[(self.system(system), symbol)] = word

    def system(self, short: str) -> str:
        """A code system's URI from its short name, followed by what comes after a `/`."""
        head, slash, rest = short.partition("/")
        if head in self._systems:
            return self._systems[head] + slash + rest
        return short

    def word(self, table: str, *concepts: Concept | None) -> str | None:
        """Our word for the first concept that the table knows."""
        known = self._tables[table]
        for concept in concepts:
            if concept is None:
                continue
            for coding in concept.coding:
                word = known.codes.get((coding.system, coding.code))
                word = word or known.any_system.get(coding.code)
                if word is not None:
                    return word
            if concept.text is not None and concept.text.strip() in known.texts:
                return known.texts[concept.text.strip()]
        return None

    def code(self, table: str, symbol: str | None) -> str | None:
        """Our word for a bare code, whatever its system."""
        known = self._tables[table]
        if symbol is None:
            return None
        found = [word for (_, code), word in known.codes.items() if code == symbol]
        return known.any_system.get(symbol) or next(iter(found), None)

    def codes(self, *tables: str) -> tuple[str, ...]:
        """Every bare code of some tables, for a search by code."""
        found: dict[str, None] = {}
        for name in tables:
            known = self._tables[name]
            found |= dict.fromkeys(code for _, code in known.codes)
            found |= dict.fromkeys(known.any_system)
        return tuple(found)

    def number(self, table: str, name: str) -> float:
        """A number of a settings table. Raises Misconfigured when it is not there."""
        value = self._data.get(table, {}).get(name)
        if not isinstance(value, int | float):
            raise _wrong(f"{table}.{name} is not a number")
        return float(value)

    def texts(self, table: str, name: str) -> tuple[str, ...]:
        """A list of texts of a settings table; empty when it is not there."""
        return tuple(str(one) for one in self._data.get(table, {}).get(name, ()))

    def setting(self, table: str) -> dict[str, Any]:
        """A settings table as it is."""
        found = self._data.get(table, {})
        return dict(found) if isinstance(found, dict) else {}

    def standard_times(self, code: Concept | None) -> tuple[str, ...]:
        """The ward's times for a timing code such as BID; empty where the ward has none."""
        times = self._data.get("standard_times", {})
        for coding in code.coding if code is not None else ():
            if coding.code in times:
                return tuple(str(one) for one in times[coding.code])
        return ()


_SETTINGS = ("systems", "wards", "ward", "person", "protection", "risk_limits", "standard_times")


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        known = merged.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            value = {**known, **value}
        merged[name] = value
    return merged


def _wrong(what: str) -> Misconfigured:
    return Misconfigured("his.mapping.wrong", what, what=what)
