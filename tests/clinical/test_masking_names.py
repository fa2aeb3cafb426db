"""Three hundred invented names, each as every rule must show it; the table was made by hand."""

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartward.clinical.encounter import Patient, Sex
from smartward.clinical.masking import name_at, shown_name
from smartward.clinical.name_policy import PUBLIC_PLACES, NamePlace, NamePolicy, NameRule

TABLE = Path(__file__).parents[1].joinpath("data", "names.tsv")


def plain(text: str) -> str:
    """A cell: isolates stand as ⟦ and ⟧ and what cannot be seen as a code."""
    text = text.replace("⟦", "\u2068").replace("⟧", "\u2069")
    codes = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
    return codes.sub(lambda match: chr(int(match[1] or match[2], 16)), text)


def read() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{name: plain(cell) for name, cell in row.items()} for row in rows]


ROWS = read()


def patient(row: dict[str, str]) -> Patient:
    return Patient(
        id="his.pat-1",
        name=row["name"],
        family=row["family"],
        sex=Sex(row["sex"]),
        alias=row["alias"],
        protected=row["protected"] == "yes",
    )


def expected(row: dict[str, str], rule: NameRule, language: str) -> str:
    if rule is NameRule.NONE:
        return ""
    if rule is NameRule.FAMILY:
        return row[f"family_{language[:2]}"]
    return row[rule]


def test_the_table_holds_every_kind_of_name() -> None:
    assert len(ROWS) >= 300
    groups = {row["group"] for row in ROWS}
    assert groups >= {
        "two", "three", "four", "compound three", "compound four", "dot", "latin",
        "right to left", "hangul and kana", "mixed", "spaces", "marks and planes",
        "control characters", "alias", "protected", "poor record",
    }  # fmt: skip
    assert {row["sex"] for row in ROWS} == set(Sex)


@pytest.mark.parametrize("language", ["zh_CN", "zh_HK", "en", "es"])
@pytest.mark.parametrize("rule", NameRule)
def test_every_name_by_every_rule(rule: NameRule, language: str) -> None:
    wrong = [
        (row["name"], shown, wanted)
        for row in ROWS
        if (shown := shown_name(patient(row), rule, language))
        != (wanted := expected(row, rule, language))
    ]
    assert wrong == []


@pytest.mark.parametrize("place", NamePlace)
@pytest.mark.parametrize("rule", NameRule)
def test_every_name_at_every_place(rule: NameRule, place: NamePlace) -> None:
    """Where everybody can read, an alias is all of the name there is, and a protected person has
    none; elsewhere the place makes no difference."""
    policy = NamePolicy(rules={place: rule})
    wrong = []
    for row in ROWS:
        wanted = expected(row, rule, "zh_CN")
        if place in PUBLIC_PLACES:
            if row["protected"]:
                wanted = ""
            elif row["group"] == "alias" and rule is NameRule.FULL:
                wanted = row["masked"]
        shown = name_at(patient(row), policy, place, "zh_CN")
        if shown != wanted:
            wrong.append((row["name"], shown, wanted))
    assert wrong == []


@pytest.mark.parametrize("rule", [rule for rule in NameRule if rule is not NameRule.FULL])
def test_no_rule_but_full_shows_the_whole_name(rule: NameRule) -> None:
    """Of names of more than one character."""
    for row in ROWS:
        whole = "".join(filter(str.isalnum, row["full"]))
        shown = "".join(filter(str.isalnum, shown_name(patient(row), rule, "es")))
        if len(whole) > 1:
            assert whole not in shown, row["name"]


STEERING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067")


@given(
    name=st.text(max_size=40),
    family=st.text(max_size=20),
    alias=st.just("") | st.text(max_size=20),
    sex=st.sampled_from(Sex),
    rule=st.sampled_from(NameRule),
    language=st.sampled_from(["zh_CN", "en", "ar", ""]),
)
def test_whatever_the_record_holds_no_name_steers_the_text_around_it(
    name: str, family: str, alias: str, sex: Sex, rule: NameRule, language: str
) -> None:
    who = Patient(id="1", name=name, family=family, alias=alias, sex=sex)
    shown = shown_name(who, rule, language)
    assert not STEERING & set(shown)
    assert shown.count("\u2068") == shown.count("\u2069") <= 1
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp")]
    inside = shown.partition("\u2068")[2].partition("\u2069")[0]
    for character in shown:
        if unicodedata.bidirectional(character) in ("R", "AL"):
            assert character in inside
    assert shown == shown.strip()
    if rule is NameRule.NONE:
        assert shown == ""


@given(
    first=st.text(alphabet="אבגדהול", min_size=2, max_size=8),
    last=st.text(alphabet="حدخرسمنا", min_size=2, max_size=8),
)
def test_of_a_name_from_right_to_left_the_letters_stay_in_their_order(
    first: str, last: str
) -> None:
    who = Patient(id="1", name=f"{first} {last}")
    masked = shown_name(who, NameRule.MASKED, "en").strip("\u2068\u2069")
    end = last[-1] if len(last) > 2 else ""
    assert masked == f"{first[0]}＊ {last[0]}＊{end}"
    initials = shown_name(who, NameRule.INITIALS, "en").strip("\u2068\u2069")
    assert initials == f"{first[0]}. {last[0]}."
