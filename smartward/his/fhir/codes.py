"""The hospital's codes in our words: `resources/his_mapping.toml`, read once.

A code is written `system|code`; `system` may be the short name of `[systems]`, alone or followed
by `/…`; `*|code` means any system, `text:…` the concept's text, whatever its case, width or blanks.
A table under `[wards.<id>]` holds for that ward: its words stand in place of the same words of the
file, and its codes win; the id is the ward's as the setting `his_ward` names it.
"""

import difflib
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smartward.his.fhir.elements import Concept
from smartward.his.fhir.mapping_form import (
    EXTENSIBLE,
    PROFILE,
    PROFILE_FLAGS,
    SETTINGS,
    TABLES,
    check_settings,
    check_word,
    wrong,
)

__all__ = ["PROFILE", "PROFILE_FLAGS", "TABLES", "Codebook"]

_CODE = re.compile(r"(?:text:(.+)|([^|]*)\|(.+))$", re.DOTALL)
_FILE = "his_mapping.toml"


@dataclass(slots=True)
class _Table:
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    any_system: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


class Codebook:
    """Looks a concept up: the first of its codings that a table knows, else its text."""

    def __init__(self, data: dict[str, Any], ward: str | None = None, file: str = _FILE) -> None:
        """Raises Misconfigured when the file does not have the documented form, in what it says
        for any ward."""
        self._file = file
        self._given = data
        wards = data.get("wards", {})
        if not isinstance(wards, dict) or not all(isinstance(w, dict) for w in wards.values()):
            raise wrong(file, "wards", "is no table: write [wards.<id>.<table>]")
        over = wards.get(ward or "", {})
        self._data = _merged(data, over)
        unknown = set(self._data) - {*TABLES, *SETTINGS}
        if unknown:
            raise wrong(file, "", f"unknown table {min(unknown)}: {_nearest(min(unknown))}")
        self._systems: dict[str, str] = self._data.get("systems", {})
        prefix = f"wards.{ward}." if ward else ""
        check_settings(data, file)
        check_settings(over, file, prefix)
        self._tables = {name: self._table(name, data, over, prefix) for name in TABLES}
        self._extensions = {
            url: table for table, urls in self.setting("extension").items() for url in urls
        }
        self._dictionaries = self._own_dictionaries()
        if ward is None:
            for one in wards:
                self.for_ward(str(one))

    @classmethod
    def load(cls, path: Path) -> "Codebook":
        """Read a mapping file. Raises Misconfigured when it is missing or not of its form."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise wrong(path.name, "", f"cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise wrong(path.name, "", f"is no TOML ({error})") from error
        return cls(data, file=path.name)

    def for_ward(self, ward: str) -> "Codebook":
        """The same with the overrides of a ward (logical id of its Location)."""
        return Codebook(self._given, ward, self._file)

    @property
    def zone(self) -> ZoneInfo:
        """The ward's time zone. Raises Misconfigured when it is none."""
        try:
            return ZoneInfo(str(self.setting("ward").get("zone", "Asia/Shanghai")))
        except (KeyError, ValueError) as error:
            raise wrong(self._file, "ward", "zone: write an IANA time zone") from error

    def _table(self, name: str, base: dict[str, Any], over: dict[str, Any], at: str) -> _Table:
        """The file's words, then the ward's own: of one word they stand in place of the file's,
        and a code that the file gives another word is theirs."""
        table, told, own = _Table(), base.get(name, {}), over.get(name, {})
        if isinstance(told, dict) and isinstance(own, dict):
            told = {word: codes for word, codes in told.items() if word not in own}
        self._enter(table, name, told, name)
        self._enter(table, name, own, at + name)
        return table

    def _enter(self, table: _Table, name: str, words: object, where: str) -> None:
        if not isinstance(words, dict):
            raise wrong(self._file, where, "is no table: write it as [table] with words below it")
        seen: dict[tuple[str, str], str] = {}
        for word, codes in words.items():
            if (fault := check_word(name, word)) is not None:
                raise wrong(self._file, where, fault)
            if not isinstance(codes, list):
                raise wrong(self._file, where, f'{word}: write a list as ["system|code"]')
            for code in codes:
                try:
                    place, key, told = self._place(table, code)
                except ValueError as error:
                    raise wrong(self._file, where, f"{word}: {error}") from error
                if seen.setdefault(told, word) != word:
                    what = f"{code!r} is both {seen[told]} and {word}: keep one of the two"
                    raise wrong(self._file, where, what)
                place[key] = word

    def _place(
        self, table: _Table, code: object
    ) -> tuple[dict[Any, str], str | tuple[str, str], tuple[str, str]]:
        """Where a code is entered, as what, and how it is known from all others."""
        match = _CODE.match(code) if isinstance(code, str) else None
        if match is None:
            raise ValueError(f"{code!r} is no code: write system|code, *|code or text:words")
        text, system, symbol = match.groups()
        if text is not None:
            return table.texts, _plain(text), ("text:", _plain(text))
        if system == "*":
            return table.any_system, symbol, ("*", symbol)
        known = (self.system(system), symbol)
        return table.codes, known, known

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
            if concept.text and known.texts and (plain := _plain(concept.text)) in known.texts:
                return known.texts[plain]
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
            raise wrong(self._file, table, f"{name}: write a number")
        return float(value)

    @property
    def drops_per_ml(self) -> float | None:
        """How many drops of the ward's sets are 1 mL; None: nobody told."""
        factor = self.setting("ward").get("drops_per_ml")
        return float(factor) if isinstance(factor, int) else None

    def texts(self, table: str, name: str) -> tuple[str, ...]:
        """A list of texts of a settings table; empty when it is not there."""
        return tuple(str(one) for one in self._data.get(table, {}).get(name, ()))

    def setting(self, table: str) -> dict[str, Any]:
        """A settings table as it is."""
        found = self._data.get(table, {})
        return dict(found) if isinstance(found, dict) else {}

    def extension(self, url: str) -> str | None:
        """The table in which the value of an extension is looked up; None: it is not read."""
        return self._extensions.get(url)

    def is_of_marks(self, system: str) -> bool:
        """Whether a code system is used for marks alone (levels, isolation, risks and the like), so
        that a code of it nobody explained must be a mark."""
        return system in self._dictionaries

    def _own_dictionaries(self) -> frozenset[str]:
        marks: set[str] = set()
        others: set[str] = set()
        for name, table in self._tables.items():
            (marks if name in EXTENSIBLE else others).update(system for system, _ in table.codes)
        return frozenset(marks - others - {""})

    def standard_times(self, code: Concept | None) -> tuple[str, ...]:
        """The ward's times for a timing code such as BID; empty where the ward has none."""
        times = self._data.get("standard_times", {})
        for coding in code.coding if code is not None else ():
            if coding.code in times:
                return tuple(str(one) for one in times[coding.code])
        return ()


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        known = merged.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            value = {**known, **value}
        merged[name] = value
    return merged


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """A text as it is compared: widths, case and blanks of it are of no account."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, (*TABLES, *SETTINGS), 1)
    return f"did you mean {close[0]}?" if close else f"write one of {', '.join(TABLES)}"
