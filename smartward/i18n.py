"""Text for people: the catalogue of keys in `resources/i18n`, rendered with values.

A language is a folder of TOML fragments. A leaf is a sentence, or a table `one`/`other` chosen by
the value `n`. Placeholders are `{name}`, `{name:time}` and `{name:date}` (ISO instants, shown in
the ward's zone), `{name:1}` (a number with that many decimals).
"""

import re
import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from smartward.clinical.words import Value, Wording
from smartward.config import asset
from smartward.errors import BadData, Misconfigured

LANGUAGES = ("zh_CN", "en")

_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


def placeholders(text: str) -> set[str]:
    """The names of the values a sentence wants."""
    return {match[1] for match in _PLACEHOLDER.finditer(text)}


class Catalogue:
    """All sentences of one language."""

    def __init__(self, language: str, zone: ZoneInfo, folder: Path | None = None) -> None:
        """Read the fragments of `language`. Raises Misconfigured when there are none."""
        self.language = language
        self.zone = zone
        self._texts: dict[str, str | dict[str, str]] = {}
        root = folder if folder is not None else asset("resources", "i18n")
        fragments = sorted(root.joinpath(language).glob("*.toml"))
        if not fragments:
            raise Misconfigured("config.bad_value", language, setting="language", value=language)
        for fragment in fragments:
            self._add("", tomllib.loads(fragment.read_text(encoding="utf-8")), fragment.name)

    def _add(self, prefix: str, table: dict[str, object], where: str) -> None:
        for name, value in table.items():
            key = f"{prefix}{name}"
            if isinstance(value, dict) and "other" not in value:
                self._add(f"{key}.", value, where)
            elif key in self._texts:
                raise BadData("i18n.duplicate", f"{key} again in {where}")
            elif isinstance(value, dict):
                self._texts[key] = {str(form): str(text) for form, text in value.items()}
            else:
                self._texts[key] = str(value)

    @property
    def keys(self) -> dict[str, set[str]]:
        """Every key with the names of its placeholders."""
        return {
            key: set().union(*map(placeholders, text.values()))
            if isinstance(text, dict)
            else placeholders(text)
            for key, text in self._texts.items()
        }

    def text(self, key: str, **values: Value) -> str:
        """The sentence for `key`. Raises BadData for an unknown key or a missing value."""
        found = self._texts.get(key)
        if found is None:
            raise BadData("i18n.unknown_key", key)
        if isinstance(found, dict):
            found = found["one"] if values.get("n") == 1 and "one" in found else found["other"]

        def fill(match: re.Match[str]) -> str:
            if match[1] not in values:
                raise BadData("i18n.missing_value", f"{key} wants {match[1]}")
            return self._format(values[match[1]], match[2])

        return _PLACEHOLDER.sub(fill, found)

    def words(self, wording: Wording) -> str:
        """A document's wording; the HIS's own words are shown as they came."""
        if wording.key is None:
            return wording.his or ""
        return self.text(wording.key, **wording.values)

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

    def _format(self, value: Value, spec: str | None) -> str:
        if spec is None:
            return str(value)
        if spec in ("time", "date"):
            moment = datetime.fromisoformat(str(value))
            return self.time(moment) if spec == "time" else self.date(moment)
        return f"{float(value):.{int(spec)}f}"
