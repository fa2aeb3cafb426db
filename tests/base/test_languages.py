"""The table of languages: whom each is for, what it falls back to, and how it is found by a tag."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smartward.errors import Misconfigured
from smartward.i18n import LANGUAGES, TABLE, Catalogue, LanguageTable

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    "tag, code",
    [
        ("zh", "zh_CN"),
        ("zh-CN", "zh_CN"),
        ("zh_CN", "zh_CN"),
        ("zh-Hans-SG", "zh_CN"),
        ("cmn", "zh_CN"),
        ("yue", "zh_HK"),
        ("yue-Hant-HK", "zh_HK"),
        ("zh-HK", "zh_HK"),
        ("zh-Hant-TW", "zh_HK"),
        ("ZH-hk", "zh_HK"),
        ("en-GB", "en"),
        ("es-419", "es"),
        ("ar-EG", "ar"),
        ("est", None),
        ("arn", None),
        ("", None),
    ],
)
def test_a_patient_s_tag_finds_the_language_they_read(tag: str, code: str | None) -> None:
    found = TABLE.spoken_by(tag)
    assert (None if found is None else found.code) == code


def test_a_ward_s_languages_are_the_complete_ones() -> None:
    assert LANGUAGES == ("zh_CN", "en")
    assert all(TABLE.languages[code].complete for code in LANGUAGES)


def write(folder: Path, language: str, text: str) -> None:
    (folder / language).mkdir()
    (folder / language / "a.toml").write_text(text, "utf-8")


def test_what_a_language_does_not_say_is_said_in_its_fallback(tmp_path: Path) -> None:
    write(tmp_path, "en", 'a = "one"\nb = "two {n}"\n')
    write(tmp_path, "es", 'a = "uno"\n')
    texts = Catalogue("es", UTC, tmp_path)
    assert (texts.text("a"), texts.text("b", n=2)) == ("uno", "two 2")
    assert texts.own_keys == {"a"}


def test_a_value_in_a_mirrored_sentence_stands_apart(tmp_path: Path) -> None:
    """Else "12" and a Latin name would change places with the words beside them."""
    write(tmp_path, "en", 'a = "bed {n}"\n')
    write(tmp_path, "ar", 'a = "سرير {n}"\n')
    assert Catalogue("ar", UTC, tmp_path).text("a", n="12A") == "\u200fسرير \u206812A\u2069"
    assert Catalogue("en", UTC, tmp_path).text("a", n="12A") == "bed 12A"


PATIENTS = [code for code, one in TABLE.languages.items() if not one.complete]


@pytest.mark.parametrize("language", PATIENTS)
def test_a_patient_s_language_says_all_that_a_patient_reads(language: str) -> None:
    """Each public key with the placeholders that its fallback has, and nothing beside them."""
    ours = Catalogue(language, UTC)
    fallback = TABLE.languages[language].fallback
    assert fallback is not None
    wanted = {key: names for key, names in Catalogue(fallback, UTC).keys.items()}
    public = {key for key in wanted if TABLE.is_public(key)}
    assert sorted(public - ours.own_keys) == []
    assert sorted(ours.own_keys - public) == []
    assert {key: names for key in public if (names := ours.keys[key]) != wanted[key]} == {}


def test_what_is_public_is_there() -> None:
    """A prefix of the table that no key has any more would promise what nobody translates."""
    keys = Catalogue("en", UTC).keys
    prefixes = (*TABLE.public, *TABLE.staff)
    assert [p for p in prefixes if not any(key.startswith(p) for key in keys)] == []


def test_counts_of_arabic_have_their_own_words() -> None:
    text = Catalogue("ar", UTC).text
    told = {n: text("bedside.span.minutes", n=n) for n in (1, 2, 3, 10, 11, 47, 103)}
    bare = {n: re.sub("[\u200f\u2068\u2069]", "", words) for n, words in told.items()}
    assert bare == {
        1: "دقيقة واحدة",
        2: "دقيقتين",
        3: "3 دقائق",
        10: "10 دقائق",
        11: "11 دقيقة",
        47: "47 دقيقة",
        103: "103 دقائق",
    }


HEAD = 'public = ["a."]\nstaff = ["a.staff."]\n[language.en]\nname = "E"\ntags = ["en"]\n'


@pytest.mark.parametrize(
    "more, reason",
    [
        ("", "no complete fallback: en"),
        ('complete = true\n[language.es]\nname = "S"\ntags = ["es"]\n', "fallback: es"),
        ('complete = true\n[language.es]\nname = "S"\ntags = ["es"]\nfallback = "fr"\n', ": es"),
        ("complete = true\nscript = 1\n", "script"),
        ("complete = ", "Invalid value"),
    ],
)
def test_a_table_that_is_wrong_says_what_is(tmp_path: Path, more: str, reason: str) -> None:
    file = tmp_path / "languages.toml"
    file.write_text(HEAD + more, "utf-8")
    with pytest.raises(Misconfigured, match=reason):
        LanguageTable.read(file)


def test_what_the_public_must_be_told_is_not_what_staff_read(tmp_path: Path) -> None:
    file = tmp_path / "languages.toml"
    file.write_text(HEAD + "complete = true\n", "utf-8")
    table = LanguageTable.read(file)
    keys = ("a.b", "a.staff.c", "d")
    assert [key for key in keys if table.is_public(key)] == ["a.b"]
