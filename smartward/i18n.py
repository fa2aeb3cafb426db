"""Text for people: the catalogue of keys in `resources/i18n`, rendered with values.

The languages are listed in `languages.toml`; each is a folder of TOML fragments. A leaf is a
sentence, or a table of plural forms chosen by the value `n`: `other` alone, `one` and `other`, or
(Arabic, whose `few` are 3 to 10) `one`, `two`, `few` and `other`.
Placeholders are `{name}`, `{name:time}` and `{name:date}` (ISO instants, shown in the ward's
zone), `{name:1}` (a number with that many decimals, rounded half up as on a chart).
"""

import contextlib
import functools
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward import prepared
from smartward.clinical.words import Value, Wording
from smartward.config import asset
from smartward.errors import BadData, Misconfigured

RIGHT_TO_LEFT_MARK = "\u200f"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
"""In a sentence written from right to left the isolates stand around a value: a bed's number or a
name in another script must not drag the words beside it along. The mark begins a sentence that has
values, for one of values alone has no letter to tell its direction (Unicode UAX #9)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: `code` names its folder, `name` is what its speakers call it.

    Only a `complete` one can be a ward's; another says the public layer of a bedside, and the rest
    in its `fallback`. `tags` are the BCP 47 tags of a patient's language that mean it.
    """

    code: str
    name: str
    tags: tuple[str, ...]
    complete: bool = False
    fallback: str | None = None
    right_to_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTable:
    """`languages.toml`: the languages, and which keys one for patients must say."""

    languages: Mapping[str, Language]
    public: tuple[str, ...]
    staff: tuple[str, ...]

    @classmethod
    def read(cls, file: Path | None = None) -> "LanguageTable":
        """Read it. Raises Misconfigured when it is missing, or names what it does not have."""
        path = asset("resources", "i18n", "languages.toml") if file is None else file
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            found = {
                code: Language(code=code, tags=tuple(given.pop("tags")), **given)
                for code, given in table["language"].items()
            }
            lacking = [one.code for one in found.values() if cls._lacks(one, found)]
            if lacking:
                raise ValueError(f"no complete fallback: {', '.join(lacking)}")
            public, staff = tuple(table["public"]), tuple(table["staff"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured("i18n.languages", str(error), reason=str(error)) from error
        return cls(languages=found, public=public, staff=staff)

    @staticmethod
    def _lacks(one: Language, found: Mapping[str, Language]) -> bool:
        fallback = found.get(one.fallback or "")
        return not one.complete and not (fallback is not None and fallback.complete)

    def is_public(self, key: str) -> bool:
        """Whether a language for patients must have this key."""
        return key.startswith(self.public) and not key.startswith(self.staff)

    def spoken_by(self, tag: str) -> Language | None:
        """The language that a person of this BCP 47 tag reads; None when there is none of it."""
        wanted = tag.replace("_", "-").lower()
        matches = [
            (len(known), language)
            for language in self.languages.values()
            for known in language.tags
            if f"{wanted}-".startswith(f"{known.lower()}-")
        ]
        return max(matches, key=lambda match: match[0])[1] if matches else None


TABLE = LanguageTable.read()
"""The languages there are."""

LANGUAGES = tuple(code for code, one in TABLE.languages.items() if one.complete)
"""Codes of the languages that say everything: a ward, a station or a door has one of these."""

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(time|date|\d))?\}")
_FORMS = ({"other"}, {"one", "other"}, {"one", "two", "few", "other"})


def placeholders(text: str) -> set[str]:
    """The names of the values a sentence wants."""
    return {match[1] for match in _PLACEHOLDER.finditer(text)}


def _sentence(key: str, value: object) -> str:
    """A leaf of the catalogue. Raises BadData when it is no text, or a placeholder is not one."""
    if not isinstance(value, str):
        raise BadData("i18n.bad_text", f"{key} = {value!r}", text=key)
    if "{" in (rest := _PLACEHOLDER.sub("", value)) or "}" in rest:
        raise BadData("i18n.bad_text", f"{key} = {value!r}", text=key)
    return value


_Texts = dict[str, str | dict[str, str]]


