"""Text for people: the catalogue of keys in `resources/i18n`, rendered with values.

A language is a folder of TOML fragments. A leaf is a sentence, or a table of exactly `one` and
`other`, or `other` alone, chosen by the value `n`. Placeholders are `{name}`, `{name:time}` and
`{name:date}` (ISO instants, shown in the ward's zone), `{name:1}` (a number with that many
decimals, rounded half up as on a chart).
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date as Day
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward.clinical.words import Value, Wording
from smartward.config import asset
from smartward.errors import BadData, Misconfigured

LANGUAGES = ("zh_CN", "en")

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(time|date|\d))?\}")
_FORMS = ({"other"}, {"one", "other"})


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


class Catalogue:
    """All sentences of one language."""

    def __init__(self, language: str, zone: ZoneInfo, folder: Path | None = None) -> None:
        """Read the fragments of `language`.

        Raises Misconfigured when there are none, BadData for one that is not well-formed.
        """
        self.language = language
        self.zone = zone
        self._texts: dict[str, str | dict[str, str]] = {}
        root = folder if folder is not None else asset("resources", "i18n")
        fragments = sorted(root.joinpath(language).glob("*.toml"))
        if not fragments:
            raise Misconfigured("config.bad_value", language, setting="language", value=language)
        for fragment in fragments:
            try:
                table = tomllib.loads(fragment.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                detail = f"{language}/{fragment.name}: {error}"
                raise BadData("i18n.unreadable", detail, file=fragment.name) from error
            self._add("", table, f"{language}/{fragment.name}")

    def _add(self, prefix: str, table: dict[str, object], where: str) -> None:
        for name, value in table.items():
            key = f"{prefix}{name}"
            if isinstance(value, dict) and set(value) not in _FORMS:
                self._add(f"{key}.", value, where)
            elif key in self._texts:
                raise BadData("i18n.duplicate", f"{key} again in {where}", text=key)
            elif isinstance(value, dict):
                self._texts[key] = {form: _sentence(key, text) for form, text in value.items()}
            else:
                self._texts[key] = _sentence(key, value)

    @property
    def keys(self) -> dict[str, set[str]]:
        """Every key with the names of its placeholders."""
        return {
            key: set().union(*map(placeholders, text.values()))
            if isinstance(text, dict)
            else placeholders(text)
            for key, text in self._texts.items()
        }

    def text(self, key: str, /, **values: Value) -> str:
        """The sentence for `key`. Raises BadData for an unknown key, a missing or a wrong value."""
        return self._filled(key, values, None)

    def _filled(self, key: str, values: Mapping[str, Value], today: Day | None) -> str:
        found = self._texts.get(key)
        if found is None:
            raise BadData("i18n.unknown_key", key, text=key)
        if isinstance(found, dict):
            found = found["one"] if values.get("n") == 1 and "one" in found else found["other"]
        # A sentence that names the day itself is not told it twice.
        day = None if ":date}" in found else today

        def fill(match: re.Match[str]) -> str:
            name, form = match[1], match[2]
            if values.get(name) is None:
                raise BadData("i18n.missing_value", f"{key} wants {name}", text=key, name=name)
            try:
                return self._format(values[name], form, day)
            except (ValueError, InvalidOperation) as error:
                detail = f"{key}: {name} is no {form}"
                raise BadData("i18n.wrong_value", detail, text=key, name=name) from error

        return _PLACEHOLDER.sub(fill, found)

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


def _decimal(value: Value, places: int) -> str:
    """`value` with so many decimals, half up; never "-0". Raises ValueError for no number."""
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a finite number")
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded.is_zero() else rounded:f}"
