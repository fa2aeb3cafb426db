"""The prompts a screen can speak: their texts, and the pieces of speech they are made of."""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from smartward.config import asset
from smartward.device import spoken
from smartward.errors import BadData, Misconfigured
from smartward.i18n import TABLE

SLOTS = ("room", "bed")

_WITHOUT_SLOT = re.compile(r",\s*(\.)|\s+,\s*")
"""What is left where a slot was empty: "Call from , bed 12." and "Emergency, ."."""

Break = Literal["digit", "word", "phrase"]
"""How two pieces of speech meet: within a number, between words, at a comma."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of speech: the name of its clip, what it says, and what comes before it."""

    name: str
    text: str
    before: Break


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a prompt: fixed words, or the slot that follows them."""

    words: str
    slot: str | None


class Prompts:
    """The table of prompts, `resources/voice/prompts.toml`."""

    def __init__(self, file: Path | None = None) -> None:
        """Read it. Raises Misconfigured when it is missing, incomplete or has unknown slots."""
        path = file if file is not None else asset("resources", "voice", "prompts.toml")
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured("voice.bad_table", str(error), file=path.name) from error
        self._texts: dict[str, Mapping[str, str]] = {}
        for key, texts in table.items():
            self._check(key, texts, path.name)
            self._texts[key] = texts

    @staticmethod
    def _check(key: str, texts: Mapping[str, str], file: str) -> None:
        for_patients = set(texts) == set(TABLE.languages)
        if not for_patients and set(texts) != set(spoken.LANGUAGES):
            raise Misconfigured("voice.bad_table", f"{key}: languages {sorted(texts)}", file=file)
        wanted = [{part.slot for part in _parts(text)} - {None} for text in texts.values()]
        known = set() if for_patients else set(SLOTS)
        if any(slots != wanted[0] or not slots <= known for slots in wanted):
            raise Misconfigured("voice.bad_table", f"{key}: slots {wanted}", file=file)

    @property
    def keys(self) -> tuple[str, ...]:
        """All prompts."""
        return tuple(self._texts)

    def says(self, key: str, language: str) -> bool:
        """Whether a prompt has its text in a language. Raises BadData for an unknown prompt."""
        if key not in self._texts:
            raise BadData("voice.unknown_prompt", key)
        return language in self._texts[key]

    def fixed(self, language: str) -> dict[str, str]:
        """The prompts of a language that always say the same, and their texts."""
        return {
            key: self.text(key, language, {})
            for key in self.keys
            if self.says(key, language) and not self.slots(key)
        }

    def slots(self, key: str) -> frozenset[str]:
        """The values a prompt needs. Raises BadData for an unknown prompt."""
        return frozenset(p.slot for p in self._split(key, "en") if p.slot is not None)

    def text(self, key: str, language: str, values: Mapping[str, str]) -> str:
        """A prompt as a caption. Raises BadData for an unknown prompt or a missing value."""
        said = "".join(
            part.words
            + ("" if part.slot is None else self._shown(key, part.slot, language, values))
            for part in self._split(key, language)
        )
        said = _WITHOUT_SLOT.sub(lambda match: match[1] or " ", said)
        return said[:1].upper() + said[1:]

    def pieces(self, key: str, language: str, values: Mapping[str, str]) -> list[Piece] | None:
        """A prompt as pieces of speech; None when a value has no pieces (room `Garden`).

        Raises BadData for an unknown prompt or a missing value.
        """
        found: list[Piece] = []
        before: Break = "phrase"
        for number, part in enumerate(self._split(key, language)):
            if fixed := _sayable(part.words):
                found.append(Piece(fragment(key, number), fixed, before))
            before = "phrase" if part.words.rstrip().endswith((",", "，")) else "word"
            if part.slot is None:
                continue
            names = spoken.pieces(part.slot, self._value(key, part.slot, values), language)
            if names is None:
                return None
            for name in names:
                found.append(Piece(name, spoken.PIECES[language][name], before))
                before = "digit"
            before = "word"
        return found

    def fragments(self, language: str) -> dict[str, str]:
        """Every piece of fixed words in one language, by its name."""
        return {
            fragment(key, number): fixed
            for key in self.keys
            if self.says(key, language)
            for number, part in enumerate(self._split(key, language))
            if (fixed := _sayable(part.words))
        }

    def _split(self, key: str, language: str) -> list[_Part]:
        if not self.says(key, language):
            raise BadData("voice.unknown_prompt", f"{key} in {language}")
        return _parts(self._texts[key][language])

    def _shown(self, key: str, slot: str, language: str, values: Mapping[str, str]) -> str:
        return spoken.shown(slot, self._value(key, slot, values), language)

    @staticmethod
    def _value(key: str, slot: str, values: Mapping[str, str]) -> str:
        if slot not in values:
            raise BadData("voice.missing_value", f"{key} wants {slot}")
        return values[slot]


def fragment(key: str, number: int) -> str:
    """Name of the piece with the fixed words at a place of a prompt."""
    return f"{key}_{number}"


def _parts(text: str) -> list[_Part]:
    return [_Part(words, slot) for words, slot, _, _ in string.Formatter().parse(text)]


def _sayable(words: str) -> str:
    """Fixed words without the punctuation that only joins them to a slot; empty: nothing to say."""
    said = words.strip().rstrip(",，").strip()
    return said if any(character.isalnum() for character in said) else ""