def _read(root: Path, language: str) -> _Texts:
    """All texts of a language's folder."""
    fragments = sorted(root.joinpath(language).glob("*.toml"))
    if not fragments:
        raise Misconfigured("config.bad_value", language, setting="language", value=language)
    texts: _Texts = {}
    for fragment in fragments:
        where = f"{language}/{fragment.name}"
        try:
            table = tomllib.loads(fragment.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            detail = f"{where}: {error}"
            raise BadData("i18n.unreadable", detail, file=fragment.name) from error
        _add(texts, "", table, where)
    return texts


RULE_TEXTS = "alert."
"""What the alert rules say is kept in their own files, and read when it is first asked for: a
screen draws its first frame without them."""


@functools.lru_cache(maxsize=8)
def _of_rules(language: str) -> _Texts:
    """The rules' texts in a language; none in one that has none of them."""
    from smartward.clinical.rules import REGISTRY

    texts: _Texts = {}
    _add(texts, RULE_TEXTS, dict(REGISTRY.texts.get(language, {})), f"{language}: alert rules")
    return texts


@functools.lru_cache(maxsize=256)
def _of_rule(language: str, name: str) -> _Texts:
    """Those of one rule, or of one family of rules: a screen shows the alerts of few."""
    from smartward.clinical.rules import texts_of

    texts: _Texts = {}
    where = f"{language}: alert rule {name}"
    _add(texts, f"{RULE_TEXTS}{name}.", dict(texts_of(name, language)), where)
    return texts


@functools.lru_cache(maxsize=8)
def shipped(language: str) -> _Texts:
    """Our own sentences. Read once of a version of the program: to read them takes longer than all
    else of a language, and they are kept as long as none of their files is another."""
    root = asset("resources", "i18n")
    files = {
        file.name: (stat.st_size, stat.st_mtime_ns)
        for file in root.joinpath(language).glob("*.toml")
        for stat in (file.stat(),)
    }
    kept = prepared.read(file := prepared.place(__file__, f"{language}.texts"))
    if kept is not None and kept[0] == files:
        texts: _Texts = kept[1]
        return texts
    texts = _read(root, language)
    with contextlib.suppress(OSError):  # not kept, where it cannot be written: read as ever
        prepared.write(file, (files, texts))
    return texts


def _add(texts: _Texts, prefix: str, table: dict[str, object], where: str) -> None:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and set(value) not in _FORMS:
            _add(texts, f"{key}.", value, where)
        elif key in texts:
            raise BadData("i18n.duplicate", f"{key} again in {where}", text=key)
        elif isinstance(value, dict):
            texts[key] = {form: _sentence(key, text) for form, text in value.items()}
        else:
            texts[key] = _sentence(key, value)


def clause(sentence: str) -> str:
    """A sentence as a part of a line that goes on behind it: without its full stop."""
    return sentence.rstrip(".。 ")


class Catalogue:
    """All sentences of one language, and of its fallback what it does not say itself."""

    def __init__(
        self,
        language: str,
        zone: ZoneInfo,
        folder: Path | None = None,
        *,
        fallback: str | None = None,
    ) -> None:
        """Read the fragments of `language`. `fallback`: the complete language that says what this
        one does not; without it the one that the table names.

        Raises Misconfigured when there are none, BadData for one that is not well-formed.
        """
        self.language = language
        self.zone = zone
        known = TABLE.languages.get(language)
        self._isolates = known is not None and known.right_to_left
        # Our own sentences do not change while a program runs; a folder of somebody's may.
        read = shipped if folder is None else functools.partial(_read, folder)
        self._texts = read(language)
        self._own = frozenset(self._texts)
        self._rules_in = language
        if known is not None and known.fallback is not None:
            other = fallback if fallback in LANGUAGES else known.fallback
            self._texts = read(other) | self._texts
            self._rules_in = other

    @property
    def own_keys(self) -> frozenset[str]:
        """Keys that this language says itself, without its fallback and without the rules'."""
        return self._own

    @property
    def keys(self) -> dict[str, set[str]]:
        """Every key with the names of its placeholders."""
        return {
            key: set().union(*map(placeholders, text.values()))
            if isinstance(text, dict)
            else placeholders(text)
            for key, text in (_of_rules(self._rules_in) | self._texts).items()
        }

    def text(self, key: str, /, **values: Value) -> str:
        """The sentence for `key`. Raises BadData for an unknown key, a missing or a wrong value."""
        return self._filled(key, values, None)

    def told(self, key: str, /, **values: Value) -> str:
        """The sentence of a key that came from another program; the key itself where this version
        does not know it, or it wants other values."""
        try:
            return self.text(key, **values)
        except BadData:
            return key

    def sentence(self, key: str) -> str | dict[str, str] | None:
        """The text of a key as it is written, or its plural forms; None when there is none."""
        found = self._texts.get(key)
        if found is None and key.startswith(RULE_TEXTS):
            name = key.removeprefix(RULE_TEXTS).partition(".")[0]
            return _of_rule(self._rules_in, name).get(key)
        return found

    def _filled(self, key: str, values: Mapping[str, Value], today: Day | None) -> str:
        found = self.sentence(key)
        if found is None:
            raise BadData("i18n.unknown_key", key, text=key)
        if isinstance(found, dict):
            found = found.get(_form(values.get("n")), found["other"])
        if "{" not in found:
            return found
        isolates = self._isolates and key in self._own
        # A sentence that names the day itself is not told it twice.
        day = None if ":date}" in found else today

        def fill(match: re.Match[str]) -> str:
            name, form = match[1], match[2]
            if values.get(name) is None:
                raise BadData("i18n.missing_value", f"{key} wants {name}", text=key, name=name)
            try:
                filled = self._format(values[name], form, day)
            except (ValueError, InvalidOperation) as error:
                detail = f"{key}: {name} is no {form}"
                raise BadData("i18n.wrong_value", detail, text=key, name=name) from error
            return f"{FIRST_STRONG_ISOLATE}{filled}{POP_ISOLATE}" if isolates else filled

        sentence = _PLACEHOLDER.sub(fill, found)
        # A sentence of values alone would run from left to right.
        return f"{RIGHT_TO_LEFT_MARK}{sentence}" if isolates else sentence

    def words(self, wording: Wording, today: Day | None = None) -> str:
        """A document's wording; the HIS's own words are shown as they came. A time that lies on
        another local day than `today` is told with its day."""
        if wording.key is None:
            return wording.his or ""
        return self._filled(wording.key, wording.values, today)

    def local(self, moment: datetime) -> datetime:
        """`moment` in the ward's zone."""
        return moment.astimezone(self.zone)

    def time(self, moment: datetime) -> str:
        """HH:MM in the ward's zone."""
        return f"{self.local(moment):%H:%M}"

    def date(self, moment: datetime) -> str:
        """The day as this language writes it, with the weekday."""
        local = self.local(moment)
        return self.text(
            "date.long",
            day=local.day,
            month=self.text(f"date.month.{local.month}"),
            weekday=self.text(f"date.weekday.{local.isoweekday()}"),
        )

    def _time_of_day(self, moment: datetime, today: Day | None) -> str:
        local = self.local(moment)
        if today is None or local.date() == today:
            return self.time(moment)
        return self.text("date.time", month=local.month, day=local.day, at=self.time(moment))

    def _format(self, value: Value, form: str | None, today: Day | None) -> str:
        if form is None:
            return str(value)
        if form in ("time", "date"):
            moment = datetime.fromisoformat(str(value))
            if moment.tzinfo is None:
                raise ValueError("a time without a zone")
            return self._time_of_day(moment, today) if form == "time" else self.date(moment)
        return _decimal(value, int(form))


def of_terminal() -> Catalogue:
    """The texts in the language of whoever started the program, by its environment."""
    tongue = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return Catalogue("zh_CN" if tongue.startswith("zh") else "en", ZoneInfo("UTC"))


def _form(n: Value | None) -> str:
    """The plural form of a count (CLDR's rules of Arabic, which hold the simpler ones)."""
    if n is None or isinstance(n, str) or n != int(n):
        return "other"
    if n in (1, 2):
        return "one" if n == 1 else "two"
    return "few" if 3 <= n % 100 <= 10 else "other"


def _decimal(value: Value, places: int) -> str:
    """`value` with so many decimals, half up; never "-0". Raises ValueError for no number."""
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded.is_zero() else rounded:f}"
